#!/usr/bin/env bats
# Networks on bad days: what others removed underneath, foreign rules, launcher killed with -9, a host
# without rights.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers
load ../lib/net
load ../lib/steps

setup_file() { net_setup_file; }
teardown_file() { net_teardown_file; }
teardown() { net_check; }

# ---- what is removed underneath

@test "the bridge is deleted underneath: the container ends as ever, and the next one has a network" {
    start_box one -p 8080:80
    on_host ip link delete launcher0
    stop_box one
    net_is_as_before
    start_box one
    on_host ip link delete launcher0
    start_box two
    hears two tcp $FAR4 80 outside
    hears host tcp "$(address_of two)" 80 two
    stop_all
    net_is_as_before
}

@test "the rules are flushed underneath: the container ends as ever, and the next one has rules" {
    start_box one -p 8080:80
    on_host nft flush ruleset
    stop_box one
    net_is_as_before
    start_box one
    on_host nft flush ruleset
    start_box two -p 8080:80
    hears two tcp $FAR4 80 outside
    hears outside tcp $HOST4 8080 two
    stop_all
    net_is_as_before
}

@test "the container's veth is deleted underneath" {
    start_box one -p 8080:80
    on_host ip link delete veth0a6f0002
    stop_box one
    net_is_as_before
}

@test "a record of the network that makes no sense: an error that names it, or a new network" {
    on_host sh -c 'echo "{" >/run/launcher/launcher0.network'
    run boxed three --net bridge -- true
    [ "$status" -eq 0 ] || [[ $output == *launcher0* ]]
    on_host sh -c 'rm -f /run/launcher/launcher0.*; ip link delete launcher0 2>/dev/null || true
        nft flush ruleset 2>/dev/null || true'
}

# ---- other people's rules

# Docker's, podman's and firewalld's ways.
@test "foreign tables stay as they are, and work" {
    on_host nft -f - <<'RULES'
table ip filter {
    chain FORWARD { type filter hook forward priority filter; policy accept; counter; }
    chain INPUT { type filter hook input priority filter; policy accept; tcp dport 7777 drop; }
}
table inet firewalld {
    map ports { type inet_service : verdict; elements = { 22 : accept } }
    chain nat { type nat hook postrouting priority srcnat; policy accept; oifname "docker0" masquerade; }
}
table ip6 filter {
    chain FORWARD { type filter hook forward priority filter; policy accept; }
}
RULES
    on_host nft --stateless list ruleset >"$BATS_TEST_TMPDIR/foreign"
    start_box one -p 8080:80
    hears one tcp $FAR4 80 outside
    hears outside tcp $HOST4 8080 one
    is "$(on_host nft --stateless list ruleset | sed '/^table [a-z]* launcher/,/^}/d')" "$(<"$BATS_TEST_TMPDIR/foreign")"
    stop_box one
    is "$(on_host nft --stateless list ruleset)" "$(<"$BATS_TEST_TMPDIR/foreign")"
    on_host nft flush ruleset
}

# Nobody can accept what another table drops. Then the cure is told where it is asked for.
@test "a foreign policy of drop in forward: the container runs, and the rules are untouched" {
    on_host nft -f - <<'RULES'
table ip filter {
    chain FORWARD { type filter hook forward priority filter; policy drop; }
}
RULES
    on_host nft --stateless list ruleset >"$BATS_TEST_TMPDIR/foreign"
    start_box one
    hears host tcp "$(address_of one)" 80 one
    hears_not one tcp $FAR4 80
    stop_box one
    is "$(on_host nft --stateless list ruleset)" "$(<"$BATS_TEST_TMPDIR/foreign")"
    on_host nft flush ruleset
}

# ---- rights and kernel

@test "without CAP_NET_ADMIN the default is no network, with a warning; asked for it is an error" {
    run -0 --separate-stderr on_host setpriv --bounding-set -net_admin --inh-caps -net_admin \
        "$LAUNCHER" --name one --rootfs "$IMAGE" -- sh -c 'ls /sys/class/net'
    is "$output" lo
    # shellcheck disable=SC2154 # run sets it
    like "$stderr" 'warning: .*CAP_NET_ADMIN|warning: .*Operation not permitted'
    net_is_as_before
    run -125 on_host setpriv --bounding-set -net_admin --inh-caps -net_admin \
        "$LAUNCHER" --name one --rootfs "$IMAGE" --net bridge -- true
    like "$output" 'Operation not permitted|CAP_NET_ADMIN'
    like "$output" 'hint: '
    net_is_as_before
}

# without_nftables [OPTION...]: no socket of NETLINK_NETFILTER, 12: EPROTONOSUPPORT, 93
without_nftables() {
    musl-gcc -std=gnu17 -D_GNU_SOURCE -O2 -static -idirafter "$TOP/build/deps/kernel" \
        -o "$BATS_TEST_TMPDIR/forbid" "$TOP/tests/lib/forbid.c"
    on_host "$BATS_TEST_TMPDIR/forbid" socket:12 93 "$LAUNCHER" --name one --rootfs "$IMAGE" "$@" -- \
        ls /sys/class/net
}

@test "a kernel without nf_tables, and a bridge is asked for: an error that names it" {
    run -125 without_nftables --net bridge
    like "$output" 'nf_tables|nfnetlink|nftables'
    net_is_as_before
}

@test "a kernel without nf_tables: the default becomes no network, with a warning" {
    run -0 --separate-stderr without_nftables
    is "$output" lo
    # shellcheck disable=SC2154 # run sets it
    like "$stderr" 'warning: '
    like "$stderr" 'hint: .*--net none'
    net_is_as_before
}

# without_links KIND [OPTION...]: the kernel does not know this kind of link.
without_links() {
    musl-gcc -std=gnu17 -D_GNU_SOURCE -O2 -static -idirafter "$TOP/build/deps/kernel" \
        -o "$BATS_TEST_TMPDIR/unknown_link" "$TOP/tests/lib/unknown_link.c"
    on_host "$BATS_TEST_TMPDIR/unknown_link" "$1" "$LAUNCHER" --name one --rootfs "$IMAGE" "${@:2}" -- \
        ls /sys/class/net
}

@test "a kernel without bridges, or without veth, and a bridge is asked for: an error that names it" {
    run -125 without_links bridge --net bridge
    like "$output" 'making the bridge launcher0: Unknown device type'
    like "$output" 'hint: .*modprobe bridge'
    net_is_as_before
    run -125 without_links veth --net bridge
    like "$output" 'making the link veth.*: Unknown device type'
    like "$output" 'hint: .*modprobe veth'
    net_is_as_before
}

@test "a kernel without bridges: the default becomes no network, with a warning" {
    run -0 --separate-stderr without_links bridge
    is "$output" lo
    # shellcheck disable=SC2154 # run sets it
    like "$stderr" 'warning: .*making the bridge launcher0: Unknown device type'
    like "$stderr" 'hint: .*--net none'
    net_is_as_before
    run -0 without_links no-such-kind
    is "$output" $'eth0\nlo'
}

# ---- launcher killed with -9

gc_leaves_nothing() {
    wait_until 20 no_survivors && on_host "$LAUNCHER" gc >>"$BATS_TEST_TMPDIR/collected" &&
        wait_until 5 net_is_as_before
}

killed_at() {
    local step=$1 status=0
    shift
    signal_at "$step" KILL "$@" </dev/null >/dev/null 2>&1 || status=$?
    is "$step $status" "$step 137" || return 1
    gc_leaves_nothing || { echo "after $step" >&2; diff "$BATS_FILE_TMPDIR/network" <(net_state) >&2; return 1; }
}

# The steps of a run without a network are those of bad-kill.bats: what a bridge adds are messages and
# files, so these calls are enough.
kill_at_network_steps() {
    local step steps=$BATS_TEST_TMPDIR/steps calls='^(sendmsg|sendto|recvmsg|recvfrom|renameat2?|rename|unlinkat|bind|setns|openat|flock|mount|move_mount):'
    record_steps "$steps" "$@" -- sleep 1
    grep -hE "$calls" "$steps.start" >"$steps.chosen.start"
    grep -hE "$calls" "$steps.end" >"$steps.chosen.end"
    [ "$(wc -l <"$steps.chosen.start")" -gt 10 ]
    while read -r step; do
        killed_at "$step" "$@" -- sleep 1000 || return 1
    done <"$steps.chosen.start"
    while read -r step; do
        killed_at "$step" "$@" -- true || return 1
    done <"$steps.chosen.end"
}

@test "launcher killed at each step of its network: gc finds veth, lease, elements, bridge" {
    kill_at_network_steps "$LAUNCHER" --name "$(box)" --rootfs "$IMAGE" -p 8080:80
    [ "$(grep -c '^1$' "$BATS_TEST_TMPDIR/collected")" -gt 5 ]
}

@test "killed while another container runs: that one keeps its network" {
    start_box one -p 8080:80
    start_box two -p 8081:80
    kill_launcher two
    run -0 on_host "$LAUNCHER" gc
    is "$output" 1
    hears outside tcp $HOST4 8080 one
    hears one tcp $FAR4 80 outside
    hears_not outside tcp $HOST4 8081
    is "$(on_host ip -o link show type veth | grep -c veth0a6f)" 1
    run -1 in_box one grep -w two /etc/hosts
    start_box three -p 8081:80
    hears outside tcp $HOST4 8081 three
}

@test "killed in a network that net create made: it stays, without the container" {
    on_host "$LAUNCHER" net create mine
    on_host nft --stateless list ruleset >"$BATS_TEST_TMPDIR/rules"
    start_box one --net mine -p 8080:80
    kill_launcher one
    on_host "$LAUNCHER" gc
    is "$(on_host nft --stateless list ruleset)" "$(<"$BATS_TEST_TMPDIR/rules")"
    on_host ip link show mine
    is "$(on_host ip -o link show type veth | grep -vc uplink)" 0
    on_host "$LAUNCHER" net rm mine
}

@test "the payload is killed, cinit is killed, launcher is told to end: nothing is left" {
    local signal
    start_box one -p 8080:80
    kill -KILL "$(cut -d' ' -f1 "/proc/${BOX[one]}/task/${BOX[one]}/children")"
    wait "${BOX[one]}" || true
    unset "BOX[one]" "PAYLOAD[one]"
    net_is_as_before
    for signal in TERM HUP; do
        start_box one -p 8080:80
        kill "-$signal" "${BOX[one]}"
        wait "${BOX[one]}" || true
        unset "BOX[one]" "PAYLOAD[one]"
        net_is_as_before
    done
}

@test "a command that does not exist: nothing is left of its network" {
    run -127 boxed one -p 8080:80 -- nosuch
    net_is_as_before
    run -125 boxed one -p 8080:80 -v /nosuch:/mnt -- true
    net_is_as_before
}
