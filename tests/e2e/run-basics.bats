#!/usr/bin/env bats
# Rows R1-R3 without a terminal: the two commands that people type, what comes out and what is seen
# of processes.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/container

teardown()
{
    end_container
}

@test "launcher --rootfs DIR -- COMMAND runs it in DIR" {
    cd "$(dirname "$ROOTFS")"
    run -0 "$LAUNCHER" --rootfs "$(basename "$ROOTFS")/" -- /bin/sh -c 'pwd; cat /etc/passwd; ls /'
    is "$output" "/
$(cat "$ROOTFS/etc/passwd")
$(ls "$ROOTFS")"
}

@test "launcher run takes the command without --, and its options stay its own" {
    run -0 "$LAUNCHER" run -m 100m -cpu 0.5 --rootfs "$ROOTFS" /bin/sh -c 'echo "$0" "$@"' -m --help
    is "$output" "-m --help"
}

@test "a command without a slash is found in PATH" {
    run -0 in_container -- busybox echo found
    is "$output" found
}

@test "the exit status of the command passes through, under cinit and as PID 1" {
    for status in 0 1 42 124 125 128 255; do
        run "-$status" in_container -- /bin/sh -c "exit $status"
        run "-$status" in_container --no-init -- /bin/sh -c "exit $status"
    done
}

@test "a command that a signal ends gives 128 + its number" {
    local number
    for number in 1 2 6 9 11 15 31; do
        run "-$((128 + number))" in_container -- /bin/sh -c "kill -$number \$\$"
    done
    # PID 1 is immune to signals from inside, so the host sends it.
    start_container --no-init -- /bin/sleep 1000
    kill -KILL "$PAYLOAD"
    local status=0
    wait "$CONTAINER" || status=$?
    CONTAINER=
    is "$status" 137
}

@test "stdin, stdout and stderr are the caller's, each its own" {
    printf 'a\0b' | in_container -- /bin/sh -c 'cat; echo trouble >&2' \
        >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
    cmp "$BATS_TEST_TMPDIR/out" <(printf 'a\0b')
    is "$(cat "$BATS_TEST_TMPDIR/err")" trouble
}

@test "a pipeline whose reader leaves early ends" {
    run -0 bash -c '"$0" --rootfs "$1" -- /bin/sh -c "while echo y; do :; done" | head -n 1' \
        "$LAUNCHER" "$ROOTFS"
    is "$output" y
}

@test "PID 1 is cinit, the command is PID 2, and nothing else is there" {
    run -0 in_container -- /bin/sh -c 'ps -o pid,ppid,comm; true'
    is "$(sed 's/  */ /g; s/^ //; s/ $//' <<<"$output")" "PID PPID COMMAND
1 0 memfd:cinit
2 1 sh
3 2 ps"
    run -0 in_container -- /bin/sh -c 'tr "\0" " " </proc/1/cmdline; echo $$ $PPID'
    like "$output" '^cinit .*2 1$'
}

@test "with --no-init the command is PID 1 and has no parent" {
    run -0 in_container --no-init -- /bin/sh -c 'ps -o pid,ppid,comm; true'
    is "$(sed 's/  */ /g; s/^ //; s/ $//' <<<"$output")" "PID PPID COMMAND
1 0 sh
2 1 ps"
}

@test "cinit reaps what is orphaned, while the command runs" {
    start_container -- /bin/sh -c \
        'for i in 1 2 3 4 5; do (true & true); done; echo ready; exec sleep 1000'
    wait_until 20 grep -q ready "$CONTAINER_OUT"
    is_alone() { [ "$(pgrep --parent "$INIT")" = "$PAYLOAD" ]; }
    wait_until 20 is_alone
}

@test "the payload gets no descriptor but 0, 1 and 2" {
    # 5 is open here; `exec` hands it to launcher.
    run -0 bash -c 'exec 5</etc/passwd 77</; exec "$0" --rootfs "$1" -- /bin/ls /proc/self/fd' \
        "$LAUNCHER" "$ROOTFS"
    # The fourth is the directory that ls reads.
    is "$(echo "$output" | tr '\n' ' ')" "0 1 2 3 "
}

# Every wake-up of a sleeping process ends in a voluntary switch: it sleeps again.
switches()
{
    grep -h ctxt_switches "/proc/$CONTAINER/status" "/proc/$INIT/status"
}

asleep()
{
    local pid
    for pid in "$CONTAINER" "$INIT" "$PAYLOAD"; do
        grep -q '^State:.*sleeping' "/proc/$pid/status" || return 1
    done
}

@test "neither launcher nor cinit wakes up while the payload sleeps" {
    start_container -- /bin/sleep 1000
    wait_until 20 asleep
    local before
    before=$(switches)
    is "$(wc -l <<<"$before")" 4
    sleep 2
    is "$(switches)" "$before"
}

@test "no command, no rootfs, unknown verb: told what is missing, with 125" {
    run -125 "$LAUNCHER" --rootfs "$ROOTFS"
    like "$output" '^launcher: no command given'
    run -125 "$LAUNCHER" run -- /bin/true
    like "$output" 'rootfs'
    run -125 "$LAUNCHER" walk
    like "$output" '^launcher: .*"walk" is no verb'
}

state_of()
{
    find /run/launcher -name "$1*"
}

@test "nothing of a run is left in the state directory" {
    start_container --name bats-basics-there -- /bin/sleep 1000
    [ -n "$(state_of bats-basics-there)" ]
    end_container
    is "$(state_of bats-basics-there)" ""
}
