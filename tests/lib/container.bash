# shellcheck shell=bash
# container.bash - a container that a test looks at from the host while it runs; load it after
# launcher.bash. A file that calls start_container calls end_container in its teardown.

# What start_container puts before launcher: `nsenter ...` starts it somewhere else.
START_BY=()

# The first child of a process. Empty: it has none. Not by pgrep, which reads all of /proc and can miss
# a process on a busy machine.
child_of() {
    cut -d' ' -f1 "/proc/$1/task/$1/children" 2>/dev/null || true # it has ended
}

has_child() {
    [ -n "$(child_of "$1")" ]
}

# start_container [OPTION...] -- COMMAND...: starts it with -v and waits until the payload runs. Sets
# CONTAINER (launcher's pid), INIT (the container's first process) and PAYLOAD, which are the same
# with --no-init; all as the host numbers them. What it prints is in $CONTAINER_OUT and
# $CONTAINER_ERR.
start_container() {
    CONTAINER_OUT=$BATS_TEST_TMPDIR/container.out
    CONTAINER_ERR=$BATS_TEST_TMPDIR/container.err
    # Emptied here: the one in the background is emptied later, and an earlier container's would do.
    : >"$CONTAINER_ERR"
    # Not in_container: a function in the background would be a shell with launcher as its child.
    local NETWORK
    choose_network "$@"
    "${START_BY[@]}" "$LAUNCHER" --verbose --rootfs "$ROOTFS" "${NETWORK[@]}" "$@" </dev/null \
        >"$CONTAINER_OUT" 2>"$CONTAINER_ERR" 3>&- &
    CONTAINER=$!
    wait_until 20 payload_runs_or_ended
    INIT=$(child_of "$CONTAINER")
    [ -n "$INIT" ] || { cat "$CONTAINER_ERR" >&2; return 1; }
    PAYLOAD=$INIT
    if grep -q 'the payload runs under cinit' "$CONTAINER_ERR"; then
        PAYLOAD=$(child_of "$INIT")
    fi
    [ -n "$PAYLOAD" ]
}

payload_runs_or_ended() {
    grep -q 'the payload runs' "$CONTAINER_ERR" || ! kill -0 "$CONTAINER" 2>/dev/null
}

# Kills the container that runs, if any, and waits until launcher has tidied up.
end_container() {
    [ -n "${CONTAINER-}" ] || return 0
    local child
    child=$(child_of "$CONTAINER")
    [ -z "$child" ] || kill -KILL "$child" || true # it may have ended by itself
    wait "$CONTAINER" || true                 # its status is of no interest here
    CONTAINER=
}

# inside PATH: a path as the payload sees it, to be opened from the host.
inside() {
    printf '/proc/%s/root%s\n' "$PAYLOAD" "$1"
}

# namespace TYPE [PID]: "net:[4026531833]", of the caller when no PID is given.
namespace() {
    readlink "/proc/${2:-self}/ns/$1"
}
