#!/usr/bin/env bats
# The hooks of a config.json: when they run, in which namespaces, what they are told, and what becomes
# of the container when one fails. How one hook is run is tests/unit/test_hooks.c's.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/bundle

KINDS=(prestart createRuntime createContainer startContainer poststart poststop)

setup() {
    LOG=$BATS_TEST_TMPDIR/log
    mkdir "$LOG"
    # It is mounted in the container too, at the same path.
    cat >"$LOG/hook" <<END
#!/bin/sh
# hook KIND [COMMAND]: takes down what it is told and where it is, then runs the command.
PATH=/usr/bin:/bin:/usr/sbin:/sbin
echo "\$1" >>$LOG/order
cat >$LOG/\$1.state
for name in mnt net uts pid; do readlink /proc/self/ns/\$name; done >$LOG/\$1.ns
eval "\$2"
END
    chmod 755 "$LOG/hook"
}

teardown() {
    rm -rf "${OPEN-}"
}

# all_hooks: a jq filter: one hook of each kind, and the directory of the log in the container.
all_hooks() {
    printf '.hooks = {%s} | %s' \
        "$(for kind in "${KINDS[@]}"; do printf '%s: [{path: "%s/hook", args: ["hook", "%s"]}],' "$kind" "$LOG" "$kind"; done | sed 's/,$//')" \
        "$(mount_log)"
}

mount_log() {
    printf '.mounts += [{destination: "%s", type: "bind", source: "%s", options: ["bind"]}]' "$LOG" "$LOG"
}

# one_hook KIND COMMAND: a jq filter: all hooks, and that kind runs the command.
one_hook() {
    printf '%s | .hooks.%s[0].args[2] = %s' "$(all_hooks)" "$1" "$(jq -Rs . <<<"$2")"
}

order() {
    tr '\n' ' ' <"$LOG/order"
}

state() {
    jq -r "$2" "$LOG/$1.state"
}

@test "all six kinds run in turn, with their state" {
    bundle "$(all_hooks) | .annotations = {\"some.key\": \"a \\\"value\\\"\"}" \
        sh -c "echo payload >>$LOG/order; sleep 0.3"
    run -0 timeout 60 "$LAUNCHER" run --bundle "$BUNDLE" hooked
    is "$output" ""
    is "$(order | sed 's/payload //')" "${KINDS[*]} "
    like "$(order)" 'startContainer (payload poststart|poststart payload) poststop'
    for kind in "${KINDS[@]}"; do
        is "$(state "$kind" '[.ociVersion, .id, .bundle, .annotations["some.key"]] | join(" ")')" \
            "1.3.0 hooked $BUNDLE a \"value\""
    done
    is "$(for kind in "${KINDS[@]}"; do state "$kind" .status; done | tr '\n' ' ')" \
        "created creating creating created running stopped "
    is "$(state createContainer .pid) $(state startContainer .pid) $(state poststop .pid)" "1 1 null"
    [ "$(state prestart .pid)" -gt 1 ]
    is "$(state createRuntime .pid)" "$(state poststart .pid)"
}

@test "in the runtime's namespaces or in the container's" {
    in_bundle "$(all_hooks)" sh -c "for name in mnt net uts pid; do readlink /proc/self/ns/\$name; done >$LOG/payload.ns"
    for name in mnt net uts pid; do readlink "/proc/self/ns/$name"; done >"$LOG/host.ns"
    for kind in prestart createRuntime poststart poststop; do
        cmp "$LOG/$kind.ns" "$LOG/host.ns"
    done
    cmp "$LOG/createContainer.ns" "$LOG/payload.ns"
    cmp "$LOG/startContainer.ns" "$LOG/payload.ns"
    [ "$(sort "$LOG/payload.ns" "$LOG/host.ns" | uniq | wc -l)" -eq 8 ]
}

@test "paths and roots: createContainer sees the host's files, startContainer the container's" {
    touch "$LOG/on-host"
    in_bundle ".hooks = {createContainer: [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"test -e $LOG/on-host && pwd >$LOG/create\"]}],
        startContainer: [{path: \"/bin/busybox\", args: [\"sh\", \"-c\", \"test ! -e $LOG/on-host && pwd >/tmp/start\"]}]} |
        .mounts += [{destination: \"/tmp\", type: \"bind\", source: \"$LOG\", options: [\"bind\"]}]" true
    is "$(cat "$LOG/create" "$LOG/start")" "/
/"
    bundle '.hooks.startContainer = [{path: "/usr/bin/no-such-hook"}]' sh -c 'echo started'
    run -125 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" 'running the hook /usr/bin/no-such-hook \(hooks.startContainer\[0\]\): executing it: No such file'
    like "$output" 'hint: .* those of the container'
}

@test "a prestart hook finds the container's network, as docker's needs it" {
    in_bundle "$(one_hook prestart "
            pid=\$(sed 's/.*\"pid\":\([0-9]*\).*/\1/' $LOG/prestart.state)
            readlink /proc/\$pid/ns/net >$LOG/seen
            nsenter -t \$pid -n ip link add given type bridge") |
            .linux.sysctl = {\"net.ipv4.conf.given.forwarding\": \"1\"}" \
        sh -c "readlink /proc/self/ns/net >$LOG/payload; ls /sys/class/net; cat /proc/sys/net/ipv4/conf/given/forwarding" >"$LOG/out"
    is "$(cat "$LOG/out")" "given
lo
1"
    is "$(cat "$LOG/seen")" "$(cat "$LOG/payload")"
}

@test "a failure before the payload: an error, no payload, the hooks after it but poststop left out" {
    local at=0 kind
    for kind in prestart createRuntime createContainer startContainer; do
        at=$((at + 1))
        rm -f "$LOG/order"
        bundle "$(one_hook "$kind" 'echo "no luck" >&2; exit 4')" sh -c 'echo started'
        run -125 "$LAUNCHER" run --bundle "$BUNDLE" failing
        is "$output" "launcher: running the hook $LOG/hook (hooks.${kind}[0]): it ended with status 4: no luck"
        is "$(order)" "${KINDS[*]:0:$at} poststop "
        [ ! -e /run/launcher/failing.json ]
    done
}

@test "a failure of poststart: the container ends, with an error" {
    bundle "$(one_hook poststart 'exit 5') | .hooks.poststart += [{path: \"$LOG/hook\", args: [\"hook\", \"second\"]}]" \
        sh -c 'echo started; sleep 1000'
    run -125 timeout 20 "$LAUNCHER" run --bundle "$BUNDLE" failing
    like "$output" '(^|started.)launcher: running the hook '"$LOG/hook \(hooks.poststart\[0\]\): it ended with status 5"
    is "$(order)" "${KINDS[*]} "
    [ ! -e /run/launcher/failing.json ]
}

@test "a failure of poststart before version 1.3: a warning, and all goes on" {
    bundle "$(one_hook poststart 'exit 5') | .hooks.poststart += [{path: \"$LOG/hook\", args: [\"hook\", \"second\"]}] | .ociVersion = \"1.2.1\"" \
        sh -c 'sleep 1; exit 3'
    run -3 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" "^launcher: warning: running the hook $LOG/hook \(hooks.poststart\[0\]\): it ended with status 5"
    like "$(order)" 'poststart second poststop $'
}

@test "a failure of poststop: a warning, and all goes on" {
    bundle "$(one_hook poststop 'exit 5') | .hooks.poststop += [{path: \"$LOG/hook\", args: [\"hook\", \"second\"]}]" \
        sh -c 'exit 3'
    run -3 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" "^launcher: warning: running the hook $LOG/hook \(hooks.poststop\[0\]\): it ended with status 5"
    is "$(order)" "${KINDS[*]} second "
}

@test "a signal during a poststart hook ends the hook and goes on to the payload" {
    bundle "$(one_hook poststart 'sleep 100')" sh -c "trap 'exit 9' TERM; while :; do sleep 0.05; done"
    "$LAUNCHER" run --bundle "$BUNDLE" >"$LOG/out" 2>&1 &
    wait_until 10 grep -q poststart "$LOG/order"
    kill -TERM $!
    local status=0
    wait $! || status=$?
    is "$status $(cat "$LOG/out")" "9 "
}

@test "poststop hooks come when nothing is left" {
    bundle "$(one_hook poststop "find /run/launcher /sys/fs/cgroup -name '*gone*' >$LOG/left")" true
    "$LAUNCHER" run --bundle "$BUNDLE" gone
    is "$(cat "$LOG/left")" ""
}

@test "a hook that hangs: its timeout, or a signal to launcher" {
    local kind
    for kind in createRuntime createContainer startContainer; do
        rm -f "$LOG/order"
        bundle "$(one_hook "$kind" 'sleep 100') | .hooks.${kind}[0].timeout = 1" sh -c 'echo started'
        run -125 timeout 20 "$LAUNCHER" run --bundle "$BUNDLE"
        is "$output" "launcher: running the hook $LOG/hook (hooks.${kind}[0]): it took longer than its timeout of 1 s"
        like "$(order)" 'poststop $'
    done
    rm -f "$LOG/order"
    bundle "$(one_hook createContainer 'sleep 100')" sh -c 'echo started'
    "$LAUNCHER" run --bundle "$BUNDLE" >"$LOG/out" 2>&1 &
    wait_until 10 grep -q createContainer "$LOG/order"
    kill -TERM $!
    local status=0
    wait $! || status=$?
    is "$status $(cat "$LOG/out")" "143 "
    is "$(order)" "prestart createRuntime createContainer poststop "
}

@test "a hook prints megabytes" {
    is "$(in_bundle "$(one_hook createRuntime 'head -c 5000000 /dev/zero; head -c 5000000 /dev/zero >&2')" echo fine 2>&1)" fine
    is "$(in_bundle "$(one_hook startContainer 'head -c 5000000 /dev/zero; head -c 5000000 /dev/zero >&2')" echo fine 2>&1)" fine
}

# CVE-2025-23266, CVE-2024-0132: a hook that loads what the image says.
@test "a hook inherits nothing of the payload or of launcher" {
    local kind
    for kind in "${KINDS[@]}"; do
        rm -f "$LOG"/env "$LOG"/fds
        OUTER=of-launcher in_bundle "$(one_hook "$kind" "tr '\\0' '\\n' </proc/self/environ >$LOG/env; pwd >$LOG/cwd; ls /proc/self/fd >$LOG/fds") |
            .process.env += [\"LD_PRELOAD=/evil.so\"] | .process.cwd = \"/etc\"" true 5</etc/passwd
        [ -e "$LOG/env" ]
        run -1 grep -E 'LD_PRELOAD|OUTER' "$LOG/env"
        is "$(cat "$LOG/cwd")" /
        is "$(tr '\n' ' ' <"$LOG/fds")" "0 1 2 3 " # 3 is that of ls
    done
}

# Its program comes from the image.
@test "a startContainer hook may do no more than the payload" {
    local rights="grep -E '^(Uid|Gid|Groups|Cap|NoNew|Seccomp:)' /proc/self/status; cat /proc/self/cgroup"
    chmod 777 "$LOG"
    in_bundle "$(one_hook startContainer "{ $rights; } >$LOG/hook.rights; (: </dev/other) 2>$LOG/device; true") |
        .hooks |= {startContainer} | .linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\"} |
        .process.user = {uid: 1000, gid: 1001, additionalGids: [1002]} |
        .linux.devices = [{path: \"/dev/other\", type: \"c\", major: 240, minor: 77, fileMode: 438}]" \
        sh -c "$rights" >"$LOG/payload"
    is "$(cat "$LOG/hook.rights")" "$(cat "$LOG/payload")"
    like "$(cat "$LOG/payload")" 'Uid:.1000.*Groups:.1002.*Seccomp:.2'
    # the device is not there: who may open it gets "No such device"
    like "$(cat "$LOG/device")" "/dev/other: Operation not permitted"
}

@test "hooks in a container with a user namespace" {
    OPEN=$(mktemp -d)
    chmod 777 "$OPEN"
    sed "s|$LOG|$OPEN|g" "$LOG/hook" >"$OPEN/hook"
    chmod 755 "$OPEN/hook"
    LOG=$OPEN
    install -m 666 /dev/null "$LOG/order"
    in_bundle "$(one_hook createContainer "id -u >$LOG/create.id; grep ^CapEff /proc/self/status >>$LOG/create.id") |
        .hooks.startContainer[0].args[2] = \"id -u >$LOG/start.id\" |
        .linux.namespaces += [{type: \"user\"}] |
        .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings" true
    like "$(cat "$LOG/create.id")" '^0.*CapEff:.0*[1-9a-f]+$'
    is "$(cat "$LOG/start.id")" 0
    is "$(stat -c %u "$LOG/create.id") $(stat -c %u "$LOG/start.id")" "100000 100000"
    is "$(order)" "${KINDS[*]} "
}

@test "hooks of an ordinary user" {
    OPEN=$(mktemp -d)
    chmod 755 "$OPEN"
    sed "s|$LOG|$OPEN|g" "$LOG/hook" >"$OPEN/hook"
    chmod 755 "$OPEN/hook"
    LOG=$OPEN
    mkdir "$OPEN/b"
    cp -a "$ROOTFS" "$OPEN/rootfs"
    chown -R 1000:1000 "$OPEN"
    as_user() {
        setpriv --reuid 1000 --regid 1000 --clear-groups env XDG_RUNTIME_DIR="$OPEN" "$@"
    }
    as_user "$LAUNCHER" spec --rootless --bundle "$OPEN/b"
    jq --arg rootfs "$OPEN/rootfs" '.process.terminal = false | .root.path = $rootfs | .process.args = ["true"]' \
        "$OPEN/b/config.json" | jq "$(all_hooks)" >"$OPEN/new"
    cat "$OPEN/new" >"$OPEN/b/config.json"
    run -0 as_user "$LAUNCHER" run --bundle "$OPEN/b"
    is "$output" ""
    is "$(order)" "${KINDS[*]} "
    is "$(sed -n 3p "$OPEN/createContainer.ns")" "$(sed -n 3p "$OPEN/startContainer.ns")"
}
