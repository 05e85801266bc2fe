#!/usr/bin/env bats
# Rows I7 and I8: what a command gets besides its signals, and how little cinit itself is.

# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers
load ../lib/cinit
load ../lib/terminal

setup_file() { cinit_setup_file report send; }
teardown_file() { cinit_teardown_file; }

teardown()
{
    close_terminal
    cinit_teardown
}

# by_shell SCRIPT: START_BY for a script that ends with exec "$@", which becomes cinit
by_shell()
{
    START_BY=("$1" -c "$2" -)
}

# ---- sd_listen_fds(3) and its relatives ----

NAMES_OF_PID='echo $$; echo $LISTEN_PID $WATCHDOG_PID $SYSTEMD_EXEC_PID'

@test "LISTEN_PID, WATCHDOG_PID and SYSTEMD_EXEC_PID that name cinit name the command" {
    local mode
    # shellcheck disable=SC2016 # for the inner shell
    for mode in main pgrp session tree; do
        # Without timeout(1), which would be another process than the shell.
        run -0 host sh -c 'LISTEN_PID=$$ WATCHDOG_PID=$$ SYSTEMD_EXEC_PID=$$ exec "$@"' - \
            "$CINIT" --forward "$mode" -- sh -c "$NAMES_OF_PID"
        is "${lines[1]}" "${lines[0]} ${lines[0]} ${lines[0]}"
    done
}

@test "the same as process 1" {
    run -0 host env LISTEN_PID=1 WATCHDOG_PID=1 SYSTEMD_EXEC_PID=1 "${PROCESS_1[@]}" \
        "$CINIT" -- sh -c "$NAMES_OF_PID"
    is "${lines[1]}" "${lines[0]} ${lines[0]} ${lines[0]}"
}

@test "those that name another process are left alone" {
    # shellcheck disable=SC2016 # for the inner shell
    run -0 host sh -c 'LISTEN_PID=${$}1 WATCHDOG_PID=0$$ SYSTEMD_EXEC_PID= exec "$@"' - \
        "$CINIT" -- sh -c 'echo "$PPID"; echo "$LISTEN_PID $WATCHDOG_PID-$SYSTEMD_EXEC_PID-"'
    is "${lines[1]}" "${lines[0]}1 0${lines[0]}--"
}

@test "LISTEN_PIDFDID, which says the same in another way, is dropped with it" {
    # shellcheck disable=SC2016 # for the inner shell
    run -0 host sh -c 'LISTEN_PID=$$ LISTEN_PIDFDID=4711 exec "$@"' - \
        "$CINIT" -- sh -c 'echo "${LISTEN_PIDFDID-none}"'
    is "$output" none
}

@test "the sockets of LISTEN_FDS arrive, with --close-fds only these" {
    by_shell bash 'exec 3<<<one 4<<<two 5<<<three; export LISTEN_FDS=2; exec "$@"'
    cinit 0 -- bash -c 'cat <&3; cat <&4; cat <&5'
    is "$output" $'one\ntwo\nthree'
    cinit 0 --close-fds -- bash -c 'cat <&3; cat <&4; ! cat <&5'
    is "$output" $'one\ntwo'
    by_shell bash 'exec 3<<<one; unset LISTEN_FDS; exec "$@"'
    cinit 1 --close-fds -- bash -c 'cat <&3'
    by_shell bash 'exec 3<<<one; export LISTEN_FDS=99999999999999999999; exec "$@"'
    cinit 0 --close-fds -- true
}

@test "NOTIFY_SOCKET and everything else in the environment is passed on as it is, and nothing more" {
    START_BY=(env -i NOTIFY_SOCKET=@/run/x A=1 B= LISTEN_FDS=2 LISTEN_FDNAMES=a:b)
    run -0 host "${START_BY[@]}" "$CINIT" -- /usr/bin/env
    is "$output" "$(host "${START_BY[@]}" /usr/bin/env)"
}

# ---- descriptors and directories ----

descriptors()
{
    find "/proc/$1/fd" -mindepth 1 -printf '%f ' | tr ' ' '\n' | sort -n | xargs
}

descriptors_are()
{
    [ "$(descriptors "$1")" = "$2" ]
}

directory_is()
{
    [ "$(readlink "/proc/$1/cwd")" = "$2" ]
}

@test "cinit keeps 0, 1 and 2, and goes to /; the command has all and stays where it was" {
    mkdir "$BATS_TEST_TMPDIR/work"
    by_shell bash 'cd "$1" && shift && exec 7</dev/null 9</dev/null 42</dev/null; exec "$@"'
    START_BY+=("$BATS_TEST_TMPDIR/work")
    local mode bare
    start "${START_BY[@]}" "$PAYLOADS/report" main
    up main
    bare=$(descriptors "${UP[main]}") # those of the tests themselves among them
    like " $bare " ' 7 .* 42 '
    end_started
    for mode in main pgrp session tree; do
        start_cinit --forward "$mode" -- "$PAYLOADS/report" main
        up main
        wait_until 20 descriptors_are "$STARTED" "0 1 2"
        wait_until 20 directory_is "$STARTED" /
        is "$(descriptors "${UP[main]}")" "$bare"
        directory_is "${UP[main]}" "$BATS_TEST_TMPDIR/work"
        end_started
    done
}

@test "--close-fds: the command has 0, 1 and 2" {
    by_shell bash 'exec 7</dev/null 42</dev/null; exec "$@"'
    start_cinit --close-fds -- "$PAYLOADS/report" main
    up main
    is "$(descriptors "${UP[main]}")" "0 1 2"
}

@test "-P keeps no more either" {
    by_shell bash 'exec 7</dev/null 42</dev/null; exec "$@"'
    start_cinit -P
    wait_until 20 descriptors_are "$STARTED" "0 1 2"
    wait_until 20 directory_is "$STARTED" /
    send "$STARTED" 15
    ends_with 0
}

@test "process substitution works through cinit" {
    # shellcheck disable=SC2016 # for the inner shell
    run -0 host bash -c 'exec "$0" -- cat <(echo one) <(echo two)' "$CINIT"
    is "$output" $'one\ntwo'
}

@test "the reader of a descriptor of the command sees its end when the command closes it" {
    by_shell bash 'exec 9>&1 >/dev/null; exec "$@"'
    start_cinit -- sh -c 'echo last >&9; exec 9>&-; exec sleep 1000'
    says last
    run -1 read -r -t 20 -u 5 # 1 is the end, a timeout is more than 128
    job_runs sleep
}

job_runs()
{
    [ -n "$(pid_of "$1")" ]
}

# Its own 0, 1 and 2, through a descriptor that is none of them.
TELL_CLOSED='import os
for fd in (0, 1, 2):
    try: os.write(8, b"%d open\n" % (os.fstat(fd) and fd))
    except OSError: os.write(8, b"%d closed\n" % fd)'

closed_ones_stay_closed()
{
    # shellcheck disable=SC2016 # for the inner shell
    run -5 host sh -c 'exec "$@" <&- >&- 2>&-' - "${START_BY[@]}" "$CINIT" "$@" -- sh -c 'exit 5'
    # shellcheck disable=SC2016 # for the inner shell
    run -0 host sh -c 'exec 8>&1; exec "$@" <&- >&- 2>&-' - "${START_BY[@]}" "$CINIT" "$@" -- \
        python3 -c "$TELL_CLOSED"
    is "$output" $'0 closed\n1 closed\n2 closed'
    # shellcheck disable=SC2016 # for the inner shell
    run -0 host sh -c 'exec 8>&1; exec "$@" <&-' - "${START_BY[@]}" "$CINIT" "$@" -- \
        python3 -c "$TELL_CLOSED"
    is "$output" $'0 closed\n1 open\n2 open'
}

@test "closed 0, 1 and 2 stay closed" {
    closed_ones_stay_closed
    closed_ones_stay_closed -g
    closed_ones_stay_closed --forward session --stop-seq TERM:1s,KILL
    as process_1
    closed_ones_stay_closed
}

@test "closed 0, 1 and 2 stay closed on a terminal" {
    local options
    for options in "" -g "--forward session"; do
        # shellcheck disable=SC2016,SC2086 # for the inner shell; several words
        open_terminal 24 80 "$(printf '%q ' sh -c 'exec 8>&1; exec "$@" <&- >&- 2>&-' - "$CINIT" $options -- \
            python3 -c "$TELL_CLOSED")"
        await_end
        is "$EXIT" 0
        is "$(screen)" $'0 closed\n1 closed\n2 closed'
    done
}

@test "all else that a command starts with is as without cinit" {
    local facts
    # shellcheck disable=SC2016 # for the inner shell
    facts='grep -E "^(Umask|Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)" /proc/$$/status
        cat /proc/$$/limits /proc/$$/oom_score_adj /proc/$$/timerslack_ns /proc/$$/coredump_filter
        nice; pwd; ls /proc/self/fd; tr "\0" "|" </proc/$$/cmdline'
    by_shell bash 'umask 0127; ulimit -Sn 100; ulimit -c 0; cd /usr; exec nice -n 3 "$@"'
    local bare mode
    bare=$(host "${START_BY[@]}" sh -c "$facts" - 'a b' '' c)
    like "$bare" 'Umask:.0127'
    for mode in main pgrp session tree; do
        is "$(host "${START_BY[@]}" "$CINIT" --forward "$mode" -- sh -c "$facts" - 'a b' '' c)" "$bare"
    done
}

# ---- orphans and parents ----

parent_of()
{
    ps -o ppid= -p "$1" | tr -d ' '
}

@test "where it is not process 1 it adopts orphans all the same, and says nothing of it" {
    start_cinit -- "$PAYLOADS/report" main orphan
    up main orphan
    is "$(parent_of "${UP[orphan]}")" "$STARTED"
    is "$(cat "$ERRORS")" ''
}

@test "the same in a PID namespace that it shares" {
    start "${PROCESS_1[@]}" sh -c '"$@"; exit' - "$CINIT" -- "$PAYLOADS/report" main orphan
    up main orphan
    is "$(parent_of "$(pid_of orphan)")" "$(pid_of cinit)"
    is "$(cat "$ERRORS")" ''
}

# The parent is a shell that starts cinit, and that this test kills.
parent_dies()
{
    # shellcheck disable=SC2016 # for the inner shell
    start sh -c '"$@"; exit 1' - "$CINIT" "$@" -- "$PAYLOADS/report" main
    up main
    kill -KILL "$STARTED"
}

@test "-p: when the parent dies, the command gets that signal" {
    parent_dies -p TERM
    says "main 15"
    end_started
    parent_dies -g --parent-death=USR1
    says "main 10"
    end_started
    parent_dies -p 40
    says "main 40"
    end_started
    parent_dies -p TERM -r TERM:INT
    says "main 2"
}

@test "-p with a stop sequence" {
    parent_dies -p TERM --stop-seq USR1:100ms,KILL
    says "main 10"
    wait_until 20 no_cinit
    is "$(pid_of main)" ''
}

no_cinit()
{
    [ -z "$(pid_of cinit)" ]
}

@test "without -p the parent's death is none of the command's business" {
    parent_dies
    local cinit
    cinit=$(pid_of cinit)
    send "$cinit" 10
    says "main 10"
}

# ---- where things are missing ----

# In a mount namespace of its own, so that there is nothing to undo.
WITHOUT_PROC='mount -t tmpfs none /proc && exec "$@"'

@test "no /proc: signals and the stop sequence reach the same processes as process 1" {
    local options reached
    for options in "-c:main" "-g:main group" "--forward tree:main group setsid"; do
        read -ra reached <<<"${options#*:}"
        # shellcheck disable=SC2086 # several words
        start unshare --pid --fork --mount --kill-child sh -c "$WITHOUT_PROC" - "$CINIT" ${options%:*} \
            --stop-seq USR1:60s,KILL -- "$PAYLOADS/report" main,10=5 group,10=0 setsid,10=0
        up main group setsid
        send "$(pid_of cinit)" 12
        says_all "${reached[@]/%/ 12}"
        send "$(pid_of cinit)" 15
        says_all "main 10" "group 10" "setsid 10"
        ends_with 5
    done
}

@test "no /proc: it starts and ends a command, where it is not process 1" {
    local options
    for options in "" -g "--forward session" "--forward tree" "--orphans kill" "--stop-seq TERM:5s,KILL"; do
        # shellcheck disable=SC2086 # several words
        run -7 host unshare --mount sh -c "$WITHOUT_PROC" - "$CINIT" $options -- sh -c 'exit 7'
        is "$output" ''
    done
}

@test "no /dev" {
    run -7 host unshare --mount sh -c 'mount -t tmpfs none /dev && exec "$@"' - "$CINIT" -g -- sh -c 'exit 7'
    is "$output" ''
}

# ---- privileges ----

status_has()
{
    grep -qE "$2" "/proc/$1/status"
}

@test "cinit keeps CAP_KILL alone and can gain nothing; the command keeps what it had" {
    start_cinit -- "$PAYLOADS/report" main
    up main
    wait_until 20 status_has "$STARTED" '^CapEff:.0000000000000020$'
    status_has "$STARTED" '^CapPrm:.0000000000000020$'
    status_has "$STARTED" '^CapInh:.0000000000000000$'
    wait_until 20 status_has "$STARTED" '^NoNewPrivs:.1$'
    is "$(grep -E '^(Cap|NoNewPrivs)' "/proc/${UP[main]}/status")" \
        "$(host grep -E '^(Cap|NoNewPrivs)' /proc/self/status)"
}

@test "that is enough to signal a command that runs as another user, in every mode" {
    local mode
    for mode in main pgrp session tree; do
        start_cinit --forward "$mode" -- setpriv --reuid 65534 --regid 65534 --clear-groups \
            "$PAYLOADS/report" main
        up main
        send "$STARTED" 15
        says "main 15"
        send "$STARTED" 40 3
        says "main 40 queued 3"
        end_started
    done
}

@test "a user without any privilege has the same init" {
    START_BY=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    cinit 7 -- sh -c 'exit 7'
    is "$stderr" ''
    start_cinit -g -- "$PAYLOADS/report" main
    up main
    send "$STARTED" 15
    says "main 15"
}

@test "installed with privileges it refuses to work" {
    local copy=$BATS_FILE_TMPDIR/cinit-with-rights kind
    for kind in 4755 2755 capability; do
        cp "$CINIT" "$copy"
        if [ "$kind" = capability ]; then
            setcap cap_kill+ep "$copy"
        else
            chmod "$kind" "$copy"
        fi
        run --separate-stderr -125 host setpriv --reuid 65534 --regid 65534 --clear-groups "$copy" -- id -u
        is "$output" ''
        like "$stderr" '^cinit: .*setuid'
        rm "$copy"
    done
}

# ---- tiny ----

@test "at most 24 KiB, static, without a program interpreter" {
    [ "$(stat -c %s "$CINIT")" -le 24576 ]
    run -0 readelf --wide --program-headers "$CINIT"
    [[ $output != *INTERP* && $output != *DYNAMIC* ]]
}

@test "at most 64 KiB of memory of its own, none of it heap" {
    start_cinit --stop-seq TERM:5s,KILL -- "$PAYLOADS/report" main
    up main
    send "$STARTED" 10
    says "main 10"
    [ "$(awk '/^Pss:/ { print $2 }' "/proc/$STARTED/smaps_rollup")" -le 64 ]
    run ! grep -F '[heap]' "/proc/$STARTED/maps"
}
