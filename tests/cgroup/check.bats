#!/usr/bin/env bats
# launcher check and the layout of cgroups, on each of them: where every controller is, and whether
# this user can make a cgroup there. tests/e2e/check.bats has the rest of it.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/container
load ../lib/cgroup

TREE=bats-check

teardown()
{
    "$LAUNCHER" cgroup rm --kill $TREE 2>/dev/null || true # most tests have none left
    rm -rf /run/bats-check
    is "$(cgroups_named "launcher-check-*")" ""
}

# check [COMMAND...]: launcher check --json, started by that command; the report is in $REPORT.
check()
{
    REPORT=$BATS_TEST_TMPDIR/report
    "$@" "$LAUNCHER" check --json >"$REPORT"
    is "$(jq -r '.checks[] | select(.status != "PASS" and (.cure // "") == "") | .check' "$REPORT")" ""
}

# said NAME: "STATUS FOUND; CURE" of a check of cgroups.
said()
{
    jq -r --arg name "$1" '.checks[] | select(.section == "Cgroups" and .check == $name) |
        "\(.status) \(.found); \(.cure // "")"' "$REPORT"
}

# The hierarchy of a controller, "" for none: devices and cpuacct are in every cgroup of version 2.
place_of()
{
    local root
    root=$(root_of "$1")
    case $root in
        "") ;;
        "$(unified_root)")
            if [[ $1 == devices || $1 == cpuacct ]] || grep -qw "$1" "$root/cgroup.controllers"; then
                echo "$root"
            fi ;;
        *) echo "$root" ;;
    esac
}

version_of()
{
    if [ "$1" = "$(unified_root)" ]; then echo 2; else echo 1; fi
}

CONTROLLERS="memory cpu cpuset cpuacct pids io devices hugetlb rdma misc"

# as_user COMMAND...: a user without any privilege; as_user_in CGROUP COMMAND...: in that cgroup.
as_user()
{
    install -d -o 65534 -g 65534 -m 700 /run/bats-check
    setpriv --reuid 65534 --regid 65534 --clear-groups env XDG_RUNTIME_DIR=/run/bats-check "$@"
}

as_user_in()
{
    local path=$1
    shift
    (
        "$LAUNCHER" cgroup attach "$path" "$BASHPID"
        as_user "$@"
    )
}

# view SCRIPT COMMAND...: in a mount namespace that the script prepared.
view()
{
    local script=$1
    shift
    unshare --mount --propagation private sh -c "set -e; $script; exec \"\$@\"" - "$@"
}

@test "check: the layout and the place of each controller, as the mount table has them" {
    check env
    local name root unified
    unified=$(unified_root)
    case $(layout) in
        v1) is "$(said layout)" "PASS version 1 only; " ;;
        v2) is "$(said layout)" "PASS version 2 only, version 2 at $unified; " ;;
        hybrid) is "$(said layout)" "PASS hybrid, version 2 at $unified; " ;;
    esac
    for name in $CONTROLLERS; do
        root=$(place_of "$name")
        if [ -n "$root" ]; then
            is "$(said "$name")" "PASS version $(version_of "$root") at $root, writable; "
        else
            like "$(said "$name")" "^WARN neither version 2 nor version 1 has it here; "
        fi
    done
}

@test "check: kill, freeze and the device program need version 2" {
    check env
    local name
    for name in kill freeze "device program"; do
        if [ "$(layout)" = v1 ]; then
            like "$(said "$name")" "^WARN cgroup version 2 is not mounted; mount -t cgroup2"
        else
            like "$(said "$name")" "^PASS "
        fi
    done
}

@test "check: an ordinary user is told of each controller that it takes a delegation" {
    check as_user
    local name
    for name in $CONTROLLERS; do
        [ -n "$(place_of "$name")" ] || continue
        like "$(said "$name")" "^WARN version [12]: making a cgroup in $(place_of "$name")[^:]*: Permission denied; .*launcher cgroup delegate"
    done
}

@test "check: in a cgroup that was handed over, the user is told that it is writable" {
    "$LAUNCHER" cgroup create $TREE/inner
    "$LAUNCHER" cgroup delegate $TREE 65534
    "$LAUNCHER" cgroup delegate $TREE/inner 65534
    check as_user_in $TREE/inner
    local name
    for name in memory cpu pids; do
        like "$(said $name)" "^PASS version [12] at $(place_of $name)/$TREE[^,]*, writable; "
    done
}

@test "check: a read-only cgroup file system is a warning" {
    # shellcheck disable=SC2016 # the inner shell's
    check view '
        for at in $(awk "\$3 ~ /^cgroup2?\$/ { print \$2 }" /proc/mounts); do
            mount -o remount,bind,ro "$at"
        done'
    local name
    for name in memory cpu pids; do
        like "$(said $name)" "^WARN version [12]: making a cgroup in .*: Read-only file system; mount -o remount,rw "
    done
    is "$(jq .summary.canRun "$REPORT")" true
}

@test "check: no cgroup file system at all is a warning, too" {
    check view 'umount --recursive --lazy /sys/fs/cgroup'
    is "$(said layout)" "WARN no cgroup file system is mounted; mount -t cgroup2 cgroup2 /sys/fs/cgroup"
    like "$(said memory)" "^WARN neither version 2 nor version 1 has it here; "
    like "$(said kill)" "^WARN cgroup version 2 is not mounted; "
    is "$(jq .summary.canRun "$REPORT")" true
}

@test "check: no controller is switched on, and no cgroup stays" {
    local before after
    controllers() { find /sys/fs/cgroup -maxdepth 2 -name cgroup.subtree_control -exec cat {} +; }
    before=$(controllers)
    check env
    check as_user
    after=$(controllers)
    is "$after" "$before"
}

@test "check: without CAP_BPF and CAP_SYS_ADMIN the device program is a warning" {
    check unshare --user --map-root-user
    like "$(said "device program")" "^WARN (.*Operation not permitted|cgroup version 2 is not mounted); "
}
