#!/usr/bin/env bats
# Row C8: launcher stats, on whatever layout this is.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/container
load ../lib/cgroup

NAME=bats-stats

setup()
{
    OTHERS=()
}

teardown()
{
    local pid
    for pid in "${OTHERS[@]}"; do
        kill "$pid" 2>/dev/null || true # it may have ended by itself
        wait "$pid" || true
    done
    end_container
    is "$(cgroups_named "launcher-$NAME*")" ""
}

# start_other NAME [OPTION...] -- COMMAND...: one more container; it runs when this returns.
start_other()
{
    local name=$1
    shift
    "$LAUNCHER" --verbose --name "$name" --rootfs "$ROOTFS" --net none "$@" </dev/null \
        >/dev/null 2>"$BATS_TEST_TMPDIR/$name.err" 3>&- &
    OTHERS+=($!)
    wait_until 20 grep -q 'the payload runs' "$BATS_TEST_TMPDIR/$name.err"
    wait_until 20 recorded "$name"
}

recorded()
{
    "$LAUNCHER" stats "$1" >/dev/null 2>&1
}

# field NAME KEY: one number of a container's JSON.
field()
{
    "$LAUNCHER" stats --json "$1" >"$BATS_TEST_TMPDIR/json"
    number "$BATS_TEST_TMPDIR/json" "$2"
}

@test "every number is the kernel's" {
    start_container --name $NAME --live -m 50m --pids 20 -- /bin/sh -c \
        'sleep 1000 & sleep 1000 & exec sleep 1000'
    four_processes() { [ "$(field $NAME pids.current)" -eq 4 ]; }
    wait_until 20 four_processes
    is "$(field $NAME id) $(field $NAME pid)" "$NAME $INIT"
    is "$(field $NAME memory.limit)" $((50 * 1024 * 1024))
    is "$(field $NAME pids.limit)" 20
    # the kernel gives back what it charged ahead whenever it likes: at most 64 pages a CPU
    local usage
    usage=$(in_cgroups "$(by_layout memory.current memory.usage_in_bytes)" launcher-$NAME)
    between "$(field $NAME memory.usage)" $((usage - 1024 * 1024)) $((usage + 1024 * 1024))
    is "$(field $NAME memory.oom_kills) $(field $NAME paused)" "0 False"
    "$LAUNCHER" pause $NAME
    is "$(field $NAME paused)" True
    "$LAUNCHER" resume $NAME
}

@test "cpu: its time, its share, and how long the limit held it up" {
    start_container --name $NAME --live --cpus 0.2 -- /bin/sh -c 'while :; do :; done'
    used_some() { [ "$(field $NAME cpu.throttled_us)" -gt 1000000 ]; }
    wait_until 60 used_some
    between "$(field $NAME cpu.percent)" 5 25
    between "$(field $NAME cpu.usage_us)" 100000 10000000000
    [ "$(field $NAME cpu.throttled_periods)" -gt 5 ]
}

@test "many in one call; all that run when none is named" {
    start_other $NAME-a --live -- /bin/sleep 1000
    start_other $NAME-b -m 30m -- /bin/sleep 1000
    start_other $NAME-c -- /bin/sleep 1000
    run -0 "$LAUNCHER" stats
    like "${lines[0]}" '^NAME +CPU% +CPU-TIME +THROTTLED +MEMORY +LIMIT +PEAK +PIDS +READ +WRITTEN +CPU-PSI +MEM-PSI +IO-PSI$'
    is "$(awk -v name="^$NAME-" '$1 ~ name { print $1 }' <<<"$output")" "$NAME-a
$NAME-b
$NAME-c"
    is "$(awk -v name="$NAME-b" '$1 == name { print $6 }' <<<"$output")" 30.0M
    # without a cgroup nothing is known, and nothing is made up
    like "$output" "$NAME-c +(- +)+-"
    run -0 "$LAUNCHER" stats $NAME-c $NAME-a
    is "$(awk 'NR > 1 { print $1 }' <<<"$output")" "$NAME-c
$NAME-a"
    run -0 "$LAUNCHER" stats --json $NAME-a $NAME-b
    is "$(wc -l <<<"$output")" 2
    is "$(head -n 1 <<<"$output" | python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])')" $NAME-a
}

@test "one that is not there is an error, and nothing else is printed" {
    start_other $NAME-a --live -- /bin/sleep 1000
    run -125 --separate-stderr "$LAUNCHER" stats $NAME-a $NAME-nosuch
    is "$output" ""
    # shellcheck disable=SC2154 # run sets it
    like "$stderr" "finding the container $NAME-nosuch: it does not exist"
}

samples()
{
    grep -c '"id"' "$BATS_TEST_TMPDIR/watch"
}

three_samples()
{
    [ "$(samples)" -ge 3 ]
}

@test "--watch goes on until SIGINT, and ends with 0" {
    start_container --name $NAME --live -- /bin/sh -c 'while :; do :; done'
    # a shell lets what it starts in the background ignore SIGINT
    env --default-signal=INT "$LAUNCHER" stats --json --watch $NAME >"$BATS_TEST_TMPDIR/watch" 3>&- &
    local watcher=$!
    wait_until 30 three_samples
    kill -INT $watcher
    local status=0
    wait $watcher || status=$?
    is "$status" 0
    # the last second's share, not the average; a sample may come late, and there are two CPUs
    sed -n 3p "$BATS_TEST_TMPDIR/watch" >"$BATS_TEST_TMPDIR/third"
    between "$(number "$BATS_TEST_TMPDIR/third" cpu.percent)" 0.1 200
}

@test "--watch of a container ends with it" {
    start_container --name $NAME --live -- /bin/sleep 1000
    "$LAUNCHER" stats --watch $NAME >"$BATS_TEST_TMPDIR/watch" 3>&- &
    local watcher=$!
    wait_until 20 grep -q $NAME "$BATS_TEST_TMPDIR/watch"
    end_container
    watcher_ended() { ! kill -0 $watcher 2>/dev/null; }
    wait_until 20 watcher_ended
    wait $watcher
}

@test "pressure of the container is in its row where the host has v2" {
    start_container --name $NAME --live -- /bin/sleep 1000
    local total
    total=$(field $NAME psi)
    if [ "$(layout)" = v1 ]; then
        is "$total" null
    else
        like "$total" "'memory': \{'some': \{'avg10': 0.0"
    fi
}
