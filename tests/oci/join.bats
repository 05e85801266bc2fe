#!/usr/bin/env bats
# Namespaces that others have made: the payload is in them, what is new belongs to them, and what is no
# namespace is refused before anything starts.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/bundle

teardown() {
    [ -z "${OTHER-}" ] || kill -9 $OTHER 2>/dev/null || true
    [ -z "${OTHER-}" ] || wait $OTHER 2>/dev/null || true
}

# other OPTION...: a process in new namespaces, $INSIDE; unshare(1).
other() {
    unshare "$@" sleep 1000 3>&- &
    local started=$!
    OTHER="$started ${OTHER-}"
    wait_until 5 sleeps $started
    INSIDE=$(pgrep -P $started -x sleep || echo $started) # with --fork it is a child
    OTHER="$INSIDE $OTHER"
}

sleeps() { # PID: it, or its child, is the sleep
    [ "$(cat /proc/$1/comm)" = sleep ] || pgrep -P $1 -x sleep >/dev/null
}

# other_user OPTION...: the same with a user namespace that root of the host has mapped
other_user() {
    other --user "$@"
    echo 0 200000 65536 >/proc/$INSIDE/uid_map
    echo 0 200000 65536 >/proc/$INSIDE/gid_map
}

runs() { # WORDS: a process with this command line
    pgrep -fx "$1" >/dev/null
}

# joined TYPE OCI_TYPE: a jq filter that has this namespace joined
joined() {
    echo "(.linux.namespaces |= map(select(.type != \"$2\"))) |
        .linux.namespaces += [{type: \"$2\", path: \"/proc/$INSIDE/ns/$1\"}]"
}

@test "ipc, uts, net and cgroup: each alone, and all of them at once" {
    other --ipc --uts --net --cgroup
    all=.
    for pair in ipc:ipc uts:uts net:network cgroup:cgroup; do
        filter=$(joined "${pair%:*}" "${pair#*:}")
        all="$all | $filter"
        is "$(in_bundle "$filter | del(.hostname)" readlink "/proc/self/ns/${pair%:*}")" \
            "$(readlink "/proc/$INSIDE/ns/${pair%:*}")"
    done
    names='for name in cgroup ipc net uts; do readlink /proc/self/ns/$name; done'
    is "$(in_bundle "$all" sh -c "$names")" "$(cd /proc/$INSIDE/ns && readlink cgroup ipc net uts)"
    bundle "$all" true
    like "$("$LAUNCHER" plan --bundle "$BUNDLE")" \
        "opening the namespaces to join: net /proc/$INSIDE/ns/net, ipc /proc/$INSIDE/ns/ipc, uts"
}

@test "what is written inside is what the other one sees" {
    other --ipc --uts --net
    bundle "$(joined uts uts) | $(joined ipc ipc) | $(joined net network) |
        .hostname = \"given\" | .linux.sysctl = {\"kernel.shmmax\": \"4096\", \"net.ipv4.ip_default_ttl\": \"77\"}" \
        hostname
    is "$("$LAUNCHER" run --bundle "$BUNDLE")" given
    is "$(nsenter -t $INSIDE --uts hostname)" given
    is "$(nsenter -t $INSIDE --ipc sysctl -n kernel.shmmax)" 4096
    is "$(nsenter -t $INSIDE --net sysctl -n net.ipv4.ip_default_ttl)" 77
    [ "$(hostname)" != given ]
}

@test "a pid namespace: the payload is one of its processes, and its parent is outside" {
    other --pid --fork --kill-child
    filter=$(joined pid pid)
    for init in false true; do
        is "$(in_bundle "$filter | .annotations[\"launcher.init\"] = \"$init\"" \
            sh -c 'readlink /proc/self/ns/pid; cat /proc/1/comm')" "$(readlink /proc/$INSIDE/ns/pid)
sleep"
    done
    # what the payload leaves behind ends with the container, not with the namespace
    bundle "$filter" sh -c 'setsid sleep 987 & exit 3'
    run -3 "$LAUNCHER" run --bundle "$BUNDLE"
    run -1 runs 'sleep 987'
    kill -0 $INSIDE
}

@test "the payload ends with launcher, though it is not PID 1" {
    other --pid --fork --kill-child
    for init in false true; do
        bundle "$(joined pid pid) | .annotations[\"launcher.init\"] = \"$init\"" sleep 986
        "$LAUNCHER" run --bundle "$BUNDLE" tied-$$ 3>&- &
        launcher=$!
        wait_until 5 runs 'sleep 986'
        kill -9 $launcher
        wait_until 5 eval '! runs "sleep 986"'
        "$LAUNCHER" gc >/dev/null
    done
}

@test "a user namespace: root inside, and the new namespaces belong to it" {
    other_user
    filter="$(joined user user) | .linux.uidMappings = [{containerID: 0, hostID: 5, size: 1}]"
    is "$(in_bundle "$filter | .root.path = \"/\" | .root.readonly = true" sh -c 'readlink /proc/self/ns/user; id -u; cat /proc/self/uid_map')" \
        "$(readlink /proc/$INSIDE/ns/user)
0
$(cat /proc/$INSIDE/uid_map)"
    # its uts namespace is its own, and root may rename it
    is "$(in_bundle "$filter | .root.path = \"/\" | .root.readonly = true | .process.capabilities.bounding += [\"CAP_SYS_ADMIN\"] |
        .process.capabilities.effective += [\"CAP_SYS_ADMIN\"] | .process.capabilities.permitted += [\"CAP_SYS_ADMIN\"]" \
        sh -c 'hostname mine && hostname')" mine
}

@test "a user namespace, in a cgroup with one process at most" {
    other_user
    is "$(in_bundle "$(joined user user) | .root.path = \"/\" | .root.readonly = true | .linux.resources.pids.limit = 1" \
        cat /proc/self/uid_map)" "$(cat /proc/$INSIDE/uid_map)"
}

@test "a user namespace together with namespaces of its own and with the host's" {
    other_user --net --ipc --uts
    all="$(joined user user) | $(joined net network) | $(joined ipc ipc) | $(joined uts uts) | .root.path = \"/\" | .root.readonly = true"
    is "$(in_bundle "$all" sh -c 'for name in ipc net user uts; do readlink /proc/self/ns/$name; done')" \
        "$(cd /proc/$INSIDE/ns && readlink ipc net user uts)"
    user=$INSIDE
    other --net
    net=$INSIDE
    INSIDE=$user
    filter=$(joined user user)
    INSIDE=$net
    is "$(in_bundle "$filter | $(joined net network) | .mounts |= map(select(.type != \"sysfs\")) | .root.path = \"/\" | .root.readonly = true" \
        readlink /proc/self/ns/net)" "$(readlink /proc/$net/ns/net)"
}

@test "a new user namespace with the network of the host's namespace" {
    other --net
    is "$(in_bundle "$(joined net network) | .linux.namespaces += [{type: \"user\"}] | .mounts |= map(select(.type != \"sysfs\")) |
        .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings" \
        readlink /proc/self/ns/net)" "$(readlink /proc/$INSIDE/ns/net)"
}

@test "one's own user namespace is the host's: nothing to join" {
    is "$(in_bundle '.linux.namespaces += [{type: "user", path: "/proc/self/ns/user"}]' readlink /proc/self/ns/user)" \
        "$(readlink /proc/self/ns/user)"
    refused '.linux.namespaces |= map(if .type == "mount" then .path = "/proc/self/ns/mnt" else . end)' \
        "root.readonly: this needs a mount namespace"
}

@test "a mount namespace: the root is resolved in it, its mounts stay, and nobody is moved" {
    mkdir "$BATS_TEST_TMPDIR/there"
    other --mount --propagation shared
    nsenter -t $INSIDE --mount mount --bind "$ROOTFS" "$BATS_TEST_TMPDIR/there"
    before=$(nsenter -t $INSIDE --mount cat /proc/$INSIDE/mountinfo | cut -d' ' -f4- | sort)
    is "$(in_bundle "$(joined mnt mount) | .root.path = \"$BATS_TEST_TMPDIR/there\" | .mounts = [] |
        .linux.maskedPaths = [] | .linux.readonlyPaths = []" sh -c 'ls /; pwd' 2>/dev/null)" "$(ls "$ROOTFS")
/"
    is "$(nsenter -t $INSIDE --mount cat /proc/$INSIDE/mountinfo | cut -d' ' -f4- | sort)" "$before"
    [ "$(readlink /proc/$INSIDE/root)" = / ]
    refused "$(joined mnt mount) | .root.path = \"/nosuch\"" 'taking /nosuch as the root file system: No such file'
}

@test "a time namespace" {
    other --time --boottime 1000000 --fork
    is "$(in_bundle "$(joined time time)" sh -c 'readlink /proc/self/ns/time; test $(cut -d. -f1 /proc/uptime) -gt 1000000 && echo late')" \
        "$(readlink /proc/$INSIDE/ns/time)
late"
}

@test "what can't be joined" {
    refused '.linux.namespaces[1].path = "/etc/passwd"' '/etc/passwd is no namespace'
    refused '.linux.namespaces[2].path = "/proc/self/ns/uts"' '/proc/self/ns/uts is a namespace of another type than ipc'
    refused '.linux.namespaces[2].path = "/proc/4194305/ns/ipc"' 'opening the ipc namespace /proc/4194305/ns/ipc: No such file'
    other --ipc
    refused "$(joined ipc ipc) | .linux.namespaces += [{type: \"ipc\", path: \"/proc/$INSIDE/ns/ipc\"}]" 'ipc namespace stands here twice'
    kill -9 $OTHER
    wait $OTHER 2>/dev/null || true
    OTHER=
    refused "$(joined ipc ipc)" 'opening the ipc namespace .*: No such file'
    other --user # maps nobody
    refused "$(joined user user)" "becoming root in the user namespace /proc/$INSIDE/ns/user: Invalid argument"
}

@test "who has no rights there is told which namespace it was" {
    other --ipc
    OPEN=$(mktemp -d)
    chmod 755 "$OPEN"
    bundle "$(joined ipc ipc) | .linux.namespaces += [{type: \"user\"}] | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}] |
        .linux.gidMappings = .linux.uidMappings | del(.linux.resources)" true
    touch "$OPEN/ipc"
    mount --bind "/proc/$INSIDE/ns/ipc" "$OPEN/ipc"
    jq --arg path "$OPEN/ipc" '.linux.namespaces |= map(if .type == "ipc" then .path = $path else . end)' "$BUNDLE/config.json" >"$OPEN/config.json"
    mkdir -m 777 "$OPEN/run"
    run -125 setpriv --reuid 1000 --regid 1000 --clear-groups env XDG_RUNTIME_DIR="$OPEN/run" "$LAUNCHER" run --bundle "$OPEN"
    umount "$OPEN/ipc"
    rm -rf "$OPEN"
    like "$output" "joining the ipc namespace $OPEN/ipc: Operation not permitted"
}

# ---- by flags ----

@test "--ns joins by path, by process and by container" {
    other --ipc --uts
    is "$(in_container --net none --ns "ipc:$INSIDE,uts:/proc/$INSIDE/ns/uts" -- \
        sh -c 'readlink /proc/self/ns/ipc; readlink /proc/self/ns/uts')" \
        "$(readlink /proc/$INSIDE/ns/ipc)
$(readlink /proc/$INSIDE/ns/uts)"
    # not the function: in the background that is a shell, whose end is not launcher's
    "$LAUNCHER" --rootfs "$ROOTFS" --net none --name "pod-$$" -- sleep 985 3>&- &
    OTHER="$! $OTHER"
    wait_until 5 runs 'sleep 985'
    is "$(in_container --ns "net:pod-$$,ipc:pod-$$,pid:pod-$$" -- sh -c 'ps | grep -c "sleep 98[5]"; readlink /proc/self/ns/net')" \
        "1
$(readlink "/proc/$(pgrep -fx 'sleep 985')/ns/net")"
    kill "${OTHER%% *}"
    wait "${OTHER%% *}" || true
    run -1 runs 'sleep 985'
}

@test "--ns with what can't be joined" {
    run -125 in_container --ns ipc:nosuch -- true
    like "$output" '--ns ipc:nosuch: finding the container nosuch: it does not exist'
    run -125 in_container --ns ipc:4194305 -- true
    like "$output" 'opening the ipc namespace /proc/4194305/ns/ipc: No such file'
    run -125 in_container --ns uts:/proc/self/ns/ipc -- true
    like "$output" 'another type than uts'
    run -125 in_container --ns ipc:/proc/self/ns/ipc --sysctl kernel.shmmax=7 -- true
    like "$output" 'would change the host: the container has no ipc namespace'
}

@test "an ordinary user joins the user namespace that he made, and those that belong to it" {
    OPEN=$(mktemp -d)
    chmod 755 "$OPEN"
    cp -a "$ROOTFS" "$OPEN/rootfs"
    chown -R 1000:1000 "$OPEN"
    as_user() { setpriv --reuid 1000 --regid 1000 --clear-groups env XDG_RUNTIME_DIR="$OPEN" "$@"; }
    as_user unshare --user --map-root-user --ipc sleep 1000 3>&- &
    OTHER=$!
    wait_until 5 sleeps $OTHER
    INSIDE=$(pgrep -P $OTHER -x sleep || echo $OTHER) # a function in the background is a shell
    OTHER="$INSIDE $OTHER"
    (cd "$OPEN" && as_user "$LAUNCHER" spec --rootless)
    jq "$(joined user user) | $(joined ipc ipc) | .process.terminal = false | del(.linux.uidMappings, .linux.gidMappings) |
        .process.args = [\"sh\", \"-c\", \"readlink /proc/self/ns/user; readlink /proc/self/ns/ipc; id -u\"]" "$OPEN/config.json" >"$OPEN/new"
    mv "$OPEN/new" "$OPEN/config.json"
    run as_user "$LAUNCHER" run --bundle "$OPEN"
    rm -rf "$OPEN"
    is "$output" "$(readlink /proc/$INSIDE/ns/user)
$(readlink /proc/$INSIDE/ns/ipc)
0"
}
