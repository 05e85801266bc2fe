# shellcheck shell=bash
# common.sh - what the scripts that drive an OCI runtime through an engine share: podman.sh,
# containerd.sh, docker.sh.
#
#   SCRIPT RUNTIME [PATTERN]    every check, or those whose name matches; ends with their number
#
#   CGROUP_VIEW=host|v1  v1: without a hybrid host's version 2, which crun refuses. Chosen by the
#                        runtime's name when unset.
#   ARGV_LOG=FILE        every command line that the engine gives the runtime, the descriptors and some
#                        variables that it inherits
#   CONFIG_DIR=DIR       with that: a copy of each config.json and of each process of an exec
#   KEEP=1               keeps the files of the run
#   VERBOSE=1            prints the output of checks that pass, too
#
# Everything happens in mount, network and PID namespaces, which end with the script, and with them
# all that was started there. The directories that engines write to whatever they are told, /run and /etc
# among them, are its own. Its files are in $T, its control groups below $CG. A check is a function t_NAME,
# in a subshell with errexit; its output is shown when it fails.
set -u

RT=$(readlink -f "$(command -v "${1:?usage: $0 RUNTIME [PATTERN]}")")
ONLY=${2:-.}
RTNAME=$(basename "$RT")
SELF=$(readlink -f "$0")
HERE=$(dirname "$SELF")
# shellcheck source=image.sh
. "$HERE/image.sh"

# ---- the stage

groups_of_ours() {
    find /sys/fs/cgroup -depth -type d \( -path "*$ENGINES_GROUP*" -o -path '*/libpod_parent*' \) 2>/dev/null
}

# The kernel empties a group in its own time after the last process was killed.
remove_groups() {
    local _
    for _ in {1..50}; do
        groups_of_ours | xargs --no-run-if-empty rmdir 2>/dev/null
        [ -n "$(groups_of_ours)" ] || return 0
        sleep 0.1
    done
    echo "# groups that are left: $(groups_of_ours | xargs)"
}

play_on_stage() {
    local status=0
    export ENGINES_DIR ENGINES_GROUP=/engine-$$
    ENGINES_DIR=$(mktemp -d "/tmp/engine-$(basename "$SELF" .sh).XXXXXX")
    chmod 755 "$ENGINES_DIR"
    unshare --mount --net --pid --fork --propagation private --kill-child --mount-proc \
        "$SELF" "$@" &
    local stage=$!
    trap 'kill -KILL $stage 2>/dev/null' TERM INT HUP
    wait "$stage" || status=$?
    trap - TERM INT HUP
    remove_groups
    if [ -n "${KEEP-}" ]; then
        echo "# kept: $ENGINES_DIR"
    else
        rm -rf --one-file-system "$ENGINES_DIR"
    fi
    exit "$status"
}

# Only what is a mount: podman takes every directory in /sys/fs/cgroup for a controller, but some are
# leftovers.
view_cgroups() {
    local path name view=$T/cgroups
    [ "$(stat --file-system --format %T /sys/fs/cgroup)" = tmpfs ] || return 0
    mkdir -p "$view"
    mount -t tmpfs -o mode=755 none "$view"
    for path in /sys/fs/cgroup/*; do
        name=${path##*/}
        if [ -L "$path" ]; then
            cp --no-dereference "$path" "$view"
        elif mountpoint --quiet "$path" && [ "$name,$CGROUP_VIEW" != unified,v1 ]; then
            mkdir "$view/$name"
            mount --bind "$path" "$view/$name"
        fi
    done
    mount --move "$view" /sys/fs/cgroup
}

set_stage() {
    mkdir -p "$T/bin" "$T/out" "$T/etc" "$T/etc.work"
    ip link set lo up
    local directory
    for directory in /run /opt /var/cache /var/lib; do
        mount -t tmpfs -o mode=755 none "$directory"
    done
    mount -t tmpfs none /dev/shm # podman keeps its locks there
    mount -t overlay -o "lowerdir=/etc,upperdir=$T/etc,workdir=$T/etc.work" none /etc
    mkdir -p /run/netns /run/lock
    view_cgroups
    cd "$T" || exit # conmon drops a file into the working directory
}

# The runtime, or a script of its name that notes how it is called: podman goes by the name.
choose_runtime() {
    RTBIN=$RT
    [ -n "${ARGV_LOG-}" ] || return 0
    RTBIN=$T/bin/$RTNAME
    cat >"$RTBIN" <<EOF
#!/bin/bash
line="$RTNAME <- \$(cat /proc/\$PPID/comm) :: \$*"
for fd in /proc/\$\$/fd/*; do fds+=" \${fd##*/}=\$(readlink "\$fd")"; done
{ printf '%s ## cwd=%s ## %s ##%s\n' "\$line" "\$PWD" "\$(env | grep -E '^(_OCI|LISTEN|NOTIFY|XDG|HOME|PATH|TMPDIR)' | xargs)" "\$fds" >>"$ARGV_LOG"; } 2>/dev/null
if [ -n "${CONFIG_DIR-}" ]; then
    for word; do
        case \$last in
            --bundle | -b) cp "\$word/config.json" "${CONFIG_DIR-}/config.\$\$.json" ;;
            --process | -p) cp "\$word" "${CONFIG_DIR-}/process.\$\$.json" ;;
        esac
        last=\$word
    done 2>/dev/null
fi
exec "$RT" "\$@"
EOF
    chmod 755 "$RTBIN"
}

# ---- checks

PASSED=0 FAILED=0 SKIPPED=0 COUNT=0

# A process group of its own and a time limit: a check that hangs costs that much and no more. Not to be
# called as a condition, where the shell forgets errexit.
run_check() { # NAME FILE
    local check watchdog status=0
    set -m
    (
        set +m -e
        "t_$1"
    ) >"$2" 2>&1 </dev/null &
    check=$!
    set +m
    (
        sleep "${CHECK_TIMEOUT:-90}"
        echo 'it took too long' >>"$2"
        kill -KILL -- -$check
    ) >/dev/null 2>&1 &
    watchdog=$!
    wait $check 2>/dev/null || status=$?
    kill -KILL $watchdog 2>/dev/null
    wait $watchdog 2>/dev/null
    return $status
}

# t NAME: the check t_NAME, and its line
t() {
    grep -qE "$ONLY" <<<"$1" || return 0
    COUNT=$((COUNT + 1))
    local file=$T/out/$COUNT status start=${EPOCHREALTIME/./} time
    run_check "$1" "$file"
    status=$?
    time=$(((${EPOCHREALTIME/./} - start) / 1000))
    case $status in
        0)
            PASSED=$((PASSED + 1))
            echo "ok $COUNT - $1 # in $time ms"
            [ -z "${VERBOSE-}" ] || sed 's/^/    /' "$file"
            ;;
        77)
            SKIPPED=$((SKIPPED + 1))
            echo "ok $COUNT - $1 # SKIP $(tail --lines 1 "$file")"
            ;;
        *)
            FAILED=$((FAILED + 1))
            echo "not ok $COUNT - $1 # status $status in $time ms"
            tail --lines 12 "$file" | sed 's/^/    # /'
            ;;
    esac
    return 0
}

# The names of all checks, in the order of the file: declare sorts them.
checks() { grep -oE "^t_[a-z0-9_]+" "$SELF" | sed "s/^t_//"; }

finish() {
    echo "# $RT, control groups as in view $CGROUP_VIEW"
    echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
    [ "$FAILED" = 0 ]
    exit
}

# By errexit, so that waitfor can ask again.
fail() { echo "failed: $*"; return 1; }
skip() { echo "$*"; exit 77; }
# A bare "! COMMAND" does not end a check.
not() { if "$@"; then fail "it should have failed: $*"; fi; }
# Nothing is equal to nothing when two commands failed.
eq() { [ -n "$1" ] && [ "$1" = "$2" ] || fail "got '$1' and not '$2'"; }
differ() { [ -n "$1" ] && [ "$1" != "$2" ] || fail "got '$1'"; }
has() { [[ $1 == *"$2"* ]] || fail "'$2' is not in: $1"; }
# status_is STATUS COMMAND...
status_is() {
    local wanted=$1 status=0
    shift
    "$@" || status=$?
    eq "status $status" "status $wanted"
}
# refused STATUS TEXT COMMAND...: it ends so, and says so
refused() {
    local wanted=$1 text=$2 output status=0
    shift 2
    output=$("$@" 2>&1) || status=$?
    echo "$output"
    eq "$status" "$wanted"
    has "$output" "$text"
}
# waitfor SECONDS COMMAND...
waitfor() {
    local deadline=$((SECONDS + 4 * $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $deadline ] || fail "it never came true: $*" || return
        sleep 0.1
    done
}
on_terminal() { SHELL=/bin/bash script --quiet --return --command "$1" /dev/null; }
milliseconds() { echo $((${EPOCHREALTIME/./} / 1000)); }

[ -n "${ENGINES_DIR-}" ] || play_on_stage "$@"
T=$ENGINES_DIR
# shellcheck disable=SC2034 # the scripts'
CG=$ENGINES_GROUP
unset ENGINES_DIR
if [ -z "${CGROUP_VIEW-}" ]; then
    CGROUP_VIEW=host
    [ "$RTNAME" != crun ] || CGROUP_VIEW=v1
fi
set_stage
choose_runtime

t_must_fail() {
    false
    true
}
run_check must_fail "$T/out/0"
[ $? -ne 0 ] || { echo 'checks do not end at their first failure'; exit 2; }
