#!/usr/bin/env bash
# tests/vm/inside.sh - the main job's limits on a real cgroup v2, as TAP. Runs as root in the guest
# of vmtest, started by tests/vm/v2.
#
# A payload and this script take turns over two fifos: the payload says a line and waits for an
# answer, and in between this script looks at the container from the host's side.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

readonly LAUNCHER=$PWD/build/launcher ROOTFS=$PWD/build/rootfs
readonly CGROUPS=/sys/fs/cgroup TRACING=/sys/kernel/tracing
WORK=$(mktemp -d)
mkfifo "$WORK/to" "$WORK/from"

count=0
failed=0

# ok NAME COMMAND...: the check NAME passes when COMMAND does
ok()
{
    local name=$1
    shift
    count=$((count + 1))
    if "$@" >"$WORK/stdout"; then
        echo "ok $count - $name"
    else
        echo "not ok $count - $name"
        echo "# failed: $*"
        sed 's/^/# stdout: /' "$WORK/stdout"
        sed 's/^/# stderr: /' "$WORK/stderr"
        failed=1
    fi
}

# is NAME GOT EXPECTED
is()
{
    ok "$1" [ "$2" = "$3" ]
}

# start OPTION... -- COMMAND...: a container in the background, with the fifos as stdin and stdout
start()
{
    "$LAUNCHER" --rootfs "$ROOTFS" --net none "$@" <"$WORK/to" >"$WORK/from" 2>"$WORK/stderr" &
    pid=$!
    exec 3>"$WORK/to" 4<"$WORK/from"
}

# Reads the payload's next line into $line. At its end the payload is waiting for answer.
hear()
{
    line=
    read -r line <&4
}

answer()
{
    echo go >&3
}

# Waits for the container's end: its exit status is in $status then.
finish()
{
    status=0
    wait "$pid" 2>/dev/null || status=$?
    exec 3>&- 4<&-
}

# run OPTION... -- COMMAND...: a container in the foreground; $status
run()
{
    status=0
    "$LAUNCHER" --rootfs "$ROOTFS" --net none "$@" </dev/null >"$WORK/stdout" 2>"$WORK/stderr" || status=$?
}

container_cgroups()
{
    find "$CGROUPS" -mindepth 1 -maxdepth 1 -name 'launcher-*'
}

# event FILE KEY: one number of a file like memory.events
event()
{
    awk -v key="$2" '$1 == key { print $2 }' "$cgroup/$1"
}

# shellcheck disable=SC2317  # called by ok
all_in_cgroup()
{
    local member
    for member in "$@"; do
        [ "$(cat "/proc/$member/cgroup")" = "0::/${cgroup##*/}" ] || return 1
    done
}

# ---- the limits, seen while the container runs

# In the kernel's trace, an attach is a process that is moved to another cgroup; one that is cloned
# into its cgroup makes none. A process that we move ourselves shows that the trace works.
watch_moves()
{
    echo 1 >"$TRACING/events/cgroup/cgroup_attach_task/enable"
    : >"$TRACING/trace"
}

moves_to()
{
    grep -c "cgroup_attach_task:.*dst_path=/$1 " "$TRACING/trace"
}

test_trace_works()
{
    mkdir "$CGROUPS/control"
    sh -c "echo \$\$ >$CGROUPS/control/cgroup.procs"
    is 'the trace shows a process that is moved into a cgroup' "$(moves_to control)" 1
    rmdir "$CGROUPS/control"
}

test_limits()
{
    start -m 64m --cpus 0.5 --pids 32 -- /bin/sh -c \
        'cat /proc/self/cgroup; read line; timeout 1 sh -c "while :; do :; done"
         echo spun; read line; exit 42'
    hear
    is 'the payload sees its cgroup as the root of all' "$line" 0::/
    is 'there is one cgroup for the container' "$(container_cgroups | wc -l)" 1
    cgroup=$(container_cgroups)
    is 'memory.max holds the value' "$(cat "$cgroup/memory.max")" $((64 * 1024 * 1024))
    is 'memory.swap.max forbids swap' "$(cat "$cgroup/memory.swap.max")" 0
    is 'cpu.max holds quota and period' "$(cat "$cgroup/cpu.max")" '50000 100000'
    is 'pids.max holds the value' "$(cat "$cgroup/pids.max")" 32
    mapfile -t members <"$cgroup/cgroup.procs"
    is 'cinit and the payload are in the cgroup, and launcher is not' "${#members[@]}" 2
    ok 'the processes name the cgroup as theirs' all_in_cgroup "${members[@]}"
    is 'no process was moved into the cgroup: all were born there' "$(moves_to "${cgroup##*/}")" 0
    mkdir -p "$cgroup/by-the-payload/below"
    answer
    hear
    ok 'a payload that spins is throttled' [ "$(event cpu.stat nr_throttled)" -gt 0 ]
    answer
    finish
    is 'the exit status passes' "$status" 42
    is 'the cgroup is removed, with those made below it' "$(container_cgroups)" ''
}

test_memory_hog()
{
    run -m 64m -- /bin/sh -c 'exec dd if=/dev/zero of=/dev/null bs=128M count=1'
    is 'a payload that takes 128 MiB is killed' "$status" 137

    start -m 64m -- /bin/sh -c \
        'dd if=/dev/zero of=/dev/null bs=128M count=1 2>/dev/null; echo $?; read line'
    hear
    is 'a child of the payload that takes 128 MiB is killed' "$line" 137
    cgroup=$(container_cgroups)
    is 'memory.events counts the kill' "$(event memory.events oom_kill)" 1
    answer
    finish
    run -m 256m -- /bin/sh -c 'exec dd if=/dev/zero of=/dev/null bs=128M count=1'
    is 'with 256 MiB the same payload lives' "$status" 0
}

test_fork_limit()
{
    # shellcheck disable=SC2016  # $i is the payload's
    start --pids 32 -- /bin/sh -c \
        '(i=0; while [ $i -lt 40 ]; do sleep 1000 & i=$((i + 1)); done) 2>/dev/null
         echo $?; read line'
    hear
    is 'the 33rd process is refused' "$line" 2
    cgroup=$(container_cgroups)
    ok 'pids.events counts the refusal' [ "$(event pids.events max)" -gt 0 ]
    answer
    finish
    is 'the processes that were left over are gone with the cgroup' "$(container_cgroups)" ''
}

# ---- bad days

test_killed_launcher()
{
    start --pids 32 -- /bin/sh -c 'echo ready; read line; read line'
    hear
    kill -KILL "$pid"
    finish
    is 'launcher was killed' "$status" 137
    ok 'gc finds what was left behind' "$LAUNCHER" gc
    is 'gc removes the cgroup of a launcher that was killed' "$(container_cgroups)" ''
}

test_disabled_controllers()
{
    local controllers=('pids' 'memory' 'cpu')
    echo "${controllers[@]/#/-}" >"$CGROUPS/cgroup.subtree_control"
    is 'a fresh host has not enabled the memory controller' \
        "$(grep -cw memory "$CGROUPS/cgroup.subtree_control")" 0
    run -m 64m --cpus 0.5 --pids 32 -- /bin/true
    is 'controllers that nobody enabled yet are enabled' "$status" 0
}

# A container that was given a cgroup of its own as root: processes sit in that very cgroup, the shell
# that started launcher for one.
test_busy_root()
{
    mkdir "$CGROUPS/box"
    status=0
    sh -c "echo \$\$ >$CGROUPS/box/cgroup.procs
           exec unshare --mount --cgroup sh -c 'umount -l $CGROUPS &&
               mount -t cgroup2 none $CGROUPS &&
               { $LAUNCHER --rootfs $ROOTFS --net none -m 64m -- /bin/true; exit; }'" 2>"$WORK/stderr" || status=$?
    is 'a root that holds processes is an error of launcher' "$status" 125
    ok 'the error names the file' grep -q "$CGROUPS/cgroup.subtree_control" "$WORK/stderr"
    ok 'the error says what to do' grep -q 'hint:.*holds processes' "$WORK/stderr"
    is 'nothing is left in that root' "$(find "$CGROUPS/box" -mindepth 1 -type d)" ''
    rmdir "$CGROUPS/box"
}

main()
{
    : >"$WORK/stderr"
    tests/host-snapshot >"$WORK/before"
    watch_moves
    test_trace_works
    test_limits
    test_memory_hog
    test_fork_limit
    test_killed_launcher
    test_disabled_controllers
    test_busy_root
    tests/host-snapshot >"$WORK/after"
    ok 'the host is as it was' diff "$WORK/before" "$WORK/after"
    echo "1..$count"
    exit "$failed"
}

main
