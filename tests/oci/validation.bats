#!/usr/bin/env bats
# The OCI's validation suite: what its programs say is what tests/oci/validation/expected says. RUNTIME
# names another runtime than launcher.

bats_require_minimum_version 1.5.0
load ../lib/launcher

SUITE_DIR=$TOP/build/oci-validation
VALIDATION=$BATS_TEST_DIRNAME/validation

setup() {
    [ ! -e "$SUITE_DIR/unavailable" ] || skip "$(<"$SUITE_DIR/unavailable")"
}

# run_suite COMMAND...: the table, made by COMMAND tests/oci/validation/run. A program that loses a race
# against itself has thirty more tries: in a virtual machine it loses most of them.
run_suite() {
    local table=$BATS_TEST_TMPDIR/table program
    "$@" "$VALIDATION/run" "${RUNTIME:-$LAUNCHER}" >"$table"
    for program in $(awk '$1 == "race" { print $2 }' "$VALIDATION/expected"); do
        for _ in {1..30}; do
            grep -q "^$program  *fail" "$table" || break
            sed -i "/^$program /d" "$table"
            "$@" "$VALIDATION/run" "${RUNTIME:-$LAUNCHER}" "$program" >>"$table"
        done
    done
    cat "$table"
}

# The conditions that tests/oci/validation/expected knows, as far as they hold here
conditions() {
    [ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ] || echo v2
    ! grep -qs Y /sys/module/apparmor/parameters/enabled || echo apparmor
}

passes_as_expected() {
    local table hold
    hold=$(conditions)
    table=$(run_suite "$@")
    echo "$table"
    # shellcheck disable=SC2086 # words
    "$VALIDATION/judge" "$VALIDATION/expected" $hold <<<"$table"
    [ -n "$hold" ] || [ "$(grep -c ' pass ' <<<"$table")" -ge 43 ]
}

@test "the judge finds what is not as expected" {
    local list=$BATS_TEST_TMPDIR/list
    printf '# comment\n\npass a\nrace b reason\nfail c reason\nhost d reason\npass e\n' >"$list"
    "$VALIDATION/judge" "$list" < <(printf '%s 0\n' 'a pass' 'b pass' 'c fail' 'd fail' 'e pass')
    run -1 "$VALIDATION/judge" "$list" < <(printf '%s 0\n' 'a fail' 'b fail' 'c pass' 'd pass' 'f pass')
    is "$(sort <<<"$output")" "a: failed, and is expected to pass
b: failed, and is expected to pass
c: passes now: take it off the list
e: did not run
f: is not in the list"
    printf 'unless-v2 a reason\nunless-apparmor b reason\n' >"$list"
    "$VALIDATION/judge" "$list" < <(printf '%s 0\n' 'a pass' 'b pass')
    "$VALIDATION/judge" "$list" v2 < <(printf '%s 0\n' 'a fail' 'b pass')
    run -1 "$VALIDATION/judge" "$list" apparmor < <(printf '%s 0\n' 'a fail' 'b pass')
    is "$(sort <<<"$output")" "a: failed, and is expected to pass
b: passes now: take it off the list"
}

@test "the suite passes in this host's view of cgroups" {
    passes_as_expected env
}

@test "the suite passes where a hybrid host's version 2 is hidden" {
    mountpoint --quiet /sys/fs/cgroup/unified || skip "this host is not hybrid"
    passes_as_expected "$TOP/tests/lib/without-unified"
}
