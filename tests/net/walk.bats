#!/usr/bin/env bats
# Row N7: `launcher net`: named namespaces beside those of ip netns, pairs of links, networks made by
# hand, and the walk of `net test`, which is shown each thing broken, and that its own hint cures it.
#
# A test has two machines, both network namespaces of its own: the lab, where launcher runs, with a
# mount namespace and an empty /run, and outside, where a name server answers.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/container

# shellcheck disable=SC2034 # START_BY is of container.bash

SERVER=198.51.100.53

setup()
{
    unshare --net --mount sleep infinity </dev/null >/dev/null 2>&1 3>&- &
    LAB=$!
    unshare --net sleep infinity </dev/null >/dev/null 2>&1 3>&- &
    OUTSIDE=$!
    DNS='' OTHER=''
    wait_until 10 has_namespace mnt "$LAB"
    wait_until 10 has_namespace net "$OUTSIDE"
    START_BY=(nsenter --target "$LAB" --mount --net --)
    lab mount -t tmpfs tmpfs /run
    lab sh -ec "
        ip link set lo up
        ip link add uplink type veth peer name wire netns $OUTSIDE
        ip link set uplink up
        ip address add 198.51.100.2/24 dev uplink
        ip route add default via 198.51.100.1"
    outside sh -ec "
        ip link set lo up
        ip link set wire up
        ip address add 198.51.100.1/24 dev wire
        ip address add $SERVER/24 dev wire"
}

teardown()
{
    end_container
    local pid
    for pid in $OTHER $DNS "$LAB" "$OUTSIDE"; do
        kill -KILL "$pid"
        wait "$pid" || true # killed
    done
}

# It is there already when sleep runs: unshare(1) becomes it then.
has_namespace()
{
    [ "$(namespace "$1" "$2")" != "$(namespace "$1")" ] && [ "$(<"/proc/$2/comm")" = sleep ]
}

lab() { nsenter --target "$LAB" --mount --net -- "$@"; }
outside() { nsenter --target "$OUTSIDE" --net -- "$@"; }
net() { lab "$LAUNCHER" net "$@"; }
inside_net() { nsenter --target "$PAYLOAD" --net -- "$@"; }

serve_names()
{
    local up=$BATS_TEST_TMPDIR/serves
    nsenter --target "$OUTSIDE" --net -- python3 -c '
import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], 53))
open(sys.argv[2], "w").close()
while True:
    question, client = server.recvfrom(512)
    server.sendto(question[:2] + b"\x81\x85" + question[4:], client)' "$SERVER" "$up" \
        </dev/null >/dev/null 2>&1 3>&- &
    DNS=$!
    wait_until 10 [ -e "$up" ]
}

# start_web: a container that has all it needs.
start_web()
{
    serve_names
    start_container --name web --net bridge --dns "$SERVER" -- sleep 1000
}

# ends_with STATUS WHAT: what `run net test` printed in $output: "FAIL WHAT: ..." is the last step, and
# the only one that failed; below it a hint, which is then in $HINT.
fails_at()
{
    is "$(grep -c '^FAIL ' <<<"$output")" 1
    like "$(tail -n 2 <<<"$output" | head -n 1)" "^FAIL $1: "
    HINT=$(tail -n 1 <<<"$output")
    like "$HINT" '^hint: .'
    HINT=${HINT#hint: }
}

# broken WHAT BREAK [MEND]: without MEND the hint itself is the cure. What was said is in $BROKEN.
broken()
{
    lab sh -ec "$2"
    run -1 net test web
    fails_at "$1"
    BROKEN=$output
    lab sh -ec "${3-$HINT}"
    run -0 net test web
}

# ---- net ns

@test "net ns add makes what ip netns add makes: file, mount, propagation, lo" {
    net ns add ours
    # Before ip comes, which would mend it.
    like "$(lab awk '$5 == "/run/netns" { print $7 }' /proc/self/mountinfo)" '^shared:'
    lab ip netns add theirs
    is "$(lab ip netns list | sort)" "$(printf 'ours\ntheirs')"
    is "$(lab stat -c '%a %U %G %s' /run/netns/ours)" "$(lab stat -c '%a %U %G %s' /run/netns/theirs)"
    # Fields of mountinfo: ... root, mount point, options, "shared:N" ..., type
    local mounts
    mounts=$(lab cat /proc/self/mountinfo)
    is "$(awk '$5 == "/run/netns/ours" { print $6, $7, $9 }' <<<"$mounts" | sed 's/:[0-9]*//')" \
        "$(awk '$5 == "/run/netns/theirs" { print $6, $7, $9 }' <<<"$mounts" | sed 's/:[0-9]*//')"
    is "$(awk '$5 == "/run/netns"' <<<"$mounts" | wc -l)" 1
    is "$(lab ip netns exec ours ip -o link | sed 's/ qdisc.*//')" "$(lab ip netns exec theirs ip -o link | sed 's/ qdisc.*//')"
    like "$(lab ip netns exec ours ip -o link)" 'lo: <LOOPBACK>'
    is "$(lab ip netns exec ours readlink /proc/self/ns/net)" \
        "net:[$(lab stat -c %i /run/netns/ours)]"
}

@test "net ns ls and del know those of ip, and ip ours" {
    is "$(net ns ls)" ""
    net ns add b a
    lab ip netns add c
    is "$(net ns ls | paste -sd ' ')" "a b c"
    net ns del c a
    lab ip netns del b
    is "$(net ns ls)" ""
    is "$(lab ls /run/netns)" ""
    is "$(lab grep -c nsfs /proc/self/mountinfo || true)" 0
}

@test "a namespace goes with its name when nothing else holds it" {
    net ns add ours
    # The peer of a link in it goes when it goes.
    net veth here there --ns ours
    net ns del ours
    wait_until 10 no_link here
}

no_link() { ! lab ip link show "$1" >/dev/null 2>&1; }

@test "each name of one command has a namespace of its own" {
    net ns add ours other
    is "$(lab stat -c %i /run/netns/ours /run/netns/other "/proc/$LAB/ns/net" | sort -u | wc -l)" 3
}

@test "net ns: what can't be, with a cure" {
    net ns add ours
    run -125 net ns add ours
    like "$output" 'there is one of that name already.*hint: .*del ours'
    run -125 net ns del nosuch
    like "$output" 'there is none of that name.*hint: .*net ns ls'
    local name
    for name in a/b ../x . .. ''; do
        run -125 net ns add "$name"
        like "$output" "can't be the name of a network namespace"
        run -125 net ns del "$name"
        like "$output" "can't be the name of a network namespace"
    done
    is "$(lab ls /run/netns)" ours
    # One that a crash left: a file that nothing is mounted on.
    lab touch /run/netns/crashed
    net ns del crashed
    is "$(net ns ls)" ours
}

@test "net ns: a namespace that the kernel refuses leaves no name" {
    musl-gcc -std=gnu17 -D_GNU_SOURCE -O2 -static -idirafter "$TOP/build/deps/kernel" \
        -o "$BATS_TEST_TMPDIR/forbid" "$TOP/tests/lib/forbid.c"
    net ns add ours
    run -125 lab "$BATS_TEST_TMPDIR/forbid" unshare 28 "$LAUNCHER" net ns add other # ENOSPC
    like "$output" 'unshare: No space left'
    is "$(net ns ls)" ours
}

@test "net ns without CAP_SYS_ADMIN: an error with a hint, and nothing is left" {
    local without=(setpriv --bounding-set -sys_admin --inh-caps -sys_admin)
    net ns add ours
    run -125 lab "${without[@]}" "$LAUNCHER" net ns add other
    like "$output" 'Operation not permitted.*hint: .*CAP_SYS_ADMIN'
    run -125 lab "${without[@]}" "$LAUNCHER" net ns del ours
    like "$output" 'Operation not permitted.*hint: .*CAP_SYS_ADMIN'
    is "$(net ns ls)" ours
    lab ip netns exec ours true
}

# ---- net veth

@test "net veth: a pair, both up, here or with its peer in another namespace" {
    net veth a b
    like "$(lab ip -o link show a)" 'a@b: <[^>]*,UP'
    like "$(lab ip -o link show b)" 'b@a: <[^>]*,UP'
    net ns add ours
    net veth c d --ns ours
    like "$(lab ip -o link show c)" '<[^>]*,UP,LOWER_UP'
    like "$(lab ip -n ours -o link show d)" '<[^>]*,UP,LOWER_UP'
    net veth e f --ns /run/netns/ours
    lab ip -n ours link show f
    start_container --name web --net none -- sleep 1000
    net veth peer1 peer2 --ns container:web
    like "$(inside_net ip -o link show peer2)" '<[^>]*,UP,LOWER_UP'
}

@test "net veth: what can't be, with a cure, and nothing is left" {
    net ns add ours
    net veth a b
    lab ip -n ours link add taken type veth peer name other
    local links
    links=$(lab ip -o link | cut -d' ' -f2)
    run -125 net veth a c
    like "$output" 'a with its other end c: .*File exists.*hint: '
    run -125 net veth c taken --ns ours
    like "$output" 'File exists'
    run -125 net veth c d --ns nosuch
    like "$output" '/run/netns/nosuch: No such file.*hint: .*net ns add nosuch'
    run -125 net veth c d --ns /etc/passwd
    like "$output" 'it is no namespace'
    run -125 net veth c d --ns /proc/self/ns/mnt
    like "$output" 'a namespace of another kind'
    run -125 net veth c d --ns container:nosuch
    like "$output" 'it does not exist'
    run -125 net veth sixteen-letters0 d
    like "$output" "can't be the name"
    run -125 lab setpriv --bounding-set -net_admin --inh-caps -net_admin "$LAUNCHER" net veth c d
    like "$output" 'Operation not permitted.*hint: .*CAP_NET_ADMIN'
    is "$(lab ip -o link | cut -d' ' -f2)" "$links"
}

# ---- networks

@test "net create, ls, inspect and rm tell of a network what it is" {
    lab sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward'
    net create one --subnet 10.50.0.0/24 --gateway 10.50.0.254 --no-ip6 --internal
    net create two --subnet6 fd00:1:2:3::/64
    like "$(lab ip -o address show one)" 'inet 10.50.0.254/24'
    like "$(lab ip -o address show two)" 'inet6 fd00:1:2:3::1/64'
    is "$(net ls | sed 's/  */ /g')" "$(printf '%s\n' 'NAME SUBNET IPV6 CONTAINERS' \
        'one 10.50.0.0/24 - 0 kept internal' 'two 10.111.0.0/16 fd00:1:2:3::/64 0 kept')"
    is "$(net inspect one | jq -c '.[]')" '{"name":"one","subnet":"10.50.0.0/24","gateway":"10.50.0.254","kept":true,"internal":true,"forwardingBefore":{"ip4":false,"ip6":null},"containers":[]}'
    is "$(net inspect two | jq -r '.[0] | .subnet6, .gateway6, .forwardingBefore.ip4' | paste -sd ' ')" \
        'fd00:1:2:3::/64 fd00:1:2:3::1 true'
    is "$(net ls --json)" "$(net inspect one two)"
    net rm one two
    is "$(net ls --json | jq -c .)" '[]'
    is "$(lab nft list ruleset)" ''
    run -1 lab ip link show one
}

@test "net inspect and ls know who is in a network; rm does not take it away from him" {
    net create mine --no-ip6
    start_container --name web --hostname shop --net mine -- sleep 1000
    is "$(net inspect mine | jq -c '.[0].containers')" \
        '[{"id":"web","ip":"10.111.0.2","names":["web","shop"]}]'
    like "$(net ls | tail -n 1)" '^mine .* 1  kept$'
    run -125 net rm mine
    like "$output" 'web'
    end_container
    net rm mine
}

@test "net create where the host's routes take all of 10.0.0.0/8" {
    lab ip route add 10.0.0.0/8 via 198.51.100.1
    run -125 net create mine
    like "$output" 'hint: .*--subnet'
    net create third --subnet 172.30.2.0/24
    like "$(lab ip -o address show third)" 'inet6 fd'
    net create mine --subnet 172.30.0.0/24 --no-ip6
    net create other --subnet 172.30.1.0/24 --subnet6 fd00:1:2:3::/64
    like "$(lab ip -o address show other)" 'inet6 fd00:1:2:3::1/64'
}

@test "net create and its kin: what can't be, with a cure" {
    net create mine --subnet 10.50.0.0/24
    run -125 net create mine
    like "$output" 'there is one of that name already.*hint: '
    run -125 net create other --subnet 10.50.0.128/25
    like "$output" '10.50.0.128/25 of other overlaps'
    lab ip link delete mine # a network all the same, though no route tells of it
    run -125 net create other --subnet 10.50.0.128/25
    like "$output" 'overlaps the network mine'
    run -125 net create other --subnet 198.51.100.0/25
    like "$output" "overlaps the host's route"
    run -125 net create other --subnet 10.60.0.1/24
    like "$output" 'reading --subnet: '
    run -125 net create other --subnet 10.60.0.0/24 --gateway 10.61.0.1
    like "$output" 'reading --gateway: .*10.61.0.1'
    run -125 net create other --subnet 10.60.0.0/24 --gateway 10.60.0.255
    like "$output" 'reading --gateway: '
    run -125 net create other --subnet6 fd00::/48
    like "$output" 'reading --subnet6: '
    run -125 net create other --subnet6 fd00:0:0:1::/64 --no-ip6
    like "$output" 'not together with --no-ip6'
    run -125 net create host
    run -125 net create a/b
    run -125 net rm nosuch
    like "$output" 'nosuch'
    run -125 net inspect mine nosuch
    is "$(net inspect mine nosuch 2>/dev/null || true)" '' # no half of an array
    is "$(net ls --json | jq -r '.[].name')" mine
}

@test "the command line of net: unknown commands, options of another one, too few words" {
    run -125 net creat x
    like "$output" 'did you mean create\?'
    run -125 net ns dell x
    like "$output" 'did you mean ns del\?'
    run -125 net ns
    run -125 net rm
    like "$output" 'net rm takes NAME'
    run -125 net rm x --json
    like "$output" 'net rm takes no --json'
    run -125 net ns ls --subnet 10.0.0.0/8
    like "$output" 'net ns ls takes no --subnet'
    run -0 net test --help
    run -0 net
    like "$output" 'Commands:'
}

# ---- net test

@test "net test passes where all is well, and looks at no other container" {
    start_web
    "${START_BY[@]}" "$LAUNCHER" --name other --rootfs "$ROOTFS" --net bridge -- sleep 1000 \
        </dev/null >/dev/null 2>&1 3>&- &
    OTHER=$!
    wait_until 10 lab test -e /proc/sys/net/ipv4/conf/veth0a6f0003
    run -0 net test web
    is "$(cut -d: -f1 <<<"$output")" "$(printf 'PASS %s\n' container loopback interface address \
        'default route' bridge forwarding nftables 'other firewalls' gateway "host's route" resolver)"
    is "$(grep interface <<<"$output")" 'PASS interface: eth0 is up, as veth0a6f0002 in launcher0'
    like "$output" "resolver: $SERVER answers"
}

@test "net test names what is broken in the container" {
    start_web
    broken loopback "nsenter -t $PAYLOAD -n ip link set lo down"
    broken interface "nsenter -t $PAYLOAD -n ip link set eth0 down" "nsenter -t $PAYLOAD -n sh -c '
        ip link set eth0 up; ip route add default via 10.111.0.1; ip -6 address add $(
        inside_net ip -6 -o address show eth0 scope global | awk '{ print $4 }') dev eth0 nodad'"
    broken address "nsenter -t $PAYLOAD -n ip address delete 10.111.0.2/16 dev eth0" \
        "nsenter -t $PAYLOAD -n sh -c '
        ip address add 10.111.0.2/16 dev eth0; ip route add default via 10.111.0.1'"
    local wrong
    for wrong in 10.111.0.77/16 10.111.0.2/24; do
        broken address "nsenter -t $PAYLOAD -n sh -ec '
            ip address delete 10.111.0.2/16 dev eth0; ip address add $wrong dev eth0'" \
            "nsenter -t $PAYLOAD -n sh -ec '
            ip address delete $wrong dev eth0; ip address add 10.111.0.2/16 dev eth0
            ip route replace default via 10.111.0.1'"
    done
    broken 'default route' "nsenter -t $PAYLOAD -n ip route delete default"
    broken 'default route' "nsenter -t $PAYLOAD -n ip route replace default via 10.111.0.99"
}

@test "net test names what is broken between the container and the host" {
    start_web
    broken interface 'ip link set veth0a6f0002 down'
    broken interface 'ip link set veth0a6f0002 nomaster'
    broken bridge 'ip link set launcher0 down'
    broken bridge 'ip address delete 10.111.0.1/16 dev launcher0'
    broken gateway "bridge link set dev veth0a6f0002 state 0
        nsenter -t $PAYLOAD -n ip neighbour flush dev eth0" 'bridge link set dev veth0a6f0002 state 3'
    lab ip link delete veth0a6f0002
    run -1 net test web
    fails_at interface
    like "$output" 'the link from the container to launcher0 is gone'
}

@test "net test: a gateway that refuses to answer a ping is there all the same" {
    start_web
    lab sh -c 'echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all'
    run -0 net test web
    like "$output" 'PASS gateway: 10.111.0.1 is there, but answers no ping'
}

@test "net test names what is broken on the host" {
    start_web
    broken forwarding 'echo 0 >/proc/sys/net/ipv4/ip_forward' 'echo 1 >/proc/sys/net/ipv4/ip_forward'
    like "$BROKEN" 'net.ipv4.ip_forward is 0'
    broken forwarding 'echo 0 >/proc/sys/net/ipv6/conf/all/forwarding' \
        'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
    broken nftables 'nft delete element inet launcher bridges { launcher0 }' \
        'nft add element inet launcher bridges { launcher0 }'
    broken nftables 'nft rename chain inet launcher postrouting x' \
        'nft rename chain inet launcher x postrouting'
    broken "host's route" 'ip route delete default' 'ip route add default via 198.51.100.1'
}

@test "net test: rules that somebody flushed, and the cure of its hint" {
    start_web
    lab nft flush chain inet launcher postrouting
    run -1 net test web
    fails_at nftables
    like "$output" 'chain postrouting of the table inet launcher has no rules'
    like "$HINT" 'the next container that starts in launcher0 writes it anew$'
    lab "$LAUNCHER" --rootfs "$ROOTFS" --net bridge -- true
    run -0 net test web
    lab nft flush ruleset
    run -1 net test web
    fails_at nftables
    lab "$LAUNCHER" --rootfs "$ROOTFS" --net bridge -- true
    run -0 net test web
}

@test "net test names a firewall that drops what is forwarded; the hint cures docker's" {
    start_web
    # As docker does it.
    lab sh -ec 'iptables -N DOCKER-USER; iptables -A FORWARD -j DOCKER-USER; iptables -P FORWARD DROP'
    run -1 net test web
    fails_at 'other firewalls'
    like "$output" 'ip filter FORWARD has the policy drop'
    lab sh -ec "${HINT%%; without docker*}"
    run -0 net test web
    like "$output" 'PASS other firewalls: ip filter FORWARD has the policy drop, but lets launcher0 through'
    # The way out only: the answers are lost.
    lab iptables -D DOCKER-USER -o launcher0 -j ACCEPT
    run -1 net test web
    fails_at resolver
    like "$HINT" 'ip filter FORWARD'
}

@test "net test: chains of others that are in no one's way" {
    start_web
    lab nft -f - <<'END'
table inet other {
    chain input { type filter hook input priority 0; policy drop; ct state established,related accept; icmp type echo-request accept; meta l4proto ipv6-icmp accept; }
    chain forward { type filter hook forward priority 10; policy accept; }
    chain called { drop; }
}
table bridge other { chain forward { type filter hook forward priority 0; policy accept; }; }
table ip6 other { chain forward { type filter hook forward priority 0; policy drop; }; }
END
    run -0 net test web
    like "$output" 'PASS other firewalls: none drops'
    lab nft 'add chain inet other forward { policy drop; }'
    run -1 net test web
    fails_at 'other firewalls'
    like "$output" 'inet other forward has the policy drop'
}

@test "net test: name servers that answer, that don't, that are nobody" {
    start_web
    kill "$DNS"
    wait "$DNS" || true # killed
    DNS=
    run -1 net test web
    fails_at resolver
    like "$output" "$SERVER: Connection refused"
    outside ip address delete "$SERVER/24" dev wire
    run -1 net test web
    fails_at resolver
    like "$output" "no name server answers: $SERVER"
}

# resolv_conf OPTION... - starts a container whose /etc/resolv.conf is what the file in $ROOT is.
own_root()
{
    ROOT=$BATS_TEST_TMPDIR/root
    cp --archive "$ROOTFS" "$ROOT"
    rm -f "$ROOT/etc/resolv.conf"
}

# What launcher mounts there is taken away, so that the file of the image is seen.
start_with_own_file()
{
    serve_names
    ROOTFS=$ROOT start_container --name web --net bridge --dns "$SERVER" -- sleep 1000
    nsenter --target "$PAYLOAD" --mount --root --wd -- /bin/umount /etc/resolv.conf
}

@test "net test reads resolv.conf as the container does: no link leads out of its root" {
    own_root
    : >"$ROOT/etc/resolv.conf"
    start_with_own_file
    rm "$ROOT/etc/resolv.conf"
    lab sh -c "echo 'nameserver $SERVER' >/run/of-the-host"
    lab test -e /run/of-the-host
    ln -s /run/of-the-host "$ROOT/etc/resolv.conf"
    run -1 net test web
    fails_at resolver
    like "$output" "opening the container's /etc/resolv.conf: No such file"
    # The same link is good when it leads to a file of the container.
    echo "nameserver $SERVER" >"$ROOT/of-the-container"
    ln -sf /of-the-container "$ROOT/etc/resolv.conf"
    run -0 net test web
}

@test "net test: a resolv.conf that is a fifo, empty, or full of nonsense" {
    own_root
    : >"$ROOT/etc/resolv.conf"
    start_with_own_file
    run -1 net test web
    fails_at resolver
    like "$output" 'names no server'
    rm "$ROOT/etc/resolv.conf"
    mkfifo "$ROOT/etc/resolv.conf"
    run -1 timeout 20 nsenter --target "$LAB" --mount --net -- "$LAUNCHER" net test web
    fails_at resolver
    like "$output" 'is no file'
    rm "$ROOT/etc/resolv.conf"
    head -c 200000 /dev/urandom >"$ROOT/etc/resolv.conf"
    run -1 net test web
    fails_at resolver
    # One that answers is enough, and comments are none.
    printf '; nameserver 192.0.2.7\nnameserver\nnameserver x\n\tnameserver 127.0.0.53\nnameserver %s\n' \
        "$SERVER" >"$ROOT/etc/resolv.conf"
    run -0 net test web
    like "$output" "resolver: 127.0.0.53: Connection refused; $SERVER answers"
    echo 'nameserver 127.0.0.53' >"$ROOT/etc/resolv.conf"
    run -1 net test web
    fails_at resolver
    like "$HINT" '127.0.0.53 is the container itself'
}

@test "net test: no network, the host's, one that is joined, an internal one" {
    start_container --name web --net none -- sleep 1000
    run -0 net test web
    is "$(cut -d: -f1 <<<"$output")" "$(printf '%s\n' 'PASS container' 'PASS loopback' 'SKIP interface')"
    end_container

    start_container --name web --net host -- sleep 1000
    run net test web # its resolver is the machine's, and may answer or not
    like "$output" "SKIP links: the host's own.*PASS host's route: by 198.51.100.1 on uplink.*resolver: "
    end_container

    net ns add ours
    net veth here there --ns ours
    start_container --name web --net ns:/run/netns/ours -- sleep 1000
    run -1 net test web
    fails_at loopback
    lab ip -n ours link set lo up
    run -0 net test web
    like "$output" 'PASS interface: there is up'
    like "$output" 'SKIP default route: none, in a network that is not of launcher'
    end_container

    net create closed --internal
    start_container --name web --net closed -- sleep 1000
    run -0 net test web
    is "$(grep -c '^SKIP ' <<<"$output")" 4
    like "$output" 'PASS gateway: 10.111.0.1 answers'
}

@test "net test of an ordinary user: no network, and pasta's" {
    command -v pasta >/dev/null || skip "pasta (package passt) is not installed"
    [ -c /dev/net/tun ] || skip "this kernel has no tun device"
    serve_names
    own_root
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
    chown -R 65534 "$ROOT"
    lab sh -ec 'mount -t tmpfs none /dev/net; mknod /dev/net/tun c 10 200; chmod 666 /dev/net/tun
        install -d -o 65534 -g 65534 /run/ordinary'
    START_BY+=(setpriv --reuid 65534 --regid 65534 --clear-groups env XDG_RUNTIME_DIR=/run/ordinary)
    ROOTFS=$ROOT start_container --name web --net none -- sleep 1000
    run -0 "${START_BY[@]}" "$LAUNCHER" net test web
    is "$(cut -d: -f1 <<<"$output")" "$(printf '%s\n' 'PASS container' 'PASS loopback' 'SKIP interface')"
    end_container
    ROOTFS=$ROOT start_container --name web --net pasta --dns "$SERVER" -- sleep 1000
    run -0 "${START_BY[@]}" "$LAUNCHER" net test web
    like "$output" 'with a network of pasta'
    is "$(cut -d: -f1 <<<"$output")" "$(printf 'PASS %s\n' container loopback interface 'default route' \
        "host's route" resolver)"
    lab ip route delete default
    run -1 "${START_BY[@]}" "$LAUNCHER" net test web
    fails_at "host's route"
}

@test "net test walks all networks of a container, and takes its way out by the one that has one" {
    serve_names
    net create closed --internal --subnet 10.50.0.0/24
    start_container --name web --net closed --net bridge --dns "$SERVER" -- sleep 1000
    run -0 net test web
    like "$output" 'interface: eth0 is up, as veth0a320002 in closed; eth1 is up, as veth0a6f0002 in launcher0'
    like "$output" 'default route: by 10.111.0.1, the gateway of launcher0'
    broken bridge 'ip link set closed down'
}

@test "net test: a container that has ended, one that never was" {
    run -125 net test nosuch
    like "$output" 'nosuch'
    start_container --name web --net none -- sleep 1000
    kill -KILL "$CONTAINER"
    wait "$CONTAINER" || true # killed
    CONTAINER=
    wait_until 10 [ ! -e "/proc/$PAYLOAD" ]
    run -1 net test web
    is "$(head -n 1 <<<"$output" | cut -d: -f1)" 'FAIL container'
    fails_at container
    like "$HINT" 'launcher gc'
    lab "$LAUNCHER" gc
}

@test "net test does not let a container's names speak to the terminal" {
    start_web
    inside_net python3 -c '
import fcntl, socket, struct
request = struct.pack("16s16s", b"eth0", b"\x1b[1m")
fcntl.ioctl(socket.socket(), 0x8923, request) # SIOCSIFNAME' ||
        inside_net sh -c 'ip link set eth0 down; exit 1'
    run -0 net test web
    is "$(grep -c $'\033' <<<"$output" || true)" 0
    like "$output" 'interface: \?\[1m is up'
}

@test "net test changes nothing" {
    start_web
    local before
    inside_net sh -c 'for name in accept_ra dad_transmits; do echo 1 >/proc/sys/net/ipv6/conf/default/$name; done'
    before=$(state)
    run -0 net test web
    is "$(state)" "$before"
}

state()
{
    lab ip -o link | sed 's/ qlen [0-9]*//'
    lab ip -o address | sed 's/valid_lft.*//'
    lab ip route show table all
    lab nft --stateless list ruleset
    inside_net ip -o link
    inside_net ip route
    inside_net sh -c 'cat /proc/sys/net/ipv6/conf/default/accept_ra /proc/sys/net/ipv6/conf/default/dad_transmits'
    lab find /run -mindepth 1
}
