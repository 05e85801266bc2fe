#!/usr/bin/env bats
# linux.resources.network: net_cls and net_prio, which only cgroup v1 has. tests/vm/v2 runs this in the
# guest, since to mount a hierarchy is to take it for the whole machine.

bats_require_minimum_version 1.5.0
load ../../lib/launcher
load ../../lib/bundle
load ../../lib/oci

HIERARCHIES=/run/network-class

setup_file() {
    [ "${VMTEST-}" = 1 ]
    local name
    for name in net_cls net_prio; do
        mkdir -p $HIERARCHIES/$name
        mount -t cgroup -o $name $name $HIERARCHIES/$name
    done
}

teardown_file() {
    umount $HIERARCHIES/net_cls $HIERARCHIES/net_prio || true
}

@test "a class and priorities, in the container's cgroups of version 1" {
    bundle '.linux.cgroupsPath = "/network-class-test" | .linux.resources.network = {classID: 1048577, priorities: [{name: "lo", priority: 7}]}' sleep 1000
    create "$BOX"
    is "$(cat $HIERARCHIES/net_cls/network-class-test/net_cls.classid)" 1048577
    like "$(cat $HIERARCHIES/net_prio/network-class-test/net_prio.ifpriomap)" '(^|.)lo 7'
    pid=$(field "$BOX" .pid)
    is "$(cat $HIERARCHIES/net_cls/network-class-test/cgroup.procs $HIERARCHIES/net_prio/network-class-test/cgroup.procs | tr '\n' ' ')" "$pid $pid "
    oci delete --force "$BOX"
    [ ! -e $HIERARCHIES/net_cls/network-class-test ]
    [ ! -e $HIERARCHIES/net_prio/network-class-test ]
}

@test "an interface that launcher's network has not got" {
    refused '.linux.resources.network.priorities = [{name: "no-such0", priority: 7}]' \
        'write no-such0 7 to .*/net_prio.ifpriomap: No such device'
    like "$output" 'hint: launcher.s own network has no interface of that name'
}

@test "without a hierarchy the controller is named" {
    umount $HIERARCHIES/net_cls
    bundle '.linux.resources.network.classID = 1048577' sh -c 'echo started'
    run -125 "$LAUNCHER" run --bundle "$BUNDLE"
    mount -t cgroup -o net_cls net_cls $HIERARCHIES/net_cls
    like "$output" 'find the cgroup controller "net_cls" on this host: No such file'
}
