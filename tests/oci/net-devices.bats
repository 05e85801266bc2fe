#!/usr/bin/env bats
# linux.netDevices: interfaces of the host that move into the container; config-linux.md, "Network
# Devices". The host's network is here that of tests/lib/own-network.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/bundle

setup() {
    interface dummy7
}

teardown() {
    for link in other7 other8 other9 bridge7; do
        ip link delete $link 2>/dev/null || true
    done
    [ -z "${OTHER-}" ] || kill "$OTHER"
    "$LAUNCHER" delete --force moved 2>/dev/null || true
}

# interface NAME [OTHER]: a veth, whose other end is otherN
interface() {
    local other=${2-other${1#dummy}}
    wait_until 10 eval "! ip link show $other" >/dev/null 2>&1 # the kernel takes its time to remove it
    ip link add "$1" type veth peer name "$other"
}

# devices JSON: a jq filter
devices() {
    echo ".linux.netDevices = $1"
}

@test "an interface moves in, and is up" {
    ip link set dummy7 mtu 1234 address 02:00:00:00:00:07
    bundle "$(devices '{dummy7: {}}')" sh -c 'cat /sys/class/net/dummy7/mtu /sys/class/net/dummy7/address; ip link show dummy7'
    run -0 "$LAUNCHER" run --bundle "$BUNDLE"
    is "${lines[0]} ${lines[1]}" "1234 02:00:00:00:00:07"
    like "$output" 'dummy7[^<]*<[^>]*,UP[,>]'
    # a virtual one goes with the container's namespace
    run -1 ip link show dummy7
}

@test "its permanent global addresses come along, the others don't" {
    ip addr add 192.0.2.7/24 brd 192.0.2.255 dev dummy7
    ip addr add 192.0.2.8 peer 198.51.100.8/32 dev dummy7
    ip addr add 192.0.2.9/25 dev dummy7 valid_lft 1000 preferred_lft 900
    ip addr add 169.254.7.7/16 scope link dev dummy7
    ip addr add 2001:db8::7/64 dev dummy7 nodad noprefixroute
    ip link set dummy7 up
    bundle "$(devices '{dummy7: {name: "eth9"}}')" sleep 1000
    "$LAUNCHER" create --bundle "$BUNDLE" moved >/dev/null </dev/null 3>&-
    seen=$(nsenter -t "$("$LAUNCHER" state moved | jq .pid)" -n ip -o addr show dev eth9)
    "$LAUNCHER" delete --force moved
    seen=$(sed 's/\\.*//; s/^[0-9]*: eth9 *//; s/ *$//' <<<"$seen" | grep -v fe80)
    is "$(sort <<<"$seen")" "inet 192.0.2.7/24 brd 192.0.2.255 scope global eth9
inet 192.0.2.8 peer 198.51.100.8/32 scope global eth9
inet6 2001:db8::7/64 scope global nodad noprefixroute"
}

@test "with another name, and with the first one that is free" {
    interface dummy8
    is "$(in_bundle "$(devices '{dummy7: {name: "eth0"}, dummy8: {name: "eth%d"}}')" sh -c 'ls /sys/class/net')" "eth0
eth1
lo"
    interface dummy7
    interface dummy8
    # each with the other's name
    ip link set dummy7 mtu 1111
    is "$(in_bundle "$(devices '{dummy7: {name: "dummy8"}, dummy8: {name: "dummy7"}}')" sh -c 'ls /sys/class/net; cat /sys/class/net/dummy8/mtu')" "dummy7
dummy8
lo
1111"
}

@test "it is there for hooks and for sysctls" {
    is "$(in_bundle "$(devices '{dummy7: {name: "eth9"}}') | .linux.sysctl = {\"net.ipv4.conf.eth9.forwarding\": \"1\"} |
        .hooks.createContainer = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"ip link show eth9 >$BATS_TEST_TMPDIR/hook\"], env: [\"PATH=/usr/bin:/bin:/usr/sbin:/sbin\"]}]" \
        cat /proc/sys/net/ipv4/conf/eth9/forwarding)" 1
    grep -q eth9 "$BATS_TEST_TMPDIR/hook"
}

@test "create and start; a user namespace" {
    bundle "$(devices '{dummy7: {name: "eth9"}}') | .linux.namespaces += [{type: \"user\"}] |
        .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings" \
        sh -c 'ls /sys/class/net'
    "$LAUNCHER" create --bundle "$BUNDLE" moved >"$BATS_TEST_TMPDIR/out" </dev/null 3>&-
    run -1 ip link show dummy7
    "$LAUNCHER" start moved
    wait_until 10 grep -q lo "$BATS_TEST_TMPDIR/out"
    "$LAUNCHER" delete --force moved
    is "$(cat "$BATS_TEST_TMPDIR/out")" "eth9
lo"
}

@test "into a namespace of others, which keeps it" {
    unshare --net sleep 1000 3>&- &
    OTHER=$!
    wait_until 10 eval '[ "$(cat /proc/$OTHER/comm)" = sleep ]'
    filter=".linux.namespaces |= map(if .type == \"network\" then .path = \"/proc/$OTHER/ns/net\" else . end)"
    is "$(in_bundle "$filter | $(devices '{dummy7: {name: "eth9"}}')" sh -c 'ls /sys/class/net')" "eth9
lo"
    nsenter -t "$OTHER" -n ip link show eth9 | grep -q UP
    # and now its name is taken; the host's stays where it is
    interface dummy7 other9
    interface dummy8
    refused "$filter | $(devices '{dummy8: {}, dummy7: {name: "eth9"}}')" \
        'moving the interface dummy7 into the container as eth9: File exists'
    ip link show dummy7
    ip link show dummy8
    # the host's name is taken there, another is not
    nsenter -t "$OTHER" -n ip link add dummy7 type bridge
    refused "$filter | $(devices '{dummy7: {}}')" 'moving the interface dummy7 into the container as dummy7: File exists'
    is "$(in_bundle "$filter | $(devices '{dummy7: {name: "eth8"}}')" sh -c 'ls /sys/class/net')" "dummy7
eth8
eth9
lo"
}

@test "what can't be moved is an error before anything is" {
    ip link set dummy7 up
    refused "$(devices '{dummy7: {}, nothing: {}}')" \
        'launcher: creating the network namespace, .* and moving dummy7, nothing there: moving the interface nothing into the container: No such device'
    like "$output" 'hint: this host has no interface of that name'
    refused "$(devices '{dummy7: {name: "eth0"}, dummy8: {name: "eth0"}}')" 'config.json: linux.netDevices: dummy7 and dummy8 would both be eth0'
    refused "$(devices '{dummy7: {name: "dummy8"}, dummy8: {}}')" 'config.json: linux.netDevices: dummy7 and dummy8 would both be dummy8'
    refused "$(devices '{lo: {}}')" 'linux.netDevices\["lo"\]: "lo" can.t be the name of an interface'
    refused "$(devices '{dummy7: {name: "%d"}}')" '"%d" can.t be the name of an interface'
    refused "$(devices '{dummy7: {name: "fifteen-letters%d"}}')" '"fifteen-letters0" can.t be the name of an interface'
    ip link add bridge7 type bridge
    refused "$(devices '{bridge7: {}}')" 'moving the interface bridge7 into the container as bridge7: .*Invalid argument'
    ip link show dummy7 | grep -q UP
}

@test "the host's network has it already" {
    refused "$(devices '{dummy7: {}}') | .linux.namespaces |= map(select(.type != \"network\"))" \
        'config.json: linux.netDevices: the container has the host.s network, where dummy7 is already'
    refused "$(devices '{dummy7: {}}') | .linux.namespaces |= map(if .type == \"network\" then .path = \"/proc/self/ns/net\" else . end)" \
        'config.json: linux.netDevices: the container has the host.s network'
    ip link show dummy7
}

@test "an ordinary user can't take the host's interfaces" {
    OPEN=$(mktemp -d)
    chmod 755 "$OPEN"
    cp -a "$ROOTFS" "$OPEN/rootfs"
    mkdir "$OPEN/b"
    chown -R 1000:1000 "$OPEN"
    as_user() {
        setpriv --reuid 1000 --regid 1000 --clear-groups env XDG_RUNTIME_DIR="$OPEN" "$@"
    }
    as_user "$LAUNCHER" spec --rootless --bundle "$OPEN/b"
    jq --arg rootfs "$OPEN/rootfs" '.process.terminal = false | .root.path = $rootfs | .process.args = ["echo", "started"] |
        .linux.namespaces += [{type: "network"}] | .linux.netDevices = {dummy7: {}}' "$OPEN/b/config.json" >"$OPEN/new"
    cat "$OPEN/new" >"$OPEN/b/config.json"
    run -125 as_user "$LAUNCHER" run --bundle "$OPEN/b"
    rm -rf "$OPEN"
    like "$output" 'Operation not permitted'
    like "$output" 'hint: .*CAP_NET_ADMIN'
    [[ $output != *started* ]]
    ip link show dummy7
}

@test "launcher plan names them" {
    bundle "$(devices '{dummy7: {name: "eth9"}}')" true
    like "$("$LAUNCHER" plan --bundle "$BUNDLE")" 'creating the network namespace, loopback up, while cinit mounts, and moving dummy7 there'
    ip link show dummy7
}
