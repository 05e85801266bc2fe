#!/usr/bin/env bats
# Commands that can't be executed: 127 when there is none, else 126 with what is wrong with the file
# and how to cure it.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers

setup_file() { leftovers_setup_file; }
teardown_file() { leftovers_teardown_file; }

setup()
{
    copy_rootfs
}

teardown()
{
    leftovers_check
}

# run_here STATUS [OPTION...] -- COMMAND...: fails when it does not exit with that status.
run_here()
{
    local status_wanted=$1
    shift
    run "-$status_wanted" host "$LAUNCHER" --name "$(box)" --rootfs "$TREE" --net none "$@"
}

# put_program NAME: standard input becomes /bin/NAME of the tree.
put_program()
{
    cat >"$TREE/bin/$1"
    chmod 755 "$TREE/bin/$1"
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

own_machine()
{
    case $(uname -m) in
        x86_64) printf '\\076\\000' ;;
        aarch64) printf '\\267\\000' ;;
        *) return 1 ;;
    esac
}

@test "a name that is nowhere in PATH" {
    run_here 127 -- nosuch
    fails_with 127 "launcher: executing nosuch: no such file or directory" \
        "hint: a name without a slash is looked for in the PATH that the container gets"
}

@test "a path that does not exist" {
    run_here 127 -- /no/such argument
    fails_with 127 "launcher: executing /no/such argument: no such file or directory" \
        "hint: the path is one of the container, not of the host"
}

@test "without cinit it is told the same" {
    run_here 127 --no-init -- nosuch
    fails_with 127 "launcher: executing nosuch: no such file or directory" "hint: "
    run_here 126 --no-init -- /etc
    fails_with 126 "launcher: executing /etc: /etc is a directory" "hint: "
}

@test "a path of the host is none of the container" {
    printf '#!/bin/sh\n' >"$BATS_TEST_TMPDIR/program"
    chmod 755 "$BATS_TEST_TMPDIR/program"
    run_here 127 -- "$BATS_TEST_TMPDIR/program"
    fails_with 127 "launcher: executing $BATS_TEST_TMPDIR/program: no such file or directory"
}

@test "the PATH is the payload's, not the caller's" {
    mkdir "$TREE/tools"
    printf '#!/bin/sh\necho found\n' >"$TREE/tools/mine"
    chmod 755 "$TREE/tools/mine"
    PATH=$PATH:/tools run_here 127 -- mine
    run_here 0 -e PATH=/tools -- mine
    is "$output" found
    run_here 127 -e PATH=/tools -- ls
    fails_with 127 "launcher: executing ls: no such file or directory"
}

@test "a name with a slash is no matter of PATH, but of the working directory" {
    run_here 0 -e PATH=/nowhere -w /bin -- ./echo found
    is "$output" found
    run_here 127 -w / -- ./echo
    fails_with 127 "launcher: executing ./echo: no such file or directory"
}

@test "PATH goes on behind a file that may not be executed, which is told when there is no other" {
    mkdir "$TREE/first"
    echo >"$TREE/first/echo"
    run_here 0 -e PATH=/first:/bin -- echo second
    is "$output" second
    run_here 126 -e PATH=/first:/nowhere -- echo
    fails_with 126 "launcher: executing echo: /first/echo has no execute permission for this user" \
        "hint: chmod +x"
}

@test "an empty name" {
    run_here 125 -- ''
    fails_with 125 "launcher: the command is empty"
}

@test "a file without the x permission" {
    run_here 126 -- /etc/passwd
    fails_with 126 "launcher: executing /etc/passwd: /etc/passwd has no execute permission for this user" \
        "hint: chmod +x it in the root file system"
}

@test "a directory" {
    run_here 126 -- /etc
    fails_with 126 "launcher: executing /etc: /etc is a directory" "hint: name a program"
}

@test "an empty file" {
    put_program empty </dev/null
    run_here 126 -- empty
    fails_with 126 "launcher: executing empty: /bin/empty is an empty file" "hint: copy the program again"
}

@test "a shell script without #!" {
    put_program script <<<'echo hello'
    run_here 126 -- script
    fails_with 126 "launcher: executing script: /bin/script is a text without #! and an interpreter" \
        "hint: if it is a shell script, put #!/bin/sh into its first line"
}

@test "a file cut off after four bytes" {
    printf '\177ELF' | put_program short
    run_here 126 -- short
    fails_with 126 "/bin/short is neither an ELF program nor a script" "hint: it may have been cut off"
}

@test "a script with the line ends of Windows" {
    printf '#!/bin/sh -e\r\necho hello\r\n' | put_program option
    printf '#! /bin/sh\r\necho hello\r\n' | put_program script
    run_here 126 -- script
    fails_with 126 'ends with CR LF, so its interpreter is "/bin/sh\r"' "hint: convert the script" \
        "sed -i 's/\\r\$//'"
    run_here 2 -- option # a carriage return in the option is the shell's to refuse
}

@test "a script whose interpreter is missing" {
    printf '#!/usr/bin/nosuch -x\n' | put_program script
    run_here 126 -- script
    fails_with 126 "the script's interpreter /usr/bin/nosuch is missing" "hint: install it"
}

@test "a script whose interpreter may not be executed" {
    printf '#!/etc/passwd\n' | put_program script
    run_here 126 -- script
    fails_with 126 "launcher: executing script: /etc/passwd has no execute permission" "hint: "
}

@test "a program for another architecture" {
    elf_program '\267\000' /lib/ld.so | put_program arm
    elf_program '\363\000' /lib/ld.so | put_program riscv
    local other=aarch64 program=arm
    if [ "$(uname -m)" = aarch64 ]; then
        other=riscv64 program=riscv
    fi
    run_here 126 -- "$program"
    fails_with 126 "launcher: executing $program: the program is for another architecture: $other" \
        "hint: take a root file system for this machine (uname -m)"
}

@test "a program whose ELF loader is missing" {
    elf_program "$(own_machine)" /lib/nosuch.so.1 | put_program dynamic
    run_here 126 -- dynamic
    fails_with 126 "the program's ELF loader /lib/nosuch.so.1 is missing" \
        "hint: the program was linked for another C library"
}

@test "a real dynamic program of this host" {
    local loader
    loader=$(readelf --wide --program-headers /bin/true | sed -n 's/.*interpreter: \(.*\)]/\1/p')
    [ -n "$loader" ]
    put_program dynamic </bin/true
    run_here 126 -- dynamic
    fails_with 126 "the program's ELF loader $loader is missing"
}

@test "a program on a noexec mount" {
    mkdir "$BATS_TEST_TMPDIR/programs"
    cp "$TREE/bin/busybox" "$BATS_TEST_TMPDIR/programs/echo"
    run_here 126 -v "$BATS_TEST_TMPDIR/programs:/programs:noexec" -- /programs/echo hello
    fails_with 126 "/programs/echo is on a mount with the option noexec" \
        "hint: mount it with exec, or copy the program elsewhere"
    run_here 0 -v "$BATS_TEST_TMPDIR/programs:/programs" -- /programs/echo hello
}

@test "as JSON, with the same words" {
    run_here 126 --log-format json -- /etc
    is "$(jq -r '.level + "|" + .msg + "|" + .hint' <<<"$output")" \
        "error|executing /etc: /etc is a directory|name a program, not the directory that holds it"
}

@test "what the payload itself exits with is not taken for an error of launcher" {
    for status in 1 125 126 127 255; do
        run_here "$status" -- sh -c "exit $status"
        is "$output" ""
    done
}
