#!/usr/bin/env bats
# No way to the host's devices, whatever the capabilities say: docs/decisions/006-no-devices.md.

load ../lib/launcher

setup() {
    work=$(mktemp -d "$BATS_TEST_TMPDIR/devices.XXXXXX")
    disk=$(mountpoint -d /)
}

# red when: plan_root leaves MOUNT_ATTR_NODEV out
@test "a device node that the image brings along can't be opened" {
    cp -a "$ROOTFS" "$work/rootfs"
    mknod "$work/rootfs/evil" c 1 5
    run "$LAUNCHER" --rootfs "$work/rootfs" -- dd if=/evil of=/dev/null bs=1 count=1
    [ "$status" -ne 0 ]
    like "$output" "Permission denied"
}

# red when: the policy allows mknod and mknodat without a look at their arguments
@test "root in the container can't make a node of the host's disk, in /dev either" {
    for node in /dev/evil /tmp/evil; do
        run in_container -- mknod "$node" b "${disk%:*}" "${disk#*:}"
        [ "$status" -ne 0 ]
        like "$output" "Operation not permitted"
    done
}

@test "nor a character device such as mem or kmsg" {
    for minor in 1 11; do
        run in_container -- mknod /dev/evil c 1 "$minor"
        [ "$status" -ne 0 ]
        like "$output" "Operation not permitted"
    done
}

@test "FIFOs and the harmless devices can be made" {
    run in_container --tmpfs /work -- sh -c \
        'mkfifo /work/fifo && mknod /work/null c 1 3 && mknod /dev/zero2 c 1 5 && head -c 1 /dev/zero2 | wc -c'
    [ "$status" -eq 0 ]
    is "$output" 1
}

# red when: decide_capabilities keeps CAP_MKNOD (bit 27) without the default policy
@test "without the default policy CAP_MKNOD is given only when it is asked for by name" {
    run in_container --seccomp unconfined -- grep CapBnd /proc/self/status
    is "$output" $'CapBnd:\t00000000a00425fb'
    run in_container --seccomp unconfined --cap-add mknod -- grep CapBnd /proc/self/status
    is "$output" $'CapBnd:\t00000000a80425fb'
}
