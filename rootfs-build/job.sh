# shellcheck shell=bash
# Jobs: long commands that a signal to build.sh must be able to end. Sourced by build.sh.
#
# bash runs a trap only after its foreground command has ended, which may be never (a silent
# registry, a pipe without a writer). So long commands run in the background, in a process group of
# their own, and build.sh waits: `wait` returns at once when a signal arrives.
#
# A job reports its own failure; the waiting side only passes the status on.

JOB=

# Job control (set -m) is what gives the job its process group. Without it, bash would also take
# the job's standard input away.
start_job()
{
    set -m
    "$@" <&0 &
    JOB=$!
    set +m
}

finish_job()
{
    local status=0
    wait "$JOB" || status=$?
    JOB=
    return "$status"
}

run_job()
{
    start_job "$@"
    finish_job
}

# Failures here mean that the job has ended already, which is what is wanted. Zombies do not count:
# an orphan stays one until PID 1 reaps it, and in a container PID 1 may never do that.
stop_job()
{
    [[ -n $JOB ]] || return 0
    kill -TERM -- "-$JOB" 2>/dev/null || true
    for _ in {1..30}; do
        pgrep -g "$JOB" --runstates D,R,S,T >/dev/null || break
        sleep 0.1
    done
    kill -KILL -- "-$JOB" 2>/dev/null || true
    wait "$JOB" 2>/dev/null || true
    JOB=
}

# Bytes that the processes of the job have read and written so far, sockets included. A process
# that we may not inspect (PODMAN="sudo podman") counts as always busy.
job_bytes()
{
    local pid
    for pid in $(pgrep -g "$JOB"); do
        cat "/proc/$pid/io" 2>/dev/null || echo "rchar: $((SECONDS * PROGRESS_BYTES))"
    done | awk '/^[rw]char:/ { sum += $2 } END { printf "%d\n", sum }'
}

# A waiting Go program wakes up and moves a few bytes a second through its own pipes; less than
# this in a whole time-out is no progress.
readonly PROGRESS_BYTES=4096

# Returns when the job has ended, or 1 when it moved no data for $1 seconds.
watch_job()
{
    local limit_s=$1 seen=0 now deadline=$((SECONDS + $1))
    while kill -0 "$JOB" 2>/dev/null; do
        now=$(job_bytes)
        if ((now - seen >= PROGRESS_BYTES || seen - now >= PROGRESS_BYTES)); then
            seen=$now
            deadline=$((SECONDS + limit_s))
        fi
        ((SECONDS <= deadline)) || return 1
        sleep 0.2
    done
}
