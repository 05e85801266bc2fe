#!/usr/bin/env bats
# An ordinary user's network: pasta(1), started and reaped by launcher.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers
load ../lib/net

setup_file() { net_setup_file; }
teardown_file() { net_teardown_file; }
teardown() { net_check; }

# shellcheck disable=SC2034 # net.bash takes it
BOX_BY=(setpriv --reuid 65534 --regid 65534 --clear-groups env XDG_RUNTIME_DIR=/run/ordinary)

user_box() {
    as_nobody "$LAUNCHER" --name "$1" --rootfs "$IMAGE" "${@:2}"
}

needs_pasta() {
    command -v pasta >/dev/null || skip "pasta (package passt) is not installed"
    [ -c /dev/net/tun ] || skip "this kernel has no tun device"
}

@test "asked for: fetch by address and by name, IPv4 and IPv6" {
    needs_pasta
    run -0 user_box one --net pasta -- sh -c "/bin/talk ask tcp $FAR4 80; /bin/talk ask tcp $FAR6 80
        /bin/talk ask udp $FAR4 80; /bin/talk ask tcp far.example 80" || { echo "$output"; return 1; }
    # which address of a name comes first is the resolver's choice
    is "${output%$'\n'*}" "outside $HOST4
outside $HOST6
outside $HOST4"
    like "${output##*$'\n'}" "^outside ($HOST4|$HOST6)$"
}

@test "it is an ordinary user's default" {
    needs_pasta
    run -0 user_box one -- /bin/talk ask tcp $FAR4 80
    [[ $output == *"outside $HOST4"* ]]
}

@test "a resolver on the host's loopback only: pasta asks it for the container" {
    needs_pasta
    host_resolver "nameserver 127.0.0.1"
    serve_in "$LEFTOVERS_HOLDER" local-dns dns "near.example=$NEAR4"
    run -0 user_box one --net pasta -- /bin/talk ask tcp near.example 80
    is "$output" "outside $HOST4"
    kill "$SERVER"
}

@test "published ports: tcp, udp, one address, a range" {
    needs_pasta
    start_box one --net pasta -p 8080:80 -p 8053:81/udp -p 127.0.0.1:8090:80 -p 8100-8101:80-81
    hears outside tcp $HOST4 8080 one
    # pasta of 2023 answers over IPv6 only when the container's link-local address is through its check
    wait_until 20 hears outside tcp $HOST6 8080 one
    hears host tcp 127.0.0.1 8080 one
    hears outside udp $HOST4 8053 one
    hears host tcp 127.0.0.1 8090 one
    hears_not outside tcp $HOST4 8090
    hears outside tcp $HOST4 8101 one
    hears_not outside tcp $HOST4 81
}

# pasta of its own accord publishes all that listens inside, and looks for it once a second.
@test "what is not published is not reached from outside" {
    needs_pasta
    start_box one --net pasta
    start_box two --net pasta -p 8080:80
    serve_in "${PAYLOAD[one]}" inner1 serve inner 8085
    serve_in "${PAYLOAD[two]}" inner2 serve inner 8086
    sleep 3
    hears_not outside tcp $HOST4 8085
    hears_not outside udp $HOST4 8085
    hears_not outside udp $HOST4 8086
    hears_not host tcp 127.0.0.1 8086
    hears outside tcp $HOST4 8080 two
}

# pasta is content with one address of several, and with one port of a range.
@test "a published port that is taken is an error before anything starts" {
    local taken port
    needs_pasta
    for taken in 8080 127.0.0.1/8080; do
        serve_in "$LEFTOVERS_HOLDER" taken serve taken "$taken"
        for port in 8080:80 8080:80/udp 8079-8081:79-81; do
            run -125 user_box one --net pasta -p "$port" -- sh -c 'echo started'
            like "$output" "publishing (TCP|UDP) port 8080: .*in use" || return 1
            [[ $output != *started* ]] || return 1
        done
        kill "$SERVER"
        wait "$SERVER" || true # killed
    done
}

# From inside, the host's loopback must not be at hand: pasta's own default lets it be.
@test "the host's loopback services are not reachable" {
    needs_pasta
    serve_in "$LEFTOVERS_HOLDER" local serve local 127.0.0.1/9001
    start_box one --net pasta
    hears host tcp 127.0.0.1 9001 local
    hears_not one tcp 127.0.0.1 9001
    hears_not one tcp $NEAR4 9001
    kill "$SERVER"
}

@test "pasta goes with its container, also when launcher is killed" {
    needs_pasta
    start_box one --net pasta
    stop_box one
    wait_until 5 no_survivors
    start_box one --net pasta
    kill_launcher one
    wait_until 5 no_survivors
    run -0 as_nobody "$LAUNCHER" gc
    is "$output" 1
}

@test "the exit status is the payload's" {
    needs_pasta
    run -7 user_box one --net pasta -- sh -c 'exit 7'
    run -127 user_box one --net pasta -- nosuch
}

@test "root may have it as well" {
    needs_pasta
    run -0 boxed one --net pasta -- /bin/talk ask tcp $FAR4 80
    [[ $output == *"outside $HOST4"* ]]
}

@test "pasta is not installed: the default is none, asked for it is an error with the package's name" {
    run -0 --separate-stderr as_nobody env PATH=/nonexistent "$LAUNCHER" --rootfs "$IMAGE" -- ls /sys/class/net
    is "$output" lo
    # shellcheck disable=SC2154 # run sets it
    is "$stderr" '' # who asked for nothing misses nothing
    run -125 as_nobody env PATH=/nonexistent "$LAUNCHER" --rootfs "$IMAGE" --net pasta -- true
    like "$output" 'pasta'
    like "$output" 'hint: .*passt'
}

@test "the tun device is closed to the user: the default is none, with a warning; asked for it is an error" {
    needs_pasta
    on_host chmod 600 /dev/net/tun
    run -125 user_box one --net pasta -- true
    like "$output" 'hint: .*tun'
    run -0 --separate-stderr user_box one -- ls /sys/class/net
    on_host chmod 666 /dev/net/tun
    is "$output" lo
    # shellcheck disable=SC2154 # run sets it
    like "$stderr" 'warning: .*pasta'
}

@test "a bridge is not an ordinary user's: says so" {
    run -125 user_box one --net bridge -- true
    like "$output" 'hint: .*(root|pasta)'
}
