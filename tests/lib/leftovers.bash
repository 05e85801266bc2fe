# shellcheck shell=bash
# leftovers.bash - proves after every test that its containers left nothing behind; load it after
# launcher.bash. A file that loads it calls leftovers_setup_file, leftovers_check and
# leftovers_teardown_file in its own setup_file, teardown and teardown_file.
#
# Its commands run in two namespaces of the file's own, through `host COMMAND...`:
# - a time namespace, which every descendant inherits and launcher leaves as it is: whatever still
#   runs in it after a test was left behind. No other mark is as sure: cinit has another parent,
#   session, environment and root directory than the launcher that started it.
# - a mount namespace with an empty /run, so that the state directory holds this file's containers
#   only. Its mounts are shared, as systemd makes them: a container that is not cut off shows there.

# LEFTOVERS_HOLDER is the process that holds them. (Nothing is assigned here: bats reads this file
# again for every test.)

# leftovers_setup_file [OPTION...]: of unshare, for more namespaces.
leftovers_setup_file() {
    local pid_file=$BATS_FILE_TMPDIR/holder
    unshare "$@" --fork --time --mount --propagation private sh -c '
        mount --make-rshared / &&
        mount -t tmpfs -o mode=755 run /run &&
        mkdir -m 700 /run/launcher /run/ordinary &&
        chown 65534:65534 /run/ordinary &&
        echo $$ >"$1" &&
        exec sleep infinity' - "$pid_file" </dev/null >/dev/null 3>&- &
    wait_until 10 test -s "$pid_file"
    LEFTOVERS_HOLDER=$(<"$pid_file")
    wait_until 10 holder_sleeps
    LEFTOVERS_TIME=$(readlink "/proc/$LEFTOVERS_HOLDER/ns/time")
    export LEFTOVERS_HOLDER LEFTOVERS_TIME
    leftover_mounts >"$BATS_FILE_TMPDIR/mounts"
}

holder_sleeps() {
    [ "$(<"/proc/$LEFTOVERS_HOLDER/comm")" = sleep ]
}

leftovers_teardown_file() {
    kill "$LEFTOVERS_HOLDER" # unshare, its parent, ends with it
}

# host COMMAND...: on this host, seen from the namespaces above.
host() {
    nsenter --time="/proc/$LEFTOVERS_HOLDER/ns/time" --mount="/proc/$LEFTOVERS_HOLDER/ns/mnt" \
        --net="/proc/$LEFTOVERS_HOLDER/ns/net" -- "$@"
}

# as_nobody COMMAND...: the same for a user without any privilege.
as_nobody() {
    host setpriv --reuid 65534 --regid 65534 --clear-groups \
        env XDG_RUNTIME_DIR=/run/ordinary "$@"
}

# The container name of this test, by which its cgroups can be told from those of others.
box() {
    echo "bad-$LEFTOVERS_HOLDER-$BATS_TEST_NUMBER"
}

# The root file system of a test that changes it: a copy, its path in TREE.
copy_rootfs() {
    TREE=$BATS_TEST_TMPDIR/tree
    cp -a "$ROOTFS" "$TREE"
}

# contain [OPTION...] -- COMMAND...: a container of this test.
contain() {
    local NETWORK
    choose_network "$@"
    host "$LAUNCHER" --name "$(box)" --rootfs "$ROOTFS" "${NETWORK[@]}" "$@"
}

# The pids of what runs in the time namespace, but for its holder.
survivors() {
    # Processes end while find looks at them: that is no error.
    { find /proc/[0-9]*/ns/time -maxdepth 0 -printf '%l %h\n' 2>/dev/null || true; } |
        awk -v mark="$LEFTOVERS_TIME" -v holder="/proc/$LEFTOVERS_HOLDER/ns" \
            '$1 == mark && $2 != holder { split($2, part, "/"); print part[3] }'
}

no_survivors() {
    [ -z "$(survivors)" ]
}

leftover_cgroups() {
    find /sys/fs/cgroup -type d -name "launcher-bad-$LEFTOVERS_HOLDER-*" 2>/dev/null || true
}

leftover_records() {
    host find /run/launcher /run/ordinary -mindepth 1 ! -path /run/ordinary/launcher
}

leftover_mounts() {
    cut -d' ' -f4- "/proc/$LEFTOVERS_HOLDER/mountinfo"
}

nothing_is_left() {
    no_survivors && [ -z "$(leftover_cgroups)" ] && [ -z "$(leftover_records)" ] &&
        cmp --quiet "$BATS_FILE_TMPDIR/mounts" <(leftover_mounts)
}

# Processes end in their own time after they were killed, so it waits; but it calls no gc.
leftovers_check() {
    wait_until 5 nothing_is_left && return 0
    survivors | xargs --no-run-if-empty ps -o pid,ppid,comm,args --pid >&2
    leftover_cgroups >&2
    leftover_records >&2
    diff "$BATS_FILE_TMPDIR/mounts" <(leftover_mounts) >&2
    # What is told needs not stay, and would be held against the next test.
    survivors | xargs --no-run-if-empty kill -KILL
    wait_until 10 no_survivors
    host "$LAUNCHER" gc >/dev/null
    return 1
}

# fails_with STATUS TEXT...: the last `run` ended so, and each text is part of what it printed.
# shellcheck disable=SC2154 # run sets status and output
fails_with() {
    local text
    is "$status" "$1"
    shift
    for text; do
        [[ $output == *"$text"* ]] ||
            { printf 'got:     %s\nmissing: %s\n' "$output" "$text" >&2; return 1; }
    done
}
