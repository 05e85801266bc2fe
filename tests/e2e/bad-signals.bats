#!/usr/bin/env bats
# Signals to launcher: during set-up they end the start, during the run they are the payload's.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers
load ../lib/steps

setup_file() { leftovers_setup_file; }
teardown_file() { leftovers_teardown_file; }

teardown()
{
    leftovers_check
}

# ---- during set-up ----

# The payload would run for ever: only the signal can end this launcher. No gc is called.
interrupted_at()
{
    local step=$1 signal=$2 status=0 output
    shift 2
    output=$(signal_at "$step" "$signal" "$@" -- sleep 1000 2>&1 </dev/null) || status=$?
    is "$step $status" "$step $((128 + $(kill -l "$signal")))" || { echo "$output" >&2; return 1; }
    wait_until 20 nothing_is_left || { echo "after $step" >&2; return 1; }
}

# interrupt_every FIRST~STEP SIGNAL: at every STEPth step from the FIRSTth on.
interrupt_every()
{
    local step command=("$LAUNCHER" --name "$(box)" --rootfs "$ROOTFS" --net none -m 50m)
    record_steps "$BATS_TEST_TMPDIR/steps" "${command[@]}" -- sleep 1
    sed -n "$1p" "$BATS_TEST_TMPDIR/steps.start" >"$BATS_TEST_TMPDIR/chosen"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/chosen")" -gt 10 ]
    while read -r step; do
        interrupted_at "$step" "$2" "${command[@]}" || return 1
    done <"$BATS_TEST_TMPDIR/chosen"
}

@test "SIGTERM at each step of the set-up: exit 143, nothing is left" {
    interrupt_every 1~1 TERM
}

@test "SIGINT at every fourth step of the set-up: exit 130, nothing is left" {
    interrupt_every 2~4 INT
}

@test "SIGHUP at every fourth step of the set-up: exit 129, nothing is left" {
    interrupt_every 3~4 HUP
}

# ---- during the run ----

# start_payload SCRIPT: in a container, by sh. LAUNCHED is launcher's pid; what the script prints is
# read line by line with `says`; its first line is "up".
start_payload()
{
    mkfifo "$BATS_TEST_TMPDIR/output"
    # bash has SIGINT and SIGQUIT ignored in what it starts in the background, and sh can't undo it.
    nsenter --time="/proc/$LEFTOVERS_HOLDER/ns/time" --mount="/proc/$LEFTOVERS_HOLDER/ns/mnt" \
        env --default-signal=INT,QUIT "$LAUNCHER" --name "$(box)" --rootfs "$ROOTFS" --net none "${@:2}" -- \
        sh -c "$1" >"$BATS_TEST_TMPDIR/output" 2>&1 </dev/null 3>&- &
    LAUNCHED=$!
    exec 5<"$BATS_TEST_TMPDIR/output"
    says up
}

says()
{
    local line=
    read -r -t 20 -u 5 line || true
    is "$line" "$1"
}

# Waits for launcher and compares its exit status.
ends_with()
{
    local status=0
    wait "$LAUNCHED" || status=$?
    exec 5<&-
    is "$status" "$1"
}

# Sleeps in short pieces: a shell runs its trap when the command that it waits for has ended.
NAP='echo up; while :; do sleep 0.02; done'

@test "SIGINT, SIGTERM and SIGHUP are forwarded, and the payload's exit status is launcher's" {
    local status=20
    for signal in INT TERM HUP; do
        for init in --init --no-init; do
            status=$((status + 1))
            start_payload "trap 'echo got $signal; exit $status' $signal; $NAP" "$init"
            kill -s "$signal" "$LAUNCHED"
            says "got $signal"
            ends_with "$status"
            rm "$BATS_TEST_TMPDIR/output"
        done
    done
}

@test "a payload that a forwarded signal ends: 128+n" {
    for signal in INT TERM HUP; do
        start_payload 'echo up; exec sleep 1000'
        kill -s "$signal" "$LAUNCHED"
        ends_with $((128 + $(kill -l "$signal")))
        rm "$BATS_TEST_TMPDIR/output"
    done
}

# USR1 is answered after TERM was taken, so TERM had its chance.
@test "a payload that ignores SIGTERM runs on, and kill -9 of launcher ends it all" {
    start_payload "trap '' TERM; trap 'echo still here' USR1; $NAP"
    kill -TERM "$LAUNCHED"
    kill -USR1 "$LAUNCHED"
    says "still here"
    kill -KILL "$LAUNCHED"
    ends_with 137
    wait_until 20 no_survivors
    run -0 host "$LAUNCHER" gc
    is "$output" 1
}

@test "the same as PID 1 of the container, where the kernel ignores SIGTERM by itself" {
    start_payload "trap 'echo still here' USR1; $NAP" --no-init -m 50m
    kill -TERM "$LAUNCHED"
    kill -USR1 "$LAUNCHED"
    says "still here"
    kill -KILL "$LAUNCHED"
    ends_with 137
    wait_until 20 no_survivors
    run -0 host "$LAUNCHER" gc
    is "$output" 1
}

@test "a payload that leaves processes behind takes them along" {
    start_payload 'trap "" TERM HUP INT; sleep 1000 & setsid sleep 1000 & echo up; exit 8'
    ends_with 8
}
