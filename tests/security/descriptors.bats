#!/usr/bin/env bats
# Descriptors of the host: none may reach the payload, or be a door to the host's directories.

load ../lib/launcher
load ../lib/container
load ../lib/attack

bats_require_minimum_version 1.5.0

setup_file() {
    build_attacks list-fds
}

teardown() {
    end_container
}

# leaky COMMAND...: runs it with the descriptors 3 to 30 open on the host's root directory, as a
# careless caller does.
leaky() {
    local fd
    (
        for ((fd = 3; fd <= 30; fd++)); do
            eval "exec $fd</"
        done
        exec "$@"
    )
}

# Red when neither spawn.c nor cinit calls close_range.
@test "CVE-2024-21626: the payload has the descriptors 0, 1 and 2, whatever the caller has" {
    local init
    for init in --init --no-init; do
        is "$(leaky "$LAUNCHER" --rootfs "$IMAGE" "$init" -- /attack/list-fds)" $'0\n1\n2'
        is "$(leaky "$LAUNCHER" --rootfs "$IMAGE" "$init" -t -- /attack/list-fds | tr -d '\r')" \
            $'0\n1\n2'
        is "$("$LAUNCHER" --rootfs "$IMAGE" "$init" -- /attack/list-fds <&- 3>&-)" $'0\n1\n2'
    done
}

# Red when path_open resolves as open(2) does: with neither RESOLVE_IN_ROOT, which refuses magic links
# too, nor RESOLVE_NO_MAGICLINKS. Then what cinit itself has open is entered: 3 to 10 or so.
@test "CVE-2024-21626: the working directory is a descriptor's magic link" {
    local fd path
    for ((fd = 0; fd <= 30; fd++)); do
        for path in "/proc/self/fd/$fd" "/proc/1/fd/$fd" "/proc/self/fd/$fd/../../.."; do
            run -125 leaky "$LAUNCHER" --rootfs "$IMAGE" --workdir "$path" -- /bin/pwd
        done
    done
    for path in /proc/self/cwd /proc/self/root /proc/1/root /proc/1/cwd /proc/self/task/1/root; do
        run -125 leaky "$LAUNCHER" --rootfs "$IMAGE" --workdir "$path" -- /bin/pwd
        like "$output" 'entering the working directory'
    done
}

# The image decides what a harmless path means. Red as the one above.
@test "CVE-2024-21626: the working directory is a symlink to a magic link" {
    local fd
    copy_image
    for ((fd = 0; fd <= 30; fd++)); do
        link_instead /work "/proc/self/fd/$fd"
        run -125 leaky "$LAUNCHER" --rootfs "$IMAGE" --workdir /work -- /bin/pwd
        run -125 leaky "$LAUNCHER" --rootfs "$IMAGE" --workdir /work/made -- /bin/pwd
    done
}

# Mounts, devices and masks are looked up by the same function, but before the change of root.
# Red as the ones above.
@test "CVE-2024-21626: a mount point is a descriptor's magic link" {
    local fd host=$BATS_TEST_TMPDIR/host
    copy_image
    mkdir "$host"
    cd "$host"
    for fd in self/cwd self/fd/3 self/fd/4 self/fd/5 self/fd/6 self/fd/7 1/root; do
        link_instead /door "/proc/$fd"
        run -125 leaky "$LAUNCHER" --rootfs "$IMAGE" --tmpfs /door/made -- /bin/true
        run -125 leaky "$LAUNCHER" --rootfs "$IMAGE" --device /dev/null:/door/made -- /bin/true
    done
    nothing_in "$host"
}
