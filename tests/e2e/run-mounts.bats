#!/usr/bin/env bats
# Rows R8 and R10: the root and what is mounted in it.
#
# launcher runs in a mount namespace that stands for the host: all its mounts are shared, as systemd
# leaves them, so whatever launcher does not cut off comes back to it. The real host's may be private,
# and then nothing could come back and no test could fail.

# shellcheck disable=SC2154 # stderr is set by run --separate-stderr

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/container

setup_file()
{
    export HELPERS=$BATS_FILE_TMPDIR/helpers
    mkdir "$HELPERS"
    musl-gcc -static -O1 -o "$HELPERS/chroot_escape" "$BATS_TEST_DIRNAME/../lib/chroot_escape.c"
}

setup()
{
    unshare --mount --propagation shared sleep infinity 3>&- &
    HOST=$!
    wait_until 20 host_is_ready
    START_BY=(nsenter --mount="/proc/$HOST/ns/mnt" --)
    SOURCE=$BATS_TEST_TMPDIR/source
    mkdir "$SOURCE"
    echo content >"$SOURCE/file"
}

teardown()
{
    end_container
    kill "$HOST"
    wait "$HOST" || true
}

# unshare becomes sleep when all is made.
host_is_ready()
{
    [ "$(cat "/proc/$HOST/comm")" = sleep ]
}

on_host()
{
    "${START_BY[@]}" "$@"
}

in_container()
{
    on_host "$LAUNCHER" --rootfs "$ROOTFS" "$@"
}

# The mountinfo line of a mount point, of the first process of the container or of another one.
mount_of()
{
    awk -v point="$1" '$5 == point' "/proc/${2:-$PAYLOAD}/mountinfo"
}

# Mount point, options and optional fields of it, without ids and devices.
attributes_of()
{
    mount_of "$1" | awk '{ print $6 }'
}

# mount_tmpfs DIRECTORY: on the host, with one file in it
mount_tmpfs()
{
    mkdir -p "$1"
    on_host mount -t tmpfs bats-tmpfs "$1"
    on_host sh -c 'echo below >"$0/file"' "$1"
}

# ---- R8: the root

@test "pivot: the old root is gone from the mount namespace" {
    echo secret >"$BATS_TEST_TMPDIR/secret"
    start_container -- /bin/sleep 1000
    # setns(2) puts the caller at the root of the namespace, whatever the payload's root is.
    run -0 nsenter --mount="/proc/$PAYLOAD/ns/mnt" -- /bin/cat /etc/passwd
    is "$output" "$(cat "$ROOTFS/etc/passwd")"
    run -1 nsenter --mount="/proc/$PAYLOAD/ns/mnt" -- /bin/cat "$BATS_TEST_TMPDIR/secret"
}

@test "chroot: the host's files are still in the mount namespace, and a warning says so" {
    echo secret >"$BATS_TEST_TMPDIR/secret"
    start_container --root-mode chroot -- /bin/sleep 1000
    run -0 nsenter --mount="/proc/$PAYLOAD/ns/mnt" -- /bin/cat "$BATS_TEST_TMPDIR/secret"
    is "$output" secret
    like "$(cat "$CONTAINER_ERR")" 'launcher: warning: .*chroot.*can escape'
    like "$(cat "$CONTAINER_ERR")" 'hint: .*pivot'
}

# The attack with docker's default capabilities, which have CAP_SYS_CHROOT.
escape_from()
{
    echo secret >"$BATS_TEST_TMPDIR/secret"
    run --separate-stderr in_container --quiet --root-mode "$1" --tmpfs /tmp -v "$HELPERS:/mnt:ro" \
        -- /mnt/chroot_escape "$BATS_TEST_TMPDIR/secret"
}

@test "the classic double chroot escapes --root-mode chroot" {
    escape_from chroot
    is "$status $output $stderr" "0 secret "
}

@test "the same attack, made in full, finds nothing under pivot_root" {
    escape_from pivot
    is "$status $output $stderr" "3  "
}

@test "without CAP_SYS_CHROOT the attack can't be made at all" {
    run -1 in_container --cap-drop sys_chroot --tmpfs /tmp -v "$HELPERS:/mnt:ro" \
        -- /mnt/chroot_escape /etc/passwd
    like "$output" 'Operation not permitted'
}

@test "inside, mountinfo shows the container's mounts only" {
    run -0 in_container -- /bin/cat /proc/self/mountinfo
    is "$(awk '{ print $5 }' <<<"$output" | grep -v '^/proc/\|^/sys/')" "/
/proc
/dev
/dev/pts
/dev/mqueue
/dev/shm
/sys
/etc/hosts
/etc/hostname
/etc/resolv.conf"
    run ! grep -qF "$BATS_TEST_TMPDIR" <<<"$output"
}

# ---- R10: nothing reaches the host

@test "no mount reaches a host whose mounts are shared: before, during and after are equal" {
    local before
    mount_tmpfs "$SOURCE/sub"
    before=$(cat "/proc/$HOST/mountinfo")
    like "$before" ' / / .* shared:'
    start_container --tmpfs /tmp -v "$SOURCE:/mnt" -v "$SOURCE:/media:ro" --mount type=tmpfs,dst=/opt \
        --mask /home --readonly-path /srv --device /dev/null:/dev/bats --read-only --cap-add sys_admin \
        -- /bin/sh -c 'mount -t tmpfs own /mnt/sub && mount -t tmpfs own /var && echo mounted;
            exec sleep 1000'
    wait_until 20 grep -q . "$CONTAINER_OUT"
    is "$(cat "$CONTAINER_OUT")" mounted
    is "$(cat "/proc/$HOST/mountinfo")" "$before"
    end_container
    is "$(cat "/proc/$HOST/mountinfo")" "$before"
}

@test "neither do those of --root-mode chroot" {
    local before
    before=$(cat "/proc/$HOST/mountinfo")
    start_container --root-mode chroot --tmpfs /tmp -- /bin/sleep 1000
    [ -n "$(mount_of /proc)" ]
    is "$(cat "/proc/$HOST/mountinfo")" "$before"
    end_container
    is "$(cat "/proc/$HOST/mountinfo")" "$before"
}

# ---- R10: bind mounts

@test "-v binds a directory with what is mounted below it, both writable" {
    mount_tmpfs "$SOURCE/sub"
    run -0 in_container -v "$SOURCE:/mnt" -- /bin/sh -c \
        'cat /mnt/file /mnt/sub/file; echo 1 >/mnt/new; echo 2 >/mnt/sub/new'
    is "$output" "content
below"
    is "$(cat "$SOURCE/new")" 1
    is "$(on_host cat "$SOURCE/sub/new")" 2
}

@test "a relative source is relative to the caller's directory, a file can be bound over a file" {
    cd "$SOURCE"
    run -0 "$LAUNCHER" --rootfs "$ROOTFS" -v ./file:/etc/issue -v .:/mnt -- \
        /bin/cat /etc/issue /mnt/file
    is "$output" "content
content"
}

@test "ro and rro: nothing is writable, below neither" {
    mount_tmpfs "$SOURCE/sub"
    for option in ro rro; do
        run in_container -v "$SOURCE:/mnt:$option" -- /bin/sh -c \
            'cat /mnt/sub/file; true >/mnt/new; true >/mnt/sub/new'
        is "$output" "below
/bin/sh: can't create /mnt/new: Read-only file system
/bin/sh: can't create /mnt/sub/new: Read-only file system"
    done
    [ ! -e "$SOURCE/new" ]
}

@test "bind instead of rbind leaves out what is mounted below" {
    mount_tmpfs "$SOURCE/sub"
    run -1 in_container -v "$SOURCE:/mnt:bind" -- /bin/cat /mnt/file /mnt/sub/file
    like "$output" '^content'
    like "$output" "can't open '/mnt/sub/file'"
}

@test "nosuid, nodev, noexec, noatime and nosymfollow are set, each alone, and work" {
    local option
    for option in nosuid nodev noexec noatime; do
        start_container -v "$SOURCE:/mnt:$option" -- /bin/sleep 1000
        like "$(attributes_of /mnt)" "(^|,)$option(,|\$)"
        # as every bind of that directory would have been without the option
        is "$(attributes_of /mnt | tr , '\n' | grep -c '^no')" 1
        end_container
    done
    ln -s file "$SOURCE/link"
    run -1 in_container -v "$SOURCE:/mnt:nosymfollow" -- /bin/cat /mnt/link
    like "$output" 'symbolic link'
    printf '#!/bin/sh\necho ran\n' >"$SOURCE/script"
    chmod +x "$SOURCE/script"
    run -0 in_container -v "$SOURCE:/mnt" -- /mnt/script
    is "$output" ran
    run -126 in_container -v "$SOURCE:/mnt:noexec" -- /mnt/script
    like "$output" 'noexec'
    mknod "$SOURCE/zero" c 1 5
    run -0 in_container -v "$SOURCE:/mnt" -- /bin/sh -c 'head -c 2 /mnt/zero | wc -c'
    is "$output" 2
    run -1 in_container -v "$SOURCE:/mnt:nodev" -- /bin/cat /mnt/zero
    like "$output" 'Permission denied'
}

@test "--mount says the same in docker's words" {
    run in_container --mount "type=bind,src=$SOURCE,dst=/mnt,readonly" -- /bin/sh -c \
        'cat /mnt/file; : >/mnt/new'
    is "$output" "content
/bin/sh: can't create /mnt/new: Read-only file system"
    mount_tmpfs "$SOURCE/sub"
    run in_container --mount "type=bind,source=$SOURCE,target=/mnt,bind-recursive=disabled" -- \
        /bin/ls /mnt/sub
    is "$output" ""
}

@test "a source that is missing is named, with a hint, and a word that is no option is refused" {
    run -125 in_container -v "$BATS_TEST_TMPDIR/nothing:/mnt" -- /bin/true
    like "$output" "^launcher: .*$BATS_TEST_TMPDIR/nothing"
    run -125 in_container -v "$SOURCE:/mnt:rox" -- /bin/true
    like "$output" '"rox" is not an option of a bind mount'
    run -125 in_container -v "$SOURCE:relative" -- /bin/true
    like "$output" 'relative'
}

@test "a directory on a file is refused with what is wrong" {
    run -125 in_container -v "$SOURCE:/etc/passwd" -- /bin/true
    like "$output" "^launcher: bind-mounting $SOURCE on /etc/passwd: Not a directory.hint: .*directory only"
}

# ---- R10: propagation

# volume_with PROPAGATION: starts a container with a shared mount of the host at /mnt, and then mounts
# once on the host and once in the container. Sets on_host_too, inside_too to yes or no.
volume_with()
{
    mount_tmpfs "$SOURCE/shared"
    on_host mkdir "$SOURCE/shared/by-host" "$SOURCE/shared/by-container"
    start_container --cap-add sys_admin -v "$SOURCE/shared:/mnt:$1" -- /bin/sh -c \
        'mount -t tmpfs own /mnt/by-container && echo mounted; exec sleep 1000'
    wait_until 20 grep -q mounted "$CONTAINER_OUT"
    on_host mount -t tmpfs later "$SOURCE/shared/by-host"
    inside_too=no on_host_too=no
    [ -z "$(mount_of /mnt/by-host)" ] || inside_too=yes
    [ -z "$(mount_of "$SOURCE/shared/by-container" "$HOST")" ] || on_host_too=yes
}

@test "by default mounts made later pass neither way" {
    volume_with rw
    is "inside $inside_too, host $on_host_too" "inside no, host no"
}

@test "rprivate: neither way" {
    volume_with rprivate
    is "inside $inside_too, host $on_host_too" "inside no, host no"
}

@test "rslave: the host's come in, the container's do not go out" {
    volume_with rslave
    is "inside $inside_too, host $on_host_too" "inside yes, host no"
}

@test "rshared: the host's come in, and the container's go out, as was asked for" {
    volume_with rshared
    is "inside $inside_too, host $on_host_too" "inside yes, host yes"
}

@test "an ordinary user can't share a mount with the host" {
    run -125 setpriv --reuid 1000 --regid 1000 --clear-groups env XDG_RUNTIME_DIR="$BATS_TEST_TMPDIR" \
        "$LAUNCHER" --rootfs / -v /usr:/mnt:rshared -- /bin/true
    like "$output" "the mount on /mnt can't be rshared.*hint: .*rslave"
}

@test "a slave volume does not open the root to the host's mounts" {
    start_container -v "$SOURCE:/mnt:rslave" -- /bin/sleep 1000
    on_host mount -t tmpfs later "$ROOTFS/srv"
    is "$(mount_of /srv)" ""
    on_host umount "$ROOTFS/srv"
    like "$(mount_of /mnt)" ' master:'
    run ! grep master: <<<"$(mount_of /)"
}

# root_with PROPAGATION: the optional fields of the root's line, and whether a mount that the host
# makes below the root file system later comes in
root_with()
{
    start_container --propagation "$1" -- /bin/sleep 1000
    on_host mount -t tmpfs later "$ROOTFS/srv"
    propagation=$(mount_of / | grep -oE ' (shared|master):' | tr -d ' \n')
    comes_in=no
    [ -z "$(mount_of /srv)" ] || comes_in=yes
}

@test "--propagation private: the root is cut off" {
    root_with private
    is "$propagation $comes_in" " no"
}

@test "--propagation slave: the host's later mounts come in" {
    root_with slave
    is "$propagation $comes_in" "master: yes"
}

@test "--propagation shared: a peer group of the container's own, none of the host's" {
    root_with shared
    like "$propagation" 'shared:'
    nsenter --mount="/proc/$PAYLOAD/ns/mnt" -- /bin/mount -t tmpfs own /opt
    [ -n "$(mount_of /opt)" ]
    is "$(mount_of "$ROOTFS/opt" "$HOST")" ""
}

# ---- R10: tmpfs, read-only, masks

@test "--tmpfs has the size and mode that were asked for, and the size holds" {
    run in_container --tmpfs /tmp:size=1m,mode=1770 -- /bin/sh -c \
        'stat -c %a /tmp; dd if=/dev/zero of=/tmp/fill bs=64k count=100 2>&1 | head -n 1; stat -c %s /tmp/fill'
    is "$output" "1770
dd: error writing '/tmp/fill': No space left on device
1048576"
}

@test "--tmpfs is nosuid, nodev and noexec unless asked otherwise, and gone afterwards" {
    start_container --tmpfs /tmp --tmpfs /opt:exec,dev,suid --mount \
        type=tmpfs,dst=/srv,tmpfs-size=64k,tmpfs-mode=0700 -- /bin/sleep 1000
    is "$(attributes_of /tmp)" "rw,nosuid,nodev,noexec,relatime"
    is "$(attributes_of /opt)" "rw,relatime"
    is "$(attributes_of /srv)" "rw,nosuid,nodev,noexec,relatime"
    like "$(mount_of /srv)" 'size=64k,mode=700'
    : >"$(inside /tmp/file)"
    end_container
    [ ! -e "$ROOTFS/tmp/file" ]
}

@test "--read-only: the root can't be written, the mounts in it can" {
    run in_container --read-only --tmpfs /tmp -v "$SOURCE:/mnt" -- /bin/sh -c \
        'true >/new; true >/etc/passwd; echo yes >/tmp/new; echo yes >/mnt/new; cat /tmp/new'
    is "$output" "/bin/sh: can't create /new: Read-only file system
/bin/sh: can't create /etc/passwd: Read-only file system
yes"
    is "$(cat "$SOURCE/new")" yes
    run -0 in_container -- /bin/sh -c ': >/tmp/writable && rm /tmp/writable'
}

@test "--mask hides a file behind /dev/null and a directory behind an empty one" {
    [ -s "$ROOTFS/etc/passwd" ]
    run in_container --mask /etc/passwd --mask /usr --mask /not/there -- /bin/sh -c \
        'wc -c </etc/passwd; stat -c "%F %t:%T" /etc/passwd; ls -A /usr | wc -l; : >/usr/x'
    is "$output" "0
character special file 1:3
0
/bin/sh: can't create /usr/x: Read-only file system"
}

@test "--readonly-path protects one path and what is mounted below it" {
    run in_container --tmpfs /home --readonly-path /home --readonly-path /etc -- /bin/sh -c \
        'true >/home/x; true >/etc/x; true >/tmp/x && rm /tmp/x && echo elsewhere'
    is "$output" "/bin/sh: can't create /home/x: Read-only file system
/bin/sh: can't create /etc/x: Read-only file system
elsewhere"
}

@test "a mount point that leads out of the root by a symlink stays in the root" {
    local rootfs=$BATS_TEST_TMPDIR/rootfs outside=$BATS_TEST_TMPDIR/outside
    cp -a "$ROOTFS" "$rootfs"
    mkdir "$outside"
    ln -s /opt "$rootfs/absolute"
    ln -s ../../../../../../../../.. "$rootfs/up"
    ln -s "$outside" "$rootfs/way-out"
    run -0 on_host "$LAUNCHER" --rootfs "$rootfs" -v "$SOURCE:/absolute/made" -v "$SOURCE:/up/mnt" \
        -- /bin/cat /opt/made/file /mnt/file
    is "$output" "content
content"
    run -125 on_host "$LAUNCHER" --rootfs "$rootfs" -v "$SOURCE:/way-out/made" -- /bin/true
    like "$output" "^launcher: bind-mounting $SOURCE on /way-out/made: No such file or directory"
    is "$(ls -A "$outside")" ""
    [ ! -e /opt/made ]
}
