#!/usr/bin/env bats
# Rows R4 and R6: which namespaces are new, seen from inside, and what -v says about them.

# shellcheck disable=SC2154 # stderr is set by run --separate-stderr

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/container

ALL_TYPES="pid mnt uts ipc net user cgroup time"

teardown()
{
    end_container
}

# Prints "TYPE=INODE" for each namespace of a process in the container.
namespaces_inside()
{
    in_container "$@" -- /bin/sh -c \
        "for type in $ALL_TYPES; do readlink /proc/self/ns/\$type; done" | tr -d '[]' | tr : =
}

# new_types OPTION...: the types whose inode differs from the host's, in the order of ALL_TYPES.
new_types()
{
    local type inside new=()
    inside=$(namespaces_inside "$@") || return
    [ "$(wc -l <<<"$inside")" -eq 8 ] || { echo "$inside" >&2; return 1; }
    for type in $ALL_TYPES; do
        local host
        host=$(namespace "$type")
        grep -qx "$type=[0-9]*" <<<"$inside" || return 1
        grep -qxF "$(tr -d '[]' <<<"$host" | tr : =)" <<<"$inside" || new+=("$type")
    done
    echo "${new[*]}"
}

@test "by default all are new but user and time" {
    is "$(new_types)" "pid mnt uts ipc net cgroup"
}

@test "each type can be left out, and only that one is the host's then" {
    local type
    for type in pid uts ipc net cgroup; do
        is "$(new_types --ns "-$type")" "$(sed "s/$type //; s/ $type\$//" <<<"pid mnt uts ipc net cgroup")"
    done
    is "$(new_types --ns -user,-time)" "pid mnt uts ipc net cgroup"
    is "$(new_types --ns -pid,-uts,-ipc,-net,-cgroup)" mnt
}

@test "user and time can be added" {
    is "$(new_types --ns +user)" "pid mnt uts ipc net user cgroup"
    is "$(new_types --ns +time)" "pid mnt uts ipc net cgroup time"
    is "$(new_types --ns +user,+time)" "$ALL_TYPES"
}

@test "bare names are the whole list" {
    local type
    for type in pid uts ipc net user cgroup time; do
        local wanted
        wanted=$(for each in $ALL_TYPES; do
            case $each in mnt | "$type") echo "$each" ;; esac
        done | paste -sd ' ')
        [ "$type" != user ] || continue # see below
        is "$(new_types --ns "mnt,$type")" "$wanted"
    done
    # proc and sysfs can't be mounted by a user namespace that does not own the pid and net ones.
    is "$(new_types --ns mnt,user,pid,net)" "pid mnt net user"
    is "$(new_types --ns pid,mnt,uts,ipc,net,user,cgroup,time)" "$ALL_TYPES"
}

@test "the mount namespace can't be left out" {
    run -125 in_container --ns -mnt -- /bin/true
    like "$output" "^launcher: the mnt namespace can't be left out"
    run -125 in_container --ns pid -- /bin/true
    like "$output" "^launcher: the mnt namespace can't be left out"
}

@test "an unknown namespace is refused, with the list of those that are" {
    run -125 in_container --ns +nett -- /bin/true
    like "$output" 'no namespace "nett"'
    like "$output" 'hint: there are pid, mnt, uts, ipc, net, user, cgroup and time'
}

@test "-v shows each namespace's inode, on the host and in the container, as both see them" {
    local type trace inside
    run -0 --separate-stderr in_container -v --ns +user,-uts -- /bin/sh -c \
        "for type in $ALL_TYPES; do readlink /proc/self/ns/\$type; done"
    trace=$(sed -n 's/^\[ns\] *+ *[0-9]* us  //p' <<<"$stderr")
    is "${#lines[@]}" 8
    for inside in "${lines[@]}"; do
        type=${inside%%:*}
        local line
        line="$(namespace "$type") on the host, $inside in the container"
        [ "$(namespace "$type")" != "$inside" ] || line+=" (shared)"
        is "$(grep -F "$type:" <<<"$trace")" "$line"
    done
    is "$(grep -c '(shared)$' <<<"$trace")" 2 # uts and time
}

@test "with a shared pid namespace the command sees the host's processes" {
    run -0 in_container --ns -pid -- /bin/sh -c '[ -d /proc/'"$$"' ] && echo "$$"'
    [ "$output" -gt 2 ]
    run -1 in_container -- /bin/sh -c '[ -d /proc/'"$$"' ]'
}

@test "in its user namespace root is root, and every id is mapped to itself" {
    run -0 in_container --ns +user -- /bin/sh -c 'id -u; cat /proc/self/uid_map /proc/self/gid_map'
    is "$(tr -s ' ' <<<"$output" | sed 's/^ //')" "0
0 0 4294967295
0 0 4294967295"
}

@test "host name and domain name are the container's own" {
    local host_before domain_before
    host_before=$(uname -n)
    domain_before=$(cat /proc/sys/kernel/domainname)
    run -0 in_container --hostname bats-inner.example --domainname bats.example -- /bin/sh -c \
        'uname -n; cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname; echo $HOSTNAME'
    is "$output" "bats-inner.example
bats-inner.example
bats.example
bats-inner.example"
    is "$(uname -n)" "$host_before"
    is "$(cat /proc/sys/kernel/domainname)" "$domain_before"
}

@test "the default host name is container" {
    run -0 in_container -- /bin/uname -n
    is "$output" container
}

@test "a host name is checked: length, characters, and the uts namespace that it needs" {
    run -0 in_container --hostname "$(printf 'h%.0s' {1..64})" -- /bin/uname -n
    is "${#output}" 64
    for name in "" "$(printf 'h%.0s' {1..65})" "a b" $'a\nb'; do
        run -125 in_container --hostname "$name" -- /bin/true
        like "$output" "can't be a host name"
    done
    run -125 in_container --ns -uts --hostname other -- /bin/true
    like "$output" 'would rename the host'
    run -0 in_container --ns -uts -- /bin/uname -n
    is "$output" "$(uname -n)"
}

@test "net none has only a loopback, and it is up; net host is the host's" {
    run -0 in_container -- /bin/sh -c \
        'ls /sys/class/net; cat /sys/class/net/lo/flags; ping -c 1 127.0.0.1 >/dev/null && echo pong'
    is "$output" "lo
0x9
pong"
    is "$(new_types --net host)" "pid mnt uts ipc cgroup"
    # The host's /sys may be that of another network namespace: it is as old as its mount.
    run -0 in_container --net host -- /bin/ls /sys/class/net
    is "$output" "$(sed -n 's/^ *\(.*\):.*/\1/p' /proc/net/dev | sort)"
}

@test "System V queues of the host are not there" {
    local queue
    queue=$(ipcmk --queue | grep -o '[0-9]*$')
    run in_container -- /bin/sh -c 'wc -l </proc/sysvipc/msg'
    local inside=$output
    run in_container --ns -ipc -- /bin/sh -c 'wc -l </proc/sysvipc/msg'
    ipcrm --queue-id "$queue"
    is "$inside" 1 # the heading
    [ "$output" -ge 2 ]
}
