#!/usr/bin/env bats
# run --seccomp FILE: a profile as linux.seccomp of a config.json is, or as docker and podman have it. (R15.)

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/bundle
load ../lib/oci

# profile JQ: changes a profile by which everything is allowed but mkdir, which is "not supported".
profile() {
    PROFILE=$BATS_TEST_TMPDIR/profile.json
    jq -n '{defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95}]}' | jq "$1" >"$PROFILE"
}

# makes [OPTION...]: what a mkdir under the profile comes to, "made" or its error.
makes() {
    in_container --seccomp "$PROFILE" "$@" -- sh -c 'mkdir /dev/shm/x 2>&1 && echo made' | sed 's/.*: //'
}

refused() {
    run -125 in_container --seccomp "$PROFILE" -- echo ran
    like "$output" "$1"
    [[ $output != *ran* ]]
}

@test "a rule of the file holds, and so does its errno" {
    profile .
    is "$(makes)" "Operation not supported"
    is "$(in_container --seccomp "$PROFILE" -- sed -n 's/^Seccomp:\t//p' /proc/self/status)" 2
    profile '.syscalls = []'
    is "$(makes)" made
}

@test "the second start takes the compiled filter, and it is the same" {
    profile .
    is "$(oci run --rootfs "$ROOTFS" --net none --seccomp "$PROFILE" -- mkdir /dev/shm/x 2>&1)" \
        "mkdir: can't create directory '/dev/shm/x': Operation not supported"
    is "$(find "$ROOT" -name 'seccomp-*.bpf' | wc -l)" 1
    is "$(oci run --rootfs "$ROOTFS" --net none --seccomp "$PROFILE" -- mkdir /dev/shm/x 2>&1)" \
        "mkdir: can't create directory '/dev/shm/x': Operation not supported"
}

@test "includes and excludes: capabilities of the container" {
    profile '.syscalls[0].includes = {caps: ["CAP_CHOWN"]}'
    is "$(makes)" "Operation not supported"
    is "$(makes --cap-drop chown)" made
    profile '.syscalls[0].includes = {caps: ["CAP_CHOWN", "CAP_SYS_ADMIN"]}' # all of them
    is "$(makes)" made
    profile '.syscalls[0].excludes = {caps: ["CAP_CHOWN", "CAP_SYS_ADMIN"]}' # one is enough
    is "$(makes)" made
    is "$(makes --cap-drop chown)" "Operation not supported"
    profile '.syscalls[0].includes = {caps: ["CAP_OF_THE_FUTURE"]}'
    is "$(makes)" made
    profile '.syscalls[0].excludes = {caps: ["CAP_OF_THE_FUTURE"]}'
    is "$(makes)" "Operation not supported"
}

@test "includes and excludes: machine and kernel" {
    local ours other
    case $(uname -m) in
        x86_64) ours=amd64 other=arm64 ;;
        aarch64) ours=arm64 other=amd64 ;;
    esac
    profile ".syscalls[0].includes = {arches: [\"$other\", \"$ours\"]}"
    is "$(makes)" "Operation not supported"
    profile ".syscalls[0].includes = {arches: [\"$other\"]}"
    is "$(makes)" made
    profile ".syscalls[0].excludes = {arches: [\"$ours\"]}"
    is "$(makes)" made
    profile '.syscalls[0].includes = {minKernel: "4.8"}'
    is "$(makes)" "Operation not supported"
    profile '.syscalls[0].includes = {minKernel: "99.1"}'
    is "$(makes)" made
    profile ".syscalls[0].includes = {minKernel: \"$(uname -r | cut -d . -f 1).9999\"}"
    is "$(makes)" made
    profile '.syscalls[0].excludes = {minKernel: "4.8"}'
    is "$(makes)" made
}

@test "archMap stands for the architectures of this machine" {
    profile '.archMap = [{architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"]},
        {architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"]}]'
    is "$(makes)" "Operation not supported"
    profile '.archMap = [{architecture: "SCMP_ARCH_X86_64"}] | .architectures = ["SCMP_ARCH_X86_64"]'
    refused 'profile.json: "archMap" and "architectures": only one of them can count'
    profile '.archMap = [{architecture: "SCMP_ARCH_PDP11"}]'
    refused 'profile.json:[0-9]+:[0-9]+: archMap\[0\].architecture: "SCMP_ARCH_PDP11"'
}

@test "podman's own profile" {
    PROFILE=/usr/share/containers/seccomp.json # golang-github-containers-common, which podman needs
    is "$(makes)" made
    is "$(in_container --seccomp "$PROFILE" -- sh -c 'mount -t tmpfs x /dev/shm 2>&1 | sed "s/.*: //"')" \
        "permission denied (are you root?)"
}

@test "exec into a detached container has its filter, also when the file has changed" {
    profile .
    oci run -d --name "$BOX" --rootfs "$ROOTFS" --net none --seccomp "$PROFILE" -- sleep 1000
    profile '.syscalls = []'
    run -1 oci exec "$BOX" mkdir /dev/shm/x
    like "$output" 'Operation not supported'
}

@test "what is wrong with a file is named with its place" {
    profile '.syscalls[0].action = "SCMP_ACT_PERHAPS"'
    refused "launcher: $PROFILE:[0-9]+:[0-9]+: syscalls\[0\].action: .*SCMP_ACT_PERHAPS"
    profile 'del(.defaultAction)'
    refused "$PROFILE.*defaultAction"
    profile '.syscalls[0].includes.caps = "CAP_CHOWN"'
    refused "includes.caps: expected .*, found a string"
    profile .
    truncate -s 40 "$PROFILE"
    refused "$PROFILE:[0-9]+:[0-9]+"
    : >"$PROFILE"
    refused 'the file is empty'
    rm "$PROFILE"
    refused "option --seccomp: opening $PROFILE: No such file or directory"
    mkfifo "$PROFILE"
    refused "$PROFILE is no regular file"
    PROFILE=$BATS_TEST_TMPDIR
    refused 'is no regular file'
    PROFILE=
    refused 'option --seccomp: the name of the file is empty'
}

@test "MKNOD is left out with a file as without a policy, unless it is asked for" {
    profile '.syscalls = []'
    mknod_bit() { echo $(((0x$(in_container "$@" -- sed -n 's/^CapBnd:\t//p' /proc/self/status) >> 27) & 1)); }
    is "$(mknod_bit --seccomp "$PROFILE")" 0
    is "$(mknod_bit --seccomp "$PROFILE" --cap-add mknod)" 1
    is "$(mknod_bit)" 1
}
