# shellcheck shell=bash
# shellcheck disable=SC2034 # HELD is for the tests
# steps.bash - stops launcher at any of its system calls, by the fault injection of strace(1); load
# it after leftovers.bash, where more than hold_at is used.
#
# A step is written NAME:N, the Nth call of that name. A signal that is injected there comes before
# the call is made, so SIGKILL at every step leaves behind, one after the other, each state that
# launcher ever leaves the host in.

# Who runs strace and launcher: host or as_nobody.
STEPS_BY=host

# launcher sends the child to another CPU when one is idle: a step that a busy machine does not take.
# Bound to one it never does.
ON_ONE_CPU=(taskset --cpu-list 0)

# record_steps NAME COMMAND...: runs a launcher whose payload sleeps for a moment, and writes the
# steps up to its wait for the payload to NAME.start, the later ones to NAME.end. That wait has to be the
# longest of all.
record_steps() {
    local name=$1
    shift
    # The first run of all makes the state directory, which later ones find.
    "$STEPS_BY" "$@" >/dev/null
    # By descriptor: an ordinary user can't search the directory.
    : >"$name.trace"
    chmod 666 "$name.trace"
    "$STEPS_BY" "${ON_ONE_CPU[@]}" strace -T -o /proc/self/fd/9 "$@" 9>"$name.trace"
    # The wait for the payload is the longest call. The first execve is strace's own.
    awk -F'[(<>]' -v name="$name" '
        !/^[a-z]/ { next }
        { step[++count] = $1 ":" ++calls[$1] }
        /<[0-9.]+>$/ && $(NF - 1) + 0 > longest { longest = $(NF - 1) + 0; wait = count }
        END {
            for (i = 2; i <= count; i++)
                print step[i] >(name (i <= wait ? ".start" : ".end"))
        }' "$name.trace"
    [ "$(wc -l <"$name.start")" -gt 50 ] && [ "$(wc -l <"$name.end")" -gt 5 ]
}

# signal_at STEP SIGNAL COMMAND...: the exit status is the command's, 128+n when a signal ended it.
signal_at() {
    local step=$1 signal=$2
    shift 2
    "$STEPS_BY" timeout 30 "${ON_ONE_CPU[@]}" strace -qq -o /dev/null \
        -e "inject=${step%:*}:signal=$signal:when=${step#*:}" "$@"
}

# hold_at NAME COMMAND...: runs a launcher in the background until it is stopped before its first call of
# that name. HELD is its pid: SIGCONT lets it go on, which a teardown has to do. TRACER is to be waited for;
# it ends as launcher does.
hold_at() {
    local log=$BATS_TEST_TMPDIR/held
    : >"$log"
    strace -o "$log" -e "trace=$1" -e "inject=$1:signal=STOP:when=1" "${@:2}" 3>&- &
    TRACER=$!
    # By the log: strace stops it at its very beginning, too.
    wait_until 20 grep -q 'stopped by SIGSTOP' "$log" || { kill -KILL $TRACER; return 1; }
    HELD=$(cut -d' ' -f1 "/proc/$TRACER/task/$TRACER/children")
}
