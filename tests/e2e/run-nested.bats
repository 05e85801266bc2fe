#!/usr/bin/env bats
# Row R25: a launcher in a container starts containers.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/container

# The outer container: launcher itself at /mnt, and room for state.
outer()
{
    in_container -v "$LAUNCHER_DIRECTORY:/mnt:ro" --tmpfs /run --hostname outer "$@"
}

setup()
{
    LAUNCHER_DIRECTORY=$BATS_TEST_TMPDIR/bin
    mkdir "$LAUNCHER_DIRECTORY"
    cp "$LAUNCHER" "$LAUNCHER_DIRECTORY/launcher"
}

teardown()
{
    end_container
}

# What makes an outer container able to hold others: the right to do so, and a policy that lets
# clone3 and pivot_root pass.
# shellcheck disable=SC2054 # the comma is the option's
capable=(--cap-add ALL --seccomp unconfined)

@test "as root: the inner container has its own names, processes and exit status" {
    run -42 outer "${capable[@]}" -- /mnt/launcher run --hostname inner --rootfs / --net none /bin/sh -c \
        'ps -o pid,ppid,comm; uname -n; exit 42'
    is "$(tr -s ' ' <<<"$output" | sed 's/^ //; s/ $//')" "PID PPID COMMAND
1 0 memfd:cinit
2 1 sh
3 2 ps
inner"
}

@test "three deep: every one has namespaces of its own" {
    run -0 outer "${capable[@]}" -- /bin/sh -c '
        show="readlink /proc/self/ns/pid; readlink /proc/self/ns/mnt; readlink /proc/self/ns/net; uname -n"
        sh -c "$show"
        /mnt/launcher --rootfs / --net none '"${capable[*]}"' -v /mnt:/mnt --tmpfs /run --hostname second -- \
            /bin/sh -c "$show; /mnt/launcher --rootfs / --net none --hostname third -- /bin/sh -c \"$show\""'
    is "${#lines[@]}" 12
    is "$(printf '%s\n' "${lines[@]}" | sort -u | wc -l)" 12
    is "${lines[3]} ${lines[7]} ${lines[11]}" "outer second third"
    run ! grep -qxF "$(readlink /proc/self/ns/pid)" <<<"$output"
}

@test "in a user namespace: no capability of the outer one is needed" {
    run -0 outer --seccomp unconfined --unmask all -- /mnt/launcher --rootfs / --net none --hostname inner -- \
        /bin/sh -c 'id -u; uname -n; tr -s " " </proc/self/uid_map'
    # One id, its own: the outer container's root lacks CAP_SYS_ADMIN, so it is no more than a user.
    is "$output" "0
inner
 0 0 1"
}

@test "the inner container is limited by its own defaults" {
    run -0 outer "${capable[@]}" -- /mnt/launcher --rootfs / --net none -- /bin/grep -E '^(CapEff|NoNewPrivs|Seccomp):' \
        /proc/self/status
    is "$(tr -s '\t ' ' ' <<<"$output")" "CapEff: 00000000a80425fb
NoNewPrivs: 1
Seccomp: 2"
}

@test "nothing of the inner one is left in the outer one" {
    run -0 outer "${capable[@]}" -- /bin/sh -c '
        cat /proc/self/mountinfo >/run/before
        /mnt/launcher --rootfs / --net none --tmpfs /tmp -- /bin/true
        cmp /run/before /proc/self/mountinfo && find /run/launcher -mindepth 1'
    is "$output" ""
}

# The inner payload as the host sees it: nothing else has exactly this command line.
inner_runs()
{
    pgrep --full --exact '/bin/sleep 7654321' >/dev/null
}

inner_is_gone()
{
    ! inner_runs
}

@test "ending the outer container ends the inner one" {
    start_container -v "$LAUNCHER_DIRECTORY:/mnt:ro" --tmpfs /run "${capable[@]}" -- \
        /mnt/launcher --rootfs / --net none -- /bin/sleep 7654321
    wait_until 20 inner_runs
    kill -KILL "$CONTAINER"
    wait_until 20 inner_is_gone
    wait "$CONTAINER" || true # killed: 137
    CONTAINER=
    run -0 "$LAUNCHER" gc
}

@test "a signal passes through both" {
    start_container -v "$LAUNCHER_DIRECTORY:/mnt:ro" --tmpfs /run "${capable[@]}" -- \
        /mnt/launcher --rootfs / --net none -- /bin/sh -c 'trap "exit 9" TERM; echo go; while :; do sleep 0.05; done'
    wait_until 20 grep -q go "$CONTAINER_OUT"
    kill -TERM "$CONTAINER"
    local status=0
    wait "$CONTAINER" || status=$?
    CONTAINER=
    is "$status" 9
}

@test "in a container with the default restrictions it says which option is missing" {
    run -125 outer -- /mnt/launcher --rootfs / --net none -- /bin/true
    like "$output" 'namespaces for a new process: clone3: Function not implemented'
    like "$output" 'hint: .*--seccomp unconfined'
    run -125 outer --cap-add ALL -- /mnt/launcher --rootfs / --net none -- /bin/true
    like "$output" 'pivot_root.*: Operation not permitted'
    like "$output" 'hint: .*--seccomp unconfined'
    run -125 outer --seccomp unconfined --cap-add sys_admin -- /mnt/launcher --rootfs / --net none -- /bin/true
    like "$output" 'loopback interface.*: Operation not permitted'
    like "$output" 'hint: .*--cap-add net_admin'
    run -125 outer --seccomp unconfined --cap-add ALL --cap-drop mknod -- \
        /mnt/launcher --rootfs / --net none -- /bin/true
    like "$output" '/dev/null: Operation not permitted'
    like "$output" 'hint: .*--cap-add mknod'
    run -125 outer --seccomp unconfined -- /mnt/launcher --rootfs / --net none -- /bin/true
    like "$output" 'mounting proc on /proc: Operation not permitted'
    like "$output" 'hint: .*fully visible'
}
