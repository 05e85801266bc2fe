#!/usr/bin/env bats
# exec from the outside: one more process in a container that create has made, or run.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/bundle
load ../lib/oci

# box FILTER: a container that sleeps, of `launcher spec`'s config.json changed by the filter.
box() {
    bundle "$1" sleep 1000
    create "$BOX"
    oci start "$BOX"
}

inside() {
    oci exec "$BOX" "$@" </dev/null 3>&-
}

@test "exec is in the container's namespaces, cgroups and root" {
    box '.hostname = "boxed"'
    pid=$(field "$BOX" .pid)
    is "$(inside hostname)" boxed
    for type in mnt pid net uts ipc; do
        is "$(inside readlink /proc/self/ns/$type)" "$(readlink "/proc/$pid/ns/$type")"
    done
    grep -E 'pids|^0::' "/proc/$pid/cgroup" >"$BATS_TEST_TMPDIR/cgroups"
    oci exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$BOX" sleep 1000 3>&-
    grep -E 'pids|^0::' "/proc/$(<"$BATS_TEST_TMPDIR/pid")/cgroup" | diff - "$BATS_TEST_TMPDIR/cgroups"
    is "$(readlink "/proc/$(<"$BATS_TEST_TMPDIR/pid")/root")" /
    is "$(inside cat /proc/1/comm)" sleep
}

@test "the exit status, output and input are the command's" {
    box .
    run -7 --separate-stderr inside sh -c 'echo out; echo err >&2; exit 7'
    is "$output|$stderr" "out|err"
    run -137 inside sh -c 'kill -9 $$'
    is "$(echo through | oci exec "$BOX" cat)" through
}

@test "a signal to exec reaches the command, and exec ends as that does" {
    box .
    "$LAUNCHER" --root "$ROOT" exec "$BOX" sh -c 'trap "echo got; exit 3" TERM; echo ready; while :; do sleep 0.1; done' \
        >"$BATS_TEST_TMPDIR/said" 3>&- &
    exec_pid=$!
    wait_until 20 grep -q ready "$BATS_TEST_TMPDIR/said"
    kill -TERM $exec_pid
    status=0
    wait $exec_pid || status=$?
    is "$status" 3
    is "$(tail -1 "$BATS_TEST_TMPDIR/said")" got
}

@test "options set user, groups, directory, variables, capabilities; the rest is the container's" {
    box '.process.env = ["PATH=/bin", "A=1", "B=2"] | .process.cwd = "/etc" | .process.noNewPrivileges = false
         | .process.capabilities = {"bounding":["CAP_CHOWN"],"permitted":["CAP_CHOWN"],"effective":["CAP_CHOWN"]}'
    is "$(inside sh -c 'echo $A $B $PWD')" "1 2 /etc"
    is "$(oci exec -e A=3 --env C=4 --cwd /tmp "$BOX" sh -c 'echo $A $B $C $PWD')" "3 2 4 /tmp"
    is "$(oci exec -u 1000:100 -g 7 -g 8 "$BOX" sh -c 'id -u; id -g; id -G' | tr '\n' ' ')" "1000 100 100 7 8 "
    is "$(inside grep CapEff /proc/self/status | cut -f2)" 0000000000000001
    is "$(oci exec --cap CAP_KILL "$BOX" grep CapEff /proc/self/status | cut -f2)" 0000000000000021
    is "$(inside grep NoNewPrivs /proc/self/status | cut -f2)" 0
    is "$(oci exec --no-new-privs "$BOX" grep NoNewPrivs /proc/self/status | cut -f2)" 1
}

@test "the container's seccomp filter holds for exec too" {
    box '.linux.seccomp = {"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
         {"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":95}]}'
    run -1 inside mkdir /tmp/x
    like "$output" 'Operation not supported|Not supported'
}

@test "--process takes all of the process from the engine's file" {
    box .
    cat >"$BATS_TEST_TMPDIR/process.json" <<'END'
{"terminal": false, "user": {"uid": 5, "gid": 6, "additionalGids": [9], "umask": 7}, "cwd": "/bin",
 "args": ["sh", "-c", "id -u; id -g; umask; pwd; echo $X; ulimit -n; grep CapEff /proc/self/status"],
 "env": ["PATH=/bin", "X=y"], "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 64, "hard": 64}],
 "capabilities": {"bounding": ["CAP_CHOWN"]}}
END
    is "$(oci exec --process "$BATS_TEST_TMPDIR/process.json" "$BOX" | tr '\n\t' '  ')" \
        '5 6 0007 /bin y 64 CapEff: 0000000000000000 '
    echo '{"cwd": "/", "args": ["true"], "user": {"uid": "x"}}' >"$BATS_TEST_TMPDIR/bad.json"
    run -125 oci exec --process "$BATS_TEST_TMPDIR/bad.json" "$BOX"
    like "$output" 'bad.json:1:[0-9]+: user.uid: expected an integer'
}

@test "a command that can't be executed fails the exec call, in the words that engines look for" {
    box .
    run -127 inside /nonexist
    is "$output" 'launcher: exec: "/nonexist": stat /nonexist: no such file or directory'
    run -127 inside nonexist
    is "$output" 'launcher: exec: "nonexist": executable file not found in $PATH'
    run -126 inside /etc/passwd
    like "$output" 'exec: "/etc/passwd": .*: permission denied'
    run -127 oci exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$BOX" /nonexist
    [ ! -e "$BATS_TEST_TMPDIR/pid" ]
}

@test "exec gives a terminal, also to a console socket" {
    box .
    is "$("$BATS_TEST_DIRNAME/../lib/on-terminal" "'$LAUNCHER' --root '$ROOT' exec -t $BOX sh -c 'tty; test -t 0 && echo yes'" |
        tr -d '\r' | tail -2 | tr '\n' ' ')" "/dev/pts/0 yes "
    run -125 oci exec --detach --tty "$BOX" true
    like "$output" 'nobody would get the terminal'
}

@test "a payload that does not reap gets no zombies from commands that fork" {
    box .
    # Who started exec reaps what exec leaves, as engines do.
    "$BUILD/cinit" --subreaper -- sh -c 'for i in $(seq 200); do
        "$0" --root "$1" exec "$2" sh -c "(sleep 0.01 &) ; true" </dev/null; done
        "$0" --root "$1" exec "$2" nonexist 2>/dev/null; sleep 0.3' "$LAUNCHER" "$ROOT" "$BOX" 3>&-
    only_sleep() { [ "$(oci ps --format json "$BOX" | jq length)" = 1 ]; }
    wait_until 20 only_sleep
    no_zombie() { [ -z "$(inside sh -c 'grep -l "^State:.Z" /proc/[0-9]*/status 2>/dev/null')" ]; }
    wait_until 20 no_zombie
}

@test "the command can't outlive exec unless it is detached" {
    box .
    "$LAUNCHER" --root "$ROOT" exec "$BOX" sleep 999 </dev/null 3>&- &
    exec_pid=$!
    two() { [ "$(oci ps --format json "$BOX" | jq length)" = 3 ]; } # with cinit beside it
    wait_until 20 two
    kill -KILL $exec_pid
    one() { [ "$(oci ps --format json "$BOX" | jq length)" = 1 ]; }
    wait_until 20 one
}

@test "no descriptor of launcher's or of its caller reaches the command" {
    box .
    exec 8<"$BATS_TEST_DIRNAME"
    is "$(inside sh -c 'echo /proc/self/fd/*')" "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3"
    is "$(oci exec --preserve-fds 1 "$BOX" cat /proc/self/fd/3 3<<<kept)" kept
    exec 8<&-
}

@test "exec in a stopped, paused or unknown container is an error" {
    box .
    oci pause "$BOX"
    run -125 inside true
    like "$output" 'it is paused'
    oci resume "$BOX"
    oci kill "$BOX" KILL
    becomes "$BOX" stopped
    run -125 inside true
    like "$output" 'it is stopped'
    run -125 oci exec nosuch true
    like "$output" 'does not exist'
    run -125 oci exec "$BOX"
    like "$output" 'no command'
    run -125 oci exec
    like "$output" 'missing the name'
}

@test "exec joins a user namespace" {
    OPEN=$(mktemp -d) # the root of that namespace can't get into the directory of the tests
    chmod 755 "$OPEN"
    cp -a "$ROOTFS" "$OPEN/rootfs"
    chown -R 100000:100000 "$OPEN/rootfs"
    bundle ".root.path = \"$OPEN/rootfs\""' | .linux.namespaces += [{"type":"user"}]
            | .linux.uidMappings = [{"containerID":0,"hostID":100000,"size":65536}]
            | .linux.gidMappings = .linux.uidMappings' sleep 1000
    create "$BOX" || cat "$ERR"
    oci start "$BOX"
    is "$(inside sh -c 'id -u; cat /proc/self/uid_map | tr -s " "' | tr '\n' ' ')" "0  0 100000 65536 "
    oci delete --force "$BOX"
    rm -rf "$OPEN"
    OPEN=
}

@test "exec stays in a root that was made by chroot" {
    bundle . sleep 1000
    create --no-pivot "$BOX"
    oci start "$BOX"
    is "$(inside ls /)" "$(ls "$ROOTFS")"
}

@test "exec goes into a container of launcher run" {
    "$LAUNCHER" --root "$ROOT" run --name "$BOX" --rootfs "$ROOTFS" --net none -- sleep 1000 </dev/null 3>&- &
    running() { oci exec "$BOX" true 2>/dev/null; }
    wait_until 40 running
    is "$(inside cat /proc/1/cmdline | tr "\0" " ")" "cinit --program "
    is "$(inside id -u)" 0
    oci kill "$BOX" TERM
    wait $! || true
}

@test "exec into a container that is being made is refused: it is still at the host's root" {
    local hook="$BATS_TEST_TMPDIR/hook"
    printf '#!/bin/sh\n%s --root %s exec %s cat /etc/passwd >%s.out 2>&1\necho $? >>%s.out\n' \
        "$LAUNCHER" "$ROOT" "$BOX" "$hook" "$hook" >"$hook"
    chmod +x "$hook"
    bundle ".hooks.createRuntime = [{\"path\": \"$hook\"}]" true
    oci run --bundle "$BUNDLE" "$BOX" </dev/null
    like "$(<"$hook.out")" 'the container is being made: Resource temporarily unavailable'
    is "$(tail -n 1 "$hook.out")" 125
}
