#!/usr/bin/env bats
# cinit alone on bad days: every mistake on its command line is told, and nothing is run; and what
# the kernel refuses is told as well. At the end once more with AddressSanitizer and UBSan.

# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers
load ../lib/cinit

setup_file() { cinit_setup_file report send lease orphans masked; }
teardown_file() { cinit_teardown_file; }
teardown() { cinit_teardown; }

# mistake TEXT OPTION...: exit status 125, the option or its value in the message, a hint, and the
# command was not run.
mistake()
{
    local text=$1
    shift
    run --separate-stderr -125 host "$CINIT" "$@" -- echo run
    is "$output" ''
    is "$(wc -l <<<"$stderr")" 2 || { echo "$stderr" >&2; return 1; }
    like "$stderr" $'^cinit: [^\n]*\ncinit: hint: ' || like "$stderr" $'^cinit: [^\n]*\nhint: '
    [[ ${stderr%%$'\n'*} == *"$text"* ]] || { printf 'no %s in: %s\n' "$text" "$stderr" >&2; return 1; }
}

unknown_options_are_told()
{
    local option
    for option in --nosuch --nosuch=1 --grou --groups --GROUP --forward-to -x -gx -G --g -0 -1 \
        --=x --program=1 -é $'-\n'; do
        mistake "${option%%$'\n'*}" "$option"
    done
    mistake --nosuch -g -e 3 --nosuch -s
}

@test "an option that there is not" {
    unknown_options_are_told
}

@test "a value that is missing, or that the option does not take" {
    local option
    for option in -r --rewrite -e --expect -p --parent-death --forward --stop-seq --stop-signal --orphans \
        -ge -sgp; do
        run --separate-stderr -125 host "$CINIT" "$option"
        is "$output" ''
        like "$stderr" "^cinit: .*$option.*missing"
    done
    for option in --group=1 --subreaper= --help=x --verbose=2 --version=1 --pause=no --close-fds=yes; do
        mistake "${option%=*}" "$option"
    done
}

@test "a value that is none of the words" {
    local value
    for value in '' MAIN mai 'main,' 'main ' group all 1; do
        mistake --forward --forward "$value"
    done
    for value in '' KEEP keeps none 0; do
        mistake --orphans --orphans="$value"
    done
}

BAD_SIGNALS=('' 65 -1 100 999999999999 4294967297 TERMX TER SIG SIGSIGTERM sig-term ' TERM' 'TERM ' '15 '
    0x0f +15 1.5 RTMIN+31 RTMAX+1 RTMIN-1 RTMIN+ RTMIN+x RTMAX-31 SIGRTMIN+99999999999)

bad_signals_are_told()
{
    local name
    for name in "${BAD_SIGNALS[@]}" 0; do
        mistake --parent-death "--parent-death=$name"
        mistake --stop-signal --stop-signal "$name"
        mistake -p -p "$name"
        mistake --stop-seq --stop-seq "$name:5s,KILL"
        mistake --rewrite --rewrite "$name:TERM"
    done
    for name in "${BAD_SIGNALS[@]}"; do
        mistake -r -r "TERM:$name"
    done
}

@test "a signal that there is not, wherever one is wanted" {
    bad_signals_are_told
}

@test "signals may be written in any of these ways" {
    local name
    for name in TERM SIGTERM term SigTerm 15 1 64 RTMIN RTMIN+30 RTMAX-30 SIGRTMAX CLD IOT POLL; do
        cinit 0 -p "$name" --stop-signal="$name" -r "$name:$name" -r"$name:0" --stop-seq "$name:1s,$name" -- true
    done
}

rewrites_are_told()
{
    local value
    for value in '' : TERM TERM: :TERM TERM:USR1:HUP 15-2 15=2 15,2 0:15 65:1 1:65 -1:1 1:-1 99999999999:1 \
        1:99999999999; do
        mistake --rewrite --rewrite "$value"
        mistake "-r" "-r$value" || mistake "\"$value\"" -r "$value"
    done
}

@test "a rewriting that is none" {
    rewrites_are_told
}

bad_sequences_are_told()
{
    local value
    for value in '' ',' TERM: :5s TERM,KILL 'TERM:5s,' ,TERM TERM:5s,,KILL 'TERM:5s,KILL,' TERM:5x TERM:5h \
        TERM:5sec TERM:-5s TERM:+5s TERM:5.5s 'TERM: 5s' 'TERM:5 s' TERM:s TERM:ms TERM:m TERM:5mm TERM:5sm \
        TERM:5sms TERM:5s5 TERM:99999999999999999999s TERM:9223372036854775807ms TERM:18446744073709551617 \
        TERM:4294967297ms TERM:4294968s TERM:71583m TERM:1000h FOO:5s FOO TERM:5s,FOO TERM:5s:5s \
        TERM:5s,0 TERM:5s,65 'TERM;5s'; do
        mistake --stop-seq --stop-seq "$value"
        mistake --stop-seq "--stop-seq=$value"
    done
    local many
    many=$(printf 'TERM:1s,%.0s' {1..1000})
    mistake --stop-seq --stop-seq "${many}KILL"
}

@test "a stop sequence that is none" {
    bad_sequences_are_told
}

expectations_are_told()
{
    local value
    for value in '' 256 -1 x 1x ' 1' '1 ' +1 0x1 1.0 1,2 99999999999999999999 4294967296; do
        mistake --expect --expect "$value"
        mistake --expect "--expect=$value"
        mistake -e -e "$value"
    done
    cinit 0 -e 00003 -- sh -c 'exit 3'
}

@test "an exit code that is none" {
    expectations_are_told
}

@test "no command" {
    local options
    for options in "" "--" "-g" "-g --" "-e 3 --stop-seq TERM:5s,KILL"; do
        # shellcheck disable=SC2086 # several words
        run --separate-stderr -125 host "$CINIT" $options
        is "$output" ''
        like "$stderr" '^cinit: .*no command'
        like "$stderr" 'hint: .*COMMAND'
    done
}

@test "a command that --pause would not run" {
    run --separate-stderr -125 host "$CINIT" --pause -- true
    like "$stderr" '^cinit: --pause takes no command'
}

@test "no name of its own" {
    # shellcheck disable=SC2016 # for the inner shell
    run -3 host bash -c 'exec -a "" "$0" -- sh -c "exit 3"' "$CINIT"
    # Not even an empty one: the kernel makes it an empty one, or refuses.
    run -125 host python3 -c '
import ctypes, sys
empty = (ctypes.c_char_p * 1)(None)
ctypes.CDLL(None).execve(sys.argv[1].encode(), empty, empty)' "$CINIT"
}

@test "more words in CINIT_OPTIONS than fit are told, not dropped" {
    local more
    more=$(printf -- '-s %.0s' {1..70})
    run --separate-stderr -125 host env "CINIT_OPTIONS=$more -e 3" "$CINIT" -- sh -c 'exit 3'
    like "$stderr" '^cinit: option CINIT_OPTIONS: .*: too long'
    more=$(printf 'x%.0s' {1..100000})
    run --separate-stderr -125 host env "CINIT_OPTIONS=$more" "$CINIT" -- true
    like "$stderr" '^cinit: .*CINIT_OPTIONS'
    run --separate-stderr -125 host env "CINIT_OPTIONS=-s true" "$CINIT" -- true
    like "$stderr" '^cinit: .*CINIT_OPTIONS'
    run --separate-stderr -125 host env "CINIT_OPTIONS=-e" "$CINIT" -- true
    like "$stderr" '^cinit: .*-e'
}

@test "very long and very many words" {
    local long many
    long=$(printf 'x%.0s' {1..100000})
    mistake '' "--$long"
    mistake '' -e "$long"
    mistake '' --stop-seq "$long"
    mapfile -t many < <(yes -- -e3 | head -n 10000)
    cinit 0 "${many[@]}" -- sh -c 'exit 3'
    mapfile -t many < <(yes -- -r1:2 | head -n 10000)
    cinit 3 "${many[@]}" -- sh -c 'exit 3'
}

# ---- what the kernel refuses ----

# A user of nobody's, so that the limit counts this one process.
UNKNOWN_USER=54321

forks_no_more()
{
    run --separate-stderr -125 host prlimit --nproc=1 setpriv --reuid "$UNKNOWN_USER" --regid 65534 \
        --clear-groups "$CINIT" "$@" -- echo run
    is "$output" ''
    is "$(wc -l <<<"$stderr")" 1
    like "$stderr" '^cinit: .*echo: '
}

@test "no process can be made: RLIMIT_NPROC" {
    forks_no_more
    like "$stderr" limit
    forks_no_more -g --stop-seq TERM:5s,KILL
    forks_no_more --forward session
}

# It waits for the lease of its file, and is killed there.
@test "a command that dies before its execve" {
    local options lease line=
    for options in "" -g "--forward session" "--stop-seq TERM:60s,KILL"; do
        mkfifo "$BATS_TEST_TMPDIR/leased" "$BATS_TEST_TMPDIR/go"
        cp "$PAYLOADS/report" "$BATS_TEST_TMPDIR/slow"
        "$PAYLOADS/lease" "$BATS_TEST_TMPDIR/slow" >"$BATS_TEST_TMPDIR/leased" <"$BATS_TEST_TMPDIR/go" 3>&- 4>&- &
        lease=$!
        exec 6<"$BATS_TEST_TMPDIR/leased" 7>"$BATS_TEST_TMPDIR/go"
        read -r -t 20 -u 6 line
        is "$line" leased
        # shellcheck disable=SC2086 # several words
        start_cinit $options -- "$BATS_TEST_TMPDIR/slow" main
        read -r -t 20 -u 6 line
        is "$line" wanted
        pkill -KILL --parent "$STARTED"
        ends_with 137
        is "$(cat "$ERRORS")" ''
        echo >&7
        exec 7>&- 6<&-
        wait "$lease"
        rm "$BATS_TEST_TMPDIR/leased" "$BATS_TEST_TMPDIR/go" "$BATS_TEST_TMPDIR/slow"
    done
}

# The largest environment with which cinit itself can be executed is found by halving. The words of
# this command are as many, but the kernel adds the long name of its interpreter.
@test "arguments and environment that are too much for the command alone: E2BIG" {
    local fits=100000 too_big=132000 size
    printf '#!%s/bin/true\n' "" >"$BATS_TEST_TMPDIR/short"
    printf '#!%s/bin/true\n' "$(printf '/%.0s' {1..230})" >"$BATS_TEST_TMPDIR/longs"
    chmod 755 "$BATS_TEST_TMPDIR/short" "$BATS_TEST_TMPDIR/longs"
    while [ $((too_big - fits)) -gt 1 ]; do
        size=$(((fits + too_big) / 2))
        if with_environment_of "$size" "$BATS_TEST_TMPDIR/short"; then
            fits=$size
        else
            too_big=$size
        fi
    done 2>"$BATS_TEST_TMPDIR/errors"
    local status=0 errors
    errors=$(with_environment_of "$fits" "$BATS_TEST_TMPDIR/longs" 2>&1) || status=$?
    is "$status" 126
    is "$errors" "cinit: executing $BATS_TEST_TMPDIR/longs: Argument list too long"
}

# with_environment_of SIZE COMMAND: at least 128 KiB are always allowed, and with 256 KiB of stack no
# more than that, execve(2).
with_environment_of()
{
    local half
    half=$(printf "%$(($1 / 2))s" '')
    host env -i bash -c 'ulimit -s 256; export "A=$1" "B=$1$2"; exec "$3" -- "$4"' - \
        "$half" "$(printf "%$(($1 % 2))s" '')" "$CINIT" "$2"
}

@test "standard output that takes nothing" {
    # shellcheck disable=SC2016 # for the inner shell
    run host timeout -s KILL 20 sh -c '"$0" --help >/dev/full; "$0" --version >&-; "$0" -h | true' "$CINIT"
    [ "$status" -lt 126 ]
}

# ---- the same with AddressSanitizer and UBSan ----

sanitized()
{
    CINIT=$BUILD/san/cinit
    [ -x "$CINIT" ]
    # To look for leaks takes another process, and there is no heap.
    export ASAN_OPTIONS=detect_leaks=0
}

@test "SAN: bad command lines" {
    sanitized
    unknown_options_are_told
    bad_signals_are_told
    rewrites_are_told
    bad_sequences_are_told
    expectations_are_told
}

@test "SAN: forwarding, rewriting, draining" {
    sanitized
    local mode
    for mode in main pgrp session tree; do
        start_cinit -v -w -e 42 -r USR2:HUP --forward "$mode" --stop-seq QUIT:100ms,TERM:60s,KILL -- \
            "$PAYLOADS/report" main,15=42 setsid,15=0 orphan,15=0
        up main setsid orphan
        send "$INIT" 50 7
        local line=
        until [ "$line" = "main 50 queued 7" ]; do
            read -r -t 20 -u 5 line || { cat "$ERRORS" >&2; return 1; }
        done
        send "$INIT" 15
        wait_until 30 has_ended_by_itself
        local status=0
        wait "$STARTED" || status=$?
        STARTED=
        exec 5<&-
        is "$status" 0
        is "$(grep -v '^cinit: ' "$ERRORS" || true)" ''
    done
}

@test "SAN: what can't be executed, and what ends in each way" {
    sanitized
    local path errors
    printf '#!/no/such\n' >"$BATS_TEST_TMPDIR/script"
    chmod 755 "$BATS_TEST_TMPDIR/script"
    cinit 7 -- sh -c 'exit 7'
    cinit 143 -- sh -c 'kill $$'
    for path in nosuch /no/such "$(printf 'x%.0s' {1..5000})"; do
        errors=$(host "$CINIT" -- "$path" 2>&1) || [ $? -ge 126 ]
        like "$errors" '^cinit: executing '
        is "$(wc -l <<<"$errors")" 1
    done
    cinit 126 -- /etc
    is "$(wc -l <<<"$stderr")" 1
    cinit 126 -- "$BATS_TEST_TMPDIR/script"
    is "$(wc -l <<<"$stderr")" 1
    forks_no_more
}

@test "SAN: thousands of orphans, as process 1 and not, and killed ones" {
    sanitized
    cinit 0 -- "$PAYLOADS/orphans" zombies 2000
    is "$stderr" ''
    cinit 0 --orphans kill -- sh -c 'for i in 1 2 3 4 5; do setsid sleep 1000 & done'
    is "$stderr" ''
    as process_1
    cinit 0 -- "$PAYLOADS/orphans" zombies 2000
    is "$stderr" ''
}
