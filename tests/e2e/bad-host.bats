#!/usr/bin/env bats
# Bad hosts: closed standard streams, ignored signals, no privileges, no namespaces, no cgroups, a full
# state directory, names in use.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers

setup_file() { leftovers_setup_file; }
teardown_file() { leftovers_teardown_file; }

teardown()
{
    leftovers_check
}

# ---- what the caller leaves to its children ----

# What a program opens first gets the number of a closed stream: here that must be /dev/null, and no
# descriptor of launcher's own.
@test "stdin, stdout or stderr closed: the payload finds /dev/null there" {
    local descriptors='(for i in 0 1 2; do readlink /proc/$$/fd/$i; done) >/result; exit 7'
    copy_rootfs
    for init in --init --no-init; do
        for closed in 0 1 2; do
            run -7 sh -c "exec $closed>&-; exec \"\$@\"" - nsenter \
                --time="/proc/$LEFTOVERS_HOLDER/ns/time" --mount="/proc/$LEFTOVERS_HOLDER/ns/mnt" \
                "$LAUNCHER" --name "$(box)" --rootfs "$TREE" --net none "$init" -- sh -c "$descriptors"
            is "$(sed -n "$((closed + 1))p" "$TREE/result")" /dev/null
            is "$(grep -c . "$TREE/result")" 3
        done
    done
}

@test "all three closed: the exit status still tells" {
    contain -- sh -c 'exit 9' <&- >&- 2>&- || status=$?
    is "$status" 9
    contain -- nosuch <&- >&- 2>&- || status=$?
    is "$status" 127
}

@test "an output that takes nothing is an error of launcher's own commands" {
    local status=0
    host "$LAUNCHER" help >/dev/full 2>"$BATS_TEST_TMPDIR/error" || status=$?
    is "$status" 125
    is "$(<"$BATS_TEST_TMPDIR/error")" "launcher: writing to stdout: No space left on device"
}

# The kernel reaps the children of who ignores SIGCHLD, and their status is lost: tini hangs for ever.
@test "SIGCHLD inherited as ignored: the exit status is right, and the payload inherits it too" {
    for init in --init --no-init; do
        run -3 host timeout 20 env --ignore-signal=CHLD \
            "$LAUNCHER" --rootfs "$ROOTFS" --net none "$init" -- sh -c '(exit 4) & wait; exit 3'
        run -0 env --ignore-signal=CHLD grep SigIgn /proc/self/status
        like "$output" '[13579bdf][0-9a-f]{4}$' # bit 16 is signal 17, SIGCHLD
        local bare=$output
        run -0 host timeout 20 env --ignore-signal=CHLD \
            "$LAUNCHER" --rootfs "$ROOTFS" --net none "$init" -- grep SigIgn /proc/self/status
        is "$output" "$bare"
    done
}

# ---- privileges and namespaces ----

@test "an ordinary user needs nothing but user namespaces, and is root inside" {
    run -0 as_nobody "$LAUNCHER" --rootfs "$ROOTFS" --net none -- sh -c 'id -u; id -g; cat /proc/self/uid_map'
    is "${lines[0]} ${lines[1]}" "0 0"
    like "${lines[2]}" '^ +0 +65534 +1$'
    run -127 as_nobody "$LAUNCHER" --rootfs "$ROOTFS" --net none -- nosuch
    run -5 as_nobody "$LAUNCHER" --rootfs "$ROOTFS" --net none --no-init -- sh -c 'exit 5'
}

@test "an ordinary user is told what takes root" {
    run -125 as_nobody "$LAUNCHER" --rootfs "$ROOTFS" --ns pid,mnt -- true
    fails_with 125 "launcher: a container without a user namespace needs root" "hint: run launcher as root"
    run -125 as_nobody "$LAUNCHER" --rootfs "$ROOTFS" --net none -u 1000 -- true
    fails_with 125 "user 1000 does not exist in the container's user namespace" "hint: an ordinary user"
    run -125 as_nobody "$LAUNCHER" --rootfs "$ROOTFS" --net none --name "$(box)" -m 50m -- true
    fails_with 125 "create the cgroup" "Permission denied" "hint: limits need a writable cgroup: be root"
}

# A user namespace whose root has set its own limit stands for a host whose administrator did.
@test "no root, and no user namespace to be had: says which sysctl" {
    run -125 host unshare --user --map-root-user sh -c '
        echo 0 >/proc/sys/user/max_user_namespaces &&
        exec setpriv --bounding-set -all --inh-caps -all "$@"' - \
        env --unset=XDG_RUNTIME_DIR "$LAUNCHER" --rootfs "$ROOTFS" --net none -- true
    fails_with 125 "namespaces for a new process: clone3: No space left on device" \
        "hint: this user may have no more namespaces: raise user.max_user_namespaces" "as root"
}

# For a process in a chroot clone(2) answers EPERM, as it does where a security module forbids it.
@test "no root, and user namespaces forbidden: says how to allow them" {
    local jail=$BATS_TEST_TMPDIR/jail
    mkdir -p "$jail/run"
    chown 65534 "$jail/run"
    cp "$LAUNCHER" "$jail/launcher"
    cp -a "$ROOTFS" "$jail/tree"
    run -125 host chroot --userspec=65534:65534 "$jail" /tree/bin/busybox env XDG_RUNTIME_DIR=/run \
        /launcher --rootfs /tree --net none -- true
    fails_with 125 "namespaces for a new process: clone3: Operation not permitted" \
        "hint: run launcher as root, or let ordinary users create user namespaces"
    is "$(ls -A "$jail/run/launcher")" ""
}

@test "a container in a container: what the outer one lacks is named" {
    mkdir "$BATS_TEST_TMPDIR/bin"
    cp "$LAUNCHER" "$BATS_TEST_TMPDIR/bin/launcher"
    copy_rootfs
    run -125 contain -v "$BATS_TEST_TMPDIR/bin:/opt:ro" -v "$TREE:/mnt" -u 1000 -- \
        /opt/launcher --rootfs /mnt --net none -- true
    fails_with 125 "namespaces for a new process: clone3: Function not implemented" \
        "hint: a seccomp policy hides clone3" "--seccomp unconfined"
    run -125 contain --seccomp unconfined -v "$BATS_TEST_TMPDIR/bin:/opt:ro" -v "$TREE:/mnt" -u 1000 -- \
        /opt/launcher --rootfs /mnt --net none -- true
    fails_with 125 "mounting proc on /proc: Operation not permitted" "hint: " "--unmask all"
    run -0 contain --seccomp unconfined --unmask all \
        -v "$BATS_TEST_TMPDIR/bin:/opt:ro" -v "$TREE:/mnt" -u 1000 -- \
        /opt/launcher --rootfs /mnt --net none -- sh -c 'echo two deep'
    is "$output" "two deep"
}

# ---- cgroups ----

# on_host_without PATH SCRIPT [ARGUMENT...]: sees no mount at PATH or below it.
on_host_without()
{
    host unshare --mount --propagation private sh -c 'umount --lazy "$1" && shift && exec sh -c "$@"' - "$@"
}

@test "no cgroup file system: containers without limits run all the same" {
    run -6 on_host_without /sys/fs/cgroup '[ ! -e /sys/fs/cgroup/cgroup.procs ] && exec "$@"' - \
        "$LAUNCHER" --rootfs "$ROOTFS" --net none -- sh -c 'exit 6'
}

@test "no cgroup file system: a limit is refused, and the controller named" {
    for limit in "memory --memory=50m" "cpu --cpus=1" "pids --pids=9"; do
        run -125 on_host_without /sys/fs/cgroup 'exec "$@"' - \
            "$LAUNCHER" --name "$(box)" --rootfs "$ROOTFS" --net none "${limit#* }" -- true
        fails_with 125 "find the cgroup controller \"${limit%% *}\" on this host" \
            "hint: no cgroup file system is mounted"
    done
}

@test "no /proc on the host: a limit is refused, because it tells where the cgroups are" {
    run -125 on_host_without /proc 'exec "$@"' - \
        "$LAUNCHER" --name "$(box)" --rootfs "$ROOTFS" --net none -m 50m -- true
    fails_with 125 "read /proc/self/mountinfo: No such file or directory" "mount /proc"
}

# ---- the state directory ----

# with_state_on OPTIONS SCRIPT: runs it where /run/launcher is a file system of its own, and prints
# what is in there at the end.
with_state_on()
{
    host unshare --mount --propagation private sh -c '
        mount -t tmpfs -o "$1" state /run/launcher && sh -c "$2" - "$3" "$4" "$5"
        echo "status $?, records: $(ls /run/launcher)"' - "$1" "$2" "$LAUNCHER" "$ROOTFS" "$(box)"
}

@test "a full state directory" {
    local hint="hint: launcher keeps a small file for each container in /run/launcher"
    # no inode for the file
    run -0 with_state_on size=8k,nr_inodes=1,mode=700 '"$1" --rootfs "$2" --net none --name "$3" -- true'
    fails_with 0 "launcher: recording the container $(box): " "record: No space left on device" "$hint" \
        "status 125, records: "
    # no block for what is to be in it
    for limit in --cpus=1 ""; do
        run -0 with_state_on size=4k,nr_inodes=9,mode=700 \
            "head -c 4096 /dev/zero >/run/launcher/full; \"\$1\" --rootfs \"\$2\" --net none --name \"\$3\" $limit -- true"
        fails_with 0 "launcher: recording the container $(box): " "record: No space left on device" "$hint"
        is "${lines[-1]}" "status 125, records: full"
    done
}

@test "a read-only state directory" {
    run -0 with_state_on ro,mode=700 '"$1" --rootfs "$2" --net none --name "$3" -- true'
    fails_with 0 "launcher: recording the container $(box): " "record: Read-only file system" "hint: launcher keeps"
}

@test "a state directory that others may write to decides nothing" {
    run -0 with_state_on mode=777 '"$1" --rootfs "$2" --net none --name "$3" -- true; "$1" gc'
    fails_with 0 "launcher: using the state directory /run/launcher: it belongs to or is writable by others" \
        "hint: chmod 700 it" "status 125"
}

# ---- names, and what a crash leaves ----

# Starts a container that says "up" and sleeps; its launcher's pid is in SLEEPER.
start_sleeper()
{
    mkfifo "$BATS_TEST_TMPDIR/up"
    contain "$@" -- sh -c 'echo up; exec sleep 1000' >"$BATS_TEST_TMPDIR/up" 3>&- &
    exec 5<"$BATS_TEST_TMPDIR/up"
    read -r -t 20 -u 5
    SLEEPER=$(launcher_pid)
}

# `contain` in the background is a shell, whose child is launcher.
launcher_pid()
{
    local pid
    for pid in $(survivors); do
        [ "$(<"/proc/$pid/comm")" != launcher ] || echo "$pid"
    done
}

end_sleeper()
{
    kill -KILL "$SLEEPER"
    wait || true
    wait_until 10 no_survivors
    exec 5<&-
}

@test "a name in use is refused with a hint, and its container lives on" {
    start_sleeper -m 50m
    run -125 contain -- true
    fails_with 125 "launcher: recording the container $(box): a container of this name is running" \
        "hint: choose another --name"
    run -125 contain -m 50m -- true
    run -0 host "$LAUNCHER" gc
    is "$output" 0
    is "$(launcher_pid)" "$SLEEPER"
    [ -n "$(leftover_cgroups)" ]
    end_sleeper
    run -0 host "$LAUNCHER" gc
    is "$output" 1
}

@test "gc counts what it removes: record and cgroups of each container whose launcher was killed" {
    run -0 host "$LAUNCHER" gc
    is "$output" 0
    start_sleeper -m 50m --pids 50
    end_sleeper
    [ -n "$(leftover_cgroups)" ]
    [ -n "$(leftover_records)" ]
    run -0 host "$LAUNCHER" gc
    is "$output" 1
    is "$(leftover_cgroups)$(leftover_records)" ""
    run -0 host "$LAUNCHER" gc
    is "$output" 0
}

@test "the name of a container whose launcher was killed can be used again at once" {
    start_sleeper -m 50m
    end_sleeper
    run -4 contain -m 50m -- sh -c 'exit 4'
    is "$output" ""
}

@test "a record that makes no sense is no obstacle" {
    host sh -c 'echo "{\"pid\":1,\"starttime\":1,\"cgroups\":[7,\"/nosuch\"]" >/run/launcher/a.json
                : >/run/launcher/b.json; head -c 99 /dev/urandom >/run/launcher/c.json'
    run -0 host "$LAUNCHER" gc
    is "$output" 3
}
