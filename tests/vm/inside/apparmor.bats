#!/usr/bin/env bats
# process.apparmorProfile, where AppArmor is active; tests/vm/v2 runs this in the guest. The parser that
# loads profiles is fetched by tests/vm/v2.

bats_require_minimum_version 1.5.0
load ../../lib/launcher
load ../../lib/bundle
load ../../lib/oci

setup_file() {
    [ "${VMTEST-}" = 1 ] # loads profiles into the kernel
    [ -x "$BATS_TEST_DIRNAME/../../../build/apparmor_parser" ] || skip "apparmor_parser could not be fetched"
    # No file below /etc, and one more that can do even less.
    "$BATS_TEST_DIRNAME/../../../build/apparmor_parser" --skip-cache --replace <<'END'
profile launcher-test flags=(attach_disconnected,mediate_deleted) {
    file, capability, network, mount, umount, signal, ptrace, unix, pivot_root,
    deny /etc/** r,
}
profile launcher-other flags=(attach_disconnected,mediate_deleted) {
    file, capability, network, mount, umount, signal, ptrace, unix, pivot_root,
    deny /etc/** r,
    deny /bin/** w,
}
END
}

CURRENT="cat /proc/self/attr/current"

# profile NAME: a jq filter
profile() {
    echo ".process.apparmorProfile = \"$1\""
}

inside() {
    oci exec "$@" </dev/null 3>&-
}

@test "the payload is confined, and cinit beside it is not" {
    for nnp in true false; do
        for init in true false; do
            filter="$(profile launcher-test) | .process.noNewPrivileges = $nnp | .annotations[\"launcher.init\"] = \"$init\""
            is "$(in_bundle "$filter" sh -c "$CURRENT; cat /etc/passwd 2>&1")" "launcher-test (enforce)
cat: can't open '/etc/passwd': Permission denied"
        done
    done
    is "$(in_bundle "$(profile launcher-test) | .annotations[\"launcher.init\"] = \"true\"" sh -c 'cat /proc/1/attr/current')" unconfined
    is "$(in_bundle "$(profile launcher-test) | .process.user = {uid: 1000, gid: 1000}" $CURRENT)" "launcher-test (enforce)"
    is "$(in_bundle "$(profile launcher-test) | .linux.namespaces += [{type: \"user\"}] |
        .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings" $CURRENT)" \
        "launcher-test (enforce)"
    is "$(in_bundle . $CURRENT)" unconfined
    is "$(in_bundle "$(profile unconfined)" $CURRENT)" unconfined
}

@test "a profile that is not loaded is named, when the container is created" {
    refused "$(profile no-such)" '^launcher: giving the payload the AppArmor profile no-such: No such file or directory'
    like "$output" 'hint: no such profile is loaded: aa-status'
    cant_create 125 'giving the payload the AppArmor profile no-such: No such file or directory'
}

@test "create, start and exec" {
    bundle "$(profile launcher-test)" sh -c "$CURRENT; sleep 1000"
    create "$BOX"
    oci start "$BOX"
    wait_until 10 grep -q . "$OUT"
    is "$(<"$OUT")" "launcher-test (enforce)"
    is "$(inside "$BOX" $CURRENT)" "launcher-test (enforce)"
    is "$(inside --apparmor launcher-other "$BOX" $CURRENT)" "launcher-other (enforce)"
    is "$(inside --apparmor unconfined "$BOX" $CURRENT)" unconfined
    run -125 inside --apparmor no-such "$BOX" $CURRENT
    like "$output" 'giving the payload the AppArmor profile no-such: No such file or directory'
    # of a process file: its own, or the container's
    jq '.process | .args = ["cat", "/proc/self/attr/current"]' "$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/process"
    is "$(inside --process "$BATS_TEST_TMPDIR/process" "$BOX")" "launcher-test (enforce)"
    jq '.apparmorProfile = "launcher-other"' "$BATS_TEST_TMPDIR/process" >"$BATS_TEST_TMPDIR/other"
    is "$(inside --process "$BATS_TEST_TMPDIR/other" "$BOX")" "launcher-other (enforce)"
}

@test "beside it, the label of a module that is not enabled is a warning" {
    run -0 in_bundle "$(profile launcher-test) | .process.selinuxLabel = \"a:b:c:s0\" | .linux.mountLabel = \"a:b:c:s0\"" $CURRENT
    is "${#lines[@]}" 5
    like "$output" 'warning: config.json: process.selinuxLabel: SELinux is not enabled on this host'
    like "$output" 'warning: config.json: linux.mountLabel: SELinux is not enabled on this host'
    like "$output" 'launcher-test \(enforce\)'
}
