#!/usr/bin/env bats
# The programs that come from the host: no container may change them, take them over, make them
# work for it, or outlive them.

load ../lib/launcher
load ../lib/container
load ../lib/attack

bats_require_minimum_version 1.5.0

setup_file() {
    build_attacks overwrite-exe enter-init seals orphan print-signals
}

teardown() {
    end_container
}

# The identity of a file, as attacks/overwrite-exe.c prints it.
identity() {
    stat --dereference --format=%d:%i "$1"
}

host_programs() {
    sha256sum "$LAUNCHER" "$BUILD/cinit"
}

# Red when cinit does not make itself undumpable (the opens succeed).
@test "CVE-2019-5736: the payload can't open the program of PID 1" {
    local before
    before=$(host_programs)
    attacked -- /attack/overwrite-exe 20000
    is "$output" 'read: Permission denied
write: Permission denied
reopen: Permission denied'
    is "$(host_programs)" "$before"
}

# CAP_SYS_PTRACE opens /proc/1/exe in spite of everything. What it finds must not be the host's file.
# Red when the child executes build/cinit by its path.
@test "CVE-2019-5736: with CAP_SYS_PTRACE the payload finds a copy and can't change that" {
    local before found
    before=$(host_programs)
    attacked --cap-add sys_ptrace -- /attack/overwrite-exe 20000
    is "$(host_programs)" "$before"
    like "$output" $'^read: ([0-9:]+)\n'
    found=${BASH_REMATCH[1]}
    [ "$found" != "$(identity "$LAUNCHER")" ]
    [ "$found" != "$(identity "$BUILD/cinit")" ]
    [[ $output != *OVERWRITTEN* ]]
}

# The classic form: the entry point makes the runtime's program run again, in the container, where
# the container supplies what it loads. Red when cinit's main takes "--program" followed by more, as
# the kernel hands it over for such a script.
@test "CVE-2019-5736: #!/proc/self/exe as the entry point gives the payload nothing" {
    local before
    before=$(host_programs)
    copy_image
    printf '#!/proc/self/exe --program\n' >"$IMAGE/entry"
    chmod 755 "$IMAGE/entry"
    for init in --init --no-init; do
        attacked "$init" --cap-add all --seccomp unconfined -- /entry
        is "$status" 125
        # shellcheck disable=SC2154 # set by attacked
        like "$output$errors" 'cinit: option --program: '
    done
    is "$(host_programs)" "$before"
}

# Red when F_ADD_SEALS is left out.
@test "CVE-2019-5736: the copy is sealed" {
    ROOTFS=$IMAGE start_container -- /bin/sleep 1000
    is "$("$ATTACKS/seals" "/proc/$INIT/exe")" $'seal\nshrink\ngrow\nwrite'
}

# What the payload can read has page cache pages, and a kernel bug of this class writes to them. They
# must not be those of a file of the host. Red when the child executes build/cinit by its path.
@test "CVE-2022-0847: the program of PID 1 shares no page with a file of the host" {
    ROOTFS=$IMAGE start_container -- /bin/sleep 1000
    local found installed
    found=$(identity "/proc/$INIT/exe")
    for installed in "$LAUNCHER" "$BUILD/cinit"; do
        [ "$found" != "$(identity "$installed")" ]
    done
    like "$(readlink "/proc/$INIT/exe")" '^/memfd:'
    # and no part of it is mapped from a file of the host
    is "$(awk '$6 ~ "^/" && $6 !~ "^/memfd:"' "/proc/$INIT/maps")" ''
}

# Red when cinit does not make itself undumpable: ptrace then reaches PID 1, whatever the seccomp
# policy says.
@test "CVE-2016-9962: the payload can neither trace PID 1 nor get at its descriptors and root" {
    local policy
    for policy in default unconfined; do
        attacked --seccomp "$policy" -- /attack/enter-init
        is "$output" 'ptrace attach: Operation not permitted
ptrace seize: Operation not permitted
process_vm_readv: Operation not permitted
pidfd_getfd: Operation not permitted
/proc/1/mem: Permission denied
/proc/1/fd/3: Permission denied
/proc/1/root: Permission denied
/proc/1/cwd: Permission denied'
    done
}

# The init needs one capability and one descriptor, so that taking it over would gain little.
# Red when supervise.c does not drop privileges, or resources.
@test "CVE-2016-9962: PID 1 keeps CAP_KILL and the sync pipe, nothing else" {
    exec 7</ 8</etc/passwd # what a careless caller leaves open
    ROOTFS=$IMAGE start_container --cap-add all -- /bin/sleep 1000
    exec 7<&- 8<&-
    is "$(ls "/proc/$INIT/fd")" 3
    like "$(readlink "/proc/$INIT/fd/3")" '^socket:'
    is "$(awk '/^Cap(Inh|Prm|Eff|Amb)|^NoNewPrivs/ { print $1 $2 }' "/proc/$INIT/status")" \
        'CapInh:0000000000000000
CapPrm:0000000000000020
CapEff:0000000000000020
CapAmb:0000000000000000
NoNewPrivs:1'
}

# docker-tar loaded libnss of the container as root. Neither launcher nor cinit may open anything in
# the root but the two user files and what the program says. Red with the dynamic programs of
# `make SAN=1`, which open libraries.
@test "CVE-2019-14271: nothing of the image is loaded by launcher or cinit" {
    local log=$BATS_TEST_TMPDIR/strace
    copy_image
    printf 'passwd: files evil\n' >"$IMAGE/etc/nsswitch.conf"
    mkdir -p "$IMAGE/lib/x86_64-linux-gnu" "$IMAGE/usr/lib/locale"
    cp "$IMAGE/bin/busybox" "$IMAGE/lib/x86_64-linux-gnu/libnss_evil.so.2"
    cp "$IMAGE/bin/busybox" "$IMAGE/lib/x86_64-linux-gnu/libnss_files.so.2"
    LC_ALL=en_US.UTF-8 strace --follow-forks --quiet=all --trace=open,openat,openat2,execve,execveat \
        --output="$log" "$LAUNCHER" --rootfs "$IMAGE" --user user:users -- /bin/true </dev/null 3>&-
    # From the start of launcher to the payload's execve: which of these are there?
    sed '/execve("\/bin\/true"/q' "$log" >"$log.before"
    grep --quiet 'etc/passwd' "$log.before"
    is "$(grep -E '\.so|nsswitch|locale|gconv|\.mo"|ld\.' "$log.before" | grep -v '^[0-9]* *execve(')" ''
    # Two programs were executed before the payload's, and neither came from the image.
    is "$(grep -c 'execve\(at\)\?(' "$log.before")" 3
}

# AT_SECURE is what the kernel says to a program that has more rights than its caller.
# Red when refuse_setuid is left out (launcher then starts to read its options).
@test "CVE-2020-5291: launcher refuses to run setuid, setgid or with file capabilities" {
    local copy=$BATS_TEST_TMPDIR/launcher
    chmod 711 "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
    local kind
    for kind in setuid setgid capabilities; do
        install --mode=755 "$LAUNCHER" "$copy"
        case $kind in
            setuid) chmod 4755 "$copy" ;;
            setgid) chmod 2755 "$copy" ;;
            # capabilities(7): revision 2, effective; CAP_SYS_ADMIN and CAP_SYS_CHROOT permitted
            capabilities) setfattr --name security.capability \
                --value 0x0100000200002400000000000000000000000000 "$copy" ;;
        esac
        run -125 setpriv --reuid 65534 --regid 65534 --clear-groups \
            "$copy" --rootfs "$IMAGE" -- /bin/true
        like "$output" 'must not be setuid, setgid or have file capabilities'
    done
    # The file system lets such bits work, so the refusals above were launcher's.
    install --mode=4755 "$(command -v id)" "$BATS_TEST_TMPDIR/id"
    is "$(setpriv --reuid 65534 --regid 65534 --clear-groups "$BATS_TEST_TMPDIR/id" -u)" 0
}

# attacks/orphan.c holds cinit until launcher is dead; the kernel then has nobody left whose death
# would send the signal. Red when process_tie does not look at the sync pipe: the payload runs.
@test "death signal race: a child whose launcher died first does not go on" {
    copy_image
    is "$("$ATTACKS/orphan" "$LAUNCHER" --rootfs "$IMAGE" -- /bin/sh -c 'echo alive >/escaped' \
        </dev/null 3>&-)" 'child exited 125'
    [ ! -e "$IMAGE/escaped" ]
    # launcher could not tidy up: that is gc's
    "$LAUNCHER" gc
}

# Red when main.c's take_caller and cinit's prepare_process leave the disposition as it is: launcher
# fails with ECHILD, or cinit sleeps for ever.
@test "SIGCHLD inherited as ignored: the exit status is the payload's all the same" {
    for init in --init --no-init; do
        # trap '' is the shell's SIG_IGN
        run -42 timeout --kill-after=5 20 bash -c 'trap "" CHLD; exec "$@"' - \
            "$LAUNCHER" --rootfs "$IMAGE" "$init" -- /bin/sh -c '(exit 7) & exit 42'
    done
}

# All that another process can send and launcher passes on: not KILL and STOP, which nobody can take,
# nor what stays with launcher (supervise.c, NOT_FORWARDED). With AddressSanitizer a table that is
# too small is an error; without it, it is whatever lies behind. SIGTERM comes when all others are there.
FORWARDED=(1 2 3 10 12 13 14 16 18 23 24 25 26 27 28 29 30 {32..64})

all_printed() {
    [ "$(wc -l <"$1")" -eq $((1 + ${#FORWARDED[@]})) ]
}

# Red when supervise.c of launcher or cinit leaves out those above 31.
@test "dumb-init RT signals: all 64 signals go through launcher and cinit" {
    local build signal printed=$BATS_TEST_TMPDIR/printed
    for build in build build/san; do
        "$TOP/$build/launcher" --rootfs "$IMAGE" -- /attack/print-signals >"$printed" 3>&- &
        CONTAINER=$!
        wait_until 20 grep --quiet ready "$printed"
        for signal in "${FORWARDED[@]}"; do
            kill "-$signal" "$CONTAINER"
        done
        wait_until 20 all_printed "$printed"
        kill -TERM "$CONTAINER"
        wait "$CONTAINER"
        CONTAINER=
        is "$(sed 1d "$printed" | sort -n | tr '\n' ' ')" \
            "$(printf '%s\n' "${FORWARDED[@]}" 15 | sort -n | tr '\n' ' ')"
    done
}
