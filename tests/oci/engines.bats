#!/usr/bin/env bats
# launcher as the runtime of podman and buildah, of containerd and its CRI, and of dockerd: each script
# of tests/oci/engines has to say that all its checks passed. RUNTIME names another runtime.
#
# The scripts wait more than they work, so they run at the same time. The numbers are exact: a check
# that vanishes is a failure, and one may be skipped only when it is listed here.

bats_require_minimum_version 1.5.0
load ../lib/launcher

setup_file() {
    local engine
    for engine in podman containerd docker; do
        run_engine "$engine" </dev/null 3>&- 4>&- &
    done
}

run_engine() {
    local status=0
    "$BATS_TEST_DIRNAME/engines/$1.sh" "${RUNTIME:-$LAUNCHER}" >"$BATS_FILE_TMPDIR/$1" 2>&1 || status=$?
    echo "$status" >"$BATS_FILE_TMPDIR/$1.status"
}

# All of them, also when only one was asked for.
teardown_file() {
    local engine
    for engine in podman containerd docker; do
        wait_until 400 test -s "$BATS_FILE_TMPDIR/$engine.status"
    done
}

# all_pass ENGINE COUNT [CHECK...]: the last are those that may be skipped
all_pass() {
    local engine=$1 count=$2 report=$BATS_FILE_TMPDIR/$1 unlisted
    shift 2
    wait_until 400 test -s "$report.status"
    cat "$report"
    is "$(grep -cE '^ok [0-9]+ - ' "$report")" "$count"
    [ "$(<"$report.status")" = 0 ]
    unlisted=$(sed -n 's/^ok .* - \(.*\) # SKIP .*/\1/p' "$report" | grep -vxF "$(printf '%s\n' "$@")" || true)
    is "$unlisted" ''
    ! grep 'groups that are left' "$report"
}

@test "podman" {
    all_pass podman 105 checkpoint rootless_slirp # CRIU; a tun device
}

@test "containerd" {
    all_pass containerd 75 cri_exec_stream cri_port_forward cri_tty_attach # need crictl
}

@test "docker" {
    all_pass docker 60
}
