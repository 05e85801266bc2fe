#!/usr/bin/env bats
# Judges the run that it ends: nothing is left behind on the host.

@test "mounts, links, cgroups, namespaces, state and processes are as before the run" {
    [ -n "${TEST_RECORDS-}" ] || skip "there is no run to judge: use tests/run"
    local before=$TEST_RECORDS/host-before after=$TEST_RECORDS/host-after
    # The kernel tears namespaces and cgroups down after the last process is gone, in its own time.
    for _ in {1..50}; do
        "$BATS_TEST_DIRNAME/../host-snapshot" >"$after"
        cmp --quiet <(sort "$before") <(sort "$after") && return 0
        sleep 0.2
    done
    diff <(sort "$before") <(sort "$after")
}
