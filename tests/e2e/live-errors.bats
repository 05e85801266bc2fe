#!/usr/bin/env bats
# Rows C8, C9 and L1, what can go wrong: names that can't be, containers that are not there or not
# any more, hosts without cgroups, callers who may not. The rest is in tests/cgroup/live-*.bats, which
# run on every layout.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/container
load ../lib/leftovers

VERBS=(pause resume "update --pids 9" stats psi events "events --follow")

setup_file()
{
    leftovers_setup_file
}

teardown_file()
{
    leftovers_teardown_file
}

setup()
{
    START_BY=(nsenter --time="/proc/$LEFTOVERS_HOLDER/ns/time" --mount="/proc/$LEFTOVERS_HOLDER/ns/mnt" --)
}

teardown()
{
    end_container
    leftovers_check
}

# each_verb STATUS TEXT... -- WORD...: every verb with these words fails so.
each_verb()
{
    local verb wanted=()
    while [ "$1" != -- ]; do
        wanted+=("$1")
        shift
    done
    shift
    for verb in "${VERBS[@]}"; do
        # shellcheck disable=SC2086 # verb and option
        run host "$LAUNCHER" $verb "$@"
        fails_with "${wanted[@]}" || { echo "the verb: $verb" >&2; return 1; }
    done
}

@test "a name that there is not, with and without a state directory" {
    each_verb 125 "finding the container nosuch: it does not exist" "hint: " -- nosuch
    host mv /run/launcher /run/elsewhere
    each_verb 125 "finding the container nosuch: it does not exist" -- nosuch
    run host "$LAUNCHER" stats
    host mv /run/elsewhere /run/launcher
    is "$status $(wc -l <<<"$output")" "0 1"
    run ! host test -e /run/launcher/launcher
}

@test "names that can't be" {
    local name
    for name in ../x a/b /etc/passwd . .. "" -- "$(printf 'x%.0s' {1..1100})" $'a\nb' 'a b'; do
        [ "$name" != -- ] || continue
        each_verb 125 "can't be the name of a container" "hint: a name is" -- "$name"
    done
    run host "$LAUNCHER" pause --live x
    fails_with 125 "unknown option --live"
    run host "$LAUNCHER" pause
    fails_with 125 "missing the name of a container" "hint: "
    run host "$LAUNCHER" pause a b
    fails_with 125 "more than one name of a container"
}

@test "a container that has ended, and one that took the pid" {
    start_container --name "$(box)" --live -- /bin/sleep 1000
    local record
    record=$(host cat "/run/launcher/$(box).json")
    # the pid lives, and is another process: its start time tells
    host sh -c 'cat >/run/launcher/other.json' <<<"${record/\"starttime\":/\"starttime\":1}"
    each_verb 125 "finding the first process of the container other: " "hint: it has ended" -- other
    # no such pid at all
    host sh -c 'cat >/run/launcher/other.json' <<<'{"pid":4194303,"starttime":5}'
    each_verb 125 "finding the first process of the container other: " -- other
    # just being started: no pid yet, or half a record
    host sh -c 'cat >/run/launcher/other.json' <<<'{"pid":0}'
    each_verb 125 "hint: it is just being started" -- other
    host sh -c 'printf "{\"pid\":12" >/run/launcher/other.json'
    each_verb 125 "hint: it is just being started" -- other
    # stats of all leaves it out
    run host "$LAUNCHER" stats
    is "$(awk 'NR > 1 { print $1 }' <<<"$output")" "$(box)"
    host rm /run/launcher/other.json
    kill -KILL "$CONTAINER"
    init_gone() { ! kill -0 "$INIT" 2>/dev/null; }
    wait_until 10 init_gone
    each_verb 125 "finding the first process of the container $(box): " "hint: it has ended" -- "$(box)"
    host "$LAUNCHER" gc >/dev/null
}

@test "a container without a cgroup" {
    start_container --name "$(box)" -- /bin/sleep 1000
    VERBS=(pause resume "update --pids 9" psi events)
    each_verb 125 "the container $(box): finding its cgroup: " "launcher run --live makes one" -- "$(box)"
    run host "$LAUNCHER" stats "$(box)"
    is "$status" 0
    like "$output" "$(box) +(- +)+-"
}

@test "a host without cgroups" {
    START_BY=("${START_BY[@]}" unshare --mount --propagation private sh -c
        'umount -R /sys/fs/cgroup && exec "$@"' -)
    start_container --name "$(box)" --live -- /bin/sleep 1000
    VERBS=(pause resume "update --pids 9" psi events)
    each_verb 125 "the container $(box): finding its cgroup: " "its files are not mounted here" -- "$(box)"
    # the end is an event all the same
    host "$LAUNCHER" events "$(box)" --follow >"$BATS_TEST_TMPDIR/events" 3>&- &
    local follower=$!
    wait_until 20 grep -q watching "$BATS_TEST_TMPDIR/events"
    end_container
    wait $follower
    like "$(tail -n 1 "$BATS_TEST_TMPDIR/events")" '"type":"exit"'
}

@test "callers who may not" {
    start_container --name "$(box)" --live -- /bin/sleep 1000
    # another user's records are his own: this one is not to be seen
    run as_nobody "$LAUNCHER" pause "$(box)"
    fails_with 125 "finding the container $(box): it does not exist" "/run/ordinary/launcher"
    # a record that names a cgroup of others helps nobody
    as_nobody mkdir -p -m 700 /run/ordinary/launcher
    host cat "/run/launcher/$(box).json" | as_nobody sh -c 'cat >"$XDG_RUNTIME_DIR/launcher/$0.json"' "$(box)"
    run as_nobody "$LAUNCHER" pause "$(box)"
    fails_with 125 "pausing the container $(box): write 1 to " "Permission denied" "hint: be root"
    run as_nobody "$LAUNCHER" update "$(box)" --pids 9
    fails_with 125 "updating the container $(box) (nothing was changed): write 9 to " "hint: be root"
    run as_nobody "$LAUNCHER" stats "$(box)"
    is "$status" 0
    as_nobody rm "/run/ordinary/launcher/$(box).json"
    # a state directory that others can write to decides nothing
    host chmod 777 /run/launcher
    run host "$LAUNCHER" pause "$(box)"
    host chmod 700 /run/launcher
    fails_with 125 "using the state directory /run/launcher: it belongs to or is writable by others"
}

@test "a kernel without pressure stall information" {
    run host unshare --mount --propagation private sh -c \
        'mount -t tmpfs none /proc/pressure && exec "$@"' - "$LAUNCHER" psi
    fails_with 125 "reading /proc/pressure/cpu: No such file or directory" "psi=1"
    run host unshare --mount --propagation private sh -c \
        'mount -t tmpfs none /proc/pressure && exec "$@"' - "$LAUNCHER" psi --watch
    fails_with 125 "psi=1"
}

@test "a full stdout is an error" {
    start_container --name "$(box)" --live -- /bin/sleep 1000
    local verb
    for verb in stats psi "events" "events --follow" "stats --watch" "psi --watch"; do
        # shellcheck disable=SC2086 # verb and option
        run host timeout 20 sh -c '"$@" >/dev/full' - "$LAUNCHER" $verb "$(box)"
        is "$verb $status" "$verb 125"
    done
}
