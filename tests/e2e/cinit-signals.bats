#!/usr/bin/env bats
# Row I2: cinit loses no signal and alters none. `report` tells what reaches it and its relatives.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers
load ../lib/cinit

setup_file() { cinit_setup_file report send masked lease; }
teardown_file() { cinit_teardown_file; }

teardown()
{
    [ -z "${LEASE-}" ] || kill "$LEASE" || true # it has ended with go_on
    cinit_teardown
}

MODES="main pgrp session tree"
RELATIVES="group session setsid orphan"

# Those of report's roles that a signal to cinit has to reach.
reached_by()
{
    case $1 in
        main) echo main ;;
        pgrp) echo main group ;;
        session) echo main group session ;;
        tree) echo main "$RELATIVES" ;;
    esac
}

# start_family MODE: main and all its relatives; sets PIDS.
start_family()
{
    start_cinit --forward "$1" -- "$PAYLOADS/report" main $RELATIVES
    up main $RELATIVES
    local role
    for role in main $RELATIVES; do
        PIDS[$role]=$(pid_of "$role")
    done
}

# reaches TEXT ROLE...: each says "ROLE TEXT", and nobody else says anything. The second signal comes
# when the first one has been dealt with, and the one that a process gets directly after both.
reaches()
{
    local text=$1 role lines=()
    shift
    for role; do
        lines+=("$role $text")
    done
    says_all "${lines[@]}"
    send "$INIT" 64
    says_all "${@/%/ 64}"
    for role in main $RELATIVES; do
        send "${PIDS[$role]}" 63
        says "$role 63"
    done
}

# ---- who gets it ----

each_mode_reaches_its_processes()
{
    local mode reached
    declare -A PIDS
    for mode in $MODES; do
        read -ra reached <<<"$(reached_by "$mode")"
        start_family "$mode"
        send "$INIT" 10
        reaches 10 "${reached[@]}"
        send "$INIT" 10 -123456789
        reaches "10 queued -123456789" "${reached[@]}"
        send "$INIT" 40 77
        reaches "40 queued 77" "${reached[@]}"
        end_started
    done
}

@test "main reaches only main, pgrp its group, session its session, tree all; with their values" {
    each_mode_reaches_its_processes
}

@test "the same as process 1, in each mode" {
    as process_1
    each_mode_reaches_its_processes
}

@test "-g is --forward pgrp, -c is --forward main, and the last one counts" {
    declare -A PIDS
    local options
    for options in "-g:main group" "-c:main" "-g -c:main" "-c -g:main group"; do
        # shellcheck disable=SC2086 # several words
        start_cinit ${options%:*} -- "$PAYLOADS/report" main $RELATIVES
        up main $RELATIVES
        local role reached
        for role in main $RELATIVES; do
            PIDS[$role]=$(pid_of "$role")
        done
        read -ra reached <<<"${options#*:}"
        send "$INIT" 15
        reaches 15 "${reached[@]}"
        end_started
    done
}

# ---- which ----

# All but SIGKILL and SIGSTOP, which nobody can forward.
catchable()
{
    local number
    for number in {1..64}; do
        [ "$number" = 9 ] || [ "$number" = 19 ] || echo "$number"
    done
}

all_signals_arrive()
{
    local mode number
    for mode in $MODES; do
        start_cinit --forward "$mode" -- "$PAYLOADS/report" main
        up main
        for number in $(catchable); do
            send "$INIT" "$number"
            says "main $number"
            send "$INIT" "$number" "$((number * 1000))"
            says "main $number queued $((number * 1000))"
        done
        end_started
    done
}

@test "all 62 signals that can be forwarded are, SIGCHLD too, with and without a value" {
    all_signals_arrive
}

@test "the same as process 1, all 62" {
    as process_1
    all_signals_arrive
}

@test "real-time signals queue: none of 200 is lost, and they keep their order" {
    start_cinit -- "$PAYLOADS/report" main
    up main
    local i
    # Stopped, it gets all of them before it can forward the first one.
    kill -STOP "$INIT"
    wait_until 20 grep -q '^State:.T' "/proc/$INIT/status"
    for i in {1..200}; do
        send "$INIT" 40 "$i"
    done
    kill -CONT "$INIT"
    # The SIGCONT itself may be forwarded first.
    local line=
    read -r -t 20 -u 5 line
    [ "$line" = "main 18" ] && read -r -t 20 -u 5 line
    is "$line" "main 40 queued 1"
    for i in {2..200}; do
        says "main 40 queued $i"
    done
}

# ---- rewriting ----

@test "-r: another one instead, names and numbers, and 0 drops it" {
    start_cinit -r TERM:USR1 -r SIGHUP:SIGUSR2 --rewrite 40:41 --rewrite=QUIT:0 -r2:0 \
        -- "$PAYLOADS/report" main
    up main
    send "$INIT" 15
    says "main 10"
    send "$INIT" 1
    says "main 12"
    send "$INIT" 3
    send "$INIT" 2
    send "$INIT" 14 # neither of the two before it
    says "main 14"
    send "$INIT" 10 # not rewritten again
    says "main 10"
}

@test "-r keeps the value" {
    start_cinit -r 40:41 -r USR1:42 -- "$PAYLOADS/report" main
    up main
    send "$INIT" 40 5
    says "main 41 queued 5"
    send "$INIT" 10 6
    says "main 42 queued 6"
}

@test "-r works in each mode, and as process 1" {
    local mode reached
    declare -A PIDS
    as process_1
    for mode in $MODES; do
        start_cinit -r TERM:INT --forward "$mode" -- "$PAYLOADS/report" main $RELATIVES
        up main $RELATIVES
        local role
        for role in main $RELATIVES; do
            PIDS[$role]=$(pid_of "$role")
        done
        read -ra reached <<<"$(reached_by "$mode")"
        send "$INIT" 15
        reaches 2 "${reached[@]}"
        end_started
    done
}

# ---- what the command starts with ----

# Blocked and ignored, as in /proc/PID/status. The second has all but SIGKILL and SIGSTOP, the last
# ones real-time signals, those of libc among them.
SIGNAL_SETS="0:0
fffffffffffbfeff:fffffffffffbfeff
4002:1000
0:10000
10000:10000
180000000:180000000
8000000100000000:8000000300000000
0:1
300:5006"

# signals_of SET [COMMAND...]: what a command starts with whose caller has set these. START_BY would
# change them, so it comes first.
signals_of()
{
    local set=$1
    shift
    host timeout -s KILL 20 "${START_BY[@]}" "$PAYLOADS/masked" "${set%:*}" "${set#*:}" "$@" \
        grep -E '^Sig(Blk|Ign):' /proc/self/status
}

same_signals_as_bare()
{
    local set options
    for set in $SIGNAL_SETS; do
        local bare
        bare=$(signals_of "$set")
        [ "$(wc -l <<<"$bare")" = 2 ]
        for options in "" "-g" "--forward session" "--forward tree" "--stop-seq TERM:1s,KILL"; do
            # shellcheck disable=SC2086 # several words
            is "$set $options $(signals_of "$set" "$CINIT" $options --)" "$set $options $bare"
        done
    done
}

@test "the blocked and the ignored signals are those of a bare run" {
    is "$(signals_of 4002:1000 | tr -s '\t\n' ' ')" "SigBlk: 0000000000004002 SigIgn: 0000000000001000 "
    same_signals_as_bare
}

@test "the same as process 1, with every set" {
    as process_1
    same_signals_as_bare
}

ignored_sigchld_is_harmless()
{
    local options
    for options in "" "-g" "--stop-seq TERM:1s,KILL"; do
        # shellcheck disable=SC2086 # several words
        run -7 host timeout -s KILL 20 "${START_BY[@]}" "$PAYLOADS/masked" 0 10000 \
            "$CINIT" $options -- sh -c 'exit 7'
        # shellcheck disable=SC2086 # several words
        run -0 signals_of 0:10000 "$CINIT" $options --
        is "${lines[1]}" $'SigIgn:\t0000000000010000'
    done
}

@test "an ignored SIGCHLD: the right exit status, and it is ignored in the command as well" {
    ignored_sigchld_is_harmless
}

@test "the same as process 1, with SIGCHLD" {
    as process_1
    ignored_sigchld_is_harmless
}

@test "a signal that the caller had ignored or blocked is forwarded all the same" {
    start "$PAYLOADS/masked" 4001 201 "$CINIT" -- "$PAYLOADS/report" main
    up main
    local number
    for number in 1 10 15; do
        send "$STARTED" "$number"
        says "main $number"
    done
}

# ---- while the command is being started ----

# start_slowly FILE COMMAND...: the command is to execute FILE, and stays in the middle of that until
# `go_on`.
start_slowly()
{
    local file=$1
    shift
    mkfifo "$BATS_TEST_TMPDIR/leased" "$BATS_TEST_TMPDIR/go"
    "$PAYLOADS/lease" "$file" >"$BATS_TEST_TMPDIR/leased" <"$BATS_TEST_TMPDIR/go" 3>&- 4>&- &
    LEASE=$!
    exec 6<"$BATS_TEST_TMPDIR/leased" 7>"$BATS_TEST_TMPDIR/go"
    is "$(read -r -t 20 -u 6 line && echo "$line")" leased
    start "$@"
    is "$(read -r -t 20 -u 6 line && echo "$line")" wanted
}

go_on()
{
    echo >&7
    exec 7>&- 6<&-
    wait "$LEASE"
    LEASE=
    rm "$BATS_TEST_TMPDIR/leased" "$BATS_TEST_TMPDIR/go"
}

@test "a signal that comes before the command runs is held until it does, in every mode" {
    local mode
    cp "$PAYLOADS/report" "$BATS_TEST_TMPDIR/slow"
    for mode in $MODES; do
        # Blocked: report itself would come too late.
        start_slowly "$BATS_TEST_TMPDIR/slow" "$PAYLOADS/masked" ffffffffffffffff 0 \
            "$CINIT" --forward "$mode" -- "$BATS_TEST_TMPDIR/slow" main
        send "$STARTED" 15
        send "$STARTED" 10
        send "$STARTED" 40 1
        send "$STARTED" 40 2
        go_on
        up main
        says_all "main 10" "main 15" "main 40 queued 1" "main 40 queued 2"
        end_started
    done
}

@test "it does not end what is still cinit itself: a command that can't be executed is told" {
    local options
    printf '#!/no/such\n' >"$BATS_TEST_TMPDIR/slow"
    chmod 755 "$BATS_TEST_TMPDIR/slow"
    for options in "" "-g" "--forward session" "--forward tree"; do
        # shellcheck disable=SC2086 # several words
        start_slowly "$BATS_TEST_TMPDIR/slow" "$CINIT" $options -- "$BATS_TEST_TMPDIR/slow"
        send "$STARTED" 15
        send "$STARTED" 10
        go_on
        ends_with 126
        like "$(cat "$ERRORS")" "^cinit: executing $BATS_TEST_TMPDIR/slow: "
    done
}

@test "it ends a command that does not handle it" {
    local mode
    cp /bin/busybox "$BATS_TEST_TMPDIR/sleep"
    for mode in $MODES; do
        start_slowly "$BATS_TEST_TMPDIR/sleep" "$CINIT" --forward "$mode" -- \
            "$BATS_TEST_TMPDIR/sleep" 1000
        send "$STARTED" 15
        go_on
        ends_with 143
    done
}
