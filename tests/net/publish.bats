#!/usr/bin/env bats
# Row N4: published ports, from outside, from the host's own addresses and from 127.0.0.1; and ports
# that are taken.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers
load ../lib/net

setup_file() { net_setup_file; }
teardown_file() { net_teardown_file; }
teardown() { net_check; }

# The states of a failed start, before teardown tidies up: nothing was begun.
refused_and_nothing_left() {
    [ "$status" -eq 125 ]
    like "$output" "$1"
    like "$output" 'in use|taken'
}

@test "from outside, from the host's own address and from 127.0.0.1" {
    start_box one -p 8080:80
    hears outside tcp $HOST4 8080 one $NEAR4
    hears host tcp $HOST4 8080 one
    hears host tcp 127.0.0.1 8080 one
    hears host tcp 10.111.0.1 8080 one
    is "$(on_outside timeout 5 busybox wget -qO- "http://$HOST4:8080/")" "one $NEAR4"
    hears_not outside tcp $HOST4 8081
    hears_not outside udp $HOST4 8080
    hears_not outside tcp $HOST4 80
}

@test "the same over IPv6" {
    start_box one -p 8080:80
    hears outside tcp $HOST6 8080 one $NEAR6
    hears host tcp $HOST6 8080 one
}

@test "udp, of both families" {
    start_box one -p 8053:81/udp
    hears outside udp $HOST4 8053 one $NEAR4
    hears outside udp $HOST6 8053 one $NEAR6
    hears host udp $HOST4 8053 one
    hears host udp 127.0.0.1 8053 one
    hears_not outside tcp $HOST4 8053
}

@test "a range, and several at once" {
    start_box one -p 8100-8101:80-81 -p 8200:80/udp -p 8200:81/tcp
    hears outside tcp $HOST4 8100 one
    hears outside tcp $HOST4 8101 one
    hears_not outside tcp $HOST4 8102
    hears outside udp $HOST4 8200 one
    hears outside tcp $HOST4 8200 one
}

@test "on one address only: 127.0.0.1, the host's, [::]" {
    on_host ip address add 192.0.2.3/24 dev uplink
    start_box loop -p 127.0.0.1:8080:80
    start_box near -p $HOST4:8080:80
    start_box six -p "[$HOST6]:8080:80"
    hears host tcp 127.0.0.1 8080 loop
    hears outside tcp $HOST4 8080 near
    hears outside tcp $HOST6 8080 six
    hears_not outside tcp 192.0.2.3 8080
    start_box other -p 192.0.2.3:8080:80
    hears outside tcp 192.0.2.3 8080 other
    stop_all
    start_box all -p "[::]:8080:80"
    hears outside tcp $HOST6 8080 all
    hears_not outside tcp $HOST4 8080
    on_host ip address delete 192.0.2.3/24 dev uplink
}

# bridge_filter 0|1: where br_netfilter is loaded, as it is beside Docker, what crosses a bridge may go
# through the rules as if it were routed, and a packet does not leave by the port that it came from.
bridge_filter() {
    local file
    for file in /proc/sys/net/bridge/bridge-nf-call-{iptables,ip6tables}; do
        [ ! -e "$file" ] || on_host sh -c "echo $1 >$file"
    done
}

published_for_containers() {
    bridge_filter "$1"
    start_box one -p 8080:80 -p 8080:80/udp
    start_box two
    hears two tcp $HOST4 8080 one
    hears two udp 10.111.0.1 8080 one
    hears two tcp $HOST6 8080 one
    hears one tcp $HOST4 8080 one
    hears one tcp 10.111.0.1 8080 one
    hears one udp $HOST4 8080 one
    hears one tcp $HOST6 8080 one
}

@test "a container reaches its own published port, and another's, by the host's address" {
    published_for_containers 0
}

@test "the same where bridges pass through the rules (br_netfilter)" {
    [ -e /proc/sys/net/bridge ] || skip "br_netfilter is not loaded"
    published_for_containers 1
}

@test "published and gone: the port is free again, and answers to the next one" {
    local i
    for i in 1 2 3; do
        start_box "run$i" -p 8080:80
        hears outside tcp $HOST4 8080 "run$i"
        hears host tcp 127.0.0.1 8080 "run$i"
        stop_box "run$i"
        net_is_as_before
    done
    hears_not outside tcp $HOST4 8080
}

@test "two networks: published ports lead to the container all the same" {
    on_host "$LAUNCHER" net create left
    on_host "$LAUNCHER" net create right
    start_box one --net left --net right -p 8080:80
    hears outside tcp $HOST4 8080 one
    hears host tcp 127.0.0.1 8080 one
    hears outside tcp $HOST6 8080 one
    stop_all
    on_host "$LAUNCHER" net rm left right
}

# ---- taken

@test "taken by a process of the host: an error before anything starts" {
    serve_in "$LEFTOVERS_HOLDER" taken serve taken 8080
    run boxed one -p 8080:80 -- sh -c 'echo started'
    refused_and_nothing_left 8080
    [[ $output != *started* ]]
    net_is_as_before
    run boxed one -p 8080:80/udp -- sh -c 'echo started'
    refused_and_nothing_left 8080
    run boxed one -p 127.0.0.1:8080:80 -- sh -c 'echo started'
    refused_and_nothing_left 8080
    net_is_as_before
    kill "$SERVER"
}

@test "the middle of a range is taken" {
    serve_in "$LEFTOVERS_HOLDER" taken serve taken 127.0.0.1/8101
    run boxed one -p 8100-8102:80-82 -- sh -c 'echo started'
    refused_and_nothing_left 8101
    net_is_as_before
    kill "$SERVER"
}

@test "taken by another container: all addresses against one, and one against all" {
    start_box one -p 8080:80
    for port in 8080 $HOST4:8080 127.0.0.1:8080 "[::]:8080" "[$HOST6]:8080"; do
        run boxed two -p "$port:80" -- sh -c 'echo started'
        refused_and_nothing_left 8080
    done
    hears outside tcp $HOST4 8080 one
    stop_box one
    start_box one -p $HOST4:8080:80
    run boxed two -p 8080:80 -- sh -c 'echo started'
    refused_and_nothing_left 8080
    start_box two -p 127.0.0.1:8080:80 -p 8080:80/udp
    hears outside tcp $HOST4 8080 one
    hears outside udp $HOST4 8080 two
    hears host tcp 127.0.0.1 8080 two
}

@test "taken twice by the same container" {
    run -125 boxed one -p 8080:80 -p 8080:81 -- true
    like "$output" '8080:80/tcp and 8080:81/tcp take the same port'
    net_is_as_before
}

@test "an address that the host has not" {
    run -125 boxed one -p 203.0.113.9:8080:80 -- true
    like "$output" '203.0.113.9'
    net_is_as_before
}

@test "ports, ranges and addresses that make no sense are named" {
    local port
    for port in 0:80 8080:0 65536:80 80:65536 8080:80/sctp 8080-8081:80 8081-8080:80-81 8081-8080:81-80 x:80 \
        8080 999.0.0.1:80:80 224.0.0.1:80:80 '[::g]:80:80' '[::1]x80:80' '[::1]:80:80:80' '[fe80::1]:80:80' \
        127.0.0.1:80:80:80 ::1:80:80 :: '' 1-70000:1-70000 1-60000:1-60000 8080:80:90:10 -1:80 +8080:80 \
        '8080 :80' 0x50:80; do
        run boxed one -p "$port" -- true
        is "$port: $status" "$port: 125"
        like "$output" '^launcher: option (-p|--publish): ' || return 1
    done
    net_is_as_before
}

@test "nothing can be published without a network of its own" {
    for network in none host; do
        run -125 boxed one --net $network -p 8080:80 -- true
        like "$output" "--net|publish|-p"
    done
}
