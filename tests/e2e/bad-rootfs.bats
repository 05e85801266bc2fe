#!/usr/bin/env bats
# Bad root file systems: missing, unreadable, read-only, full, hostile. Each is told in a sentence
# with a cure, and leaves nothing behind.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers

setup_file() { leftovers_setup_file; }
teardown_file() { leftovers_teardown_file; }

setup()
{
    TREE=$BATS_TEST_TMPDIR/tree
}

teardown()
{
    if [ -n "${TREE_IS_MOUNT-}" ]; then
        host umount "$TREE"
    fi
    leftovers_check
}

# A file system of its own as root file system: mounted where only this file sees it.
mount_tree()
{
    mkdir "$TREE"
    host mount -t tmpfs -o "$1" tree "$TREE"
    TREE_IS_MOUNT=yes
    host cp -a "$ROOTFS/." "$TREE"
}

run_in_tree()
{
    run host "$LAUNCHER" --name "$(box)" --rootfs "$TREE" --net none "$@"
}

@test "a directory that does not exist" {
    run_in_tree -- true
    fails_with 125 "launcher: the root file system $TREE does not exist" \
        "hint: rootfs-build/build.sh DIR makes one"
}

@test "none given" {
    run host "$LAUNCHER" --name x -- true
    fails_with 125 "launcher: no root file system given" "hint: --rootfs DIR"
}

@test "an archive instead of a directory" {
    tar -cf "$TREE" -C "$ROOTFS" etc
    run_in_tree -- true
    fails_with 125 "launcher: the root file system $TREE is not a directory" "hint: an archive" "--from-tar"
}

@test "one that an ordinary user may not read" {
    mkdir -p "$BATS_TEST_TMPDIR/private/tree"
    chmod 700 "$BATS_TEST_TMPDIR/private"
    run as_nobody "$LAUNCHER" --rootfs "$BATS_TEST_TMPDIR/private/tree" -- true
    fails_with 125 "launcher: the root file system $BATS_TEST_TMPDIR/private/tree can't be read by user 65534" \
        "hint: every directory up to it needs the x permission"
}

@test "an empty one: the command is not found" {
    mkdir "$TREE"
    run -127 host "$LAUNCHER" --name "$(box)" --rootfs "$TREE" --net none -- /bin/true
    fails_with 127 "launcher: executing /bin/true: no such file or directory" \
        "hint: the path is one of the container, not of the host"
}

# The mounts of /proc, /sys and /dev would go where the link says (CVE-2019-19921 and others).
symlink_in_place_of()
{
    mkdir "$BATS_TEST_TMPDIR/elsewhere"
    cp -a "$ROOTFS" "$TREE"
    rm -r "${TREE:?}/$1"
    ln -s "$2" "$TREE/$1"
    run_in_tree -- true
    fails_with 125 "on /$1: Symbolic link loop" "hint: this path is a symbolic link in the root file system"
    is "$(ls -A "$BATS_TEST_TMPDIR/elsewhere")" ""
}

@test "/proc is a symlink to a directory of the tree" {
    symlink_in_place_of proc tmp
}

@test "/sys is a symlink to a directory of the host" {
    symlink_in_place_of sys "$BATS_TEST_TMPDIR/elsewhere"
}

@test "/dev is a symlink to a directory of the host" {
    symlink_in_place_of dev "$BATS_TEST_TMPDIR/elsewhere"
}

@test "/proc is a file" {
    cp -a "$ROOTFS" "$TREE"
    rmdir "$TREE/proc"
    touch "$TREE/proc"
    run_in_tree -- true
    fails_with 125 "launcher: mounting proc on /proc: Not a directory" "hint: the mount point is no directory"
}

@test "a read-only file system serves as well as any" {
    mount_tree size=8m
    host mount -o remount,ro "$TREE"
    run_in_tree -- sh -c 'echo in; echo >/written'
    fails_with 1 in "can't create /written: Read-only file system"
}

@test "a read-only file system without mount points says which to create" {
    mount_tree size=8m
    host rmdir "$TREE/proc"
    host mount -o remount,ro "$TREE"
    run_in_tree -- true
    fails_with 125 "launcher: mounting proc on /proc: Read-only file system" \
        "hint: the mount point is missing and the root file system is read-only"
}

@test "a read-only file system can't get new directories for -v, -w and --device" {
    mount_tree size=8m
    host mount -o remount,ro "$TREE"
    run_in_tree -v /etc:/new -- true
    fails_with 125 "launcher: bind-mounting /etc on /new: Read-only file system" "hint: "
    run_in_tree -w /new -- true
    fails_with 125 "launcher: entering the working directory /new: Read-only file system" "hint: "
    run_in_tree --device /dev/null:/new/null -- true
    fails_with 125 "launcher: making the device /new/null: Read-only file system" "hint: "
}

@test "a full file system whose mount points exist needs no room" {
    mount_tree size=3m
    run host dd if=/dev/zero of="$TREE/fill"
    fails_with 1 "No space left on device"
    run_in_tree -- sh -c 'echo in; echo more >/written'
    fails_with 1 in "No space left on device"
}

# Without a free inode not even a directory can be made.
@test "a full file system without mount points is named as the cause" {
    mount_tree size=8m,nr_inodes=1500
    host rm -r "$TREE/proc" "$TREE/sys" "$TREE/dev" # what other tests have left in them too
    run host sh -c 'i=0; while mkdir "$1/fill$i"; do i=$((i + 1)); done' - "$TREE"
    [[ $output == *"No space left on device"* ]]
    run_in_tree -m 50m -- true
    fails_with 125 "launcher: mounting proc on /proc: No space left on device" \
        "hint: the file system of the root is full"
    run host ls "$TREE"
    [[ $output != *proc* ]]
}
