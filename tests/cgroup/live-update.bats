#!/usr/bin/env bats
# Rows C8 and L1: launcher update and launcher psi, on whatever layout this is.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/container
load ../lib/cgroup

NAME=bats-update
MIB=$((1024 * 1024))

teardown()
{
    end_container
    is "$(cgroups_named "launcher-$NAME*")" ""
}

update()
{
    "$LAUNCHER" update $NAME "$@"
}

# value V2-FILE V1-FILE: what the kernel holds.
value()
{
    in_cgroups "$(by_layout "$1" "$2")" launcher-$NAME
}

memory_max()
{
    value memory.max memory.limit_in_bytes
}

# What of memory and swap together may be swap.
swap()
{
    value memory.swap.max memory.memsw.limit_in_bytes
}

# The swap file that means MEMORY bytes of memory and no swap.
no_swap()
{
    by_layout 0 "$1"
}

@test "each limit, and only that" {
    start_container --name $NAME --live -m 50m --pids 20 --cpus 0.5 -- /bin/sleep 1000
    update --pids 30
    is "$(value pids.max pids.max) $(memory_max)" "30 $((50 * MIB))"
    update --cpus 1.5
    is "$(value cpu.max cpu.cfs_quota_us)" "$(by_layout "150000 100000" 150000)"
    update --cpu-shares 2048
    is "$(value cpu.weight cpu.shares)" "$(by_layout 174 2048)"
    update --cpuset 0
    is "$(value cpuset.cpus cpuset.cpus)" 0
    update --pids max
    is "$(value pids.max pids.max) $(memory_max)" "max $((50 * MIB))"
    run -0 update --memory 60m --pids 9
    is "$output" ""
    is "$(memory_max) $(value pids.max pids.max)" "$((60 * MIB)) 9"
}

@test "memory up and down, with and without swap: the order is found" {
    start_container --name $NAME --live -m 50m -- /bin/sleep 1000
    local size
    for size in 80 20 200 30; do
        update --memory ${size}m
        is "$(memory_max) $(swap)" "$((size * MIB)) $(no_swap $((size * MIB)))"
    done
    update --memory 40m --memory-swap 70m
    is "$(memory_max) $(swap)" "$((40 * MIB)) $(by_layout $((30 * MIB)) $((70 * MIB)))"
    update --memory-swap 90m
    is "$(memory_max) $(swap)" "$((40 * MIB)) $(by_layout $((50 * MIB)) $((90 * MIB)))"
    update --memory max
    is "$(memory_max)" "$(by_layout max 9223372036854771712)"
    run -125 update --memory-swap 90m
    like "$output" 'limiting memory and swap together: memory has no limit'
}

@test "a limit that is refused leaves the others as they were" {
    start_container --name $NAME --live -m 50m --pids 20 -- /bin/sleep 1000
    run -125 update --pids 30 --memory 60m --cpuset 900
    like "$output" "^launcher: updating the container $NAME \(nothing was changed\): write 900 to .*/launcher-$NAME/cpuset.cpus: "
    like "$output" 'hint: this machine has no such CPU or node'
    is "$(memory_max) $(swap) $(value pids.max pids.max)" "$((50 * MIB)) $(no_swap $((50 * MIB))) 20"
    # the last value before it counts, not that of the start
    update --pids 25
    run -125 update --pids 30 --cpuset 900
    is "$(value pids.max pids.max)" 25
}

# Holds 40 MiB. dd fills its buffer before it waits for its output to be read.
start_hog()
{
    start_container --name $NAME --live -m 100m -- /bin/sh -c \
        'busybox dd if=/dev/zero bs=40M count=1 2>/dev/null | sleep 1000; exec sleep 1000'
    full() { [ "$(value memory.current memory.usage_in_bytes)" -gt $((40 * MIB)) ]; }
    wait_until 30 full
}

@test "less memory than is used: what the kernel does with it" {
    start_hog
    run update --memory 10m --pids 33
    if [ "$(layout)" = v2 ]; then
        is "$status" 0
        like "$output" "^launcher: to keep the new memory limit, the kernel killed [1-9] of the processes of $NAME"
        # while the largest is still dying, the kernel may go on to the container's process 1
        like "$(memory_max)" "^($((10 * MIB)))?\$"
    else
        is "$status" 125
        like "$output" "updating the container $NAME \(nothing was changed\): write 10485760 to .*: (Resource busy|Device or resource busy)"
        like "$output" 'hint: more memory than that is in use there already'
        is "$(memory_max) $(value pids.max pids.max)" "$((100 * MIB)) max"
    fi
}

@test "what only v2 has" {
    start_container --name $NAME --live -m 50m -- /bin/sleep 1000
    run update --memory-high 40m
    if [ "$(layout)" = v2 ]; then
        is "$status $(in_cgroups memory.high launcher-$NAME)" "0 $((40 * MIB))"
    else
        is "$status" 125
        like "$output" 'limit memory.high: this host has the controller "memory" in cgroup version 1'
    fi
}

@test "--resources: the OCI's JSON, from a file and from standard input" {
    start_container --name $NAME --live -- /bin/sleep 1000
    local json='{"memory": {"limit": 73400320, "swap": 83886080}, "pids": {"limit": 44},
        "cpu": {"shares": 512, "quota": 20000, "period": 50000, "cpus": "0"}, "unheard": {"of": 1},
        "blockIO": {"weight": 0}, "hugepageLimits": [], "memory2": null}'
    echo "$json" >"$BATS_TEST_TMPDIR/json"
    run -0 update --resources "$BATS_TEST_TMPDIR/json"
    is "$output" ""
    is "$(memory_max) $(swap)" "$((70 * MIB)) $(by_layout $((10 * MIB)) $((80 * MIB)))"
    is "$(value pids.max pids.max) $(value cpuset.cpus cpuset.cpus)" "44 0"
    is "$(value cpu.max cpu.cfs_quota_us)" "$(by_layout "20000 50000" 20000)"
    # the period alone keeps the quota
    update --resources - <<<'{"cpu": {"period": 40000}}'
    is "$(value cpu.max cpu.cfs_quota_us)" "$(by_layout "20000 40000" 20000)"
    update -r - <<<'{"pids": {"limit": -1}, "cpu": {"quota": -1}}'
    is "$(value pids.max pids.max)" max
    is "$(value cpu.max cpu.cfs_quota_us)" "$(by_layout "max 40000" -1)"
}

@test "--resources: errors name the field, and change nothing" {
    start_container --name $NAME --live --pids 20 -- /bin/sleep 1000
    local json
    while IFS='|' read -r json want; do
        run -125 update --resources - <<<"$json"
        like "$output" "^launcher: option --resources: .*$want"
    done <<'END'
{|standard input is no JSON: line 2, column 0
[]|it must be an object
{"memory": 5}|the field memory must be an object
{"memory": {"limit": "5"}}|the field memory.limit must be an integer
{"memory": {"limit": -5}}|the field memory.limit must be an integer from -1 on
{"pids": {"limit": 1.5}}|the field pids.limit must be an integer
{"pids": {"limit": 99999999999999999999}}|standard input is no JSON: line 1, .*too big integer
{"pids": {"limit": 9}, "pids": {"limit": 8}}|duplicate object key
{"cpu": {"cpus": "0-"}}|the field cpu.cpus
{"cpu": {"cpus": 3}}|the field cpu.cpus must be a text
{"cpu": {"realtimeRuntime": 5}}|the field cpu.realtimeRuntime: launcher can't change this
{"memory": {"swappiness": 5}}|the field memory.swappiness: launcher can't change this
{"network": {"classID": 1}}|the field network: launcher can't change this
{"blockIO": {"throttleReadBpsDevice": [{"major": 8}]}}|the field blockIO.throttleReadBpsDevice.0. must be an integer
{"hugepageLimits": [{"pageSize": "../x", "limit": 5}]}|the field hugepageLimits.pageSize must be
{"unified": {"../x": "5"}}|the field unified
{"unified": {"memory.high": 5}}|the field unified.memory.high must be a text
END
    run -125 update --resources "$BATS_TEST_TMPDIR/nosuch"
    like "$output" 'option --resources: opening .*/nosuch: No such file or directory'
    run -125 update --resources - <<<'{}'
    like "$output" 'no limit to change'
    run -125 update --pids 9 --resources - <<<'{"pids": {"limit": 8}}'
    like "$output" "option --resources: it can't be combined with other limits"
    is "$(value pids.max pids.max)" 20
}

@test "no limit, a bad one, or one of run that is none" {
    start_container --name $NAME --live -- /bin/sleep 1000
    run -125 update
    like "$output" 'no limit to change'
    run -125 update --memory 1x
    like "$output" 'option --memory: '
    run -125 update --report x
    like "$output" 'unknown option --report'
}

@test "a controller that it was started without" {
    [ "$(layout)" != v2 ] || return 0 # there all of them are in the one cgroup
    start_container --name $NAME --pids 20 -- /bin/sleep 1000
    run -125 update --pids 30 --memory 50m
    like "$output" "updating the container $NAME \(nothing was changed\): finding its cgroup of the controller \"memory\""
    like "$output" 'hint: .*launcher run --live makes them all'
    is "$(value pids.max pids.max)" 20
}

@test "v2: a controller that nobody handed down yet is enabled" {
    [ "$(layout)" = v2 ] || return 0
    mkdir -p "$(unified_root)/launcher-$NAME-parent/below"
    start_container --name $NAME --cgroup-parent launcher-$NAME-parent/below --pids 5 -- /bin/sleep 1000
    is "$(memory_max)" ""
    update --memory 50m
    is "$(memory_max)" $((50 * MIB))
    end_container
    "$LAUNCHER" cgroup rm launcher-$NAME-parent
}

# ---- psi

@test "psi: of the host, of a container, as JSON, and where there is none" {
    run -0 "$LAUNCHER" psi
    like "${lines[0]}" '^RESOURCE KIND +AVG10 +AVG60 +AVG300 +TOTAL$'
    is "$(awk 'NR > 1 { print $1, $2 }' <<<"$output")" "cpu some
cpu full
memory some
memory full
io some
io full"
    start_container --name $NAME --live --cpus 0.01 -- /bin/sh -c 'while :; do :; done'
    if [ "$(layout)" = v1 ]; then
        run -125 "$LAUNCHER" psi $NAME
        like "$output" "reading the pressure of the container $NAME: finding its v2 cgroup"
        return
    fi
    waited() {
        "$LAUNCHER" psi --json $NAME >"$BATS_TEST_TMPDIR/json"
        [ "$(number "$BATS_TEST_TMPDIR/json" cpu.some.total_us)" -gt 10000 ]
    }
    wait_until 30 waited
    run -0 "$LAUNCHER" psi $NAME
    like "$output" $'\ncpu +some +[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9.]+s'
}

@test "psi --watch ends with SIGTERM, and with the container" {
    [ "$(layout)" != v1 ] || return 0 # no pressure of a container there
    start_container --name $NAME --live -- /bin/sleep 1000
    "$LAUNCHER" psi --json --watch $NAME >"$BATS_TEST_TMPDIR/watch" 3>&- &
    local watcher=$!
    two_lines() { [ "$(wc -l <"$BATS_TEST_TMPDIR/watch")" -ge 2 ]; }
    ended() { ! kill -0 $watcher 2>/dev/null; }
    wait_until 20 two_lines
    kill -TERM $watcher
    wait $watcher
    "$LAUNCHER" psi --watch $NAME >"$BATS_TEST_TMPDIR/watch" 3>&- &
    watcher=$!
    wait_until 20 two_lines
    end_container
    wait_until 20 ended
    wait $watcher
}
