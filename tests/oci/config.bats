#!/usr/bin/env bats
# config.json from the outside: what a field says is what a program in the container finds, and what
# can't be is refused by name. What is read and how errors look is tests/unit/test_config*.c's.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/bundle

teardown() {
    rm -rf "${OPEN-}"
}

# ---- the verb spec ----

@test "spec writes a config.json that check and run take, and overwrites nothing" {
    cd "$BATS_TEST_TMPDIR"
    "$LAUNCHER" spec
    is "$(jq -r .ociVersion config.json)" 1.3.0
    ln -s "$ROOTFS" rootfs
    is "$("$LAUNCHER" spec --check .)" "config.json: fine, by version 1.3.0 of the runtime-spec"
    run -125 "$LAUNCHER" spec
    like "$output" 'config.json exists'
    before=$(sha256sum config.json)
    run -125 "$LAUNCHER" spec --bundle .
    is "$(sha256sum config.json)" "$before"
    run -125 "$LAUNCHER" spec --bundle nosuch
    like "$output" 'making nosuch/config.json: No such file or directory'
}

@test "spec --rootless is for the user who wrote it" {
    OPEN=$(mktemp -d) # an ordinary user can't get into the directory of the tests
    chmod 755 "$OPEN"
    cd "$OPEN"
    mkdir b && chown 1000:1000 b
    setpriv --reuid 1000 --regid 1000 --clear-groups "$LAUNCHER" spec --rootless --bundle b
    is "$(jq -c '[.linux.uidMappings[0].hostID, .linux.gidMappings[0].hostID]' b/config.json)" '[1000,1000]'
    cp -a "$ROOTFS" b/rootfs
    chown -R 1000:1000 b/rootfs
    jq '.process.terminal = false | .process.args = ["sh", "-c", "id -u; cat /proc/self/uid_map; hostname"]' \
        b/config.json >b/new && cat b/new >b/config.json
    run -0 setpriv --reuid 1000 --regid 1000 --clear-groups env XDG_RUNTIME_DIR="$PWD/b" \
        "$LAUNCHER" run --bundle b
    like "$output" '^0
 +0 +1000 +1
launcher$'
}

@test "spec --check names line, column and field" {
    bundle '.process.user.uid = "0"'
    run -125 "$LAUNCHER" spec --check "$BUNDLE"
    line=$(grep -n '"uid"' "$BUNDLE/config.json" | cut -d: -f1)
    is "$output" "launcher: config.json:$line:14: process.user.uid: expected an integer, found a string"
}

@test "plan --bundle prints the steps" {
    bundle '.hostname = "here"' true
    like "$("$LAUNCHER" plan --bundle "$BUNDLE")" 'setting the host name to here'
    is "$("$LAUNCHER" plan --json --bundle "$BUNDLE" | jq -r '.plan.cinit[-1].sentence')" 'executing true'
}

@test "the command line of run --bundle" {
    bundle . true
    run -0 "$LAUNCHER" run --bundle "$BUNDLE" my-name
    is "$output" ""
    run -0 "$LAUNCHER" run --bundle "$BUNDLE" -v my-name
    like "$output" 'recording the container my-name'
    run -0 "$LAUNCHER" run -b "$BUNDLE"
    run -0 "$LAUNCHER" run my-name --bundle="$BUNDLE"
    run -125 "$LAUNCHER" run --bundle "$BUNDLE" one two
    like "$output" '"two" is one word too many'
    run -125 "$LAUNCHER" run --bundle "$BUNDLE" -- true # a command would stand there, not the ID
    like "$output" '"true" is one word too many'
    like "$output" 'the command is in config.json'
    run -125 "$LAUNCHER" run --bundle "$BUNDLE" one -- true
    like "$output" '"true" is one word too many'
    run -0 "$LAUNCHER" run --bundle "$BUNDLE" one --
    run -125 "$LAUNCHER" run --bundle "$BUNDLE" ../name
    run -125 "$LAUNCHER" run --bundle "$BUNDLE" a/b
    run -125 "$LAUNCHER" run --bundle "$BUNDLE" "$(printf 'x%.0s' {1..1100})"
    run -125 "$LAUNCHER" run --bundle "$BUNDLE" --memory 1g
    like "$output" 'unknown option --memory'
    run -125 "$LAUNCHER" run --bundle ''
    # a word of the payload's is not ours
    run -0 "$LAUNCHER" --rootfs "$ROOTFS" echo --bundle
    is "$output" --bundle
}

# ---- process ----

@test "args, env, cwd and the exit status" {
    is "$(in_bundle '.process.env = ["PATH=/bin", "A=b c"] | .process.cwd = "/etc"' \
        sh -c 'pwd; tr "\0" "\n" </proc/$$/environ; echo "$#:$1"' x 'a  b')" "/etc
PATH=/bin
A=b c
1:a  b"
    bundle . sh -c 'exit 42'
    run -42 "$LAUNCHER" run --bundle "$BUNDLE"
    bundle . sh -c 'kill -9 $$'
    run -0 "$LAUNCHER" run --bundle "$BUNDLE" # PID 1 is safe from its own signals
    bundle . /nosuch
    run -127 "$LAUNCHER" run --bundle "$BUNDLE"
    bundle . /etc/passwd
    run -126 "$LAUNCHER" run --bundle "$BUNDLE"
}

@test "PID 1 is the payload, unless the annotation launcher.init says otherwise" {
    is "$(in_bundle . sh -c 'echo $$')" 1
    is "$(in_bundle '.annotations["launcher.init"] = "true"' sh -c 'echo $$')" 2
    is "$(in_bundle '.annotations["launcher.init"] = "false"' sh -c 'echo $$')" 1
}

@test "user, groups, umask" {
    is "$(in_bundle '.process.user = {uid: 1000, gid: 1001, additionalGids: [7, 8], umask: 63}' \
        sh -c 'id -u; id -g; id -G; umask')" "1000
1001
1001 7 8
0077"
    umask 0
    is "$(in_bundle . sh -c umask)" 0022 # not said: as with runc and crun
}

@test "capabilities are exactly those of the five sets" {
    show='grep ^Cap /proc/self/status | cut -f2'
    is "$(in_bundle 'del(.process.capabilities)' sh -c "$show" | sort -u)" 0000000000000000
    is "$(in_bundle '.process.capabilities = {bounding: ["CAP_KILL", "CAP_CHOWN"],
        permitted: ["CAP_KILL"], effective: ["CAP_KILL"], inheritable: [], ambient: []}' sh -c "$show")" \
        "0000000000000000
0000000000000020
0000000000000020
0000000000000021
0000000000000000" # no_new_privs: execve(2) adds nothing for root
    # of another user: what is ambient stays
    is "$(in_bundle '.process.user.uid = 5 | .process.capabilities |= ({} | .bounding = ["CAP_KILL"] |
        .permitted = .bounding | .effective = .bounding | .inheritable = .bounding |
        .ambient = .bounding)' sh -c "$show" | sort -u)" 0000000000000020
}

@test "a capability that can't be had is a warning" {
    bundle '.process.capabilities.bounding += ["CAP_TIME_TRAVEL"]' true
    run -0 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" 'process.capabilities.bounding\[3\]: there is no capability "CAP_TIME_TRAVEL"'
    bundle '.process.capabilities.ambient = ["CAP_KILL"]' true
    run -0 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" 'what is not permitted and inheritable'
    bundle '.process.capabilities |= map_values(["CAP_KILL", "CAP_CHOWN"])' true
    run -0 setpriv --bounding-set -chown "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" 'launcher itself lacks CAP_CHOWN'
}

@test "rlimits, OOM score, scheduler, I/O priority, no_new_privs" {
    is "$(in_bundle '.process.rlimits = [{type: "RLIMIT_CORE", soft: 512, hard: 1024}]' \
        sh -c 'grep core /proc/self/limits | tr -s " "')" 'Max core file size 512 1024 bytes '
    is "$(in_bundle '.process.oomScoreAdj = 321' cat /proc/self/oom_score_adj)" 321
    is "$(in_bundle '.process.scheduler = {policy: "SCHED_BATCH", nice: 7}' \
        sh -c 'cut -d" " -f19,41 /proc/self/stat')" '7 3'
    is "$(in_bundle '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 3}' ionice)" 'best-effort: prio 3'
    is "$(in_bundle '.process.noNewPrivileges = true' grep NoNewPrivs /proc/self/status)" $'NoNewPrivs:\t1'
    is "$(in_bundle 'del(.process.noNewPrivileges)' grep NoNewPrivs /proc/self/status)" $'NoNewPrivs:\t0'
}

@test "a terminal of its own, of the size that is said" {
    is "$(in_bundle '.process.terminal = true | .process.consoleSize = {height: 33, width: 77}' \
        sh -c 'stty size; tty' </dev/null | tr -d '\r')" "33 77
/dev/pts/0"
    run -1 in_bundle . tty
}

@test "personality" {
    is "$(in_bundle '.linux.personality.domain = "LINUX32"' uname -m)" i686
}

# ---- root and mounts ----

@test "root: relative to the bundle, read-only or not, its propagation" {
    bundle '.root = {path: "my/root"}' touch /new
    mkdir -p "$BUNDLE/my"
    cp -a "$ROOTFS" "$BUNDLE/my/root"
    "$LAUNCHER" run --bundle "$BUNDLE"
    [ -e "$BUNDLE/my/root/new" ]
    run -1 in_bundle '.root.readonly = true' touch /new
    like "$output" 'Read-only file system'
    like "$(in_bundle '.linux.rootfsPropagation = "shared"' grep ' / .*ext4\| / .* - ' /proc/self/mountinfo)" 'shared:'
    like "$(in_bundle '.linux.rootfsPropagation = "unbindable"' sh -c 'grep " / " /proc/self/mountinfo')" 'unbindable'
}

@test "only the mounts that are listed, in their order" {
    is "$(in_bundle '.mounts = [{destination: "/proc", type: "proc", source: "proc"}] |
        .linux.maskedPaths = [] | .linux.readonlyPaths = []' sh -c 'cut -d" " -f5 /proc/self/mountinfo')" "/
/proc"
    # one hides the other
    is "$(in_bundle '.mounts += [{destination: "/mnt", type: "tmpfs", source: "one", options: ["ro"]},
        {destination: "/mnt", type: "tmpfs", source: "two"}]' sh -c 'touch /mnt/x && ls /mnt')" x
}

@test "bind mounts: absolute, relative to the bundle, read-only, of a file, recursive" {
    dir=$BATS_TEST_TMPDIR/data
    mkdir -p "$dir" && echo hello >"$dir/file"
    bundle ".mounts += [{destination: \"/d\", source: \"$dir\", options: [\"bind\", \"ro\"]},
        {destination: \"/e\", type: \"none\", source: \"sub\", options: [\"rbind\"]},
        {destination: \"/f\", type: \"bind\", source: \"$dir/file\"}]" \
        sh -c 'cat /d/file /f; touch /e/made; touch /d/no'
    mkdir "$BUNDLE/sub"
    cp -a "$ROOTFS" "$BUNDLE/rootfs"
    jq '.root.path = "rootfs"' "$BUNDLE/config.json" >"$BUNDLE/new"
    mv "$BUNDLE/new" "$BUNDLE/config.json"
    run -1 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" 'hello
hello
touch: /d/no: Read-only file system'
    [ -e "$BUNDLE/sub/made" ]
}

@test "mount options" {
    options() {
        in_bundle ".mounts += [{destination: \"/mnt\", type: \"tmpfs\", source: \"t\", options: $1}]" \
            sh -c 'grep " /mnt " /proc/self/mountinfo | cut -d" " -f6-'
    }
    like "$(options '["nosuid","noexec","nodev","ro","mode=1711","size=64k"]')" \
        '^ro,nosuid,nodev,noexec,relatime - tmpfs t rw,size=64k,mode=1711'
    like "$(options '["noatime","nodiratime","nosymfollow"]')" '^rw,noatime,nodiratime,nosymfollow '
    like "$(options '["strictatime","shared","loud","defaults"]')" '^rw shared:'
    like "$(options '["sync","dirsync"]')" ' rw,sync,dirsync'
    run -125 options '["nosuchoption"]'
    like "$output" 'mounting tmpfs on /mnt'
}

@test "remount changes attributes, and is refused with an option that it can't change" {
    local first='{destination: "/mnt", type: "tmpfs", options: ["size=64k", "nosuid"]}'
    is "$(in_bundle ".mounts += [$first, {destination: \"/mnt\", type: \"tmpfs\", options: [\"remount\", \"ro\"]}]" \
        sh -c 'grep " /mnt " /proc/mounts | cut -d" " -f4')" ro,nosuid,relatime,size=64k
    refused ".mounts += [$first, {destination: \"/mnt\", type: \"tmpfs\", options: [\"remount\", \"size=32k\"]}]" \
        'mounting /mnt again: a remount has no option "size"'
}

@test "masked and read-only paths, wherever proc and sys stand in the list" {
    hidden='cat /proc/timer_list | wc -c; cp /proc/sys/kernel/panic /tmp/p 2>/dev/null; touch /proc/sys/kernel/panic'
    run in_bundle '.mounts |= reverse | .linux.maskedPaths = ["/proc/timer_list"] |
        .linux.readonlyPaths = ["/proc/sys"] |
        .mounts |= map(select(.destination == "/proc" or .destination == "/sys"))' sh -c "$hidden"
    is "${lines[0]}" 0
    like "$output" 'Read-only file system'
    run in_bundle '.linux.maskedPaths = [] | .linux.readonlyPaths = []' \
        sh -c 'wc -c </proc/timer_list; grep -c " /proc/" /proc/self/mountinfo'
    [ "${lines[0]}" -gt 0 ]
    is "${lines[1]}" 0
}

@test "the container's cgroups, as the host has them" {
    # a process that the container can't see is 0 in there
    for filter in . '.linux.namespaces |= map(select(.type != "cgroup"))'; do
        is "$(in_bundle "$filter" sh -c 'cat /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs 2>/dev/null |
            grep -cx 0')" 0
    done
    for own in true false; do
        like "$(in_bundle "$($own && echo . || echo '.linux.namespaces |= map(select(.type != "cgroup"))')" \
            sh -c 'grep " /sys/fs/cgroup" /proc/self/mountinfo | cut -d" " -f5,6; find /sys/fs/cgroup -name cgroup.procs -maxdepth 2 | xargs cat | sort -u | head -n 1')" \
            '/sys/fs/cgroup ro,nosuid,nodev,noexec,relatime.*'
        run in_bundle . sh -c 'for i in /sys/fs/cgroup /sys/fs/cgroup/*; do mkdir $i/x && echo made $i; done'
        [[ $output != *made* ]]
    done
}

# ---- namespaces ----

@test "namespaces: those that are listed are new, the others are the host's" {
    for type in pid network ipc uts cgroup; do
        name=${type/network/net}
        own=$(in_bundle '.linux.maskedPaths = []' readlink "/proc/self/ns/$name")
        [ "$own" != "$(readlink "/proc/self/ns/$name")" ]
        [ "$type" != pid ] || continue
        is "$(in_bundle "del(.hostname) | .mounts |= map(select(.type != \"mqueue\")) |
            .linux.namespaces |= map(select(.type != \"$type\"))" readlink "/proc/self/ns/$name")" \
            "$(readlink "/proc/self/ns/$name")"
    done
    is "$(in_bundle . sh -c 'ip link | grep -c "^[0-9]"; ip link show lo | grep -c LOWER_UP')" "1
1"
}

@test "host name, domain name, sysctl" {
    is "$(in_bundle '.hostname = "here" | .domainname = "there" |
        .linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "8000"}' \
        sh -c 'hostname; cat /proc/sys/kernel/domainname /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax')" "here
there
1
8000"
    refused '.linux.sysctl = {"kernel.panic": "1"}' 'config.json: the sysctl kernel/panic belongs to the whole machine'
}

@test "a user namespace with its maps" {
    is "$(in_bundle '.linux.namespaces += [{type: "user"}] |
        .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}, {containerID: 1, hostID: 100001, size: 65535}] |
        .linux.gidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .process.user.uid = 7 ' \
        sh -c 'id -u; cat /proc/self/uid_map | tr -s " "; cat /proc/self/gid_map | tr -s " "')" "7
 0 0 1
 1 100001 65535
 0 0 65536"
    refused '.linux.namespaces += [{type: "user"}]' 'a new user namespace needs linux.uidMappings'
    refused '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}]' 'need a user namespace'
}

@test "what is wrong with namespaces" {
    refused '.linux.namespaces += [{type: "pid"}]' 'config.json:[0-9]+:[0-9]+: linux.namespaces\[6\]: the pid namespace stands here twice'
    refused '.linux.namespaces[0].type = "net"' 'there is no namespace "net"'
    refused '.linux.namespaces[1].path = "/etc/passwd"' 'config.json: /etc/passwd is no namespace'
    refused '.linux.namespaces[1].path = "/proc/self/ns/uts"' 'is a namespace of another type than network'
    refused '.linux.namespaces[1].path = "/nosuch"' 'opening the network namespace /nosuch: No such file'
    refused '.linux.namespaces |= map(select(.type != "uts"))' 'needs a uts namespace'
}

# ---- devices ----

@test "the default devices, those of the list, their modes and owners" {
    is "$(in_bundle '.linux.devices = [
        {path: "/dev/mine", type: "c", major: 1, minor: 3, fileMode: 384, uid: 3, gid: 4},
        {path: "/dev/pipe", type: "p"}, {path: "/dev/deep/er", type: "u", major: 1, minor: 5}]' \
        sh -c 'for i in null zero full random urandom tty mine pipe deep/er; do stat -c "%n %F %t:%T %a %u:%g" /dev/$i; done; readlink /dev/fd; readlink /dev/ptmx')" \
        "/dev/null character special file 1:3 666 0:0
/dev/zero character special file 1:5 666 0:0
/dev/full character special file 1:7 666 0:0
/dev/random character special file 1:8 666 0:0
/dev/urandom character special file 1:9 666 0:0
/dev/tty character special file 5:0 666 0:0
/dev/mine character special file 1:3 600 3:4
/dev/pipe fifo 0:0 666 0:0
/dev/deep/er character special file 1:5 666 0:0
/proc/self/fd
pts/ptmx"
}

@test "devices work where /dev is the root file system's, and outside of it" {
    bundle '.mounts |= map(select(.destination | startswith("/dev") | not)) | .root = {path: "rootfs"} |
        .linux.devices = [{path: "/opt/null", type: "c", major: 1, minor: 3}]' \
        sh -c 'echo x >/dev/null && head -c 3 /dev/zero | wc -c && echo x >/opt/null && readlink /dev/fd'
    cp -a "$ROOTFS" "$BUNDLE/rootfs"
    rm -rf "$BUNDLE/rootfs/dev"
    mkdir "$BUNDLE/rootfs/dev"
    run -0 "$LAUNCHER" run --bundle "$BUNDLE"
    is "$output" "3
/proc/self/fd"
}

@test "the rules for devices: denied unless allowed, the default ones always" {
    kmsg='.linux.devices = [{path: "/dev/log2", type: "c", major: 1, minor: 11}] | .process.capabilities |=
        map_values(. + ["CAP_SYSLOG"])'
    run in_bundle "$kmsg" sh -c '(exec 3</dev/log2) && echo open; echo x >/dev/null && echo null'
    like "$output" "can't open /dev/log2"
    like "$output" 'null$'
    run in_bundle "$kmsg | .linux.resources.devices += [{allow: true, type: \"c\", major: 1, minor: 11, access: \"r\"}]" \
        sh -c 'exec 3</dev/log2 && echo open; (exec 4>/dev/log2) && echo writable'
    like "$output" '^open'
    [[ $output != *writable* ]]
    run in_bundle "$kmsg | .linux.resources.devices = [{allow: true, access: \"rwm\"}]" \
        sh -c 'exec 3</dev/log2 && echo open'
    is "$output" open
}

# ---- cgroups ----

@test "cgroupsPath and resources" {
    like "$(in_bundle '.linux.cgroupsPath = "/n-oci-test/one" | .linux.resources = {
        memory: {limit: 33554432, swap: 33554432}, pids: {limit: 17}, cpu: {shares: 512, quota: 50000, period: 100000}} |
        .linux.namespaces |= map(select(.type != "cgroup"))' sh -c 'cat /proc/self/cgroup; find /sys/fs/cgroup/ -maxdepth 2 \( -name memory.max -o -name memory.limit_in_bytes -o -name pids.max -o -name cpu.shares -o -name cpu.weight \) | sort | xargs cat')" \
        '/n-oci-test/one.*(512|59).*33554432.*17' # as the OCI converts the shares of v1
    is "$(find /sys/fs/cgroup -path '*/n-oci-test/one' -prune)" ""
    find /sys/fs/cgroup -maxdepth 2 -name n-oci-test -type d -exec rmdir {} + 2>/dev/null || true
}

@test "cgroupsPath as a directory of the host, seen without a cgroup namespace" {
    local base=/sys/fs/cgroup
    [[ ! -d $base/pids ]] || base+=/pids
    like "$(in_bundle ".linux.cgroupsPath = \"$base/n-oci-dir\" | .linux.resources.pids.limit = 18 |
        .linux.namespaces |= map(select(.type != \"cgroup\"))" cat "$base/pids.max" /proc/self/cgroup)" \
        '^18.*/n-oci-dir'
    refused '.linux.cgroupsPath = "/a/../b"' '"/a/../b" can.t be the path of a cgroup'
}

# ---- seccomp ----

@test "seccomp: no filter unless given; then by action, errno, arguments" {
    is "$(in_bundle . grep '^Seccomp:' /proc/self/status)" $'Seccomp:\t0'
    is "$(in_bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"}' grep '^Seccomp:' /proc/self/status)" $'Seccomp:\t2'
    run in_bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
        {names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 38},
        {names: ["chmod", "fchmodat"], action: "SCMP_ACT_ERRNO"}]}' sh -c 'mkdir /tmp/x; chmod 0 /etc'
    like "$output" 'Function not implemented'
    like "$output" 'Operation not permitted'
    run in_bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
        {names: ["kill"], action: "SCMP_ACT_ERRNO", errnoRet: 95, args: [{index: 1, value: 10, op: "SCMP_CMP_EQ"}]}]}' \
        sh -c 'kill -12 1; kill -10 1; echo "status $?"'
    like "$output" "Not supported|Operation not supported"
    like "$output" 'status 1'
    run -159 in_bundle '.annotations["launcher.init"] = "true" | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_KILL_PROCESS"}]}' mkdir /tmp/x
    # without no_new_privs as well
    is "$(in_bundle '.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"}' \
        grep '^Seccomp:' /proc/self/status)" $'Seccomp:\t2'
}

@test "seccomp: a real profile of 400 calls" {
    profile=$(jq -c .linux.seccomp "$TOP/tests/fuzz/corpus/fuzz_config/podman-pretty")
    run in_bundle '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])' swapoff /nosuch
    like "$output" 'No such file'
    run in_bundle ".process.capabilities |= map_values(. + [\"CAP_SYS_ADMIN\"]) | .linux.seccomp = $profile" sh -c 'echo fine; swapoff /nosuch; echo after'
    like "$output" '^fine'
    like "$output" 'swapoff: /nosuch: Operation not permitted'
    like "$output" 'after$'
}

@test "seccomp: the filter is kept for the next start, until gc" {
    bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
        {names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95}]}' mkdir /tmp/x
    export LAUNCHER BUNDLE
    mkdir -p /run/launcher
    run -0 unshare --mount sh -c '
        mount -t tmpfs -o mode=700 none /run/launcher && cd /run/launcher
        "$LAUNCHER" plan --bundle "$BUNDLE" >/dev/null; ls | wc -l
        for i in 1 2; do
            "$LAUNCHER" run --bundle "$BUNDLE" 2>&1
            stat -c "%a %s %i" seccomp-*.bpf
        done
        "$LAUNCHER" gc; ls | wc -l'
    mapfile -t lines <<<"$output"
    is "${lines[0]}" 0 # plan changes nothing
    like "${lines[1]}" 'Not supported|Operation not supported'
    like "${lines[2]}" '^600 '
    is "${lines[3]} ${lines[4]}" "${lines[1]} ${lines[2]}"
    is "${lines[5]} ${lines[6]}" "0 0"
}

@test "seccomp: what is for SCMP_ACT_NOTIFY only does nothing without it" {
    is "$(in_bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/run/x",
        flags: ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]}' \
        grep '^Seccomp:' /proc/self/status)" $'Seccomp:\t2'
}

# ---- what a host may lack ----

# label FIELD MODULE VALUE: without the security module there is a warning; with it, tests/vm/inside looks.
label() {
    case $2 in
        AppArmor) ! grep -qs Y /sys/module/apparmor/parameters/enabled || skip "AppArmor is enabled" ;;
        SELinux) [ ! -e /sys/fs/selinux/enforce ] || skip "SELinux is enabled" ;;
    esac
    run -0 in_bundle ".$1 = \"$3\"" true
    like "$output" "warning: config.json: $1: $2 is not enabled on this host"
}

@test "a class of network traffic takes a controller of cgroup v1, tests/vm/inside has it" {
    ! grep -q 'cgroup .*[ ,]net_cls' /proc/self/mounts || skip "net_cls is mounted"
    refused '.linux.resources.network.classID = 1048577' \
        '^launcher: .*find the cgroup controller "net_cls" on this host: No such file'
    like "$output" 'hint: only cgroup v1 has it'
    refused '.linux.resources.network.priorities = [{name: "lo", priority: 5}]' 'the cgroup controller "net_prio"'
    run -0 in_bundle '.linux.resources.network = {classID: 0, priorities: []}' true
    is "$output" ""
}

@test "leafWeight was CFQ's, which is gone: a warning" {
    run -0 in_bundle '.linux.resources.blockIO = {leafWeight: 10, weightDevice: [{major: 1, minor: 0, leafWeight: 20}]}' true
    is "${#lines[@]}" 4
    like "$output" 'warning: config.json:[0-9]+:[0-9]+: linux.resources.blockIO.leafWeight: the kernel has no such limit any more'
    like "$output" 'linux.resources.blockIO.weightDevice\[0\].leafWeight: the kernel has no such limit'
}

# What is done where it is mounted, tests/unit/test_resctrl.c looks at.
@test "intelRdt takes a resctrl file system" {
    ! grep -q ' resctrl ' /proc/self/mounts || skip "resctrl is mounted"
    refused '.linux.intelRdt.closID = "a"' \
        '^launcher: putting the new process into the resctrl group a: linux.intelRdt: no resctrl file system is mounted on /sys/fs/resctrl'
    like "$output" 'hint: mount -t resctrl'
    refused '.linux.intelRdt = {}' 'linux.intelRdt: no resctrl'
}

@test "labels are ignored where nobody would look at them" {
    label process.apparmorProfile AppArmor docker-default
    label process.selinuxLabel SELinux system_u:system_r:container_t:s0
    label linux.mountLabel SELinux system_u:object_r:container_file_t:s0
    run -0 in_bundle '.process.apparmorProfile = "unconfined"' true
    is "$output" ""
}

@test "options of file systems mean nothing to a bind mount" {
    mkdir "$BATS_TEST_TMPDIR/dir"
    run -0 in_bundle ".mounts += [{destination: \"/mnt\", source: \"$BATS_TEST_TMPDIR/dir\", options: [\"bind\", \"ro\", \"size=1k\"]}]" \
        sh -c 'grep -c " /mnt .* ro," /proc/mounts'
    like "$output" 'warning: config.json: mounts\[[0-9]+\].options: a bind mount has no option size'
    is "${lines[-1]}" 1
}

@test "without a process a container is at its end when it is started" {
    bundle 'del(.process)' true
    "$LAUNCHER" create --bundle "$BUNDLE" idle
    is "$("$LAUNCHER" state idle | jq -r .status)" created
    "$LAUNCHER" start idle
    wait_until 10 sh -c "'$LAUNCHER' state idle | grep -q stopped"
    "$LAUNCHER" delete idle
    "$LAUNCHER" run --bundle "$BUNDLE"
}

@test "a capability that there isn't is an error for who writes version 1.0" {
    refused '.ociVersion = "1.0.2" | .process.capabilities.bounding += ["CAP_TIME_TRAVEL"]' \
        'config.json:[0-9]+:[0-9]+: process.capabilities.bounding.*there is no capability "CAP_TIME_TRAVEL"'
}

# ---- bad input ----

@test "config.json is missing, empty, no file, or not to be read" {
    mkdir "$BATS_TEST_TMPDIR/b"
    run -125 "$LAUNCHER" run --bundle "$BATS_TEST_TMPDIR/b"
    like "$output" 'config.json: No such file or directory'
    like "$output" 'hint: a bundle is a directory with a config.json'
    run -125 "$LAUNCHER" run --bundle "$BATS_TEST_TMPDIR/nosuch"
    like "$output" 'finding the bundle .*nosuch: No such file or directory'
    raw_bundle ''
    run -125 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" 'config.json:1:1: the file is empty'
    rm "$BUNDLE/config.json"
    mkfifo "$BUNDLE/config.json"
    run -125 timeout 5 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" 'is no regular file'
    rm "$BUNDLE/config.json"
    mkdir "$BUNDLE/config.json"
    run -125 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" 'is no regular file'
}

@test "config.json is cut off, huge, deep, or holds a NUL" {
    bundle . true
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/whole"
    size=$(stat -c %s "$BATS_TEST_TMPDIR/whole")
    for ((at = 1; at < size - 2; at += 97)); do
        head -c "$at" "$BATS_TEST_TMPDIR/whole" >"$BUNDLE/config.json"
        run -125 "$LAUNCHER" run --bundle "$BUNDLE"
        like "$output" '^launcher: config.json:[0-9]+:[0-9]+:'
    done
    { printf '{"x": "'; head -c 10000000 /dev/zero | tr '\0' a; printf '"}'; } >"$BUNDLE/config.json"
    run -125 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" 'config.json:1:1: the field "ociVersion" is missing'
    truncate -s 20M "$BUNDLE/config.json"
    run -125 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" 'larger than 16 MiB'
    head -c 1000000 /dev/zero | tr '\0' '[' >"$BUNDLE/config.json"
    run -125 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" 'expected an object, found a list'
    printf '{"a":\0}' >"$BUNDLE/config.json"
    run -125 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" 'config.json:1:6: this is no JSON value'
}

@test "values that can't be" {
    while IFS='|' read -r message filter; do
        refused "$filter" "config.json.*$message"
    done <<'END'
process.args: it is empty|.process.args = []
process.user.uid: -1 is not from 0|.process.user.uid = -1
process.cwd: "tmp" is not an absolute path|.process.cwd = "tmp"
process.cwd|.process.cwd = "/a/../.."
process: the field "cwd" is missing|del(.process.cwd)
process.rlimits.1.: RLIMIT_NOFILE stands here twice|.process.rlimits += .process.rlimits
the field "root" is missing|del(.root)
root.path: /nosuch: [Nn]o such file|.root.path = "/nosuch"
root.path: /etc/passwd: [Nn]ot a directory|.root.path = "/etc/passwd"
mounts.0..source: /nosuch, to be mounted on /m: [Nn]o such|.mounts = [{destination: "/m", type: "bind", source: "/nosuch"}]
only the proc file system can be mounted on /proc|.mounts[0].type = "tmpfs"
nothing can be mounted on /proc/sys|.mounts += [{destination: "/proc/sys", type: "tmpfs"}]
ociVersion: launcher knows version 1|.ociVersion = "2.0.0"
END
}

@test "a working directory that is missing is made, as runc does" {
    is "$(in_bundle '.mounts += [{destination: "/tmp", type: "tmpfs", options: ["mode=1777"]}] |
        .process.cwd = "/tmp/a/b" | .process.user = {uid: 1000, gid: 1000}' \
        sh -c 'pwd; stat -c "%a %u" . ..')" "/tmp/a/b
755 0
755 0"
    bundle '.process.cwd = "/nosuch"' true
    run -125 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" 'entering the working directory /nosuch: Read-only file system'
}

@test "a working directory that is no directory, or a descriptor of ours" {
    bundle '.process.cwd = "/etc/passwd"' true
    run -125 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" 'entering the working directory /etc/passwd: [Nn]ot a directory'
    for fd in {3..30}; do
        bundle ".process.cwd = \"/proc/self/fd/$fd\"" sh -c 'echo started'
        run "$LAUNCHER" run --bundle "$BUNDLE"
        [[ $output != *started* ]]
    done
}

@test "a name that stands twice" {
    raw_bundle '{"ociVersion":"1.0.2",
        "hostname":"a", "hostname":"b"}'
    run -125 "$LAUNCHER" run --bundle "$BUNDLE"
    is "$output" 'launcher: config.json:2:25: the name "hostname" stands here twice'
}

@test "memoryPolicy: of the payload, and of what it starts" {
    is "$(in_bundle '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}' sh -c 'sh -c "grep -m1 stack /proc/self/numa_maps"' | cut -d' ' -f2)" bind:0
    is "$(in_bundle '.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]} | .annotations["launcher.init"] = "true"' \
        grep -m1 stack /proc/self/numa_maps | cut -d' ' -f2)" interleave=static:0
    is "$(in_bundle '.linux.memoryPolicy = {mode: "MPOL_LOCAL"}' grep -m1 stack /proc/self/numa_maps | cut -d' ' -f2)" local
    refused '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "1000"}' 'setting the memory policy that linux.memoryPolicy says: Invalid argument'
}

@test "what only cgroup v1 knows" {
    directory=$(in_bundle '.linux.resources.memory = {swappiness: 7, disableOOMKiller: true} |
        .linux.cgroupsPath = "/launcher-v1-test"' sh -c 'sed -n "s/.*:memory:/memory/p" /proc/self/cgroup') || return 1
    [ -n "$directory" ] || return 0 # v2 has nothing like it, and it does nothing
    bundle '.linux.resources.memory = {swappiness: 7, disableOOMKiller: true} | .linux.cgroupsPath = "/launcher-v1-test"' sleep 984
    "$LAUNCHER" run --bundle "$BUNDLE" 3>&- &
    wait_until 5 pgrep -fx 'sleep 984'
    files=$(cd /sys/fs/cgroup/memory/launcher-v1-test && cat memory.swappiness memory.oom_control)
    pkill -KILL -fx 'sleep 984'
    wait $! || true
    like "$files" '^7
oom_kill_disable 1'
}
