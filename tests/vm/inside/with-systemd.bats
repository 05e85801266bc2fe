#!/usr/bin/env bats
# tests/lib/with-systemd, which the tests of systemd's cgroups rely on.

bats_require_minimum_version 1.5.0
load ../../lib/launcher

setup_file() {
    [ "${VMTEST-}" = 1 ]
    export TOP
}

with_systemd() { timeout 100 "$TOP/tests/lib/with-systemd" "$@"; }

teardown() {
    is "$(find /sys/fs/cgroup /tmp -maxdepth 1 -name 'with-systemd.*')" ''
    is "$(pgrep --exact --count systemd)" 0
}

@test "with-systemd: what the command gets, writes and ends with" {
    cd /usr
    VARIABLE='a "b"' run --separate-stderr -7 with_systemd sh -c \
        'cat /proc/1/comm; echo "$PWD $VARIABLE $#"; echo error >&2; cat; exit 7' - 'an argument'
    is "$output" $'systemd\n/usr a "b" 1'
    # shellcheck disable=SC2154 # run sets it
    is "$stderr" error
    run -0 with_systemd true
    run -137 with_systemd sh -c 'kill -KILL $$'
}

@test "with-systemd: none of the machine's units, and what is set survives a reload" {
    # shellcheck disable=SC2016 # the inner shell's
    run -0 with_systemd bash -ec '
        systemctl list-units --plain --no-legend --type service,socket,scope,timer | cut -d " " -f 1
        systemd-run --quiet --slice=my.slice --unit=limited --property=MemoryMax=64M sleep 1000
        systemctl set-property --runtime limited.service TasksMax=9
        systemctl daemon-reload
        cd /sys/fs/cgroup/my.slice/limited.service
        cat memory.max pids.max'
    is "$output" $'init.scope\njob.service\n67108864\n9'
}

@test "with-systemd --bus --user: a bus, and an ordinary user's manager" {
    # shellcheck disable=SC2016 # the inner shell's
    run -5 with_systemd --bus --user bash -c '
        . "$TOP/tests/lib/systemd.bash"
        busctl --no-legend status org.freedesktop.systemd1 | grep ^PID=
        as_user sh -c "id -u; sed s/run-.*/run/ /proc/self/cgroup; busctl --user list --no-legend | grep -c ^org.freedesktop.systemd1; exit 6"
        echo $?
        exit 5'
    is "$output" $'PID=1\n29999\n0::/user.slice/user-29999.slice/user@29999.service/app.slice/run\n1\n6'
}

@test "with-systemd: nothing is left when it is told to end" {
    local status=0
    "$TOP/tests/lib/with-systemd" sh -c "touch '$BATS_TEST_TMPDIR/runs'; exec sleep 1000" 3>&- &
    wait_until 60 test -e "$BATS_TEST_TMPDIR/runs"
    kill $!
    wait $! || status=$?
    is $status 143
}

@test "with-systemd: it refuses where cgroup v2 is not alone" {
    # shellcheck disable=SC2016 # the inner shell's
    run -125 unshare --mount sh -c 'mount -t tmpfs none /sys/fs/cgroup && exec "$0" true' "$TOP/tests/lib/with-systemd"
    is "$output" 'with-systemd: this needs cgroup v2 alone, in /sys/fs/cgroup'
}
