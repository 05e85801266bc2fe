#!/usr/bin/env bats
# bats file_tags=detach
# run --detach and what people do with such containers: logs, attach, wait, stop, rm, ps, inspect,
# restarts. (R22 and L2.)

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/bundle
load ../lib/oci
load ../lib/terminal
load ../lib/steps

# detached [OPTION...] -- COMMAND...: runs it as $BOX. launcher must return though it has descriptors
# of ours open: a monitor that kept one would hold up whoever waits for its end of file.
detached() {
    timeout 20 "$LAUNCHER" --root "$ROOT" run --detach --name "$BOX" --rootfs "$ROOTFS" --net none "$@"
}

monitor() {
    pgrep -f "^$LAUNCHER --root $ROOT run --detach" | head -n 1
}

log_says() {
    [[ $(oci logs "$BOX" 2>&1) == *"$1"* ]]
}

status_now() {
    oci ps --all --json | jq -r --arg id "$BOX" '.[] | select(.id == $id) | .status'
}

is_now() {
    [ "$(status_now)" = "$1" ]
}

teardown_terminal() {
    close_terminal
}

# ---- starting

@test "run --detach prints the name when the payload runs, and returns" {
    started=$(date +%s)
    is "$(detached -- sh -c 'echo begun; sleep 1000')" "$BOX"
    (($(date +%s) - started < 10))
    is "$(status_now)" running
    wait_until 10 log_says begun
    is "$(oci list --quiet)" "$BOX"
    like "$(oci state "$BOX" | jq -r '"\(.status) \(.pid) \(.created)"')" '^running [0-9]+ 20[0-9-]+T'
}

@test "the monitor is in a session of its own, and has nothing of the caller's" {
    exec 7>"$BATS_TEST_TMPDIR/seven"
    detached -- sleep 1000
    exec 7>&-
    pid=$(monitor)
    is "$(ps -o sid= -p "$pid" | tr -d ' ')" "$pid"
    is "$(readlink "/proc/$pid/cwd")" /
    is "$(readlink "/proc/$pid"/fd/{0,1,2} | sort -u)" /dev/null
    is "$(readlink "/proc/$pid"/fd/* "/proc/$(oci state "$BOX" | jq .pid)"/fd/* | grep seven)" ""
}

@test "what fails before the payload runs is said by run, and leaves nothing" {
    run -127 --separate-stderr detached -- nosuch
    is "$output" ""
    like "$stderr" 'launcher: executing nosuch: no such file or directory'
    no_trace
    run -126 detached -- /etc/passwd
    run -125 detached -w /etc/passwd -- true
    like "$output" 'working directory'
    no_trace
}

@test "a name in use is an error, also of one that has ended, and its log stays" {
    detached -- sh -c 'echo mine'
    is "$(oci wait "$BOX")" 0
    run -125 detached -- sh -c 'echo other'
    like "$output" "recording the container $BOX: a container of this name exists already"
    is "$(oci logs "$BOX")" mine
}

@test "the caller who is gone before the payload runs gets no container" {
    mkfifo "$BATS_TEST_TMPDIR/report" # the monitor waits for a reader
    "$LAUNCHER" --root "$ROOT" run -d --name "$BOX" --rootfs "$ROOTFS" --net none \
        --report "$BATS_TEST_TMPDIR/report" -- sleep 1000 3>&- &
    caller=$!
    wait_until 10 test -e "$ROOT/$BOX.spec"
    kill -9 $caller
    wait $caller || true
    like "$(<"$BATS_TEST_TMPDIR/report")" 'telling the launcher that was called that the payload runs: Broken pipe'
    wait_until 10 no_trace
    ! pgrep -f "$ROOT run" || false
}

@test "options that only a monitor has a use for are refused without --detach" {
    run -125 "$LAUNCHER" run --rootfs "$ROOTFS" --net none --restart always -- true
    like "$output" '--restart or --log-opt: nobody stays to do it'
    run -125 "$LAUNCHER" run --rootfs "$ROOTFS" --net none --restart sometimes -- true
    like "$output" 'option --restart: "sometimes" is none of no, on-failure'
    run -125 "$LAUNCHER" run --rootfs "$ROOTFS" --net none --restart always:3 -- true
    like "$output" 'only on-failure takes a number'
    run -125 "$LAUNCHER" run --rootfs "$ROOTFS" --net none -d --log-opt max-size=1k -- true
    like "$output" 'a log needs a max-size of at least 16k'
    run -125 "$LAUNCHER" run --rootfs "$ROOTFS" --net none -d --log-opt color=red -- true
    like "$output" 'neither max-size=SIZE nor max-file=N'
    is "$("$LAUNCHER" run --rm --rootfs "$ROOTFS" --net none -- echo here)" here # --rm changes nothing
}

# ---- the log

@test "logs: to the byte what was printed, each stream to its own" {
    detached -- sh -c 'printf "a\n\nb c\nno end"; printf "oops\n" >&2; exit 3'
    is "$(oci wait "$BOX")" 3
    is "$(oci logs "$BOX" 2>/dev/null | od -An -c | tr -s ' ')" "$(printf 'a\n\nb c\nno end' | od -An -c | tr -s ' ')"
    is "$(oci logs "$BOX" 2>&1 >/dev/null)" oops
}

@test "the log has the form of podman's k8s-file" {
    detached -- sh -c 'echo one; printf two; echo three >&2'
    oci wait "$BOX"
    while IFS= read -r line; do
        like "$line" '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{9}Z (stdout|stderr) [FP] '
    done <"$ROOT/$BOX.log"
    is "$(cut -d ' ' -f 2- "$ROOT/$BOX.log" | sort)" "$(printf 'stderr F three\nstdout F one\nstdout P two')"
}

@test "logs --tail, --timestamps, and a line that came in pieces" {
    detached -- sh -c 'seq 1 5; printf part; sleep 0.3; echo ner'
    oci wait "$BOX"
    is "$(oci logs --tail 2 "$BOX")" "$(printf '5\npartner')"
    is "$(oci logs --tail 0 "$BOX")" ""
    is "$(oci logs --tail all "$BOX" | wc -l)" 6
    like "$(oci logs --timestamps --tail 1 "$BOX")" '^20[^ ]+Z partner$'
}

@test "logs --follow goes on until the end, and misses nothing" {
    detached -- sh -c 'for i in $(seq 1 200); do echo "line $i"; sleep 0.01; done'
    is "$(timeout 60 "$LAUNCHER" --root "$ROOT" logs --follow "$BOX" | md5sum)" \
        "$(seq 1 200 | sed 's/^/line /' | md5sum)"
}

@test "logs --follow shows at once what is printed" {
    detached --interactive -- sh -c 'echo one; read go; echo two; sleep 1000'
    "$LAUNCHER" --root "$ROOT" logs --follow "$BOX" >"$BATS_TEST_TMPDIR/out" 3>&- &
    wait_until 10 grep -q one "$BATS_TEST_TMPDIR/out"
    (echo go; wait_until 10 log_says two) | oci attach --no-signals "$BOX" >/dev/null 3>&- &
    wait_until 10 grep -q two "$BATS_TEST_TMPDIR/out"
    is "$(status_now)" running
    oci rm -f "$BOX"
    wait
}

@test "a log is put aside at its size, the oldest goes, and what stays is whole" {
    detached --log-opt max-size=16k --log-opt max-file=3 -- sh -c 'seq 1 20000'
    is "$(oci wait "$BOX")" 0
    is "$(cd "$ROOT" && echo "$BOX".log*)" "$BOX.log $BOX.log.1 $BOX.log.2"
    for file in "$ROOT/$BOX".log*; do
        (($(stat -c %s "$file") <= 16384))
    done
    is "$(oci logs "$BOX" | tail -n 1)" 20000
    first=$(oci logs "$BOX" | head -n 1)
    is "$(oci logs "$BOX" | md5sum)" "$(seq "$first" 20000 | md5sum)" # without a hole
}

@test "who reads too slowly is told that a part of the log is missing" {
    local verb files=1
    for verb in "logs --follow" attach "logs -f --tail 5"; do
        detached --interactive --log-opt max-size=16k --log-opt max-file="$files" -- sh -c 'echo first; read go; seq 1 20000'
        # shellcheck disable=SC2086 # words
        "$LAUNCHER" --root "$ROOT" $verb "$BOX" </dev/null >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
        reader=$!
        wait_until 10 grep -q first "$BATS_TEST_TMPDIR/out"
        kill -STOP $reader
        echo go | oci attach --no-signals "$BOX" >/dev/null 2>&1
        is "$(oci wait "$BOX")" 0
        kill -CONT $reader
        wait $reader
        grep -qx "launcher: a part of the log was removed before it could be read" "$BATS_TEST_TMPDIR/err"
        # One gap, and behind it at most the rest of a line that began in there.
        is "$(tail -n 1 "$BATS_TEST_TMPDIR/out")" 20000
        like "$(awk 'NR > 2 && $1 != last + 1 { jumps++ } { last = $1 } END { print jumps + 0 }' "$BATS_TEST_TMPDIR/out")" '^[12]$'
        oci rm "$BOX"
        files=$((files + 1))
    done
}

@test "a log of one file begins anew when it is full" {
    detached --log-opt max-size=16k --log-opt max-file=1 -- sh -c 'seq 1 5000'
    is "$(oci wait "$BOX")" 0
    is "$(cd "$ROOT" && echo "$BOX".log*)" "$BOX.log"
    is "$(oci logs "$BOX" | tail -n 1)" 5000
}

@test "ten megabytes go through the log unchanged" {
    detached --log-opt max-size=100m -- sh -c 'head -c 10000000 /dev/zero | tr "\0" x | fold -w 777'
    is "$(oci wait "$BOX")" 0
    is "$(oci logs "$BOX" | md5sum)" "$(head -c 10000000 /dev/zero | tr '\0' x | fold -w 777 | md5sum)"
}

# When room is made, at most a pipeful of what the payload has written is still to come: there is room
# for that.
@test "without room for the log the container goes on, and the log says what it lacks" {
    mkdir "$ROOT"
    export LAUNCHER ROOT BOX ROOTFS
    unshare --mount bash -ec '
        mount -t tmpfs -o size=256k,mode=700 tmpfs "$ROOT"
        head -c 100000 /dev/zero >"$ROOT/fill"
        launcher() { timeout 20 "$LAUNCHER" --root "$ROOT" "$@"; }
        launcher run --detach --name "$BOX" --rootfs "$ROOTFS" --net none --interactive --log-opt max-size=1m -- \
            sh -c "read go; head -c 400000 /dev/zero | fold -w 1000; touch /dev/shm/written; read go; echo last; exit 0"
        written=/proc/$(launcher state "$BOX" | jq .pid)/root/dev/shm/written
        { echo go; until [ -e "$written" ]; do sleep 0.05; done; rm "$ROOT/fill"; echo go; } |
            launcher attach "$BOX" >/dev/null
        launcher logs "$BOX" 2>&1 | tr -d "\0"
        launcher wait "$BOX"' >"$BATS_TEST_TMPDIR/said"
    is "$(tail -n 2 "$BATS_TEST_TMPDIR/said" | xargs)" "last 0" # its exit status: nothing had failed for it
    grep -E 'launcher: [0-9]+ bytes of output are missing here: No space left on device' "$BATS_TEST_TMPDIR/said"
}

@test "logs of a container without one, and of none" {
    run -125 oci logs nosuch
    like "$output" 'finding the container nosuch: it does not exist'
    bundle . sleep 1000
    create "$BOX"
    run -125 oci logs "$BOX"
    like "$output" "opening the log of the container $BOX: .*"
    like "$output" 'hint: launcher keeps one for what launcher run --detach has started'
}

# ---- the end

@test "wait prints the exit status, now or later, of one or more" {
    detached -- sh -c 'sleep 0.5; exit 9'
    is "$(oci wait "$BOX" "$BOX")" "$(printf '9\n9')"
    is "$(oci wait "$BOX")" 9
    oci rm "$BOX"
    detached -- sh -c 'kill -9 $$'
    is "$(oci wait "$BOX")" 137
}

@test "wait tells the status of one that is removed at its end" {
    detached --rm -- sh -c 'sleep 0.5; exit 4'
    is "$(oci wait "$BOX")" 4
    wait_until 10 no_trace
}

@test "stop: TERM, or another signal; KILL for who does not heed it; a paused one is resumed" {
    detached -- sh -c 'trap "exit 5" TERM; trap "exit 6" USR1; touch /dev/shm/up; while :; do sleep 0.05; done'
    wait_until 10 test -e "/proc/$(oci state "$BOX" | jq .pid)/root/dev/shm/up"
    oci stop "$BOX"
    is "$(status_now)" stopped
    is "$(oci wait "$BOX")" 5
    oci stop "$BOX" # once more is no error
    oci rm "$BOX"
    detached -- sh -c 'trap "exit 6" USR1; touch /dev/shm/up; while :; do sleep 0.05; done'
    wait_until 10 test -e "/proc/$(oci state "$BOX" | jq .pid)/root/dev/shm/up"
    oci stop --signal USR1 "$BOX"
    is "$(oci wait "$BOX")" 6
    oci rm "$BOX"
    detached -- sh -c 'trap "" TERM; touch /dev/shm/up; while :; do sleep 0.05; done'
    wait_until 10 test -e "/proc/$(oci state "$BOX" | jq .pid)/root/dev/shm/up"
    oci stop --time 0 "$BOX"
    is "$(oci wait "$BOX")" 137
    oci rm "$BOX"
    detached --pids 20 -- sh -c 'trap "exit 8" TERM; touch /dev/shm/up; while :; do sleep 0.05; done'
    wait_until 10 test -e "/proc/$(oci state "$BOX" | jq .pid)/root/dev/shm/up"
    oci pause "$BOX"
    oci stop "$BOX"
    is "$(oci wait "$BOX")" 8
}

@test "stop of a container of create, and of launcher run in the foreground" {
    bundle . sleep 1000
    create "$BOX"
    oci start "$BOX"
    oci stop --time 1 "$BOX" # sleep as PID 1 heeds no TERM
    is_status "$BOX" stopped
    oci delete "$BOX"
    oci run --name "$BOX" --rootfs "$ROOTFS" --net none -- sleep 1000 3>&- &
    wait_until 10 is_now running
    oci stop "$BOX"
    status=0
    wait $! || status=$?
    is "$status" 143
}

# Its launcher is held before it has a process to tell of.
@test "stop, and delete by force, of a container that is still being created" {
    local stopper status
    has_looked() { [ -n "$(find "/proc/$stopper/fd" -lname "*/$BOX.json")" ]; }
    has_returned() { ! kill -0 $stopper 2>/dev/null; }
    for verb in 'stop --signal KILL' 'delete --force'; do
        hold_at clone3 "$LAUNCHER" --root "$ROOT" run --name "$BOX" --rootfs "$ROOTFS" --net none --pids 20 -- sleep 1000
        is "$(status_now)" creating
        # shellcheck disable=SC2086 # a verb and its option
        "$LAUNCHER" --root "$ROOT" $verb "$BOX" 3>&- &
        stopper=$!
        wait_until 10 has_looked
        kill -CONT "$HELD"
        wait_until 10 has_returned
        wait $stopper
        status=0
        wait "$TRACER" || status=$?
        is "$verb: $status" "$verb: 137"
        no_trace
    done
}

@test "rm: not one that runs, unless by force; several at once; its log goes too" {
    detached -- sleep 1000
    run -125 oci rm "$BOX"
    like "$output" "the container $BOX is running, and another launcher looks after it"
    like "$output" 'hint: launcher stop ends it, delete --force does both'
    is "$(status_now)" running
    oci rm --force "$BOX" nosuch
    no_trace
    detached -- true
    oci wait "$BOX"
    oci rm "$BOX"
    no_trace
    run -125 oci rm "$BOX"
}

@test "limits, the report and the cgroup of a detached container" {
    detached -m 20m -- sh -c 'x=x; while :; do x=$x$x; done'
    is "$(oci wait "$BOX")" 137
    is "$(cgroups)" ""
    is "$(oci inspect "$BOX" | jq -r '.[0] | "\(.report.cause) \(.record.end.oomKills) \(.record.end.status)"')" \
        "memory-limit 1 137"
}

@test "the report of each life goes to the file that was named, relative to the caller" {
    cd "$BATS_TEST_TMPDIR"
    detached --restart on-failure:1 --report here --volume "$PWD:/mnt" -- \
        sh -c 'echo >>/mnt/lives; exit $(wc -l </mnt/lives)'
    is "$(oci wait "$BOX")" 2
    is "$(jq -r .status here)" 2 # of the second life
    is "$(oci inspect "$BOX" | jq '.[0].report')" null
    run -125 detached --report 5 -- true
    like "$output" "option --report: a detached container has no descriptor of the caller's"
}

@test "a monitor that was killed takes its container with it, and gc removes the rest" {
    detached --pids 20 -- sleep 1000
    pid=$(oci state "$BOX" | jq .pid)
    kill -9 "$(monitor)"
    wait_until 10 is_status "$BOX" stopped
    is "$(oci logs "$BOX")" ""
    is "$(oci gc)" 1
    no_trace
}

@test "gc leaves alone what has ended and is kept" {
    detached -- echo kept
    oci wait "$BOX"
    is "$(oci gc)" 0
    is "$(oci logs "$BOX")" kept
}

# ---- restarts

@test "--restart on-failure:N starts it again so often" {
    detached --restart on-failure:2 -- sh -c 'echo once; exit 3'
    is "$(oci wait "$BOX")" 3
    is "$(oci logs "$BOX" | grep -c once)" 3
    is "$(oci inspect "$BOX" | jq '.[0].record.end.restarts')" 2
}

@test "--restart on-failure lets one rest that ended well; always does not" {
    detached --restart on-failure -- sh -c 'echo once'
    is "$(oci wait "$BOX")" 0
    is "$(oci logs "$BOX")" once
    oci rm "$BOX"
    detached --restart always -- sh -c 'echo again'
    wait_until 20 again_twice
    oci stop "$BOX"
    is "$(status_now)" stopped
}

again_twice() {
    (($(oci logs "$BOX" | grep -c again) >= 2))
}

# One that comes when the pause is over, on a busy machine, is told by the status: then it was killed.
@test "stop ends it also while it pauses before a restart" {
    local status
    for _ in {1..10}; do
        detached --restart always -- false
        wait_until 20 is_now restarting
        timeout 20 "$LAUNCHER" --root "$ROOT" stop "$BOX"
        is "$(status_now)" stopped
        status=$(oci wait "$BOX")
        oci rm "$BOX"
        like "$status" '^(1|137)$'
        [ "$status" != 1 ] || break
    done
    is "$status" 1
}

@test "stop wins against a restart, in each of 20 races" {
    for i in $(seq 20); do
        detached --restart always -- sh -c 'exit 1'
        timeout 20 "$LAUNCHER" --root "$ROOT" stop --time 5 "$BOX"
        is "$i $(status_now)" "$i stopped"
        oci rm "$BOX"
    done
}

@test "TERM to the monitor ends the container for good" {
    detached --restart always -- sleep 1000
    kill -TERM "$(monitor)"
    is "$(oci wait "$BOX")" 143
    is "$(status_now)" stopped
}

@test "a restart that fails is in the log, and is tried again" {
    cp -a "$ROOTFS/bin" "$BATS_TEST_TMPDIR/bin"
    mkdir -p "$BATS_TEST_TMPDIR"/tree/{proc,sys,dev}
    mv "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/tree"
    ROOTFS=$BATS_TEST_TMPDIR/tree detached --restart on-failure:1 -- /bin/sh -c 'rm /bin/sh; exit 1'
    is "$(oci wait "$BOX")" 127
    like "$(oci logs "$BOX" 2>&1)" 'launcher: executing /bin/sh .*: no such file or directory'
}

# ---- attach

@test "attach: keys go in, the last screenful and what follows come out, the status is the container's" {
    detached --tty -- sh -c 'echo before; read line; stty size; echo "got $line"; exit 6'
    wait_until 10 log_says before
    open_terminal 33 99 "$LAUNCHER --root $ROOT attach $BOX"
    see before
    press 'hello\r'
    see 'got hello'
    await_end
    is "$EXIT" 6
    shows '^33 99$'
}

@test "attach: the size follows" {
    detached --tty -- sh -c 'trap "stty size" WINCH; echo up; while :; do sleep 0.05; done'
    open_terminal 33 99 "$LAUNCHER --root $ROOT attach $BOX"
    see '33 99'
    stty -F "$TERMINAL" rows 20 cols 70
    see '20 70'
    press '\020\021'
    await_end
}

@test "attach: the keys that detach leave the container running, half of them go through" {
    detached --tty -- sh -c 'stty raw -echo; echo up; dd bs=1 count=2 2>/dev/null | od -An -tx1; sleep 1000'
    open_terminal 24 80 "$LAUNCHER --root $ROOT attach $BOX"
    see up
    press '\020x' # ctrl-p alone
    see '10 78'
    press '\020\021'
    await_end
    is "$EXIT" 0
    is "$(status_now)" running
    open_terminal 24 80 "$LAUNCHER --root $ROOT attach --detach-keys a,ctrl-b $BOX"
    see '10 78' # what was there before
    press 'a\002'
    await_end
    is "$(status_now)" running
    run -125 oci attach --detach-keys ctrl-1 "$BOX"
    like "$output" '"ctrl-1" is no key'
}

@test "attach: an open stdin gets what is piped in, and stays open" {
    detached --interactive -- cat
    (echo one; wait_until 10 log_says one) | timeout 20 "$LAUNCHER" --root "$ROOT" attach --no-signals "$BOX" >"$BATS_TEST_TMPDIR/out" &
    attached=$!
    wait_until 10 log_says one
    wait_until 10 grep -q one "$BATS_TEST_TMPDIR/out"
    is "$(status_now)" running # the end of that pipe was not its own
    kill -TERM $attached # with --no-signals it is attach that is meant
    wait $attached
    is "$(status_now)" running
}

@test "attach: signals go to the container" {
    detached -- sh -c 'trap "echo usr; exit 4" USR1; echo up; while :; do sleep 0.05; done'
    wait_until 10 log_says up
    "$LAUNCHER" --root "$ROOT" attach "$BOX" </dev/null >"$BATS_TEST_TMPDIR/out" 3>&- &
    attached=$!
    wait_until 10 grep -q up "$BATS_TEST_TMPDIR/out"
    kill -USR1 $attached
    status=0
    wait $attached || status=$?
    is "$status" 4
    is "$(<"$BATS_TEST_TMPDIR/out")" "$(printf 'up\nusr')"
}

@test "attach: who does not read holds nobody up" {
    mkfifo "$BATS_TEST_TMPDIR"/{in,out}
    exec 5<>"$BATS_TEST_TMPDIR/in" 6<>"$BATS_TEST_TMPDIR/out" # nobody reads what comes out
    detached --interactive --log-opt max-size=100m -- sh -c 'read x; seq 1 200000'
    oci attach "$BOX" <&5 >&6 3>&- &
    attached=$!
    echo go >&5
    wait_until 30 is_now stopped
    is "$(oci logs "$BOX" | tail -n 1)" 200000
    cat <&6 >/dev/null 3>&- & # now it can end
    HELPER=$!
    wait $attached
}

@test "attach: not to one that has ended, nor to one that is nobody's" {
    detached -- true
    oci wait "$BOX"
    run -125 oci attach "$BOX"
    like "$output" 'hint: it has ended; launcher logs prints'
    oci rm "$BOX"
    bundle . sleep 1000
    create "$BOX"
    run -125 oci attach "$BOX"
    like "$output" 'hint: it was not started with launcher run --detach'
}

# ---- looking

@test "ps: what runs; --all: all; --json" {
    detached -- sh -c 'sleep 1000'
    is "$(oci ps | wc -l)" 2
    like "$(oci ps | tail -n 1)" "^$BOX +[0-9]+ +running +20[0-9-]+ [0-9:]+  sh -c sleep 1000$"
    is "$(oci ps --json | jq -r '.[0] | "\(.id) \(.status) \(.exitStatus)"')" "$BOX running null"
    oci stop --time 0 "$BOX"
    is "$(oci ps | wc -l)" 1
    like "$(oci ps --all | tail -n 1)" "^$BOX +0 +stopped \(143|137\)"
    is "$(oci ps --json)" "[]"
    like "$(date +%F)" "^$(oci ps -a --json | jq -r '.[0].started' | cut -d ' ' -f 1)$"
}

@test "ps ID: all processes, with a cgroup or without, those of exec too" {
    local options
    for options in --pids=20 --quiet; do
        detached $options -- sh -c 'sleep 1001 & sleep 1002'
        oci exec "$BOX" sleep 1003 3>&- &
        wait_until 10 ps_shows 'sleep 1003'
        is "$(oci ps "$BOX" | grep -oE 'sleep 100[123]$' | sort | tr '\n' ' ')" "sleep 1001 sleep 1002 sleep 1003 "
        oci rm --force "$BOX"
    done
}

ps_shows() {
    oci ps "$BOX" | grep -q "$1"
}

@test "ps: what the container calls itself can't harm a terminal" {
    detached -- sh -c $'sleep 1000; : \e]0;evil\a'
    run ! grep $'\e' <<<"$(oci ps)"
}

@test "inspect: state, record, spec and log of each" {
    detached -e A=b -- sleep 1000
    is "$(oci inspect "$BOX" | jq -r '.[0] | "\(.state.status) \(.spec.process.args[0]) \(.config) \(.report)"')" \
        "running sleep null null"
    test -f "$(oci inspect "$BOX" | jq -r '.[0].logPath')"
    bundle . sleep 1000
    oci rm -f "$BOX"
    create "$BOX"
    is "$(oci inspect "$BOX" | jq -r '.[0] | "\(.state.status) \(.config.process.args[0]) \(.spec) \(.logPath)"')" \
        "created sleep null null"
    run -125 oci inspect nosuch
}

@test "the other verbs work on a detached container" {
    detached --pids 20 -- sleep 1000
    is "$(oci exec "$BOX" echo in)" in
    oci pause "$BOX"
    is "$(status_now)" paused
    oci resume "$BOX"
    like "$(oci stats "$BOX")" "$BOX"
    is "$(oci ps "$BOX" | tail -n +2 | grep -c sleep)" 1
    oci kill "$BOX" KILL
    is "$(oci wait "$BOX")" 137
}

id_of() {
    awk -F: -v name="$1" -v field="$2" '$1 == name { print $field }' "$ROOTFS/etc/passwd"
}

@test "exec gives the environment, user, directory, capabilities and filter of the container" {
    detached -e A=b -u 7:8 -w /tmp --cap-drop chown --rlimit nofile=77:88 -- sleep 1000
    is "$(oci exec "$BOX" sh -c 'echo $A $HOSTNAME $(id -u):$(id -g) $PWD $(ulimit -n)')" "b container 7:8 /tmp 77"
    in_exec() { oci exec "$BOX" sed -n "s/^$1:\t//p" /proc/self/status; }
    is "$(in_exec CapBnd)" "$(sed -n 's/^CapBnd:\t//p' "/proc/$(pgrep -P "$(oci state "$BOX" | jq .pid)")/status")"
    is "$(in_exec Seccomp) $(in_exec NoNewPrivs)" "2 1"
    is "$(oci exec -u 0 -e A=c "$BOX" sh -c 'echo $A $(id -u)')" "c 0"
    is "$(oci exec -u 0 "$BOX" sed -n 's/^CapEff:\t//p' /proc/self/status)" "$(in_exec CapBnd)"
    is "$(oci exec -u 9 "$BOX" sed -n 's/^CapEff:\t//p' /proc/self/status)" 0000000000000000
    is "$(oci exec -u user "$BOX" sh -c 'echo $(id -un) $(id -g) $HOME')" "user $(id_of user 4) $(id_of user 6)"
    is "$(oci exec -u user:nogroup "$BOX" id -gn)" nogroup
    is "$(oci exec -u user -e HOME=/x "$BOX" sh -c 'echo $HOME')" /x
    run -125 oci exec -u nosuch "$BOX" true
    like "$output" "option --user: there is no user \"nosuch\" in the container's /etc/passwd"
    run -125 oci exec -u 1: "$BOX" true
    oci rm -f "$BOX"
    detached --seccomp unconfined -- sleep 1000
    is "$(in_exec Seccomp)" 0
}

@test "an idle monitor and cinit take at most 250 KiB together, and wake up never" {
    detached -- sleep 1000
    init=$(oci state "$BOX" | jq .pid)
    pid=$(monitor)
    pss() { awk '/^Pss:/ { print $2 }' "/proc/$1/smaps_rollup"; }
    asleep() { (($(pss "$pid") + $(pss "$init") <= 250)); }
    wait_until 20 asleep
    before=$(awk '/^voluntary_ctxt/ { print $2 }' "/proc/$pid/status")
    sleep 2
    is "$(awk '/^voluntary_ctxt/ { print $2 }' "/proc/$pid/status")" "$before"
}

# ---- many

@test "20 at once: each has its own log and status" {
    for i in $(seq 20); do
        "$LAUNCHER" --root "$ROOT" run -d --name "n$i" --rootfs "$ROOTFS" --net none -- sh -c "echo $i; exit $i" >/dev/null 3>&- &
    done
    wait
    for i in $(seq 20); do
        is "$(oci wait "n$i") $(oci logs "n$i")" "$i $i"
    done
}
