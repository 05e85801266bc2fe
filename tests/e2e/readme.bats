#!/usr/bin/env bats
# README.md is true: each command in a ```console block (a line that begins with "$ ") is run in the
# repository's root, must succeed and must print what stands below it.
#
# "..." in what is expected stands for any text. Microseconds, durations of time(1) and the numbers
# of namespaces differ from run to run and are not compared.

bats_require_minimum_version 1.5.0
load ../lib/launcher

without_chance()
{
    sed -E 's/\+ *[0-9]+ us/+ N us/; s/:\[[0-9]+\]/:[N]/g; s/[0-9]+m +[0-9.]+s/N/; s/[ \t]+$//'
}

# matches TEXT PATTERN: the pieces between the dots come in their order. Taking each of them as early
# as it comes finds a way whenever there is one.
matches()
{
    local text=$1 rest=$2
    if [[ $rest != *...* ]]; then
        [ "$text" = "$rest" ]
        return
    fi
    [[ $text == "${rest%%...*}"* ]] || return 1
    text=${text#"${rest%%...*}"}
    rest=${rest#*...}
    while [[ $rest == *...* ]]; do
        [[ $text == *"${rest%%...*}"* ]] || return 1
        text=${text#*"${rest%%...*}"}
        rest=${rest#*...}
    done
    [[ $text == *"$rest" ]]
}

# check_command COMMAND EXPECTED: says what is wrong, if anything.
check_command()
{
    local got status=0
    got=$(bash -c "$1" </dev/null 2>&1 3>&-) || status=$?
    got=$(without_chance <<<"$got")
    if [ "$status" -ne 0 ]; then
        printf '$ %s\nexit status %s:\n%s\n' "$1" "$status" "$got"
    elif ! matches "$got" "$(without_chance <<<"$2")"; then
        printf '$ %s\n--- wanted\n%s\n--- got\n%s\n' "$1" "$2" "$got"
    fi
}

# Prints the console blocks of a Markdown file, each command as "$ COMMAND", its output below it.
console_blocks()
{
    awk '$0 == "```console" { inside = 1; next } $0 == "```" { inside = 0 } inside' "$1"
}

# check_tour FILE: prints what check_command says of each command.
check_tour()
{
    local line command='' expected=''
    while IFS= read -r line; do
        if [[ $line != '$ '* ]]; then
            expected+=${expected:+$'\n'}$line
            continue
        fi
        [ -z "$command" ] || check_command "$command" "$expected"
        command=${line#'$ '}
        expected=
    done < <(console_blocks "$1")
    [ -z "$command" ] || check_command "$command" "$expected"
}

setup()
{
    cd "$TOP" || return 1
}

@test "every command of the tour does what README.md shows" {
    [ "$(console_blocks README.md | grep -c '^\$ ')" -ge 10 ]
    is "$(check_tour README.md)" ""
}

@test "a tour that is not true is found" {
    printf '%s\n' 'text' '```sh' '$ false' '```' '```console' '$ echo one; echo two; echo three' \
        'one' '...ee' '$ printf "+  12 us\n"' '+ 345 us' '```' >"$BATS_TEST_TMPDIR/true.md"
    is "$(check_tour "$BATS_TEST_TMPDIR/true.md")" ""
    local wrong
    for wrong in one $'one\n...\nfour' $'...one' $'one\n...\nthree\nfour' ''; do
        printf '%s\n' '```console' '$ echo one; echo two; echo three' "$wrong" '```' \
            >"$BATS_TEST_TMPDIR/wrong.md"
        like "$(check_tour "$BATS_TEST_TMPDIR/wrong.md")" 'wanted'
    done
    printf '%s\n' '```console' '$ echo one; exit 3' 'one' '```' >"$BATS_TEST_TMPDIR/status.md"
    like "$(check_tour "$BATS_TEST_TMPDIR/status.md")" 'exit status 3'
}

# A name in backquotes with a slash in it, or one of a file in the root; build/ is made later, and
# what begins with a slash is on the host.
@test "every file and folder that README.md names is there" {
    local path paths
    paths=$(grep -oE '`[a-z.][A-Za-z0-9_.*/-]*/[A-Za-z0-9_.*/-]*`|`[A-Z][A-Za-z]+(\.md)?`' README.md |
        tr -d '`' | grep -vE '^(build/|[A-Z]+$|SIG)' | sort -u)
    [ "$(wc -l <<<"$paths")" -ge 20 ]
    for path in $paths; do
        compgen -G "$path" >/dev/null || { echo "not there: $path" >&2; return 1; }
    done
}
