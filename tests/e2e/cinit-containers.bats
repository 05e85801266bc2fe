#!/usr/bin/env bats
# Row I1: cinit in the place of the engines' own inits: podman's --init, Docker's, an image's entry
# point, a PID namespace that containers share.

# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/terminal
load ../lib/engines

CINIT=${CINIT:-$BUILD/cinit}
IMAGE=localhost/box:1
ENTRY=localhost/entry:1 # its entry point is cinit

setup_file()
{
    engines_setup_file
    local tree=$STAGE_DIR/tree applet
    mkdir --parents "$tree"/{bin,proc,sys,dev,tmp,etc,run}
    cp /bin/busybox "$tree/bin"
    for applet in $(/bin/busybox --list); do
        [ "$applet" = busybox ] || ln -s busybox "$tree/bin/$applet"
    done
    cp "$CINIT" "$tree/cinit"
    tar --create --directory "$tree" --file "$STAGE_DIR/tree.tar" .
    podman import --quiet "$STAGE_DIR/tree.tar" "$IMAGE"
    podman import --quiet --change 'ENTRYPOINT ["/cinit","--"]' "$STAGE_DIR/tree.tar" "$ENTRY"
    podman import --quiet --change 'ENTRYPOINT ["/bin/sleep","1000"]' "$STAGE_DIR/tree.tar" localhost/pause:1
}

teardown_file() { engines_teardown_file; }

teardown()
{
    close_terminal
    podman pod rm --all --force --time 0 >/dev/null
    podman rm --all --force --time 0 >/dev/null
}

# pod_run OPTION... IMAGE COMMAND...; pod_init ...: with cinit as podman's init
pod_run()
{
    podman run --cgroup-parent "$STAGE_GROUP" --network none "$@"
}

pod_init()
{
    pod_run --init --init-path "$CINIT" "$@"
}

logs_have()
{
    [[ $("$1" logs "$2" 2>&1) == *"$3"* ]]
}

# A command with a straggler of another session that takes its time when SIGTERM comes.
STRAGGLER='setsid sh -c "trap \"sleep 0.3; echo drained; exit\" TERM; echo ready; while :; do sleep 0.05; done" &
    trap "exit 42" TERM; while :; do sleep 0.05; done'

# ---- podman ----

@test "podman --init: cinit is process 1, and says so" {
    run -0 pod_init --rm "$IMAGE" sh -c '/run/podman-init --version; tr "\0" " " </proc/1/cmdline; echo; echo $PPID'
    is "${lines[0]}" "$("$CINIT" --version)"
    like "${lines[0]}" cinit
    like "${lines[1]}" '^/run/podman-init -- sh -c '
    is "${lines[2]}" 1
}

@test "podman --init: exit statuses, and a command that is not there" {
    run -7 pod_init --rm "$IMAGE" sh -c 'exit 7'
    run -137 pod_init --rm "$IMAGE" sh -c 'kill -KILL $$'
    run -143 pod_init --rm "$IMAGE" sh -c 'kill -TERM $$'
    run -127 pod_init --rm "$IMAGE" /no/such
    is "$output" "cinit: executing /no/such: no such file or directory"
    run -126 pod_init --rm "$IMAGE" /etc
    is "$output" "cinit: executing /etc: /etc is a directory"
    run -0 pod_init --rm --env CINIT_OPTIONS='-e 143' "$IMAGE" sh -c 'kill -TERM $$'
}

@test "podman stop: SIGTERM is forwarded, and a straggler gets its time when it is asked for" {
    pod_init --detach --name plain "$IMAGE" sh -c "$STRAGGLER"
    wait_until 20 logs_have podman plain ready
    podman stop --time 30 plain
    is "$(podman inspect --format '{{.State.ExitCode}}' plain)" 42
    run ! logs_have podman plain drained
    pod_init --detach --name drained --env CINIT_OPTIONS='--stop-seq TERM:20s,KILL' "$IMAGE" sh -c "$STRAGGLER"
    wait_until 20 logs_have podman drained ready
    podman stop --time 30 drained
    is "$(podman inspect --format '{{.State.ExitCode}}' drained)" 42
    logs_have podman drained drained
}

@test "podman --init: a user, no capabilities, a read-only root" {
    run -0 pod_init --rm --user 1000:1000 --cap-drop all --read-only --security-opt no-new-privileges "$IMAGE" \
        sh -c 'id -u; grep CapEff /proc/self/status; grep -E "CapEff|NoNewPrivs" /proc/1/status'
    is "$output" $'1000\nCapEff:\t0000000000000000\nCapEff:\t0000000000000000\nNoNewPrivs:\t1'
}

@test "podman --preserve-fds reaches the command through cinit" {
    echo data >"$BATS_TEST_TMPDIR/data"
    # Not by `podman`, which closes 3, which is bats'.
    run -0 timeout -s KILL 60 nsenter --target "$STAGE" --mount --net --pid -- podman --tmpdir /run/podman-tmp \
        run --cgroup-parent "$STAGE_GROUP" --network none --rm --preserve-fds 1 --init --init-path "$CINIT" \
        "$IMAGE" sh -c 'cat <&3; ls /proc/1/fd | xargs' 3<"$BATS_TEST_TMPDIR/data"
    is "$output" $'data\n0 1 2'
}

@test "podman -it --init: job control in the container, and ^Z of a plain command does no harm" {
    local podman_words
    podman_words=$(printf '%q ' nsenter --target "$STAGE" --mount --net --pid -- podman --tmpdir /run/podman-tmp \
        run --cgroup-parent "$STAGE_GROUP" --network none --rm --interactive --tty --init --init-path "$CINIT")
    open_terminal 24 80 "$podman_words --env PS1='ready:\$? ' $IMAGE sh"
    see '^ready:0 '
    press 'sleep 1000\n'
    wait_until 20 sleep_is_in_foreground
    press '\032'
    see 'Stopped'
    see '^ready:14[0-9] '
    press 'fg\n'
    wait_until 20 sleep_is_in_foreground
    press '\003'
    see '^(\^C)?ready:130 '
    press 'exit 3\n'
    await_end
    is "$EXIT" 3
    open_terminal 24 80 "$podman_words $IMAGE sleep 1000"
    wait_until 20 sleep_is_in_foreground
    press '\032'
    see '\^Z'
    wait_until 20 sleep_is_in_foreground
    press '\003'
    await_end
    is "$EXIT" 130
}

sleep_is_in_foreground()
{
    stage ps -A -o stat=,args= | grep -q '^S.*+ *sleep 1000$'
}

@test "podman: an image whose entry point is cinit" {
    run -7 pod_run --rm "$ENTRY" sh -c 'tr "\0" " " </proc/1/cmdline; exit 7'
    like "$output" '^/cinit -- sh -c '
    run -127 pod_run --rm "$ENTRY" nosuch
    is "$output" "cinit: executing nosuch: no such file or directory"
}

# What adopts an orphan there, and what it says about that.
ADOPTED='orphan=$(sh -c "sleep 1000 >/dev/null & echo \$!"); sed -n "s/PPid:.//p" /proc/$orphan/status
    echo $PPID $(test $PPID = 1 || echo shared); kill $orphan; exit 7'

@test "podman --pid container: and --pid host: cinit adopts orphans where it is not process 1, silently" {
    pod_run --detach --name first "$IMAGE" sleep 1000
    run -7 pod_run --rm --pid container:first "$ENTRY" sh -c "$ADOPTED"
    is "${lines[1]}" "${lines[0]} shared"
    is "${#lines[@]}" 2
    run -7 pod_run --rm --pid host "$ENTRY" sh -c "$ADOPTED"
    is "${lines[1]}" "${lines[0]} shared"
    is "${#lines[@]}" 2
}

@test "podman pod with a shared PID namespace" {
    podman pod create --name pod --cgroup-parent "$STAGE_GROUP" --share pid,ipc,uts --network none
    run -7 podman run --rm --pod pod "$ENTRY" sh -c "$ADOPTED"
    is "${lines[1]}" "${lines[0]} shared"
    is "${#lines[@]}" 2
    podman run --detach --pod pod --name member "$ENTRY" sh -c 'trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done'
    wait_until 20 logs_have podman member ready
    podman stop --time 30 member
    is "$(podman inspect --format '{{.State.ExitCode}}' member)" 9
}

# ---- no engine ----

@test "unshare: cinit is process 1 of a PID namespace" {
    # shellcheck disable=SC2016 # for the inner shell
    run -7 unshare --pid --fork --mount-proc "$CINIT" -- sh -c 'echo $PPID; ps -A -o comm=; exit 7'
    is "$output" $'1\ncinit\nsh\nps'
}

# ---- Docker ----

init_of_docker()
{
    docker run --network none --init "$@"
}

@test "Docker: cinit is its init, whose version it can read" {
    start_dockerd --init-path "$CINIT"
    docker import "$STAGE_DIR/tree.tar" box
    run -0 docker info --format '{{.InitBinary}}|{{.InitCommit.ID}}'
    is "$output" "$CINIT|$("$CINIT" --version | sed 's/.*git\.//')"
    run ! grep -iE 'failed to retrieve|init.*version' "$STAGE_DIR/dockerd.log"

    run -0 init_of_docker --rm box sh -c 'tr "\0" " " </proc/1/cmdline; echo; echo $PPID; /sbin/docker-init --version'
    like "${lines[0]}" '^/sbin/docker-init -- sh -c '
    is "${lines[1]}" 1
    is "${lines[2]}" "$("$CINIT" --version)"

    run -7 init_of_docker --rm box sh -c 'exit 7'
    run -143 init_of_docker --rm box sh -c 'kill -TERM $$'
    run -127 init_of_docker --rm box nosuch
    like "$output" '^cinit: executing nosuch: '

    init_of_docker --detach --name drained --env CINIT_OPTIONS='--stop-seq TERM:20s,KILL' box sh -c "$STRAGGLER"
    wait_until 20 logs_have docker drained ready
    docker stop --time 30 drained
    is "$(docker inspect --format '{{.State.ExitCode}}' drained)" 42
    logs_have docker drained drained
    docker rm drained

    run -0 docker run --rm --network none --entrypoint /cinit box -g -- echo entry
    is "$output" entry
}
