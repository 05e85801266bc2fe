#!/usr/bin/env bats
# The files of names: /etc/hosts, /etc/resolv.conf, /etc/hostname are mounted over, and nothing is
# written to a root file system, nor through a symlink of it.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers
load ../lib/net

setup_file() { net_setup_file; }
teardown_file() { net_teardown_file; }
teardown() { net_check; }

file_inside() {
    boxed one "$@" -- cat /etc/resolv.conf
}

@test "resolv.conf is the host's" {
    host_resolver "nameserver $FAR4" "search example" "options ndots:2"
    run -0 file_inside
    is "$output" "nameserver $FAR4
search example
options ndots:2"
}

@test "a resolver on the host's loopback only: the real servers are taken" {
    host_resolver "nameserver 127.0.0.53" "options edns0"
    on_host mkdir -p /run/systemd/resolve
    on_host sh -c "echo 'nameserver $FAR4' >/run/systemd/resolve/resolv.conf"
    run -0 boxed one -- sh -c 'cat /etc/resolv.conf; /bin/talk ask tcp far.example 80'
    is "$output" "nameserver $FAR4
outside $HOST4"
    on_host rm -r /run/systemd
}

# Who asked for no network is not warned about it.
@test "a resolver on loopback only, and no other to be had: said, with the way out; it runs all the same" {
    local loopback
    for loopback in 127.0.0.1 ::1 127.0.0.53; do
        host_resolver "nameserver $loopback"
        run -0 --separate-stderr file_inside
        [[ $output != *"$loopback"* ]]
        run -0 --separate-stderr file_inside --net bridge
        [[ $output != *"$loopback"* ]]
        # shellcheck disable=SC2154 # run sets it
        like "$stderr" 'warning: .*resolv'
        like "$stderr" '--dns'
    done
}

@test "one server of several is on loopback: the others are left" {
    host_resolver "nameserver 127.0.0.1" "nameserver $FAR4"
    # A resolver of a C library would ask the other one as well, after a while.
    run -0 boxed one -- sh -c 'cat /etc/resolv.conf; /bin/talk ask tcp far.example 80'
    is "$(grep -v '^#' <<<"$output")" "nameserver $FAR4
outside $HOST4"
}

@test "resolv.conf of the host missing, or empty" {
    on_host rm /etc/resolv.conf
    run -0 boxed one -- /bin/talk ask tcp $FAR4 80
    [[ $output == *"outside $HOST4"* ]]
    run -0 boxed one --dns $FAR4 -- /bin/talk ask tcp far.example 80
    is "$output" "outside $HOST4"
    on_host touch /etc/resolv.conf
    run -0 boxed one -- /bin/talk ask tcp $FAR4 80
    [[ $output == *"outside $HOST4"* ]]
}

@test "--dns, --dns-search, --dns-option" {
    run -0 file_inside --dns $FAR4 --dns $FAR6 --dns-search example --dns-option ndots:3
    is "$(grep -v '^#' <<<"$output" | sort)" "nameserver $FAR4
nameserver $FAR6
options ndots:3
search example"
    host_resolver 'nameserver 203.0.113.9'
    run -0 boxed one --dns $FAR4 --dns-search example -- /bin/talk ask tcp far 80
    is "$output" "outside $HOST4"
}

# refused OPTION WORD...: each of these words, by its name
refused() {
    local option=$1 bad
    for bad in "${@:2}"; do
        run boxed one "$option" "$bad" -- true
        is "$bad: $status" "$bad: 125"
        like "$output" "^launcher: option $option: " || return 1
    done
}

@test "servers, domains, options and hosts that make no sense are named" {
    refused --dns x 1.2.3 1.2.3.4.5 fe80:::1 0.0.0.0 224.0.0.1 ''
    refused --dns-search a..b .a -a 'a b' $'a\nnameserver 6.6.6.6' ''
    refused --dns-option 'a b' 'a;b' $'a\nnameserver 6.6.6.6' ''
    refused --add-host far far: :$FAR4 far:x far:1.2.3 'a b:1.2.3.4' $'a\nb:1.2.3.4' ''
}

@test "--add-host" {
    start_box one --add-host far:$FAR4 --add-host six:$FAR6
    hears one tcp far 80 outside
    hears one tcp six 80 outside $HOST6
    start_box two
    hears one tcp two 80 two
    run -1 in_box two /bin/talk ask tcp far 80
}

@test "whatever the umask, every user of the container can read them" {
    run -0 on_host sh -c 'umask 077; exec "$@"' - "$LAUNCHER" --name one --rootfs "$IMAGE" --user 1000:1000 \
        --dns $FAR4 -- cat /etc/hosts /etc/resolv.conf /etc/hostname
    like "$output" 'one'
    like "$output" "nameserver $FAR4"
    on_host "$LAUNCHER" net create left
    on_host "$LAUNCHER" net create right
    run -0 on_host sh -c 'umask 077; exec "$@"' - "$LAUNCHER" --name one --rootfs "$IMAGE" --user 1000:1000 \
        --net left --net right -- cat /etc/hosts
    like "$output" 'one'
    on_host "$LAUNCHER" net rm left right
}

@test "localhost and the container's own name" {
    start_box one --hostname first
    hears one tcp localhost 80 one
    hears one tcp first 80 one
    hears one tcp one 80 one
    # which of its addresses is asked first is the resolver's choice
    like "$(in_box one grep -w localhost /etc/hosts)" $'^127.0.0.1\tlocalhost\n::1\tlocalhost '
    run -0 in_box one cat /etc/hostname
    is "$output" first
}

@test "the files are read-only inside, and those of the root file system are as they were" {
    cp --archive "$IMAGE" "$BATS_TEST_TMPDIR/tree"
    run -0 on_host "$LAUNCHER" --name one --rootfs "$BATS_TEST_TMPDIR/tree" -- sh -c '
        for file in hosts resolv.conf hostname; do
            echo bad 2>/dev/null >>/etc/$file && echo "$file written"
        done; true'
    is "$output" ''
    is "$(diff --recursive "$IMAGE/etc" "$BATS_TEST_TMPDIR/tree/etc")" ''
    is "$(on_host cat /etc/resolv.conf)" "nameserver $FAR4"
}

# What is mounted needs something to be mounted on: an empty file, which the payload doesn't see.
@test "files that the root file system lacks are there, on empty ones, and nothing else is made" {
    local tree=$BATS_TEST_TMPDIR/tree
    cp --archive "$IMAGE" "$tree"
    rm "$tree"/etc/{hosts,resolv.conf,hostname}
    find "$tree" -type d -printf '%p\n' -o -printf '%p %s\n' | sort >"$BATS_TEST_TMPDIR/before"
    run -0 on_host "$LAUNCHER" --name one --rootfs "$tree" --dns $FAR4 --hostname first -- sh -c '
        grep -w first /etc/hosts /etc/hostname && grep nameserver /etc/resolv.conf'
    like "$output" "/etc/hosts:.*one first.*/etc/hostname:first.*nameserver $FAR4"
    find "$tree" -type d -printf '%p\n' -o -printf '%p %s\n' | sort >"$BATS_TEST_TMPDIR/after"
    is "$(comm -13 "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after")" "$tree/etc/hostname 0
$tree/etc/hosts 0
$tree/etc/resolv.conf 0"
}

@test "a root file system that can't be written to, and lacks the files: it runs without them" {
    local tree=$BATS_TEST_TMPDIR/tree
    cp --archive "$IMAGE" "$tree"
    rm "$tree"/etc/{hosts,resolv.conf,hostname}
    on_host mount --bind -o ro "$tree" "$tree"
    run on_host "$LAUNCHER" --name one --rootfs "$tree" -- sh -c "ls /etc; /bin/talk ask tcp $FAR4 80"
    on_host umount "$tree"
    is "$status" 0
    [[ $output != *hosts* ]]
    like "$output" "outside $HOST4"
}

# Whoever makes an image could have launcher write to, or mount over, any file of the host.
@test "files that are symlinks to files of the host: nothing is written there, nor mounted" {
    local file target=$BATS_TEST_TMPDIR/victim
    cp --archive "$IMAGE" "$BATS_TEST_TMPDIR/tree"
    echo precious >"$target"
    for file in hosts resolv.conf hostname; do
        ln -sf "$target" "$BATS_TEST_TMPDIR/tree/etc/$file"
    done
    run on_host "$LAUNCHER" --name one --rootfs "$BATS_TEST_TMPDIR/tree" -- /bin/talk ask tcp $FAR4 80
    is "$status" 0
    is "$(<"$target")" precious
    for file in hosts resolv.conf hostname; do
        is "$(readlink "$BATS_TEST_TMPDIR/tree/etc/$file")" "$target"
    done
    [ ! -e "$BATS_TEST_TMPDIR/tree$target" ]
    # the directory itself
    mkdir "$BATS_TEST_TMPDIR/stolen"
    mv "$BATS_TEST_TMPDIR/tree/etc" "$BATS_TEST_TMPDIR/tree/kept"
    ln -s "$BATS_TEST_TMPDIR/stolen" "$BATS_TEST_TMPDIR/tree/etc"
    run on_host "$LAUNCHER" --name one --rootfs "$BATS_TEST_TMPDIR/tree" -- /bin/true
    is "$(find "$BATS_TEST_TMPDIR/stolen" -mindepth 1)" ''
}
