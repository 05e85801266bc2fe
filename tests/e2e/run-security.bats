#!/usr/bin/env bats
# Row R15: what the payload may do. The defaults are docker's, and each can be switched off alone.

bats_require_minimum_version 1.5.0
load ../lib/launcher

DOCKER_CAPABILITIES=00000000a80425fb
NONE=0000000000000000

# status_of FIELD [OPTION...]: a field of the payload's /proc/PID/status
status_of()
{
    local field=$1
    shift
    in_container "$@" -- /bin/grep "^$field:" /proc/self/status | cut -f 2
}

# All five sets: inheritable, permitted, effective, bounding, ambient.
capabilities()
{
    in_container "$@" -- /bin/grep ^Cap /proc/self/status | cut -f 2 | paste -sd ' '
}

@test "the default capabilities are docker's, and none is inheritable or ambient" {
    is "$(capabilities)" "$NONE $DOCKER_CAPABILITIES $DOCKER_CAPABILITIES $DOCKER_CAPABILITIES $NONE"
    is "$(capabilities --no-init)" \
        "$NONE $DOCKER_CAPABILITIES $DOCKER_CAPABILITIES $DOCKER_CAPABILITIES $NONE"
}

@test "--cap-drop takes each of them away, alone, from every set" {
    local name bit wanted
    while read -r bit name; do
        wanted=$(printf '%016x' $((0x$DOCKER_CAPABILITIES & ~(1 << bit))))
        is "$name $(capabilities --cap-drop "$name")" "$name $NONE $wanted $wanted $wanted $NONE"
    done <<'END'
0 chown
1 CAP_DAC_OVERRIDE
3 cap_fowner
4 FSETID
5 kill
6 setgid
7 setuid
8 setpcap
10 net_bind_service
13 net_raw
18 sys_chroot
27 mknod
29 audit_write
31 setfcap
END
    is "$(capabilities --cap-drop ALL)" "$NONE $NONE $NONE $NONE $NONE"
}

@test "--cap-add adds; ALL and drop, or drop ALL and add, make exactly the rest" {
    local all
    is "$(capabilities --cap-add net_admin)" "$NONE 00000000a80435fb 00000000a80435fb 00000000a80435fb $NONE"
    is "$(capabilities --cap-drop ALL --cap-add net_admin,sys_time)" \
        "$NONE 0000000002001000 0000000002001000 0000000002001000 $NONE"
    all=$(awk '/^CapBnd/ { print $2 }' /proc/self/status)
    is "$(capabilities --cap-add ALL)" "$NONE $all $all $all $NONE"
    all=$(printf '%016x' $((0x$all & ~(1 << 21))))
    is "$(capabilities --cap-add ALL --cap-drop sys_admin)" "$NONE $all $all $all $NONE"
}

@test "a capability that was dropped is really missing, one that was added really there" {
    run -0 in_container -- /bin/sh -c 'cd /tmp && >bats && chown 5 bats; rm bats'
    run in_container --cap-drop chown -- /bin/sh -c 'cd /tmp && >bats && chown 5 bats; rm bats'
    like "$output" 'Operation not permitted'
    run in_container --cap-add sys_admin -- /bin/sh -c 'mount -t tmpfs x /mnt && echo mounted'
    is "$output" mounted
}

@test "an unknown capability is refused" {
    run -125 in_container --cap-add net_admim -- /bin/true
    like "$output" 'no capability "net_admim"'
}

@test "no_new_privs is on, and can be switched off" {
    is "$(status_of NoNewPrivs)" 1
    is "$(status_of NoNewPrivs --no-new-privs on)" 1
    is "$(status_of NoNewPrivs --no-new-privs off)" 0
}

@test "with no_new_privs a setuid program gives nothing, without it does" {
    local rootfs=$BATS_TEST_TMPDIR/rootfs
    cp -a "$ROOTFS" "$rootfs"
    musl-gcc -static -x c -o "$rootfs/bin/effective" - <<'END'
#include <stdio.h>
#include <unistd.h>
int main(void) { return printf("%d %d\n", (int)getuid(), (int)geteuid()) < 0; }
END
    chmod 4755 "$rootfs/bin/effective"
    ROOTFS=$rootfs
    run -0 in_container --user user -- effective
    is "$output" "1000 1000"
    run -0 in_container --user user --no-new-privs off -- effective
    is "$output" "1000 0"
}

@test "seccomp is on with docker's policy, and can be switched off" {
    is "$(status_of Seccomp) $(status_of Seccomp_filters)" "2 1"
    is "$(status_of Seccomp --seccomp default) $(status_of Seccomp_filters --seccomp default)" "2 1"
    is "$(status_of Seccomp --seccomp unconfined)" 0
    is "$(status_of Seccomp --no-new-privs off)" 2
    run -125 in_container --seccomp whatever -- /bin/true
}

@test "the policy denies what docker's denies, by itself: the capability is there" {
    # pivot_root is in no list of docker's, mount is allowed to CAP_SYS_ADMIN.
    local attempt='mount -t tmpfs x /mnt && mkdir /mnt/old && cd /mnt && pivot_root . old && echo finished'
    run in_container --cap-add ALL -- /bin/sh -c "$attempt"
    like "$output" 'pivot_root: .*Operation not permitted'
    run -0 in_container --cap-add ALL --seccomp unconfined -- /bin/sh -c "$attempt"
    is "$output" finished
    run in_container -- /bin/sh -c 'unshare -U true'
    like "$output" 'Operation not permitted'
    run -0 in_container --seccomp unconfined -- /bin/sh -c 'unshare -U true && echo finished'
    is "$output" finished
}

# Masked files are empty devices, masked directories empty file systems.
masked()
{
    in_container "$@" -- /bin/sh -c 'for path in /proc/asound /proc/acpi /proc/interrupts /proc/kcore \
        /proc/keys /proc/latency_stats /proc/timer_list /proc/timer_stats /proc/sched_debug /proc/scsi \
        /sys/firmware /sys/devices/virtual/powercap; do
            if [ -d $path ]; then [ -z "$(ls -A $path)" ] && echo $path
            elif [ -c $path ]; then echo $path; fi
        done; true'
}

@test "what tells too much about the machine is masked, and can be uncovered one by one" {
    local present wanted
    wanted=$(for path in /proc/asound /proc/acpi /proc/interrupts /proc/kcore /proc/keys \
        /proc/latency_stats /proc/timer_list /proc/timer_stats /proc/sched_debug /proc/scsi \
        /sys/firmware /sys/devices/virtual/powercap; do
        [ ! -e "$path" ] || echo "$path"
    done)
    like "$wanted" /proc/interrupts # every kernel has it
    is "$(masked)" "$wanted"
    present=$(masked --unmask /proc/interrupts)
    is "$present" "$(grep -v /proc/interrupts <<<"$wanted")"
    run -0 in_container --unmask /proc/interrupts -- /bin/grep -c CPU0 /proc/interrupts
    is "$output" 1
}

@test "--unmask all uncovers everything, and makes /proc/sys writable" {
    run -0 in_container --unmask all -- /bin/sh -c \
        'cat /proc/self/mountinfo; echo bats-unmasked >/proc/sys/kernel/hostname && uname -n'
    is "$(grep -c ' /proc/\| /sys/' <<<"$output")" 0
    is "$(tail -n 1 <<<"$output")" bats-unmasked
    run in_container -- /bin/sh -c 'echo bats-unmasked >/proc/sys/kernel/hostname'
    like "$output" 'Read-only file system'
}

@test "--sysctl sets what belongs to the container, and the host keeps its own" {
    local forward
    forward=$(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax)
    run -0 in_container --sysctl net.ipv4.ip_forward=1 --sysctl kernel.shmmax=12345 \
        --sysctl net.ipv4.ip_unprivileged_port_start=80 -- /bin/sh -c 'cd /proc/sys
        cat net/ipv4/ip_forward kernel/shmmax net/ipv4/ip_unprivileged_port_start'
    is "$output" "1
12345
80"
    is "$(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax)" "$forward"
}

@test "--sysctl refuses what belongs to the whole machine, and what needs a namespace of its own" {
    local setting
    for setting in kernel.core_pattern=x vm.swappiness=1 fs.file-max=1 kernel.panic=1; do
        run -125 in_container --sysctl "$setting" -- /bin/true
        like "$output" 'belongs to the whole machine'
    done
    run -125 in_container --net host --sysctl net.ipv4.ip_forward=1 -- /bin/true
    run -125 in_container --ns -ipc --sysctl kernel.shmmax=1 -- /bin/true
    run -125 in_container --sysctl $'net.ipv4.ip_forward=1\nkernel.panic=1' -- /bin/true
    run -125 in_container --sysctl net.ipv4.ip_forward=abc -- /bin/true
    like "$output" 'setting the sysctl net/ipv4/ip_forward to abc: Invalid argument'
}
