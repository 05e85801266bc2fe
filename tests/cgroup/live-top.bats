#!/usr/bin/env bats
# Row C8: launcher top, at a real terminal that script(1) makes.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/container
load ../lib/cgroup
load ../lib/terminal

NAME=bats-top

setup()
{
    OTHERS=()
}

teardown()
{
    close_terminal
    end_container
    local pid
    for pid in "${OTHERS[@]}"; do
        kill "$pid" || true # it may have ended by itself
        wait "$pid" || true
    done
}

# start_other NAME COMMAND...: one more container, in the background.
start_other()
{
    local name=$1
    shift
    "$LAUNCHER" --name "$name" --rootfs "$ROOTFS" --net none --live -- "$@" </dev/null >/dev/null 2>&1 3>&- &
    OTHERS+=($!)
    wait_until 20 eval '"$LAUNCHER" stats 2>/dev/null | grep -q "^'"$name"' "'
}

# The last screen that was drawn: what comes behind the last "cursor home", without its colours.
last_screen()
{
    tr -d '\r' <"$SCREEN" | awk 'BEGIN { RS = "\033\\[H" } { last = before; before = $0 } END { print last }' |
        sed 's/\x1b\[[0-9;?]*[a-zA-Z]//g'
}

# first_is NAME: it is in the first row below the heads.
first_is()
{
    last_screen | awk -v name="$1" 'NR == 3 { found = $1 == name } END { exit !found }'
}

rows_show()
{
    last_screen | grep -q "^$1 "
}

rows_lack()
{
    ! rows_show "$1" && last_screen | grep -q '^NAME '
}

@test "a running container is shown, a new one appears, one that ended vanishes" {
    start_container --name $NAME --live -- /bin/sleep 1000
    open_terminal 24 120 "$LAUNCHER top"
    wait_until 20 rows_show $NAME
    start_other $NAME-2 /bin/sleep 1000
    wait_until 20 rows_show $NAME-2
    end_container
    wait_until 20 rows_lack $NAME
    rows_show $NAME-2
    press q
    await_end
    is "$EXIT" 0
}

@test "the keys and --sort choose what the first has most of" {
    start_container --name $NAME --live -- /bin/sh -c 'while :; do :; done'
    start_other $NAME-2 /bin/sh -c 'sleep 1000 & sleep 1000 & sleep 1000 & wait'
    open_terminal 24 120 "$LAUNCHER top"
    wait_until 20 first_is $NAME
    press p
    wait_until 20 first_is $NAME-2
    press c
    wait_until 20 first_is $NAME
    press q
    await_end
    open_terminal 24 120 "$LAUNCHER top --sort pids"
    wait_until 20 first_is $NAME-2
    press q
    await_end
}

@test "no line is wider than the window, and no more of them are drawn than it has rows" {
    start_container --name $NAME --live -- /bin/sleep 1000
    open_terminal 3 30 "$LAUNCHER top"
    wait_until 20 rows_show $NAME
    is "$(last_screen | wc -l)" 3
    [ "$(last_screen | awk '{ if (length > most) most = length } END { print most }')" -eq 30 ]
    press q
    await_end
}

@test "the terminal is as before after q, ^C and SIGTERM" {
    local way
    start_container --name $NAME --live -- /bin/sleep 1000
    # ^C reaches the shell as well, which is to stay.
    for way in q '\003' TERM; do
        open_terminal 24 120 "trap : INT; stty -g >$BATS_TEST_TMPDIR/before; $LAUNCHER top; \
            echo ended \$?; stty -g >$BATS_TEST_TMPDIR/after"
        wait_until 20 rows_show $NAME
        if [ "$way" = TERM ]; then
            pkill -TERM -x launcher --terminal "${TERMINAL#/dev/}"
        else
            press "$way"
        fi
        see 'ended 0$'
        await_end
        cmp "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
        # the other screen is left and the cursor is back, in the last thing that top wrote
        grep -q $'\033\[?25h\033\[?1049l' "$SCREEN"
    done
}

@test "without a terminal it says what to use" {
    run -125 "$LAUNCHER" top </dev/null
    like "$output" 'launcher: showing containers: stdin and stdout must be a terminal'
    like "$output" 'hint: launcher stats --watch'
    run -125 "$LAUNCHER" top --sort size
    like "$output" '"size" is not cpu, memory, pids, io or pressure'
}
