#!/usr/bin/env bats
# A config.json without a mount namespace: the container is in the host's, which must not notice it.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/bundle
load ../lib/oci

# Should launcher mount something after all, then bats must not remove what is in there: it would be the
# host's /proc and /sys.
eval "oci_$(declare -f teardown)"
teardown() {
    local status=0
    oci_teardown || status=1
    awk -v below="$BATS_TEST_TMPDIR/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo |
        tac | xargs --no-run-if-empty --max-args=1 umount --lazy
    return $status
}

# What can't be had in it is not there any more, nor is the mount namespace.
SHARED='.root.readonly = false | del(.linux.maskedPaths, .linux.readonlyPaths) | .linux.namespaces |= map(select(.type != "mount"))'

# host_bundle FILTER COMMAND...: with a root of its own, as devices are made in it
host_bundle() {
    local filter=$1
    shift
    cp -a "$ROOTFS" "$BATS_TEST_TMPDIR/rootfs"
    bundle "$SHARED | .root.path = \"$BATS_TEST_TMPDIR/rootfs\" | $filter" "$@"
}

mounts() {
    cat "/proc/${1:-self}/mountinfo"
}

@test "the container is in the host's mount namespace and sees its root alone, exec too" {
    host_bundle . sh -c 'ls /; cd ..; pwd; echo x >/dev/null; sleep 1000'
    before=$(mounts)
    create "$BOX"
    like "$(<"$ERR")" 'warning: config.json: mounts: without a mount namespace /proc, .*/sys.* would be mounted on the host'
    like "$(<"$ERR")" 'there is no mount namespace: chroot\(2\) changes the root, and the container can escape'
    pid=$(field "$BOX" .pid)
    is "$(readlink "/proc/$pid/ns/mnt")" "$(readlink /proc/self/ns/mnt)"
    is "$(readlink "/proc/$pid/root")" "$BATS_TEST_TMPDIR/rootfs"
    oci start "$BOX"
    wait_until 10 grep -q '^/$' "$OUT"
    is "$(<"$OUT")" "$(ls "$ROOTFS")
/"
    is "$(oci exec "$BOX" ls / </dev/null)" "$(ls "$ROOTFS")"
    is "$(mounts)" "$before"
    oci delete --force "$BOX"
    is "$(mounts)" "$before"
    rm -r "$BATS_TEST_TMPDIR/rootfs" # nothing is in the way
}

@test "run does the same, in every namespace of the host" {
    host_bundle 'del(.hostname) | .linux.namespaces = []' sh -c 'ls /; sleep 0.1; exit 7'
    before=$(mounts)
    run -7 --separate-stderr "$LAUNCHER" run --bundle "$BUNDLE"
    is "$output" "$(ls "$ROOTFS")"
    is "$(mounts)" "$before"
    is "$(grep -c 'warning' <<<"$stderr")" 2
}

@test "what would be a mount on the host is refused by its name" {
    cp -a "$ROOTFS" "$BATS_TEST_TMPDIR/rootfs"
    before=$(mounts)
    while IFS='|' read -r field filter; do
        refused "$SHARED | .root.path = \"$BATS_TEST_TMPDIR/rootfs\" | $filter" \
            "config.json: $field: this needs a mount namespace"$'\n''hint: it would be mounted on the host too'
    done <<'END'
mounts.7., /tmp|.mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs"}]
mounts.0., /mnt|.mounts = [{destination: "/mnt", type: "bind", source: "/tmp", options: ["bind"]}]
mounts.0., /proc|.mounts = [{destination: "/proc", type: "bind", source: "/proc", options: ["bind"]}]
root.readonly|.root.readonly = true
process.terminal|.process.terminal = true
linux.rootfsPropagation|.linux.rootfsPropagation = "shared"
linux.maskedPaths|.linux.maskedPaths = ["/etc"]
linux.readonlyPaths|.linux.readonlyPaths = ["/etc"]
END
    is "$(mounts)" "$before"
}
