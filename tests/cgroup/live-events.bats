#!/usr/bin/env bats
# Row C8: launcher events, on whatever layout this is. Every wait is for a line of its output or for
# its end.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/container
load ../lib/cgroup

NAME=bats-events

setup()
{
    EVENTS=$BATS_TEST_TMPDIR/events
    GO=$BATS_TEST_TMPDIR/go
    FOLLOWER=
}

teardown()
{
    "$LAUNCHER" resume $NAME 2>/dev/null || true # most tests leave none paused
    exec 5>&- || true
    end_container
    [ -z "$FOLLOWER" ] || { kill "$FOLLOWER" && wait "$FOLLOWER"; } 2>/dev/null || true
    is "$(cgroups_named "launcher-$NAME*")" ""
}

# start_waiting [OPTION...] -- SCRIPT: a container whose shell runs SCRIPT when `go` is called.
start_waiting()
{
    local options=() script
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    # shellcheck disable=SC2016 # the payload's own
    script='read -r go </go; '$2
    mkfifo "$GO"
    exec 5<>"$GO"
    start_container --name $NAME "${options[@]}" -v "$GO:/go" -- /bin/sh -c "$script"
}

go()
{
    echo go >&5
}

# follow [OPTION...]: starts to follow, and returns when nothing can be missed any more.
follow()
{
    "$LAUNCHER" events $NAME --follow "$@" >"$EVENTS" 2>"$EVENTS.err" 3>&- 5>&- &
    FOLLOWER=$!
    wait_until 20 has watching || { cat "$EVENTS.err" >&2; return 1; }
}

has()
{
    grep -q "\"type\":\"$1\"" "$EVENTS"
}

see()
{
    wait_until 30 has "$1" || { cat "$EVENTS" "$EVENTS.err" >&2; return 1; }
}

types()
{
    sed 's/.*"type":"\([a-z_]*\)".*/\1/' "$EVENTS"
}

# Waits for the end of the follower, whose status must be 0.
follower_ends()
{
    gone() { ! kill -0 "$FOLLOWER" 2>/dev/null; }
    wait_until 30 gone
    wait "$FOLLOWER"
    FOLLOWER=
}

@test "without --follow: one line of what it uses, in runc's form" {
    start_container --name $NAME --live -m 50m --pids 9 -- /bin/sleep 1000
    "$LAUNCHER" events $NAME >"$EVENTS"
    is "$(wc -l <"$EVENTS")" 1
    is "$(number "$EVENTS" type) $(number "$EVENTS" id)" "stats $NAME"
    is "$(number "$EVENTS" data.memory.usage.limit)" $((50 * 1024 * 1024))
    is "$(number "$EVENTS" data.pids.limit) $(number "$EVENTS" data.pids.current)" "9 2"
    [ "$(number "$EVENTS" data.cpu.usage.total)" -gt 1000 ]
}

@test "the exit status, of a payload that ends by itself and of one that is killed" {
    start_waiting --live -- 'exit 42'
    follow
    go
    see exit
    follower_ends
    is "$(tail -n 1 "$EVENTS")" '{"type":"exit","id":"'$NAME'","data":{"status":42}}'
    end_container
    rm "$GO"
    start_waiting --live -- 'kill -TERM $$'
    follow
    go
    follower_ends
    is "$(tail -n 1 "$EVENTS")" '{"type":"exit","id":"'$NAME'","data":{"status":143}}'
    # what was made for it is gone when the event comes
    is "$(cgroups_named "launcher-$NAME")" ""
}

@test "an OOM kill of a child, while the container lives on" {
    start_waiting --live -m 30m -- \
        'busybox dd if=/dev/zero of=/dev/null bs=60M count=1; exec sleep 1000'
    follow
    go
    see oom_kill
    see oom
    is "$(types | sort -u | xargs)" "oom oom_kill watching"
    is "$(grep '"oom_kill"' "$EVENTS" | tail -n 1 | grep -o '"data".*')" '"data":{"count":1,"new":1}}'
}

@test "the OOM kill that ends the container is told before its exit" {
    local round
    for round in 1 2 3 4 5; do
        start_waiting --live -m 30m -- 'exec busybox dd if=/dev/zero of=/dev/null bs=60M count=1'
        follow
        go
        follower_ends
        # v2 counts an OOM again when the kill has not freed enough yet
        is "$(types | sort -u | xargs)" "exit oom oom_kill watching"
        is "$(tail -n 1 "$EVENTS")" '{"type":"exit","id":"'$NAME'","data":{"status":137}}'
        end_container
        rm "$GO"
    done
}

@test "a fork that the pids limit refuses" {
    start_waiting --pids 5 -- \
        'for i in 1 2 3 4 5 6 7; do sleep 1000 & done; exec sleep 1000'
    follow
    go
    see pids_max
    like "$(grep '"type":"pids_max"' "$EVENTS")" '"data":\{"count":[1-9]'
}

@test "memory.high, where there is v2's memory controller" {
    [ "$(layout)" = v2 ] || return 0 # version 1 has no such limit; the VM runs this
    start_waiting --memory-high 10m -- \
        'busybox dd if=/dev/zero of=/dev/null bs=14M count=1; exec sleep 1000'
    follow
    go
    see memory_high
}

@test "frozen and thawed" {
    start_container --name $NAME --live -- /bin/sleep 1000
    follow
    "$LAUNCHER" pause $NAME
    see frozen
    "$LAUNCHER" resume $NAME
    see thawed
    "$LAUNCHER" pause $NAME
    wait_until 20 twice_frozen
    is "$(types | xargs)" "watching frozen thawed frozen"
    # one that joins later is told at once
    is "$("$LAUNCHER" events $NAME --follow | head -n 1)" "$(head -n 1 "$EVENTS" | sed 's/"frozen":false/"frozen":true/')"
}

twice_frozen()
{
    [ "$(grep -c '"type":"frozen"' "$EVENTS")" -eq 2 ]
}

@test "a pressure trigger" {
    if [ "$(layout)" = v1 ]; then
        start_container --name $NAME --live -- /bin/sleep 1000
        run -125 "$LAUNCHER" events $NAME --pressure cpu:10ms/2s
        like "$output" 'option --pressure: finding a v2 cgroup of the container'
        return
    fi
    # two loops that may use a hundredth of a CPU wait nearly all the time
    start_waiting --live --cpus 0.01 -- 'while :; do :; done & while :; do :; done'
    follow --pressure cpu:10ms/2s
    go
    see pressure
    like "$(grep '"type":"pressure"' "$EVENTS" | head -n 1)" \
        '"data":\{"resource":"cpu","kind":"some","stall_us":10000,"window_us":2000000\}'
}

@test "a pressure trigger that can't be" {
    start_container --name $NAME --live -- /bin/sleep 1000
    local trigger
    for trigger in "cpu:150ms" "disk:1ms/2s" "cpu:1ms/1ms" "cpu:3s/2s" "cpu:1h/2s" "cpu.half:1ms/2s" \
        "cpu:/2s" "cpu:1ms/" ":1ms/2s" "cpu:-1/2s" "cpu:1ms/2sx" "cpu:99999999999999999999/2s"; do
        run -125 "$LAUNCHER" events $NAME --pressure "$trigger"
        like "$output" "^launcher: option --pressure: "
    done
}

@test "SIGINT, SIGTERM and the end of the reader end it; the container goes on" {
    start_container --name $NAME --live -- /bin/sleep 1000
    local signal
    for signal in TERM HUP; do
        follow
        kill -$signal "$FOLLOWER"
        follower_ends
        rm "$EVENTS"
    done
    # the reader takes one line and goes: EOF of the fifo tells that events has ended too
    mkfifo "$BATS_TEST_TMPDIR/alive"
    (exec 3>&-; "$LAUNCHER" events $NAME --follow 6>"$BATS_TEST_TMPDIR/alive" | head -n 1 >"$EVENTS") &
    timeout 30 cat "$BATS_TEST_TMPDIR/alive"
    wait $!
    has watching
    kill -0 "$PAYLOAD"
}

@test "launcher killed with -9: the exit is told, without a status" {
    start_container --name $NAME --live -- /bin/sleep 1000
    follow
    kill -KILL "$CONTAINER"
    if [ "$(layout)" = v1 ]; then "$LAUNCHER" gc; fi
    follower_ends
    is "$(tail -n 1 "$EVENTS")" '{"type":"exit","id":"'$NAME'","data":{"status":null}}'
    "$LAUNCHER" gc
}

@test "idle, it is never woken up" {
    start_container --name $NAME --live -m 50m -- /bin/sh -c 'while :; do sleep 0.05; done'
    local options=()
    [ "$(layout)" = v1 ] || options=(--pressure memory:1s/2s)
    follow "${options[@]}"
    switches() { awk '/ctxt_switches/ { sum += $2 } END { print sum }' "/proc/$FOLLOWER/status"; }
    asleep() { [ "$(awk '/^State/ { print $2 }' "/proc/$FOLLOWER/status")" = S ]; }
    wait_until 20 asleep
    local before
    before=$(switches)
    # The container is at work, the host as well, and three seconds pass.
    sleep 3
    in_container -- /bin/true
    is "$(switches)" "$before"
    # and the count does see a wake-up
    "$LAUNCHER" pause $NAME
    see frozen
    [ "$(switches)" -gt "$before" ]
}
