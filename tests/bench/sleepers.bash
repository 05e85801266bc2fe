# shellcheck shell=bash
# shellcheck disable=SC2154 # launcher, root and work are of the script that reads this
# sleepers.bash - containers that do nothing but be there. Whoever reads it calls end_sleepers at its
# end, and has set launcher, root (a root file system) and work (a directory).

running=()

child_of() { awk '{ print $1 }' "/proc/$1/task/$1/children" 2>/dev/null; }

# sleeper [MODE]: starts a container that sleeps, in the background; its launcher is the last of
# `running`.
sleeper() {
    "$launcher" --rootfs "$root" --net "${1:-none}" -- /bin/sleep 1000 \
        </dev/null >/dev/null 2>>"$work/sleepers.log" &
    running+=($!)
}

# Prints cinit's pid once the payload of the launcher $1 sleeps.
wait_for_payload() {
    local deadline=$((SECONDS + 10)) init payload
    while [ $SECONDS -lt $deadline ]; do
        init=$(child_of "$1")
        payload=$([ -n "$init" ] && child_of "$init")
        if [ -n "$payload" ] && [ "$(cat "/proc/$payload/comm" 2>/dev/null)" = sleep ]; then
            echo "$init"
            return
        fi
        sleep 0.01
    done
    return 1
}

# Ends what `sleeper` started, by pid, and waits until it is gone.
end_sleepers() {
    [ ${#running[@]} -eq 0 ] && return
    kill -TERM "${running[@]}" 2>/dev/null
    local deadline=$((SECONDS + 20)) pid
    for pid in "${running[@]}"; do
        while kill -0 "$pid" 2>/dev/null && [ $SECONDS -lt $deadline ]; do sleep 0.02; done
        kill -KILL "$pid" 2>/dev/null && echo "bench: launcher $pid had to be killed" >&2
        wait "$pid" 2>/dev/null
    done
    running=()
}
