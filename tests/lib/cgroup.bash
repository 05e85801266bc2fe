# shellcheck shell=bash
# cgroup.bash - what the tests of cgroups need on every layout; load it after launcher.bash and
# container.bash. The tests of tests/cgroup run on the host as it is, in a view of it that shows
# version 1 only (tests/layouts/v1) and in a virtual machine with version 2 (tests/vm/v2).

# v2, hybrid or v1: where this host has the memory controller, and whether v2 is mounted.
layout() {
    local unified
    unified=$(unified_root)
    if [ -z "$unified" ]; then
        echo v1
    elif grep -qw memory "$unified/cgroup.controllers"; then
        echo v2
    else
        echo hybrid
    fi
}

unified_root() {
    awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts
}

# The root of the hierarchy that has a controller: of v1 when that has it, else of v2.
root_of() {
    local name=$1 mount
    [ "$name" != io ] || name=blkio
    mount=$(awk -v name="$name" '$3 == "cgroup" && ("," $4 ",") ~ ("," name ",") { print $2; exit }' /proc/mounts)
    echo "${mount:-$(unified_root)}"
}

# by_layout V2 V1: the file names of a limit differ.
by_layout() {
    if [ "$(layout)" = v2 ]; then echo "$1"; else echo "$2"; fi
}

# cgroups_named PATTERN: the directories of that name in all hierarchies.
cgroups_named() {
    find /sys/fs/cgroup -type d -name "$1" 2>/dev/null || true # some go while find looks at them
}

# in_cgroups FILE PATTERN: cat the file in the cgroups of that name, those that have it.
in_cgroups() {
    cgroups_named "$2" | while read -r directory; do
        cat "$directory/$1" 2>/dev/null || true
    done
}

# number FILE KEY: one number of a report, "null" when it is not known.
number() {
    python3 -c 'import json, sys
value = json.load(open(sys.argv[1]))
for key in sys.argv[2].split("."):
    value = value[key]
print("null" if value is None else value)' "$1" "$2"
}

# between VALUE LOW HIGH
between() {
    awk -v value="$1" -v low="$2" -v high="$3" 'BEGIN { exit !(value >= low && value <= high) }' ||
        { printf 'got:    %s\nwanted: %s to %s\n' "$1" "$2" "$3" >&2; return 1; }
}

# loop_disk SIZE: a real block device, over a file; its path in $DISK. remove_disk gives it back.
loop_disk() {
    # not on a tmpfs, which may not take direct io
    DISK_FILE=$(mktemp "$TOP/build/disk.XXXXXX")
    truncate -s "$1" "$DISK_FILE"
    DISK=$(losetup --find --show "$DISK_FILE")
}

remove_disk() {
    [ -n "${DISK-}" ] || return 0
    losetup --detach "$DISK"
    rm -f "$DISK_FILE"
    DISK=
}
