#!/usr/bin/env bats
# Rows R18 and R19: the plan, the live trace and the errors speak with one voice, and planning touches
# nothing.

# shellcheck disable=SC2154 # stderr is set by run --separate-stderr

bats_require_minimum_version 1.5.0
load ../lib/launcher

NAME=bats-trace

# The sentences of a plan, in order; arguments as for run.
planned()
{
    "$LAUNCHER" plan --json --name $NAME --rootfs "$ROOTFS" "$@" |
        jq --raw-output '.plan.host[], .plan.cinit[] | "[\(.tag)] \(.sentence)"'
}

# The same of the text.
printed()
{
    "$LAUNCHER" plan --name $NAME --rootfs "$ROOTFS" "$@" |
        sed -nE 's/^ *[0-9]+  (\[[a-z]+\]) +/\1 /p'
}

# What -v says while it happens, without what is no step but an observation.
traced()
{
    "$LAUNCHER" run --name $NAME --rootfs "$ROOTFS" "$@" 2>&1 >/dev/null |
        sed -E 's/^(\[[a-z]+\]) +\+ *[0-9]+ us  /\1 /' |
        grep -vE '^\[ns\] [a-z]+:\[[0-9]+\] on the host, |^\[exec\] the payload runs '
}

# same_everywhere OPTION...: plan, plan --json and -v agree about this command.
same_everywhere()
{
    local plan
    plan=$(planned -v "$@")
    [ "$(wc -l <<<"$plan")" -gt 20 ] || { echo "$plan" >&2; return 1; }
    is "$(printed -v "$@")" "$plan" && is "$(traced -v "$@")" "$plan"
}

# One of everything that has a step.
# shellcheck disable=SC2054 # the commas are the options'
everything=(--ns +user,+time --hostname h --domainname d --tmpfs /tmp --mount type=tmpfs,dst=/opt
    -v /etc:/mnt:ro --device /dev/zero:/dev/z --mask /home --readonly-path /srv --read-only
    --user user:users,daemon -e A=1 -w /tmp --umask 027 --cap-add net_admin --sysctl
    net.ipv4.ip_forward=1 --personality linux --rlimit nofile=100:200 --oom-score-adj 1000
    --sched batch --nice 3 --ioprio idle --cpu-affinity 0)

@test "plan, plan --json and -v say the same sentences in the same order" {
    same_everywhere -- /bin/true
}

@test "so they do with limits, and with one of everything" {
    same_everywhere -m 100m --cpus 0.5 --pids 10 -- /bin/true
    same_everywhere "${everything[@]}" -- /bin/sh -c 'exit 0' with words
}

@test "so they do with a terminal, chroot, the host's network and no init" {
    same_everywhere --tty --no-init --quiet --verbose --net host -- /bin/true
    is "$(traced -q --root-mode chroot -v -- /bin/true | grep -v '^launcher: warning\|^hint')" \
        "$(planned -v --root-mode chroot -- /bin/true)"
}

@test "the plan without -v is the one with it but for the comparison of namespaces" {
    is "$(planned --net none -- /bin/true)" "$(planned -v --net none -- /bin/true | grep -v 'waiting for launcher' |
        sed "s/sending $(planned -v --net none -- /bin/true | grep -oE 'sending [0-9]+' | cut -d' ' -f2) steps/sending $(
            planned --net none -- /bin/true | grep -oE 'sending [0-9]+' | cut -d' ' -f2) steps/")"
}

@test "plan counts what it sends" {
    local plan
    plan=$("$LAUNCHER" plan --json --rootfs "$ROOTFS" -- /bin/true)
    is "$(jq --raw-output '.plan.host[] | select(.step == "SEND") | .sentence' <<<"$plan")" \
        "sending $(jq '.plan.cinit | length' <<<"$plan") steps to cinit"
}

@test "plan prints the resolved spec: defaults, numbers and absolute paths" {
    cd "$ROOTFS"
    run -0 "$LAUNCHER" plan --rootfs . --name $NAME --user user -m 1m -v ./etc:/mnt -- sh -c 'a b'
    like "$output" "root  +$(pwd -P)"$'\n'
    like "$output" 'user +1000:1000'
    like "$output" 'host name +container'
    like "$output" 'namespaces +pid,mnt,net,ipc,uts,cgroup'
    like "$output" 'HOME=/home/user'
    like "$output" "$(pwd -P)/etc on /mnt"
    like "$output" 'memory 1048576 bytes'
}

@test "plan --json is JSON, its spec in the terms of the runtime specification" {
    run -0 "$LAUNCHER" plan --json --rootfs "$ROOTFS" --name $NAME -m 1m --cpus 0.5 \
        --user user --rlimit nofile=1:2 "${everything[@]:0:4}" -- sh -c 'quote " and \ and ü'
    is "$(jq --compact-output '.spec | [.ociVersion, .process.args, .process.user.uid, .hostname,
        .root.readonly, .linux.resources.memory.limit, .linux.resources.cpu.quota,
        .process.rlimits[0]]' <<<"$output")" \
        '["1.3.0",["sh","-c","quote \" and \\ and ü"],1000,"h",false,1048576,50000,{"type":"RLIMIT_NOFILE","soft":1,"hard":2}]'
    is "$(jq --raw-output '[.spec.process.capabilities.bounding[]] | length' <<<"$output")" 14
    # each step is whole
    is "$(jq '[.plan.host[], .plan.cinit[] | select(has("step") and has("tag") and .sentence != "")] |
        length' <<<"$output")" "$(jq '[.plan.host[], .plan.cinit[]] | length' <<<"$output")"
}

# The system calls of a command that change anything but the process itself.
changes()
{
    strace --follow-forks --output="$BATS_TEST_TMPDIR/strace" "$LAUNCHER" "$@" >/dev/null
    # A file that is opened for reading changes nothing.
    grep -oE '^[0-9]+ +((clone3?|fork|vfork|unshare|setns|mount|umount2|move_mount|open_tree|fsopen|fsmount|pivot_root|chroot|mkdir|mkdirat|mknod|mknodat|symlink|symlinkat|link|linkat|rename|renameat2?|unlink|unlinkat|rmdir|chmod|fchmod|chown|fchown|sethostname|kill|pidfd_send_signal|socket|socketpair|memfd_create|flock|bpf|prctl|setrlimit|prlimit64|setsid|ioctl)\(|open(at2?)?\(.*O_(WRONLY|RDWR|CREAT))' \
        "$BATS_TEST_TMPDIR/strace" | sed -E 's/^[0-9]+ +//; s/\(.*//' | sort -u
}

@test "plan changes nothing on the host: no process, mount, directory, cgroup, link or record" {
    local found
    found=$(changes plan --name $NAME --rootfs "$ROOTFS" -m 100m "${everything[@]}" -- /bin/true || true)
    # tcgetattr, to know whether a terminal would be given
    is "$(grep -vx ioctl <<<"$found" || true)" ""
    found=$(changes plan --json --name $NAME --rootfs "$ROOTFS" -m 100m -- /bin/true || true)
    is "$(grep -vx ioctl <<<"$found" || true)" ""
    # what run does is seen by the same glass
    found=$(changes run --name $NAME --rootfs "$ROOTFS" -m 100m -- /bin/true | paste -sd ' ')
    like "$found" 'clone3.*fsmount.*mkdir.*mknodat.*move_mount.*open.*pivot_root.*unlinkat'
}

@test "plan refuses what run refuses, in the same words" {
    local words
    for words in "--user nobody-here" "--cap-add x" "-m 1x" "--ns -mnt" "-v relative:relative" "--bogus"; do
        # shellcheck disable=SC2086 # two words
        run -125 --separate-stderr "$LAUNCHER" plan --rootfs "$ROOTFS" $words -- /bin/true
        local plan=$stderr
        is "$output" ""
        # shellcheck disable=SC2086
        run -125 --separate-stderr "$LAUNCHER" run --rootfs "$ROOTFS" $words -- /bin/true
        is "$plan" "$stderr"
        like "$plan" '^launcher: '
    done
}

# ---- R19

@test "-v is on stderr: tag, microseconds that never go back, sentence" {
    run -0 --separate-stderr in_container -v -m 100m -- /bin/echo out
    is "$output" out
    local trace=$stderr
    run ! grep -vE '^\[(run|ns|cgroup|net|mnt|sec|exec)\] +\+ *[0-9]+ us  [a-z]' <<<"$trace"
    is "$(cut -d ' ' -f 1 <<<"$trace" | sort -u | paste -sd ' ')" \
        "[cgroup] [exec] [mnt] [net] [ns] [run] [sec]"
    # launcher and cinit work side by side, each stamps what it does itself.
    local steps
    steps=$(planned -v --net none -m 100m -- /bin/echo out | sed -n '/tying the container/,$ s/^\[[a-z]*\] //p')
    [ "$(wc -l <<<"$steps")" -gt 20 ]
    sed -E 's/^.*\+ *([0-9]+) us  /\1 /' <<<"$trace" | grep -F "$steps" >"$BATS_TEST_TMPDIR/cinit"
    sed -E 's/^.*\+ *([0-9]+) us  /\1 /' <<<"$trace" | grep -vF "$steps" >"$BATS_TEST_TMPDIR/launcher"
    is "$(wc -l <"$BATS_TEST_TMPDIR/cinit")" "$(wc -l <<<"$steps")"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/launcher")" -gt 4 ]
    sort --check --stable --numeric-sort --key=1,1 "$BATS_TEST_TMPDIR/cinit"
    sort --check --stable --numeric-sort --key=1,1 "$BATS_TEST_TMPDIR/launcher"
}

@test "without -v nothing is said, --verbose is -v, and -v SRC:DST is a volume" {
    run -0 --separate-stderr in_container -- /bin/true
    is "$output$stderr" ""
    run -0 --separate-stderr in_container --verbose -- /bin/true
    like "$stderr" 'creating pid, mnt'
    run -0 --separate-stderr in_container -v /etc:/mnt -- /bin/true
    is "$stderr" ""
    run -0 --separate-stderr in_container -v -v /etc:/mnt -- /bin/true
    like "$stderr" 'bind-mounting /etc on /mnt'
}

@test "--log-format json: every line is JSON, with the same sentences" {
    run -0 --separate-stderr in_container -v --log-format json --name $NAME -- /bin/true
    local sentences
    sentences=$(jq --raw-output 'select(.level == "debug" and (.us | type) == "number") |
        "[\(.tag)] \(.msg)"' <<<"$stderr")
    is "$(wc -l <<<"$sentences")" "$(wc -l <<<"$stderr")"
    is "$(grep -vE ' on the host, |the payload runs' <<<"$sentences")" "$(planned -v --net none -- /bin/true)"
    run -125 --separate-stderr in_container --log-format json --cap-add x -- /bin/true
    is "$(jq --raw-output .level <<<"$stderr")" error
    run -0 --separate-stderr in_container --log-format json --root-mode chroot -- /bin/true
    is "$(jq --raw-output .level <<<"$stderr")" warning
    like "$(jq --raw-output .hint <<<"$stderr")" pivot
}

@test "-q: no warning, but errors" {
    run -0 --separate-stderr in_container --root-mode chroot -- /bin/true
    like "$stderr" '^launcher: warning: '
    run -0 --separate-stderr in_container -q --root-mode chroot -- /bin/true
    is "$stderr" ""
    run -127 --separate-stderr in_container -q -- /not/there
    like "$stderr" '^launcher: executing /not/there: '
}

# An error is a sentence of the plan with the reason behind it.
fails_as_planned()
{
    local reason=$1 sentence
    shift
    sentence=$(in_container --name $NAME "$@" 2>&1 >/dev/null | sed -n '1s/^launcher: //p')
    like "$sentence" ": $reason"
    planned "$@" | sed -E 's/^\[[a-z]+\] //' | grep -qxF "${sentence%%": $reason"*}" || {
        echo "no step: $sentence" >&2
        return 1
    }
}

@test "an error is the sentence of the step that failed" {
    fails_as_planned 'Invalid argument' --tmpfs /tmp:bogus=1 -- /bin/true
    fails_as_planned 'Invalid argument' --sysctl net.ipv4.ip_forward=abc -- /bin/true
    fails_as_planned 'Not a directory' -v /etc:/etc/passwd -- /bin/true
    fails_as_planned 'Not a directory' -w /etc/passwd -- /bin/true
    fails_as_planned 'no such file or directory' -- /not/there with words
    fails_as_planned '/etc is a directory' -- /etc
}

@test "the trace ends with the step that failed" {
    run -125 --separate-stderr in_container -v --tmpfs /tmp:bogus=1 -- /bin/true
    is "$(grep '^\[' <<<"$stderr" | tail -n 1 | sed 's/^.* us  //')" "mounting tmpfs on /tmp"
    like "$(sed -n '/^launcher:/p' <<<"$stderr")" '^launcher: mounting tmpfs on /tmp: Invalid argument'
}
