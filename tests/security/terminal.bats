#!/usr/bin/env bats
# A terminal that the payload shares with whoever started launcher: what it types there is read by
# the caller's shell, outside.

load ../lib/launcher
load ../lib/attack

setup_file() {
    build_attacks type-into-tty with-terminal
}

setup() {
    copy_image
}

typed() {
    cat "$IMAGE/tmp/typed"
}

# Red when the seccomp policy allows all of ioctl: a terminal of its own the payload may have, so
# nothing but the filter is in the way. (EIO instead of success where dev.tty.legacy_tiocsti is 0.)
@test "CVE-2017-5226: TIOCSTI and TIOCLINUX are denied by the seccomp filter" {
    attacked -- /attack/type-into-tty own
    is "$(typed)" 'own open: SUCCEEDED
own TIOCSTI: Operation not permitted
own TIOCSTI with high bits: Operation not permitted
own TIOCLINUX: Operation not permitted'
    # Without the filter the first would have been another answer.
    attacked --seccomp unconfined -- /attack/type-into-tty own
    like "$(typed)" 'own TIOCSTI: (SUCCEEDED|Input/output error)'
}

# at_terminal OPTION... -- COMMAND...: as a person at a terminal runs it. Sets $output to what he
# finds afterwards, see attacks/with-terminal.c.
at_terminal() {
    output=$("$ATTACKS/with-terminal" "$LAUNCHER" --rootfs "$IMAGE" "$@" </dev/null 3>&-)
}

# The terminal is shared with --no-tty. Red when the plan has no OP_SESSION, for PID 1 and the
# payload: with the caller's session the payload has its terminal, and types into it.
@test "CVE-2017-5226: a shared terminal is not the payload's to type into, even without the filter" {
    local init
    for init in --init --no-init; do
        at_terminal --no-tty "$init" --seccomp unconfined -- /attack/type-into-tty
        echo "$output"
        typed
        is "$output" $'typed 0\nstatus 0'
        grep --quiet '^stdin TIOCSCTTY: Operation not permitted$' "$IMAGE/tmp/typed"
        grep --quiet '^/dev/tty open: No such device or address$' "$IMAGE/tmp/typed"
        is "$(grep --count SUCCEEDED "$IMAGE/tmp/typed")" 0
        rm "$IMAGE/tmp/typed"
    done
}

# With a terminal of its own the payload types to itself. Red when the plan has no OP_CONSOLE though
# a terminal was asked for.
@test "CVE-2017-5226: with -t the payload's terminal is another one" {
    local init
    for init in --init --no-init; do
        at_terminal -t "$init" --seccomp unconfined -- /attack/type-into-tty
        echo "$output"
        typed
        is "$output" $'typed 0\nstatus 0'
        rm "$IMAGE/tmp/typed"
    done
}
