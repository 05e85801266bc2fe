#!/usr/bin/env bats
# Row I5: the stop sequence, and what becomes of the processes that the command leaves behind. No time
# is measured: a step that has to end by itself is short, one that must not is longer than the test.

# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers
load ../lib/cinit

setup_file() { cinit_setup_file report send orphans; }
teardown_file() { cinit_teardown_file; }
teardown() { cinit_teardown; }

process_is_gone()
{
    ! kill -0 "$1" 2>/dev/null
}

is_running()
{
    kill -0 "$1"
}

# start_report [OPTION...] -- ROLE...: under cinit. With each step SIGCONT comes, or a stopped process
# would not act on it; of that one nothing is said here.
start_report()
{
    local words=()
    while [ "$1" != -- ]; do
        words+=("$1")
        shift
    done
    shift
    start_cinit "${words[@]}" -- "$PAYLOADS/report" "${@/%/,18=-1}"
}

# ---- the sequence ----

each_step_in_order()
{
    start_report --stop-seq QUIT:100ms,USR1:100ms,TERM:100ms,KILL -- main
    up main
    send "$INIT" 15
    says "main 3"
    says "main 10"
    says "main 15"
    ends_with 137
}

@test "each step's signal comes, in the order of the sequence, and the last one ends it" {
    each_step_in_order
}

@test "each step's signal comes, as process 1" {
    as process_1
    each_step_in_order
}

@test "units of time: ms, s, m, none; and a sequence of one" {
    local sequence
    for sequence in QUIT:1m,KILL QUIT:60s,KILL QUIT:60,KILL QUIT:60000ms,KILL QUIT QUIT:60; do
        start_report --stop-seq "$sequence" -- main,3=5
        up main
        send "$INIT" 15
        says "main 3"
        ends_with 5
    done
    start_report --stop-seq KILL -- main
    up main
    send "$INIT" 15
    ends_with 137
}

@test "a step is given its time: what ends by itself meanwhile keeps its status" {
    local by
    for by in child process_1; do
        as "$by"
        start_report --stop-seq QUIT:1s,TERM:60s,KILL -- main,12=42
        up main
        local main
        main=$(pid_of main)
        send "$INIT" 15
        says "main 3"
        says "main 15" # the second step, which is longer than this test
        send "$main" 10
        says "main 10"
        is_running "$main"
        send "$main" 12
        says "main 12"
        ends_with 42
    done
}

@test "other signals are forwarded during the sequence" {
    start_report --stop-seq TERM:60s,KILL -- main,12=42
    up main
    send "$INIT" 15
    says "main 15"
    send "$INIT" 10
    says "main 10"
    send "$INIT" 12
    says "main 12"
    ends_with 42
}

@test "only the stop signal starts it, and --stop-signal says which one that is" {
    start_report --stop-seq USR1:60s,KILL -- main
    up main
    send "$INIT" 2
    says "main 2"
    send "$INIT" 3
    says "main 3"
    send "$INIT" 15
    says "main 10"
    end_started
    start_report --stop-seq USR1:60s,KILL --stop-signal QUIT --stop-signal=SIGHUP -- main
    up main
    send "$INIT" 15
    says "main 15"
    send "$INIT" 1
    says "main 10"
    end_started
    start_report --stop-seq USR1:60s,KILL --stop-signal 40 -- main
    up main
    send "$INIT" 40
    says "main 10"
}

@test "a stopped command is ended as well" {
    local by
    for by in child process_1; do
        as "$by"
        start_report --stop-seq TERM:200ms,KILL -- main
        up main
        kill -STOP "$(pid_of main)"
        send "$INIT" 15
        wait_until 30 has_ended_by_itself
        # Should it be woken for SIGTERM, it says so.
        exec 5<&-
        exec 5</dev/null
        ends_with 137
    done
}

@test "a stopped command that does not handle SIGTERM ends of it, in its time" {
    start_cinit --stop-seq TERM:60s,KILL -- sh -c 'kill -STOP $$; echo went on; exec sleep 1000'
    wait_until 20 child_is_stopped "$INIT"
    send "$INIT" 15
    # It is woken for its end, and does not come to say anything.
    ends_with 143
}

child_is_stopped()
{
    grep -q '^State:.T' "/proc/$(pgrep --parent "$1")/status" 2>/dev/null
}

# ---- stragglers ----

# gets_its_time FIRST_SIGNAL: main has gone or is going, and the straggler has said so. cinit waits.
gets_its_time()
{
    local straggler
    straggler=$(pid_of "$1")
    send "$straggler" 10
    says "$1 10"
    is_running "$INIT"
    is_running "$straggler"
    send "$straggler" 12
    says "$1 12"
    wait_until 20 process_is_gone "$straggler"
}

# Both kinds that leave the command's session: its parent lives until main ends, or has ended before.
stop_reaches_stragglers()
{
    local role
    for role in session setsid orphan; do
        start_report --stop-seq TERM:60s,KILL -- main,15=42 "$role,12=0"
        up main "$role"
        send "$INIT" 15
        says_all "main 15" "$role 15"
        gets_its_time "$role"
        ends_with 42
    done
}

@test "a stop signal reaches stragglers too; they get their time, and main's status is kept" {
    stop_reaches_stragglers
}

@test "a stop signal reaches stragglers too, as process 1" {
    as process_1
    stop_reaches_stragglers
}

end_of_main_stops_stragglers()
{
    local role options
    for options in "--stop-seq TERM:60s,KILL" "--orphans term" "--orphans=term -g"; do
        for role in setsid orphan; do
            # shellcheck disable=SC2086 # several words
            start_report $options -- main,10=42 "$role,12=0"
            up main "$role"
            send "$(pid_of main)" 10
            says "main 10"
            says "$role 15"
            gets_its_time "$role"
            ends_with 42
        done
    done
}

@test "when main ends by itself stragglers get the sequence, and main's status is kept" {
    end_of_main_stops_stragglers
}

@test "when main ends by itself, as process 1" {
    as process_1
    end_of_main_stops_stragglers
}

@test "stragglers of a main that a signal has ended, each step for each of them" {
    local by
    for by in child process_1; do
        as "$by"
        start_report --stop-seq QUIT:200ms,TERM:200ms,KILL -- main setsid orphan group
        up main setsid orphan group
        kill -KILL "$(pid_of main)"
        says_all "setsid 3" "orphan 3" "group 3"
        says_all "setsid 15" "orphan 15" "group 15"
        ends_with 137
    done
}

@test "nobody left: it ends at once, without a sequence" {
    start_report --stop-seq TERM:60s,KILL -- main,10=3
    up main
    send "$(pid_of main)" 10
    says "main 10"
    ends_with 3
}

@test "stragglers of stragglers, which are born during the sequence" {
    local by
    # The straggler answers SIGTERM with a new session, a child, and its own end.
    # shellcheck disable=SC2016 # for the inner shells
    for by in child process_1; do
        as "$by"
        start_cinit --stop-seq TERM:300ms,KILL -- sh -c '
            setsid sh -c "
                trap \"setsid sh -c \\\"trap : TERM; echo born; while :; do sleep 0.02; done\\\" & exit\" TERM
                echo up; while :; do sleep 0.02; done" &
            trap "exit 9" TERM
            while :; do sleep 0.02; done'
        says up
        send "$INIT" 15
        says born
        ends_with 9
    done
}

# ---- --orphans ----

@test "--orphans keep: it ends with the command, and what is left is left alone" {
    local options
    for options in "" "--orphans keep" "--orphans=keep --stop-seq TERM:60s,KILL"; do
        # shellcheck disable=SC2086 # several words
        start_report $options -- main,10=42 setsid,12=0
        up main setsid
        local straggler
        straggler=$(pid_of setsid)
        send "${UP[main]}" 10
        says "main 10"
        wait_until 20 has_ended_by_itself
        send "$straggler" 12 # and has got no other signal
        says "setsid 12"
        ends_with 42
    done
}

@test "--orphans keep with a sequence: it is for those that --forward reaches" {
    start_report --orphans keep --stop-seq QUIT:60s,KILL -- main,3=42 group,12=0
    up main group
    local straggler
    straggler=$(pid_of group)
    send "$INIT" 15
    says "main 3"
    wait_until 20 has_ended_by_itself
    send "$straggler" 12
    says "group 12"
    ends_with 42
    start_report --orphans keep -g --stop-seq QUIT:60s,KILL -- main,3=42 group,3=0 setsid,12=0
    up main group setsid
    straggler=$(pid_of setsid)
    send "$INIT" 15
    says_all "main 3" "group 3"
    wait_until 20 has_ended_by_itself
    send "$straggler" 12
    says "setsid 12"
    ends_with 42
}

@test "--orphans keep as process 1: the kernel takes them along" {
    as process_1
    start_report --orphans keep -- main,10=42 setsid
    up main setsid
    send "$(pid_of main)" 10
    says "main 10"
    ends_with 42
}

kills_orphans()
{
    local options
    for options in "--orphans kill" "--orphans=kill --stop-seq TERM:60s,KILL"; do
        # shellcheck disable=SC2086 # several words
        start_report $options -- main,10=42 setsid orphan session group
        up main setsid orphan session group
        send "$(pid_of main)" 10
        says "main 10"
        # Nobody says another signal, and when cinit has ended nobody is left.
        wait_until 30 has_ended_by_itself
        is "$(pid_of setsid)$(pid_of orphan)$(pid_of session)$(pid_of group)" ''
        ends_with 42
    done
}

@test "--orphans kill: they are killed at once, and gone when cinit ends" {
    kills_orphans
}

@test "--orphans kill as process 1" {
    as process_1
    kills_orphans
}

@test "--orphans term without a sequence: SIGTERM first, SIGKILL can wait" {
    start_report --orphans term -- main,10=42 setsid,15=0 orphan,12=0
    up main setsid orphan
    send "${UP[main]}" 10
    says "main 10"
    says_all "setsid 15" "orphan 15"
    gets_its_time orphan
    ends_with 42
}

# in_namespace COMMAND: a shell command in a PID namespace, of which nothing remains afterwards
in_namespace()
{
    host timeout -s KILL 90 "${PROCESS_1[@]}" sh -c "$1" - "$CINIT" "$PAYLOADS"
}

# Not process 1: there the kernel would do it.
@test "orphans that fork while they are killed" {
    local options
    for options in "--orphans kill" "--stop-seq TERM:50ms,KILL"; do
        # shellcheck disable=SC2016 # for the inner shell
        run -0 in_namespace "
            \$1 $options -- \$2/orphans runners 4; status=\$?
            "'ps -A -o comm=
            exit $((status != 7))'
        is "$(sort <<<"$output" | xargs)" "ps sh"
    done
}

# ---- reaping ----

reaps_thousands()
{
    local options
    for options in "" "-g" "--stop-seq TERM:60s,KILL"; do
        # shellcheck disable=SC2086 # several words
        start_cinit $options -- "$PAYLOADS/orphans" zombies 10000
        says "reaped 10000"
        ends_with 0
    done
}

@test "10,000 orphans at once: none remains a zombie" {
    reaps_thousands
}

@test "10,000 orphans at once, as process 1" {
    as process_1
    reaps_thousands
}
