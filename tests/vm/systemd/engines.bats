#!/usr/bin/env bats
# launcher as the runtime of podman and dockerd where systemd makes the cgroups. To be run by
# tests/lib/with-systemd --bus --user, on a machine that is thrown away. RUNTIME names another runtime.
#
# Most checks look at one container of each engine, box, which has every limit.

bats_require_minimum_version 1.5.0
load ../../lib/launcher
load ../../lib/systemd
load ../../oci/engines/image.sh

I=localhost/bb:1
V2=/sys/fs/cgroup
LIMITS=(--memory 64m --memory-swap 96m --memory-reservation 32m --cpus 0.5 --cpu-shares 512 --cpuset-cpus 0
    --pids-limit 40)

# crun has one more cgroup, within the scope, and the limits are there alone: it tells systemd of none.
own_cgroup() { case $RUNTIME in */crun) echo "$1/container" ;; *) echo "$1" ;; esac; }
needs_properties() { [[ $RUNTIME != */crun ]] || skip "crun 1.8 sets no limits as properties"; }

setup_file() {
    [ "${VMTEST-}" = 1 ] # the engines have their usual places
    is "$(</proc/1/comm)" systemd
    local home=/run/home/ordinary name
    RUNTIME=$(readlink -f "$(command -v "${RUNTIME:-$LAUNCHER}")")
    export RUNTIME T=$BATS_FILE_TMPDIR LAYERS=/mnt/scratch/engines # an overlay can't be on an overlay
    mkdir -p "$T/net" $LAYERS/user
    mkrootfs "$T/bb" "$T/bb.tar"
    mkimage "$T/bb.tar" $I "$T/image.tar" '["/bin/sh"]' null
    start_dockerd

    name=$(basename "$RUNTIME")
    cat >"$T/containers.conf" <<END
[containers]
log_driver="k8s-file"
default_sysctls=[]
[engine]
events_logger="file"
infra_image="localhost/pause:1"
runtime_supports_json=["$name"]
[engine.runtimes]
$name=["$RUNTIME"]
[network]
network_backend="netavark"
network_config_dir="$T/net"
END
    printf '[storage]\ndriver="overlay"\ngraphroot="%s"\nrunroot="%s"\n' $LAYERS/podman /run/podman \
        >"$T/storage.conf"
    export CONTAINERS_CONF=$T/containers.conf CONTAINERS_STORAGE_CONF=$T/storage.conf
    podman import -c 'CMD ["/bin/sh"]' "$T/bb.tar" $I
    podman import -c 'ENTRYPOINT ["/bin/sleep","inf"]' "$T/bb.tar" localhost/pause:1
    podman run -d --name box --network none "${LIMITS[@]}" $I trapd

    mkdir -p $home/.config/containers
    grep -v network "$T/containers.conf" >$home/.config/containers/containers.conf
    printf '[storage]\ndriver="overlay"\ngraphroot="%s"\n' $LAYERS/user >$home/.config/containers/storage.conf
    cp "$T/bb.tar" $home
    chown -R $USER_ID:$USER_ID $home $LAYERS/user

    wait_until 60 docker_answers || { cat "$T/dockerd.log"; false; }
    docker load -i "$T/image.tar"
    docker run -d --name box --network none "${LIMITS[@]}" $I trapd
}

# dockerd wants AppArmor's parser where the kernel has AppArmor, and there needn't be one. It sees another
# /sys than the others, because an ordinary user may mount only one that nothing is mounted on.
start_dockerd() {
    echo '{}' >"$T/dockerd.json" # not the one in /etc
    echo N >"$T/no"
    unshare --mount --propagation slave sh -c '
        ! [ -e "$2" ] || mount --bind "$1" "$2" || exit
        shift 2
        exec dockerd "$@"' - "$T/no" /sys/module/apparmor/parameters/enabled --config-file "$T/dockerd.json" \
        --add-runtime "x=$RUNTIME" --default-runtime x --exec-opt native.cgroupdriver=systemd \
        --data-root $LAYERS/docker --host unix:///run/docker.sock --bridge none --iptables=false \
        --ip-masq=false </dev/null >"$T/dockerd.log" 2>&1 3>&- 4>&- &
}
docker_answers() { docker version >/dev/null 2>&1; }

# The distribution's client: there may be another one in /usr/local.
docker() { timeout 60 /usr/bin/docker --host unix:///run/docker.sock "$@" 3>&-; }
podman() { timeout 60 podman --cgroup-manager=systemd --runtime "$RUNTIME" "$@" 3>&-; }
rootless() { as_user podman --cgroup-manager=systemd --runtime "$RUNTIME" "$@" 3>&-; }

id_of() { "$1" inspect --format '{{.Id}}' "$2"; }               # ENGINE CONTAINER
state_of() { "$1" inspect --format '{{.State.Status}}' "$2"; } # ENGINE CONTAINER
scope_of() {                                                    # ENGINE CONTAINER: the unit
    case $1 in docker) echo "docker-$(id_of "$@").scope" ;; *) echo "libpod-$(id_of "$@").scope" ;; esac
}
# cgroup_of ENGINE CONTAINER: of its first process
cgroup_of() { sed 's/^0:://' "/proc/$("$1" inspect --format '{{.State.Pid}}' "$2")/cgroup"; }
values() { (cd "$1" && shift && cat "$@" | xargs); }    # DIR FILE...
properties() { # UNIT NAME...
    local unit=$1 name
    shift
    for name; do property "$unit" "$name"; done | xargs
}

# in_slice ENGINE CONTAINER SLICE CGROUP: its scope is there for systemd and for the kernel
in_slice() {
    local scope
    scope=$(scope_of "$1" "$2")
    is "$(properties "$scope" LoadState ActiveState SubState Transient Slice ControlGroup)" \
        "loaded active running yes $3 $4/$scope"
    is "$(cgroup_of "$1" "$2")" "$(own_cgroup "$4/$scope")"
    # Otherwise what is below it is systemd's to change.
    is "$(property "$scope" Delegate)" yes
}

# no_trace ID...: no unit, loaded or failed, no cgroup and no process. Engines and systemd clean up in
# their own time.
no_trace() {
    local id
    for id; do
        [ ${#id} -ge 12 ]
        wait_until 20 no_unit_with "$id"
        wait_until 20 no_cgroup_with "$id"
        wait_until 20 no_process_with "$id"
    done
}
no_unit_with() { [ -z "$(systemctl list-units --all --plain --no-legend "*$1*")" ]; }
no_cgroup_with() { [ -z "$(find $V2 -name "*$1*" 2>/dev/null)" ]; }
no_process_with() { ! pgrep -f "$1" >/dev/null; }

LIMIT_FILES=(memory.max memory.swap.max memory.low cpu.max cpu.weight cpuset.cpus pids.max)
LIMIT_PROPERTIES=(MemoryMax MemorySwapMax MemoryLow CPUQuotaPerSecUSec CPUWeight AllowedCPUs TasksMax)
# Of 512 shares. Debian's crun and runc take a straight line, their successors since 2025 and we a curve.
weight() { case $RUNTIME in */crun | */runc) echo 20 ;; *) echo 59 ;; esac; }
has_limits() { # ENGINE MEMORY SWAP CPU PIDS
    local files wanted="$2 $3 33554432 $4 100000 $(weight) 0 $5"
    files=$(values "$V2$(cgroup_of "$1" box)" "${LIMIT_FILES[@]}")
    is "$files" "$wanted"
}
has_limit_properties() { # ENGINE MEMORY SWAP CPU PIDS
    is "$(properties "$(scope_of "$1" box)" "${LIMIT_PROPERTIES[@]}")" "$2 $3 33554432 $4 $(weight) 0 $5"
}

keeps_limits() { # ENGINE
    systemctl daemon-reload
    has_limits "$1" 67108864 33554432 50000 40
    # A unit that systemd has to look at again, and a neighbour that is new.
    systemctl set-property --runtime "$(property "$(scope_of "$1" box)" Slice)" TasksMax=1000
    systemd-run --quiet --wait --collect --slice="$(property "$(scope_of "$1" box)" Slice)" true
    has_limits "$1" 67108864 33554432 50000 40
}

pauses() { # ENGINE
    local cgroup
    cgroup=$(cgroup_of "$1" box)
    "$1" pause box
    is "$(state_of "$1" box)" paused
    grep -x 'frozen 1' "$V2$cgroup/cgroup.events"
    run ! "$1" exec box true
    "$1" unpause box
    is "$(state_of "$1" box)" running
    grep -x 'frozen 0' "$V2$cgroup/cgroup.events"
    is "$("$1" exec box echo again)" again
}

# ---- podman

@test "podman run: the exit status is passed, in a scope of machine.slice" {
    run -7 podman run --rm --network none --cgroupns host $I sh -c 'cat /proc/self/cgroup; exit 7'
    like "$output" "^0::$(own_cgroup '/machine\.slice/libpod-[0-9a-f]{64}\.scope')\$"
    local scope=${output##*libpod-}
    no_trace "${scope%%.*}"
}

@test "podman run -d: the scope is running, and its processes are the container's" {
    is "$(state_of podman box)" running
    in_slice podman box machine.slice /machine.slice
    is "$(podman inspect --format '{{.State.CgroupPath}}' box)" "/machine.slice/$(scope_of podman box)"
    wait_until 10 podman_is_ready
}
podman_is_ready() { [ "$(podman logs box)" = ready ]; }

@test "podman run: in the container its cgroup is the root of all" {
    is "$(podman exec box cat /proc/1/cgroup)" 0::/
    is "$(podman exec box cat /sys/fs/cgroup/pids.max)" 40
}

@test "podman exec: the exit status is passed, in the same cgroup" {
    run -9 podman exec box sh -c 'cat /proc/self/cgroup; exit 9'
    is "$output" 0::/
}

@test "podman run: the limits are in the scope's files" {
    has_limits podman 67108864 33554432 50000 40
}

@test "podman run: systemd knows the limits" {
    needs_properties
    has_limit_properties podman 67108864 33554432 500ms 40
}

@test "podman run: a memory limit kills, and leaves no unit that failed" {
    local id
    id=$(podman create --network none --memory 20m --memory-swap 20m $I \
        dd if=/dev/zero of=/dev/null bs=200M count=1)
    run -137 podman start --attach "$id"
    is "$(podman wait "$id")" 137
    wait_until 20 no_unit_with "$id"
    podman rm "$id"
    no_trace "$id"
}

@test "podman stats: the memory and the processes" {
    run -0 podman stats --no-stream --format '{{.PIDs}} {{.MemUsage}}' box
    like "$output" '^[12] [0-9.]+[kM]B / 67\.11MB$' # trapd, and now and then its sleep
}

@test "podman: limits survive that systemd is reloaded" {
    keeps_limits podman
}

@test "podman update: the files and what systemd knows" {
    podman update --memory 96m --memory-swap 128m --cpus 0.25 box
    has_limits podman 100663296 33554432 25000 40
    [[ $RUNTIME == */crun ]] || has_limit_properties podman 100663296 33554432 250ms 40
    systemctl daemon-reload
    has_limits podman 100663296 33554432 25000 40
}

@test "podman pause and unpause" {
    pauses podman
}

@test "podman stop: SIGTERM, and no trace is left when it is removed" {
    local id
    id=$(id_of podman box)
    podman stop -t 20 box
    is "$(podman inspect --format '{{.State.ExitCode}}' box)" 42
    wait_until 20 no_unit_with "$id"
    podman rm box
    no_trace "$id"
}

@test "podman restart: a scope of the same name" {
    local id
    id=$(podman run -d --name again --network none --memory 64m $I trapd)
    podman restart -t 20 again
    in_slice podman again machine.slice /machine.slice
    is "$(values "$V2$(cgroup_of podman again)" memory.max)" 67108864
    podman rm -f -t 0 again
    no_trace "$id"
}

@test "podman kill, and a first process that is killed from outside" {
    local id
    id=$(podman run -d --name k --network none $I sleep 1000)
    podman kill k
    is "$(podman wait k)" 137
    podman start k
    kill -KILL "$(podman inspect --format '{{.State.Pid}}' k)"
    is "$(podman wait k)" 137
    podman rm k
    no_trace "$id"
}

@test "podman rm -f: with many processes" {
    local id
    id=$(podman run -d --name f --network none $I sh -c 'for i in 1 2 3; do sleep 1000 & done; trap "" TERM; wait')
    podman rm -f -t 0 f
    no_trace "$id"
}

@test "systemctl stop ends the container" {
    local id
    id=$(podman run -d --name st --network none $I trapd)
    wait_until 10 has_said "$id" ready
    systemctl stop "libpod-$id.scope"
    is "$(podman wait st)" 42
    podman rm st
    no_trace "$id"
}
has_said() { [ "$(podman logs "$1")" = "$2" ]; }

@test "podman --cgroup-parent: slices, also one within another" {
    local ids
    ids=$(podman run -d --name p1 --network none --cgroup-parent my.slice $I sleep 1000)
    in_slice podman p1 my.slice /my.slice
    ids+=" $(podman run -d --name p2 --network none --cgroup-parent a-b.slice $I sleep 1000)"
    in_slice podman p2 a-b.slice /a.slice/a-b.slice
    podman rm -f -t 0 p1 p2
    # shellcheck disable=SC2086 # ids are words
    no_trace $ids
}

@test "podman pod: its containers' scopes are in its slice, which goes with it" {
    local id slice ids
    id=$(podman pod create --name pod --network none)
    slice=machine-libpod_pod_$id.slice
    ids=$(podman run -d --name inpod --pod pod --memory 64m $I sleep 1000)
    in_slice podman inpod "$slice" "/machine.slice/$slice"
    is "$(values "$V2$(cgroup_of podman inpod)" memory.max)" 67108864
    ids+=" $(podman pod inspect pod | jq -r '.InfraContainerID')"
    podman pod rm -f -t 0 pod
    # shellcheck disable=SC2086 # ids are words
    no_trace $ids "$id"
}

@test "annotations org.systemd.property: set what the scope is like" {
    local id
    id=$(podman run -d --name an --network none \
        --annotation org.systemd.property.TimeoutStopUSec='uint64 123000000' \
        --annotation org.systemd.property.CollectMode="'inactive-or-failed'" \
        --annotation org.systemd.property.SendSIGHUP=true $I sleep 1000)
    is "$(properties "libpod-$id.scope" TimeoutStopUSec CollectMode SendSIGHUP)" \
        '2min 3s inactive-or-failed yes'
    podman rm -f -t 0 an
    no_trace "$id"
}

@test "annotations org.systemd.property: seconds, and one that systemd doesn't know" {
    local id
    id=$(podman run -d --name an --network none --annotation org.systemd.property.RuntimeMaxSec='uint64 1000' \
        $I sleep 1000)
    is "$(property "libpod-$id.scope" RuntimeMaxUSec)" '16min 40s'
    podman rm -f -t 0 an
    no_trace "$id"
    id=$(podman create --network none --annotation org.systemd.property.NoSuchThing=true $I true)
    run ! podman start "$id"
    like "$output" NoSuchThing
    podman rm "$id"
    no_trace "$id"
}

# ---- podman as an ordinary user

@test "rootless podman: a scope of the user's manager, with limits" {
    local id scope cgroup
    local user=/user.slice/user-$USER_ID.slice/user@$USER_ID.service/user.slice
    rootless import bb.tar $I
    id=$(rootless run -d --name r --network none --memory 64m --pids-limit 40 $I trapd)
    scope=libpod-$id.scope
    cgroup=$(cgroup_of rootless r)
    is "$cgroup" "$(own_cgroup "$user/$scope")"
    is "$(values "$V2$cgroup" memory.max pids.max)" '67108864 40'
    is "$(as_user systemctl --user show --property ActiveState --value "$scope")" active
    is "$(rootless exec r cat /proc/self/cgroup)" 0::/
    rootless stop -t 20 r
    is "$(rootless inspect --format '{{.State.ExitCode}}' r)" 42
    rootless rm r
    no_trace "$id"
    is "$(as_user systemctl --user list-units --all --plain --no-legend "*$id*")" ''
}

@test "rootless podman: systemd knows the limits, and the status is passed" {
    local id
    run -7 rootless run --rm --network none $I sh -c 'exit 7'
    needs_properties
    id=$(rootless run -d --name r --network none --memory 64m --pids-limit 40 $I sleep 1000)
    is "$(as_user systemctl --user show --property MemoryMax --value "libpod-$id.scope")" 67108864
    is "$(as_user systemctl --user show --property TasksMax --value "libpod-$id.scope")" 40
    as_user systemctl --user daemon-reload
    is "$(values "$V2$(cgroup_of rootless r)" memory.max pids.max)" '67108864 40'
    rootless rm -f -t 0 r
    no_trace "$id"
}

# ---- dockerd

@test "docker run: the exit status is passed, in a scope of system.slice" {
    run -7 docker run --rm --network none --cgroupns host $I sh -c 'cat /proc/self/cgroup; exit 7'
    like "$output" "^0::$(own_cgroup '/system\.slice/docker-[0-9a-f]{64}\.scope')\$"
    local scope=${output##*docker-}
    no_trace "${scope%%.*}"
}

@test "docker run -d: the scope is running, and its processes are the container's" {
    is "$(state_of docker box)" running
    in_slice docker box system.slice /system.slice
}

@test "docker exec: the exit status is passed, in the same cgroup" {
    run -9 docker exec box sh -c 'cat /proc/self/cgroup; exit 9'
    is "$output" 0::/
}

@test "docker run: the limits are in the scope's files" {
    has_limits docker 67108864 33554432 50000 40
}

@test "docker run: systemd knows the limits" {
    needs_properties
    has_limit_properties docker 67108864 33554432 500ms 40
}

@test "docker stats: the memory and the processes" {
    run -0 docker stats --no-stream --format '{{.PIDs}} {{.MemUsage}}' box
    like "$output" '^[12] [0-9.]+[KM]iB / 64MiB$'
}

@test "docker: limits survive that systemd is reloaded" {
    keeps_limits docker
}

@test "docker update: the files and what systemd knows" {
    [[ $RUNTIME != */crun ]] || skip "crun 1.8 refuses the kernel memory of 0 that dockerd sends"
    docker update --memory 96m --memory-swap 128m --cpus 0.25 --pids-limit 50 box
    has_limits docker 100663296 33554432 25000 50
    has_limit_properties docker 100663296 33554432 250ms 50
    systemctl daemon-reload
    has_limits docker 100663296 33554432 25000 50
}

@test "docker pause and unpause" {
    pauses docker
}

@test "docker run --cgroup-parent: a slice" {
    local id
    id=$(docker run -d --name p1 --network none --cgroup-parent a-b.slice $I sleep 1000)
    in_slice docker p1 a-b.slice /a.slice/a-b.slice
    docker rm -f p1
    no_trace "$id"
}

# Not the first process, and not at once: containerd looks only after the start, and with the last process
# the scope goes.
@test "docker run: a memory limit kills, and dockerd is told" {
    local id
    id=$(docker run -d --network none --memory 20m --memory-swap 20m $I sleep 1000)
    run -137 docker exec "$id" dd if=/dev/zero of=/dev/null bs=200M count=1
    wait_until 20 docker_tells_of_oom "$id"
    docker rm -f "$id"
    no_trace "$id"
}
docker_tells_of_oom() {
    docker events --since 0 --until "$(date +%s)" --filter "container=$1" --filter event=oom | grep -q oom
}

@test "docker stop: SIGTERM, and no trace is left when it is removed" {
    local id
    id=$(id_of docker box)
    docker stop -t 20 box
    is "$(docker inspect --format '{{.State.ExitCode}}' box)" 42
    wait_until 20 no_unit_with "$id"
    docker rm box
    no_trace "$id"
}

@test "docker kill and rm -f" {
    local id
    id=$(docker run -d --network none $I sleep 1000)
    docker kill "$id"
    is "$(docker wait "$id")" 137
    docker start "$id"
    docker rm -f "$id"
    no_trace "$id"
}

# ---- and at the end

@test "no unit failed, no scope is left" {
    local ids
    podman rm -f -t 0 --all # where not all checks ran
    ids=$(docker ps --all --quiet)
    # shellcheck disable=SC2086 # ids are words
    [ -z "$ids" ] || docker rm -f $ids
    wait_until 20 no_scope
    is "$(systemctl list-units --failed --plain --no-legend)" ''
    is "$(as_user systemctl --user list-units --failed --plain --no-legend)" ''
}
no_scope() {
    [ "$(systemctl list-units --all --plain --no-legend --type scope | awk '{ print $1 }')" = init.scope ]
}
