#!/usr/bin/env bats
# SCMP_ACT_NOTIFY: an agent outside answers system calls of the container; seccomp_unotify(2) and
# config-linux.md, "Seccomp". The agent is tests/lib/seccomp-agent.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/bundle
load ../lib/oci

# The teardown of oci.bash sees what a container leaves; the agent has to go before it.
eval "oci_$(declare -f teardown)"
teardown() {
    no_agent
    oci_teardown
}

# agent ANSWER: starts one, which listens when this returns.
agent() {
    AGENT=$BATS_TEST_TMPDIR/agent
    mkdir -p "$AGENT"
    rm -f "$AGENT"/*
    "$BATS_TEST_DIRNAME/../lib/seccomp-agent" "$AGENT/socket" "$AGENT" "$1" 2>"$AGENT/errors" 3>&- &
    AGENT_PID=$!
    wait_until 10 test -S "$AGENT/socket"
}

no_agent() {
    [ -n "${AGENT_PID-}" ] || return 0
    kill -9 "$AGENT_PID"
    wait "$AGENT_PID" 2>/dev/null || true
    AGENT_PID=
}

# notifying [NAMES]: a jq filter: the agent is asked about these calls.
notifying() {
    local names=${1-'"mkdir", "mkdirat"'}
    printf '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "%s", listenerMetadata: "of \\"this\\"",
        syscalls: [{names: [%s], action: "SCMP_ACT_NOTIFY"}]} | .annotations["some.key"] = "a value"' \
        "${AGENT-$BATS_TEST_TMPDIR/agent}/socket" "$names"
}

# told N FILTER: of what came with the n-th listener
told() {
    jq -r "$2" "$AGENT/$1.state"
}

@test "run: the agent answers, and is told whose calls they are" {
    agent 95
    for nnp in true false; do
        for init in false true; do
            no_agent
            agent 95
            bundle "$(notifying) | .process.noNewPrivileges = $nnp | .annotations[\"launcher.init\"] = \"$init\"" \
                sh -c 'mkdir /tmp/x; echo $?; echo $$'
            run -0 oci run --bundle "$BUNDLE" "$BOX"
            like "${lines[0]}" 'Not supported|Operation not supported'
            is "${lines[1]}" 1
            is "$(<"$AGENT/1.fds")" 1
            is "$(told 1 '[.ociVersion, .fds[], .metadata, (.state | .ociVersion, .id, .status, .bundle, .annotations["some.key"])] | join("|")')" \
                "1.3.0|seccompFd|of \"this\"|1.3.0|$BOX|creating|$BUNDLE|a value"
            is "$(told 1 .pid)" "$(told 1 .state.pid)"
            [ "$(told 1 .pid)" -gt 1 ]
            like "$(<"$AGENT/1.calls")" '^(83|258|34)$'
            [ ! -e "$AGENT/2.state" ]
        done
    done
}

@test "run: what the agent lets through is done" {
    agent continue
    bundle "$(notifying '"mkdir", "mkdirat", "execve", "umask", "close_range", "rt_sigprocmask"') | .mounts += [{destination: \"/tmp\", type: \"tmpfs\", source: \"tmpfs\"}]" \
        sh -c 'mkdir /tmp/x && echo made'
    is "$(oci run --bundle "$BUNDLE" "$BOX")" made
    grep -qx 59 "$AGENT/1.calls" # cinit's own execve was asked about too
}

@test "create and start: the listener comes with start" {
    agent 95
    bundle "$(notifying)" sh -c 'mkdir /tmp/x; sleep 1000'
    create "$BOX"
    sleep 0.3
    [ ! -e "$AGENT/1.state" ]
    is "$(oci start "$BOX" 2>&1)" ""
    is "$(told 1 .state.status)" created
    is "$(told 1 '"\(.pid) \(.state.pid)"')" "$(field "$BOX" '"\(.pid) \(.pid)"')"
    wait_until 10 grep -q 'ot supported' "$ERR"
}

@test "exec: each process has a listener of its own" {
    agent 95
    bundle "$(notifying)" sleep 1000
    create "$BOX"
    run -0 oci exec "$BOX" sh -c 'mkdir /tmp/x; true' </dev/null 3>&-
    is "$(told 1 .state.status)" created
    oci start "$BOX"
    run -1 oci exec "$BOX" mkdir /tmp/x </dev/null 3>&-
    like "$output" 'ot supported'
    oci exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$BOX" sh -c 'mkdir /tmp/x; sleep 1000' </dev/null 3>&-
    is "$(told 4 '"\(.pid) \(.state.pid) \(.state.status)"')" \
        "$(<"$BATS_TEST_TMPDIR/pid") $(field "$BOX" .pid) running"
    wait_until 10 test -s "$AGENT/4.calls"
}

# The kernel's answer then is ENOSYS: neither launcher nor cinit keeps a copy of the listener.
@test "when the agent ends, nobody is left to ask" {
    for init in false true; do
        agent 95
        bundle "$(notifying) | .annotations[\"launcher.init\"] = \"$init\"" \
            sh -c 'echo ready; read -r _; mkdir /tmp/x; true'
        mkfifo "$BATS_TEST_TMPDIR/go"
        timeout 60 "$LAUNCHER" --root "$ROOT" run --bundle "$BUNDLE" "$BOX" <"$BATS_TEST_TMPDIR/go" >"$OUT" 2>&1 3>&- &
        exec 9>"$BATS_TEST_TMPDIR/go"
        wait_until 10 grep -q ready "$OUT"
        no_agent
        echo >&9
        wait $!
        exec 9>&-
        rm "$BATS_TEST_TMPDIR/go"
        like "$(<"$OUT")" 'not implemented'
    done
}

@test "without an agent nothing is started" {
    bundle "$(notifying)" sh -c 'echo started; sleep 1000'
    words="connecting to linux.seccomp.listenerPath $BATS_TEST_TMPDIR/agent/socket: No such file"
    run -125 timeout 20 "$LAUNCHER" --root "$ROOT" run --bundle "$BUNDLE" "$BOX"
    like "$output" "^launcher: $words"
    like "$output" 'hint: the agent .* has to listen'
    no_trace
    create "$BOX"
    run -125 timeout 20 "$LAUNCHER" --root "$ROOT" start "$BOX"
    like "$output" "^launcher: starting the container $BOX: $words"
    becomes "$BOX" stopped
    is "$(cat "$OUT" "$ERR")" ""
    oci delete "$BOX"

    agent 95
    create "$BOX"
    oci start "$BOX"
    no_agent
    run -125 timeout 20 "$LAUNCHER" --root "$ROOT" exec "$BOX" echo started </dev/null
    like "$output" "executing a process in the container $BOX: connecting to linux.seccomp.listenerPath .*: Connection refused"
    [[ $output != *started* ]]
}

@test "an agent that does not accept is given up" {
    bundle "$(notifying)" sh -c 'echo started'
    mkdir "$BATS_TEST_TMPDIR/agent"
    python3 -c 'if True:
        import socket, sys, time
        server, guest = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        server.bind(sys.argv[1])
        server.listen(0)
        guest.connect(sys.argv[1])
        print("ready", flush=True)
        time.sleep(1000)' "$BATS_TEST_TMPDIR/agent/socket" >"$BATS_TEST_TMPDIR/said" 3>&- &
    AGENT_PID=$!
    wait_until 10 grep -q ready "$BATS_TEST_TMPDIR/said"
    run -125 timeout 60 "$LAUNCHER" --root "$ROOT" run --bundle "$BUNDLE" "$BOX"
    like "$output" "^launcher: connecting to linux.seccomp.listenerPath .*: (Connection|Operation) timed out"
    [[ $output != *started* ]]
}

@test "a state of a megabyte goes in several parts" {
    agent 95
    jq -n '{a: ("x" * 1000000)}' >"$BATS_TEST_TMPDIR/long"
    bundle "$(notifying)" true
    jq --slurpfile long "$BATS_TEST_TMPDIR/long" '.annotations.long = $long[0].a' "$BUNDLE/config.json" >"$BUNDLE/new"
    mv "$BUNDLE/new" "$BUNDLE/config.json"
    oci run --bundle "$BUNDLE" "$BOX"
    is "$(told 1 '.state.annotations.long | length')" 1000000
    is "$(<"$AGENT/1.fds")" 1
}

# What cinit hands the listener over with would wait for an agent that can't know of it yet.
@test "a profile that asks the agent about sendmsg is refused, and so is one that denies it" {
    for call in sendmsg recvmsg; do
        words="config.json:[0-9]+:[0-9]+: linux.seccomp: with SCMP_ACT_NOTIFY $call must be SCMP_ACT_ALLOW"
        refused "$(notifying "\"mkdir\", \"$call\"")" "$words"
        refused "$(notifying) | .linux.seccomp.syscalls += [{names: [\"$call\"], action: \"SCMP_ACT_ERRNO\"}]" "$words"
        refused "$(notifying) | .linux.seccomp.syscalls += [{names: [\"$call\"], action: \"SCMP_ACT_NOTIFY\",
            args: [{index: 0, value: 1, op: \"SCMP_CMP_EQ\"}]}]" "$words"
    done
    refused "$(notifying) | .linux.seccomp.defaultAction = \"SCMP_ACT_NOTIFY\"" "with SCMP_ACT_NOTIFY sendmsg must be SCMP_ACT_ALLOW"
    refused "$(notifying) | .linux.seccomp.defaultAction = \"SCMP_ACT_ERRNO\" |
        .linux.seccomp.syscalls += [{names: [\"sendmsg\"], action: \"SCMP_ACT_ALLOW\"}]" "with SCMP_ACT_NOTIFY recvmsg must be"
}

@test "everything by the agent, but what cinit hands the listener over with" {
    agent continue
    bundle "$(notifying) | .linux.seccomp.defaultAction = \"SCMP_ACT_NOTIFY\" |
        .linux.seccomp.syscalls = [{names: [\"sendmsg\", \"recvmsg\"], action: \"SCMP_ACT_ALLOW\"}]" echo fine
    for nnp in true false; do
        jq ".process.noNewPrivileges = $nnp" "$BUNDLE/config.json" >"$BUNDLE/new"
        mv "$BUNDLE/new" "$BUNDLE/config.json"
        is "$(timeout 60 "$LAUNCHER" --root "$ROOT" run --bundle "$BUNDLE" "$BOX")" fine
    done
}

@test "nobody to ask: no path, or one that depends on where launcher is" {
    refused "$(notifying) | del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata)" \
        'config.json:[0-9]+:[0-9]+: linux.seccomp: SCMP_ACT_NOTIFY without a listenerPath'
    refused "$(notifying) | del(.linux.seccomp.listenerPath)" '"listenerMetadata" without a listenerPath'
    refused "$(notifying) | .linux.seccomp.listenerPath = \"socket\"" '"listenerPath": "socket" is not an absolute path'
}

# flags_of FILTER: those that cinit gives to seccomp(2)
flags_of() {
    bundle "$(notifying) | $1" true
    strace --follow-forks --quiet=all --trace=seccomp --output="$BATS_TEST_TMPDIR/strace" \
        "$LAUNCHER" --root "$ROOT" run --bundle "$BUNDLE" "$BOX" 3>&-
    grep -o 'SECCOMP_SET_MODE_FILTER, [^{]*' "$BATS_TEST_TMPDIR/strace" | sed 's/SECCOMP_SET_MODE_FILTER, //; s/, $//'
}

@test "the flags of the profile go to the kernel, but TSYNC, which excludes a listener" {
    agent 95
    is "$(flags_of .)" SECCOMP_FILTER_FLAG_NEW_LISTENER
    like "$(flags_of '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]')" \
        '^SECCOMP_FILTER_FLAG_NEW_LISTENER\|(0x20|SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)'
    is "$(flags_of '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_TSYNC"]')" SECCOMP_FILTER_FLAG_NEW_LISTENER
}

@test "a startContainer hook has the filter, and no agent" {
    agent 95
    bundle "$(notifying) | .hooks.startContainer = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"mkdir /tmp/x\"]}]" true
    run -125 oci run --bundle "$BUNDLE" "$BOX"
    like "$output" 'hooks.startContainer\[0\]\): it ended with status 1: .*not implemented'
    # not even a listener of its own, for whose answer it would wait for ever
    bundle "$(notifying '"execve"') | .hooks.startContainer = [{path: \"/bin/true\"}]" true
    run -125 timeout 20 "$LAUNCHER" --root "$ROOT" run --bundle "$BUNDLE" "$BOX"
    like "$output" 'hooks.startContainer\[0\]\): executing it: Function not implemented'
}
