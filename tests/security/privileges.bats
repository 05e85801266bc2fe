#!/usr/bin/env bats
# What the payload may do: capabilities, ids, groups, namespaces, kernel parameters.

load ../lib/launcher
load ../lib/attack

bats_require_minimum_version 1.5.0

setup_file() {
    build_attacks new-namespaces
}

teardown() {
    [ -z "${CGROUP-}" ] || rmdir "$CGROUP"/* "$CGROUP" 2>/dev/null || true # most of it isn't there
}

# Inheritable capabilities and a file with inheritable ones make a process that has them again.
# Red when privilege_set_capabilities keeps the caller's.
@test "CVE-2022-29162, 2022-27650, 2022-24769: no capability is inheritable" {
    local init user caller=(setpriv '--inh-caps=+kill,+net_raw' '--ambient-caps=+kill,+net_raw')
    # The caller has some, so there is something to inherit: CAP_KILL is 5, CAP_NET_RAW 13.
    is "$("${caller[@]}" awk '/^CapInh/ { print $2 }' /proc/self/status)" 0000000000002020
    for init in --init --no-init; do
        for user in 0 1000; do
            is "$("${caller[@]}" "$LAUNCHER" --rootfs "$IMAGE" "$init" \
                --user "$user" -- /bin/grep -E '^Cap(Inh|Amb)' /proc/self/status)" \
                $'CapInh:\t0000000000000000\nCapAmb:\t0000000000000000'
        done
    done
}

# What strtoul and atoi make of these is 0, or somebody else. Red when parse_id is one strtoul.
@test "CVE-2026-30892: a user that is no user is refused, not root" {
    local user
    for user in '' : 1: :1 0x0 0x3e8 -0 -1 +0 +1000 ' 0' '0 ' 00x 1000x 1e3 1.0 4294967295 \
        4294967296 4294968296 18446744073709551616 99999999999999999999999999 1000:-1 1000:0x0 \
        1000: 1000::0 1000:1:1 1000:4294967295 1000:4294967296 '1000,' '1000,-1' '1000,,0' $'0\n' $'\n' \
        nosuchuser 1000:nosuchgroup 1000,nosuchgroup; do
        attacked --user "$user" -- /bin/sh -c 'echo RAN; id'
        is "$status" 125
        [[ $output != *RAN* ]]
    done
    attacked --user 1000:4,5 -- /usr/bin/id
    like "$output" '^uid=1000\(user\) gid=4 groups=5\(tty\)'
}

# The same for what the image's own files say. Red when parse_id is one strtoul.
@test "CVE-2026-30892: an entry of /etc/passwd without a valid id is not root's" {
    local entry
    copy_image
    for entry in 'evil:x:::::' 'evil:x:0x0:0::/:' 'evil:x:-1:0::/:' 'evil:x: :0::/:' 'evil:x:a:0::/:' \
        'evil:x:4294967296:0::/:' 'evil:x:1000:4294967296::/:' 'evil:x:1000:::/:' 'evil:x:4294967295:0::/:'; do
        printf '%s\n' "$entry" >"$IMAGE/etc/passwd"
        attacked --user evil -- /bin/sh -c 'echo RAN; id'
        is "$status" 125
        [[ $output != *RAN* ]]
    done
    # A name that looks like an id is one: the image can't make user 1000 somebody else.
    printf '1000:x:0:0::/:\n' >"$IMAGE/etc/passwd"
    attacked --user 1000 -- /usr/bin/id -u
    is "$output" 1000
}

# Red when apply_USER leaves out setgroups.
@test "CVE-2022-2989: the caller's supplementary groups do not stay" {
    local init
    is "$(setpriv --groups 4,27 id -G)" '0 4 27'
    for init in --init --no-init; do
        is "$(setpriv --groups 4,27 "$LAUNCHER" --rootfs "$IMAGE" "$init" -- /usr/bin/id -G)" 0
        is "$(setpriv --groups 4,27 "$LAUNCHER" --rootfs "$IMAGE" "$init" --user 1000 \
            -- /usr/bin/id -G)" 1000
        is "$(setpriv --groups 4,27 "$LAUNCHER" --rootfs "$IMAGE" "$init" --user 1000 \
            --group-add 100 -- /usr/bin/id -G)" '1000 100'
    done
}

# Red when the seccomp policy allows unshare and clone with namespaces: without it they work, and the
# mount in them.
@test "CVE-2022-0492: no user namespace, no mount, no release_agent" {
    local namespaces mount='mount: Operation not permitted
fsopen: Operation not permitted
release_agent: No such file or directory'
    for namespaces in -user +user; do
        attacked --ns "$namespaces" -- /attack/new-namespaces
        is "$output" "clone: Operation not permitted
clone3: Function not implemented
setns: Operation not permitted
$mount
unshare: Operation not permitted
$mount"
    done
    attacked -- /bin/sh -c 'find / -xdev -name release_agent; find /sys -name release_agent'
    is "$output" ''
}

# A directory of the real cgroup tree that the caller may write to is the way out. The host's /sys
# comes in by a bind mount here, because its network namespace is the host's.
# Red when that bind is not recursively read-only ("rro" of standard_mounts).
@test "CVE-2023-25809: rootless, without a cgroup namespace, the host's cgroups are read-only" {
    local directory nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run # for the state, which would go to /tmp
    install --directory --owner=65534 --group=65534 "$XDG_RUNTIME_DIR"
    directory=$(findmnt --noheadings --output TARGET --types cgroup2 | head -n 1)
    CGROUP=$directory/launcher-attack-$$
    mkdir "$CGROUP"
    chown 65534:65534 "$CGROUP"
    chmod 711 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "${BATS_FILE_TMPDIR%/*}" "$BATS_TEST_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
    # The caller may write there, on the host.
    "${nobody[@]}" mkdir "$CGROUP/by-caller"
    run -1 "${nobody[@]}" "$LAUNCHER" --rootfs "$IMAGE" --ns -cgroup --net host \
        -- /bin/mkdir "$CGROUP/by-payload"
    like "$output" 'Read-only file system'
    [ ! -e "$CGROUP/by-payload" ]
}

# The values are those that the host has: should a key get through, that shows and does no harm.
# Red when sysctl.c accepts any path (is_clean_path), control characters, or any namespace.
@test "CVE-2022-0811: one key a value, and only keys of the container's namespaces" {
    local key pattern panic ttl
    pattern=$(sysctl --values kernel.core_pattern)
    panic=$(sysctl --values kernel.panic)
    for key in "kernel.core_pattern=$pattern" "kernel/core_pattern=$pattern" "kernel.panic=$panic" \
        $'net.ipv4.ip_default_ttl=64\n'"kernel.core_pattern=$pattern" \
        "net.ipv4.ip_default_ttl=64+kernel.core_pattern=$pattern"$'\n' \
        $'net.ipv4.ip_default_ttl=64\r'"kernel.panic=$panic" $'net.ipv4.ip_default_ttl\n=64' \
        "net/../kernel/panic=$panic" "net/ipv4/../../kernel/panic=$panic" \
        "kernel.shm/../panic=$panic" "kernel/shm/../panic=$panic" "kernel/msg/../panic=$panic" \
        "fs/mqueue/../../kernel/panic=$panic" "net/./../kernel/panic=$panic" \
        "net//../kernel/panic=$panic" "/kernel/panic=$panic" net/=1 net=1 =1 net.ipv4.ip_default_ttl \
        kernel.semaphore=1 kernel.hostname.=x ../sysrq-trigger=h net/../../sysrq-trigger=h; do
        attacked --sysctl "$key" -- /bin/true
        is "$status" 125
    done
    attacked --net host --sysctl "net.ipv4.ip_default_ttl=$(sysctl --values net.ipv4.ip_default_ttl)" \
        -- /bin/true
    refused 'no net namespace of its own'
    attacked --ns -ipc --sysctl "kernel.msgmax=$(sysctl --values kernel.msgmax)" -- /bin/true
    refused 'no ipc namespace of its own'
    # One that is the container's is set, and only there.
    ttl=$(sysctl --values net.ipv4.ip_default_ttl)
    attacked --sysctl net.ipv4.ip_default_ttl=99 -- /bin/cat /proc/sys/net/ipv4/ip_default_ttl
    is "$output" 99
    is "$(sysctl --values net.ipv4.ip_default_ttl)" "$ttl"
}

# In runc the length of a field wrapped at 64 KiB, and what followed was read as further messages: as
# ids to map. Red when encode.c cuts a length or an offset to 16 bits.
@test "CVE-2021-43784: an environment of more than 64 KiB is data to the last byte" {
    local length big expected
    for length in 65530 65535 65536 65537 70000; do
        big=$(head -c "$length" /dev/zero | tr '\0' A)
        attacked --clear-env -e "BIG=$big" -e LAST=1 -- /usr/bin/env
        expected="BIG=$big"$'\n'LAST=1
        [ "$output" = "$expected" ]
    done
    # Many short ones, on the other hand: offsets above 64 KiB.
    seq --format='V%05g=value' 1 12000 >"$BATS_TEST_TMPDIR/env"
    attacked --clear-env --env-file "$BATS_TEST_TMPDIR/env" -- /usr/bin/env
    [ "$output" = "$(<"$BATS_TEST_TMPDIR/env")" ]
    # And what comes after the environment in the program is as it was.
    attacked --env-file "$BATS_TEST_TMPDIR/env" --user 1000:100 -- \
        /bin/sh -c 'id -u; id -g; grep ^CapPrm /proc/self/status'
    is "$output" $'1000\n100\nCapPrm:\t0000000000000000'
}
