#!/usr/bin/env bats
# Row I1: what was written for tini, dumb-init or catatonit works with cinit in their place.

# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers
load ../lib/cinit

setup_file() { cinit_setup_file report send orphans; }
teardown_file() { cinit_teardown_file; }
teardown() { cinit_teardown; }

# by NAME: cinit is called by this name from now on.
by()
{
    ln -s "$CINIT" "$BATS_TEST_TMPDIR/$1"
    CINIT=$BATS_TEST_TMPDIR/$1
}

# reached WANTED [OPTION...]: those of main, group (a child in main's process group) and session (one
# in main's session) that a signal to cinit reaches.
reached()
{
    local wanted=$1 role line found='' ended=0
    shift
    start_cinit "$@" -- "$PAYLOADS/report" main group session
    up main group session
    send "$STARTED" 10
    send "$STARTED" 64
    # With the second signal the first one has been dealt with, and what comes directly comes last.
    until [ "$line" = "main 64" ]; do
        read -r -t 20 -u 5 line || return 1
        [ "${line#* }" != 10 ] || found+=" ${line% *}"
    done
    for role in main group session; do
        send "${UP[$role]}" 63
    done
    until [ "$ended" = 3 ]; do
        read -r -t 20 -u 5 line || return 1
        [ "${line#* }" != 10 ] || found+=" ${line% *}"
        [ "${line#* }" != 63 ] || ended=$((ended + 1))
    done
    end_started
    is "${START_BY[*]} $* reaches $(printf '%s\n' $found | sort | xargs)" "${START_BY[*]} $* reaches $wanted"
}

# with VARIABLE=VALUE... -- STATUS [OPTION...] -- COMMAND: cinit with these in its environment
with()
{
    START_BY=(env)
    while [ "$1" != -- ]; do
        START_BY+=("$1")
        shift
    done
    shift
    cinit "$@"
}

# ---- the command line ----

@test "options end at -- or at the first word that is none" {
    cinit 0 -- echo one
    is "$output" one
    cinit 0 echo -g --nosuch -- two
    is "$output" "-g --nosuch -- two"
    cinit 0 -s -g echo -e three
    is "$output" "three"
    cinit 0 -g -- printf '%s,' -- -g
    is "$output" "--,-g,"
}

@test "letters bundle, and a value may be a word of its own or not" {
    local options
    while read -r options; do
        # shellcheck disable=SC2086 # several words
        cinit 0 $options -- sh -c 'exit 3'
    done <<'END'
-e 3
-e3
--expect 3
--expect=3
-sge3
-sgcwe 3
-e 4 -e 3 -e 5
-gsp TERM -e3
-pTERM -e3
-pSIGTERM -e3
-p15 -e3
--parent-death TERM --expect=3
--parent-death=SIGTERM --expect=3
-r TERM:INT -e3
-rTERM:INT -e3
--rewrite TERM:INT -e3
--rewrite=15:2 -e3
--forward tree -e3
--forward=session -e3
--stop-seq TERM:1s,KILL -e3
--stop-seq=TERM:1s,KILL -e3
--stop-signal QUIT -e3
--stop-signal=QUIT -e3
--orphans keep -e3
--orphans=term -e3
--subreaper --group --single-child --close-fds --warn -e3
END
}

@test "--version is what Docker takes as the version and as the commit of an init" {
    local option
    for option in --version -V; do
        cinit 0 "$option"
        # moby, parseInitVersion: the second of the parts between " - " is "git." and the commit
        like "$output" '^tini version [0-9]+\.[0-9]+\.[0-9]+[^ ]* - git\.[0-9a-f]+$'
        is "$(awk -F ' - ' '{ n = split($2, part, "."); print NF, n, part[1] }' <<<"$output")" "2 2 git"
        is "$stderr" ''
    done
}

ALL_OPTIONS="-P -V -c -e -g -h -l -p -r -s -v -w
--close-fds --expect --forward --group --help --license --orphans --parent-death --pause --rewrite
--single-child --stop-seq --stop-signal --subreaper --verbose --version --warn"

@test "--help lists every option, on stdout" {
    local option
    cinit 0 --help
    is "$stderr" ''
    like "$output" '^[Uu]sage: cinit '
    is "$(grep -oE -- '--[a-z]+(-[a-z]+)*' <<<"$output" | sort -u | xargs)" \
        "$(tr ' ' '\n' <<<"$ALL_OPTIONS" | grep -- -- | sort -u | xargs)"
    for option in $ALL_OPTIONS; do
        grep -qE -- "(^|[ ,])$option([ ,=]|\$)" <<<"$output" || { echo "no $option" >&2; return 1; }
    done
    local help=$output
    cinit 0 -h
    is "$output" "$help"
}

@test "-l, -L and --license" {
    local option
    for option in -l -L --license; do
        cinit 0 "$option"
        [ -n "$output" ]
        is "$stderr" ''
    done
}

# ---- tini ----

@test "tini: -g, and TINI_KILL_PROCESS_GROUP, which need only be set" {
    reached "main"
    reached "group main" -g
    reached "group main" --group
    reached "group main" -gs
    reached "group main" -wg
    START_BY=(env TINI_KILL_PROCESS_GROUP=1)
    reached "group main"
    START_BY=(env TINI_KILL_PROCESS_GROUP=)
    reached "group main"
    reached "main" --forward main
}

@test "tini: -e makes a status 0, be it one of a signal" {
    cinit 0 -e 143 -- sh -c 'kill -TERM $$'
    cinit 0 -e 0 -- true
    cinit 0 -e255 -- sh -c 'exit 255'
    cinit 1 -e 143 -e 2 -- false
}

@test "tini: -w tells of each orphan" {
    local option
    for option in -w --warn; do
        cinit 0 "$option" -- "$PAYLOADS/orphans" zombies 3
        is "$output" "reaped 3"
        is "$(grep -cE '^cinit: .*reaped.* [0-9]+$' <<<"$stderr")" 3
        is "$(wc -l <<<"$stderr")" 3
    done
    cinit 0 -- "$PAYLOADS/orphans" zombies 3
    is "$stderr" ''
}

# talks VARIABLE=VALUE...: with these in its environment cinit says what it does, on stderr.
talks()
{
    with "$@" -- 0 -- echo hello
    is "$output" hello
    like "$stderr" '^cinit: '
    is "$(grep -v '^cinit: ' <<<"$stderr" || true)" ''
}

is_silent()
{
    with "$@" -- 0 -- echo hello
    is "$output$stderr" hello
}

@test "-v tells of each step, and so do the three's variables" {
    local option
    for option in -v --verbose -vv -vvv -gv; do
        cinit 0 "$option" -- echo hello
        is "$output" hello
        like "$stderr" '^cinit: '
    done
    talks TINI_VERBOSITY=2
    talks TINI_VERBOSITY=3
    is_silent TINI_VERBOSITY=1
    is_silent TINI_VERBOSITY=0
    talks DUMB_INIT_DEBUG=1
    is_silent DUMB_INIT_DEBUG=0
    talks CATATONIT_DEBUG=1
    is_silent CINIT_OPTIONS=
}

@test "tini: -s and TINI_SUBREAPER are no news" {
    cinit 0 -s -- "$PAYLOADS/orphans" zombies 3
    is "$output$stderr" "reaped 3"
    with TINI_SUBREAPER=1 -- 0 -- "$PAYLOADS/orphans" zombies 3
    is "$output$stderr" "reaped 3"
}

# ---- dumb-init ----

@test "dumb-init: by this name the session is the default, and -c and DUMB_INIT_SETSID=0 the command" {
    by dumb-init
    reached "group main session"
    reached "main" -c
    reached "main" --single-child
    START_BY=(env DUMB_INIT_SETSID=0)
    reached "main"
}

@test "dumb-init: DUMB_INIT_SETSID=1" {
    START_BY=(env DUMB_INIT_SETSID=1)
    reached "group main session"
    reached "main" -c
    START_BY=(env DUMB_INIT_SETSID=0)
    reached "main"
}

@test "dumb-init: the command leads a session by this name, and stays in the caller's with -c" {
    by dumb-init
    cinit 0 -- sh -c 'ps -o sid= -p $$; echo $$'
    is "$(xargs <<<"$output" | awk '{ print $1 == $2 }')" 1
    cinit 0 -c -- sh -c 'ps -o sid= -p $$; echo $$'
    is "$(xargs <<<"$output" | awk '{ print $1 == $2 }')" 0
}

state_of()
{
    # It may have ended.
    sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null
}

state_is()
{
    [ "$(state_of "$1")" = "$2" ]
}

@test "dumb-init: TSTP, TTIN and TTOU stop the command, whatever it does about them" {
    by dumb-init
    local number
    start_cinit -- "$PAYLOADS/report" main session
    up main session
    for number in 20 21 22; do
        send "$STARTED" "$number"
        wait_until 20 state_is "${UP[main]}" T
        wait_until 20 state_is "${UP[session]}" T
        kill -CONT "$STARTED"
        wait_until 20 state_is "${UP[main]}" S
        says_all "main 18" "session 18"
    done
}

@test "dumb-init: -r goes before its rules" {
    by dumb-init
    start_cinit -r TSTP:USR1 -r 21:0 -r 1:15 --rewrite 2:3 -- "$PAYLOADS/report" main
    up main
    send "$STARTED" 20
    says "main 10"
    send "$STARTED" 21
    send "$STARTED" 1
    says "main 15"
    send "$STARTED" 2
    says "main 3"
}

# ---- catatonit ----

is_ready()
{
    [[ $(cat "/proc/$1/wchan" 2>/dev/null) == do_sigtimedwait* ]]
}

pauses()
{
    local option number
    for option in -P --pause; do
        for number in 15 2; do
            start_cinit "$option"
            wait_until 20 is_ready "$INIT"
            send "$INIT" 10
            send "$INIT" 1
            send "$INIT" "$number"
            ends_with 0
            is "$(cat "$ERRORS")" ''
        done
    done
}

@test "catatonit: -P waits for TERM or INT, and for no other signal" {
    pauses
}

@test "the same as process 1, which reaps what is left to it" {
    as process_1
    pauses
    start_cinit -P
    wait_until 20 is_ready "$INIT"
    # One orphan after the other; the last command would see them.
    run -0 nsenter --target "$INIT" --pid --mount sh -c '
        for i in 1 2 3 4 5; do sh -c "sh -c : & :"; done
        for i in $(seq 1000); do
            [ "$(ps -A -o pid=,stat= | grep -c Z)" = 0 ] && exit 0
            sleep 0.01
        done
        ps -A; exit 1'
    send "$INIT" 15
    ends_with 0
}

@test "catatonit: -g" {
    by catatonit
    reached "main"
    reached "group main" -g
}

# ---- where nobody can type options ----

@test "CINIT_OPTIONS: words of options, and the command line goes before them" {
    with CINIT_OPTIONS='-e 3' -- 0 -- sh -c 'exit 3'
    with CINIT_OPTIONS=' --expect=3   -e 4 -s ' -- 0 -- sh -c 'exit 4'
    with CINIT_OPTIONS='-e 3' -- 0 -e 4 -- sh -c 'exit 4'
    START_BY=(env CINIT_OPTIONS=-g)
    reached "group main"
    reached "main" -c
    reached "group main session" --forward=session
    START_BY=(env 'CINIT_OPTIONS=--forward session')
    reached "group main session"
    reached "group main" -g
    START_BY=(env CINIT_OPTIONS=-c TINI_KILL_PROCESS_GROUP=1)
    reached "main"
}

@test "a mistake in CINIT_OPTIONS is told as one of the command line is" {
    with CINIT_OPTIONS=--nosuch -- 125 -- true
    like "$stderr" '^cinit: .*--nosuch'
    with CINIT_OPTIONS='-e x' -- 125 -- true
    like "$stderr" '^cinit: '
}
