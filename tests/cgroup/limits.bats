#!/usr/bin/env bats
# Rows C1 to C5: limits that hold, measured from the outside, on whatever layout this is.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/container
load ../lib/cgroup

NAME=bats-limits

setup()
{
    REPORT=$BATS_TEST_TMPDIR/report
}

teardown()
{
    end_container
    remove_disk
    is "$(cgroups_named "launcher-$NAME*")" ""
}

# One buffer, filled: HOG 200M
hog=(busybox dd if=/dev/zero of=/dev/null count=1)

# ---- memory

@test "200 MiB under -m 100m: exit 137, the line that tells, and the report" {
    run -137 in_container --name $NAME -m 100m --report "$REPORT" -- "${hog[@]}" bs=200M
    is "$output" "launcher: the payload was killed by the memory limit (100 MiB; peak 100 MiB, oom_kill 1)"
    is "$(number "$REPORT" status) $(number "$REPORT" signal) $(number "$REPORT" cause)" "137 9 memory-limit"
    is "$(number "$REPORT" memory.oom_kills)" 1
    is "$(number "$REPORT" memory.limit)" $((100 * 1024 * 1024))
    between "$(number "$REPORT" memory.peak)" $((99 * 1024 * 1024)) $((100 * 1024 * 1024))
}

@test "100 MiB under -m 200m live, and nothing is said" {
    run -0 in_container --name $NAME -m 200m --report "$REPORT" -- "${hog[@]}" bs=100M
    run ! grep killed <<<"$output"
    is "$(number "$REPORT" memory.oom_kills) $(number "$REPORT" cause)" "0 itself"
    between "$(number "$REPORT" memory.peak)" $((100 * 1024 * 1024)) $((110 * 1024 * 1024))
}

@test "a child that is killed for memory is told, and the payload's own status kept" {
    run -3 in_container --name $NAME -m 50m --report "$REPORT" -- \
        /bin/sh -c 'busybox dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null; exit 3'
    like "$output" 'launcher: a process of the payload was killed by the memory limit \(50 MiB; peak 50 MiB, oom_kill 1\)'
    is "$(number "$REPORT" code) $(number "$REPORT" memory.oom_kills)" "3 1"
}

@test "version 1: what is killed in a cgroup below the container's counts too" {
    [ "$(layout)" != v2 ] || return 0 # its counts are those of the whole tree
    local below
    below=$(root_of memory)/launcher-$NAME/below go=$BATS_TEST_TMPDIR/go
    mkfifo "$go"
    start_container --name $NAME -m 100m --report "$REPORT" -v "$go:/go" -- \
        /bin/sh -c 'read -r go </go; busybox dd if=/dev/zero of=/dev/null bs=40M count=1 2>/dev/null; exit 3'
    mkdir "$below"
    echo $((20 * 1024 * 1024)) >"$below/memory.limit_in_bytes"
    echo "$PAYLOAD" >"$below/cgroup.procs"
    echo go >"$go"
    wait "$CONTAINER" || is $? 3
    CONTAINER=
    is "$(number "$REPORT" code) $(number "$REPORT" memory.oom_kills)" "3 1"
    [ ! -e "$below" ]
}

@test "without an init, the payload's death by the limit is told as well" {
    run -137 in_container --name $NAME --no-init -m 50m -- "${hog[@]}" bs=100M
    like "$output" 'launcher: the payload was killed by the memory limit \(50 MiB; peak 50 MiB, oom_kill 1\)'
}

@test "--quiet leaves the line out, --log-format json makes it JSON" {
    run -137 in_container --name $NAME --quiet -m 50m -- "${hog[@]}" bs=100M
    is "$output" ""
    run -137 in_container --name $NAME --log-format json -m 50m -- "${hog[@]}" bs=100M
    is "$output" '{"level":"notice","msg":"the payload was killed by the memory limit (50 MiB; peak 50 MiB, oom_kill 1)"}'
}

@test "--memory-swap counts memory and swap together, --memory-reservation is the low mark" {
    start_container --name $NAME -m 50m --memory-swap 80m --memory-reservation 20m -- /bin/sleep 1000
    case $(layout) in
    v2)
        is "$(in_cgroups memory.swap.max launcher-$NAME)" $((30 * 1024 * 1024))
        is "$(in_cgroups memory.low launcher-$NAME)" $((20 * 1024 * 1024))
        ;;
    *)
        is "$(in_cgroups memory.memsw.limit_in_bytes launcher-$NAME)" $((80 * 1024 * 1024))
        is "$(in_cgroups memory.soft_limit_in_bytes launcher-$NAME)" $((20 * 1024 * 1024))
        ;;
    esac
}

# What only v2 has: there it is set; elsewhere the error names it, and --best-effort goes on.
@test "--memory-high, --memory-min and --oom-group: set, or refused by name, or a warning" {
    local option file value
    local try=(in_container --name "$NAME" -m 90m)
    for option in "--memory-high=50m memory.high 52428800" "--memory-min=1m memory.min 1048576" \
        "--oom-group memory.oom.group 1"; do
        read -r option file value <<<"$option"
        if [ "$(layout)" = v2 ]; then
            start_container --name $NAME -m 90m "$option" -- /bin/sleep 1000
            is "$(in_cgroups "$file" launcher-$NAME)" "$value"
            end_container
            continue
        fi
        run -125 "${try[@]}" "$option" -- /bin/echo ran
        like "$output" "limit $file: this host has the controller \"memory\" in cgroup version 1"
        like "$output" "hint: --best-effort goes on without it"
        run -0 "${try[@]}" "$option" --best-effort -- /bin/echo ran
        like "$output" "launcher: warning: limit $file: "
        like "${lines[-1]}" '^ran$'
    done
}

# ---- cpu

# used_by NAME: the microseconds of CPU that a container's cgroup has had
used_by()
{
    case $(layout) in
    v1) echo $(($(in_cgroups cpuacct.usage "launcher-$1") / 1000)) ;;
    *) in_cgroups cpu.stat "launcher-$1" | awk '$1 == "usage_usec" { print $2 }' ;;
    esac
}

has_used()
{
    [ "$(used_by "$1")" -gt "$2" ]
}

@test "--cpus 0.5 gives 0.45 to 0.55 of a CPU over 5 s, and the report tells of the throttling" {
    local began used share
    # the weight: on a busy machine it shall get what it may have
    start_container --name $NAME --cpus 0.5 --cpu-weight 10000 --report "$REPORT" -- /bin/sh -c 'while :; do :; done'
    wait_until 30 has_used $NAME 200000
    used=$(used_by $NAME) began=$EPOCHREALTIME
    sleep 5
    share=$(awk -v used=$(($(used_by $NAME) - used)) -v began="$began" -v now="$EPOCHREALTIME" \
        'BEGIN { print used / (now - began) / 1000000 }')
    end_container
    echo "$share of a CPU"
    between "$share" 0.45 0.55
    [ "$(number "$REPORT" cpu.throttled_periods)" -gt 20 ]
    [ "$(number "$REPORT" cpu.throttled_us)" -gt 1000000 ]
    [ "$(number "$REPORT" cpu.usage_us)" -gt 2000000 ]
}

@test "weights 200 to 100 on one CPU give 1.8 to 2.2 to 1" {
    local spin='while :; do :; done' one two ratio
    local common=(--rootfs "$ROOTFS" --cpuset 0)
    "$LAUNCHER" --name $NAME-one "${common[@]}" --cpu-weight 200 --report /dev/null -- /bin/sh -c "$spin" 3>&- &
    one=$!
    "$LAUNCHER" --name $NAME-two "${common[@]}" --cpu-weight 100 --report /dev/null -- /bin/sh -c "$spin" 3>&- &
    two=$!
    wait_until 30 has_used $NAME-one 200000
    wait_until 30 has_used $NAME-two 200000
    local before after
    before="$(used_by $NAME-one) $(used_by $NAME-two)"
    sleep 5
    after="$(used_by $NAME-one) $(used_by $NAME-two)"
    kill -TERM "$one" "$two"
    wait "$one" "$two" || true
    ratio=$(awk '{ print ($3 - $1) / ($4 - $2) }' <<<"$before $after")
    echo "$ratio : 1"
    between "$ratio" 1.8 2.2
}

@test "--cpu-shares, --cpu-burst, --cpu-idle and --cpuset are what the kernel holds" {
    run -0 in_container --name $NAME --cpuset 0 --cpuset-mems 0 -- /bin/grep _allowed_list /proc/self/status
    is "$(cut -f 2 <<<"$output" | tr '\n' ' ')" "0 0 "
    start_container --name $NAME --cpus 0.5 --cpu-burst 0.2 --cpu-shares 2048 -- /bin/sleep 1000
    is "$(in_cgroups "$(by_layout cpu.max.burst cpu.cfs_burst_us)" launcher-$NAME)" 20000
    is "$(in_cgroups "$(by_layout cpu.weight cpu.shares)" launcher-$NAME)" "$(by_layout 174 2048)"
    end_container
    start_container --name $NAME --cpu-idle -- /bin/sleep 1000
    is "$(in_cgroups cpu.idle launcher-$NAME)" 1
}

@test "--cpuset with a CPU that there is not: the error says so" {
    run -125 in_container --name $NAME --cpuset 4000 -- /bin/true
    like "$output" 'cpuset.cpus: '
    like "$output" 'hint: this machine has no such CPU or node'
}

@test "--cpu-time ends a process that has used that much, and tells" {
    run -152 in_container --name $NAME --cpu-time 1s --report "$REPORT" -- /bin/sh -c 'while :; do :; done'
    like "$output" 'launcher: the payload was killed by the CPU time limit \(1 s\)'
    is "$(number "$REPORT" cause)" cpu-time-limit
    run -0 in_container --name $NAME --cpu-time 1s -- /bin/sleep 2
    is "$output" ""
}

# ---- pids

@test "a fork bomb under --pids 32 is held, the host stays usable, and the report counts" {
    # shellcheck disable=SC2016 # the payload's own
    start_container --name $NAME --pids 32 --report "$REPORT" -- \
        busybox awk 'BEGIN { for (;;) system("sleep 1000 &") }'
    refused() { [ "$(in_cgroups pids.events launcher-$NAME | awk '$1 == "max" { print $2 }')" -gt 50 ]; }
    wait_until 60 refused
    for _ in 1 2 3 4 5; do
        [ "$(in_cgroups pids.current launcher-$NAME)" -le 32 ]
        timeout 20 /bin/true
    done
    end_container
    [ "$(number "$REPORT" pids.refused)" -gt 50 ]
    is "$(number "$REPORT" pids.limit)" 32
    [ "$(number "$REPORT" pids.peak)" -le 32 ]
}

# ---- io

@test "--io DEV:rbps=1m lets 0.9 to 1.1 MiB a second pass, of a real disk, with direct io" {
    loop_disk 64M
    run -0 in_container --name $NAME --device "$DISK:/dev/disk" --io "$DISK:rbps=1m" --report "$REPORT" -- \
        busybox time -f 'took %e' busybox dd if=/dev/disk of=/dev/null bs=64k count=80 iflag=direct
    local rate
    rate=$(awk '/took/ { print 5 / $2 }' <<<"$output")
    echo "$rate MiB/s"
    between "$rate" 0.9 1.1
    # dd itself may have had to be read from the disk, too
    between "$(number "$REPORT" io.read_bytes)" $((5 * 1024 * 1024)) $((8 * 1024 * 1024))
}

@test "--io by MAJ:MIN, several keys, --io-weight: what the kernel holds" {
    loop_disk 1M
    local numbers
    numbers=$(lsblk --noheadings --nodeps --output MAJ:MIN "$DISK" | tr -d ' ')
    start_container --name $NAME --io "$numbers:wbps=2m,riops=10,wiops=20" -- /bin/sleep 1000
    if [ "$(layout)" = v2 ]; then
        is "$(in_cgroups io.max launcher-$NAME)" "$numbers rbps=max wbps=2097152 riops=10 wiops=20"
    else
        is "$(in_cgroups blkio.throttle.write_bps_device launcher-$NAME)" "$numbers 2097152"
        is "$(in_cgroups blkio.throttle.read_iops_device launcher-$NAME)" "$numbers 10"
        is "$(in_cgroups blkio.throttle.write_iops_device launcher-$NAME)" "$numbers 20"
    fi
    end_container
    start_container --name $NAME --io-weight 50 -- /bin/sleep 1000
    is "$(in_cgroups "$(by_layout io.weight blkio.bfq.weight)" launcher-$NAME | tail -n 1)" \
        "$(by_layout 'default 50' 50)"
}

@test "--io: a file means the disk that it lies on; what is no disk is refused" {
    loop_disk 1M
    local of_file
    of_file=$(stat --format %Hd:%Ld "$DISK_FILE")
    if [ "${of_file%%:*}" -ne 0 ]; then
        run -0 "$LAUNCHER" plan --rootfs "$ROOTFS" --io "$DISK_FILE:rbps=1m" -- /bin/true
        like "$output" "io +$of_file rbps 1048576"
    fi
    run -125 "$LAUNCHER" plan --rootfs "$ROOTFS" --io /proc/version:rbps=1m -- /bin/true
    like "$output" 'option --io: /proc/version is on no block device of its own'
    run -125 "$LAUNCHER" plan --rootfs "$ROOTFS" --io /dev/null:rbps=1m -- /bin/true
    like "$output" 'option --io: /dev/null is no block device'
    run -125 in_container --name $NAME --io 4000:1:rbps=1m -- /bin/true
    like "$output" 'No such device'
    like "$output" 'hint: this machine has no such disk'
}

# ---- the rest

@test "--hugetlb is what the kernel holds, or named where there is no such controller" {
    if ! grep -qw hugetlb /sys/fs/cgroup{,/unified}/cgroup.controllers && [ ! -d "$(root_of hugetlb)" ]; then
        run -125 in_container --name $NAME --hugetlb 2MB=4m -- /bin/true
        like "$output" 'find the cgroup controller "hugetlb" on this host'
        return
    fi
    start_container --name $NAME --hugetlb 2MB=4m -- /bin/sleep 1000
    is "$(in_cgroups hugetlb.2MB.max launcher-$NAME)$(in_cgroups hugetlb.2MB.limit_in_bytes launcher-$NAME)" 4194304
    end_container
    run -125 in_container --name $NAME --hugetlb 64m=64m -- /bin/true
    like "$output" 'hugetlb.64MB'
    like "$output" 'hint: the controller "hugetlb" of this kernel has no such file'
}

# No host has an RDMA device or a resource of misc for certain: either way the error has a reason.
@test "--rdma and --misc: what this host lacks is named" {
    run -125 in_container --name $NAME --rdma bats0:handles=2 -- /bin/true
    like "$output" '(find the cgroup controller "rdma"|rdma.max: No such device)'
    like "$output" '^hint: |
hint: '
    run -125 in_container --name $NAME --misc bats=2 -- /bin/true
    like "$output" '(find the cgroup controller "misc"|misc.max: Invalid argument)'
    like "$output" 'hint: '
}

@test "--cgroup-set writes any other file; keys that are none are refused" {
    local key value
    key=$(by_layout memory.swap.high memory.swappiness)
    value=$(by_layout 4096 17)
    start_container --name $NAME --cgroup-set "$key=$value" --cgroup-set pids.max=7 -- /bin/sleep 1000
    is "$(in_cgroups "$key" launcher-$NAME)" "$value"
    is "$(in_cgroups pids.max launcher-$NAME)" 7
    end_container
    run -125 in_container --name $NAME --cgroup-set memory.nosuch=1 -- /bin/echo ran
    like "$output" 'memory.nosuch: No such file or directory'
    like "$output" 'hint: the controller "memory" of this kernel has no such file'
    run -125 in_container --name $NAME --cgroup-set nosuch.max=1 -- /bin/echo ran
    like "$output" 'there is no cgroup controller "nosuch"'
    for key in $'memory.high\nx=1' memory/high=1 ../pids.max=1 cgroup.procs=1 cgroup.kill=1 tasks=1 devices.allow=a; do
        run -125 in_container --name $NAME --cgroup-set "$key" -- /bin/echo ran
        like "$output" '^launcher: option --cgroup-set: '
    done
    run -125 in_container --name $NAME --cgroup-set $'pids.max=1\n2' -- /bin/echo ran
    like "$output" 'control characters'
}

# plan makes nothing, so it is launcher that refuses, and not the kernel.
@test "numbers that are none, and limits that contradict each other, are refused" {
    local bad
    for bad in "--pids 0" "--memory-swap 10m" "-m 20m --memory-swap 10m" "--cpu-weight 0" "--cpu-weight 10001" \
        "--cpu-shares 1" "--cpu-burst 1" "--cpus 0.5 --cpu-burst 0.6" "--cpu-idle --cpu-weight 5" "--io-weight 0" \
        "--io /dev/null" "--io 1:1:rbps=0" "--cpuset 3-1" "--cpuset x" "--cpu-time 0" "--cpu-time 1d" \
        "--hugetlb 3m=1m" "--cgroup a --cgroup-parent b" "--memory-high x" "--ns -cgroup --cgroup-delegate"; do
        # shellcheck disable=SC2086 # several words
        run -125 "$LAUNCHER" plan --rootfs "$ROOTFS" $bad -- /bin/echo ran
        like "$output" '^launcher: '
    done
    for bad in / ../x; do
        run -125 in_container --name $NAME --cgroup $bad -- /bin/echo ran
        like "$output" '^launcher: .*(the root of the hierarchies|can.t be the path of a cgroup)'
    done
}
