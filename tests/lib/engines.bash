# shellcheck shell=bash
# engines.bash - podman and dockerd without a registry and without a trace on the host; load it after
# launcher.bash. A file that loads it calls engines_setup_file and engines_teardown_file.
#
# They run on a stage: mount, network and PID namespaces, with directories of their own for all that they
# write wherever they are told to: locks, keys, caches. STAGE is its first process. It ends with unshare,
# and with it all that was ever started there. Their files are in $STAGE_DIR, their control groups below
# $STAGE_GROUP.

STAGE_PODMAN="
[containers]
log_driver='k8s-file'
# Where root lacks CAP_SYS_RESOURCE, podman's own limits can't be set.
default_ulimits=['nofile=1024:1024', 'nproc=1024:1024']
default_sysctls=[]
[engine]
cgroup_manager='cgroupfs'
events_logger='file'
runtime='runc'
infra_image='localhost/pause:1'"

# Only what is a mount: podman takes every directory for a controller, but some are leftovers.
# shellcheck disable=SC2016 # for the inner shell
STAGE_SETUP='
set -e
ip link set lo up
for directory in /run /dev/shm /opt /var/cache /var/lib; do
    mount -t tmpfs none "$directory"
done
mkdir "$1/etc" "$1/etc.work"
mount -t overlay -o "lowerdir=/etc,upperdir=$1/etc,workdir=$1/etc.work" none /etc
if [ "$(stat --file-system --format %T /sys/fs/cgroup)" = tmpfs ]; then
    view=$(mktemp --directory --tmpdir=/run)
    mount -t tmpfs -o mode=755 none "$view"
    for path in /sys/fs/cgroup/*; do
        name=${path##*/}
        if [ -L "$path" ]; then
            cp --no-dereference "$path" "$view"
        elif mountpoint --quiet "$path"; then
            mkdir "$view/$name"
            mount --bind "$path" "$view/$name"
        fi
    done
    mount --move "$view" /sys/fs/cgroup
fi
touch "$1/ready"
# A shell that waits reaps what is left to it as process 1.
sleep infinity &
wait'

engines_setup_file() {
    export STAGE_DIR=$BATS_FILE_TMPDIR/stage STAGE_GROUP=/cinit-test-$$
    mkdir --parents "$STAGE_DIR/networks"
    printf '%s\n[network]\nnetwork_config_dir="%s"\n' "$STAGE_PODMAN" "$STAGE_DIR/networks" \
        >"$STAGE_DIR/containers.conf"
    printf '[storage]\ndriver="overlay"\ngraphroot="%s"\nrunroot="%s"\n' \
        "$STAGE_DIR/podman" /run/podman-storage >"$STAGE_DIR/storage.conf"
    export CONTAINERS_CONF=$STAGE_DIR/containers.conf CONTAINERS_STORAGE_CONF=$STAGE_DIR/storage.conf
    unshare --mount --net --pid --fork --mount-proc --kill-child --propagation private \
        bash -c "$STAGE_SETUP" - "$STAGE_DIR" </dev/null >"$STAGE_DIR/log" 2>&1 3>&- 4>&- &
    export STAGE_HOLDER=$!
    wait_until 20 test -e "$STAGE_DIR/ready" || { cat "$STAGE_DIR/log" >&2; return 1; }
    STAGE=$(pgrep --parent "$STAGE_HOLDER")
    export STAGE
}

no_stage_groups() {
    # Groups go away while find looks at them.
    { find /sys/fs/cgroup -depth -type d -path "*$STAGE_GROUP*" 2>/dev/null || true; } |
        xargs --no-run-if-empty rmdir 2>/dev/null || true
    [ -z "$(find /sys/fs/cgroup -type d -path "*$STAGE_GROUP*" 2>/dev/null)" ]
}

engines_teardown_file() {
    # By its first process, not by unshare: only then all the others are gone when it is.
    kill -KILL "$STAGE"
    wait "$STAGE_HOLDER" || true # it was killed
    wait_until 20 no_stage_groups
}

# stage COMMAND...: runs it there
stage() {
    timeout --foreground --signal KILL 60 nsenter --target "$STAGE" --mount --net --pid -- "$@" 3>&-
}

# podman WORD...: without the defaults that the machine's administrator may have set
podman() {
    stage podman --tmpdir /run/podman-tmp "$@"
}

# start_dockerd OPTION...: waits until it answers. Its log is $STAGE_DIR/dockerd.log.
start_dockerd() {
    echo '{}' >"$STAGE_DIR/dockerd.json" # not the one in /etc
    nsenter --target "$STAGE" --mount --net --pid -- dockerd --config-file "$STAGE_DIR/dockerd.json" \
        --data-root "$STAGE_DIR/docker" --exec-root /run/docker --pidfile /run/docker.pid \
        --host unix:///run/docker.sock --bridge none --iptables=false --ip-masq=false \
        --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "$STAGE_GROUP" --oom-score-adjust 0 \
        --default-ulimit nofile=1024:1024 "$@" </dev/null >"$STAGE_DIR/dockerd.log" 2>&1 3>&- 4>&- &
    DOCKERD=$!
    wait_until 30 docker_answers_or_ended
    kill -0 "$DOCKERD" || { tail -n 20 "$STAGE_DIR/dockerd.log" >&2; return 1; }
}

docker_answers_or_ended() {
    docker version >/dev/null 2>&1 || ! kill -0 "$DOCKERD"
}

# The distribution's client: there may be another one in /usr/local.
docker() {
    stage /usr/bin/docker --host unix:///run/docker.sock "$@"
}
