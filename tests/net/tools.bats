#!/usr/bin/env bats
# Row N7: net create, ls, inspect, rm; net ns; net veth; net test.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers
load ../lib/net

setup_file() { net_setup_file; }
teardown_file() { net_teardown_file; }
teardown() { net_check; }

net() { on_host "$LAUNCHER" net "$@"; }

@test "create, ls, inspect, rm" {
    net create mine --subnet 10.90.0.0/24 --gateway 10.90.0.254 --subnet6 fd12:3456:789a:1::/64
    run -0 net ls
    like "$output" 'mine .*10\.90\.0\.0/24'
    run -0 net inspect mine
    is "$(jq -r '.[0].name' <<<"$output")" mine
    like "$output" '10\.90\.0\.254'
    like "$output" 'fd12:3456:789a:1::'
    is "$(net ls --json | jq -r '.[].name')" mine
    on_host ip -o address show mine | grep -q '10.90.0.254/24'
    start_box one --net mine
    is "$(address_of one)" 10.90.0.1
    like "$(address6_of one)" '^fd12:3456:789a:1:'
    hears one tcp $FAR4 80 outside
    run -125 net rm mine
    like "$output" 'one'
    stop_box one
    net rm mine
    is "$(net ls --json | jq length)" 0
}

@test "create without options, several rm, --no-ip6" {
    net create one
    net create two --no-ip6
    is "$(net inspect one two | jq length)" 2
    start_box box --net two
    is "$(address6_of box)" ''
    hears box tcp $FAR4 80 outside
    stop_box box
    net rm one two
}

@test "a network that is not there; a bridge that is somebody else's" {
    run -125 net rm nosuch
    like "$output" nosuch
    run -125 net inspect nosuch
    like "$output" nosuch
    run -125 boxed one --net nosuch -- true
    like "$output" nosuch
    on_host ip link add br9 type bridge
    run -125 net create br9
    like "$output" br9
    run -125 net rm br9
    on_host ip link show br9
    on_host ip link delete br9
}

@test "the forwarding of before is on record" {
    on_host sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward'
    start_box one
    is "$(on_host cat /proc/sys/net/ipv4/ip_forward)" 1
    run -0 net inspect launcher0
    like "$output" 'forward'
    stop_box one
    is "$(on_host cat /proc/sys/net/ipv4/ip_forward)" 1
}

@test "net ns: what ip netns makes and what we make is the same" {
    net ns add ours
    on_host ip netns add theirs
    is "$(net ns ls | sed 's/ .*//' | sort | paste -sd ' ')" "ours theirs"
    is "$(on_host ip netns list | sed 's/ .*//' | sort | paste -sd ' ')" "ours theirs"
    on_host ip -n ours link set lo up
    run -0 boxed one --net ns:/run/netns/ours -- ls /sys/class/net
    is "$output" lo
    on_host ip netns delete ours
    net ns del theirs
    is "$(net ns ls)" ''
    run -125 net ns del nosuch
    like "$output" nosuch
    run -125 net ns add ../x
    net ns add twice
    run -125 net ns add twice
    net ns del twice
}

@test "net veth: a pair, one end elsewhere" {
    net ns add ours
    net veth here there --ns ours
    on_host ip link show here
    on_host ip -n ours link show there
    run -125 net veth here other
    like "$output" here
    run -125 net veth sixteen-letters0 b
    on_host ip link delete here
    net ns del ours
}

# ---- net test: the first thing that is broken, with its cure

@test "net test: all is well" {
    start_box one
    run -0 net test one
    start_box two --net none
    run net test two
    like "$status" '^[0-9]+$'
}

@test "net test names the first broken one: link, address, route, forwarding, masquerade, resolver" {
    start_box one
    broken 'forward' "echo 0 >/proc/sys/net/ipv4/ip_forward" "echo 1 >/proc/sys/net/ipv4/ip_forward"
    broken 'link|veth|down' "ip link set veth0a6f0002 down" "ip link set veth0a6f0002 up"
    broken 'masquerade|rules|table' 'nft rename chain inet launcher postrouting x' \
        'nft rename chain inet launcher x postrouting'
    net_of one ip route delete default
    broken 'route' true true
    net_of one ip route add default via 10.111.0.1
    net_of one ip address delete 10.111.0.2/16 dev eth0
    broken 'address' true true
    run -125 net test nosuch
    like "$output" nosuch
}

# broken PATTERN BREAK MEND
broken() {
    on_host sh -c "$2"
    run -1 net test one
    like "$output" "$1"
    like "$output" 'hint|cure|:'
    on_host sh -c "$3"
}
