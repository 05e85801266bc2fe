#!/usr/bin/env bats
# kill -9 at every step. Of launcher: no process survives, and gc finds all the rest. Of cinit:
# launcher tells, and tidies up itself.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/leftovers
load ../lib/steps

setup_file() { leftovers_setup_file; }
teardown_file() { leftovers_teardown_file; }

setup()
{
    STEPS=$BATS_TEST_TMPDIR/steps
}

teardown()
{
    leftovers_check
}

gc_leaves_nothing()
{
    wait_until 20 no_survivors && "$STEPS_BY" "$LAUNCHER" gc >>"$BATS_TEST_TMPDIR/collected" &&
        [ -z "$(leftover_cgroups)$(leftover_records)" ]
}

# killed_at STEP COMMAND...: the exit status of the killed launcher is 137, and gc does its work.
killed_at()
{
    local step=$1 status=0
    shift
    signal_at "$step" KILL "$@" </dev/null >/dev/null 2>&1 || status=$?
    is "$step $status" "$step 137" || return 1
    gc_leaves_nothing || { echo "after $step" >&2; return 1; }
}

# A payload that would run for ever shows a container that lives on; one that ends shows launcher's
# last steps.
kill_at_every_step()
{
    local step
    record_steps "$STEPS" "$@" -- sleep 1
    while read -r step; do
        killed_at "$step" "$@" -- sleep 1000 || return 1
    done <"$STEPS.start"
    while read -r step; do
        killed_at "$step" "$@" -- true || return 1
    done <"$STEPS.end"
}

collected()
{
    grep -c "^$1\$" "$BATS_TEST_TMPDIR/collected"
}

@test "launcher killed at each step of a run: nothing survives" {
    kill_at_every_step "$LAUNCHER" --name "$(box)" --rootfs "$ROOTFS" --net none
    [ "$(collected 1)" -gt 10 ] # else gc has had nothing to do, and the test proves nothing
}

@test "launcher killed at each step of a run without cinit" {
    kill_at_every_step "$LAUNCHER" --name "$(box)" --rootfs "$ROOTFS" --net none --no-init
    [ "$(collected 1)" -gt 10 ]
}

@test "launcher killed at each step of a run with limits" {
    kill_at_every_step "$LAUNCHER" --name "$(box)" --rootfs "$ROOTFS" --net none -m 50m --pids 50
    [ "$(collected 1)" -gt 20 ]
}

@test "launcher killed at each step of a run with limits and without cinit" {
    kill_at_every_step "$LAUNCHER" --name "$(box)" --rootfs "$ROOTFS" --net none --no-init -m 50m --cpus 1
    [ "$(collected 1)" -gt 20 ]
}

# The caller and the monitor, whichever makes a call of that name for the Nth time. strace ends with the
# last of them. A container that goes on by then is one that was started well.
kill_a_detached_run()
{
    local step run=("$LAUNCHER" run --detach --name "$(box)" --rootfs "$ROOTFS" --net none -m 50m)
    host "${ON_ONE_CPU[@]}" strace -ff -o "$BATS_TEST_TMPDIR/trace" "${run[@]}" -- true
    host "$LAUNCHER" rm "$(box)"
    awk -F'(' '/^[a-z]/ { print $1 ":" ++calls[$1] }' "$(grep -l '^bind(.*monitor-' "$BATS_TEST_TMPDIR"/trace.*)" |
        sed -n "0~${1}p" >"$STEPS"
    [ "$(wc -l <"$STEPS")" -gt 40 ]
    while read -r step; do
        host timeout 30 "${ON_ONE_CPU[@]}" strace -f -qq -o /dev/null -e "inject=${step%:*}:signal=KILL:when=${step#*:}" \
            "${run[@]}" -- sleep 0.1 </dev/null >/dev/null 2>&1 || true
        [ -z "$(leftover_records)" ] || echo found >>"$BATS_TEST_TMPDIR/found"
        host "$LAUNCHER" rm --force "$(box)"
        host "$LAUNCHER" gc >/dev/null
        wait_until 20 no_survivors && [ -z "$(leftover_cgroups)$(leftover_records)" ] ||
            { echo "after $step: $(leftover_cgroups) $(leftover_records)" >&2; return 1; }
    done <"$STEPS"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/found")" -gt 20 ]
}

@test "a detached run killed at every third step: rm --force and gc leave nothing" {
    kill_a_detached_run 3
}

# An ordinary user has a state directory and a gc of his own.
@test "launcher killed at each step of an ordinary user's run" {
    STEPS_BY=as_nobody
    kill_at_every_step "$LAUNCHER" --rootfs "$ROOTFS" --net none
    [ "$(collected 1)" -gt 10 ]
}

# choose_child_steps FIRST~STEP COMMAND...: writes to $STEPS.child every STEPth step, from the FIRSTth
# on, of cinit and the payload's process, in those calls that launcher itself makes none of: strace
# would stop launcher first.
choose_child_steps()
{
    local chosen=$1
    shift
    host strace -f -o "$STEPS.trace" "$@" -- true
    awk -F'[ (]+' '
        NR == 1 { launcher = $1 }
        $2 !~ /^[a-z]/ { next }
        $1 == launcher { own[$2] = 1; next }
        { calls[$1, $2]++; if (!($2 in most) || calls[$1, $2] > most[$2]) most[$2] = calls[$1, $2] }
        END {
            for (name in most)
                for (i = 1; !(name in own) && i <= most[name]; i++)
                    print name ":" i
        }' "$STEPS.trace" | sort >"$STEPS.child"
    [ "$(wc -l <"$STEPS.child")" -gt 60 ]
    sed -i -n "${chosen}p" "$STEPS.child"
}

# signal_child_at STEP SIGNAL LOG COMMAND...
signal_child_at()
{
    local step=$1 signal=$2 log=$3
    shift 3
    host timeout 30 strace -f -q -o "$log" -e "trace=execve,${step%:*}" \
        -e "inject=${step%:*}:signal=$signal:when=${step#*:}" "$@"
}

# kill_children_at FIRST~STEP COMMAND...: no gc is called.
kill_children_at()
{
    local step status output
    choose_child_steps "$@"
    shift
    while read -r step; do
        status=0
        output=$(signal_child_at "$step" KILL /dev/null "$@" -- true 2>&1 </dev/null) || status=$?
        is "$step $status" "$step 137" || return 1
        wait_until 20 nothing_is_left || { echo "after $step: $output" >&2; return 1; }
    done <"$STEPS.child"
}

# kill_launcher_at_child FIRST~STEP COMMAND...: the container is stopped at the step until launcher is
# dead, so neither is ever ahead of the other.
kill_launcher_at_child()
{
    local step
    choose_child_steps "$@"
    # The steps are those of a payload that ends. cinit waits again then, and under sleep it does not.
    sed -i '/^wait4:/d' "$STEPS.child"
    shift
    while read -r step; do
        : >"$STEPS.log"
        signal_child_at "$step" STOP "$STEPS.log" "$@" -- sleep 1000 </dev/null >/dev/null 2>&1 3>&- &
        wait_until 20 grep -q 'stopped by SIGSTOP' "$STEPS.log" || { echo "at $step" >&2; return 1; }
        kill -KILL "$(head -n 1 "$STEPS.log" | cut -d' ' -f1)" # the first process that was traced
        survivors | xargs --no-run-if-empty kill -CONT || true # most are dead by now
        gc_leaves_nothing || { echo "after $step" >&2; return 1; }
        wait || true
    done <"$STEPS.child"
    [ "$(collected 1)" -eq "$(wc -l <"$STEPS.child")" ]
}

@test "the container killed at every second step of its set-up: launcher exits with 137 and tidies up" {
    kill_children_at 1~2 "$LAUNCHER" --name "$(box)" --rootfs "$ROOTFS" --net none -m 50m
}

@test "the same at every third step without cinit" {
    kill_children_at 2~3 "$LAUNCHER" --name "$(box)" --rootfs "$ROOTFS" --net none --no-init -m 50m
}

@test "launcher killed while the container is at every second step of its set-up: nothing survives" {
    kill_launcher_at_child 1~2 "$LAUNCHER" --name "$(box)" --rootfs "$ROOTFS" --net none -m 50m
}

@test "the same at every fourth step without cinit" {
    kill_launcher_at_child 2~4 "$LAUNCHER" --name "$(box)" --rootfs "$ROOTFS" --net none --no-init
}

@test "a container that was killed half made is told as such" {
    run -137 host strace -f -qq -o /dev/null -e inject=pivot_root:signal=KILL \
        "$LAUNCHER" --name "$(box)" --rootfs "$ROOTFS" --net none -- true
    fails_with 137 "launcher: running the container: cinit ended with status 137 before the payload did" \
        "hint: something killed the container: its memory limit, or a person"
}
