#!/usr/bin/env bats
# Rows R1 and R23: a shell on a terminal. Each test sits at a real one, made by tests/lib/on-terminal.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/terminal

teardown()
{
    close_terminal
}

# The words that run launcher on the terminal.
launcher()
{
    printf '%q ' "$LAUNCHER" --rootfs "$ROOTFS" "$@"
}

# A shell that is ready for keys. Its prompt holds the last exit status.
open_shell()
{
    open_terminal 24 80 "$(launcher "$@" -e PS1='ready:$? ' -- /bin/sh)"
    see '^ready:0 '
}

@test "a terminal is given automatically, and is the payload's own" {
    open_terminal 24 80 "$(launcher -- /bin/sh -c \
        'tty; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all; ps -o pid,sid,tty,comm; echo $TERM')"
    await_end
    is "$EXIT" 0
    is "$(screen | tr -s ' ' | sed 's/^ //; s/ $//' | head -n 5)" "/dev/pts/0
all
PID SID TT COMMAND
1 1 ? memfd:cinit
2 2 136,0 sh"
}

@test "TERM passes on" {
    TERM=bats-term open_terminal 24 80 "$(launcher -- /bin/sh -c 'echo "[$TERM]"')"
    await_end
    is "$(screen)" '[bats-term]'
}

@test "the size is right from the first byte, every time" {
    local i
    for i in 1 2 3 4 5 6 7 8; do
        open_terminal $((30 + i)) $((90 + i)) "$(launcher -- busybox stty size)"
        await_end
        is "$(screen)" "$((30 + i)) $((90 + i))"
    done
}

@test "the size follows the terminal's, and the payload is told" {
    open_terminal 24 80 "$(launcher -- /bin/sh -c \
        'trap "echo resized to \$(stty size)" WINCH; echo go; while :; do sleep 0.05; done')"
    see '^go$'
    stty --file="$TERMINAL" rows 50 cols 132
    see '^resized to 50 132$'
    stty --file="$TERMINAL" rows 10 cols 20
    see '^resized to 10 20$'
}

@test "the exit status passes through" {
    open_shell
    press 'exit 7\n'
    await_end
    is "$EXIT" 7
}

@test "^D ends the shell, and with --no-init too" {
    open_shell
    press '\004'
    await_end
    is "$EXIT" 0
    open_shell --no-init
    press '\004'
    await_end
    is "$EXIT" 0
}

@test "^C ends the foreground job, not the shell, and not launcher" {
    open_shell
    press 'sleep 1000\n'
    wait_until 20 foreground_is sleep
    press '\003'
    see '^(\^C)?ready:130 '
    press 'echo still $((6*7))\n'
    see '^still 42$'
    press 'exit\n'
    await_end
}

# The foreground job of the container's terminal, as the host sees it.
foreground_is()
{
    local launcher cinit shell group
    launcher=$(pgrep -x launcher --terminal "${TERMINAL#/dev/}")
    cinit=$(pgrep --parent "$launcher")
    shell=$(pgrep --parent "$cinit")
    group=$(ps -o tpgid= -p "$shell" | tr -d ' ')
    [ "$(cat "/proc/$group/comm")" = "$1" ]
}

@test "job control: ^Z, jobs, bg, fg, and the terminal is the foreground job's" {
    open_shell
    run ! shows "can't access tty|job control turned off"
    press 'sleep 1000\n'
    wait_until 20 foreground_is sleep
    press '\032'
    see 'Stopped.*sleep 1000'
    see '^ready:14[0-9] '
    wait_until 20 foreground_is sh
    press 'jobs | sed s/^/list:/\n'
    see '^list:.*Stopped.*sleep 1000'
    press 'bg\n'
    press 'jobs | sed s/^/list:/\n'
    see '^list:.*Running.*sleep 1000'
    press 'fg\n'
    wait_until 20 foreground_is sleep
    press '\003'
    see '^(\^C)?ready:130 '
    press 'exit 3\n'
    await_end
    is "$EXIT" 3
}

@test "a payload that handles ^C and ^\\ gets them" {
    open_terminal 24 80 "$(launcher -- /bin/sh -c \
        'trap "echo interrupted" INT; trap "echo quit; exit 5" QUIT; echo go; while :; do sleep 0.05; done')"
    see '^go$'
    press '\003'
    see '^(\^C)?interrupted$'
    press '\034'
    see '(^|\\)quit$'
    await_end
    is "$EXIT" 5
}

@test "one that a ^C kills gives 130" {
    open_terminal 24 80 "$(launcher -- /bin/sh -c 'echo go; exec sleep 1000')"
    see '^go$'
    wait_until 20 foreground_is sleep
    press '\003'
    await_end
    is "$EXIT" 130
}

@test "the terminal is raw while the container runs and as before afterwards" {
    open_terminal 24 80 "stty -g >$BATS_TEST_TMPDIR/before; $(launcher -- /bin/sh -c 'echo go; read x; exit 4'); \
        echo status \$?; stty -g >$BATS_TEST_TMPDIR/after"
    see '^go$'
    like "$(stty --file="$TERMINAL" --all)" ' -icanon.* -echo '
    press '\n'
    await_end
    see '^status 4$'
    cmp "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
    [ -s "$BATS_TEST_TMPDIR/after" ]
}

@test "it is restored as well when the container is killed or fails to start" {
    open_terminal 24 80 "stty -g >$BATS_TEST_TMPDIR/before; $(launcher -- /bin/sh -c 'kill -9 $$'); \
        $(launcher -- /not/there); stty -g >$BATS_TEST_TMPDIR/after"
    await_end
    see 'no such file or directory'
    cmp "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

@test "--no-tty: none, though the caller has one" {
    open_terminal 24 80 "$(launcher --no-tty -- /bin/sh -c 'tty; ls /dev/console /dev/pts; : </dev/tty')"
    await_end
    is "$(screen | head -n 1)" "not a tty"
    see '/dev/console: No such file'
    see "can't open /dev/tty"
}

@test "without a terminal none is given, and output passes byte by byte" {
    run -0 bash -c '"$0" --rootfs "$1" -- /bin/sh -c "tty; echo line" </dev/null | od -An -c | tr -d " \n"' \
        "$LAUNCHER" "$ROOTFS"
    is "$output" 'notatty\nline\n'
}

@test "-t without a terminal makes one: input arrives, its end too" {
    run -0 bash -c 'echo typed | "$0" -t --rootfs "$1" -- /bin/sh -c "tty; stty -echo; cat; echo end"' \
        "$LAUNCHER" "$ROOTFS"
    like "$(tr -d '\r' <<<"$output")" '/dev/pts/0'
    like "$(tr -d '\r' <<<"$output")" $'typed\nend$'
}

@test "a megabyte of output arrives whole" {
    open_terminal 24 80 "$(launcher -- /bin/sh -c \
        'stty -opost; busybox yes 0123456789abcde | head -c 1048576; exit 9')"
    await_end
    is "$EXIT" 9
    is "$(wc -c <"$SCREEN")" 1048576
    is "$(sort -u "$SCREEN" | tr -d '\r')" 0123456789abcde
}
