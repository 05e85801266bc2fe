#!/usr/bin/env bats
# process.selinuxLabel and linux.mountLabel, where SELinux is active; tests/vm/selinux runs this in a guest
# whose kernel has it, with the policy beside this file.

bats_require_minimum_version 1.5.0
load ../../lib/launcher
load ../../lib/bundle
load ../../lib/oci

BOX_LABEL=sys:r:box_t:s0:c0,c1
DATA_LABEL=sys:r:data_t:s0:c1
CURRENT="cat /proc/self/attr/current"

setup_file() {
    [ "${VMTEST-}" = 1 ] # loads a policy into the kernel
    local policy=$BATS_FILE_TMPDIR/policy
    "$BATS_TEST_DIRNAME/../../../build/secilc" --output="$policy" --filecontext=/dev/null "$BATS_TEST_DIRNAME/policy.cil"
    mount -t selinuxfs selinuxfs /sys/fs/selinux
    dd if="$policy" of=/sys/fs/selinux/load bs=1M status=none
    grep -q base_t /proc/self/attr/current
}

# label: a jq filter
label() {
    echo ".process.selinuxLabel = \"$BOX_LABEL\""
}

inside() {
    oci exec "$@" </dev/null 3>&- | tr -d '\0'
}

# said FILTER COMMAND...: what it prints, of which the kernel's labels end with a NUL
said() {
    in_bundle "$@" | tr -d '\0'
}

@test "the payload has the label, and cinit beside it has not" {
    for nnp in true false; do
        for init in true false; do
            is "$(said "$(label) | .process.noNewPrivileges = $nnp | .annotations[\"launcher.init\"] = \"$init\"" $CURRENT)" "$BOX_LABEL"
        done
    done
    like "$(said "$(label) | .annotations[\"launcher.init\"] = \"true\"" cat /proc/1/attr/current)" '^sys:r:base_t:'
    is "$(said "$(label) | .process.user = {uid: 1000, gid: 1000}" $CURRENT)" "$BOX_LABEL"
    like "$(said . $CURRENT)" '^sys:r:base_t:'
}

@test "a label that the policy does not know is named, when the container is created" {
    refused ".process.selinuxLabel = \"sys:r:other_t:s0\"" \
        '^launcher: giving the payload the SELinux label sys:r:other_t:s0: Invalid argument'
    like "$output" 'hint: the policy that is loaded knows no such label'
    cant_create 125 'giving the payload the SELinux label sys:r:other_t:s0: Invalid argument'
}

@test "create, start and exec" {
    bundle "$(label)" sleep 1000
    create "$BOX"
    oci start "$BOX"
    is "$(tr -d '\0' <"/proc/$(field "$BOX" .pid)/attr/current")" "$BOX_LABEL"
    is "$(inside "$BOX" $CURRENT)" "$BOX_LABEL"
    is "$(inside --process-label "$DATA_LABEL" "$BOX" $CURRENT)" "$DATA_LABEL"
}

@test "new file systems are mounted with the label" {
    filter=".linux.mountLabel = \"$DATA_LABEL\" | .mounts += [
        {destination: \"/tmp\", type: \"tmpfs\", source: \"tmpfs\", options: [\"tmpcopyup\"]},
        {destination: \"/mnt\", type: \"tmpfs\", source: \"tmpfs\", options: [\"context=$BOX_LABEL\"]}]"
    seen=$(said "$filter" cat /proc/mounts)
    for place in /dev /dev/pts /dev/shm /tmp; do
        like "$seen" "[a-z]+ $place (tmpfs|devpts) [^ ]*context=\"?$DATA_LABEL"
    done
    like "$seen" "tmpfs /mnt tmpfs [^ ]*context=\"?$BOX_LABEL"
    is "$(grep -cE "^(proc|sysfs|mqueue) .*context=" <<<"$seen")" 0
}

@test "of AppArmor, which is not enabled here, a warning remains" {
    run -0 in_bundle "$(label) | .process.apparmorProfile = \"some\"" true
    like "$output" 'warning: config.json: process.apparmorProfile: AppArmor is not enabled on this host'
}
