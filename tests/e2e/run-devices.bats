#!/usr/bin/env bats
# Row R9: /proc, /sys and /dev as every program expects them, and --device.

# shellcheck disable=SC2154 # stderr is set by run --separate-stderr

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/container

teardown()
{
    end_container
}

@test "/dev holds what docker's holds, and nothing else" {
    run -0 in_container -- /bin/sh -c 'cd /dev; stat -c "%N %F %t:%T %a %u:%g" * | tr -d "\047"'
    is "$output" "core -> /proc/kcore symbolic link 0:0 777 0:0
fd -> /proc/self/fd symbolic link 0:0 777 0:0
full character special file 1:7 666 0:0
mqueue directory 0:0 1777 0:0
null character special file 1:3 666 0:0
ptmx -> pts/ptmx symbolic link 0:0 777 0:0
pts directory 0:0 755 0:0
random character special file 1:8 666 0:0
shm directory 0:0 1777 0:0
stderr -> /proc/self/fd/2 symbolic link 0:0 777 0:0
stdin -> /proc/self/fd/0 symbolic link 0:0 777 0:0
stdout -> /proc/self/fd/1 symbolic link 0:0 777 0:0
tty character special file 5:0 666 0:0
urandom character special file 1:9 666 0:0
zero character special file 1:5 666 0:0"
}

@test "each device does what its name says" {
    run -0 in_container -- /bin/sh -c '
        echo lost >/dev/null && [ -z "$(cat /dev/null)" ] && echo null
        [ "$(head -c 4 /dev/zero | od -An -tx1 | tr -d " ")" = 00000000 ] && echo zero
        [ "$(head -c 9 /dev/random | wc -c)$(head -c 9 /dev/urandom | wc -c)" = 99 ] && echo random
        (echo x >/dev/full) 2>&1 | grep -q "No space left" && echo full'
    is "$output" "null
zero
random
full"
}

@test "the links lead to the process's own descriptors" {
    run -0 --separate-stderr in_container -- /bin/sh -c '
        cat /dev/stdin; echo out >/dev/stdout; echo err >/dev/stderr; echo six 6>&1 >/dev/fd/6' <<<in
    is "$output" "in
out
six"
    is "$stderr" err
}

@test "/dev/shm and /dev/mqueue are writable and the container's own, /dev itself can't be executed in" {
    start_container -- /bin/sh -c ': >/dev/shm/own && : >/dev/mqueue/own && echo made; exec sleep 1000'
    wait_until 20 grep -q made "$CONTAINER_OUT"
    [ -e "$(inside /dev/shm/own)" ]
    [ ! -e /dev/shm/own ]
    [ ! -e /dev/mqueue/own ]
    local point type options
    while read -r point type options; do
        is "$(awk -v point="$point" '$5 == point { sub(",relatime", "", $6); print $6, $8 }' \
            "/proc/$PAYLOAD/mountinfo")" "$options $type"
    done <<'END'
/proc proc rw,nosuid,nodev,noexec
/dev tmpfs rw,nosuid
/dev/pts devpts rw,nosuid,noexec
/dev/mqueue mqueue rw,nosuid,nodev,noexec
/dev/shm tmpfs rw,nosuid,nodev,noexec
/sys sysfs ro,nosuid,nodev,noexec
END
}

@test "pts is an instance of the container's own" {
    # The host's first terminal would be number 0 in the host's instance too: so compare devices.
    start_container -- /bin/sleep 1000
    is "$(ls -A "$(inside /dev/pts)")" ptmx
    [ "$(stat -c %d "$(inside /dev/pts)")" != "$(stat -c %d /dev/pts)" ]
}

@test "/dev/console is there with a terminal only" {
    run -0 in_container --tty -- /bin/sh -c 'stat -c "%F %t" /dev/console; tty' </dev/null
    is "$(tr -d '\r' <<<"$output")" "character special file 88
/dev/pts/0"
    run -1 in_container -- /bin/sh -c '[ -e /dev/console ]'
}

@test "/sys is read-only, and so are /proc/sys and its like" {
    local path
    for path in /proc/sys/kernel/hostname /proc/sys/vm/drop_caches /proc/irq/default_smp_affinity; do
        run in_container -- /bin/sh -c "ls $path; echo 0 >$path"
        is "$output" "$path
/bin/sh: can't create $path: Read-only file system"
    done
    run in_container -- /bin/sh -c "true >/sys/kernel/uevent_helper; true >/sys/new"
    is "$(grep -c ': Read-only file system' <<<"$output")" 2
}

@test "--device gives a device of the host, under its name or another" {
    run -0 in_container --device /dev/kmsg --device /dev/zero:/dev/made/nothing -- \
        /bin/sh -c 'stat -c "%F %t:%T" /dev/kmsg /dev/made/nothing; head -c 3 /dev/made/nothing | wc -c'
    is "$output" "character special file 1:b
character special file 1:5
3"
    run -1 in_container -- /bin/ls /dev/kmsg
}

@test "--device keeps owner and mode, and works in a user namespace" {
    local wanted
    wanted=$(stat -c '%t:%T %a' /dev/kmsg)
    run -0 in_container --device /dev/kmsg -- /bin/stat -c '%t:%T %a' /dev/kmsg
    is "$output" "$wanted"
    run -0 in_container --ns +user --device /dev/kmsg -- /bin/stat -c '%t:%T %a' /dev/kmsg
    is "$output" "$wanted"
    run -0 in_container --ns +user -- /bin/sh -c 'head -c 2 /dev/zero | wc -c; echo x >/dev/null'
    is "$output" 2
}

@test "--device refuses what is no device, what is not there and rights that there are none" {
    run -125 in_container --device /etc/passwd -- /bin/true
    like "$output" '/etc/passwd is not a device'
    run -125 in_container --device /dev/bats-nothing -- /bin/true
    like "$output" '/dev/bats-nothing: No such file or directory'
    run -125 in_container --device /dev/zero:/dev/z:x -- /bin/true
    like "$output" '"x" is no selection of r, w and m'
}

@test "--device ...:r may be read and not written, ...:w the other way round, by root too" {
    local try='head -c 1 /dev/z | wc -c; echo x >/dev/z && echo written'
    run in_container --device /dev/zero:/dev/z:r -- /bin/sh -c "$try"
    is "$output" "1
/bin/sh: can't create /dev/z: Operation not permitted"
    run in_container --device /dev/zero:/dev/z:w -- /bin/sh -c "$try"
    is "$output" "head: /dev/z: Operation not permitted
0
written"
    run in_container --device /dev/zero:/dev/z -- /bin/sh -c "$try"
    is "$output" "1
written"
}

# A directory of the host brings its nodes along, as docker's does; there and here a cgroup keeps the
# container from opening them.
@test "a mounted directory with device nodes: with a cgroup they can't be opened" {
    local nodes try=(/bin/sh -c ': </x/k && echo opened') free bound ruled
    nodes=$(mktemp -d "$TOP/build/nodes.XXXXXX") # /tmp may be nodev itself
    mknod "$nodes/k" c 10 237                    # loop-control
    free=$(in_container -v "$nodes:/x" -- "${try[@]}" 2>&1) || true
    bound=$(in_container -v "$nodes:/x" --pids 9 -- "${try[@]}" 2>&1) || true
    ruled=$(in_container -v "$nodes:/x" --device-rule "c 10:237 r" -- "${try[@]}" 2>&1) || true
    rm -r "$nodes"
    is "$free" opened
    is "$bound" "/bin/sh: can't open /x/k: Operation not permitted"
    is "$ruled" opened
}

# With a cgroup the filter stands behind the other walls: no seccomp policy, all capabilities, and
# still no way to the kernel's log; but a rule can open it.
@test "a container with a cgroup opens no other device, unless --device-rule allows it" {
    local try='mknod /dev/k c 1 11; (: </dev/k) && echo read; (: >/dev/k) && echo written; : >/dev/null'
    local all=(--seccomp unconfined --cap-add ALL)
    local no="/bin/sh: can't open /dev/k: Operation not permitted"
    run in_container "${all[@]}" -- /bin/sh -c "$try" # no cgroup
    is "$output" "read
written"
    run in_container "${all[@]}" --pids 9 -- /bin/sh -c "$try"
    is "$output" "$no
${no/open/create}"
    run in_container "${all[@]}" --pids 9 --device-rule "c 1:11 r" -- /bin/sh -c "$try"
    is "$output" "read
${no/open/create}"
    run in_container "${all[@]}" --device-rule "b *:* rwm" --device-rule "c 1:* rw" -- /bin/sh -c "$try"
    is "$output" "read
written"
    run in_container "${all[@]}" --pids 9 --device-rule a -- /bin/sh -c "$try"
    is "$output" "read
written"
    run -125 in_container --device-rule "x 1:3 r" -- /bin/true
    like "$output" 'the device rule "x 1:3 r": "x" is none of a, b and c'
}
