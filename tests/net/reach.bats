#!/usr/bin/env bats
# Rows N1 to N3: a container reaches what is outside, the host and other containers, by address and by
# name, over IPv4 and IPv6; and only whom it should.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers
load ../lib/net

setup_file() { net_setup_file; }
teardown_file() { net_teardown_file; }
teardown() { net_check; }

# ---- outside

@test "without any option root's container has a network: fetch by address and by name" {
    run -0 --separate-stderr boxed one -- timeout 5 wget -qO- "http://$FAR4/"
    is "$output" "outside $HOST4"
    # shellcheck disable=SC2154 # run sets it
    is "$stderr" ''
    run -0 boxed one -- sh -c '/bin/talk ask tcp far.example 80; /bin/talk ask udp far.example 80'
    is "$output" "outside $HOST4
outside $HOST4"
}

@test "the same over IPv6" {
    run -0 boxed one -- /bin/talk ask tcp $FAR6 80
    is "$output" "outside $HOST6"
    run -0 boxed one -- sh -c '/bin/talk ask tcp six.example 80; /bin/talk ask udp six.example 80'
    is "$output" "outside $HOST6
outside $HOST6"
}

@test "inside is eth0 with the lease's address and a MAC that follows from it, up before the payload" {
    run -0 boxed one -- sh -c 'ip -o link show eth0; ip -o -4 address show eth0; ip route; ip -6 route
        ping -c 1 -W 5 127.0.0.1 >/dev/null && ping -6 -c 1 -W 5 ::1 >/dev/null && echo loopback'
    like "$output" 'eth0@[^ ]*: <[^>]*UP,LOWER_UP'
    like "$output" '02:4c:0a:6f:00:02'
    like "$output" 'inet 10.111.0.2/16'
    like "$output" 'default via 10.111.0.1 dev eth0'
    like "$output" 'default via fd[0-9a-f:]*::1 dev eth0'
    like "$output" 'loopback$'
}

# While an address is checked for duplicates nothing answers by it: for two seconds of the first
# container, IPv6 would lead nowhere. The bridge asks for its neighbours by its link-local address.
@test "when the payload runs no IPv6 address is still being checked, neither inside nor the bridge's" {
    run -0 boxed one -- sh -c 'ip -6 address show dev eth0 scope global'
    [[ $output != *tentative* ]]
    start_box one
    is "$(on_host ip -6 -o address show dev launcher0 tentative)" ''
}

# CVE-2020-13401: a neighbour could name itself as the router.
@test "neither a container nor the bridge takes a router that announces itself" {
    start_box one
    is "$(in_box one cat /proc/sys/net/ipv6/conf/eth0/{accept_ra,dad_transmits})" $'0\n0'
    is "$(on_host cat /proc/sys/net/ipv6/conf/launcher0/accept_ra)" 0
    start_box two --ns +user # the namespace is made with the child
    is "$(in_box two cat /proc/sys/net/ipv6/conf/eth0/{accept_ra,dad_transmits})" $'0\n0'
}

# watch_switches STRACE-EXPRESSION: what is switched off inside, and in the file trace how.
watch_switches() {
    on_host strace -qq -o "$BATS_TEST_TMPDIR/trace" -e trace=open,openat,fsopen -e "$1" "$LAUNCHER" --name one \
        --rootfs "$IMAGE" -- sh -c 'cat /proc/sys/net/ipv6/conf/eth0/accept_ra
            cat /proc/sys/net/ipv6/conf/eth0/dad_transmits'
}

# The kernel keeps each name that was looked up in /proc/sys/net as long as the namespace is there, and
# goes through those of all namespaces whenever somebody looks there again.
@test "a container's switches are not looked up in the /proc that all share, unless nothing else can be" {
    local trace=$BATS_TEST_TMPDIR/trace
    run -0 watch_switches signal=none
    is "$output" $'0\n0'
    grep -q '^fsopen("proc"' "$trace"
    is "$(grep -c '"/proc/sys/net/.*/default/\(accept_ra\|dad_transmits\)"' "$trace")" 0
    run -0 watch_switches inject=fsopen:error=EPERM:when=1
    is "$output" $'0\n0'
    grep -q '^fsopen("proc".*INJECTED' "$trace"
}

@test "the same again and again: an old rule or bridge is no obstacle, and none is made twice" {
    start_box first
    local rules
    rules=$(on_host nft --stateless list table inet launcher | grep -vc elements)
    run -0 boxed second -- /bin/talk ask tcp $FAR4 80
    run -0 boxed third -- /bin/talk ask tcp $FAR4 80
    is "$output" "outside $HOST4"
    is "$(on_host nft --stateless list table inet launcher | grep -vc elements)" "$rules"
    is "$(on_host ip -o link show type bridge | wc -l)" 1
    stop_box first
    net_is_as_before
}

@test "net none: loopback, and nothing else" {
    run -0 boxed one --net none -- sh -c 'ip -o link; ping -c 1 -W 5 127.0.0.1 >/dev/null && echo pong'
    is "$(grep -c . <<<"$output")" 2
    like "$output" '^1: lo: <LOOPBACK,UP'
    is "${lines[1]}" pong
    net_is_as_before
}

@test "net host: the host's own links and addresses" {
    run -0 boxed one --net host -- sh -c "ip -o link | grep -c uplink; /bin/talk ask tcp $FAR4 80"
    is "$output" "1
outside $HOST4"
}

# ---- the host, and other containers

@test "host and container reach each other, over both families" {
    start_box one
    serve_in "$LEFTOVERS_HOLDER" service serve service 9000
    hears host tcp "$(address_of one)" 80 one 10.111.0.1
    hears host tcp "$(address6_of one)" 80 one
    hears host udp "$(address6_of one)" 80 one
    hears one tcp 10.111.0.1 9000 service "$(address_of one)"
    hears one tcp $HOST4 9000 service "$(address_of one)"
    hears one udp $HOST6 9000 service "$(address6_of one)"
    kill "$SERVER"
}

@test "containers reach each other by address, without masquerade" {
    start_box one
    start_box two
    hears one tcp "$(address_of two)" 80 two "$(address_of one)"
    hears two udp "$(address_of one)" 81 one "$(address_of two)"
    hears one tcp "$(address6_of two)" 80 two "$(address6_of one)"
    hears two udp "$(address6_of one)" 81 one "$(address6_of two)"
}

@test "and by name, also those that start later; a name goes with its container" {
    start_box one
    start_box two --hostname second
    hears one tcp two 80 two
    hears one tcp second 80 two
    hears two tcp one 80 one
    start_box three
    hears one tcp three 80 three
    stop_box two
    run -1 in_box one /bin/talk ask tcp two 80
    like "$output" 'does not resolve'
    hears three tcp one 80 one
}

@test "a name has the IPv6 address as well, and its last 32 bits are those of the IPv4 address" {
    start_box one
    start_box two
    run -0 in_box one grep -w two /etc/hosts
    like "$output" "10.111.0.3[[:space:]].*two"
    like "$output" "fd[0-9a-f:]*:a6f:3[[:space:]].*two"
    is "$(address6_of two)" "$(grep -o 'fd[0-9a-f:]*' <<<"$output")"
}

@test "A and B talk, B and C talk, A and C do not" {
    on_host "$LAUNCHER" net create left
    on_host "$LAUNCHER" net create right
    start_box a --net left
    start_box b --net left --net right
    start_box c --net right
    hears a tcp b 80 b
    hears b tcp a 80 a
    hears b tcp c 80 c
    hears c tcp b 80 b
    hears b udp "$(address6_of c)" 80 c
    hears c tcp $FAR4 80 outside
    hears b tcp $FAR4 80 outside
    hears_not a tcp "$(address_of c)" 80
    hears_not c tcp "$(address_of a)" 80
    hears_not a udp "$(address_of c)" 80
    hears_not a tcp "$(address6_of c)" 80
    hears_not c tcp "$(address_of b eth0)" 80
    run -1 in_box a /bin/talk ask tcp c 80
    like "$output" 'does not resolve'
    stop_all
    on_host "$LAUNCHER" net rm left right
}

@test "an internal network has no way out, and its containers have each other" {
    on_host "$LAUNCHER" net create inner --internal
    start_box one --net inner
    start_box two --net inner
    hears one tcp two 80 two
    hears host tcp "$(address_of one)" 80 one
    hears_not one tcp $FAR4 80
    hears_not one tcp $FAR6 80
    stop_all
    on_host "$LAUNCHER" net rm inner
}

# ---- whom nobody should reach

@test "an unpublished port is not reachable from outside, even for somebody who knows the way" {
    start_box one
    on_outside ip route add 10.111.0.0/16 via $HOST4
    on_outside ip -6 route add "$(address6_of one)/128" via $HOST6
    hears_not outside tcp "$(address_of one)" 80
    hears_not outside udp "$(address_of one)" 80
    hears_not outside tcp "$(address6_of one)" 80
    on_outside ip route delete 10.111.0.0/16
    on_outside ip -6 route delete "$(address6_of one)/128"
}

# CVE-2020-8558: route_localnet, which published ports on 127.0.0.1 need, lets neighbours in.
@test "the host's loopback services are not reachable from a container" {
    serve_in "$LEFTOVERS_HOLDER" local serve local 127.0.0.1/9001
    start_box one -p 127.0.0.1:9002:80
    hears host tcp 127.0.0.1 9001 local
    hears host tcp 127.0.0.1 9002 one
    # All addresses of the bridge may be local to it: the packets have to be dropped by a rule.
    net_of one sh -ec 'echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet
        echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet
        ip address delete 127.0.0.1/8 dev lo
        ip route add 127.0.0.0/8 via 10.111.0.1 dev eth0 src 10.111.0.2'
    hears_not one tcp 127.0.0.1 9001
    hears_not one udp 127.0.0.1 9001
    kill "$SERVER"
}

# ---- the network of somebody else

@test "container:ID: the same network as that container, by loopback" {
    start_box one -p 8080:80
    run -0 boxed two --net container:one -- sh -c "ip -o -4 address show eth0; /bin/talk ask tcp 127.0.0.1 81
        /bin/talk ask tcp $FAR4 80"
    like "$output" "inet $(address_of one)/16"
    like "$output" "one 127.0.0.1"
    like "$output" "outside $HOST4"
    run -125 boxed two --net container:nobody -- true
    like "$output" 'nobody'
}

@test "ns:PATH: a network that somebody made, by ip netns or by us" {
    on_host ip netns add made
    on_host ip -n made address add 192.0.2.77/32 dev lo
    on_host ip -n made link set lo up
    run -0 boxed one --net ns:/run/netns/made -- ip -o -4 address show lo
    like "$output" 192.0.2.77
    on_host ip netns delete made
}

@test "ns:PATH that is no namespace, no network namespace, or not there" {
    on_host touch /run/plain
    run -125 boxed one --net ns:/run/plain -- true
    like "$output" '/run/plain'
    like "$output" 'namespace'
    on_host rm /run/plain
    run -125 boxed one --net ns:/proc/self/ns/uts -- true
    like "$output" '/proc/self/ns/uts'
    run -125 boxed one --net ns:/run/none -- true
    like "$output" '/run/none: No such file or directory'
    run -125 boxed one --net ns:/run -- true
    like "$output" '/run'
}

# ---- many

# They are started together, so that they race for addresses; the payload stays until it is told.
@test "100 containers in parallel: 100 addresses, all answer the host, nothing is left" {
    local i addresses=$BATS_TEST_TMPDIR/addresses
    for i in {1..100}; do
        launch_box "n$i"
    done
    for i in {1..100}; do
        await_box "n$i"
    done
    on_host cat /run/launcher/launcher0.leases | awk '/^10\./ && $2 ~ /^n[0-9]+$/ { print $2, $1 }' >"$addresses"
    is "$(cut -d' ' -f2 "$addresses" | sort -u | wc -l)" 100
    # The name that answers is the lease's: no address was given to somebody else.
    for i in {1..100}; do
        hears host tcp "$(sed -n "s/^n$i //p" "$addresses")" 80 "n$i" || return 1
    done
    hears n1 tcp n100 80 n100
    stop_all
    net_is_as_before
}
