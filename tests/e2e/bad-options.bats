#!/usr/bin/env bats
# Bad values on the command line: the option is named, and nothing is begun. And large ones, which are
# not bad.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers

setup_file() { leftovers_setup_file; }
teardown_file() { leftovers_teardown_file; }

teardown()
{
    leftovers_check
}

# refused TEXT OPTION...: exit 125, the text, and the payload did not run.
refused()
{
    local text=$1
    shift
    run -125 contain "$@" -- sh -c 'echo it ran'
    fails_with 125 "launcher: $text"
    [[ $output != *"it ran"* ]]
}

hinted()
{
    [[ $output == *"hint: $1"* ]]
}

@test "an unknown option" {
    refused "unknown option --bogus" --bogus
    [[ $output == *"hint: "*"--help lists all options"* ]]
    refused "unknown option -Z" -Z
}

@test "an option without its value" {
    run -125 host "$LAUNCHER" --rootfs
    fails_with 125 "launcher: option --rootfs needs a value: --rootfs DIR"
    run -125 host "$LAUNCHER" --rootfs "$ROOTFS" -m
    fails_with 125 "launcher: option -m needs a value: -m SIZE"
}

@test "no command" {
    for end in "" --; do
        # shellcheck disable=SC2086 # no word at all, or one
        run -125 host "$LAUNCHER" --rootfs "$ROOTFS" $end
        fails_with 125 "launcher: no command given" "hint: it follows the options"
    done
}

@test "a verb that there is not" {
    run -125 host "$LAUNCHER" nosuch
    fails_with 125 'launcher: reading the command line: "nosuch" is no verb of launcher' "hint: launcher help"
}

@test "sizes that are none" {
    for size in 1x -2 '' k 1kk 1e3 0x10 '1 m' 1.m ' 1m' '1m,'; do
        refused "option --memory: \"$size\" is not a size" --memory "$size"
        hinted "a size is a number of bytes, or one with k, m, g or t"
    done
}

@test "sizes that are too large, too small, or wrap around" {
    for size in 99999999999999999999 18446744073709551617 16777216t 9223372036854775808; do
        refused "option -m: the size $size is too large" -m "$size"
    done
    refused "0 bytes of memory are too few" -m 0
}

@test "numbers that are none" {
    for number in 0 -5 1x '' 99999999999999999999; do
        refused "option --pids: \"$number\" is not a number from 1 to" --pids "$number"
    done
    for cpus in 1x -1 '' . 1.5.5; do
        refused "option --cpus: \"$cpus\" is not a number of CPUs" --cpus "$cpus"
    done
    refused "option --umask: \"8\" is not an octal number" --umask 8
    refused "option --ulimit: \"nofile\" is not NAME=SOFT[:HARD]" --ulimit nofile
}

@test "a user or group that the container does not know" {
    refused "option --user: there is no user \"nosuch\" in the container's /etc/passwd" -u nosuch
    hinted "an id needs no entry: --user 1000:1000"
    refused "option --user: there is no group \"nosuch\" in the container's /etc/group" -u 0:nosuch
    refused "option --group-add: there is no group \"nosuch\"" --group-add nosuch
}

# The host's root must not be what is left when nothing could be read (CVE-2026-30892).
@test "a user that is neither a name nor an id" {
    refused "option -u: the user is empty" -u ''
    for user in : 0: :0 -1 0x0 4294967295 99999999999999999999 '0 ' 0:0:0; do
        refused "option --user: " -u "$user"
    done
}

@test "a root file system without user database knows ids only" {
    local tree=$BATS_TEST_TMPDIR/tree
    cp -a "$ROOTFS" "$tree"
    rm "$tree/etc/passwd" "$tree/etc/group"
    run -125 host "$LAUNCHER" --rootfs "$tree" -u root -- true
    fails_with 125 "the user \"root\" can't be looked up: the container has no /etc/passwd" "hint: an id needs"
    run -0 host "$LAUNCHER" --rootfs "$tree" -u 7:8 -- sh -c 'id -u; id -g'
    is "$output" $'7\n8'
}

@test "names, paths and sources" {
    refused 'option --name: "a/b" can'\''t be the name of a container' --name a/b
    refused "option --log-format: \"yaml\" is neither text nor json" --log-format yaml
    refused "/no/such, to be mounted on /mnt: No such file or directory" -v /no/such:/mnt
    hinted "the source of a bind mount must exist"
    refused "option --device: /etc/passwd is not a device" --device /etc/passwd
}

@test "a file over a directory, and a directory over a file" {
    refused "bind-mounting /etc/passwd on /mnt: " -v /etc/passwd:/mnt
    hinted "a file can be mounted on a file only"
    refused "bind-mounting /etc on /etc/passwd: Not a directory" -v /etc:/etc/passwd
    hinted "a directory can be mounted on a directory only"
}

@test "errors are JSON with --log-format json, wherever they come from" {
    run -125 contain --log-format json --bogus -- true
    is "$(jq -r '.level + "|" + .msg' <<<"$output")" "error|unknown option --bogus"
    run -125 contain --log-format json -u nosuch -- true
    is "$(jq -r .hint <<<"$output")" "an id needs no entry: --user 1000:1000"
    run -125 contain --log-format json -w /etc/passwd -- true
    is "$(jq -r .msg <<<"$output")" "entering the working directory /etc/passwd: Not a directory"
    run -125 host "$LAUNCHER" run --log-format json --rootfs $'/no/"quoted"\\' -- true
    is "$(jq -r .msg <<<"$output")" 'the root file system /no/"quoted"\ does not exist'
}

@test "1 MiB of environment arrives" {
    local value arguments=()
    value=$(head -c 65536 /dev/zero | tr '\0' v)
    for i in {1..16}; do
        arguments+=(--env "V$i=$value$i")
    done
    run -0 contain "${arguments[@]}" -- sh -c 'echo ${#V1} ${#V16}; env | wc -c'
    [[ $output == "65537 65538"$'\n'* ]]
    [ "${lines[1]}" -ge 1048576 ]
}

@test "more environment than execve takes is told before anything is begun" {
    head -c 140000 /dev/zero | tr '\0' v | sed 's/^/V=/' >"$BATS_TEST_TMPDIR/one"
    refused 'the variable "V=vvv' --env-file "$BATS_TEST_TMPDIR/one"
    [[ $output == *"is longer than 128 KiB, the most that execve takes"* ]]
    for i in {1..30}; do
        head -c 120000 /dev/zero | tr '\0' v | sed "s/^/V$i=/"
        echo
    done >"$BATS_TEST_TMPDIR/many"
    # Here it is the caller's stack limit that decides, execve(2): a quarter of it.
    run -126 contain --env-file "$BATS_TEST_TMPDIR/many" -- true
    fails_with 126 "launcher: executing true: Argument list too long" \
        "hint: arguments and environment together may take a quarter of the stack limit"
}

@test "--json is for plan: run refuses it and runs nothing" {
    refused "option --json: run has nothing to print" --json
    hinted "launcher plan --json prints the plan"
}

@test "1,000 mounts are made, and gone afterwards" {
    local arguments=()
    local TREE
    copy_rootfs
    mkdir "$BATS_TEST_TMPDIR/source"
    for i in {1..500}; do
        arguments+=(--tmpfs "/tmp/t$i" --volume "$BATS_TEST_TMPDIR/source:/mnt/v$i:ro")
    done
    run -0 host "$LAUNCHER" --name "$(box)" --rootfs "$TREE" "${arguments[@]}" -- \
        sh -c 'grep -c " /tmp/t" /proc/self/mountinfo; grep -c " /mnt/v.* ro," /proc/self/mountinfo'
    is "$output" $'500\n500'
}
