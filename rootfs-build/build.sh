#!/usr/bin/env bash
# Build a root file system for `launcher --rootfs DIR`.
#
# Three sources, one path: an image (podman exports it), a tar archive, or busybox. Each fills a
# tree inside a work directory beside DIR; only a finished tree is renamed to DIR. So DIR is either
# complete or not there, whatever fails and whichever signal arrives.
set -euo pipefail
shopt -s inherit_errexit

HERE=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
readonly HERE
readonly DEFAULT_IMAGE=docker.io/library/alpine:3.22

SOURCE=image            # image, tar or busybox
SOURCE_OPTION=          # the option that chose it; a second choice is an error
IMAGE=$DEFAULT_IMAGE
ARCHIVE=
PULL_TIMEOUT_S=10
FORCE=no
KEEP_OWNERS=yes
TARGET=                 # DIR as an absolute path without symbolic links
WORK=                   # sibling of TARGET: tree/ grows here, old/ waits here
LOGS=                   # what the tools said, elsewhere: a full file system must not silence them
TREE=

source "$HERE/job.sh"
source "$HERE/unpack.sh"
source "$HERE/podman.sh"
source "$HERE/busybox.sh"

usage()
{
    cat <<END
usage: build.sh [--image NAME] [options] DIR      from an image, through podman
       build.sh --from-tar FILE|- [options] DIR   from a tar archive (plain, gz, bz2, xz, zst)
       build.sh --busybox [options] DIR           offline, from the installed static busybox

Builds a root file system in DIR. DIR appears complete or not at all.

  --image NAME        image to export (default $DEFAULT_IMAGE); podman
                      must be able to pull and export, it never runs a container. An image that
                      podman has already is used as it is. A pulled image stays with podman, so
                      that the next build needs no network; 'podman rmi NAME' removes it.
  --pull-timeout S    give up when the pull moves no data for S seconds (default 10)
  --from-tar FILE     archive to unpack; - reads it from standard input
  --busybox           a small system made of busybox: users, groups, mount points, all applets
  --force             replace DIR when it is not empty
  --no-same-owner     every file becomes the caller's; set-id bits, file capabilities and
                      trusted attributes are dropped with the owners. Needed when not root.
  -h, --help          this text

Kept from the source: owners, modes, hard and symbolic links, extended attributes, ACLs, file
capabilities, empty directories, device nodes, time stamps and, from a tar archive, holes.
The same source gives the same tree. Directories that the source does not describe are root's,
mode 0755, dated SOURCE_DATE_EPOCH (default 0).

Environment: PODMAN (podman and its options, such as "podman --root /srv/store"), BUSYBOX (the
static busybox to copy), SOURCE_DATE_EPOCH.
Exit status: 0 done, 1 failed, 2 wrong usage, 128+n ended by signal n.
END
}

# fail DOING OBJECT REASON [HINT]
fail()
{
    printf 'build.sh: %s %s: %s\n' "$1" "$2" "$3" >&2
    [[ -z ${4:-} ]] || printf 'hint: %s\n' "$4" >&2
    exit 1
}

usage_error()
{
    printf 'build.sh: read option %s: %s\nhint: build.sh --help\n' "$1" "$2" >&2
    exit 2
}

choose_source()
{
    if [[ -n $SOURCE_OPTION && $SOURCE_OPTION != "$1" ]]; then
        usage_error "$1" "cannot be combined with $SOURCE_OPTION"
    fi
    SOURCE_OPTION=$1
    SOURCE=$2
}

set_directory()
{
    [[ -n $1 ]] || usage_error DIR "is empty"
    [[ -z $TARGET ]] || usage_error "$1" "only one DIR is built at a time"
    TARGET=$1
}

# Options that take a value; both `--name value` and `--name=value` arrive here.
set_value()
{
    [[ -n $2 ]] || usage_error "$1" "needs a value"
    case $1 in
        --image) choose_source "$1" image; IMAGE=$2 ;;
        --from-tar) choose_source "$1" tar; ARCHIVE=$2 ;;
        --pull-timeout)
            [[ $2 =~ ^[1-9][0-9]{0,4}$ ]] || usage_error "$1" "'$2' is no number of seconds"
            PULL_TIMEOUT_S=$2 ;;
    esac
}

parse_options()
{
    while (($# > 0)); do
        case $1 in
            --image|--from-tar|--pull-timeout) set_value "$1" "${2:-}"; shift ;;
            --image=*|--from-tar=*|--pull-timeout=*) set_value "${1%%=*}" "${1#*=}" ;;
            --busybox) choose_source "$1" busybox ;;
            --force) FORCE=yes ;;
            --no-same-owner) KEEP_OWNERS=no ;;
            -h|--help) usage; exit 0 ;;
            --) shift; (($# == 0)) || set_directory "$1" ;;
            -*) usage_error "$1" "unknown option" ;;
            *) set_directory "$1" ;;
        esac
        (($# == 0)) || shift
    done
    [[ -n $TARGET ]] || usage_error DIR "missing"
}

# Only root may give files away. The busybox tree has one owner that matters (root), and a file of
# the caller is root's inside a rootless container, so that tree is right without root.
check_owner_rights()
{
    if ((EUID == 0)) || [[ $KEEP_OWNERS == no ]]; then
        return
    fi
    if [[ $SOURCE == busybox ]]; then
        KEEP_OWNERS=no
        return
    fi
    fail "keep the owners of" "$TARGET" "only root can give files to other users" \
        "run as root, or add --no-same-owner (yours is root's inside a rootless container)"
}

resolve_target()
{
    local given=$TARGET
    TARGET=$(readlink -f -- "$given") || fail "build in" "$given" "its parent is missing" \
        "mkdir -p \"\$(dirname '$given')\""
    [[ -d ${TARGET%/*}/ ]] || fail "build in" "$given" "${TARGET%/*} is not a directory"
    [[ ! -e $TARGET || -d $TARGET ]] || fail "build in" "$given" "exists and is not a directory"
}

# --force deletes a tree, so a slip of the hand must not reach / or a home.
check_not_precious()
{
    local kept
    for kept in / "$(pwd -P)" "$(readlink -f -- "${HOME:-/}")"; do
        [[ ${kept%/}/ != "${TARGET%/}"/* ]] || fail "replace" "$TARGET" "$kept lies in it" \
            "name a directory that holds nothing but a root file system"
    done
}

# rm -rf would go through a bind mount into whatever is mounted there, and rename(2) refuses a
# mount point only for the directory itself.
check_no_mounts()
{
    local mount_point
    while read -r _ _ _ _ mount_point _; do
        printf -v mount_point '%b' "$mount_point"     # mountinfo writes a blank as \040
        [[ $mount_point/ != "$TARGET"/* ]] || fail "replace" "$TARGET" "$mount_point is mounted" \
            "unmount it, or build in a new directory"
    done </proc/self/mountinfo
}

check_target()
{
    resolve_target
    [[ -d $TARGET ]] || return 0
    check_not_precious
    check_no_mounts
    [[ $FORCE == yes || -z $(ls -A -- "$TARGET") ]] || fail "build in" "$TARGET" \
        "exists and is not empty" "--force replaces it"
}

# The work directory is 0700: nobody can run a set-id file of the image, or meddle with a path of
# it, while the tree is being built.
make_work()
{
    local log
    log=$(mktemp -d -- "${TARGET%/*}/.${TARGET##*/}.build.XXXXXX" 2>&1) \
        || fail "make a directory beside" "$TARGET" "${log##*: }"
    WORK=$log
    TREE=$WORK/tree
    LOGS=$(mktemp -d)
    mkdir -m 0755 -- "$TREE"
}

rename_directory()
{
    local log
    log=$(mv -T -- "$1" "$2" 2>&1) || fail "rename $1 to" "$2" "${log##*: }"
}

# rename(2) replaces an empty directory by itself. A full one is moved into the work directory
# first; restore_old puts it back when the second rename does not happen.
place_tree()
{
    if [[ -d $TARGET && -n $(ls -A -- "$TARGET") ]]; then
        rename_directory "$TARGET" "$WORK/old"
    fi
    rename_directory "$TREE" "$TARGET"
}

restore_old()
{
    [[ -d $WORK/old && ! -e $TARGET ]] || return 0
    mv -T -- "$WORK/old" "$TARGET" && return 0
    printf 'hint: the old tree is kept in %s\n' "$WORK/old" >&2
    return 1
}

# Runs at every end: success, failure, signal. Further signals wait until it is done.
clean_up()
{
    local status=$?
    trap '' INT TERM HUP
    set +e
    stop_job
    remove_container
    [[ -z $LOGS ]] || rm -rf -- "$LOGS"
    [[ -z $WORK ]] || { restore_old && rm -rf --one-file-system -- "$WORK"; }
    exit "$status"
}

# The second Ctrl-C of an impatient hand must not cut clean_up short.
end_by_signal()
{
    trap '' INT TERM HUP
    exit $((128 + $1))
}

fill_tree()
{
    case $SOURCE in
        image) fill_from_image ;;
        tar) fill_from_archive ;;
        busybox) fill_from_busybox ;;
    esac
}

main()
{
    umask 022
    parse_options "$@"
    check_target
    check_owner_rights
    trap clean_up EXIT
    trap 'end_by_signal 1' HUP
    trap 'end_by_signal 2' INT
    trap 'end_by_signal 15' TERM
    make_work
    fill_tree
    place_tree
    printf '%s: built from %s, %s\n' "$TARGET" "$(source_name)" "$(du -sh -- "$TARGET" | cut -f1)"
}

source_name()
{
    case $SOURCE in
        image) echo "$IMAGE" ;;
        tar) echo "${ARCHIVE/#-/standard input}" ;;
        busybox) echo busybox ;;
    esac
}

main "$@"
