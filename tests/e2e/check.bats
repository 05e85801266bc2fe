#!/usr/bin/env bats
# Row K2: launcher check, in views of this host in which something is really missing. Wherever it
# gives a verdict, the main job is run in the same view, and has to agree. tests/cgroup/check.bats has
# what depends on the layout of cgroups.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers

setup_file()
{
    leftovers_setup_file
    export FORBID=$BATS_FILE_TMPDIR/forbid
    musl-gcc -std=gnu17 -D_GNU_SOURCE -O2 -static -idirafter "$TOP/build/deps/kernel" \
        -o "$FORBID" "$BATS_TEST_DIRNAME/../lib/forbid.c"
}

teardown_file() { leftovers_teardown_file; }

teardown()
{
    leftovers_check
    is "$(find /sys/fs/cgroup -name 'launcher-check-*')" ""
}

# check [VIEW...]: launcher check --json, started by the command VIEW; its report is in $REPORT, its
# exit status in $CHECKED. Every check that did not pass has to tell a cure.
check()
{
    REPORT=$BATS_TEST_TMPDIR/report
    CHECKED=0
    "${@:-host}" "$LAUNCHER" check --json >"$REPORT" || CHECKED=$?
    is "$(jq -r '.checks[] | select(.status != "PASS" and (.cure // "") == "") | .check' "$REPORT")" ""
    is "$(jq -r '.checks[] | select(.status == "PASS" and .cure != null) | .check' "$REPORT")" ""
    is "$(jq .summary.canRun "$REPORT")" "$([ "$CHECKED" -eq 0 ] && echo true || echo false)"
}

# said NAME: "STATUS FOUND; CURE" of a check.
said()
{
    jq -r --arg name "$1" '.checks[] | select(.check == $name) | "\(.status) \(.found); \(.cure // "")"' "$REPORT"
}

# failed: the names of those that failed.
failed()
{
    jq -r '.checks[] | select(.status == "FAIL") | .check' "$REPORT" | paste -sd, -
}

# agrees STATUS [VIEW...]: check exits so in that view, and the main job works or fails accordingly.
agrees()
{
    local wanted=$1 worked=0
    shift
    check "$@"
    is "$CHECKED" "$wanted"
    "$@" "$LAUNCHER" --rootfs "$ROOTFS" --net none -- /bin/true 2>"$BATS_TEST_TMPDIR/errors" || worked=1
    is "$worked" "$wanted"
}

# view SCRIPT COMMAND...: runs the command in a mount namespace of its own that the script prepared.
view()
{
    local script=$1
    shift
    host unshare --mount --propagation private sh -c "set -e; $script; exec \"\$@\"" - "$@"
}

ordinary_view()
{
    local script=$1
    shift
    view "$script" setpriv --reuid 65534 --regid 65534 --clear-groups \
        env XDG_RUNTIME_DIR=/run/ordinary "$@"
}

# ---- this host

@test "root on this host: every namespace, file system and system call passes, and it exits 0" {
    agrees 0 host
    is "$(failed)" ""
    is "$(jq -r '.summary | "\(.uid) \(.rootless)"' "$REPORT")" "0 false"
    local name
    for name in {user,mnt,pid,net,ipc,uts,cgroup,time}\ namespace loopback "mount API" pivot_root \
        proc sysfs tmpfs devpts mqueue overlay version "clone3, pidfd" "sealed memory file" seccomp; do
        like "$(said "$name")" "^PASS "
    done
    is "$(said version)" "PASS Linux $(uname -r); "
    is "$(jq '[.checks[].check] - ([.checks[].check] | unique) | length' "$REPORT")" 0
}

@test "an ordinary user: tried within a user namespace, and it exits 0" {
    agrees 0 as_nobody
    is "$(jq -r '.summary | "\(.uid) \(.rootless)"' "$REPORT")" "65534 true"
    is "$(said "user namespace")" "PASS can be made, with user 65534 as its root; "
    is "$(said XDG_RUNTIME_DIR)" "PASS /run/ordinary takes files; "
    like "$(said capabilities)" "^PASS .*CAP_SYS_ADMIN"
    like "$(said "overlay, rootless")" "^PASS"
    is "$(said CAP_SYS_RESOURCE)$(said overlay)" "" # of no use to him
}

@test "text: the same checks as in JSON, aligned, one line each, and a summary" {
    check host
    run -0 host "$LAUNCHER" check
    is "$(grep -E '^  (PASS|WARN|FAIL)  ' <<<"$output" | cut -c 3-6,9-34 | sed 's/ *$//')" \
        "$(jq -r '.checks[] | "\(.status)\(.check)"' "$REPORT")"
    is "$(grep -E '^  ' <<<"$output" | grep -cvE '^  (PASS|WARN|FAIL)  .{26} [^ ]')" 0
    is "$(grep -E '^  (WARN|FAIL)' <<<"$output" | grep -cvE ' \(it is for .+\); hint: .')" 0
    is "$(grep -E '^  PASS' <<<"$output" | grep -c 'hint:')" 0
    is "${lines[-1]}" "$(jq -r '.summary | "Containers can run here as root: \(.passed) passed, \(.warnings) warnings, \(.failed) failed"' "$REPORT")"
    is "$(jq -r '.summary | .passed + .warnings + .failed' "$REPORT")" "$(jq '.checks | length' "$REPORT")"
}

@test "wrong usage is an error of its own, and nothing is tried" {
    run -125 "$LAUNCHER" check --jsno
    fails_with 125 "unknown option --jsno" "did you mean --json?"
    run -125 "$LAUNCHER" check everything
    fails_with 125 'check takes no "everything"'
}

# ---- namespaces forbidden

# limited SWITCH COMMAND...: an ordinary user where user.SWITCH is 0.
limited()
{
    host env XDG_RUNTIME_DIR=/run/ordinary "$BATS_TEST_DIRNAME/../lib/limited" "$@"
}

@test "no user namespaces for an ordinary user: one check says which switch, the others refer to it" {
    agrees 1 limited max_user_namespaces
    is "$(said max_user_namespaces)" \
        "WARN /proc/sys/user/max_user_namespaces is 0; sysctl user.max_user_namespaces=10000"
    like "$(said "user namespace")" "^FAIL clone3: No space left on device; .*raise user.max_user_namespaces"
    like "$(said "mnt namespace")" '^FAIL not tried: .*; the check "user namespace" says'
    like "$(said "clone3, pidfd")" "^PASS" # what needs none is tried all the same
    run -1 limited max_user_namespaces "$LAUNCHER" check
    like "${lines[-1]}" "^Containers can't run here as user 65534, in user namespaces: "
}

@test "each other kind of namespace used up: its check fails, and the main job with it" {
    local kind
    for kind in mnt pid net ipc uts cgroup; do
        agrees 1 limited "max_${kind}_namespaces"
        like "$(said "$kind namespace")" "^FAIL clone3: No space left on device; .*user.max_\*_namespaces"
    done
    agrees 0 limited max_time_namespaces
    like "$(said "time namespace")" "^WARN clone3: No space left on device"
}

@test "root of a user namespace: warnings for what takes the host's root, and it exits 0" {
    agrees 0 host unshare --user --map-root-user
    like "$(said "idmapped mounts")" "^WARN .*Operation not permitted; that takes root of the host"
}

@test "in a container with the default policy, and in one without" {
    mkdir "$BATS_TEST_TMPDIR/bin"
    cp "$LAUNCHER" "$BATS_TEST_TMPDIR/bin/launcher"
    check_inside()
    {
        contain "$@" -v "$BATS_TEST_TMPDIR/bin:/opt:ro" -- /opt/launcher check --json
    }
    REPORT=$BATS_TEST_TMPDIR/inside
    status=0
    check_inside >"$REPORT" || status=$?
    is "$status" 1
    like "$(said "clone3, pidfd")" "^FAIL clone3: Function not implemented; a seccomp policy .*--seccomp unconfined"
    check_inside --seccomp unconfined --unmask all --cap-add ALL --tmpfs /run >"$REPORT"
    is "$(failed)" ""
    status=0
    check_inside --seccomp unconfined --cap-add SYS_ADMIN --tmpfs /run >"$REPORT" || status=$?
    is "$status" 1
    like "$(said "proc")" "^PASS|^FAIL mounting proc: Operation not permitted; .*--unmask all"
    like "$(said loopback)" "^FAIL .*Operation not permitted; .*CAP_NET_ADMIN"
    is "$(failed)" "loopback,capabilities"
}

# ---- system calls forbidden

# forbidding CALL ANSWER COMMAND...: the command under a filter against one system call.
forbidding()
{
    local call=$1 answer=$2
    shift 2
    host "$FORBID" "$call" "$answer" "$@"
}

@test "a needed system call forbidden: its check fails, and the main job with it" {
    local row call
    for row in openat2="openat2, close_range" close_range="openat2, close_range" \
        memfd_create="sealed memory file" execveat="sealed memory file" fsopen="mount API" \
        mount_setattr="mount API" open_tree="mount API" pivot_root=pivot_root seccomp=seccomp \
        clone3="clone3, pidfd"; do
        call=${row%%=*}
        agrees 1 forbidding "$call" 1
        like "$(said "${row#*=}")" "^FAIL .*Operation not permitted; "
    done
    # needed only when a container has to be killed
    check forbidding pidfd_send_signal 1
    is "$CHECKED $(failed)" "1 clone3, pidfd"
}

@test "a kernel that is too old fails" {
    check host setarch --uname-2.6
    is "$CHECKED $(failed)" "1 version"
    like "$(said version)" "^FAIL Linux 2\.6\.[0-9]+.* is older than 5.14; boot a newer kernel"
}

@test "a system call that kills: the check says so and the others go on" {
    check forbidding pivot_root kill
    is "$CHECKED" 1
    is "$(failed)" pivot_root
    like "$(said pivot_root)" "^FAIL the child that tried it was killed by signal 31; a seccomp policy"
}

@test "what is not needed is a warning: landlock" {
    agrees 0 forbidding landlock_create_ruleset 95
    like "$(said landlock)" "^WARN asking for its ABI version: .*; boot with landlock in the list lsm="
    agrees 0 forbidding landlock_create_ruleset 38
    like "$(said landlock)" "^WARN .*; the kernel needs CONFIG_SECURITY_LANDLOCK"
}

@test "memory files that may not be executed" {
    [ -e /proc/sys/vm/memfd_noexec ] || skip "no vm.memfd_noexec before Linux 6.3"
    without_exec()
    {
        # shellcheck disable=SC2016 # the inner shell's
        host unshare --pid --fork --mount-proc --mount --propagation private sh -c '
            echo "$1" >/proc/sys/vm/memfd_noexec && shift && "$@"' - "$@"
    }
    agrees 1 without_exec 2
    is "$(failed)" "sealed memory file"
    like "$(said "sealed memory file")" "^FAIL .*: Permission denied; sysctl vm.memfd_noexec=1"
    agrees 0 without_exec 1
    is "$(</proc/sys/vm/memfd_noexec)" 0
}

# ---- privileges

@test "a needed capability out of the bounding set: it is named, and the main job fails, too" {
    local name
    for name in SETGID SETPCAP NET_ADMIN MKNOD; do
        agrees 1 host setpriv --bounding-set "-${name,,}"
        like "$(said capabilities)" "^FAIL launcher lacks CAP_$name; .*bounding set"
        like "$(failed)" "^(loopback,)?capabilities$"
    done
}

@test "other capabilities out of the bounding set are warnings" {
    agrees 0 host setpriv --bounding-set -chown,-kill
    is "$(said "default capabilities" | sed 's/;.*//')" "WARN containers get no CAP_CHOWN, CAP_KILL, for launcher lacks it"
    agrees 0 host setpriv --bounding-set -sys_nice,-sys_resource
    like "$(said CAP_SYS_NICE)" "^WARN launcher lacks it; "
    like "$(said CAP_SYS_RESOURCE)" "^WARN launcher lacks it; "
    # the bounding set of a new user namespace is full again
    agrees 0 as_nobody setpriv --no-new-privs
    like "$(said "default capabilities")" "^PASS all 14; "
}

@test "root without CAP_SYS_ADMIN is checked as an ordinary user" {
    agrees 0 host setpriv --bounding-set -sys_admin
    is "$(jq .summary.rootless "$REPORT")" true
    like "$(said "user namespace")" "^PASS"
    like "$(said XDG_RUNTIME_DIR)" "^PASS root's records are in /run/launcher"
}

# ---- roots and places

@test "in a chroot: no container can run, and why" {
    local jail=$BATS_TEST_TMPDIR/jail
    cp -a "$ROOTFS" "$jail"
    mkdir -p "$jail$(dirname "$LAUNCHER")" "$jail$ROOTFS"
    cp "$LAUNCHER" "$jail$LAUNCHER"
    in_chroot()
    {
        view 'mount --bind /proc "$1/proc"; shift' "$jail" chroot "$jail" "$@"
    }
    agrees 1 in_chroot
    like "$(said "mnt namespace")" "^FAIL making the mounts private: Invalid argument; .*chroot"
    like "$(failed)" pivot_root
}

@test "the state directory: missing, read-only, and one of others" {
    # shellcheck disable=SC2016 # the inner shell's
    agrees 0 view 'mount -t tmpfs state /run'
    is "$(said "state directory")" "PASS /run/launcher will be made; "
    agrees 1 view 'mount -t tmpfs -o ro state /run'
    like "$(said "state directory")" "^FAIL making /run/launcher: Read-only file system; "
    agrees 1 view 'mount -t tmpfs -o ro,mode=700 state /run/launcher'
    like "$(said "state directory")" "^FAIL .*/run/launcher.*: Read-only file system; "
    agrees 1 view 'mount -t tmpfs -o mode=777 state /run/launcher'
    like "$(said "state directory")" "^FAIL .*using the state directory /run/launcher: it belongs to or is writable by others; "
    is "$(failed)" "state directory"
    run -0 view 'mount -t tmpfs state /run' sh -c '"$1" check >/dev/null && ls -A /run' - "$LAUNCHER"
    is "$output" ""
}

@test "XDG_RUNTIME_DIR: not set, not there, of somebody else" {
    check as_nobody env -u XDG_RUNTIME_DIR
    is "$CHECKED" 0
    like "$(said XDG_RUNTIME_DIR)" "^WARN XDG_RUNTIME_DIR is not set: /tmp/launcher-65534 is used; "
    agrees 1 as_nobody env XDG_RUNTIME_DIR=/nosuch
    like "$(said XDG_RUNTIME_DIR)" "^WARN making a file in /nosuch: No such file or directory; log in"
    like "$(said "state directory")" "^FAIL making /nosuch/launcher: No such file or directory; "
    check as_nobody env XDG_RUNTIME_DIR=/tmp
    like "$(said XDG_RUNTIME_DIR)" "^WARN /tmp belongs to others, or they can write there; "
}

# ---- more ids, programs, devices

@test "subuid and subgid: by name, by number, and none" {
    check ordinary_view 'echo nobody:100000:65536 >/run/ids; mount --bind /run/ids /etc/subuid; mount --bind /dev/null /etc/subgid'
    is "$(said subuid)" "PASS 100000:65536 (first:count); "
    like "$(said subgid)" "^WARN /etc/subgid has no entry for nobody; usermod .*--add-subgids .* nobody$"
    check ordinary_view 'printf "6553:1:1\nnobody2:5:5\n65534:200000:5\n" >/run/ids; mount --bind /run/ids /etc/subgid; mount --bind /dev/null /etc/subuid'
    is "$(said subgid)" "PASS 200000:5 (first:count); "
    like "$(said subuid)" "^WARN"
    host rm /run/ids
}

@test "newuidmap: setuid, with file capabilities, with neither, missing" {
    local program
    program=$(command -v newuidmap)
    check as_nobody
    is "$(said newuidmap)" "PASS $program, setuid root; "
    check ordinary_view "cp $program /run/ordinary/newuidmap; mount --bind /run/ordinary/newuidmap $program"
    is "$(said newuidmap)" "WARN $program is neither setuid root nor has it file capabilities; chmod u+s $program"
    host chmod -s /run/ordinary/newuidmap
    host setcap cap_setuid+ep /run/ordinary/newuidmap
    check ordinary_view "mount --bind /run/ordinary/newuidmap $program"
    is "$(said newuidmap)" "PASS $program, with file capabilities; "
    host rm /run/ordinary/newuidmap
    check ordinary_view "mount --bind /dev/null $program"
    is "$(said newuidmap)" "WARN newuidmap is not installed; apt install uidmap"
}

@test "pasta: found in PATH, or not" {
    mkdir "$BATS_TEST_TMPDIR/bin"
    cp /bin/true "$BATS_TEST_TMPDIR/bin/pasta"
    chmod -R a+rx "$BATS_TEST_TMPDIR"
    check host env PATH="$BATS_TEST_TMPDIR/bin:$PATH"
    is "$(said pasta)" "PASS $BATS_TEST_TMPDIR/bin/pasta; "
    chmod a-x "$BATS_TEST_TMPDIR/bin/pasta"
    check host env PATH="$BATS_TEST_TMPDIR/bin"
    like "$(said pasta)" "^WARN pasta is not installed; apt install passt$|^PASS /usr"
}

@test "/dev/net/tun: missing, and closed to the user" {
    agrees 0 view 'mount -t tmpfs none /dev/net'
    like "$(said tun)" "^WARN opening /dev/net/tun: No such file or directory; modprobe tun"
    check ordinary_view 'mount -t tmpfs none /dev/net; mknod -m 600 /dev/net/tun c 10 200'
    like "$(said tun)" "^WARN opening /dev/net/tun: Permission denied; chmod 666 /dev/net/tun"
    check ordinary_view 'mount -t tmpfs none /dev/net; mknod /dev/net/tun c 10 200; chmod 666 /dev/net/tun'
    like "$(said tun)" "^PASS"
}

@test "no rights on the network: bridge, veth and nftables are warnings beside what fails" {
    check host setpriv --bounding-set -net_admin
    local name
    for name in bridge veth nftables tun; do
        like "$(said $name)" "^WARN .*Operation not permitted; .*CAP_NET_ADMIN"
    done
}

# ---- nothing is left

# Nothing but the check's own: other tests have their own namespaces and names.
traces()
{
    host find /run /dev/shm -mindepth 1 | sort
    for link in /sys/class/net/*; do
        echo "link ${link##*/}"
    done
    host cat /proc/self/mountinfo | cut -d' ' -f4- | sort
    find /sys/fs/cgroup -name '*check*'
    cat /sys/fs/cgroup/cgroup.subtree_control /sys/fs/cgroup/unified/cgroup.subtree_control 2>/dev/null || true
}

@test "nothing is left behind: links, mounts, cgroups, records, controllers switched on" {
    traces >"$BATS_TEST_TMPDIR/before"
    check host
    check as_nobody
    wait_until 5 no_survivors
    is "$(traces)" "$(<"$BATS_TEST_TMPDIR/before")"
}

@test "nor when it is interrupted at any time" {
    traces >"$BATS_TEST_TMPDIR/before"
    local try
    for try in {1..25}; do
        host timeout --signal INT "0.0$((try * 2 % 10))$((try % 7))" "$LAUNCHER" check >/dev/null || true
    done
    wait_until 10 no_survivors
    is "$(traces)" "$(<"$BATS_TEST_TMPDIR/before")"
}
