#!/usr/bin/env bats
# Images and volumes whose paths lead elsewhere: to files of the host, or to files of the kernel.

load ../lib/launcher
load ../lib/attack

setup_file() {
    build_attacks open-masked
}

setup() {
    copy_image
    # The prize: a directory of the host, which the image reaches by the same path.
    HOST=$BATS_TEST_TMPDIR/host
    VOLUME=$BATS_TEST_TMPDIR/volume
    mkdir "$HOST" "$VOLUME"
}

# The same path exists in the image, so that a link that is followed below the root arrives, too.
# Red when plan_mounts.c does not ask for MOUNT_NO_SYMLINKS.
@test "CVE-2019-16884, 2023-27561, 2026-41579, 2026-47766: /proc, /sys or /dev is a symlink" {
    local name target
    mkdir -p "$IMAGE$HOST" "$IMAGE/x"
    for name in proc sys dev; do
        for target in "$HOST" /x x "../../../../../../../../..$HOST"; do
            mv "$IMAGE/$name" "$BATS_TEST_TMPDIR/kept"
            ln -s "$target" "$IMAGE/$name"
            attacked -- /bin/true
            refused "on /$name: Symbolic link loop"
            rm "$IMAGE/$name"
            mv "$BATS_TEST_TMPDIR/kept" "$IMAGE/$name"
        done
    done
    nothing_in "$HOST"
    nothing_in "$IMAGE$HOST"
    nothing_in "$IMAGE/x"
}

# Another spelling of the destination must not get round that. Red when it is compared before it is
# made tidy, and when MOUNT_NO_SYMLINKS is missing.
@test "CVE-2026-41579: /dev is a symlink, and a mount of the caller's goes there" {
    local destination
    mkdir -p "$IMAGE$HOST"
    link_instead /dev "$HOST"
    for destination in /dev /dev/ //dev /./dev; do
        attacked --tmpfs "$destination" -- /bin/true
        is "$status" 125
        attacked -v "$VOLUME:$destination" -- /bin/true
        is "$status" 125
    done
    nothing_in "$HOST"
    nothing_in "$VOLUME"
}

# Red when spec_validate.c's check_proc is left out.
@test "CVE-2019-19921: a volume over /proc or in it" {
    local destination
    for destination in /proc /proc/ /proc/self /proc/sys /proc/kcore /proc/sys/kernel /./proc; do
        attacked -v "$VOLUME:$destination" -- /bin/true
        is "$status" 125
        # shellcheck disable=SC2154 # set by attacked
        like "$errors" '/proc'
        attacked --tmpfs "$destination" -- /bin/true
        is "$status" 125
    done
}

# The destination is harmless, the image makes it /proc. Red when apply_mount.c's refuse_procfs is
# left out.
@test "CVE-2019-19921: a volume that a symlink of the image leads to /proc" {
    local target
    echo fake >"$VOLUME/file"
    for target in /proc /proc/self /proc/sys proc/sys/kernel /proc/1 /proc/fs; do
        link_instead /data "$target"
        attacked -v "$VOLUME:/data" -- /bin/true
        refused 'on /data: Cross-device link'
        attacked --tmpfs /data -- /bin/true
        refused 'on /data: Cross-device link'
    done
    link_instead /data /proc/sys/kernel/hostname
    attacked -v "$VOLUME/file:/data" -- /bin/true
    refused 'on /data: Cross-device link'
    link_instead /data /proc
    attacked --ns +user --device /dev/null:/data/uptime -- /bin/true
    refused 'on /data/uptime: Cross-device link'
}

# lxcfs's files are what may lie in /proc: the refusal is of the rest. Red when plan_mounts.c does not
# set MOUNT_OVER_PROC for them.
@test "CVE-2019-19921: a file over /proc/uptime is still possible" {
    echo lxcfs >"$VOLUME/uptime"
    attacked -v "$VOLUME/uptime:/proc/uptime:ro" -- /bin/cat /proc/uptime
    is "$output" lxcfs
}

# Everything that launcher and cinit make: none of it may be made on the host. Red when path_open
# resolves without RESOLVE_IN_ROOT (RESOLVE_NO_MAGICLINKS alone).
@test "CVE-2024-45310: mount points, devices and directories behind a symlink to the host" {
    local target link option
    echo volume >"$VOLUME/file"
    mkdir -p "$IMAGE/links"
    for target in "$HOST" "../../../../../../../../../../../../..$HOST"; do
        link_instead /links/to "$target"
        for link in /links/to /links/../links/to; do
            for option in "--volume=$VOLUME:$link/made/volume" "--volume=$VOLUME/file:$link/made-file" \
                "--tmpfs=$link/tmpfs" "--device=/dev/null:$link/null" "--workdir=$link/cwd"; do
                attacked "$option" -- /bin/true
                is "$status" 125
                nothing_in "$HOST"
            done
        done
    done
    # With the same path in the image, that is where things are made.
    mkdir -p "$IMAGE$HOST"
    attacked --workdir=/links/to/cwd --volume="$VOLUME:/links/to/made/volume" -- /bin/pwd
    is "$output" "$HOST/cwd"
    nothing_in "$HOST"
    [ -d "$IMAGE$HOST/made/volume" ]
}

# What is read from the image as root, before there is a container. Red when resolve_user.c's
# open_in_root opens without RESOLVE_IN_ROOT.
@test "CVE-2019-14271 class: the image's /etc/passwd is a symlink to a file of the host" {
    echo 'prize:x:4242:4242::/:/bin/sh' >"$HOST/passwd"
    link_instead /etc/passwd "$HOST/passwd"
    attacked --user prize -- /usr/bin/id -u
    is "$status" 125
    link_instead /etc/passwd "../../../../../../../../../..$HOST/passwd"
    attacked --user prize -- /usr/bin/id -u
    is "$status" 125
    # A magic link is not even bound to a root.
    exec 9<"$HOST/passwd"
    link_instead /etc/passwd /proc/self/fd/9
    attacked --user prize -- /usr/bin/id -u
    exec 9<&-
    is "$status" 125
}

# masks: the lines that attacks/open-masked.c may print for what is masked.
only_masks() {
    is "$(grep -vE ': (null|directory, 0 entries|No such file or directory)$' <<<"$output")" ''
    grep --quiet ': null$' <<<"$output" # else there was nothing to mask
}

MASKED=(/proc/asound /proc/acpi /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats
    /proc/timer_list /proc/timer_stats /proc/sched_debug /proc/scsi /sys/firmware)

# A mask is a mount of /dev/null; when that is the image's, it is what the image likes, writable.
# Red when mask_file takes /dev/null below the container's root. core_pattern is only opened.
@test "CVE-2025-31133: the image's /dev/null is a symlink to /proc/sys/kernel/core_pattern" {
    link_instead /dev/null /proc/sys/kernel/core_pattern
    attacked -- /attack/open-masked "${MASKED[@]}"
    only_masks

    ln -s /proc/sys/kernel/core_pattern "$VOLUME/null"
    attacked -v "$VOLUME:/dev" -- /attack/open-masked "${MASKED[@]}"
    only_masks
    attacked -v "$VOLUME:/dev" --mask /etc/passwd -- /attack/open-masked /etc/passwd
    is "$output" '/etc/passwd: null'
    attacked -v "$VOLUME:/dev" -- /attack/open-masked /proc/sys/kernel/core_pattern
    is "$output" '/proc/sys/kernel/core_pattern: Read-only file system'
}

# Red when READONLY and MASK are left out of the plan.
@test "masked and read-only files of the kernel can't be opened for writing" {
    attacked -- /attack/open-masked /proc/sysrq-trigger /proc/sys/kernel/core_pattern \
        /proc/sys/kernel/hostname /sys/kernel/uevent_helper /sys/power/state
    is "$(grep -vE ': (Read-only file system|No such file or directory)$' <<<"$output")" ''
    grep --quiet '^/proc/sys/kernel/core_pattern: Read-only' <<<"$output"
}

# A terminal is made by way of /dev/pts, which may be a volume. Here it holds a working multiplexer
# that leads to another devpts, the attacker's, in which he opens the container's terminal.
# (The mount is made in a mount namespace of its own.) Red when open_terminal_master neither checks
# the file system nor keeps the open on it.
@test "CVE-2025-52565: /dev/pts is a volume with a multiplexer of its own" {
    mkdir "$VOLUME/pts"
    mknod -m 666 "$VOLUME/ptmx" c 5 2
    # shellcheck disable=SC2016 # expanded by the inner shell
    run unshare --mount bash -c 'set -e
        mount -t devpts -o newinstance,ptmxmode=666 devpts "$3/pts"
        exec 3>&-
        "$1" --rootfs "$2" -t -v "$3:/dev/pts:rbind" -- /bin/sh -c "ls /dev/pts/pts"' \
        - "$LAUNCHER" "$IMAGE" "$VOLUME" </dev/null
    like "$output" 'opening a terminal for the container: Cross-device link'
    is "$status" 125
}

# The symlinks that a /dev of the image can hold. Nothing of it may be opened by the terminal's
# set-up, and nothing on the host be made. Red when the standard /dev is left out of the plan.
@test "CVE-2025-52565: console, ptmx and pts of the image are symlinks" {
    echo untouched >"$HOST/file"
    link_instead /dev/console "$HOST/file"
    link_instead /dev/ptmx "$HOST/file"
    link_instead /dev/pts "$HOST"
    attacked -t -- /bin/sh -c 'tty; ls -ld /dev/console'
    is "$status" 0
    like "$output" '^/dev/pts/0'
    like "$output" ' 136, +0 .*/dev/console'
    is "$(ls "$HOST")" file
    is "$(<"$HOST/file")" untouched
}

# With a volume as /dev, the console is made in there, and a symlink leads it on.
# Red when bind_console opens its target without RESOLVE_IN_ROOT.
@test "CVE-2025-52565: a volume is /dev, and its console is a symlink to the host" {
    mkdir "$VOLUME/pts"
    ln -s "$HOST/file" "$VOLUME/console"
    attacked -t -v "$VOLUME:/dev" --mount type=devpts,dst=/dev/pts -- /bin/true
    is "$status" 125
    nothing_in "$HOST"
    echo untouched >"$HOST/file"
    attacked -t -v "$VOLUME:/dev" --mount type=devpts,dst=/dev/pts -- /bin/true
    is "$status" 125
    is "$(<"$HOST/file")" untouched
}
