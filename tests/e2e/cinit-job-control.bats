#!/usr/bin/env bats
# Row I4: cinit on a terminal, with a shell below it, above it, or none at all. Each test sits at a
# real terminal, made by tests/lib/on-terminal.

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
    # What sits on a terminal that has gone may not have noticed yet, or does not care.
    survivors | xargs --no-run-if-empty kill -KILL 2>/dev/null || true
    cinit_teardown
}

# here WORD...: as words for a shell, in the namespaces of this file
here()
{
    printf '%q ' nsenter --time="/proc/$LEFTOVERS_HOLDER/ns/time" \
        --mount="/proc/$LEFTOVERS_HOLDER/ns/mnt" -- "$@"
}

# A shell without the user's own settings. Its prompt holds the last exit status.
SHELL_WORDS=(env PS1='ready:$? ' HISTFILE= bash --norc --noprofile --noediting -i)

# by NAME: cinit is called by this name from now on.
by()
{
    ln -sf "$CINIT" "$BATS_TEST_TMPDIR/$1"
    CINIT=$BATS_TEST_TMPDIR/$1
}

# job_is NAME PATTERN: the state of this file's only process of that name, as ps(1) shows it. T is
# stopped, S sleeping, and one with + belongs to the foreground of its terminal.
job_is()
{
    local pid
    pid=$(pid_of "$1")
    [ -n "$pid" ] && [[ $(ps -o stat= -p "$pid") =~ $2 ]]
}

no_job()
{
    [ -z "$(pid_of "$1")" ]
}

# ---- a shell below ----

# shell_below COMMAND: that command on a terminal is cinit with an interactive shell, which works as
# it does without cinit.
shell_below()
{
    open_terminal 24 80 "$1"
    see '^ready:0 '
    press 'sleep 1000\n'
    wait_until 20 job_is sleep '^S.*\+'
    press '\003'
    see '^(\^C)?ready:130 '
    wait_until 20 no_job sleep
    press 'sleep 1000\n'
    wait_until 20 job_is sleep '^S.*\+'
    press '\032'
    see 'Stopped.*sleep 1000'
    see '^ready:148 '
    wait_until 20 job_is sleep '^T'
    press 'jobs | sed s/^/one:/\n'
    see '^one:.*Stopped.*sleep 1000'
    press 'bg\n'
    wait_until 20 job_is sleep '^S[^+]*$'
    press 'jobs | sed s/^/two:/\n'
    see '^two:.*Running.*sleep 1000'
    press 'fg\n'
    wait_until 20 job_is sleep '^S.*\+'
    press '\032'
    wait_until 20 job_is sleep '^T'
    press 'fg\n'
    wait_until 20 job_is sleep '^S.*\+'
    press '\003'
    wait_until 20 no_job sleep
    press 'exit 3\n'
    await_end
    is "$EXIT" 3
    ! shows 'job control|cannot set terminal|Inappropriate' || { screen >&2; return 1; }
}

@test "a shell as the command" {
    shell_below "$(here "$CINIT" -- "${SHELL_WORDS[@]}"); exit \$?"
    shell_below "$(here "$CINIT" -g -- "${SHELL_WORDS[@]}"); exit \$?"
}

@test "a shell as the command of a cinit that leads the session" {
    shell_below "exec $(here "$CINIT" -- "${SHELL_WORDS[@]}")"
    shell_below "exec $(here "$CINIT" -g -- "${SHELL_WORDS[@]}")"
}

@test "a shell as the command of process 1" {
    shell_below "$(here "${PROCESS_1[@]}" "$CINIT" -- "${SHELL_WORDS[@]}"); exit \$?"
    shell_below "$(here "${PROCESS_1[@]}" "$CINIT" -g -- "${SHELL_WORDS[@]}"); exit \$?"
}

# As in a container with a terminal: docker run -it
LEADING=("${PROCESS_1[@]}" setsid --ctty)

@test "a shell as the command of a process 1 that leads the session" {
    shell_below "$(here "${LEADING[@]}" "$CINIT" -- "${SHELL_WORDS[@]}")"
    shell_below "$(here "${LEADING[@]}" "$CINIT" -g -- "${SHELL_WORDS[@]}")"
    shell_below "$(here "${LEADING[@]}" "$CINIT" --forward tree --stop-seq TERM:5s,KILL \
        -- "${SHELL_WORDS[@]}")"
}

@test "a shell as the command of dumb-init, which hands the terminal over" {
    by dumb-init
    shell_below "$(here "${LEADING[@]}" "$CINIT" -- "${SHELL_WORDS[@]}")"
    shell_below "exec $(here "$CINIT" -- "${SHELL_WORDS[@]}")"
}

# ---- a shell above ----

# shell_above OPTION...: the words of a command line that is typed into an interactive shell
open_shell_above()
{
    open_terminal 24 80 "$(here "${SHELL_WORDS[@]}")"
    see '^ready:0 '
}

# prompt_comes_back STATE COMMAND...: COMMAND ends with `sleep 1000`, which is in this state while it
# is in the foreground.
prompt_comes_back()
{
    local foreground=$1
    shift
    open_shell_above
    press "$*\n"
    wait_until 20 job_is sleep "$foreground"
    press '\032'
    see 'Stopped.*sleep 1000'
    see '^ready:14[89] '
    wait_until 20 job_is sleep '^T'
    wait_until 20 job_is bash '\+'
    press 'jobs | sed s/^/one:/\n'
    see '^one:.*Stopped.*sleep 1000'
    press 'bg\n'
    wait_until 20 job_is sleep '^S[^+]*$'
    press 'jobs | sed s/^/two:/\n'
    see '^two:.*Running.*sleep 1000'
    # A job that runs is given the terminal, but is not told.
    press 'fg\n'
    wait_until 20 job_is bash '^S[^+]*$'
    press '\032'
    wait_until 20 job_is sleep '^T'
    wait_until 20 job_is bash '\+'
    press 'fg\n'
    wait_until 20 job_is sleep "$foreground"
    wait_until 20 job_is bash '^S[^+]*$'
    press '\003'
    wait_until 20 no_job sleep
    see '^(\^C)?ready:130 '
    press 'exit 3\n'
    await_end
    is "$EXIT" 3
}

@test "^Z returns the prompt of the shell above, and bg, fg and ^C work" {
    prompt_comes_back '^S.*\+' "$CINIT -- sleep 1000"
}

@test "^Z returns the prompt, with -g and with --forward tree" {
    prompt_comes_back '^S.*\+' "$CINIT -g -- sleep 1000"
    prompt_comes_back '^S.*\+' "$CINIT --forward tree --stop-seq TERM:5s,KILL -- sleep 1000"
}

@test "^Z returns the prompt, with --forward session and by the name dumb-init" {
    prompt_comes_back '^S' "$CINIT --forward session -- sleep 1000"
    by dumb-init
    prompt_comes_back '^S' "$CINIT -- sleep 1000"
    prompt_comes_back '^S.*\+' "$CINIT -c -- sleep 1000"
}

# reads_after_fg OPTION...: a command that runs in the background is moved to the foreground and reads.
reads_after_fg()
{
    open_shell_above
    # shellcheck disable=SC2016 # for the inner shell
    press "$CINIT $* -- sh -c 'trap \"read x; echo got \\\$x\" USR1; echo go; while :; do sleep 0.05; done'\n"
    see '^go$'
    press '\032'
    see '^ready:14[89] '
    press 'bg\n'
    wait_until 20 job_is cinit '^S[^+]*$'
    press 'fg\n'
    wait_until 20 job_is bash '^S[^+]*$'
    send "$(pid_of cinit)" 10
    press 'word\n'
    see '^got word$'
    press '\003'
    see '^(\^C)?ready:130 '
    press 'exit\n'
    await_end
}

@test "after bg and fg the command may read" {
    reads_after_fg
    reads_after_fg -g
}

@test "a pipeline is one job, with cinit in the middle" {
    open_shell_above
    press "sleep 1000 | $CINIT -- cat | cat\n"
    wait_until 20 job_is sleep '^S.*\+'
    wait_until 20 job_is cinit '^S.*\+'
    press '\032'
    see 'Stopped.*sleep 1000'
    wait_until 20 job_is sleep '^T'
    wait_until 20 job_is cinit '^T'
    press 'fg\n'
    wait_until 20 job_is sleep '^S.*\+'
    wait_until 20 job_is cinit '^S.*\+'
    press '\003'
    wait_until 20 no_job sleep
    wait_until 20 no_job cinit
    press 'exit\n'
    await_end
}

# does_not_steal OPTION...
does_not_steal()
{
    open_shell_above
    press "$CINIT $* -- cat &\n"
    # It wants to read: that stops it, and the shell is told.
    wait_until 20 job_is cat '^T'
    wait_until 20 job_is cinit '^T'
    wait_until 20 job_is bash '^S.*\+'
    press 'echo still $((6*7))\n'
    see '^still 42$'
    press 'jobs | sed s/^/one:/\n'
    see '^one:.*Stopped.*-- cat'
    press 'fg\n'
    wait_until 20 job_is cat '^S.*\+'
    press 'input\n'
    wait_until 20 test "$(screen | grep -c '^input$')" -ge 0
    wait_until 20 has_twice input
    press '\004'
    wait_until 20 no_job cat
    press 'echo and $((2*21))\n'
    see '^and 42$'
    press 'exit\n'
    await_end
}

# The terminal's echo, and cat's.
has_twice()
{
    [ "$(screen | grep -c "^$1\$")" = 2 ]
}

@test "in the background it does not take the terminal, and fg gives it" {
    does_not_steal
}

@test "in the background with -g" {
    does_not_steal -g
}

# ---- a script above ----

# gives_back COMMAND: after it, the script that has run it can read
gives_back()
{
    open_terminal 24 80 "$1; echo now; read x; echo got \$x"
    see '^now$'
    press 'word\n'
    see '^got word$'
    await_end
    is "$EXIT" 0
}

@test "a script has its terminal back after cinit, however the command ended" {
    local options
    for options in "" -g "--forward tree" "--forward session"; do
        # shellcheck disable=SC2086 # several words
        gives_back "$(here "$CINIT" $options -- true)"
        # shellcheck disable=SC2086 # several words
        gives_back "$(here "$CINIT" $options -- sh -c 'kill -KILL $$')"
        # shellcheck disable=SC2086 # several words
        gives_back "$(here "$CINIT" $options -- /no/such)"
    done
}

# Its own group is outside its namespace: it can't name it to the terminal.
@test "a script has its terminal back after process 1 of a namespace" {
    gives_back "$(here "${PROCESS_1[@]}" "$CINIT" -- true)"
    gives_back "$(here "${PROCESS_1[@]}" "$CINIT" -g -- true)"
}

@test "^C ends the command of a script, and 130 is told" {
    local options
    for options in "" -g "--forward session"; do
        # shellcheck disable=SC2086 # several words
        open_terminal 24 80 "trap 'echo trapped' INT; $(here "$CINIT" $options -- sleep 1000); echo status \$?"
        wait_until 20 job_is sleep '^S'
        press '\003'
        see '^(\^C)?status 130$'
        await_end
    done
}

# ---- signals of the terminal ----

# The last line tells that what came before has been dealt with.
hears_once()
{
    local key=$1 line=$2
    press "$key"
    see "$line"
    send "$(pid_of cinit)" 10
    see '^main 10$'
    is "$(screen | grep -cE "$line")" 1
}

@test "a key's signal reaches the command once: ^C, ^\\ and ^Z, which it may handle" {
    local options
    for options in "" -g "--forward tree"; do
        # shellcheck disable=SC2086 # several words
        open_terminal 24 80 "stty -echo; $(here "$CINIT" $options -- "$PAYLOADS/report" main,12=5); exit \$?"
        see '^main up'
        hears_once '\003' '^main 2( |$)'
        press '\034'
        see '^main 3( |$)'
        press '\032'
        see '^main 20( |$)'
        send "$(pid_of cinit)" 12
        await_end
        is "$EXIT" 5
        is "$(screen | grep -cE '^main (2|3|20)( |$)')" 3
    done
}

is_resized_to()
{
    stty --file="$TERMINAL" rows "$1" cols "$2"
    see "^resized to $1 $2\$"
}

@test "a change of the window's size reaches the command" {
    local words
    for words in "$(here "$CINIT" --)" "$(here "$CINIT" -g --)" "exec $(here "$CINIT" --)" \
        "$(here "${PROCESS_1[@]}" "$CINIT" --)" "$(here "${LEADING[@]}" "$CINIT" --)"; do
        # shellcheck disable=SC2016 # for the inner shell
        open_terminal 24 80 "$words $(printf '%q ' sh -c \
            'trap "echo resized to \$(stty size)" WINCH; trap "exit 4" INT; echo go; while :; do sleep 0.05; done')"
        see '^go'
        is_resized_to 50 132
        is_resized_to 10 20
        press '\003'
        await_end
        is "$EXIT" 4
    done
}

# ---- nobody above ----

@test "a process 1 that leads the session: ^Z of a plain command does no harm" {
    local options
    for options in "" -g "--forward tree"; do
        # shellcheck disable=SC2086 # several words
        open_terminal 24 80 "$(here "${LEADING[@]}" "$CINIT" $options -- sleep 1000)"
        wait_until 20 job_is sleep '^S.*\+'
        press '\032'
        see '\^Z'
        press '\032'
        see '\^Z\^Z'
        wait_until 20 job_is sleep '^S.*\+'
        press '\003'
        await_end
        is "$EXIT" 130
    done
}

@test "the same for a command that notices" {
    # shellcheck disable=SC2016 # for the inner shell
    open_terminal 24 80 "$(here "${LEADING[@]}" "$CINIT" -- sh -c \
        'trap "echo continued" CONT; trap "exit 6" INT; echo go; while :; do sleep 0.05; done')"
    see '^go$'
    press '\032'
    see '^(\^Z)?continued$'
    press '\003'
    await_end
    is "$EXIT" 6
}

@test "dumb-init as a process 1 that leads the session: ^C ends a plain command, ^Z does no harm" {
    by dumb-init
    open_terminal 24 80 "$(here "${LEADING[@]}" "$CINIT" -- sleep 1000)"
    wait_until 20 job_is sleep '^S.*\+'
    press '\032'
    see '\^Z'
    wait_until 20 job_is sleep '^S.*\+'
    press '\003'
    await_end
    is "$EXIT" 130
}

@test "a command that is stopped by itself is continued by whoever likes to, through cinit too" {
    open_terminal 24 80 "$(here "${LEADING[@]}" "$CINIT" -- sh -c 'kill -STOP $$; echo went on; exit 8')"
    wait_until 20 job_is sh '^T'
    send "$(pid_of cinit)" 18
    see '^went on$'
    await_end
    is "$EXIT" 8
}

@test "the end of the terminal ends the command" {
    local words
    for words in "$(here "$CINIT" -- sleep 1000)" "$(here "$CINIT" -g -- sleep 1000)" \
        "exec $(here "$CINIT" -- sleep 1000)" "$(here "${LEADING[@]}" "$CINIT" -- sleep 1000)"; do
        open_terminal 24 80 "$words"
        wait_until 20 job_is sleep '^S'
        kill -KILL "$TERMINAL_OWNER" # and with it the terminal's other end
        await_end
        wait_until 20 no_job sleep
        wait_until 20 no_job cinit
    done
}
