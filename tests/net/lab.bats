#!/usr/bin/env bats
# The lab itself: what it says must be so without any container, else the other tests prove nothing.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers
load ../lib/net

setup_file() { net_setup_file; }
teardown_file() { net_teardown_file; }
teardown() { net_check; }

@test "the host reaches what is outside, near and far, by address and by name" {
    hears host tcp $NEAR4 80 outside $HOST4
    hears host udp $NEAR6 80 outside $HOST6
    hears host tcp $FAR4 80 outside $HOST4
    hears host tcp $FAR6 80 outside $HOST6
    is "$(on_host timeout 5 busybox wget -qO- "http://$FAR4/")" "outside $HOST4"
    hears host tcp far.example 80 outside
    hears host tcp six.example 80 outside $HOST6
    run -1 on_host "$TALK" ask tcp nobody.example 80
    like "$output" "Name does not resolve"
}

@test "what is outside finds no way to addresses that it does not know" {
    hears_not outside tcp 10.111.0.1 80
    hears_not outside tcp fd00:1::1 80
}

@test "an address, a link, a rule or a file too many is seen" {
    local change undo
    while IFS=: read -r change undo; do
        on_host sh -c "$change"
        ! net_is_as_before
        on_host sh -c "$undo"
        net_is_as_before
    done <<'CHANGES'
ip link add x0 type bridge:ip link delete x0
ip address add 192.0.2.99/24 dev uplink:ip address delete 192.0.2.99/24 dev uplink
ip route add 198.18.0.0/15 dev uplink:ip route delete 198.18.0.0/15 dev uplink
nft add table inet x:nft delete table inet x
touch /run/launcher/x:rm /run/launcher/x
CHANGES
}
