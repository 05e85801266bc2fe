#!/usr/bin/env bats
# launcher --systemd-cgroup where process 1 is systemd: run it by tests/lib/with-systemd --bus --user.

bats_require_minimum_version 1.5.0
load ../../lib/launcher
load ../../lib/bundle
load ../../lib/oci
load ../../lib/systemd

MIB=$((1024 * 1024))

# An engine gives the option before each verb.
oci() {
    "$LAUNCHER" --root "$ROOT" --systemd-cgroup "$@"
}

# What systemd said of its units is in the kernel's log.
explain() {
    oci list
    cat "$ERR" 2>/dev/null
    systemctl list-units --all --plain --no-legend --type scope
    dmesg | tail -n 40
}

# place SLICE [PREFIX]: a jq filter: the cgroup is in that slice
place() {
    printf '.linux.cgroupsPath = "%s:%s:%s"' "$1" "${2-test}" "$BOX"
}

# limited: a jq filter
limited() {
    printf '.linux.resources = {memory: {limit: %d, swap: %d}, pids: {limit: 32},
        cpu: {quota: 50000, period: 100000, shares: 512, cpus: "0"}}' $((64 * MIB)) $((64 * MIB))
}

# limits_in DIRECTORY
limits_in() {
    (cd "$1" && cat memory.max pids.max cpu.max cpu.weight cpuset.cpus | xargs)
}

# properties UNIT NAME...: their values
properties() {
    local unit=$1
    shift
    for name; do property "$unit" "$name"; done | xargs
}

# No unit of this test's, failed or not.
no_unit() {
    is "$(systemctl list-units --all --plain --no-legend "*$BOX*")" ""
}

@test "create: the scope, its limits, and what systemd knows of them" {
    bundle "$(place a-b.slice) | $(limited)" sleep 1000
    create "$BOX"
    unit=test-$BOX.scope
    path=/a.slice/a-b.slice/$unit
    is "$(cat "/proc/$(field "$BOX" .pid)/cgroup")" "0::$path"
    is "$(limits_in "/sys/fs/cgroup$path")" "$((64 * MIB)) 32 50000 100000 59 0"
    is "$(properties "$unit" ControlGroup Slice Delegate MemoryMax TasksMax CPUQuotaPerSecUSec CPUWeight \
        AllowedCPUs ActiveState)" "$path a-b.slice yes $((64 * MIB)) 32 500ms 59 0 active"
    is "$(property "$unit" Description)" "container $BOX"
    systemctl daemon-reload
    is "$(limits_in "/sys/fs/cgroup$path")" "$((64 * MIB)) 32 50000 100000 59 0"
    oci start "$BOX"
    is "$(oci exec "$BOX" cat /proc/self/cgroup)" "0::/"
    is "$(field "$BOX" .status)" running
    oci kill "$BOX" KILL
    becomes "$BOX" stopped
    oci delete "$BOX"
    no_unit
}

@test "exec begins in the scope" {
    bundle "$(place system.slice)" sleep 1000
    create "$BOX"
    oci start "$BOX"
    oci exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$BOX" sleep 1000
    is "$(cat "/proc/$(<"$BATS_TEST_TMPDIR/pid")/cgroup")" "0::/system.slice/test-$BOX.scope"
}

@test "the rules for devices hold in a scope, also when systemd reads its units again" {
    bundle "$(place system.slice) | .process.capabilities[] += [\"CAP_MKNOD\"]" sleep 1000
    create "$BOX"
    oci start "$BOX"
    for round in before after; do
        run -1 oci exec "$BOX" sh -c "mknod /dev/$round b 8 1 && exec cat /dev/$round" # a disk
        like "$output" "/dev/$round.*: Operation not permitted" # where it may be opened: No such device
        systemctl daemon-reload
    done
    is "$(oci exec "$BOX" head -c 3 /dev/zero | wc -c)" 3
}

@test "update: systemd is told as well" {
    bundle "$(place system.slice) | $(limited)" sleep 1000
    create "$BOX"
    "$LAUNCHER" --root "$ROOT" update --memory 100m --pids 50 --cpus 0.25 "$BOX" # as docker does, without
    is "$(limits_in "/sys/fs/cgroup/system.slice/test-$BOX.scope")" "$((100 * MIB)) 50 25000 100000 59 0"
    is "$(properties "test-$BOX.scope" MemoryMax TasksMax CPUQuotaPerSecUSec)" "$((100 * MIB)) 50 250ms"
    systemctl daemon-reload
    is "$(limits_in "/sys/fs/cgroup/system.slice/test-$BOX.scope")" "$((100 * MIB)) 50 25000 100000 59 0"
    oci update --pids max "$BOX"
    is "$(property "test-$BOX.scope" TasksMax)" infinity
}

@test "pause and resume, stats and ps" {
    bundle "$(place system.slice)" sleep 1000
    create "$BOX"
    oci start "$BOX"
    oci pause "$BOX"
    is "$(field "$BOX" .status)" paused
    oci resume "$BOX"
    is "$(field "$BOX" .status)" running
    is "$(oci ps --format json "$BOX" | jq length)" 1
    like "$(oci events --stats "$BOX" 2>&1 || oci stats "$BOX" 2>&1)" "$BOX"
}

@test "where no place is given: launcher-ID.scope in system.slice, and in the root slice by its name" {
    bundle . sleep 1000
    create "$BOX"
    is "$(property "launcher-$BOX.scope" ControlGroup)" "/system.slice/launcher-$BOX.scope"
    oci delete --force "$BOX"
    bundle "$(place -.slice '')" sleep 1000
    create "$BOX"
    is "$(property "$BOX.scope" ControlGroup)" "/$BOX.scope"
    oci delete --force "$BOX"
    no_unit
}

@test "run: the exit status, and nothing is left, however it ends" {
    bundle "$(place system.slice) | $(limited)" sh -c 'exit 3'
    run -3 "$LAUNCHER" --root "$ROOT" --systemd-cgroup run --bundle "$BUNDLE" "$BOX"
    no_unit
    bundle "$(place system.slice) | $(limited)" dd if=/dev/zero of=/dev/null bs=100M count=1
    run -137 "$LAUNCHER" --root "$ROOT" --cgroup-manager systemd run --bundle "$BUNDLE" "$BOX"
    no_unit # nor one that has failed; who reads the counts first, launcher or systemd, is open
    bundle "$(place system.slice)" no-such-command
    run -127 "$LAUNCHER" --root "$ROOT" --systemd-cgroup run --bundle "$BUNDLE" "$BOX"
    no_unit
}

@test "run from a root file system: limits, a slice, a scope by its name" {
    run_flags() { "$LAUNCHER" --root "$ROOT" --systemd-cgroup run --rootfs "$ROOTFS" --net none --name "$BOX" "$@"; }
    is "$(run_flags -- cat /proc/self/cgroup)" 0::/
    run_flags --cgroup-parent my-own.slice -m 64m --pids 32 -- sleep 1000 >"$OUT" 2>"$ERR" </dev/null 3>&- &
    wait_until 20 systemctl is-active --quiet "launcher-$BOX.scope"
    is "$(property "launcher-$BOX.scope" ControlGroup)" "/my.slice/my-own.slice/launcher-$BOX.scope"
    is "$(cd "/sys/fs/cgroup/my.slice/my-own.slice/launcher-$BOX.scope" && cat memory.max pids.max | xargs)" \
        "$((64 * MIB)) 32"
    "$LAUNCHER" --root "$ROOT" stop --time 0 "$BOX"
    wait $! || true
    run_flags --cgroup my.slice::"$BOX" -- sleep 1000 >"$OUT" 2>"$ERR" </dev/null 3>&- &
    wait_until 20 systemctl is-active --quiet "$BOX.scope"
    "$LAUNCHER" --root "$ROOT" stop --time 0 "$BOX"
    wait $! || true
    run -125 run_flags --cgroup /web/db -- true
    like "$output" 'expected cgroupsPath to be of format "slice:prefix:name"'
    run -125 run_flags --cgroup-delegate -- true
    like "$output" 'leave --cgroup-delegate out'
    "$LAUNCHER" --root "$ROOT" --systemd-cgroup run --detach --name "$BOX" --rootfs "$ROOTFS" --net none -m 64m -- sleep 1000
    is "$(property "launcher-$BOX.scope" MemoryMax)" $((64 * MIB))
    "$LAUNCHER" --root "$ROOT" rm --force "$BOX"
    no_unit
}

@test "run --detach --restart: a scope of the same name each time" {
    "$LAUNCHER" --root "$ROOT" --systemd-cgroup run --detach --restart on-failure:2 --name "$BOX" --rootfs "$ROOTFS" \
        --net none --ns -cgroup -m 64m -- sh -c 'cat /proc/self/cgroup; exit 4'
    is "$("$LAUNCHER" --root "$ROOT" wait "$BOX")" 4
    is "$("$LAUNCHER" --root "$ROOT" logs "$BOX" | sort | uniq -c | xargs)" "3 0::/system.slice/launcher-$BOX.scope"
    "$LAUNCHER" --root "$ROOT" rm "$BOX"
    no_unit
}

@test "run --detach" {
    bundle "$(place system.slice)" sleep 1000
    "$LAUNCHER" --root "$ROOT" --systemd-cgroup run --detach --bundle "$BUNDLE" "$BOX" >"$OUT" 2>"$ERR" 3>&-
    is "$(property "test-$BOX.scope" ActiveState)" active
    oci delete --force "$BOX"
    no_unit
}

@test "the steps are told, and planned" {
    bundle "$(place system.slice) | $(limited)" true
    run -0 "$LAUNCHER" --root "$ROOT" --systemd-cgroup plan --bundle "$BUNDLE" "$BOX"
    like "$output" "having systemd make the scope system.slice:test:$BOX with .*memory"
    run -0 "$LAUNCHER" --root "$ROOT" --debug --systemd-cgroup run --bundle "$BUNDLE" "$BOX"
    like "$output" "having systemd make the scope system.slice:test:$BOX with .*memory"
    run -0 "$LAUNCHER" --systemd-cgroup plan --rootfs "$ROOTFS" --net none --name "$BOX" -m 64m -- true
    like "$output" "having systemd make the scope system.slice:launcher:$BOX with .*memory"
    run -0 "$LAUNCHER" --systemd-cgroup plan --rootfs "$ROOTFS" --net none --name "$BOX" --cgroup-parent my.slice -m 64m -- true
    like "$output" "having systemd make the scope my.slice:launcher:$BOX with .*memory"
}

@test "annotations become properties" {
    bundle "$(place system.slice) | .annotations = {
        \"org.systemd.property.TimeoutStopSec\": \"7\",
        \"org.systemd.property.Documentation\": \"['man:launcher(1)', 'man:cinit(8)']\",
        \"org.systemd.property.CollectMode\": \"'inactive-or-failed'\",
        \"org.systemd.property.SendSIGHUP\": \"true\", \"org.systemd.property.KillSignal\": \"int32 10\"}" sleep 1000
    create "$BOX"
    is "$(properties "test-$BOX.scope" TimeoutStopUSec Documentation CollectMode SendSIGHUP KillSignal)" \
        "7s man:launcher(1) man:cinit(8) inactive-or-failed yes 10"
    oci delete --force "$BOX"
    bundle "$(place system.slice) | .annotations = {\"org.systemd.property.SendSIGHUP\": \"maybe\"}" sleep 1000
    cant_create 125 'the value "maybe" of the annotation org.systemd.property.SendSIGHUP is none of GVariant'
    bundle "$(place system.slice) | .annotations = {\"org.systemd.property.NoSuch\": \"true\"}" sleep 1000
    cant_create 125 "start the scope test-$BOX.scope: systemd says: .*NoSuch"
    bundle "$(place system.slice) | .annotations = {\"org.systemd.property.Delegate\": \"'no'\"}" sleep 1000
    cant_create 125 "start the scope test-$BOX.scope: systemd says: "
    no_unit
}

@test "a place that is none" {
    for path in /web/db a.slice:x a:p:x ../a.slice:p:x a.slice:p:x/y; do
        bundle ".linux.cgroupsPath = \"$path\"" sleep 1000
        cant_create 125 'slice:prefix:name|of a systemd (slice|scope)'
    done
    no_unit
}

@test "a name that is in use: by a scope that runs, and by one that has failed" {
    systemd-run --scope --quiet --unit "test-$BOX" -- sleep 1000 3>&- &
    other=$!
    wait_until 20 systemctl is-active --quiet "test-$BOX.scope"
    bundle "$(place system.slice)" sleep 1000
    status=0
    create "$BOX" || status=$?
    state=$(property "test-$BOX.scope" ActiveState)
    kill $other
    wait $other || true
    is "$status $state $(records)" "125 active "
    like "$(<"$ERR")" "make the scope test-$BOX.scope: File exists
hint: systemctl status test-$BOX.scope"
    # It fails when what is in it has to be killed.
    systemd-run --scope --quiet --unit "test-$BOX" -p TimeoutStopSec=1 -- \
        sh -c "trap '' TERM; touch $BATS_TEST_TMPDIR/deaf; sleep 1000" 3>&- &
    other=$!
    wait_until 20 test -e "$BATS_TEST_TMPDIR/deaf" # the scope is active before the shell has set its trap
    systemctl stop "test-$BOX.scope"
    is "$(property "test-$BOX.scope" ActiveState)" failed
    create "$BOX"
    is "$(property "test-$BOX.scope" ActiveState)" active
    oci delete --force "$BOX"
    no_unit
}

@test "systemctl stop ends the container, and systemctl kill" {
    bundle "$(place system.slice)" sleep 1000
    create "$BOX"
    oci start "$BOX"
    systemctl kill --signal KILL "test-$BOX.scope"
    becomes "$BOX" stopped
    oci delete "$BOX"
    bundle "$(place system.slice) | .annotations = {\"org.systemd.property.TimeoutStopSec\": \"1\"}" sleep 1000
    create "$BOX"
    oci start "$BOX"
    systemctl stop "test-$BOX.scope"
    becomes "$BOX" stopped
    oci delete "$BOX"
    no_unit
}

@test "a launcher that is killed: gc has systemd forget the scope" {
    bundle "$(place system.slice)" sleep 1000
    "$LAUNCHER" --root "$ROOT" --systemd-cgroup run --bundle "$BUNDLE" "$BOX" >"$OUT" 2>"$ERR" 3>&- &
    launcher=$!
    wait_until 20 systemctl is-active --quiet "test-$BOX.scope"
    kill -KILL $launcher
    wait $launcher || true
    oci gc
    no_unit
    no_trace
}

@test "create that is killed anywhere leaves what gc and delete remove" {
    local call
    bundle "$(place system.slice)" sleep 1000
    for calls in connect sendto recvfrom; do
        for call in 1 2 3 5 8 40 80; do
            strace -qq -o /dev/null -e "inject=$calls:signal=KILL:when=$call" \
                "$LAUNCHER" --root "$ROOT" --systemd-cgroup create --bundle "$BUNDLE" "$BOX" >"$OUT" 2>"$ERR" </dev/null 3>&- || true
            oci delete --force "$BOX"
            oci gc
            no_unit
            no_trace
        done
    done
}

@test "in a user namespace" {
    bundle "$(place system.slice) | $(limited) | .linux.namespaces += [{type: \"user\"}] |
        .linux.uidMappings = [{containerID: 0, hostID: 300000, size: 65536}] |
        .linux.gidMappings = .linux.uidMappings" sleep 1000
    create "$BOX"
    oci start "$BOX"
    is "$(limits_in "/sys/fs/cgroup/system.slice/test-$BOX.scope")" "$((64 * MIB)) 32 50000 100000 59 0"
    is "$(cat "/proc/$(field "$BOX" .pid)/cgroup")" "0::/system.slice/test-$BOX.scope"
    is "$(oci exec "$BOX" cat /proc/self/cgroup)" "0::/"
}

@test "the container sees its own cgroup, with a namespace and without" {
    bundle "$(place system.slice) | $(limited) | .mounts |= map(if .type == \"cgroup\" then .options -= [\"ro\"] else . end)" \
        sh -c 'cat /sys/fs/cgroup/memory.max; mkdir /sys/fs/cgroup/below && echo made'
    run -0 "$LAUNCHER" --root "$ROOT" --systemd-cgroup run --bundle "$BUNDLE" "$BOX"
    is "$output" "$((64 * MIB))
made"
    bundle "$(place system.slice) | $(limited) | .linux.namespaces |= map(select(.type != \"cgroup\"))" \
        cat /sys/fs/cgroup/memory.max
    run -0 "$LAUNCHER" --root "$ROOT" --systemd-cgroup run --bundle "$BUNDLE" "$BOX"
    is "$output" "$((64 * MIB))"
    no_unit
}

@test "ten at once" {
    local i pids=()
    for i in 1 2 3 4 5 6 7 8 9 10; do
        mkdir "$BATS_TEST_TMPDIR/$i"
        bundle ".linux.cgroupsPath = \"system.slice:test:$BOX-$i\"" sh -c "exit $i"
        mv "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/$i"
    done
    for i in 1 2 3 4 5 6 7 8 9 10; do
        "$LAUNCHER" --root "$ROOT" --systemd-cgroup run --bundle "$BATS_TEST_TMPDIR/$i" "$BOX-$i" \
            >"$OUT.$i" 2>&1 </dev/null 3>&- &
        pids+=($!)
    done
    for i in 1 2 3 4 5 6 7 8 9 10; do
        status=0
        wait "${pids[i - 1]}" || status=$?
        is "$i $status $(<"$OUT.$i")" "$i $i "
    done
    no_unit
}

@test "an ordinary user's containers are his manager's" {
    local his=/run/home/ordinary
    cat >"$his/script" <<END
set -e
$LAUNCHER spec --rootless --bundle $his
jq '.process.terminal = false | .root.path = "$ROOTFS" | .process.args = ["sleep", "1000"] |
    .linux.cgroupsPath = "user.slice:test:$BOX" |
    .linux.resources = {memory: {limit: $((64 * MIB))}, pids: {limit: 32}}' $his/config.json >$his/new
mv $his/new $his/config.json
export XDG_RUNTIME_DIR=/run/user/$USER_ID
$LAUNCHER --systemd-cgroup create --bundle $his $BOX >/dev/null
$LAUNCHER start $BOX
pid=\$($LAUNCHER state $BOX | jq .pid)
cgroup=\$(cut -d: -f3 /proc/\$pid/cgroup)
echo "\$cgroup" \$(cat /sys/fs/cgroup\$cgroup/memory.max /sys/fs/cgroup\$cgroup/pids.max)
$LAUNCHER exec $BOX cat /proc/self/cgroup
systemctl --user show --property MemoryMax,TasksMax --value test-$BOX.scope
$LAUNCHER delete --force $BOX
systemctl --user list-units --all --plain --no-legend "*$BOX*"
END
    chmod 755 "$his/script"
    run -0 as_user sh "$his/script"
    is "$(sed 's|.*/user@|user@|' <<<"$output" | xargs)" \
        "user@$USER_ID.service/user.slice/test-$BOX.scope $((64 * MIB)) 32 0::/ $((64 * MIB)) 32"
}
