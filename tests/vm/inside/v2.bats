#!/usr/bin/env bats
# What only cgroup v2 has, or has differently; tests/vm/v2 runs this in the guest.

bats_require_minimum_version 1.5.0
load ../../lib/launcher
load ../../lib/container
load ../../lib/cgroup

NAME=bats-v2
TREE=bats-tree
CGROUPS=/sys/fs/cgroup

setup_file()
{
    [ "${VMTEST-}" = 1 ] # changes the whole machine: only for one that is thrown away
}

teardown()
{
    end_container
    "$LAUNCHER" cgroup rm --kill $TREE 2>/dev/null || true # most tests have none left
    is "$(cgroups_named "launcher-*")" ""
}

cgroup()
{
    "$LAUNCHER" cgroup "$@"
}

# as_user_in CGROUP COMMAND...: an ordinary user, alone in that cgroup.
as_user_in()
{
    local place=$CGROUPS/$1
    shift
    mkdir -p /run/ordinary
    chown 65534:65534 /run/ordinary
    sh -c 'echo $$ >"$0/cgroup.procs" && exec setpriv --reuid 65534 --regid 65534 --clear-groups \
        env XDG_RUNTIME_DIR=/run/ordinary "$@"' "$place" "$@"
}

# ---- threaded domains

@test "a threaded cgroup, and one that has threaded ones below, are refused with the reason" {
    cgroup create $TREE
    mkdir $CGROUPS/$TREE/threads
    echo threaded >$CGROUPS/$TREE/threads/cgroup.type
    local options
    for options in "--pids 9" "-m 50m" "--cpus 1"; do
        # shellcheck disable=SC2086 # two words
        run -125 in_container --name $NAME --cgroup-parent $TREE/threads $options -- /bin/echo ran
        like "$output" "use the cgroup .*$TREE/threads/launcher-$NAME, whose type is \"domain invalid\": (Not supported|Operation not supported)"
        like "$output" "hint: a container can't live in a threaded cgroup or below one"
    done
    run -125 in_container --name $NAME --cgroup $TREE/threads -- /bin/echo ran
    like "$output" "$TREE/threads, whose type is \"threaded\""
}

# ---- controllers from the top down

@test "--cgroup-parent: controllers that nobody above hands down are enabled from the top" {
    mkdir -p $CGROUPS/$TREE/a/b
    is "$(cat $CGROUPS/$TREE/a/b/cgroup.controllers)" ""
    start_container --name $NAME --cgroup-parent $TREE/a/b -m 50m --pids 9 -- /bin/sleep 1000
    is "$(in_cgroups memory.max launcher-$NAME)" $((50 * 1024 * 1024))
    end_container
    # one with processes in between is in the way
    mkdir -p $CGROUPS/$TREE/busy/b
    sleep 1000 3>&- &
    local sleeper=$!
    echo $sleeper >$CGROUPS/$TREE/busy/cgroup.procs
    for option in -m=50m --pids=9 --cpus=1; do # the last two would make it threaded
        run -125 in_container --name $NAME --cgroup-parent $TREE/busy/b $option -- /bin/echo ran
        like "$output" "to $CGROUPS/$TREE/busy/cgroup.subtree_control: Resource busy"
        like "$output" "hint: it holds processes \($sleeper \(sleep\)\)"
    done
    is "$(cat $CGROUPS/$TREE/busy/cgroup.type)" domain
    kill $sleeper
}

# ---- swap

@test "-m bounds swap: with swap free, a hog is killed all the same, and swaps nothing" {
    [ "$(awk '/^SwapTotal/ { print $2 }' /proc/meminfo)" -gt 100000 ]
    start_container --name $NAME -m 50m -- /bin/sh -c \
        'busybox dd if=/dev/zero of=/dev/null bs=80M count=1 2>/dev/null; echo $?; exec sleep 1000'
    ended() { [ -s "$CONTAINER_OUT" ]; }
    wait_until 60 ended
    is "$(cat "$CONTAINER_OUT")" 137
    is "$(in_cgroups memory.swap.peak launcher-$NAME)" 0
    end_container
    run -0 in_container --name $NAME -m 50m --memory-swap 130m -- busybox dd if=/dev/zero of=/dev/null bs=80M count=1
}

@test "--oom-group: one process too large, and all of the container goes" {
    run -137 in_container --name $NAME -m 50m --oom-group --report "$BATS_TEST_TMPDIR/report" -- \
        /bin/sh -c 'busybox dd if=/dev/zero of=/dev/null bs=80M count=1; echo lived'
    like "$output" 'launcher: the container was killed by the memory limit \(50 MiB; peak 50 MiB, oom_kill [3-5]\)'
    run ! grep lived <<<"$output"
    is "$(number "$BATS_TEST_TMPDIR/report" status) $(number "$BATS_TEST_TMPDIR/report" cause)" "137 memory-limit"
}

@test "an OOM kill in a cgroup that the payload made is counted" {
    run -0 in_container --name $NAME -m 50m --cgroup-delegate --report "$BATS_TEST_TMPDIR/report" -- /bin/sh -c '
        mkdir /sys/fs/cgroup/below
        (sh -c "echo \$PPID" >/sys/fs/cgroup/below/cgroup.procs
         exec busybox dd if=/dev/zero of=/dev/null bs=80M count=1); true'
    is "$(number "$BATS_TEST_TMPDIR/report" memory.oom_kills)" 1
}

# ---- delegation

@test "--cgroup-delegate: the payload divides its cgroup, and cannot raise its limits" {
    # shellcheck disable=SC2016 # the payload's own
    run -0 in_container --name $NAME -m 50m --pids 20 --cgroup-delegate -- /bin/sh -ec '
        cd /sys/fs/cgroup
        cat /proc/self/cgroup
        mkdir own
        for pid in $(cat cgroup.procs); do echo $pid >own/cgroup.procs 2>/dev/null || true; done
        echo "+memory +pids" >cgroup.subtree_control
        mkdir small
        echo 20M >small/memory.max
        cat small/memory.max
        cat memory.max
        echo max >memory.max 2>/dev/null || true
        (sh -c "echo \$PPID" >small/cgroup.procs; exec busybox dd if=/dev/zero of=/dev/null bs=30M count=1) || echo killed small
        busybox dd if=/dev/zero of=/dev/null bs=80M count=1 || echo killed whole'
    is "$(head -n 4 <<<"$output")" "0::/
20971520
max
Killed"
    like "$output" 'killed small'
    like "$output" 'killed whole'
    run -0 in_container --name $NAME -m 50m -- /bin/sh -c 'ls /sys/fs/cgroup; mount | grep -c cgroup || true'
    is "$output" 0
}

@test "--cgroup-delegate in a user namespace: the files belong to the container's root" {
    run -0 in_container --name $NAME -m 50m --ns +user --cgroup-delegate -- /bin/sh -c \
        'stat -c %u /sys/fs/cgroup /sys/fs/cgroup/cgroup.procs; mkdir /sys/fs/cgroup/x && echo made'
    is "$output" "0
0
made"
}

@test "an ordinary user in a part of the tree that was handed to him: limits without any option" {
    cgroup create $TREE/user/shell
    cgroup delegate $TREE/user 65534:65534
    cgroup delegate $TREE/user/shell 65534:65534
    run -137 as_user_in $TREE/user/shell "$LAUNCHER" --rootfs "$ROOTFS" --net none --name $NAME -m 50m --pids 9 -- \
        busybox dd if=/dev/zero of=/dev/null bs=80M count=1
    is "$output" "launcher: the payload was killed by the memory limit (50 MiB; peak 50 MiB, oom_kill 1)"
    is "$(find $CGROUPS/$TREE/user -type d | wc -l)" 2
    # from outside of it he can't
    run -125 setpriv --reuid 65534 --regid 65534 --clear-groups env XDG_RUNTIME_DIR=/run/ordinary \
        "$LAUNCHER" --rootfs "$ROOTFS" --net none --name $NAME --cgroup-parent $TREE/user -m 50m -- /bin/echo ran
    like "$output" 'clone3: Permission denied'
    like "$output" 'hint: an ordinary user may start processes only within the part of the tree'
    is "$(find $CGROUPS/$TREE/user -type d | wc -l)" 2
}

@test "alone in a cgroup, launcher steps aside into a leaf, and comes back" {
    cgroup create $TREE/solo
    cgroup delegate $TREE/solo 65534:65534
    run -0 as_user_in $TREE/solo "$LAUNCHER" --rootfs "$ROOTFS" --net none --name $NAME -m 50m -- /bin/sh -c 'echo ran'
    is "$output" ran
    is "$(find $CGROUPS/$TREE/solo -mindepth 1 -type d)" ""
    is "$(cat $CGROUPS/$TREE/solo/cgroup.subtree_control)" ""
    # somebody else in there is in the way
    sleep 1000 3>&- &
    echo $! >$CGROUPS/$TREE/solo/cgroup.procs
    run -125 as_user_in $TREE/solo "$LAUNCHER" --rootfs "$ROOTFS" --net none --name $NAME -m 50m -- /bin/echo ran
    like "$output" "$TREE/solo/cgroup.subtree_control: Resource busy"
    like "$output" "hint: it holds processes \($! \(sleep\)"
    kill $!
}

# ---- disks

@test "--io: a partition means its whole disk" {
    loop_disk 8M
    # the one entry of a partition table: type 83, from sector 2048 on, 4096 sectors
    printf '\0\0\0\0\203\0\0\0\0\10\0\0\0\20\0\0' | dd of="$DISK_FILE" bs=1 seek=446 conv=notrunc status=none
    printf '\125\252' | dd of="$DISK_FILE" bs=1 seek=510 conv=notrunc status=none
    losetup --detach "$DISK"
    DISK=$(losetup --find --show --partscan "$DISK_FILE")
    wait_until 10 test -e "/sys/class/block/${DISK##*/}p1/dev"
    run -0 "$LAUNCHER" plan --rootfs "$ROOTFS" --io "$(cat "/sys/class/block/${DISK##*/}p1/dev"):rbps=1m" -- /bin/true
    like "$output" "io +$(lsblk --noheadings --nodeps --output MAJ:MIN "$DISK" | tr -d ' ') rbps 1048576"
    remove_disk
}
