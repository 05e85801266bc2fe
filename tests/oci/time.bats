#!/usr/bin/env bats
# Clocks of the container's own; time_namespaces(7).

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/bundle

uptime_of() { # FILE: whole seconds
    cut -d. -f1 "$1"
}

@test "timeOffsets: the payload reads the clocks that config.json says, under cinit and as PID 1" {
    offsets='.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 86400}, monotonic: {secs: 10, nanosecs: 5}}'
    for init in false true; do
        before=$(uptime_of /proc/uptime)
        inside=$(in_bundle "$offsets | .annotations[\"launcher.init\"] = \"$init\"" sh -c 'cut -d. -f1 /proc/uptime; cat /proc/self/timens_offsets')
        [ $(($(head -1 <<<"$inside") - before - 86400)) -le 5 ] && [ $(($(head -1 <<<"$inside") - before - 86400)) -ge 0 ]
        is "$(tail -n +2 <<<"$inside" | tr -s ' ')" "monotonic 10 5
boottime 86400 0"
    done
    bundle "$offsets" true
    like "$("$LAUNCHER" plan --bundle "$BUNDLE")" 'creating .*time namespaces'
}

@test "--boottime and --monotonic" {
    before=$(uptime_of /proc/uptime)
    inside=$(in_container --boottime +86400 --monotonic -1 -- cut -d. -f1 /proc/uptime)
    [ $((inside - before)) -ge 86400 ] && [ $((inside - before)) -le 86405 ]
    is "$(in_container --monotonic 10 -- cat /proc/self/timens_offsets | tr -s ' ')" "monotonic 10 0
boottime 0 0"
}

@test "in a user namespace" {
    before=$(uptime_of /proc/uptime)
    inside=$(in_bundle '.linux.namespaces += [{type: "time"}, {type: "user"}] | .linux.timeOffsets.boottime.secs = 1000 |
        .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings' cut -d. -f1 /proc/uptime)
    [ $((inside - before)) -ge 1000 ] && [ $((inside - before)) -le 1005 ]
}

@test "clocks that can't be" {
    refused '.linux.timeOffsets.boottime.secs = 1' 'time offsets need a new time namespace'
    refused '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets.realtime.secs = 1' 'the clock is neither monotonic nor boottime'
    refused '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets.boottime.secs = -9000000' \
        'setting the clocks in /proc/self/timens_offsets: '
    like "$output" 'hint: no clock may be set to before 0'
    run -125 in_container --boottime 1d -- true
    like "$output" 'option --boottime'
    run -125 in_container --ns -time --monotonic x -- true
}
