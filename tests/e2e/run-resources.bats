#!/usr/bin/env bats
# Rows R2 and R15: limits, of the cgroup and of the process, read where the kernel keeps them.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/container

NAME=bats-resources

teardown()
{
    end_container
}

# The directory of the payload's cgroup, as the kernel tells: of version 1 when that has the
# controller, else of version 2.
cgroup_of_payload()
{
    local path mount
    path=$(awk -F: -v name="$1" '{ n = split($2, c, ","); for (i = 1; i <= n; i++)
        if (c[i] == name) print $3 }' "/proc/$PAYLOAD/cgroup")
    if [ -n "$path" ]; then
        mount=$(awk -v name="$1" '$3 == "cgroup" && ("," $4 ",") ~ ("," name ",") { print $2; exit }' /proc/mounts)
    else
        path=$(sed -n 's/^0:://p' "/proc/$PAYLOAD/cgroup")
        mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
    fi
    printf '%s%s\n' "$mount" "$path"
}

# limit CONTROLLER V1-FILE V2-FILE: what the kernel holds, of a cgroup that is the container's own.
limit()
{
    local cgroup
    cgroup=$(cgroup_of_payload "$1")
    like "${cgroup##*/}" "^launcher-$NAME\$" || return
    cat "$cgroup/$2" 2>/dev/null || cat "$cgroup/$3"
}

cgroups_left()
{
    find /sys/fs/cgroup -type d -name "*$NAME*"
}

@test "-m 100m -cpu 0.5 are the limits of the container's cgroup while it runs" {
    start_container --name $NAME -m 100m -cpu 0.5 -- /bin/sleep 1000
    is "$(limit memory memory.limit_in_bytes memory.max)" $((100 * 1024 * 1024))
    is "$(limit cpu cpu.cfs_quota_us cpu.max | tr ' ' '\n' | head -n 1)" 50000
    is "$(limit cpu cpu.cfs_period_us cpu.max | tr ' ' '\n' | tail -n 1)" 100000
    # cinit is limited with it, launcher is not
    is "$(cat "/proc/$INIT/cgroup")" "$(cat "/proc/$PAYLOAD/cgroup")"
    run ! grep -q "$NAME" "/proc/$CONTAINER/cgroup"
    end_container
    is "$(cgroups_left)" ""
}

@test "-m bounds swap as well" {
    start_container --name $NAME --memory 64m -- /bin/sleep 1000
    local cgroup
    cgroup=$(cgroup_of_payload memory)
    if [ -e "$cgroup/memory.memsw.limit_in_bytes" ]; then
        is "$(cat "$cgroup/memory.memsw.limit_in_bytes")" $((64 * 1024 * 1024))
    elif [ -e "$cgroup/memory.swap.max" ]; then
        is "$(cat "$cgroup/memory.swap.max")" 0
    else
        # A kernel that does not account for swap: then there must be none to flee to.
        is "$(awk '/^SwapTotal/ { print $2 }' /proc/meminfo)" 0
    fi
}

# One buffer of 200 MiB, filled.
hog=(busybox dd if=/dev/zero of=/dev/null bs=200M count=1)

@test "200 MiB under -m 100m end with 137, under -m 300m and without a limit with 0" {
    run -137 in_container --name $NAME -m 100m -- "${hog[@]}"
    run -0 in_container --name $NAME -m 300m -- "${hog[@]}"
    run -0 in_container --name $NAME -- "${hog[@]}"
    is "$(cgroups_left)" ""
}

@test "--cpus throttles a busy loop" {
    start_container --name $NAME --cpus 0.1 -- /bin/sh -c 'while :; do :; done'
    throttled() { [ "$(limit cpu cpu.stat cpu.stat | awk '/^nr_throttled/ { print $2 }')" -gt 2 ]; }
    wait_until 30 throttled
}

@test "--pids: the fork that is one too many fails" {
    start_container --name $NAME --pids 7 -- /bin/sleep 1000
    is "$(limit pids pids.max pids.max)" 7
    end_container
    # cinit, sh and five more are seven
    run in_container --pids 7 -- /bin/sh -c 'for i in 1 2 3 4 5; do sleep 100 & done; echo five
        (sleep 100) & echo six'
    is "$output" "five
/bin/sh: can't fork: Resource temporarily unavailable"
}

@test "without a limit no cgroup is made" {
    start_container --name $NAME -- /bin/sleep 1000
    is "$(cgroups_left)" ""
    is "$(cat "/proc/$PAYLOAD/cgroup")" "$(cat "/proc/$CONTAINER/cgroup")"
}

@test "inside, the cgroup is the root of its namespace" {
    run -0 in_container --name $NAME -m 100m --pids 10 -- /bin/cat /proc/self/cgroup
    like "$output" ':/'
    run ! grep -v ':/$' <<<"$output"
}

@test "sizes and counts are checked, and nothing is made for a bad one" {
    local option
    for option in "-m 1x" "-m -2" "-m 0" "-m 99999999999999999999" "-m 1.5" "--cpus 0" "--cpus -1" \
        "--cpus x" "--cpus 1e3" "--pids 0" "--pids -5" "--pids 1k"; do
        # shellcheck disable=SC2086 # two words
        run -125 in_container --name $NAME $option -- /bin/echo ran
        like "$output" '^launcher: '
        run ! grep -q ran <<<"$output"
    done
    is "$(cgroups_left)" ""
}

# ---- limits of the process

proc_limit()
{
    sed -n "s/^$1  *//p" | tr -s ' '
}

@test "--rlimit sets soft and hard limit of the payload, and of nobody else" {
    start_container --rlimit nofile=100:200 --rlimit core=0 --ulimit cpu=unlimited -- /bin/sleep 1000
    is "$(proc_limit 'Max open files' <"/proc/$PAYLOAD/limits")" "100 200 files "
    is "$(proc_limit 'Max core file size' <"/proc/$PAYLOAD/limits")" "0 0 bytes "
    is "$(proc_limit 'Max open files' <"/proc/$CONTAINER/limits")" \
        "$(proc_limit 'Max open files' </proc/self/limits)"
    is "$(proc_limit 'Max open files' <"/proc/$INIT/limits")" \
        "$(proc_limit 'Max open files' </proc/self/limits)"
}

@test "without --rlimit the limits are the caller's" {
    run -0 in_container -- /bin/cat /proc/self/limits
    is "$output" "$(cat /proc/self/limits)"
}

@test "--oom-score-adj" {
    local own
    own=$(cat /proc/self/oom_score_adj)
    start_container --oom-score-adj 500 -- /bin/sleep 1000
    is "$(cat "/proc/$PAYLOAD/oom_score_adj")" 500
    is "$(cat "/proc/$CONTAINER/oom_score_adj")" "$own"
}

@test "--sched and --nice" {
    local policy
    for policy in other:SCHED_OTHER batch:SCHED_BATCH idle:SCHED_IDLE fifo:7:SCHED_FIFO rr:3:SCHED_RR \
        deadline:1000000:10000000:20000000:SCHED_DEADLINE; do
        start_container --sched "${policy%:*}" -- /bin/sleep 1000
        like "$(chrt --pid "$PAYLOAD")" "policy: ${policy##*:}"$'\n'
        case $policy in
        fifo* | rr*) like "$(chrt --pid "$PAYLOAD")" "priority: $(cut -d: -f2 <<<"$policy")\$" ;;
        deadline*) like "$(chrt --pid "$PAYLOAD")" '1000000/10000000/20000000' ;;
        esac
        end_container
    done
    start_container --sched batch --nice 5 -- /bin/sleep 1000
    is "$(ps -o ni= -p "$PAYLOAD" | tr -d ' ')" 5
    is "$(ps -o ni= -p "$CONTAINER" | tr -d ' ')" "$(ps -o ni= -p $$ | tr -d ' ')"
}

@test "--ioprio" {
    start_container --ioprio best-effort:6 -- /bin/sleep 1000
    is "$(ionice -p "$PAYLOAD")" "best-effort: prio 6"
    end_container
    start_container --ioprio idle -- /bin/sleep 1000
    is "$(ionice -p "$PAYLOAD")" idle
}

@test "--cpu-affinity" {
    run -0 in_container --cpu-affinity 0 -- /bin/grep Cpus_allowed_list /proc/self/status
    is "$(cut -f 2 <<<"$output")" 0
    run -0 in_container -- /bin/grep Cpus_allowed_list /proc/self/status
    is "$output" "$(grep Cpus_allowed_list /proc/self/status)"
}

@test "--personality" {
    run -0 in_container --personality linux32,addr-no-randomize -- /bin/sh -c \
        'cat /proc/self/personality; uname -m'
    is "$output" "00040008
i686"
    run -0 in_container -- /bin/cat /proc/self/personality
    is "$output" 00000000
}

@test "--umask, and 022 or the caller's otherwise" {
    run -0 in_container --umask 027 -- /bin/sh -c 'umask'
    is "$output" 0027
    (umask 077 && in_container -- /bin/sh -c 'umask' >"$BATS_TEST_TMPDIR/umask")
    is "$(cat "$BATS_TEST_TMPDIR/umask")" 0022
    run -125 in_container --umask 999 -- /bin/true
}
