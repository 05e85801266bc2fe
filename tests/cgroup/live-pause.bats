#!/usr/bin/env bats
# Row C9: pause and resume, and that a paused container can be killed; on whatever layout this is.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/container
load ../lib/cgroup

NAME=bats-pause

teardown()
{
    "$LAUNCHER" resume $NAME 2>/dev/null || true # most tests leave none paused
    end_container
    "$LAUNCHER" cgroup rm --kill launcher-$NAME-kept 2>/dev/null || true # one test makes it
    is "$(cgroups_named "launcher-$NAME*")" ""
}

# A container that counts, as fast as it can, in a file of its own.
start_counter()
{
    start_container --name $NAME "$@" --tmpfs /tmp -- /bin/sh -c \
        'while :; do i=$((i + 1)); echo $i >/tmp/count; done'
    wait_until 20 test -s "$(inside /tmp/count)"
}

count()
{
    cat "$(inside /tmp/count)"
}

# A shell truncates before it writes: an empty file is one that is just being written.
counts_on_from()
{
    local now
    now=$(count)
    [ -n "$now" ] && [ "$now" -gt "$1" ]
}

# All CPU time that the payload has used, in clock ticks.
cpu_ticks()
{
    awk '{ print $14 + $15 }' "/proc/$PAYLOAD/stat"
}

own_ticks()
{
    awk '{ print $14 + $15 + $16 + $17 }' "/proc/$$/stat"
}

# Every process of the container is out of the run queue: S or D and never R.
nobody_runs()
{
    ! ps -o state= -p "$INIT,$PAYLOAD" | grep -q R
}

@test "a paused container does nothing, a resumed one goes on" {
    start_counter --live
    run -0 "$LAUNCHER" pause $NAME
    is "$output" ""
    # what pause promises holds when it returns
    nobody_runs
    local ticks
    ticks=$(cpu_ticks)
    # a process beside it that uses a tick of its own shows that time passes
    local i own
    own=$(own_ticks)
    while [ "$(own_ticks)" -le $((own + 2)) ]; do :; done
    is "$(cpu_ticks)" "$ticks"
    run -0 "$LAUNCHER" resume $NAME
    is "$output" ""
    runs_on() { [ "$(cpu_ticks)" -gt "$ticks" ]; }
    wait_until 20 runs_on
}

@test "pausing a paused container and resuming one that runs are errors" {
    start_container --name $NAME --live -- /bin/sleep 1000
    run -125 "$LAUNCHER" resume $NAME
    is "$output" "launcher: resuming the container $NAME: it is not paused"
    "$LAUNCHER" pause $NAME
    run -125 "$LAUNCHER" pause $NAME
    is "$output" "launcher: pausing the container $NAME: it is paused already
hint: launcher resume $NAME lets it go on"
    "$LAUNCHER" resume $NAME
    run -125 "$LAUNCHER" resume $NAME
    like "$output" 'it is not paused'
    run -0 "$LAUNCHER" pause $NAME
}

@test "a limit is enough: no --live is needed" {
    start_container --name $NAME --pids 20 -- /bin/sleep 1000
    run -0 "$LAUNCHER" pause $NAME
    run -0 "$LAUNCHER" resume $NAME
}

@test "what it forked is paused too" {
    start_container --name $NAME --live -- /bin/sh -c \
        'for i in 1 2 3 4 5; do (while :; do :; done) & done; wait'
    five_children() { [ "$(pgrep --parent "$PAYLOAD" | wc -l)" -eq 5 ]; }
    wait_until 20 five_children
    "$LAUNCHER" pause $NAME
    is "$(ps -o state= --ppid "$PAYLOAD" | grep -c R)" 0
    "$LAUNCHER" resume $NAME
    somebody_runs() { ps -o state= --ppid "$PAYLOAD" | grep -q R; }
    wait_until 20 somebody_runs
}

# ---- killing

launcher_ended()
{
    ! kill -0 "$CONTAINER" 2>/dev/null
}

@test "SIGTERM, SIGINT, SIGHUP and SIGQUIT to launcher end a paused container" {
    local signal
    # SIGINT and SIGQUIT are ignored by what a shell starts in the background
    for signal in TERM HUP; do
        start_container --name $NAME --live -- /bin/sleep 1000
        "$LAUNCHER" pause $NAME
        kill -$signal "$CONTAINER"
        wait_until 20 launcher_ended
        local status=0
        wait "$CONTAINER" || status=$?
        is "$signal $status" "$signal $((128 + $(kill -l $signal)))"
        is "$(cgroups_named "launcher-$NAME")" ""
    done
    for signal in INT QUIT; do
        START_BY=(env --default-signal=INT,QUIT)
        start_container --name $NAME --live -- /bin/sleep 1000
        "$LAUNCHER" pause $NAME
        kill -$signal "$CONTAINER"
        wait_until 20 launcher_ended
        is "$(cgroups_named "launcher-$NAME")" ""
    done
    START_BY=()
}

@test "a signal that does not ask for the end leaves it paused" {
    start_container --name $NAME --live -- /bin/sh -c \
        'trap "echo usr1; exit 4" USR1; echo ready; while :; do :; done'
    wait_until 20 grep -q ready "$CONTAINER_OUT"
    "$LAUNCHER" pause $NAME
    kill -USR1 "$CONTAINER"
    run -125 "$LAUNCHER" pause $NAME
    like "$output" 'it is paused already'
    nobody_runs
    run ! grep -q usr1 "$CONTAINER_OUT"
    "$LAUNCHER" resume $NAME
    wait_until 20 launcher_ended
    is "$(cat "$CONTAINER_OUT")" "ready
usr1"
}

@test "launcher killed with -9 over a paused container: gc ends it and removes all" {
    start_container --name $NAME --live -- /bin/sleep 1000
    "$LAUNCHER" pause $NAME
    kill -KILL "$CONTAINER"
    wait_until 20 launcher_ended
    run -0 "$LAUNCHER" gc
    init_ended() { ! kill -0 "$INIT" 2>/dev/null; }
    wait_until 20 init_ended
    is "$(cgroups_named "launcher-$NAME")" ""
    run -125 "$LAUNCHER" resume $NAME
    like "$output" "finding the container $NAME: it does not exist"
}

@test "the name of a paused container whose launcher was killed can be used again" {
    start_container --name $NAME --live -- /bin/sleep 1000
    "$LAUNCHER" pause $NAME
    kill -KILL "$CONTAINER"
    wait_until 20 launcher_ended
    run -0 in_container --name $NAME -- /bin/echo again
    is "$output" again
}

@test "cgroup rm --kill ends a paused container" {
    start_container --name $NAME --live -- /bin/sleep 1000
    "$LAUNCHER" pause $NAME
    run timeout 30 "$LAUNCHER" cgroup rm --kill launcher-$NAME
    is "$status $output" "0 "
    wait_until 20 launcher_ended
}

@test "a cgroup that was there before is not left frozen" {
    "$LAUNCHER" cgroup create launcher-$NAME-kept
    local round
    for round in 1 2; do
        start_container --name $NAME --cgroup launcher-$NAME-kept -- /bin/sleep 1000
        "$LAUNCHER" pause $NAME
        kill -KILL "$CONTAINER"
        wait_until 20 launcher_ended
        "$LAUNCHER" gc
    done
    run -0 timeout 30 "$LAUNCHER" --rootfs "$ROOTFS" --net none --cgroup launcher-$NAME-kept -- /bin/echo warm
    is "$output" warm
    "$LAUNCHER" cgroup rm launcher-$NAME-kept
}
