# shellcheck shell=bash
# shellcheck disable=SC2034 # TERMINAL and EXIT are for the tests
# terminal.bash - somebody at a terminal: on-terminal makes it, keys come through a fifo. Load it after
# launcher.bash; call close_terminal in teardown.

# open_terminal ROWS COLUMNS COMMAND: runs a shell command on a new terminal. What it shows is in
# $SCREEN; TERMINAL_OWNER is the process that made it, $TERMINAL the device.
open_terminal() {
    SCREEN=$BATS_TEST_TMPDIR/screen
    KEYS=$BATS_TEST_TMPDIR/keys
    rm -f "$KEYS" "$SCREEN" "$SCREEN.device"
    mkfifo "$KEYS"
    # A shell without job control lets its background processes ignore ^C and ^\, for good.
    env --default-signal=INT,QUIT "$TOP/tests/lib/on-terminal" \
        "stty rows $1 cols $2; tty >$SCREEN.device; $3" \
        <"$KEYS" >"$SCREEN" 3>&- &
    TERMINAL_OWNER=$!
    exec 4>"$KEYS"
    wait_until 20 test -s "$SCREEN.device"
    TERMINAL=$(cat "$SCREEN.device")
}

# press TEXT: as printf(1) has it, "\003" is ^C
press() {
    # shellcheck disable=SC2059 # the keys are the format
    printf "$1" >&4
}

# Everything shown so far, lines as lines.
screen() {
    tr -d '\r' <"$SCREEN"
}

shows() {
    screen | grep -qE -- "$1"
}

# see PATTERN: waits until it is shown.
see() {
    wait_until 20 shows "$1" || { screen >&2; return 1; }
}

has_ended() {
    ! kill -0 "$TERMINAL_OWNER" 2>/dev/null
}

# Waits for the end of the command and sets EXIT to its status.
await_end() {
    EXIT=0
    wait_until 30 has_ended || { screen >&2; return 1; }
    wait "$TERMINAL_OWNER" || EXIT=$?
    TERMINAL_OWNER=
    exec 4>&-
}

close_terminal() {
    [ -n "${TERMINAL_OWNER-}" ] || return 0
    kill "$TERMINAL_OWNER" || true # it may have ended by itself
    await_end
}
