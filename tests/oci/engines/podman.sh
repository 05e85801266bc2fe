#!/usr/bin/env bash
# podman.sh RUNTIME [PATTERN] - an OCI runtime under podman and buildah, as root and as an ordinary user
# shellcheck source=common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"

I=localhost/bb:1
PODMAN="podman --tmpdir $T/p/tmp" # for commands that another shell runs

configure() {
    mkdir -p "$T"/p/{root,run,tmp,net,hooks}
    # Soft and hard limits are equal because podman 4.3 exchanges them for infra containers and
    # --ulimit host; those that it has of its own can't be set where root lacks CAP_SYS_RESOURCE.
    cat >"$T/p/containers.conf" <<EOF
[containers]
log_driver="k8s-file"
default_ulimits=["nofile=4096:4096","nproc=4096:4096"]
default_sysctls=[]
[engine]
cgroup_manager="cgroupfs"
events_logger="file"
infra_image="localhost/pause:1"
runtime="$RTNAME"
runtime_supports_json=["$RTNAME"]
runtime_supports_nocgroup=["$RTNAME"]
[engine.runtimes]
$RTNAME=["$RTBIN"]
[network]
network_backend="netavark"
network_config_dir="$T/p/net"
EOF
    cat >"$T/p/storage.conf" <<EOF
[storage]
driver="overlay"
graphroot="$T/p/root"
runroot="$T/p/run"
EOF
    export CONTAINERS_CONF=$T/p/containers.conf CONTAINERS_STORAGE_CONF=$T/p/storage.conf TMPDIR=$T
}

P() { timeout 60 $PODMAN "$@"; }
# R run|create ...: with our control group as parent; RN ...: and without a network, which is quicker
R() { local verb=$1; shift; P "$verb" --cgroup-parent "$CG" "$@"; }
RN() { local verb=$1; shift; P "$verb" --cgroup-parent "$CG" --network none "$@"; }
# Again and again: `podman rm` races with the clean-up that conmon starts, and finds /dev/shm busy.
RM() { local _; for _ in 1 2 3 4; do P rm -f -t 0 "$@" && return 0; sleep .3; done; return 1; }
up() { RN run -d --name "$@" >/dev/null; } # NAME [OPTION...] IMAGE COMMAND...
st() { P inspect "$1" --format "{{.State.Status}}"; }
logs_have() { $PODMAN logs "$1" 2>&1 | grep -q "$2"; } # CONTAINER TEXT
ready() { waitfor 10 logs_have "$1" ready; }

configure
mkrootfs "$T/bb" "$T/bb.tar"

# ---- checks

t_import() {
    P import -c 'CMD ["/bin/sh"]' $T/bb.tar $I
    P import -c 'ENTRYPOINT ["/bin/sleep","inf"]' $T/bb.tar localhost/pause:1
    P images
}
t_run() { eq "$(RN run --rm $I echo hi)" hi; }
t_exit_code() { local rc=0; RN run --rm $I sh -c 'exit 7' || rc=$?; eq $rc 7; }
t_signal_code() {
    local rc=0
    RN run --rm $I sh -c 'kill -9 $$; sleep 1' || rc=$?
    echo $rc
    rc=0
    RN run --rm --init $I sh -c 'kill -9 $$' || rc=$?
    eq $rc 137
}
t_not_found_127() { refused 127 /nonexist RN run --rm $I /nonexist; }
t_perm_126() { refused 126 'ermission denied' RN run --rm $I /etc/passwd; }
t_bad_workdir() { refused 126 nonexistdir RN run --rm -w /nonexistdir $I pwd; }
t_stdin() { eq "$(echo from-stdin | RN run --rm -i $I cat)" from-stdin; }
t_big_output() {
    eq "$(RN run --rm $I sh -c 'i=0; while [ $i -lt 20000 ]; do echo line-$i; i=$((i+1)); done' | wc -l)" 20000
}
t_stderr_split() {
    RN run --rm $I sh -c 'echo out; echo err >&2' >$T/so 2>$T/se
    eq "$(cat $T/so)" out
    eq "$(cat $T/se)" err
}
t_create_init_start_wait() {
    RN create --name ci $I sh -c 'exit 5' >/dev/null
    eq "$(st ci)" created
    P init ci
    eq "$(st ci)" initialized
    P start ci
    eq "$(P wait ci)" 5
    eq "$(st ci)" exited
    P start -a ci || true
    eq "$(P wait ci)" 5
    RM ci
}
t_detached() {
    up d1 $I trapd
    eq "$(st d1)" running
    P ps --format '{{.Names}}' | grep -qx d1
    ready d1
}
t_logs() {
    up lg $I sh -c 'echo one; echo two >&2; sleep 100'
    sleep .5
    has "$(P logs lg 2>/dev/null)" one
    has "$(P logs lg 2>&1 >/dev/null)" two
    has "$(P logs -t --tail 1 lg 2>&1)" two
    RM lg
}
t_logs_follow() {
    up lf $I sh -c 'for i in 1 2 3; do echo l$i; sleep .3; done'
    has "$(P logs -f lf)" l3
    RM lf
}
t_exec() { eq "$(P exec d1 echo inside)" inside; }
t_exec_code() {
    local rc=0
    P exec d1 sh -c 'exit 9' || rc=$?
    eq $rc 9
    rc=0
    P exec d1 /nonexist || rc=$?
    eq $rc 127
    rc=0
    P exec d1 /etc/passwd || rc=$?
    eq $rc 126
}
t_exec_opts() {
    eq "$(P exec -e A=b -w /tmp -u 1000 d1 sh -c 'echo $A $PWD $(id -u)')" "b /tmp 1000"
}
t_exec_stdin() { eq "$(echo xx | P exec -i d1 cat)" xx; }
t_exec_detach() {
    P exec -d d1 sh -c 'echo det >/tmp/det'
    waitfor 5 sh -c "[ \"\$($PODMAN exec d1 cat /tmp/det)\" = det ]"
}
t_exec_tty() {
    has "$(on_terminal "$PODMAN exec -it d1 sh -c 'sleep .3; tty; sleep .3'")" /dev/pts/
}
t_exec_privileged() { has "$(P exec --privileged d1 grep CapEff /proc/self/status)" 1ff; }
t_exec_ns() {
    eq "$(P exec d1 readlink /proc/self/ns/pid)" "$(P exec d1 readlink /proc/1/ns/pid)"
    has "$(P exec d1 cat /proc/self/cgroup)" "$CG/"
}
t_run_tty() {
    has "$(on_terminal "$PODMAN run --cgroup-parent $CG --network none --rm -it $I \
        sh -c 'sleep .3; tty; test -t 0 && echo istty; sleep .3'")" istty
}
t_tty_size() {
    has "$(on_terminal "stty rows 33 cols 101
        $PODMAN run --cgroup-parent $CG --network none --rm -it $I sh -c 'sleep .5; stty size; sleep .3'")" "33 101"
}
t_tty_detached_attach() {
    RN run -dt --name ta $I sh >/dev/null
    ( sleep 1
    echo 'echo at$((1+1))ached; exit' ) | has "$(on_terminal "timeout 20 $PODMAN attach ta")" at2ached
    RM ta
}
t_top() { has "$(P top d1 pid args)" trapd; }
t_stats() { [[ $(P stats --no-stream --format '{{.MemUsage}}' d1) =~ ^[1-9] ]]; }
t_inspect() {
    [ "$(P inspect d1 --format '{{.State.Pid}}')" -gt 0 ]
    eq "$(P inspect d1 --format '{{.OCIRuntime}}')" "$RTNAME"
}
t_kill_usr1() { P kill -s USR1 d1; waitfor 5 logs_have d1 got-usr1; eq "$(st d1)" running; }
t_pause() {
    P pause d1
    eq "$(st d1)" paused
    local rc=0
    P exec d1 true || rc=$?
    [ $rc != 0 ]
    P unpause d1
    eq "$(st d1)" running
    P exec d1 true
}
t_stop_graceful() {
    local a
    a=$(milliseconds)
    P stop -t 8 d1
    local ms
    ms=$(($(milliseconds) - a))
    echo "stop took $ms ms"
    [ $ms -lt 4000 ]
    eq "$(P inspect d1 --format '{{.State.ExitCode}}')" 42
}
t_restart() { P start d1; eq "$(st d1)" running; P restart -t 2 d1; eq "$(st d1)" running; RM d1; }
t_stop_timeout_kill() {
    up k1 $I sleep 100
    local a
    a=$(milliseconds)
    P stop -t 1 k1
    local ms
    ms=$(($(milliseconds) - a))
    echo "$ms ms"
    [ $ms -ge 900 ] && [ $ms -lt 5000 ]
    eq "$(P inspect k1 --format '{{.State.ExitCode}}')" 137
    RM k1
}
t_kill_default() { up k2 $I sleep 100; P kill k2; eq "$(P wait k2)" 137; RM k2; }
t_rm_force() { up k3 $I sleep 100; RM k3; not P inspect k3 2>/dev/null; }
t_memory() {
    eq "$(RN run --rm -m 64m $I cat /sys/fs/cgroup/memory/memory.limit_in_bytes)" 67108864
}
t_memory_swap_reservation() {
    eq "$(RN run --rm -m 64m --memory-reservation 32m $I cat /sys/fs/cgroup/memory/memory.soft_limit_in_bytes)" 33554432
}
t_cpus() {
    eq "$(RN run --rm --cpus 0.5 $I cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us)" 50000
    eq "$(RN run --rm --cpu-shares 512 $I cat /sys/fs/cgroup/cpu/cpu.shares)" 512
}
t_cpuset() { eq "$(RN run --rm --cpuset-cpus 0 $I cat /sys/fs/cgroup/cpuset/cpuset.cpus)" 0; }
t_pids_limit() {
    eq "$(RN run --rm --pids-limit 40 $I cat /sys/fs/cgroup/pids/pids.max)" 40
    has "$(RN run --rm --pids-limit 5 $I sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 2 & done; echo end' 2>&1)" "fork"
}
# Whether it was OOM, podman doesn't know: conmon leaves that word where nobody looks for it.
t_oom() {
    status_is 137 RN run --name oom -m 20m --memory-swap 20m $I dd if=/dev/zero of=/dev/null bs=200M count=1
    RM oom
}
t_update() {
    up up1 -m 64m $I sleep 100
    P update -m 96m --cpus 0.25 up1
    eq "$(P exec up1 cat /sys/fs/cgroup/memory/memory.limit_in_bytes)" 100663296
    eq "$(P exec up1 cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us)" 25000
    RM up1
}
t_cgroups_disabled() {
    has "$(P run --network none --rm --cgroups=disabled $I cat /proc/self/cgroup)" ":/"
}
t_cgroupns_private() {
    differ "$(RN run --rm --cgroupns private $I readlink /proc/self/ns/cgroup)" "$(readlink /proc/self/ns/cgroup)"
}
t_cgroupns_host() {
    eq "$(RN run --rm --cgroupns host $I readlink /proc/self/ns/cgroup)" "$(readlink /proc/self/ns/cgroup)"
}
t_net_none() { eq "$(RN run --rm $I sh -c 'ls /sys/class/net | tr "\n" " "')" "lo "; }
t_net_host() {
    eq "$(R run --rm --network host $I readlink /proc/self/ns/net)" "$(readlink /proc/self/ns/net)"
}
t_net_bridge() {
    has "$(R run --rm $I ip addr show eth0)" "10.88."
    R run --rm $I ping -c1 -W2 10.88.0.1
}
t_net_publish() {
    R run -d --name web -p 18080:80 $I httpd -f -p 80 -h /www >/dev/null
    waitfor 5 sh -c 'busybox wget -qO- http://127.0.0.1:18080/ | grep -q hello'
    RM web
}
t_net_container() {
    R run -d --name n1 $I sleep 100 >/dev/null
    eq "$(R run --rm --network container:n1 $I readlink /proc/self/ns/net)" "$(P exec n1 readlink /proc/self/ns/net)"
    RM n1
}
t_net_dns_named() {
    P network create n2 >/dev/null
    R run -d --name srv --network n2 $I httpd -f -p 80 -h /www >/dev/null
    has "$(R run --rm --network n2 $I sh -c 'sleep 1; wget -qO- http://srv/')" hello
    RM srv
    P network rm n2
}
t_init_catatonit() {
    has "$(RN run --rm --init $I cat /proc/1/cmdline | tr '\0' ' ')" "podman-init"
}
t_read_only() { not RN run --rm --read-only $I touch /x; RN run --rm --read-only $I touch /tmp/x; }
t_tmpfs() {
    has "$(RN run --rm --tmpfs /scratch:size=1m,mode=700 $I sh -c 'grep /scratch /proc/mounts')" "size=1024k"
}
t_volume() {
    mkdir -p $T/vol
    echo v >$T/vol/f
    eq "$(RN run --rm -v $T/vol:/v $I sh -c 'cat /v/f; echo w >/v/g')" v
    eq "$(cat $T/vol/g)" w
    not RN run --rm -v $T/vol:/v:ro $I touch /v/h
    P volume create nv
    RN run --rm -v nv:/nv $I touch /nv/x
    P volume rm nv
}
t_volume_file() {
    echo ff >$T/onefile
    eq "$(RN run --rm -v $T/onefile:/newdir/sub/file:ro $I cat /newdir/sub/file)" ff
}
t_propagation() {
    mkdir -p $T/prop
    mount -t tmpfs none $T/prop
    mount --make-shared $T/prop
    has "$(RN run --rm -v $T/prop:/v:rshared $I sh -c 'grep " /v " /proc/self/mountinfo')" shared
    has "$(RN run --rm -v $T/prop:/v:rslave $I sh -c 'grep " /v " /proc/self/mountinfo')" master
    umount $T/prop
}
t_shm_size() { has "$(RN run --rm --shm-size 2m $I grep /dev/shm /proc/mounts)" 2048k; }
t_caps() {
    has "$(RN run --rm --cap-drop all $I grep CapEff /proc/self/status)" 0000000000000000
    has "$(RN run --rm --cap-drop all --cap-add NET_ADMIN $I grep CapEff /proc/self/status)" 0000000000001000
    has "$(RN run --rm --user 1000 $I grep CapEff /proc/self/status)" 0000000000000000
}
t_caps_bounding() {
    has "$(RN run --rm --cap-drop all --cap-add CHOWN $I grep CapBnd /proc/self/status)" 0000000000000001
}
t_seccomp() {
    jq -n '{ defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
        syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 38 }] }' >"$T/sc.json"
    has "$(RN run --rm --security-opt "seccomp=$T/sc.json" $I mkdir /tmp/q 2>&1 || true)" "not implemented"
    has "$(RN run --rm $I grep Seccomp: /proc/self/status)" 2
    has "$(RN run --rm --security-opt seccomp=unconfined $I grep Seccomp: /proc/self/status)" 0
}
t_no_new_privs() {
    has "$(RN run --rm --security-opt no-new-privileges $I grep NoNewPrivs /proc/self/status)" 1
}
t_masked_paths() {
    eq "$(RN run --rm $I sh -c 'cat /proc/kcore 2>/dev/null | head -c 10 | wc -c')" 0
    not RN run --rm $I sh -c 'echo 1 >/proc/sys/kernel/printk'
}
t_privileged() {
    has "$(RN run --rm --privileged $I grep CapEff /proc/self/status)" 1ff
    RN run --rm --privileged $I ls /dev/kmsg
}
t_device() {
    RN run --rm --device /dev/fuse $I sh -c 'ls -l /dev/fuse; test -c /dev/fuse'
    RN run --rm --device /dev/zero:/dev/myz:r $I sh -c 'head -c 3 /dev/myz | wc -c'
    not RN run --rm --cap-add MKNOD $I sh -c 'mknod /tmp/k b 7 0 && head -c1 /tmp/k'
}
t_user() { eq "$(RN run --rm --user 1000:1000 --group-add 44 $I id -G)" "1000 44"; }
t_umask_env_workdir() {
    eq "$(RN run --rm --umask 0077 -e X=y -w /tmp $I sh -c 'umask; echo $X $PWD' | tr '\n' ' ')" "0077 y /tmp "
}
t_hostname_dns() {
    eq "$(RN run --rm --hostname hh $I hostname)" hh
    has "$(R run --rm --add-host foo:1.2.3.4 $I cat /etc/hosts)" 1.2.3.4
    has "$(R run --rm --dns 9.9.9.9 $I cat /etc/resolv.conf)" 9.9.9.9
}
t_sysctl() {
    eq "$(RN run --rm --sysctl net.ipv4.ip_unprivileged_port_start=77 $I cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" 77
}
t_ulimit() {
    eq "$(RN run --rm --ulimit nofile=100:200 --ulimit nproc=4096:8192 $I sh -c 'ulimit -n; ulimit -Hn' | tr '\n' ' ')" "100 200 "
}
t_oom_score() { eq "$(RN run --rm --oom-score-adj 500 $I cat /proc/self/oom_score_adj)" 500; }
t_pid_host() {
    eq "$(RN run --rm --pid host $I readlink /proc/self/ns/pid)" "$(readlink /proc/self/ns/pid)"
}
t_pid_host_stop() { up ph --pid host $I trapd; ready ph; P stop -t 5 ph; RM ph; }
t_pid_container() {
    up pc $I sleep 100
    has "$(RN run --rm --pid container:pc $I ps)" "sleep 100"
    RM pc
}
t_ipc_uts_host() {
    eq "$(RN run --rm --ipc host --uts host $I sh -c 'readlink /proc/self/ns/ipc; readlink /proc/self/ns/uts')" \
        "$(readlink /proc/self/ns/ipc; readlink /proc/self/ns/uts)"
}
t_userns_uidmap() {
    eq "$(RN run --rm --uidmap 0:100000:65536 --gidmap 0:100000:65536 $I sh -c 'id -u; awk "{print \$2}" /proc/self/uid_map' | tr '\n' ' ')" "0 100000 "
}
t_userns_exec() {
    up ue --uidmap 0:100000:65536 --gidmap 0:100000:65536 $I trapd
    ready ue
    eq "$(P exec ue id -u)" 0
    eq "$(P exec -u 1000 ue id -u)" 1000
    P stop -t 5 ue
    RM ue
}
t_userns_auto() {
    echo 'containers:2147483647:2147483648' | tee /etc/subuid >/etc/subgid
    has "$(RN run --rm --userns=auto:size=5000 $I cat /proc/self/uid_map)" 5000
}
# hook STAGE: keeps what it is told in $T/hook.STAGE
hook() {
    jq -n --arg stage "$1" --arg command "cat >$T/hook.$1" '{ version: "1.0.0", when: { always: true },
        stages: [$stage], hook: { path: "/bin/sh", args: ["sh", "-c", $command] } }' >"$T/p/hooks/$1.json"
}
t_hooks() {
    hook prestart
    hook poststop
    P --hooks-dir "$T/p/hooks" run --cgroup-parent "$CG" --network none --rm $I true
    jq -e .bundle "$T/hook.prestart"
    waitfor 5 test -s "$T/hook.poststop"
    jq -e .status "$T/hook.poststop"
}
t_preserve_fds() {
    echo fdata >$T/fdf
    eq "$(RN run --rm --preserve-fds 1 $I sh -c 'cat <&3' 3< $T/fdf)" fdata
}
t_exec_preserve_fds() {
    up pf $I sleep 100
    eq "$(P exec --preserve-fds 1 pf sh -c 'cat <&3' 3< $T/fdf)" fdata
    RM pf
}
t_annotations_labels() {
    RN create --name an --annotation foo=bar -l l=1 $I true
    eq "$(P inspect an --format '{{index .Config.Annotations "foo"}}')" bar
    RM an
}
t_rootfs_dir() {
    cp -a $T/bb $T/rootdir
    eq "$(RN run --rm --rootfs $T/rootdir echo rf)" rf
    eq "$(RN run --rm --rootfs $T/rootdir:O sh -c 'touch /zz; echo rf2')" rf2
    [ ! -e $T/rootdir/zz ]
}
t_cp_diff_commit() {
    up cpx $I sleep 100
    echo data >$T/c.txt
    P cp $T/c.txt cpx:/tmp/c.txt
    eq "$(P exec cpx cat /tmp/c.txt)" data
    P cp cpx:/tmp/c.txt $T/c2.txt
    eq "$(cat $T/c2.txt)" data
    has "$(P diff cpx)" /tmp
    P commit -q cpx localhost/bb:2
    eq "$(RN run --rm localhost/bb:2 cat /tmp/c.txt)" data
    RM cpx
}
t_export_rootfs() {
    RN create --name ex $I true
    mkdir -p $T/exp
    P export ex | tar -C $T/exp --numeric-owner --xattrs -xpf -
    [ -x $T/exp/bin/busybox ]
    RM ex
}
t_pod() {
    P pod create --name pod1 --cgroup-parent $CG --share net,ipc,uts,pid --network none
    P run -d --pod pod1 --name pa $I sleep 100
    P run -d --pod pod1 --name pb $I sleep 101
    has "$(P exec pa ps)" "sleep 101"
    has "$(P pod ps)" Running
    P pod pause pod1
    P pod unpause pod1
    P pod stop -t 1 pod1
    P pod rm -f pod1
}
t_kube_play() {
    cat >"$T/k.yaml" <<EOF
apiVersion: v1
kind: Pod
metadata: {name: kp}
spec:
  restartPolicy: Never
  containers:
  - name: c1
    image: $I
    imagePullPolicy: Never
    command: ["/bin/sh","-c","echo kubehello; sleep 100"]
    resources: {limits: {memory: 48Mi, cpu: 250m}}
    securityContext: {readOnlyRootFilesystem: true, runAsUser: 1000, capabilities: {drop: [ALL]}}
EOF
    P play kube --network none "$T/k.yaml"
    waitfor 10 logs_have kp-c1 kubehello
    eq "$(P exec kp-c1 /bin/id -u)" 1000
    P play kube --down "$T/k.yaml"
}
t_healthcheck() {
    up hc --health-cmd 'test -e /tmp/ok' --health-interval disable $I sleep 100
    local rc=0
    P healthcheck run hc || rc=$?
    [ $rc != 0 ]
    P exec hc touch /tmp/ok
    P healthcheck run hc
    RM hc
}
t_restart_policy() {
    RN run -d --name rp --restart on-failure:2 $I sh -c 'echo x; exit 3' >/dev/null
    waitfor 15 sh -c "[ \"\$($PODMAN logs rp | grep -c x)\" = 3 ]"
    sleep 1
    eq "$(P logs rp | grep -c x)" 3
    eq "$(st rp)" exited
    RM rp
}
t_events() { has "$(P events --stream=false --since 10m)" "container start"; }
t_no_pivot() {
    sed 's/^\[engine\]/&\nno_pivot_root=true/' "$T/p/containers.conf" >"$T/p/no-pivot.conf"
    eq "$(CONTAINERS_CONF=$T/p/no-pivot.conf RN run --rm $I echo np)" np
}
# Detached: with this option, podman waits for the end of an attached one for 20 s that has long ended.
t_log_level_debug() {
    P --log-level=debug run -d --name dbg --cgroup-parent $CG --network none $I echo from-debug 2>/dev/null
    waitfor 10 logs_have dbg from-debug
    RM dbg
}
t_timeout_opt() {
    local start
    start=$(milliseconds)
    not RN run --rm --timeout 1 $I sh -c 'echo started; sleep 100' >"$T/timeout.out"
    has "$(cat "$T/timeout.out")" started
    [ $(($(milliseconds) - start)) -lt 20000 ]
}
t_many() {
    for i in $(seq 1 8); do
        up m$i $I sleep 100 &
    done
    wait
    eq "$(P ps -q --filter name=^m | wc -l)" 8
    RM m{1..8} >/dev/null
}
t_podman_build() {
    mkdir -p $T/ctx
    printf "FROM $I\nRUN echo built >/built && id -u\nUSER 1000\nRUN id -u\n" >$T/ctx/Dockerfile
    P build --isolation=oci --network none --cgroup-parent $CG-b --runtime $RTBIN -t localhost/built:1 $T/ctx
    eq "$(RN run --rm localhost/built:1 cat /built)" built
}
t_buildah_run() {
    local B="timeout 60 buildah --root $T/p/root --runroot $T/p/run"
    local c
    c=$($B from --pull-never --cgroup-parent $CG-br $I)
    eq "$($B run --isolation=oci --runtime $RTBIN --network none $c -- echo br)" br
    has "$(on_terminal "$B run -t --isolation=oci --runtime $RTBIN --network none $c -- sh -c 'sleep .3; tty; sleep .3'")" pts
    $B rm $c
}
t_checkpoint() {
    criu check >/dev/null 2>&1 || skip "criu check fails on this kernel: $(criu check 2>&1 | grep -m1 Error)"
    up ck $I sleep 100
    P container checkpoint ck
    P container restore ck
    RM ck
}
t_runtime_gone_state() {
    up rg $I sleep 100
    P ps -a --sync >/dev/null
    eq "$(st rg)" running
    RM rg
}
t_kill_pid_outside() {
    up ko $I sleep 100
    local pid
    pid=$(P inspect ko --format '{{.State.Pid}}')
    [ "$pid" -gt 1 ]
    kill -9 $pid
    eq "$(P wait ko)" 137
    waitfor 5 sh -c "[ \$($PODMAN inspect ko --format '{{.State.Status}}') = exited ]"
    RM ko
}
# ---- as an ordinary user, who is made up: /etc is our own

rootless_setup() {
    local id=29999
    echo "cluser:x:$id:$id::$T/home:/bin/sh" >>/etc/passwd
    echo "cluser:x:$id:" >>/etc/group
    echo "cluser:300000:65536" | tee /etc/subuid >/etc/subgid
    mkdir -p "$T/home/.config/containers" "$T/rl" "$T/xdg"
    sed "s#$T/p/net#$T/rl/net#; s#netavark#cni#" "$T/p/containers.conf" >"$T/home/.config/containers/containers.conf"
    printf '[storage]\ndriver="overlay"\ngraphroot="%s"\nrunroot="%s"\n' "$T/rl/root" "$T/rl/run" \
        >"$T/home/.config/containers/storage.conf"
    chown -R "$id:$id" "$T/home" "$T/rl" "$T/xdg"
    chmod 700 "$T/xdg"
    chmod 755 "$T/bin"
    # The host's may be root's alone.
    if [ -c /dev/net/tun ]; then
        mknod "$T/tun" c 10 200
        chmod 666 "$T/tun"
        mount --bind "$T/tun" /dev/net/tun
    fi
    [ -z "${ARGV_LOG-}" ] || { touch "$ARGV_LOG" && chmod 666 "$ARGV_LOG"; }
}

RL() { # COMMAND...
    (
        cd "$T/home" || exit
        timeout 60 setpriv --reuid 29999 --regid 29999 --clear-groups env -i \
            PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$T/home" USER=cluser XDG_RUNTIME_DIR="$T/xdg" TERM=xterm "$@"
    )
}
t_rootless_run() {
    RL podman import $T/bb.tar $I
    eq "$(RL podman run --rm --network none $I id -u)" 0
    has "$(RL podman run --rm --network none $I cat /proc/self/uid_map)" 300000
}
t_rootless_keep_id() { eq "$(RL podman run --rm --network none --userns keep-id $I id -u)" 29999; }
t_rootless_detach_exec_stop() {
    RL podman run -d --name r1 --network none $I trapd
    sleep 1
    eq "$(RL podman exec r1 echo rx)" rx
    RL podman stop -t 5 r1
    eq "$(RL podman inspect r1 --format '{{.State.ExitCode}}')" 42
    RL podman rm r1
}
t_rootless_slirp() {
    [ -c /dev/net/tun ] || skip "no /dev/net/tun"
    has "$(RL podman run --rm --network slirp4netns $I ip addr)" 10.0.2.100
}
t_rootless_tty() {
    has "$(RL env SHELL=/bin/bash script -qec "podman run --rm -it --network none $I sh -c 'sleep .3; tty; sleep .3'" /dev/null)" /dev/pts
}
t_rootless_pod() {
    RL podman import -c 'ENTRYPOINT ["/bin/sleep","inf"]' $T/bb.tar localhost/pause:1
    RL podman pod create --name rpod --network none
    RL podman run -d --pod rpod --name rpa $I sleep 100
    RL podman pod rm -f -t 0 rpod
}

for check in $(checks); do
    [ "$check" != rootless_run ] || rootless_setup
    t "$check"
done
P rm -fa -t 0 >/dev/null 2>&1
P pod rm -fa >/dev/null 2>&1
finish
