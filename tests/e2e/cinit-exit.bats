#!/usr/bin/env bats
# Row I6: how cinit exits, and the exec doctor: one line that says why a command can't be started.

# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers
load ../lib/cinit

setup_file() { cinit_setup_file send; }
teardown_file() { cinit_teardown_file; }
teardown() { cinit_teardown; }

setup()
{
    HERE=$BATS_TEST_TMPDIR/here
    mkdir "$HERE"
}

# ---- the command's own status ----

every_status_passes()
{
    # One script for all: a test that starts a shell for each takes long.
    # shellcheck disable=SC2016 # for the inner shell
    run -0 host timeout -s KILL 60 bash -c '
        for status in {0..255}; do
            "$@" -- sh -c "exit $status"
            [ $? = $status ] || echo "$status became $?"
        done' - "${START_BY[@]}" "$CINIT" "$@"
    is "$output" ''
}

@test "0 to 255" {
    every_status_passes
}

@test "0 to 255 with a stop sequence and the process group" {
    every_status_passes -g --stop-seq TERM:5s,KILL
}

@test "0 to 255 as process 1" {
    as process_1
    every_status_passes
}

# By default these do not end a process: SIGCHLD, SIGCONT, SIGURG, SIGWINCH; the next four stop one.
NO_END="17 18 23 28 19 20 21 22"

every_signal_passes()
{
    # shellcheck disable=SC2016 # for the inner shell
    run -0 host timeout -s KILL 60 bash -c '
        ulimit -c 0
        no_end=" $1 " send=$2
        shift 2
        for number in {1..64}; do
            case $no_end in *" $number "*) continue ;; esac
            "$@" -- "$send" self $number
            [ $? = $((128 + number)) ] || echo "$number gave $?"
        done' - "$NO_END" "$PAYLOADS/send" "${START_BY[@]}" "$CINIT"
    is "$output" ''
}

@test "128 + n for each signal that ends the command" {
    every_signal_passes
}

@test "128 + n as process 1" {
    as process_1
    every_signal_passes
}

@test "-e: 143 for one, and each of several, and no other" {
    cinit 0 -e 143 -- sh -c 'kill -TERM $$'
    cinit 137 -e 143 -- sh -c 'kill -KILL $$'
    cinit 0 -e 1 -e 255 -e 0 -- sh -c 'exit 255'
    cinit 0 -e 1 -e 255 -e 0 -- sh -c 'exit 1'
    cinit 2 -e 1 -e 255 -e 0 -- sh -c 'exit 2'
    cinit 0 -e 64 -e 63 -e 128 -- sh -c 'exit 63'
    cinit 127 -e 63 -- sh -c 'exit 127'
}

@test "a status of cinit's own kind is the command's when the command gives it" {
    local status
    for status in 125 126 127; do
        cinit "$status" -- sh -c "exit $status"
        is "$stderr" ''
    done
}

# ---- the exec doctor ----

# told STATUS PATTERN COMMAND...: with that status, and one line on stderr that names the command and
# has the pattern in it. Nothing is left of the child.
told()
{
    local status_wanted=$1 pattern=$2
    shift 2
    cinit "$status_wanted" -- "$@"
    is "$output" ''
    is "$(wc -l <<<"$stderr")" 1 || { echo "$stderr" >&2; return 1; }
    is "${stderr%%: *}" cinit
    like "$stderr" "^cinit: executing ${1//./\\.}: .*$pattern"
}

# put NAME [MODE]: standard input becomes a program
put()
{
    cat >"$HERE/$1"
    chmod "${2-755}" "$HERE/$1"
}

@test "a name that is nowhere in PATH" {
    told 127 'not found|no such' nosuch
}

@test "a path that does not exist" {
    told 127 'not found|no such' /no/such
    told 127 'not found|no such' "$HERE/nosuch"
    told 127 'not found|no such' ./nosuch
}

@test "a path through a file that is no directory" {
    put file </dev/null
    told 127 . "$HERE/file/program"
}

@test "a symbolic link to nothing" {
    ln -s nowhere "$HERE/link"
    told 127 '.' "$HERE/link"
}

@test "a directory" {
    told 126 directory "$HERE"
    told 126 directory /
}

@test "a file without the x permission" {
    put file 644 </bin/true
    told 126 'execut.* permission|not executable' "$HERE/file"
}

@test "a device" {
    told 126 . /dev/null
}

# The header of an ELF program for machine $1 (e_machine, two octal escapes), with one program header
# of type PT_INTERP that names the loader $2.
elf_program()
{
    printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0'
    printf '\2\0%b\1\0\0\0' "$1"                          # ET_EXEC, machine, EV_CURRENT
    printf '\0\0\100\0\0\0\0\0\100\0\0\0\0\0\0\0'         # entry 0x400000, program headers at 64
    printf '\0\0\0\0\0\0\0\0\0\0\0\0\100\0\070\0\1\0'     # no sections; sizes 64 and 56; 1 header
    printf '\100\0\0\0\0\0'
    printf '\3\0\0\0\4\0\0\0\170\0\0\0\0\0\0\0'           # PT_INTERP, readable, at 120
    printf '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
    printf '%b\0\0\0\0\0\0\0%b\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0' "\\0$(printf %o $((${#2} + 1)))" \
        "\\0$(printf %o $((${#2} + 1)))"
    printf '%s\0' "$2"
}

@test "a program for another architecture, and which one" {
    elf_program '\267\000' /lib/ld.so | put arm
    elf_program '\363\000' /lib/ld.so | put riscv
    local other=aarch64 program=arm
    if [ "$(uname -m)" = aarch64 ]; then
        other=riscv64 program=riscv
    fi
    told 126 "architecture.*$other" "$HERE/$program"
}

@test "a script whose interpreter is missing, by name" {
    printf '#!/usr/bin/nosuch -x\n' | put script
    told 126 'interpreter.*/usr/bin/nosuch' "$HERE/script"
}

@test "a script whose interpreter is a script whose interpreter is missing" {
    printf '#!/usr/bin/nosuch\n' | put inner
    printf '#!%s\n' "$HERE/inner" | put outer
    told 126 '/usr/bin/nosuch' "$HERE/outer"
}

@test "a script whose interpreter is a directory or may not be executed" {
    printf '#!/etc\n' | put interpreted
    told 126 '/etc( |$)' "$HERE/interpreted"
    printf '#!/etc/passwd\n' | put script
    told 126 '/etc/passwd' "$HERE/script"
}

@test "a script whose interpreter is itself" {
    printf '#!%s\n' "$HERE/script" | put script
    told 126 . "$HERE/script"
}

@test "a program whose ELF loader is missing, by name" {
    elf_program '\076\000' /lib/nosuch.so.1 | put program
    [ "$(uname -m)" = x86_64 ] || elf_program '\267\000' /lib/nosuch.so.1 | put program
    told 126 'loader.*/lib/nosuch.so.1' "$HERE/program"
}

@test "a script whose interpreter is a program whose ELF loader is missing" {
    elf_program '\076\000' /lib/nosuch.so.1 | put program
    [ "$(uname -m)" = x86_64 ] || elf_program '\267\000' /lib/nosuch.so.1 | put program
    printf '#!%s\n' "$HERE/program" | put script
    told 126 '/lib/nosuch.so.1' "$HERE/script"
}

@test "a script with the line ends of Windows" {
    printf '#!/bin/sh\r\necho hello\r\n' | put script
    told 126 'CR ?LF|\\r' "$HERE/script"
    printf '#! /bin/sh\t-e\r\n' | put option # here it is the option's, and the shell's to refuse
    cinit 2 -- "$HERE/option"
}

@test "a program on a noexec mount" {
    # A mount namespace of the command's own: nothing to undo.
    START_BY=(unshare --mount sh -c 'mount -t tmpfs -o noexec,mode=755 none /mnt && cp /bin/true /mnt && exec "$@"' -)
    told 126 noexec /mnt/true
}

@test "an empty file" {
    put empty </dev/null
    told 126 empty "$HERE/empty"
}

@test "a shell script without #! is run by the shell, as execvp(3) and the other inits do" {
    put script <<<'echo "$0" "$@"; exit 4'
    cinit 4 -- "$HERE/script" one 'two three' -x
    is "$output" "$HERE/script one two three -x"
    is "$stderr" ''
    cinit 4 -e 5 --forward=session -- "$HERE/script"
    is "$output" "$HERE/script"
    PATH=$HERE:$PATH cinit 4 -- script one
    is "$output" "$HERE/script one"
}

@test "what is cut off, and no program at all" {
    printf '\177ELF' | put short
    told 126 . "$HERE/short"
    head -c 100 /bin/true | put cut
    told 126 . "$HERE/cut"
    printf '#!' | put shebang
    told 126 . "$HERE/shebang"
    printf '#!\n' | put nothing
    told 126 . "$HERE/nothing"
    head -c 4096 /dev/zero | put zeros
    told 126 . "$HERE/zeros"
}

@test "a text file that is busy, and a path with too many links" {
    cp /bin/true "$HERE/busy"
    exec 8>>"$HERE/busy"
    told 126 '[Bb]usy' "$HERE/busy"
    exec 8>&-
    ln -s loop "$HERE/loop"
    told 126 . "$HERE/loop"
}

@test "an empty command" {
    local status=0 errors
    errors=$(host "$CINIT" -- '' 2>&1) || status=$?
    like "$status" '^12[567]$'
    like "$errors" '^cinit: '
}

@test "the doctor is right when the command is told by a user without rights" {
    mkdir -m 700 "$HERE/closed"
    cp /bin/true "$HERE/closed/true"
    START_BY=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    told 126 '[Pp]ermission' "$HERE/closed/true"
}

@test "the same in each mode, and as process 1" {
    local options by
    printf '#!/usr/bin/nosuch\n' | put script
    for by in child process_1; do
        as "$by"
        for options in "-g" "--forward session" "--forward tree" "--stop-seq TERM:9s,KILL"; do
            # shellcheck disable=SC2086 # several words
            cinit 126 $options -- "$HERE/script"
            is "$(grep -c '^cinit: executing .*/usr/bin/nosuch' <<<"$stderr")" 1
            is "$(wc -l <<<"$stderr")" 1
        done
    done
}

@test "stderr is closed: the status is right, and nothing is written elsewhere" {
    # shellcheck disable=SC2016 # for the inner shell
    run -127 host sh -c 'exec "$0" -- /no/such 2>&-' "$CINIT"
    is "$output" ''
}

# ---- PATH ----

# with_path PATH STATUS COMMAND...: in $HERE
with_path()
{
    local path=$1 status_wanted=$2
    shift 2
    run --separate-stderr "-$status_wanted" host /usr/bin/env --chdir "$HERE" "PATH=$path" \
        "$CINIT" -- "$@"
}

say_script()
{
    mkdir -p "$(dirname "$HERE/$2")"
    printf '#!/bin/sh\necho %s\n' "$1" | put "$2"
}

@test "PATH: the first that is there, behind elements that are none" {
    say_script one a/program
    say_script two b/program
    put file </dev/null
    with_path "$HERE/a:$HERE/b" 0 program
    is "$output" one
    with_path "/no/such:$HERE/file:$HERE/b:$HERE/a" 0 program
    is "$output" two
    mkdir -p "$HERE/c/program" # a directory of that name
    with_path "$HERE/c:$HERE/a" 0 program
    is "$output" one
}

@test "PATH: what may not be executed is passed by, and remembered" {
    say_script one a/program
    mkdir "$HERE/x"
    put x/program 644 </dev/null
    with_path "$HERE/x:$HERE/a" 0 program
    is "$output" one
    with_path "$HERE/x:/no/such" 126 program
    like "$stderr" "^cinit: executing program: .*$HERE/x/program"
    with_path "/no/such:$HERE/x:/no/other" 126 program
    is "$(wc -l <<<"$stderr")" 1
}

@test "PATH: an empty element is the working directory" {
    say_script here program
    local path
    for path in : "/no/such:" ":/no/such" "/no::/such"; do
        with_path "$path" 0 program
        is "$output" here
    done
    with_path /no/such 127 program
}

@test "PATH: a relative element is one of the caller's working directory" {
    say_script relative sub/program
    with_path "sub" 0 program
    is "$output" relative
}

@test "PATH: none at all is the default one, and a name with a slash does not ask" {
    run -0 host env --unset=PATH "$CINIT" -- echo found
    is "$output" found
    say_script here program
    with_path /no/such 0 ./program
    is "$output" here
    with_path "$HERE" 127 ./nosuch
}

@test "PATH: goes on behind a script whose interpreter is missing" {
    say_script good b/program
    mkdir "$HERE/a"
    printf '#!/usr/bin/nosuch\n' | put a/program
    with_path "$HERE/a:$HERE/b" 0 program
    is "$output" good
    with_path "$HERE/a:/no/such" 126 program
    like "$stderr" "/usr/bin/nosuch"
}

@test "PATH: very long elements are no way out of a buffer" {
    local long
    long=$(printf '/%.0s' {1..5000})
    say_script good b/program
    with_path "$long:$HERE/b" 0 program
    is "$output" good
    local count errors
    for count in 255 256 300 4095 4096 5000; do
        status=0
        errors=$(host env "PATH=$HERE/b" "$CINIT" -- "$(printf "%${count}s" | tr ' ' x)" 2>&1) ||
            status=$?
        like "$status" '^12[67]$'
        like "$errors" '^cinit: executing xxx'
    done
}
