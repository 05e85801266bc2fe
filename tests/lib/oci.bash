# shellcheck shell=bash
# oci.bash - containers of create for tests; load it after launcher.bash and bundle.bash. Each test has a
# state root of its own, and after each nothing may be left: no record, no socket, no cgroup, no process.

setup() {
    ROOT=$BATS_TEST_TMPDIR/root
    OUT=$BATS_TEST_TMPDIR/out
    ERR=$BATS_TEST_TMPDIR/err
    BOX=life-$$-$BATS_TEST_NUMBER # its cgroups are told from those of others by it
}

teardown() {
    local id status=0
    [ -n "${BATS_TEST_COMPLETED-}" ] || explain || true
    [ -z "${HELD-}" ] || kill -CONT "$HELD" 2>/dev/null || true
    # It ends by itself when all went well. Before the rest: delete waits for a create that goes on.
    [ -z "${HELPER-}" ] || kill "$HELPER" 2>/dev/null || true
    for id in $(oci list --quiet); do
        oci delete --force "$id" || status=1
    done
    if [ -n "${OPEN-}" ]; then
        his delete --force "$BOX" || status=1
        rm -rf "$OPEN"
    fi
    no_trace || status=1
    return $status
}

# What is left to understand a failed test by.
explain() {
    oci list
    head -c 4096 "$ERR" 2>/dev/null || true
}

# oci VERB...: with this test's state root.
oci() {
    "$LAUNCHER" --root "$ROOT" "$@"
}

# create [OPTION...] ID: of $BUNDLE. The container keeps stdout and stderr, so they are files, $OUT and
# $ERR.
create() {
    oci create --bundle "$BUNDLE" "$@" >"$OUT" 2>"$ERR" </dev/null 3>&-
}

# cant_create STATUS PATTERN [OPTION...]: it fails with that message and leaves nothing.
cant_create() {
    local want=$1 pattern=$2 status=0
    shift 2
    create "$@" "$BOX" || status=$?
    is "$status" "$want"
    like "$(<"$ERR")" "$pattern"
    is "$(<"$OUT")" ""
    no_trace
}

# field ID FILTER: of its state
field() {
    oci state "$1" | jq -r "$2"
}

is_status() {
    [ "$(field "$1" .status)" = "$2" ]
}

# becomes ID STATUS
becomes() {
    wait_until 20 is_status "$1" "$2"
}

cgroups() {
    find /sys/fs/cgroup -type d -name "*life-$$-*" 2>/dev/null || true # others come and go meanwhile
}

records() {
    if [ -d "$ROOT" ]; then find "$ROOT" -mindepth 1 ! -name 'seccomp-*.bpf' -printf '%f\n'; fi
}

no_process() {
    [ -z "$(cgroups | while read -r cgroup; do cat "$cgroup/cgroup.procs"; done)" ]
}

no_trace() {
    is "$(records)$(cgroups)" ""
}

log_line() {
    jq -r "$1" "$BATS_TEST_TMPDIR/log"
}
