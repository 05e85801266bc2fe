#!/usr/bin/env bats
# The limits of the main job on a real cgroup v2, which many hosts don't have: one virtual machine
# is booted, inside.sh makes all its checks there, and each test here looks at one of them.

bats_require_minimum_version 1.5.0

# The archive that the kernel comes from. Only without it may these tests be skipped.
archive_reachable()
{
    (cd "$BATS_FILE_TMPDIR" && timeout 60 apt-get download -qq hostname) >/dev/null 2>&1
}

setup_file()
{
    export TAP=$BATS_FILE_TMPDIR/tap
    export ERRORS=$BATS_FILE_TMPDIR/errors
    export MISSING=
    local status=0
    cd "$BATS_TEST_DIRNAME/../.." || return
    tests/vm/vmtest --cow --timeout 300 -- tests/vm/inside.sh >"$TAP" 2>"$ERRORS" || status=$?
    if [ "$status" -eq 125 ] && ! archive_reachable; then
        MISSING=$(sed -n 's/^vmtest: //p' "$ERRORS" | tail -n 1)
    fi
}

setup()
{
    [ -z "$MISSING" ] || skip "no virtual machine, and no package archive: $MISSING"
}

# The check inside the guest that is named like this test, with its diagnostics.
inside()
{
    cat "$ERRORS"
    grep -A 20 -E "^(not )?ok [0-9]+ - $BATS_TEST_DESCRIPTION\$" "$TAP" |
        awk 'NR > 1 && !/^#/ { exit } { print }'
    grep -qE "^ok [0-9]+ - $BATS_TEST_DESCRIPTION\$" "$TAP"
}

@test "the trace shows a process that is moved into a cgroup" {
    inside
}

@test "the payload sees its cgroup as the root of all" {
    inside
}

@test "there is one cgroup for the container" {
    inside
}

@test "memory.max holds the value" {
    inside
}

@test "memory.swap.max forbids swap" {
    inside
}

@test "cpu.max holds quota and period" {
    inside
}

@test "pids.max holds the value" {
    inside
}

@test "cinit and the payload are in the cgroup, and launcher is not" {
    inside
}

@test "the processes name the cgroup as theirs" {
    inside
}

@test "no process was moved into the cgroup: all were born there" {
    inside
}

@test "a payload that spins is throttled" {
    inside
}

@test "the exit status passes" {
    inside
}

@test "the cgroup is removed, with those made below it" {
    inside
}

@test "a payload that takes 128 MiB is killed" {
    inside
}

@test "a child of the payload that takes 128 MiB is killed" {
    inside
}

@test "memory.events counts the kill" {
    inside
}

@test "with 256 MiB the same payload lives" {
    inside
}

@test "the 33rd process is refused" {
    inside
}

@test "pids.events counts the refusal" {
    inside
}

@test "the processes that were left over are gone with the cgroup" {
    inside
}

@test "launcher was killed" {
    inside
}

@test "gc finds what was left behind" {
    inside
}

@test "gc removes the cgroup of a launcher that was killed" {
    inside
}

@test "a fresh host has not enabled the memory controller" {
    inside
}

@test "controllers that nobody enabled yet are enabled" {
    inside
}

@test "a root that holds processes is an error of launcher" {
    inside
}

@test "the error names the file" {
    inside
}

@test "the error says what to do" {
    inside
}

@test "nothing is left in that root" {
    inside
}

@test "the host is as it was" {
    inside
}

@test "the guest made no check that is not listed here, and all of them" {
    local made listed
    made=$(sed -nE 's/^(not )?ok [0-9]+ - //p' "$TAP" | sort)
    listed=$(sed -nE 's/^@test "(.*)" \{$/\1/p' "$BATS_TEST_FILENAME" | grep -v '^the guest' | sort)
    diff <(echo "$made") <(echo "$listed")
    [ "$(tail -n 1 "$TAP")" = "1..$(wc -l <<<"$listed")" ]
}
