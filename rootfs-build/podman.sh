# shellcheck shell=bash
# Image -> tar stream, through podman. Sourced by build.sh.
#
# Uses pull, create and export only. create sets a container up without starting it, so this works
# where podman cannot run anything: inside a container, without cgroups, without user namespaces.

CONTAINER=
read -ra PODMAN_COMMAND <<<"${PODMAN:-podman}"

readonly OFFLINE_HINT="no network? build.sh --busybox DIR needs none"

podman_reason()
{
    local reason
    reason=$(sed -n 's/^Error: //p' "$LOGS/podman.err" | tail -n 1)
    echo "${reason:-$(tail -n 1 "$LOGS/podman.err")}"
}

check_podman()
{
    command -v "${PODMAN_COMMAND[0]}" >/dev/null || fail "run" "${PODMAN_COMMAND[0]}" "not found" \
        "install podman, or use build.sh --busybox DIR or --from-tar FILE DIR"
}

# `podman image exists` answers 0 or 1; anything else is podman's own trouble.
image_is_local()
{
    local status=0
    "${PODMAN_COMMAND[@]}" image exists "$IMAGE" </dev/null 2>"$LOGS/podman.err" || status=$?
    ((status <= 1)) || fail "look for image" "$IMAGE" "$(podman_reason)"
    return "$status"
}

podman_pull()
{
    exec "${PODMAN_COMMAND[@]}" pull --quiet "$IMAGE" </dev/null >/dev/null 2>"$LOGS/podman.err"
}

# podman 4 tries four times and waits up to 30 s for each connection, and has no option for
# either: a registry that swallows packets costs two minutes. A limit on the whole pull would stop a
# big image on a slow line; a limit on silence stops only what is stuck.
pull_image()
{
    start_job podman_pull
    if ! watch_job "$PULL_TIMEOUT_S"; then
        stop_job
        fail "pull" "$IMAGE" "no data for $PULL_TIMEOUT_S seconds" \
            "$OFFLINE_HINT; a slow registry: --pull-timeout SECONDS"
    fi
    finish_job || fail "pull" "$IMAGE" "$(podman_reason)" "$OFFLINE_HINT"
}

# The name is chosen here, and known before the container exists: a signal at any moment leaves
# nothing that remove_container could not find. The command is never run, but an image without
# one is refused; no network, because only files are wanted; volumes of the image are not
# made, export would leave them out.
create_container()
{
    CONTAINER=rootfs-build-$$-$RANDOM
    "${PODMAN_COMMAND[@]}" create --name "$CONTAINER" --pull=never --network=none \
        --image-volume=ignore "$IMAGE" /never-started </dev/null >/dev/null 2>"$LOGS/podman.err" \
        || fail "make a container of" "$IMAGE" "$(podman_reason)"
}

remove_container()
{
    [[ -n $CONTAINER ]] || return 0
    "${PODMAN_COMMAND[@]}" rm --force --ignore "$CONTAINER" </dev/null >/dev/null 2>&1 \
        || printf 'build.sh: remove container %s: podman refused\nhint: podman rm --force %s\n' \
            "$CONTAINER" "$CONTAINER" >&2
    CONTAINER=
}

fill_from_image()
{
    check_podman
    image_is_local || pull_image
    create_container
    fill_from_stream "$IMAGE" "${PODMAN_COMMAND[@]}" export "$CONTAINER" </dev/null
    remove_container
}
