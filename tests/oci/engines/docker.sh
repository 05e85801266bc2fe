#!/usr/bin/env bash
# docker.sh RUNTIME [PATTERN] - an OCI runtime under dockerd
# shellcheck disable=SC2046 # ids and pids are one word
# shellcheck source=common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"

I=localhost/bb:1
# The distribution's client: there may be another one in /usr/local.
DOCKER="/usr/bin/docker --host unix:///run/docker.sock" # for commands that another shell runs

configure() {
    jq -n --arg path "$RTBIN" '{ runtimes: { x: { path: $path } } }' >"$T/daemon.json"
    # Modules of the kernel are the host's.
    ln -s /bin/true "$T/bin/modprobe"
    mkdir -p "$T/home"
    export HOME=$T/home PATH=$T/bin:$PATH
}

# Limits and scores as they are: root may lack CAP_SYS_RESOURCE.
start_daemon() {
    dockerd --config-file "$T/daemon.json" --default-runtime x --data-root "$T/docker" \
        --exec-root /run/docker --pidfile /run/docker.pid --host unix:///run/docker.sock \
        --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "$CG" --oom-score-adjust 0 \
        --default-ulimit nofile=4096:4096 --bip 10.97.0.1/16 --live-restore >>"$T/dockerd.log" 2>&1 &
    waitfor 30 $DOCKER version || tail -n 20 "$T/dockerd.log"
}

D() { timeout 60 $DOCKER "$@"; }
# DN run|create ...: without a network, which is quicker
DN() { local verb=$1; shift; D "$verb" --network none "$@"; }
up() { DN run -d --name "$@" >/dev/null; } # NAME [OPTION...] IMAGE COMMAND...
gone() { D rm -f "$@" >/dev/null; }
field() { D inspect "$1" --format "{{.$2}}"; } # CONTAINER FIELD
field_is() { [ "$(field "$1" "$2")" = "$3" ]; }
logs_have() { $DOCKER logs "$1" 2>&1 | grep -q "$2"; } # CONTAINER TEXT
ready() { waitfor 10 logs_have "$1" ready; }
# Every capability is asked for, and runc and crun die where root lacks one.
needs_every_capability() {
    case $RTNAME in runc* | crun*) ;; *) return 0 ;; esac
    [ $(($((16#$(awk '/^CapBnd/ { print $2 }' /proc/self/status))) >> 24 & 1)) = 1 ] ||
        skip "root lacks CAP_SYS_RESOURCE, which $RTNAME can't do without"
}

configure
mkrootfs "$T/bb" "$T/bb.tar"
mkimage "$T/bb.tar" $I "$T/image.tar" '["/bin/sh"]' null
start_daemon

# ---- checks

t_load() { D load -i "$T/image.tar"; }
t_runtime_version() {
    local version
    version=$("$RT" --version | awk '/version/ { print $3; exit }')
    [ -n "$version" ]
    D version --format '{{json .Server.Components}}' | jq -c '.[]'
    D info --format '{{.DefaultRuntime}} {{.RuncCommit.ID}}'
    eq "$(D info --format '{{.DefaultRuntime}}')" x
    eq "$(D version --format '{{json .Server.Components}}' | jq -r '.[] | select(.Name == "x" or .Name == "runc").Version')" "$version"
}

t_run() { eq "$(DN run --rm $I echo hi)" hi; }
t_stdin() { eq "$(echo from-stdin | DN run --rm -i $I cat)" from-stdin; }
t_stderr() {
    DN run --rm $I sh -c 'echo out; echo err >&2' >"$T/stdout" 2>"$T/stderr"
    eq "$(cat "$T/stdout")" out
    eq "$(cat "$T/stderr")" err
}
t_exit_status() {
    status_is 7 DN run --rm $I sh -c 'exit 7'
    status_is 137 DN run --rm --init $I sh -c 'kill -9 $$'
}
t_not_found_127() {
    refused 127 'no such file or directory' DN run --rm $I /nonexist
    refused 127 'executable file not found in $PATH' DN run --rm $I nonexist
}
t_not_executable_126() { refused 126 'permission denied' DN run --rm $I /etc/passwd; }
t_other_error_125() { refused 125 'OCI runtime create failed' DN run --rm --ulimit nofile=999999999 $I true; }
t_terminal() {
    has "$(on_terminal "stty rows 33 cols 101; $DOCKER run --network none --rm -it $I sh -c 'sleep .5; stty size; tty'")" '33 101'
}

t_detached() {
    up d1 $I trapd
    field_is d1 State.Status running
    ready d1
}
t_logs() { has "$(D logs --tail 1 d1)" ready; }
t_top() { has "$(D top d1)" trapd; }
t_exec() { eq "$(D exec d1 echo inside)" inside; }
t_exec_status() { status_is 9 D exec d1 sh -c 'exit 9'; }
t_exec_options() { eq "$(D exec -e A=b -w /tmp -u 1000:1000 d1 sh -c 'echo $A $PWD $(id -u) $(id -g)')" 'b /tmp 1000 1000'; }
t_exec_stdin() { eq "$(echo xx | D exec -i d1 cat)" xx; }
t_exec_detached() {
    D exec -d d1 sh -c 'echo det >/tmp/det'
    waitfor 5 test -s /proc/$(field d1 State.Pid)/root/tmp/det
}
t_exec_terminal() { has "$(on_terminal "$DOCKER exec -it d1 sh -c 'sleep .3; tty'")" /dev/pts/; }
t_exec_not_found() {
    refused 126 'no such file or directory' D exec d1 /nonexist
    refused 126 'executable file not found in $PATH' D exec d1 nonexist
    refused 126 'permission denied' D exec d1 /etc/passwd
}
t_exec_privileged() {
    needs_every_capability
    has "$(D exec --privileged d1 grep CapEff /proc/self/status)" 003ff
}
t_exec_in_namespaces() {
    eq "$(D exec d1 readlink /proc/self/ns/pid)" "$(D exec d1 readlink /proc/1/ns/pid)"
    has "$(D exec d1 cat /proc/self/cgroup)" "$CG/"
}
t_pause() {
    D pause d1
    field_is d1 State.Status paused
    not timeout 5 $DOCKER exec d1 true
    D unpause d1
    field_is d1 State.Status running
    D exec d1 true
}
t_kill_usr1() {
    D kill -s USR1 d1
    waitfor 5 logs_have d1 got-usr1
    field_is d1 State.Status running
}
t_update() {
    D update -m 96m --memory-swap 96m --cpus 0.25 d1
    eq "$(D exec d1 cat /sys/fs/cgroup/memory/memory.limit_in_bytes)" 100663296
    eq "$(D exec d1 cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us)" 25000
}
t_live_restore() {
    local pid daemon
    pid=$(field d1 State.Pid)
    daemon=$(cat /run/docker.pid)
    kill "$daemon"
    waitfor 20 not kill -0 "$daemon"
    kill -0 "$pid"
    start_daemon
    field_is d1 State.Pid "$pid"
    eq "$(D exec d1 echo still)" still
}
t_restart() {
    D restart -t 5 d1
    field_is d1 State.Status running
}
t_stop() {
    local start=$SECONDS
    D stop -t 20 d1
    [ $((SECONDS - start)) -lt 15 ]
    field_is d1 State.ExitCode 42
    gone d1
}
t_stop_timeout() {
    up k1 $I sleep 100
    D stop -t 1 k1
    field_is k1 State.ExitCode 137
    gone k1
}
t_kill() {
    up k2 $I sleep 100
    D kill k2
    eq "$(D wait k2)" 137
    gone k2
}
t_killed_outside() {
    up k3 $I sleep 100
    kill -9 $(field k3 State.Pid)
    eq "$(D wait k3)" 137
    gone k3
}
t_restart_policy() {
    up rp --restart on-failure:2 $I sh -c 'exit 3'
    waitfor 20 field_is rp State.Status exited
    field_is rp RestartCount 2
    field_is rp State.ExitCode 3
    gone rp
}

t_privileged() {
    needs_every_capability
    has "$(DN run --rm --privileged $I grep CapEff /proc/self/status)" 003ff
    DN run --rm --privileged $I test -c /dev/kmsg
}
t_init() { has "$(DN run --rm --init $I cat /proc/1/cmdline | tr '\0' ' ')" docker-init; }
t_read_only() {
    refused 1 'Read-only file system' DN run --rm --read-only $I touch /x
    DN run --rm --read-only --tmpfs /tmp $I touch /tmp/x
}
t_tmpfs() { has "$(DN run --rm --tmpfs /scratch:size=1m,mode=700 $I grep /scratch /proc/mounts)" size=1024k; }
t_volume() {
    mkdir "$T/vol"
    echo v >"$T/vol/f"
    eq "$(DN run --rm -v "$T/vol:/v" $I sh -c 'cat /v/f; echo w >/v/g')" v
    eq "$(cat "$T/vol/g")" w
    refused 1 'Read-only file system' DN run --rm -v "$T/vol:/v:ro" $I touch /v/h
    eq "$(DN run --rm -v "$T/vol/f:/new/dir/file" $I cat /new/dir/file)" v
}
t_named_volume() {
    DN run --rm -v nv:/nv $I touch /nv/x
    DN run --rm -v nv:/nv $I test -e /nv/x
    D volume rm nv
}
t_capabilities() {
    has "$(DN run --rm --cap-drop all $I grep CapEff /proc/self/status)" 0000000000000000
    has "$(DN run --rm --cap-drop all --cap-add NET_ADMIN $I grep CapBnd /proc/self/status)" 0000000000001000
    has "$(DN run --rm --user 1000 $I grep CapEff /proc/self/status)" 0000000000000000
}
t_seccomp() {
    jq -n '{ defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
        syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 38 }] }' >"$T/seccomp.json"
    refused 1 'not implemented' DN run --rm --security-opt "seccomp=$T/seccomp.json" $I mkdir /tmp/q
    has "$(DN run --rm $I grep Seccomp: /proc/self/status)" 2
    has "$(DN run --rm --security-opt seccomp=unconfined $I grep Seccomp: /proc/self/status)" 0
}
t_no_new_privileges() { has "$(DN run --rm --security-opt no-new-privileges $I grep NoNewPrivs /proc/self/status)" 1; }
t_masked_paths() {
    eq "$(DN run --rm $I sh -c 'head -c 10 /proc/kcore | wc -c')" 0
    not DN run --rm $I sh -c 'echo 1 >/proc/sys/kernel/printk'
}
t_user() { eq "$(DN run --rm --user 1000:1000 --group-add 44 $I id -G)" '1000 44'; }
t_environment() { eq "$(DN run --rm -e X=y -w /made/by/docker --hostname hh $I sh -c 'echo $X $PWD $(hostname)')" 'y /made/by/docker hh'; }
t_ulimit() { eq "$(DN run --rm --ulimit nofile=100:200 $I sh -c 'echo $(ulimit -n) $(ulimit -Hn)')" '100 200'; }
t_sysctl() { eq "$(DN run --rm --sysctl net.ipv4.ip_unprivileged_port_start=77 $I cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" 77; }
t_oom_score() { eq "$(DN run --rm --oom-score-adj 500 $I cat /proc/self/oom_score_adj)" 500; }
t_device() {
    eq "$(DN run --rm --device /dev/zero:/dev/myzero:r $I sh -c 'head -c 3 /dev/myzero | wc -c')" 3
    not DN run --rm $I sh -c 'mknod /tmp/k b 7 0 && head -c 1 /tmp/k'
}
t_limits() {
    eq "$(DN run --rm -m 64m --cpu-shares 512 --pids-limit 40 --cpuset-cpus 0 $I sh -c 'cd /sys/fs/cgroup
        echo $(cat memory/memory.limit_in_bytes cpu/cpu.shares pids/pids.max cpuset/cpuset.cpus)')" '67108864 512 40 0'
}
t_oom() {
    status_is 137 DN run --name oom -m 20m --memory-swap 20m $I dd if=/dev/zero of=/dev/null bs=200M count=1
    field_is oom State.OOMKilled true
    gone oom
}

t_network_none() { eq "$(DN run --rm $I ls /sys/class/net)" lo; }
t_network_host() { eq "$(D run --rm --network host $I readlink /proc/self/ns/net)" "$(readlink /proc/self/ns/net)"; }
# Its addresses are set by the prestart hook.
t_network_bridge() {
    has "$(D run --rm $I ip addr show eth0)" 10.97.
    D run --rm $I ping -c 1 -W 5 10.97.0.1
}
t_network_publish() {
    D run -d --name web -p 18080:80 $I httpd -f -p 80 -h /www
    waitfor 10 busybox wget -qO "$T/page" http://127.0.0.1:18080/
    eq "$(cat "$T/page")" hello
    eq "$(busybox wget -qO- "http://$(D inspect web --format '{{.NetworkSettings.IPAddress}}')/")" hello
}
t_network_container() {
    eq "$(D run --rm --network container:web $I readlink /proc/self/ns/net)" "$(D exec web readlink /proc/self/ns/net)"
    gone web
}
t_namespaces_of_another() {
    up other --ipc shareable $I sleep 100
    has "$(DN run --rm --pid container:other $I ps)" 'sleep 100'
    eq "$(DN run --rm --ipc container:other $I readlink /proc/self/ns/ipc)" "$(D exec other readlink /proc/self/ns/ipc)"
    gone other
}
t_namespaces_of_host() {
    local links='for ns in pid ipc uts; do readlink /proc/self/ns/$ns; done'
    eq "$(DN run --rm --pid host --ipc host --uts host $I sh -c "$links")" "$(sh -c "$links")"
}
t_cgroup_namespace() {
    differ "$(DN run --rm --cgroupns private $I readlink /proc/self/ns/cgroup)" "$(readlink /proc/self/ns/cgroup)"
    eq "$(DN run --rm --cgroupns host $I readlink /proc/self/ns/cgroup)" "$(readlink /proc/self/ns/cgroup)"
}
t_parallel() {
    local i
    for i in {1..6}; do up "m$i" $I sleep 100 & done
    wait
    eq "$(D ps -q --filter name=^/m | wc -l)" 6
    gone m{1..6}
}
no_groups() { [ -z "$(find /sys/fs/cgroup -path "*$CG/*" -type d)" ]; }
t_nothing_left() {
    [ -z "$(D ps -aq)" ]
    waitfor 10 no_groups
    [ -z "$(find /run/docker/runtime-* -mindepth 2 ! -name moby ! -name "seccomp-*.bpf" 2>/dev/null)" ]
}

for check in $(checks); do t "$check"; done
D rm -f $(D ps -aq) >/dev/null 2>&1
finish
