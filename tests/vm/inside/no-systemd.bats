#!/usr/bin/env bats
# launcher --systemd-cgroup on a host with cgroup v2 where systemd does not run, or is not itself: an
# error, and nothing is left. Where it does run: tests/vm/systemd.

bats_require_minimum_version 1.5.0
load ../../lib/launcher
load ../../lib/bundle
load ../../lib/oci

SOCKET=/run/systemd/private

oci() {
    "$LAUNCHER" --root "$ROOT" --systemd-cgroup "$@"
}

# with_fake SCENARIO PATTERN: what create says then
with_fake() {
    coproc FAKE { exec "$BATS_TEST_DIRNAME/../../lib/fake-systemd" "$SOCKET" "$1" "$BATS_TEST_TMPDIR/calls" 3>&-; }
    # shellcheck disable=SC2153 # coproc sets it
    local fake=$FAKE_PID status=0
    read -r _ <&"${FAKE[0]}"
    cant_create 125 "$2" || status=$?
    kill "$fake"
    wait "$fake" || true
    rm -f "$SOCKET"
    return $status
}

setup_file() {
    [ "${VMTEST-}" = 1 ] # it makes a socket in /run
}

@test "no systemd: the error names the socket, and the way without" {
    bundle . sleep 1000
    cant_create 125 "reaching systemd at /run/systemd/private: No such file or directory
hint: where systemd does not run, cgroups are managed without it"
    bundle '.linux.namespaces |= map(select(.type != "cgroup"))' sleep 1000
    cant_create 125 "reaching systemd at /run/systemd/private: No such file or directory"
}

@test "a systemd that rejects us, or talks nonsense" {
    bundle . sleep 1000
    with_fake rejects 'being recognised by systemd: Permission denied'
    with_fake babbles 'hearing systemd: Protocol error'
    with_fake hangs-up 'hearing systemd: Connection reset by peer'
    with_fake garbage 'hearing systemd: Protocol error'
    with_fake endless 'hearing systemd: Protocol error'
    with_fake other-order 'hearing systemd: Protocol error'
}

@test "a systemd that goes on about other things is left after half a minute" {
    bundle . sleep 1000
    with_fake chatters "start the scope launcher-$BOX.scope: waiting for systemd: Operation timed out"
}

@test "a systemd that makes no scope" {
    bundle . sleep 1000
    with_fake denies "start the scope launcher-$BOX.scope: systemd says: Permission denied by fake"
    with_fake job-fails "start the scope launcher-$BOX.scope: systemd says: its job ended with .failed."
    with_fake job-hangs-up "start the scope launcher-$BOX.scope: hearing systemd: Connection reset by peer"
    is "$(grep -c '^StopUnit' "$BATS_TEST_TMPDIR/calls")" 0 # it was never made
    with_fake has-it "start the scope launcher-$BOX.scope: systemd says: Unit x.scope already exists"
    is "$(sort "$BATS_TEST_TMPDIR/calls" | uniq -c | xargs)" "1 Get 1 ResetFailedUnit 1 StartTransientUnit"
    with_fake does-nothing "open the cgroup /sys/fs/cgroup/system.slice/launcher-$BOX.scope: No such file"
}
