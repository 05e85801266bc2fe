# shellcheck shell=bash
# shellcheck disable=SC2034 # some variables are for the tests
# cinit.bash - cinit alone, as somebody else's container would start it; load it after launcher.bash
# and leftovers.bash. A file that loads it calls cinit_setup_file, cinit_teardown and
# cinit_teardown_file in its own setup_file, teardown and teardown_file.
#
# CINIT=/usr/bin/tini runs the same tests with another init: those on what cinit does better fail.

CINIT=${CINIT:-$BUILD/cinit}

# What start_cinit and cinit put before cinit. PROCESS_1 makes it the first of a PID namespace, which
# ends with unshare.
START_BY=()
PROCESS_1=(unshare --pid --fork --mount-proc --kill-child --)

# as child|process_1: how cinit is started from now on
as() {
    case $1 in
        child) START_BY=() ;;
        process_1) START_BY=("${PROCESS_1[@]}") ;;
    esac
}

# cinit_setup_file [NAME...]: compiles tests/e2e/payloads/NAME.c to $PAYLOADS/NAME
cinit_setup_file() {
    local name
    leftovers_setup_file
    export PAYLOADS=$BATS_FILE_TMPDIR/payloads
    mkdir "$PAYLOADS"
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" # some commands run as another user
    for name; do
        # musl has no kernel headers of its own.
        musl-gcc -std=gnu17 -D_GNU_SOURCE -O2 -static -idirafter "$TOP/build/deps/kernel" \
            -o "$PAYLOADS/$name" "$TOP/tests/e2e/payloads/$name.c"
    done
}

cinit_teardown_file() { leftovers_teardown_file; }

# Ends what the test has started, and judges whether something else is left.
cinit_teardown() {
    end_started
    leftovers_check
}

end_started() {
    [ -n "${STARTED-}" ] || return 0
    exec 5<&-
    # It was not waited for, so what it has started goes as well. Some may have ended meanwhile.
    kill -KILL "$STARTED" 2>/dev/null || true
    survivors | xargs --no-run-if-empty kill -KILL 2>/dev/null || true
    wait "$STARTED" 2>/dev/null || true # its status is of no interest here
    STARTED=
}

# start COMMAND...: in the background. STARTED is its pid, its output is read with `says`, its errors
# are in the file $ERRORS.
start() {
    OUTPUT=$BATS_TEST_TMPDIR/output
    ERRORS=$BATS_TEST_TMPDIR/errors
    rm -f "$OUTPUT"
    mkfifo "$OUTPUT"
    # bash has SIGINT and SIGQUIT ignored in what it starts in the background.
    nsenter --time="/proc/$LEFTOVERS_HOLDER/ns/time" --mount="/proc/$LEFTOVERS_HOLDER/ns/mnt" -- \
        env --default-signal=INT,QUIT "$@" </dev/null >"$OUTPUT" 2>"$ERRORS" 3>&- 4>&- 5<&- 6<&- 7>&- &
    STARTED=$!
    exec 5<"$OUTPUT"
}

# start_cinit [OPTION...] -- COMMAND...: the same for cinit, by START_BY. INIT is its pid.
start_cinit() {
    start "${START_BY[@]}" "$CINIT" "$@"
    INIT=$STARTED
    if [ "${START_BY[0]-}" = unshare ]; then
        wait_until 20 is_started_or_ended
        INIT=$(pgrep --parent "$STARTED") || true # so quick was it
    fi
}

is_started_or_ended() {
    pgrep --parent "$STARTED" >/dev/null || ! kill -0 "$STARTED" 2>/dev/null
}

# says LINE: the next line of what was started.
says() {
    local line=
    read -r -t 20 -u 5 line || true
    is "$line" "$1" || { cat "$ERRORS" >&2; return 1; }
}

# says_all LINE...: the same for several lines in any order.
says_all() {
    local wanted line lines=()
    for wanted; do
        line='(nothing)'
        read -r -t 20 -u 5 line || true
        lines+=("$line")
    done
    is "$(printf '%s\n' "${lines[@]}" | sort)" "$(printf '%s\n' "$@" | sort)"
}

# up ROLE...: `report` runs with all of these. UP holds the pid of each, as that one sees it.
up() {
    local role line lines=()
    declare -gA UP=()
    for role; do
        line='(nothing)'
        read -r -t 20 -u 5 line || true
        lines+=("${line% *}")
        UP[${line%% *}]=${line##* }
    done
    is "$(printf '%s\n' "${lines[@]}" | sort)" "$(printf '%s up\n' "$@" | sort)" ||
        { cat "$ERRORS" >&2; return 1; }
}

# pid_of ROLE: of a process of `report`, in the numbers of the host.
pid_of() {
    local pid
    for pid in $(survivors); do
        # It may end meanwhile.
        [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != "$1" ] || echo "$pid"
    done
}

# send PID SIGNAL [VALUE]
send() {
    "$PAYLOADS/send" "$@"
}

has_ended_by_itself() {
    ! kill -0 "$STARTED" 2>/dev/null
}

# cinit STATUS [OPTION...] [--] [COMMAND...]: runs it to its end, which is with this status. Output and
# errors are in $output and $stderr.
cinit() {
    local status_wanted=$1
    shift
    run --separate-stderr "-$status_wanted" host "${START_BY[@]}" \
        timeout --foreground --signal KILL 20 "$CINIT" "$@" </dev/null
}

# ends_with STATUS: waits for the end of what was started, and nothing more is said.
ends_with() {
    local status=0 line=
    wait_until 30 has_ended_by_itself || { cat "$ERRORS" >&2; return 1; }
    wait "$STARTED" || status=$?
    STARTED=
    # A process that is left over would keep the fifo open: that is for leftovers_check to tell.
    read -r -t 0.1 -u 5 line || true
    exec 5<&-
    is "$line" ''
    is "$status" "$1" || { cat "$ERRORS" >&2; return 1; }
}
