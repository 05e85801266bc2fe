# shellcheck shell=bash
# shellcheck disable=SC2034 # some variables are for the tests
# net.bash - a lab for the tests of networks; load it after launcher.bash and leftovers.bash.
#
#      outside, knows no way to containers                        the host
#      192.0.2.1, 2001:db8:1::1  ------- wire -------  uplink    192.0.2.2, 2001:db8:1::2
#      198.51.100.1, 2001:db8:9::1 (farther away,
#      by the default route): TCP and UDP on 80, DNS
#
# Both are network namespaces of the file's own. The host's is, with a mount namespace (an empty /run,
# an /etc that tests may change, a tun device for all users), that of leftovers.bash: `on_host
# COMMAND...`. What runs there is found by its time namespace.
#
# A file calls net_setup_file, net_check and net_teardown_file in its own setup_file, teardown and
# teardown_file. All machines talk by talk.c, in the containers' root file system $IMAGE /bin/talk.

NEAR4=192.0.2.1 NEAR6=2001:db8:1::1
HOST4=192.0.2.2 HOST6=2001:db8:1::2
FAR4=198.51.100.1 FAR6=2001:db8:9::1

# For an answer that must not come, a second is long enough: all that could answer is up.
SOON=1000

net_setup_file() {
    export IMAGE=$BATS_FILE_TMPDIR/image TALK=$BATS_FILE_TMPDIR/image/bin/talk
    cp --archive "$ROOTFS" "$IMAGE"
    # musl has no kernel headers of its own.
    musl-gcc -std=gnu17 -D_GNU_SOURCE -O2 -static -idirafter "$TOP/build/deps/kernel" -o "$TALK" \
        "$TOP/tests/lib/talk.c"
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" # some containers are an ordinary user's
    leftovers_setup_file --net
    unshare --net sleep infinity </dev/null >/dev/null 2>&1 3>&- &
    export OUTSIDE=$!
    wait_until 10 has_network_of_its_own "$OUTSIDE"
    connect_outside
    serve_outside
    net_own_etc
    net_state >"$BATS_FILE_TMPDIR/network"
}

has_network_of_its_own() {
    [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ] &&
        [ "$(<"/proc/$1/comm")" = sleep ]
}

# Without addresses that come by themselves, and without the wait for somebody who has the same.
connect_outside() {
    on_host sh -ec '
        echo 0 >/proc/sys/net/ipv4/ip_forward
        ip link set lo up
        ip link add uplink type veth peer name wire netns "$1"
        ip link set uplink addrgenmode none up
        ip address add "$2/24" dev uplink
        ip address add fe80::2/64 dev uplink nodad
        ip address add "$3/64" dev uplink nodad' - "$OUTSIDE" "$HOST4" "$HOST6"
    on_outside sh -ec '
        ip link set lo up
        ip link set wire addrgenmode none up
        ip address add "$1/24" dev wire
        ip address add fe80::1/64 dev wire nodad
        ip address add "$2/64" dev wire nodad
        ip address add "$3/32" dev lo
        ip address add "$4/128" dev lo' - "$NEAR4" "$NEAR6" "$FAR4" "$FAR6"
    on_host ip route add default via "$NEAR4"
    on_host ip -6 route add default via "$NEAR6"
}

serve_outside() {
    serve_in "$OUTSIDE" outside serve outside 80
    OUTSIDE_SERVERS=$SERVER
    serve_in "$OUTSIDE" dns dns "far.example=$FAR4" "far.example=$FAR6" "six.example=$FAR6"
    export OUTSIDE_SERVERS="$OUTSIDE_SERVERS $SERVER"
}

# serve_in PID FILE WORD...: talk with these words in the network of a process. SERVER is its pid. It
# ends with the test at the latest, or when it was started by setup_file, with the file.
declare -ga SERVERS
serve_in() {
    local pid=$1 out=$BATS_FILE_TMPDIR/$2
    shift 2
    : >"$out"
    nsenter --net="/proc/$pid/ns/net" -- "$TALK" "$@" </dev/null >"$out" 2>&1 3>&- &
    SERVER=$!
    SERVERS+=("$SERVER")
    wait_until 10 grep -qx up "$out"
}

# The lab's /etc is a copy, for tests that change it: own_resolv_conf LINE...
net_own_etc() {
    local etc=$BATS_FILE_TMPDIR/etc
    mkdir "$etc"
    cp --archive /etc/passwd /etc/group "$etc"
    [ ! -e /etc/ld.so.cache ] || cp --archive /etc/ld.so.cache "$etc"
    echo "127.0.0.1 localhost" >"$etc/hosts"
    echo "hosts: files dns" >"$etc/nsswitch.conf"
    host mount --bind "$etc" /etc
    [ ! -d /dev/net ] ||
        host sh -c 'mount -t tmpfs tun /dev/net && mknod -m 666 /dev/net/tun c 10 200'
    leftover_mounts >"$BATS_FILE_TMPDIR/mounts"
    host_resolver "nameserver $FAR4"
}

# host_resolver LINE...: what /etc/resolv.conf of the host says.
host_resolver() {
    printf '%s\n' "$@" >"$BATS_FILE_TMPDIR/etc/resolv.conf"
}

net_teardown_file() {
    local pid
    for pid in "$OUTSIDE" $OUTSIDE_SERVERS; do
        kill "$pid" || true # setup_file has failed
    done
    leftovers_teardown_file
}

on_host() { host "$@"; }

on_outside() { nsenter --net="/proc/$OUTSIDE/ns/net" -- "$@"; }

# All that a network leaves on a host, but for what is documented to stay: forwarding, by which a host
# is a router and has a router's anycast addresses.
net_state() {
    on_host ip -o link | sed 's/^[0-9]*: //; s/ qlen [0-9]*//'
    on_host ip -o address | sed 's/^[0-9]*: //; s/ \(valid_lft\|preferred_lft\) [^ ]*//g'
    on_host ip -4 route show table all
    on_host ip -6 route show table all | grep -v '^anycast'
    on_host ip rule
    on_host nft --stateless list ruleset
    on_host find /run/launcher /run/netns -mindepth 1 2>/dev/null || true
}

net_is_as_before() {
    cmp --quiet <(net_state) "$BATS_FILE_TMPDIR/network"
}

# Stops what the test left running, and judges what is left then.
net_check() {
    local left=0
    stop_all
    [ ${#SERVERS[@]} -eq 0 ] || kill "${SERVERS[@]}" 2>/dev/null || true # some tests do it themselves
    host_resolver "nameserver $FAR4"
    forget_namespaces
    leftovers_check || left=1
    wait_until 5 net_is_as_before || {
        diff "$BATS_FILE_TMPDIR/network" <(net_state) | head -n 30 >&2
        net_reset
        left=1
    }
    return $left
}

# ip netns makes its directory a mount, and leaves it.
forget_namespaces() {
    on_host sh -c '
        for file in /run/netns/*; do
            [ ! -e "$file" ] || ip netns delete "${file##*/}"
        done
        while umount /run/netns; do :; done
        rmdir /run/netns' 2>/dev/null || true
}

# What was told needs not stay, and would be held against the next test.
net_reset() {
    local link
    for link in $(on_host ip -o link | sed 's/^[0-9]*: \([^:@]*\).*/\1/'); do
        case $link in lo | uplink) ;; *) on_host ip link delete "$link" 2>/dev/null || true ;; esac
    done
    on_host nft flush ruleset
    on_host find /run/launcher -mindepth 1 -delete
}

# ---- containers

# boxed NAME [OPTION...] -- COMMAND...: a container of the lab, to its end.
boxed() {
    on_host "$LAUNCHER" --name "$1" --rootfs "$IMAGE" "${@:2}"
}

# start_box NAME [OPTION...]: a container that answers "NAME PEER" on the TCP and UDP ports 80 and 81.
# Its launcher's pid is in BOX[NAME], the payload's in PAYLOAD[NAME].
start_box() {
    launch_box "$@"
    await_box "$1"
}

# launch_box NAME [OPTION...]: the same, without waiting for it.
declare -gA BOX PAYLOAD # load is a function
launch_box() {
    local name=$1 out=$BATS_TEST_TMPDIR/$1.out
    shift
    : >"$out"
    nsenter --time="/proc/$LEFTOVERS_HOLDER/ns/time" --mount="/proc/$LEFTOVERS_HOLDER/ns/mnt" \
        --net="/proc/$LEFTOVERS_HOLDER/ns/net" -- "${BOX_BY[@]}" \
        "$LAUNCHER" --name "$name" --rootfs "$IMAGE" "$@" -- /bin/talk serve "$name" 80 81 \
        </dev/null >"$out" 2>"$out.errors" 3>&- &
    BOX[$name]=$!
}

await_box() {
    local name=$1 out=$BATS_TEST_TMPDIR/$1.out
    wait_until 20 box_is_up_or_ended "$name"
    grep -qx up "$out" || { cat "$out.errors" >&2; return 1; }
    PAYLOAD[$name]=$(talk_below "${BOX[$name]}")
}

# The payload among the descendants of a launcher.
talk_below() {
    local child
    for child in $(<"/proc/$1/task/$1/children"); do
        if [ "$(<"/proc/$child/comm")" = talk ]; then
            echo "$child"
        else
            talk_below "$child"
        fi
    done
}

box_is_up_or_ended() {
    grep -qx up "$BATS_TEST_TMPDIR/$1.out" || ! kill -0 "${BOX[$1]}" 2>/dev/null
}

# stop_box NAME...: ends the payloads, as if they ended by themselves, and waits for launcher.
stop_box() {
    local name
    for name; do
        kill -KILL "${PAYLOAD[$name]-${BOX[$name]}}" 2>/dev/null || true
    done
    for name; do
        wait "${BOX[$name]}" 2>/dev/null || true # killed
        unset "BOX[$name]" "PAYLOAD[$name]"
    done
}

stop_all() {
    [ ${#BOX[@]} -eq 0 ] || stop_box "${!BOX[@]}"
}

# kill_launcher NAME: by SIGKILL, and waits until its container is gone as well.
kill_launcher() {
    kill -KILL "${BOX[$1]}"
    wait "${BOX[$1]}" || true
    unset "BOX[$1]" "PAYLOAD[$1]"
}

# in_box NAME COMMAND...: of the container's root file system, by the host's privileges.
in_box() {
    nsenter --target "${PAYLOAD[$1]}" --mount --net --uts --root --wd -- "${@:2}"
}

# net_of NAME COMMAND...: a command of the host in the container's network
net_of() {
    nsenter --net="/proc/${PAYLOAD[$1]}/ns/net" -- "${@:2}"
}

# address_of NAME [INTERFACE]: of its own. address6_of: IPv6
address_of() {
    net_of "$1" ip -4 -o address show "${2:-eth0}" scope global | sed 's/.* inet \([^/ ]*\).*/\1/'
}

address6_of() {
    net_of "$1" ip -6 -o address show "${2:-eth0}" scope global | sed 's/.* inet6 \([^/ ]*\).*/\1/'
}

# ---- who hears whom

# from WHO: how to run something there: host, outside or a container.
from() {
    local who=$1
    shift
    case $who in
        host) on_host "$@" ;;
        outside) on_outside "$@" ;;
        *) in_box "$who" "$@" ;;
    esac
}

talk_of() {
    case $1 in host | outside) echo "$TALK" ;; *) echo /bin/talk ;; esac
}

# hears WHO PROTOCOL ADDRESS PORT TEXT [PEER]: the answer is TEXT's, and it saw this peer.
hears() {
    local answer
    answer=$(from "$1" "$(talk_of "$1")" ask "$2" "$3" "$4" 2>&1) ||
        { printf '%s asks %s %s port %s: %s\n' "$1" "$2" "$3" "$4" "$answer" >&2; return 1; }
    if [ $# -gt 5 ]; then
        is "$answer" "$5 $6"
    else
        is "${answer% *}" "$5"
    fi
}

# hears_not WHO PROTOCOL ADDRESS PORT: nobody answers.
hears_not() {
    local answer
    ! answer=$(from "$1" "$(talk_of "$1")" ask "$2" "$3" "$4" $SOON 2>&1) ||
        { printf '%s asks %s %s port %s, and is answered: %s\n' "$1" "$2" "$3" "$4" "$answer" >&2; return 1; }
    # "Unknown name" or a usage would prove nothing.
    like "$answer" 'refused|unreachable|timed out|temporarily unavailable|in progress|not permitted'
}
