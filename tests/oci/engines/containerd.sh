#!/usr/bin/env bash
# containerd.sh RUNTIME [PATTERN] - an OCI runtime under containerd: by ctr, and by the calls that
# Kubernetes makes (CRI)
#
# $CRICTL is the client for the latter; without one, cri.py beside this script, which can't stream.
# shellcheck disable=SC2046 # ids and pids are one word
# shellcheck source=common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"

CRICTL=${CRICTL:-$(command -v crictl || echo "$HERE/cri.py")}
NS=${CG#/}
I=localhost/bb:1
CTR="ctr -a $T/c.sock -n $NS" # for commands that another shell runs
PLUGINS=/usr/lib/cni          # Debian's place

# ctr knows one place for plugins and networks, and the plugins one for their addresses.
configure_networks() {
    mkdir -p /etc/cni/net.d
    mkdir -p /var/lib/cni
    mount -t tmpfs none /opt
    mkdir -p /opt/cni
    ln -s "$PLUGINS" /opt/cni/bin
    cat >/etc/cni/net.d/10-br.conflist <<EOF
{ "cniVersion": "0.4.0", "name": "cl", "plugins": [
    { "type": "bridge", "bridge": "clbr0", "isGateway": true, "ipMasq": false,
      "ipam": { "type": "host-local", "ranges": [ [ { "subnet": "10.99.0.0/16" } ] ],
          "routes": [ { "dst": "0.0.0.0/0" } ] } },
    { "type": "portmap", "capabilities": { "portMappings": true } } ] }
EOF
}

configure() {
    cat >"$T/config.toml" <<EOF
version = 2
root = "$T/root"
state = "$T/state"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
    "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
  address = "$T/c.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$PLUGINS"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "x"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.x]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.x.options]
        BinaryName = "$RTBIN"
        SystemdCgroup = false
EOF
}

C() { timeout 60 $CTR "$@"; }
R() { C run --runc-binary "$RTBIN" "$@"; }
start_daemon() {
    containerd -c "$T/config.toml" >>"$T/containerd.log" 2>&1 &
    waitfor 15 ctr -a "$T/c.sock" version
}
st() { C task ls | awk -v name="$1" '$1 == name { print $3 }'; }
pid() { C task ls | awk -v name="$1" '$1 == name { print $2 }'; }
status_now() { [ "$(st "$1")" = "$2" ]; }
not_running() { ! status_now "$1" RUNNING; }
ex() {
    local c=$1
    shift
    C task exec --exec-id "e$RANDOM$RANDOM" "$c" "$@"
}
# output COMMAND...: ctr may close the output before it has read it, so there are three tries.
output() {
    local output='' _
    for _ in 1 2 3; do
        output=$("$@")
        [ -z "$output" ] || break
    done
    printf '%s\n' "$output"
}
# says TEXT COMMAND...
says() {
    local text=$1
    shift
    eq "$(output "$@")" "$text"
}
logf() { echo "$T/log.$1"; }
gone() {
    C task kill -s KILL "$1" 2>/dev/null || true
    waitfor 5 not_running "$1" || true
    C task rm -f "$1" >/dev/null 2>&1 || true
    C c rm "$1" >/dev/null 2>&1 || true
}

# ctr forgets --runc-binary when it is given --no-pivot, --uidmap or --gidmap, and takes runc.
configure_runc() {
    [ -e "$T/bin/runc" ] || ln -s "$RTBIN" "$T/bin/runc"
    PATH=$T/bin:$PATH
}

configure_networks
configure
configure_runc
mkrootfs "$T/bb" "$T/bb.tar"
mkimage "$T/bb.tar" $I "$T/img.tar" '["/bin/sh"]' null
mkimage "$T/bb.tar" localhost/pause:1 "$T/pause.tar" null '["/bin/sleep","inf"]'
start_daemon
(C events >"$T/events" 2>&1 &)

# ---- checks

t_import() { C image import $T/img.tar; C image ls -q | grep -qx $I; }
t_run() { eq "$(output R --rm $I r1 echo hi)" hi; }
t_exit_code() { local rc=0; R --rm $I r2 sh -c 'exit 7' || rc=$?; eq $rc 7; }
t_not_found_msg() {
    refused 1 /nonexist R --rm $I r3 /nonexist
    C c rm r3 2>/dev/null || :
}
# (ctr loses an EOF that arrives before the task exists, hence the sleeps)
t_stdin() { eq "$( (sleep 1; echo sin; sleep .5) | R --rm $I r4 cat)" sin; }
t_stderr_split() {
    R --rm $I r5 sh -c 'echo o; echo e >&2' >$T/so 2>$T/se
    eq "$(cat $T/so)" o
    eq "$(cat $T/se)" e
}
t_tty() {
    has "$(on_terminal "$CTR run --runc-binary $RTBIN --rm -t $I r6 sh -c 'sleep .3; tty; test -t 0 && echo istty; sleep .3'")" istty
}
t_tty_size() {
    has "$(on_terminal "stty rows 33 cols 101; $CTR run --runc-binary $RTBIN --rm -t $I r7 sh -c 'sleep .5; stty size; sleep .3'")" "33 101"
}
t_detached() {
    R -d --log-uri file://$(logf d1) --pid-file $T/d1.pid $I d1 trapd
    eq "$(st d1)" RUNNING
    eq "$(cat $T/d1.pid)" "$(pid d1)"
    waitfor 5 grep -q ready $(logf d1)
}
t_cgroup_path() { grep -q "memory:$CG/d1\$" /proc/$(pid d1)/cgroup; }
t_exec() { says in ex d1 echo in; }
t_exec_code() { local rc=0; ex d1 sh -c 'exit 9' || rc=$?; eq $rc 9; not ex d1 /nonexist; }
exec_as_user() { C task exec --exec-id "e$RANDOM$RANDOM" --cwd /tmp --user 1000 "$@"; }
# A container of its own: with --user, ctr mounts the snapshot a second time, which spoils the first.
t_exec_cwd_user() {
    R -d --null-io $I eu sleep 60
    says "/tmp 1000" exec_as_user eu sh -c 'echo $PWD $(id -u)'
    gone eu
}
t_exec_stdin() { eq "$( (sleep 1; echo xx; sleep .5) | ex d1 cat)" xx; }
t_exec_tty() {
    has "$(on_terminal "$CTR task exec --exec-id et -t d1 sh -c 'sleep .3; tty; sleep .3'")" /dev/pts
}
t_exec_detach() {
    C task exec -d --exec-id ed d1 sh -c 'echo d >/tmp/det'
    waitfor 5 test -s /proc/$(pid d1)/root/tmp/det
}
t_exec_parallel() {
    local i
    for i in 1 2 3 4 5 6; do
        ex d1 sh -c "echo p$i; sleep .3" >$T/par.$i &
    done
    wait
    eq "$(cat $T/par.* | sort | tr '\n' ' ')" "p1 p2 p3 p4 p5 p6 "
}
t_kill_usr1() {
    C task kill -s USR1 d1
    waitfor 5 grep -q got-usr1 $(logf d1)
    eq "$(st d1)" RUNNING
}
t_pause() {
    C task pause d1
    eq "$(st d1)" PAUSED
    not timeout 5 $CTR task exec --exec-id ep d1 true
    C task resume d1
    eq "$(st d1)" RUNNING
    ex d1 true
}
t_metrics() { has "$(C task metrics d1)" "memory.usage_in_bytes"; }
t_ps() { C task ps d1 | grep -q "^$(pid d1)"; }
t_stop_term() {
    C task kill d1
    waitfor 5 status_now d1 STOPPED
    local rc=0
    C task rm d1 || rc=$?
    C c rm d1
    echo rc=$rc
}
t_cgroup_gone() { not ls -d /sys/fs/cgroup/memory$CG/d1; }
t_wait_code() {
    local rc=0
    R --rm $I w1 sh -c 'kill -9 $$; sleep 1' || rc=$?
    echo rc=$rc
    rc=0
    ( waitfor 10 status_now w2 RUNNING
    C task kill -s KILL w2 ) & R --rm $I w2 sleep 30 || rc=$?
    eq $rc 137
}
t_kill_all() {
    R -d --null-io --with-ns pid:/proc/1/ns/pid $I ka sh -c 'sleep 777 & sleep 778'
    waitfor 10 pgrep -f 'sleep 777'
    C task kill -a -s KILL ka
    waitfor 10 not pgrep -f 'sleep 777'
    gone ka
}
t_hostpid_exit_kills_rest() {
    R -d --null-io --with-ns pid:/proc/1/ns/pid $I hp sh -c 'sleep 779 & sleep .5'
    pgrep -f 'sleep 779'
    waitfor 10 not pgrep -f 'sleep 779'
    gone hp
}
t_memory() {
    eq "$(output R --rm --memory-limit 67108864 --mount type=bind,src=/sys/fs/cgroup,dst=/cg,options=rbind:ro $I m1 sh -c 'cat /cg/memory'$CG'/m1/memory.limit_in_bytes')" 67108864
}
t_cpus() {
    R -d --null-io --cpus 0.5 $I c1 sleep 50
    eq "$(cat /sys/fs/cgroup/cpu$CG/c1/cpu.cfs_quota_us)" 50000
    gone c1
}
t_cgroup_path_opt() {
    R -d --null-io --cgroup $CG/sub/dir $I c2 sleep 50
    grep -q "memory:$CG/sub/dir\$" /proc/$(pid c2)/cgroup
    gone c2
}
t_cgroup_mount_ns() { has "$(output R --rm $I c3 cat /proc/self/cgroup)" ":/"; }
t_oom_event() {
    R --rm --memory-limit 16777216 $I oom sh -c 'x=$(head -c 100000000 /dev/zero | tr "\0" a)' || :
    waitfor 5 grep -q '/tasks/oom' $T/events
}
t_readonly() { refused 1 'Read-only file system' R --rm --read-only $I ro1 touch /x; }
t_mount() {
    echo m >$T/mf
    eq "$(output R --rm --mount type=bind,src=$T/mf,dst=/new/mf,options=rbind:ro $I mo1 cat /new/mf)" m
    not R --rm --mount type=bind,src=$T/mf,dst=/new/mf,options=rbind:ro $I mo2 sh -c 'echo x >/new/mf'
    has "$(output R --rm --mount type=tmpfs,src=tmpfs,dst=/tt,options=size=1m $I mo3 grep /tt /proc/mounts)" 1024k
}
t_env_cwd() { eq "$(output R --rm --env A=b --cwd /tmp $I en sh -c 'echo $A $PWD')" "b /tmp"; }
t_caps() {
    has "$(output R --rm --cap-drop CAP_CHOWN $I ca grep CapEff /proc/self/status)" a80425fa
    has "$(output R --rm --cap-add CAP_SYS_ADMIN $I cb grep CapEff /proc/self/status)" a82425fb
}
t_seccomp() {
    has "$(output R --rm --seccomp $I se1 grep Seccomp: /proc/self/status)" 2
    jq -n '{ defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
        syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", args: [] }] }' >"$T/sc.json"
    status_is 1 R --rm --seccomp --seccomp-profile $T/sc.json $I se2 mkdir /tmp/x
    R --rm --seccomp $I se3 mkdir /tmp/x
}
t_no_new_privs() {
    has "$(output R --rm $I nn1 grep NoNewPrivs /proc/self/status)" 1
    has "$(output R --rm --allow-new-privs $I nn2 grep NoNewPrivs /proc/self/status)" 0
}
t_privileged() { has "$(output R --rm --privileged $I pr grep CapEff /proc/self/status)" 1ff; }
t_masked() {
    eq "$(output R --rm $I ma sh -c 'cat /proc/kcore 2>/dev/null | head -c 10 | wc -c')" 0
    not R --rm $I ma2 sh -c 'echo 1 >/proc/sys/kernel/printk'
}
t_net_host() {
    eq "$(output R --rm --net-host $I nh readlink /proc/self/ns/net)" "$(readlink /proc/self/ns/net)"
}
t_net_none() { eq "$(output R --rm $I nn sh -c 'ls /sys/class/net | tr "\n" " "')" "lo "; }
t_cni() { has "$(output R --rm --cni $I cn ip addr 2>&1)" 10.99.; }
t_userns() {
    eq "$(output R --rm --uidmap 0:100000:65536 --gidmap 0:100000:65536 $I us sh -c 'id -u; awk "{print \$2}" /proc/self/uid_map' | tr '\n' ' ')" "0 100000 "
}
t_device() { R --rm --device /dev/fuse $I de test -c /dev/fuse; }
t_with_ns() {
    R -d --null-io $I wn sleep 60
    eq "$(output R --rm --with-ns network:/proc/$(pid wn)/ns/net $I wn2 readlink /proc/self/ns/net)" "$(readlink /proc/$(pid wn)/ns/net)"
    gone wn
}
t_rootfs_dir() { cp -a $T/bb $T/rd; eq "$(output R --rm --rootfs $T/rd rd1 /bin/echo rf)" rf; }
t_spec_config() {
    ctr -n $NS oci spec >$T/spec.json
    jq --arg root "$T/rd" --arg group "$CG/sp" '.root.path = $root | .linux.cgroupsPath = $group |
        .process.args = ["/bin/echo", "speccfg"] | .process.terminal = false' "$T/spec.json" >"$T/spec2.json"
    eq "$(C run --runc-binary $RTBIN --rm --config $T/spec2.json sp)" speccfg
}
t_no_pivot() { eq "$(output R --rm --no-pivot $I np echo np)" np; }
t_propagation() { R --rm --rootfs-propagation shared $I rp true; }
t_runc_root() { R -d --null-io --runc-root $T/rr $I ro sleep 60; ls -d $T/rr/$NS/ro*; gone ro; }
t_attach() {
    R -d $I at trapd </dev/null
    ( timeout 10 $CTR task attach at </dev/null || : ) >$T/att 2>&1 &
    for _ in 1 2 3 4 5 6 7 8; do
        sleep .3
        C task kill -s USR1 at
        sleep .2
        ! grep -q got-usr1 $T/att || break
    done
    gone at
    has "$(cat $T/att)" got-usr1
}
t_killed_outside() {
    R -d --null-io $I ko sleep 60
    kill -9 $(pid ko)
    waitfor 5 status_now ko STOPPED
    gone ko
}
t_daemon_restart() {
    R -d --null-io $I dr sleep 600
    local p d
    p=$(pid dr)
    d=$(pgrep -x containerd | head -1)
    kill $d
    waitfor 5 sh -c "! kill -0 $d 2>/dev/null"
    start_daemon
    eq "$(st dr)" RUNNING
    eq "$(pid dr)" $p
    ex dr true
    gone dr
}
t_shim_killed() {
    R -d --null-io $I sk sleep 601
    local p s
    p=$(pid sk)
    s=$(awk '{print $4}' /proc/$p/stat)
    kill -9 $s
    waitfor 10 sh -c "! kill -0 $p 2>/dev/null || [ \"\$(awk '{print \$3}' /proc/$p/stat)\" = Z ]"
    waitfor 5 sh -c "! ls -d /sys/fs/cgroup/memory$CG/sk"
    gone sk
}
t_many() {
    for i in 1 2 3 4 5 6 7 8; do
        R -d --null-io $I mm$i sleep 60 &
    done
    wait
    eq "$(C task ls | grep -c 'mm. .*RUNNING')" 8
    for i in 1 2 3 4 5 6 7 8; do
        gone mm$i &
    done
    wait
}
t_events() {
    for e in /tasks/create /tasks/start /tasks/exit /tasks/delete /tasks/exec-added /tasks/exec-started /tasks/paused /tasks/resumed; do
        grep -q $e $T/events || fail "no $e"
    done
}
# ---- the calls that Kubernetes makes

K() { timeout 60 $CRICTL -r "unix://$T/c.sock" -i "unix://$T/c.sock" "$@"; }
needs_streams() { case $CRICTL in *cri.py) skip "cri.py has no streams" ;; esac; }

# pod NAME [LINUX]: prints its id; LINUX is JSON, as in the two of containers
pod() {
    mkdir -p "$T/podlogs/$1"
    jq -n --arg name "$1" --arg logs "$T/podlogs/$1" --arg group "$CG/pod-$1" --argjson linux "${2:-null}" '
        ($linux.security_context.namespace_options.network == 2) as $of_host |
        { metadata: { name: $name, namespace: "d", uid: $name, attempt: 1 },
          hostname: (if $of_host then "" else $name end), log_directory: $logs,
          linux: ({ cgroup_parent: $group } + ($linux // {})) }' >"$T/pod-$1.json"
    K runp "$T/pod-$1.json"
}

# created POD NAME COMMAND [LINUX]: a container that was not started; prints its id
created() {
    jq -n --arg name "$2" --argjson command "$3" --argjson linux "${4:-null}" '
        { metadata: { name: $name }, image: { image: "localhost/bb:1" }, command: $command,
          log_path: ($name + ".log"), linux: ($linux // {}) } +
        (if $name == "tty" then { tty: true, stdin: true } else {} end)' >"$T/c-$2.json"
    K create $(cat "$T/pid-$1") "$T/c-$2.json" "$T/pod-$1.json"
}

# ctr_ POD NAME COMMAND [LINUX]: one that runs
ctr_() {
    local id
    id=$(created "$@")
    K start "$id" >/dev/null
    echo "$id"
}

t_cri_version_info() {
    ctr -a $T/c.sock -n k8s.io image import $T/img.tar
    ctr -a $T/c.sock -n k8s.io image import $T/pause.tar
    K version
    K info | jq -e '.status.conditions[]|select(.type=="RuntimeReady").status'
    K images | grep -q localhost/bb
}
t_cri_pod() {
    pod p1 >$T/pid-p1
    K pods | grep -q p1
    has "$(K inspectp $(cat $T/pid-p1) | jq -r .status.network.ip)" 10.99.
}
t_cri_container() {
    ctr_ p1 c1 '["trapd"]' >$T/cid
    eq "$(K inspect $(cat $T/cid) | jq -r .status.state)" CONTAINER_RUNNING
    waitfor 5 grep -q ready $T/podlogs/p1/c1.log
    has "$(K logs $(cat $T/cid))" ready
}
t_cri_exec_sync() {
    eq "$(K exec -s $(cat $T/cid) echo es)" es
    local rc=0
    K exec -s $(cat $T/cid) sh -c 'exit 3' || rc=$?
    [ $rc != 0 ]
}
t_cri_exec_stream() {
    needs_streams
    eq "$(K exec $(cat $T/cid) echo st)" st
    has "$(on_terminal "$CRICTL -r unix://$T/c.sock exec -it $(cat $T/cid) sh -c 'sleep .3; tty; sleep .3'")" /dev/pts
}
t_cri_stats() { has "$(K stats -o json $(cat $T/cid) | jq -c '.stats[0].memory')" working_set; }
t_cri_update() {
    K update --memory 67108864 --cpu-quota 30000 --cpu-period 100000 $(cat $T/cid)
    eq "$(cat /sys/fs/cgroup/memory$CG/pod-p1/$(cat $T/cid)/memory.limit_in_bytes)" 67108864
    eq "$(cat /sys/fs/cgroup/cpu$CG/pod-p1/$(cat $T/cid)/cpu.cfs_quota_us)" 30000
}
t_cri_shared_ns() {
    eq "$(K exec -s $(cat $T/cid) readlink /proc/self/ns/net)" "$(readlink /proc/$(K inspectp $(cat $T/pid-p1) | jq .info.pid)/ns/net)"
}
t_cri_port_forward() {
    needs_streams
    K exec -s $(cat $T/cid) sh -c 'httpd -p 80 -h /www'
    ( timeout 10 $CRICTL -r unix://$T/c.sock port-forward $(cat $T/pid-p1) 18081:80 >/dev/null 2>&1 & )
    waitfor 5 sh -c 'busybox wget -qO- http://127.0.0.1:18081/ | grep -q hello'
    busybox wget -qO- http://$(K inspectp $(cat $T/pid-p1) | jq -r .status.network.ip)/
}
t_cri_stop_timeout() {
    local a
    a=$(date +%s)
    K stop -t 5 $(cat $T/cid)
    [ $(($(date +%s)-a)) -lt 5 ]
    eq "$(K inspect $(cat $T/cid) | jq .status.exitCode)" 42
    K rm $(cat $T/cid)
}
t_cri_stop_kill() {
    local id
    id=$(ctr_ p1 c2 '["sh","-c","trap : TERM; while :; do sleep 1; done"]')
    K stop -t 1 $id
    eq "$(K inspect $id | jq .status.exitCode)" 137
    K rm $id
}
t_cri_start_error() {
    local id
    id=$(created p1 bad '["/nonexist"]')
    local o
    o=$(K start $id 2>&1) && fail started
    echo "$o"
    case $o in
        *"o such file"* | *"not found"*)

        ;;
        *)
            fail "$o"
        ;;
    esac
    K inspect $id | jq -c '.status|[.state,.exitCode,.reason]'
    eq "$(K inspect $id | jq -r .status.reason)" StartError
    K rm $id
}
t_cri_security() {
    local id
    id=$(ctr_ p1 sec '["sleep","300"]' '{
        "security_context": { "run_as_user": { "value": 1000 }, "run_as_group": { "value": 1000 },
            "readonly_rootfs": true, "no_new_privs": true, "seccomp": { "profile_type": 0 },
            "capabilities": { "drop_capabilities": ["ALL"] } },
        "resources": { "memory_limit_in_bytes": 50331648, "cpu_shares": 256, "oom_score_adj": 500 } }')
    eq "$(K exec -s $id id -u)" 1000
    local s
    s=$(K exec -s $id cat /proc/self/status)
    has "$s" "$(printf 'NoNewPrivs:\t1')"
    has "$s" "$(printf 'Seccomp:\t2')"
    has "$s" "$(printf 'CapBnd:\t0000000000000000')"
    not K exec -s $id touch /tmp/x
    K stop -t 0 $id
    K rm $id
}
t_cri_privileged() {
    pod pp '{"security_context":{"privileged":true}}' >$T/pid-pp
    local id
    id=$(ctr_ pp priv '["sleep","300"]' '{"security_context":{"privileged":true}}')
    has "$(K exec -s $id cat /proc/self/status)" 1ff
    K stopp $(cat $T/pid-pp)
    K rmp -f $(cat $T/pid-pp)
}
t_cri_hostnet_hostpid() {
    pod hn '{"security_context":{"namespace_options":{"network":2,"pid":2,"ipc":2}}}' >$T/pid-hn
    local id
    id=$(ctr_ hn hnc '["sleep","300"]' '{"security_context":{"namespace_options":{"network":2,"pid":2,"ipc":2}}}')
    eq "$(K exec -s $id readlink /proc/self/ns/net)" "$(readlink /proc/self/ns/net)"
    eq "$(K exec -s $id readlink /proc/self/ns/pid)" "$(readlink /proc/self/ns/pid)"
    K rmp -f $(cat $T/pid-hn)
}
t_cri_pid_shared_pod() {
    pod sp '{"security_context":{"namespace_options":{"pid":0}}}' >$T/pid-sp
    ctr_ sp spa '["sleep","311"]' '{"security_context":{"namespace_options":{"pid":0}}}'
    local b
    b=$(ctr_ sp spb '["sleep","312"]' '{"security_context":{"namespace_options":{"pid":0}}}')
    has "$(K exec -s $b ps)" "sleep 311"
    K rmp -f $(cat $T/pid-sp)
}
t_cri_sysctl() {
    pod sy '{"sysctls":{"net.ipv4.ip_unprivileged_port_start":"55"}}' >$T/pid-sy
    local id
    id=$(ctr_ sy syc '["sleep","300"]')
    eq "$(K exec -s $id cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" 55
    K rmp -f $(cat $T/pid-sy)
}
t_cri_tty_attach() {
    needs_streams
    local id
    id=$(ctr_ p1 tty '["sh"]')
    has "$( ( sleep 1; echo 'echo at$((1+1))'; sleep 1; echo exit; sleep .5 ) | timeout 10 $CRICTL -r unix://$T/c.sock attach -i $id 2>&1 || :)" at2
    K rm -f $id || :
}
t_cri_pod_stop_rm() {
    K stopp $(cat $T/pid-p1)
    K rmp -f $(cat $T/pid-p1)
    if K pods -q | grep -q "$(cat $T/pid-p1)"; then
        fail "still there"
    fi
}

for check in $(checks); do t "$check"; done
for pod in $(K pods -q 2>/dev/null); do K stopp "$pod"; K rmp -f "$pod"; done >/dev/null 2>&1
for container in $(C c ls -q); do gone "$container"; done >/dev/null 2>&1
finish
