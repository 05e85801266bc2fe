#!/usr/bin/env bats
# Paths that change while a container starts: another container shares the volume, and swaps a
# directory for a symlink as fast as it can. The number of starts is fixed, each has an even chance
# to meet either of the two, and no test waits for the right moment.

load ../lib/launcher
load ../lib/attack

STARTS=300

setup_file() {
    build_attacks swap
}

setup() {
    copy_image
    HOST=$BATS_TEST_TMPDIR/host
    VOLUME=$BATS_TEST_TMPDIR/volume
    mkdir "$HOST" "$VOLUME"
    echo volume >"$VOLUME/file"
}

teardown() {
    [ -z "${SWAP-}" ] || kill "$SWAP" || true # when the test failed
}

# race_of PATH TARGET: makes PATH a directory, and swaps it with a symlink to TARGET without end.
race_of() {
    mkdir -p "$1"
    ln -s "$2" "$1.link"
    "$ATTACKS/swap" "$1" "$1.link" >"$BATS_TEST_TMPDIR/swaps" 3>&- &
    SWAP=$!
    wait_until 10 test -L "$1"
}

end_race() {
    kill "$SWAP"
    wait "$SWAP"
    SWAP=
    echo "swaps: $(<"$BATS_TEST_TMPDIR/swaps")"
    [ "$(<"$BATS_TEST_TMPDIR/swaps")" -gt $((10 * STARTS)) ]
}

# start_often CHECK OPTION... -- COMMAND...: an @ in the words is the number of the start. CHECK sees
# what each start that succeeds prints. The others, of which there are $refused, must be failures of
# launcher's.
start_often() {
    local check=$1 i status printed
    shift
    refused=0
    for ((i = 0; i < STARTS; i++)); do
        status=0
        printed=$("$LAUNCHER" --rootfs "$IMAGE" --net none "${@//@/$i}" \
            </dev/null 2>>"$BATS_TEST_TMPDIR/errors" 3>&-) || status=$?
        if [ "$status" -eq 0 ]; then
            "$check" "$printed" || { printf 'start %d: %s\n' "$i" "$printed"; return 1; }
        else
            is "$status" 125 || return 1
            refused=$((refused + 1))
        fi
    done
    [ "$refused" -eq 0 ] || sed 's/[0-9]\+/N/g' "$BATS_TEST_TMPDIR/errors" | sort | uniq -c
    echo "$refused of $STARTS starts were refused"
}

# The mount is at the directory or, where the path was the symlink, at what this is in the container.
# A mount that is in neither place went to the host's directory, and was left behind with the host's
# root.
count_places() {
    case $1 in
        *" $HOST/"*) linked=$((linked + 1)) ;;
        *' /shared/point'*) direct=$((direct + 1)) ;;
        *) return 1 ;;
    esac
}

# Red when path_open resolves without RESOLVE_IN_ROOT.
@test "CVE-2021-30465: a mount point that is swapped for a symlink to the host" {
    mkdir -p "$IMAGE$HOST/at" "$HOST/at" "$IMAGE/shared/point/at"
    race_of "$IMAGE/shared/point" "$HOST"
    linked=0 direct=0
    start_often count_places --tmpfs /shared/point/at:size=4244k -- \
        /bin/grep size=4244k /proc/self/mountinfo
    end_race
    echo "by way of the symlink: $linked, of the directory: $direct"
    [ "$linked" -gt 0 ]
    [ "$direct" -gt 0 ]
    is "$(find "$HOST")" "$HOST"$'\n'"$HOST/at"
}

# Red when path_open resolves without RESOLVE_IN_ROOT. The directories are new with every start, so
# every start makes some. In the container the symlink leads nowhere.
@test "CVE-2024-45310: directories made below one that is swapped for a symlink to the host" {
    race_of "$IMAGE/shared/point" "$HOST"
    start_often true -v "$VOLUME/file:/shared/point/made-@/deeper/file" -- /bin/true
    end_race
    nothing_in "$HOST"
    [ "$refused" -gt 0 ]
    [ "$refused" -lt "$STARTS" ]
}

# The symlink climbs: now the kernel has to notice renames while it takes "..". Red as the one above.
@test "CVE-2024-45310: the same for a device, with a symlink that climbs out of the root" {
    STARTS=100
    race_of "$IMAGE/shared/point" "../../../../../../../../../../../..$HOST"
    start_often true --device "/dev/null:/shared/point/made-@/null" -- /bin/true
    end_race
    nothing_in "$HOST"
    [ "$refused" -gt 0 ]
    [ "$refused" -lt "$STARTS" ]
}

sees_the_kernels() {
    is "$1" from-sysctl
}

# The volume's mount point is a harmless directory, or is in the kernel's /proc/sys: there the write
# of the sysctl would go to the volume's file, or the payload would take that for the kernel's.
# Red when apply_mount.c's refuse_procfs is left out.
@test "CVE-2025-52881: a volume that is swapped into /proc/sys while a sysctl is set" {
    STARTS=100
    echo fake >"$VOLUME/hostname"
    race_of "$IMAGE/shared/point" /proc/sys/kernel
    start_often sees_the_kernels -v "$VOLUME:/shared/point" --sysctl kernel.hostname=from-sysctl -- \
        /bin/cat /proc/sys/kernel/hostname
    end_race
    is "$(<"$VOLUME/hostname")" fake
    [ "$refused" -gt 0 ]
    [ "$refused" -lt "$STARTS" ]
}

# A mask over the file shows where a write by path would go: to /dev/null. Red when procfs_open takes
# the container's /proc, not a private copy.
@test "CVE-2025-52881: a sysctl is set in spite of a mount over its file" {
    attacked --mask /proc/sys/kernel/hostname --sysctl kernel.hostname=from-sysctl -- /bin/uname -n
    is "$output" from-sysctl
    attacked --mask /proc/sys --sysctl kernel.hostname=from-sysctl -- /bin/uname -n
    is "$output" from-sysctl
}

# Of all that cinit opens, what is on a procfs: by O_PATH below the root, to put masks on it, and for
# writing below the descriptor of a mount that has no place in the tree, which strace therefore shows
# without the path of the image. (Nothing is masked, so that a write by path would work.)
# Red when procfs_open takes the container's /proc.
@test "CVE-2025-52881: for writing, nothing in /proc is opened by a path" {
    local launcher log=$BATS_TEST_TMPDIR/strace
    strace --follow-forks --quiet=all --decode-fds=path --trace=open,openat,openat2,creat,execve,pivot_root \
        --output="$log" "$LAUNCHER" --rootfs "$IMAGE" --net none --unmask all --sysctl kernel.hostname=x \
        --oom-score-adj 500 -t -- /bin/true </dev/null 3>&-
    # What cinit does, PID 1 and 2: from the mount of /proc to the payload's execve. (The first line
    # is launcher's, which is on the host.)
    launcher=$(head -n 1 "$log" | cut -d ' ' -f 1)
    sed --quiet --expression="/^$launcher /d" \
        --expression="\\#open.*\"/proc\"#,\\#execve(\"/bin/true\"#p" "$log" >"$log.inside"
    grep --quiet 'pivot_root' "$log.inside"
    is "$(grep 'open' "$log.inside" | grep --invert-match O_PATH | grep -E "$IMAGE/proc|\"/?proc")" ''
    is "$(sed '1,/pivot_root/d' "$log.inside" | grep 'open.*"/*proc')" ''
    # The two writes were there.
    like "$(<"$log.inside")" 'openat2\([0-9]+</>, "sys/kernel/hostname", \{flags=O_WRONLY'
    like "$(<"$log.inside")" 'openat2\([0-9]+</>, "self/oom_score_adj", \{flags=O_WRONLY'
}
