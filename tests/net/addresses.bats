#!/usr/bin/env bats
# Row N5: who gets which address; static ones, full networks, subnets that are taken, and options that
# make no sense.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers
load ../lib/net

setup_file() { net_setup_file; }
teardown_file() { net_teardown_file; }
teardown() { net_check; }

@test "the smallest free address, and one that was given back again" {
    start_box one
    start_box two
    is "$(address_of one) $(address_of two)" "10.111.0.2 10.111.0.3"
    stop_box one
    start_box three
    is "$(address_of three)" 10.111.0.2
}

@test "static: ip=, ip6=, mac=, name=" {
    start_box one --net bridge,ip=10.111.7.7,mac=02:00:00:00:00:07,name=lan0
    is "$(address_of one lan0)" 10.111.7.7
    like "$(net_of one ip link show lan0)" 02:00:00:00:00:07
    hears one tcp $FAR4 80 outside
    hears host tcp 10.111.7.7 80 one
    local prefix
    prefix=$(on_host ip -6 -o address show launcher0 scope global | grep -o 'fd[0-9a-f:]*')
    start_box two --net "bridge,ip6=${prefix%::1}::77"
    is "$(address6_of two)" "${prefix%::1}::77"
    hears one tcp "${prefix%::1}::77" 80 two
}

@test "a static address that is taken: by a container, the gateway, the network, its broadcast" {
    start_box one --net bridge,ip=10.111.0.9
    local address
    for address in 10.111.0.9 10.111.0.1 10.111.0.0 10.111.255.255; do
        run -125 boxed two --net "bridge,ip=$address" -- true
        [[ $output == *"$address"* ]]
    done
    run -125 boxed two --net bridge,ip=10.112.0.9 -- true
    like "$output" '10\.112\.0\.9'
    like "$output" '10\.111\.0\.0/16'
    run -125 boxed two --net bridge,ip6=2001:db8::7 -- true
    like "$output" '2001:db8::7'
}

@test "static addresses are stepped over, and what is given out is never a static one" {
    start_box one --net bridge,ip=10.111.0.3
    start_box two
    start_box three
    is "$(address_of two) $(address_of three)" "10.111.0.2 10.111.0.4"
}

@test "a full network is named, and has room again when a container ends" {
    on_host "$LAUNCHER" net create small --subnet 10.90.0.0/29
    local i
    for i in 1 2 3 4 5; do
        start_box "n$i" --net small
    done
    run -125 boxed n6 --net small -- true
    like "$output" small
    like "$output" '10\.90\.0\.0/29'
    like "$output" 'hint: '
    stop_box n3
    start_box n6 --net small
    is "$(address_of n6)" 10.90.0.4
    stop_all
    on_host "$LAUNCHER" net rm small
}

@test "the default subnet keeps clear of the host's routes" {
    on_host ip route add 10.111.128.0/17 via $NEAR4
    on_host ip route add 10.112.0.0/15 via $NEAR4
    start_box one
    is "$(address_of one)" 10.114.0.2
    hears one tcp $FAR4 80 outside
    stop_all
    on_host ip route delete 10.111.128.0/17
    on_host ip route delete 10.112.0.0/15
}

@test "no default subnet is free: says so" {
    on_host ip route add 10.96.0.0/11 via $NEAR4
    run -125 boxed one --net bridge -- true
    like "$output" 'subnet'
    like "$output" 'hint: '
    on_host ip route delete 10.96.0.0/11
    net_is_as_before
}

@test "net create: a subnet that overlaps a route of the host or another network" {
    run -125 on_host "$LAUNCHER" net create bad --subnet 192.0.2.128/25
    like "$output" '192\.0\.2\.128/25'
    net_is_as_before
    on_host "$LAUNCHER" net create good --subnet 10.90.0.0/24
    run -125 on_host "$LAUNCHER" net create bad --subnet 10.90.0.128/25
    like "$output" '10\.90\.0'
    run -125 on_host "$LAUNCHER" net create bad --subnet 10.0.0.0/8
    run -125 on_host "$LAUNCHER" net create good --subnet 10.91.0.0/24
    like "$output" good
    on_host "$LAUNCHER" net rm good
}

@test "a full default network is an error, not a container without a network" {
    on_host "$LAUNCHER" net create launcher0 --subnet 10.90.0.0/30
    start_box one
    run -125 boxed two -- true
    like "$output" 'every address of launcher0, 10.90.0.0/30, is taken'
    stop_all
    on_host "$LAUNCHER" net rm launcher0
}

@test "a lease of a container that is dead is given out again, without gc" {
    local i
    on_host "$LAUNCHER" net create small --subnet 10.90.0.0/29
    for i in 1 2 3 4 5; do
        start_box "n$i" --net small
    done
    kill_launcher n4
    start_box n6 --net small
    is "$(address_of n6)" 10.90.0.5
    hears n6 tcp $FAR4 80 outside
    stop_all
    on_host "$LAUNCHER" gc
    on_host "$LAUNCHER" net rm small
}

# ---- options that make no sense: refused with the word in question, before anything is made

bad_net() {
    run boxed one --net "$1" -- true
    is "$1: $status" "$1: 125"
    # By the option's check: the kernel, which refuses some of them as well, would come too late.
    [[ $output == 'launcher: option --net: '*"$2"* ]] || { printf '%s: %s\n' "$1" "$output" >&2; return 1; }
}

@test "addresses, MACs and interface names" {
    bad_net bridge,ip=10.111.0 10.111.0
    bad_net bridge,ip=10.111.0.256 10.111.0.256
    bad_net bridge,ip=010.111.0.9 010.111.0.9
    bad_net bridge,ip= 'ip: ""'
    bad_net bridge,ip=fd00::1 fd00::1
    bad_net bridge,ip6=10.0.0.1 10.0.0.1
    bad_net bridge,ip6=fd00:::1 fd00:::1
    bad_net bridge,mac=02:00:00:00:00 02:00:00:00:00
    bad_net bridge,mac=02:00:00:00:00:07:08 02:00:00:00:00:07:08
    bad_net bridge,mac=01:00:00:00:00:01 01:00:00:00:00:01 # a group's, not a station's
    bad_net bridge,name=sixteen-letters0 sixteen-letters0
    bad_net bridge,name=a/b a/b
    bad_net bridge,name=lo lo
    bad_net bridge,name=all all
    bad_net bridge,name= name
    bad_net bridge,nosuch=1 nosuch
    bad_net bridge: 'name of a network'
    bad_net '' ''
    net_is_as_before
}

@test "names of networks: 16 letters, characters, none of that name" {
    bad_net sixteen-letters0 sixteen-letters0
    bad_net 'a b' 'a b'
    bad_net ../x ../x
    local name
    for name in sixteen-letters0 'a b' 'a$b' ../x . .. .a -a _a a/b lo all bridge ''; do
        run on_host "$LAUNCHER" net create -- "$name"
        is "$name: $status" "$name: 125"
        like "$output" "can't be the name of a network" || return 1
    done
    net_is_as_before
    on_host "$LAUNCHER" net create fifteen-letters
    start_box one --net fifteen-letters
    hears one tcp $FAR4 80 outside
    stop_all
    on_host "$LAUNCHER" net rm fifteen-letters
}

@test "subnets and gateways of net create" {
    local words
    for words in 10.90.0.0 10.90.0.1/24 10.90.0.0/33 10.90.0.0/31 10.90.0/24 x/24 10.90.0.0/ 10.90.0.0/-1 127.0.0.0/8 \
        224.0.0.0/8 '10.90.0.0/24 --gateway 10.91.0.1' '10.90.0.0/24 --gateway 10.90.0.0' \
        '10.90.0.0/24 --gateway x' '10.90.0.0/24 --subnet6 fd00::/48' '10.90.0.0/24 --subnet6 x'; do
        # shellcheck disable=SC2086 # several words
        run on_host "$LAUNCHER" net create bad --subnet $words
        is "$words: $status" "$words: 125"
        like "$output" '^launcher: reading --(subnet|gateway|subnet6): ' || return 1
    done
    net_is_as_before
}

@test "the same network twice, and two modes at once" {
    run -125 boxed one --net bridge --net bridge -- true
    like "$output" 'two interfaces in the network launcher0'
    run -125 boxed one --net none --net bridge -- true
    like "$output" 'option --net: none and bridge exclude each other'
    run -125 boxed one --net host --net ns:/proc/self/ns/net -- true
    like "$output" 'option --net: host and ns exclude each other'
    net_is_as_before
}
