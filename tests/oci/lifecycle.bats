#!/usr/bin/env bats
# create, start, state, kill, delete, list, ps and features from the outside: what an engine does with
# them.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/bundle
load ../lib/oci

# ---- create, start, delete ----

@test "create leaves a container that waits, start lets it run, delete removes it" {
    bundle . sh -c 'echo out; echo err >&2; sleep 1000'
    create "$BOX"
    is "$(cat "$OUT" "$ERR")" ""
    is "$(field "$BOX" .status)" created
    sleep 0.2
    is "$(cat "$OUT" "$ERR")" "" # it has not run yet
    is "$(oci start "$BOX" 2>&1)" ""
    wait_until 10 grep -q err "$ERR"
    is "$(<"$OUT")" out
    is "$(<"$ERR")" err
    is "$(field "$BOX" .status)" running
    oci kill "$BOX" KILL
    becomes "$BOX" stopped
    is "$(oci delete "$BOX" 2>&1)" ""
    no_trace
}

@test "the state has the fields of the runtime-spec, in each status" {
    bundle '.annotations = {"org.example": "a \"b\""}' sleep 1000
    create --pid-file "$BATS_TEST_TMPDIR/pid" "$BOX"
    is "$(field "$BOX" '[.ociVersion, .id, .status, .bundle, .annotations["org.example"]] | join(" ")')" \
        "1.3.0 $BOX created $BUNDLE a \"b\""
    is "$(field "$BOX" .rootfs)" "$ROOTFS"
    like "$(field "$BOX" .created)" '^20[0-9-]+T[0-9:]+\.[0-9]+Z$'
    like "$(<"$BATS_TEST_TMPDIR/pid")" '^[0-9]+$'
    is "$(tail -c 1 "$BATS_TEST_TMPDIR/pid" | tr -d 0-9 | wc -c)" 0 # no end of line either
    pid=$(field "$BOX" .pid)
    is "$pid" "$(<"$BATS_TEST_TMPDIR/pid")"
    oci start "$BOX"
    is "$(field "$BOX" '"\(.status) \(.pid)"')" "running $pid"
    is "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "sleep 1000 "
    oci pause "$BOX"
    is "$(field "$BOX" '"\(.status) \(.pid)"')" "paused $pid"
    oci resume "$BOX"
    is "$(field "$BOX" .status)" running
    oci kill "$BOX" 9
    becomes "$BOX" stopped
    is "$(field "$BOX" '[.id, .bundle, (.pid // 0 | tostring)] | join(" ")')" "$BOX $BUNDLE 0"
}

@test "a name is used once" {
    bundle . sleep 1000
    create "$BOX"
    pid=$(field "$BOX" .pid)
    run -125 create "$BOX"
    like "$(<"$ERR")" "recording the container $BOX: a container of this name exists already"
    is "$(field "$BOX" '"\(.status) \(.pid)"')" "created $pid"
    oci start "$BOX"
    run -125 create "$BOX"
    like "$(<"$ERR")" "container $BOX: a container of this name exists"
    is "$(field "$BOX" '"\(.status) \(.pid)"')" "running $pid"
    oci kill "$BOX" KILL
    becomes "$BOX" stopped
    run -125 create "$BOX"
    like "$(<"$ERR")" "container $BOX: a container of this name exists"
}

@test "of 50 creates of one name at once, exactly one wins" {
    bundle . sleep 1000
    local i tries=()
    for i in {1..50}; do
        (oci create --bundle "$BUNDLE" "$BOX" >/dev/null 2>"$BATS_TEST_TMPDIR/err.$i" </dev/null 3>&- &&
            echo "$i" >>"$BATS_TEST_TMPDIR/won") 3>&- &
        tries+=($!)
    done
    for i in "${tries[@]}"; do wait "$i" || true; done
    is "$(wc -l <"$BATS_TEST_TMPDIR/won")" 1
    is "$(grep -lE "container $BOX: a container of this name (exists|is running)" "$BATS_TEST_TMPDIR"/err.* | wc -l)" 49
    oci start "$BOX"
    is "$(field "$BOX" .status)" running
    is "$(oci list --quiet)" "$BOX"
}

# strace holds the first one between making its record and locking it.
@test "a record that is being made is not taken for a leftover" {
    bundle . sleep 1000
    strace -o "$BATS_TEST_TMPDIR/trace" -e trace=flock -e inject=flock:delay_enter=400000:when=2 \
        "$LAUNCHER" --root "$ROOT" create --bundle "$BUNDLE" "$BOX" >/dev/null 2>"$BATS_TEST_TMPDIR/first" </dev/null 3>&- &
    local first=$! result=0
    wait_until 10 test -e "$ROOT/$BOX.json"
    run -125 create "$BOX"
    like "$(<"$ERR")" "container $BOX: a container of this name"
    wait "$first" || result=$?
    is "$result $(<"$BATS_TEST_TMPDIR/first")" "0 "
}

@test "start is for what was created and not started yet" {
    bundle . sleep 1000
    create "$BOX"
    oci start "$BOX"
    run -125 oci start "$BOX"
    is "${lines[0]}" "launcher: starting the container $BOX: it is running"
    is "$(field "$BOX" .status)" running
    oci kill "$BOX" KILL
    becomes "$BOX" stopped
    run -125 oci start "$BOX"
    is "${lines[0]}" "launcher: starting the container $BOX: it is stopped"
    for verb in start state kill delete ps; do
        run -125 oci "$verb" no-such
        like "$output" 'container no-such: it does not exist'
    done
}

@test "two starts at once: one container begins once" {
    bundle . sh -c 'echo begun; sleep 1000'
    create "$BOX"
    local i
    for i in 1 2 3 4 5; do
        (oci start "$BOX" 2>>"$BATS_TEST_TMPDIR/starts" && echo started >>"$BATS_TEST_TMPDIR/starts") 3>&- &
    done
    wait
    is "$(grep -c '^started' "$BATS_TEST_TMPDIR/starts")" 1
    is "$(grep -c 'it is running' "$BATS_TEST_TMPDIR/starts")" 4
    wait_until 10 test -s "$OUT"
    is "$(<"$OUT")" begun
}

@test "what changes in config.json after create changes nothing" {
    bundle '.hooks.poststop = [{path: "/bin/sh", args: ["sh", "-c", "echo first >>'"$BATS_TEST_TMPDIR"'/stop"]}]' \
        sh -c 'echo first'
    create "$BOX"
    echo garbage >"$BUNDLE/config.json"
    oci start "$BOX"
    becomes "$BOX" stopped
    is "$(<"$OUT")" first
    rm -r "$BUNDLE"
    oci delete "$BOX"
    is "$(<"$BATS_TEST_TMPDIR/stop")" first
}

# ---- kill ----

@test "kill takes a number, a name, a name with SIG, and TERM when none is given" {
    local word
    for word in 15 TERM SIGTERM term ''; do
        bundle . sh -c 'trap "echo caught; exit" TERM; echo ready; while :; do sleep 0.05; done'
        create "$BOX"
        oci start "$BOX"
        wait_until 10 grep -q ready "$OUT"
        oci kill "$BOX" ${word:+"$word"}
        becomes "$BOX" stopped
        like "$(<"$OUT")" caught
        oci delete "$BOX"
    done
    run -125 oci kill "$BOX" 99
    like "$output" '"99" is no signal'
}

@test "kill of a stopped container says that it is not running, and of a created one ends it" {
    bundle . true
    create "$BOX"
    oci start "$BOX"
    becomes "$BOX" stopped
    run -125 oci kill "$BOX" KILL
    like "$output" 'container not running'
    run -125 oci kill --all "$BOX" KILL
    like "$output" 'container not running'
    oci delete "$BOX"
    for word in KILL TERM; do
        create "$BOX"
        oci kill "$BOX" "$word"
        becomes "$BOX" stopped
        oci delete "$BOX"
    done
}

@test "kill --all reaches every process, also after the first one has ended" {
    # without a PID namespace of its own the others outlive the first one
    bundle '.linux.namespaces |= map(select(.type != "pid"))' \
        sh -c 'sleep 1000 & sleep 1000 & echo ready; exec sleep 1000'
    create "$BOX"
    oci start "$BOX"
    wait_until 10 grep -q ready "$OUT"
    mapfile -t pids < <(oci ps --format json "$BOX" | jq '.[]')
    is "${#pids[@]}" 3
    oci kill "$BOX" KILL
    becomes "$BOX" stopped
    kill -0 "${pids[1]}"
    kill -0 "${pids[2]}"
    oci kill --all "$BOX" KILL
    for pid in "${pids[@]}"; do wait_until 10 is_gone "$pid"; done
    oci delete "$BOX"
}

is_gone() {
    ! grep -qs '^State:[^Z]*$' "/proc/$1/status"
}

# ---- delete ----

@test "delete refuses what runs, --force kills it" {
    bundle . sleep 1000
    create "$BOX"
    oci start "$BOX"
    pid=$(field "$BOX" .pid)
    run -125 oci delete "$BOX"
    like "$output" "deleting the container $BOX: it is running"
    is "$(field "$BOX" .status)" running
    oci pause "$BOX"
    run -125 oci delete "$BOX"
    like "$output" 'it is paused'
    [ -n "$(cgroups)" ]
    is "$(oci delete --force "$BOX" 2>&1)" ""
    is_gone "$pid"
    no_trace
    run -125 oci delete "$BOX"
    like "$output" "container $BOX: it does not exist"
    is "$(oci delete --force "$BOX" 2>&1)" ""
}

@test "delete of a created container ends the process that waits" {
    bundle . sh -c 'echo never'
    create "$BOX"
    pid=$(field "$BOX" .pid)
    is "$(records | sed -E 's/[0-9]+\.socket/N.socket/' | sort | tr '\n' ' ')" \
        "$BOX.config $BOX.json start-N.socket "
    oci delete "$BOX"
    is_gone "$pid"
    is "$(<"$OUT")" ""
    no_trace
}

@test "deletes at once: one does it, to the others it does not exist" {
    bundle '.hooks.poststop = [{path: "/bin/sh", args: ["sh", "-c", "echo x >>'"$BATS_TEST_TMPDIR"'/stops"]}]' sleep 1000
    create "$BOX"
    oci start "$BOX"
    local i
    for i in 1 2 3 4 5 6; do
        (oci delete --force "$BOX" >>"$BATS_TEST_TMPDIR/said" 2>&1 && echo deleted >>"$BATS_TEST_TMPDIR/dones") 3>&- &
    done
    wait
    is "$(wc -l <"$BATS_TEST_TMPDIR/stops") $(wc -l <"$BATS_TEST_TMPDIR/dones")" "1 6"
    is "$(<"$BATS_TEST_TMPDIR/said")" ""
}

@test "what is no record can be looked at and deleted" {
    mkdir -m 700 "$ROOT"
    echo garbage >"$ROOT/$BOX.json"
    is "$(field "$BOX" .status)" stopped
    is "$(oci list --quiet)" "$BOX"
    oci delete "$BOX"
}

@test "200 containers, created, started and deleted" {
    bundle '.process.noNewPrivileges = true' true
    # each takes a third of a second in a virtual machine whose processor is emulated
    local i many=${VMTEST:+20}
    many=${many:-200}
    for ((i = 1; i <= many; i++)); do create "$BOX-$i"; done
    is "$(oci list --quiet | wc -l)" $many
    is "$(oci list --format json | jq -r '[.[].status] | unique | join(" ")')" created
    for ((i = 1; i <= many; i++)); do oci start "$BOX-$i"; done
    for ((i = 1; i <= many; i++)); do becomes "$BOX-$i" stopped; done
    for ((i = 1; i <= many; i++)); do oci delete "$BOX-$i"; done
    is "$(oci list --quiet | wc -l)" 0
    no_trace
}

# ---- what fails ----

@test "a command that is not there fails create, in the words of runc" {
    local -A want=(
        [/nonexist]='exec: "/nonexist": stat /nonexist: no such file or directory'
        [nonexist]='exec: "nonexist": executable file not found in $PATH'
    )
    for command in "${!want[@]}"; do
        bundle . "$command"
        rm -f "$BATS_TEST_TMPDIR/log"
        run -127 oci --log "$BATS_TEST_TMPDIR/log" --log-format json create --bundle "$BUNDLE" "$BOX"
        like "$output" "^launcher: exec: "
        is "${lines[0]#launcher: }" "${want[$command]}"
        is "$(log_line .msg)" "${want[$command]}"
        is "$(log_line .level)" error
        like "$(log_line .time)" '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$'
        no_trace
    done
    bundle . /etc/passwd
    cant_create 126 'exec: "/etc/passwd": .*permission denied'
    bundle . /etc
    cant_create 126 'exec: "/etc": /etc is a directory: permission denied'
    bundle '.process.env = ["PATH=/:/bin"]' etc
    cant_create 126 'exec: "etc": .*permission denied'
    bundle '.process.args = []'
    cant_create 125 'process.args'
    # on stderr when there is no file
    bundle . /nonexist
    run -127 oci --log-format json create --bundle "$BUNDLE" "$BOX"
    is "$(jq -r .msg <<<"$output")" "${want[/nonexist]}"
}

@test "a directory that is called like the command is passed over in PATH" {
    bundle '.process.env = ["PATH=/tmp:/bin"] | .mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs"},
        {destination: "/tmp/echo", type: "tmpfs", source: "tmpfs"}]' echo from bin
    create "$BOX"
    oci start "$BOX"
    becomes "$BOX" stopped
    is "$(<"$OUT")" "from bin"
    oci delete "$BOX"
}

@test "the log is appended to, as text or as JSON, and has the hint" {
    bundle . /nonexist
    for _ in 1 2; do
        run -127 oci --log "$BATS_TEST_TMPDIR/log" create --bundle "$BUNDLE" "$BOX"
    done
    is "$(grep -c 'exec: "/nonexist": stat' "$BATS_TEST_TMPDIR/log")" 2
    run -125 oci --log "$BATS_TEST_TMPDIR/no/log" state x
    like "$output" 'opening the log .*/no/log: No such file or directory'
    like "$output" 'does not exist'
    run -125 oci --log-format xml state x
    like "$output" 'option --log-format: "xml" is neither text nor json'
}

@test "a command that only its user may not execute fails at start, in the same words" {
    printf '#!/bin/sh\necho started\n' >"$BATS_TEST_TMPDIR/tool"
    chmod 700 "$BATS_TEST_TMPDIR/tool"
    bundle '.process.user.uid = 1000 | .process.capabilities = {} |
        .mounts += [{destination: "/tool", type: "bind", source: "'"$BATS_TEST_TMPDIR/tool"'", options: ["bind"]}]' /tool
    create "$BOX"
    run -126 oci --log "$BATS_TEST_TMPDIR/log" --log-format json start "$BOX"
    like "${lines[0]}" '^launcher: exec: "/tool": .*permission denied'
    like "$(log_line .msg)" '^exec: "/tool": .*permission denied$'
    becomes "$BOX" stopped
    is "$(cat "$OUT" "$ERR")" ""
    oci delete "$BOX"
}

@test "a working directory that is missing is made, one that is a file is an error" {
    # as with runc; in a tmpfs, so that the root file system stays as it is
    bundle '.process.cwd = "/tmp/a/b" | .mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs"}]' pwd
    create "$BOX"
    oci start "$BOX"
    becomes "$BOX" stopped
    is "$(<"$OUT")" /tmp/a/b
    oci delete "$BOX"
    bundle '.process.cwd = "/etc/passwd"' pwd
    cant_create 125 '/etc/passwd: Not a directory'
}

@test "a launcher that is killed in create leaves what delete --force and gc remove" {
    local kind way
    for kind in prestart createRuntime; do
        for way in "delete --force $BOX" gc "create --bundle $BUNDLE $BOX"; do
            bundle ".hooks.$kind = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"kill -9 \$PPID\"]}]" sleep 1000
            run -137 create "$BOX"
            [ -e "$ROOT/$BOX.json" ]
            wait_until 10 no_process # nobody would ever start it
            # shellcheck disable=SC2086 # words
            run oci $way 3>&-
            [[ $way == create* ]] || no_trace # which is killed in the same way
            oci delete --force "$BOX"
            no_trace
        done
    done
}

@test "a full state directory is an error that names it, and nothing is left" {
    bundle . sleep 1000
    mkdir "$ROOT"
    local limit failures=0
    for limit in size=4k nr_inodes=1 nr_inodes=2 nr_inodes=3 nr_inodes=4 nr_inodes=5; do
        run unshare --mount --propagation private sh -c '
            mount -t tmpfs -o mode=700,"$2" tmpfs "$1"
            "$3" --root "$1" create --bundle "$4" "$5" >/dev/null 3>&- || echo failed
            ls "$1" | grep -v bpf
            "$3" --root "$1" delete --force "$5"
            ls "$1" | grep -v bpf' - "$ROOT" "$limit" "$LAUNCHER" "$BUNDLE" "$BOX"
        if [[ $output == *failed* ]]; then
            failures=$((failures + 1))
            like "${lines[0]}" "^launcher: .*container $BOX: .*: No space left on device$"
            like "$output" $'\n''failed$' # and no file after it
        fi
        is "$(cgroups)" ""
    done
    [ "$failures" -ge 3 ] # at the record, at the copy of config.json, at the socket
    [ "$failures" -lt 6 ]
}

@test "a pid file that can't be made fails create, which leaves nothing" {
    bundle . sleep 1000
    cant_create 125 'making the pid file /nosuch/pid: No such file or directory' --pid-file /nosuch/pid
    mkdir "$BATS_TEST_TMPDIR/directory"
    cant_create 125 "pid file $BATS_TEST_TMPDIR/directory: Is a directory" --pid-file "$BATS_TEST_TMPDIR/directory"
    [ -z "$(find "$BATS_TEST_TMPDIR" -name "*.new")" ]
}

@test "a signal that ends create leaves nothing" {
    local number
    for number in TERM INT HUP; do
        bundle ".hooks.createRuntime = [{path: \"/bin/sh\", args: [\"sh\", \"-c\",
            \"echo now >$BATS_TEST_TMPDIR/hook; exec sleep 1000\"]}]" sleep 1000
        env --default-signal=INT "$LAUNCHER" --root "$ROOT" create --bundle "$BUNDLE" "$BOX" \
            >"$OUT" 2>"$ERR" </dev/null 3>&- &
        local creator=$! status=0
        HELPER=$creator
        wait_until 10 test -s "$BATS_TEST_TMPDIR/hook"
        run -125 oci start "$BOX"
        like "$output" "the container $BOX is running, and another launcher looks after it"
        kill -s "$number" "$creator"
        wait "$creator" || status=$?
        is "$status" $((128 + $(kill -l "$number")))
        no_trace
        rm "$BATS_TEST_TMPDIR/hook"
    done
}

@test "names that can't be" {
    bundle . true
    for id in a/b .. . '' -x "$(printf 'x%.0s' {1..1100})"; do
        run -125 create "$id"
        run -125 oci state "$id"
        run -125 oci delete --force "$id"
    done
    run -125 oci state ../x
    like "$output" "\"../x\" can't be the name of a container"
    create "$(printf 'x%.0s' {1..128})" # the longest
    oci delete "$(printf 'x%.0s' {1..128})"
    run -125 oci create
    run -125 oci create one two
}

@test "--root in a directory that is not there is made, for its owner alone" {
    bundle . true
    ROOT=$BATS_TEST_TMPDIR/not/there/yet
    is "$(oci list --quiet)" ""
    [ ! -e "$BATS_TEST_TMPDIR/not" ] # to look makes nothing
    create "$BOX"
    is "$(stat -c %a "$ROOT")" 700
    is "$("$LAUNCHER" --root="$ROOT" list --quiet)" "$BOX"
    is "$(LAUNCHER_ROOT=$ROOT "$LAUNCHER" list --quiet)" "$BOX"
    run -125 "$LAUNCHER" --root relative list
    like "$output" 'option --root: "relative" is no absolute path'
    chmod 777 "$ROOT"
    run -125 oci list
    like "$output" 'belongs to or is writable by others'
    chmod 700 "$ROOT"
}

# ---- the terminal ----

@test "a terminal needs a console socket, which gets it" {
    bundle '.process.terminal = true | .process.consoleSize = {height: 11, width: 22}' \
        sh -c 'tty; stty size; read -r line; echo "got $line"'
    cant_create 125 'process.terminal: nobody would get the terminal'
    cant_create 125 "console socket $BATS_TEST_TMPDIR/no: No such file" --console-socket "$BATS_TEST_TMPDIR/no"
    python3 - "$BATS_TEST_TMPDIR/console" >"$BATS_TEST_TMPDIR/received" 3>&- <<'END' &
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(1)
connection, _ = listener.accept()
message, descriptors, _, _ = socket.recv_fds(connection, 4096, 4)
print(len(descriptors), os.isatty(descriptors[0]), message.decode(), flush=True)
os.write(descriptors[0], b"hello\n")
try:
    while data := os.read(descriptors[0], 4096):
        print(data.decode(), end="", flush=True)
except OSError:
    print("closed") # EIO: nobody has the other side any more
END
    HELPER=$!
    wait_until 10 test -S "$BATS_TEST_TMPDIR/console"
    create --console-socket "$BATS_TEST_TMPDIR/console" "$BOX"
    wait_until 10 grep -q '^1 True' "$BATS_TEST_TMPDIR/received"
    oci start "$BOX"
    becomes "$BOX" stopped
    wait "$HELPER"
    is "$(tr -d '\r' <"$BATS_TEST_TMPDIR/received" | sed 1d | grep -v '^hello$')" "/dev/pts/0
11 22
got hello
closed"
    is "$(cat "$OUT" "$ERR")" ""
    bundle . true
    oci delete "$BOX"
    cant_create 125 'config.json asks for no terminal' --console-socket "$BATS_TEST_TMPDIR/console"
}

# ---- looking ----

@test "list: a table, JSON, names" {
    is "$(oci list --format json)" "[]"
    is "$(oci list | wc -l)" 1
    bundle . sleep 1000
    create "$BOX-b"
    create "$BOX-a"
    oci start "$BOX-a"
    is "$(oci list --quiet)" "$BOX-a
$BOX-b"
    is "$(oci list -f json | jq -r '.[] | "\(.id) \(.status) \(.bundle)"')" "$BOX-a running $BUNDLE
$BOX-b created $BUNDLE"
    run -0 oci list
    like "${lines[0]}" '^ID +PID +STATUS +BUNDLE +CREATED +OWNER$'
    like "${lines[1]}" "^$BOX-a +$(field "$BOX-a" .pid) +running +$BUNDLE +20[^ ]*Z +root$"
    like "${lines[2]}" "^$BOX-b +$(field "$BOX-b" .pid) +created "
    oci kill "$BOX-a" KILL
    becomes "$BOX-a" stopped
    like "$(oci list)" "$BOX-a +0 +stopped "
}

@test "ps: a table and an array of pids on the host" {
    bundle . sh -c 'sleep 1000 & echo ready; wait'
    create "$BOX"
    is "$(oci ps --format json "$BOX")" "[$(field "$BOX" .pid)]"
    oci start "$BOX"
    wait_until 10 grep -q ready "$OUT"
    wait_until 10 has_two
    pid=$(field "$BOX" .pid)
    is "$(oci ps --format json "$BOX" | jq "index($pid) != null")" true
    run -0 oci ps "$BOX"
    like "$output" '^ +PID  COMMAND'
    like "$output" "$pid  sh -c"
    like "$output" '  sleep 1000'
}

has_two() {
    [ "$(oci ps --format json "$BOX" | jq length)" -eq 2 ]
}

@test "features and --version" {
    run -0 "$LAUNCHER" features
    is "$(jq -r '.ociVersionMin + " " + .ociVersionMax' <<<"$output")" "1.0.0 1.3.0"
    is "$(jq -r '.hooks | join(" ")' <<<"$output")" \
        "prestart createRuntime createContainer startContainer poststart poststop"
    is "$(jq '.linux.seccomp.enabled and .linux.cgroup.v1 and .linux.cgroup.systemd' <<<"$output")" true
    [ "$(jq '.linux.namespaces | length' <<<"$output")" -eq 8 ]
    is "$(jq '.linux | .apparmor.enabled and .selinux.enabled and .netDevices.enabled and (.intelRdt | .enabled and .schemata and .monitoring)' <<<"$output")" true
    is "$(jq -r '.linux.seccomp.actions | join(" ")' <<<"$output")" \
        "SCMP_ACT_ALLOW SCMP_ACT_ERRNO SCMP_ACT_KILL SCMP_ACT_KILL_PROCESS SCMP_ACT_KILL_THREAD SCMP_ACT_LOG SCMP_ACT_NOTIFY SCMP_ACT_TRACE SCMP_ACT_TRAP"
    for word in $(jq -r '.linux.seccomp.knownFlags[]' <<<"$output"); do
        bundle ".linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", flags: [\"$word\"]}" true
        "$LAUNCHER" plan --bundle "$BUNDLE" >/dev/null
    done
    run -0 "$LAUNCHER" --version
    is "${#lines[@]}" 3
    like "${lines[0]}" '^launcher version [0-9]+\.[0-9]+\.[0-9]+$'
    like "${lines[1]}" '^commit: '
    is "${lines[2]}" 'spec: 1.3.0'
}

# ---- an ordinary user ----

@test "an ordinary user creates, starts and deletes" {
    OPEN=$(mktemp -d) # he can't get into the directory of the tests
    chmod 755 "$OPEN"
    mkdir "$OPEN/bundle"
    cp -a "$ROOTFS" "$OPEN/bundle/rootfs"
    chown -R 1000:1000 "$OPEN"
    his spec --rootless --bundle "$OPEN/bundle"
    jq '.process.terminal = false | .process.args = ["sh", "-c", "id -u; exec sleep 1000"]' \
        "$OPEN/bundle/config.json" >"$BATS_TEST_TMPDIR/new"
    cat "$BATS_TEST_TMPDIR/new" >"$OPEN/bundle/config.json"
    his create --bundle "$OPEN/bundle" "$BOX" >"$OUT" 2>"$ERR"
    is "$(his list --quiet)" "$BOX"
    is "$(his state "$BOX" | jq -r .status)" created
    his start "$BOX"
    wait_until 10 test -s "$OUT"
    is "$(cat "$OUT" "$ERR")" 0
    run -125 his delete "$BOX"
    his delete --force "$BOX"
    is "$(find "$OPEN/launcher" -mindepth 1 ! -name 'seccomp-*.bpf')" ""
}

his() {
    setpriv --reuid 1000 --regid 1000 --clear-groups env XDG_RUNTIME_DIR="$OPEN" "$LAUNCHER" "$@" </dev/null 3>&-
}

# ---- hooks ----

# hooks [KIND COMMAND]...: a jq filter; a hook takes its state down and its name into the order.
hooks() {
    local filter=.
    while [ $# -gt 0 ]; do
        filter+=" | .hooks.$1 = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", $(jq -Rs . \
            <<<"cat >$BATS_TEST_TMPDIR/$1.state; echo $1 >>$BATS_TEST_TMPDIR/order; $2")]}]"
        shift 2
    done
    printf '%s' "$filter | .mounts += [{destination: \"$BATS_TEST_TMPDIR\", type: \"bind\",
        source: \"$BATS_TEST_TMPDIR\", options: [\"bind\"]}]"
}

order() {
    tr '\n' ' ' <"$BATS_TEST_TMPDIR/order"
}

@test "hooks run at create, start and delete" {
    bundle "$(hooks prestart : createRuntime : createContainer : startContainer : poststart : poststop :)" sleep 1000
    create "$BOX"
    is "$(order)" "prestart createRuntime createContainer "
    is "$(jq -r '"\(.status) \(.id) \(.pid)"' "$BATS_TEST_TMPDIR/prestart.state")" \
        "created $BOX $(field "$BOX" .pid)"
    oci start "$BOX"
    is "$(order)" "prestart createRuntime createContainer startContainer poststart "
    is "$(jq -r '"\(.status) \(.pid)"' "$BATS_TEST_TMPDIR/startContainer.state")" "created 1"
    is "$(jq -r '"\(.status) \(.pid)"' "$BATS_TEST_TMPDIR/poststart.state")" "running $(field "$BOX" .pid)"
    oci kill "$BOX" KILL
    becomes "$BOX" stopped
    [ ! -e "$BATS_TEST_TMPDIR/poststop.state" ]
    oci delete "$BOX"
    is "$(order)" "prestart createRuntime createContainer startContainer poststart poststop "
    is "$(jq -r '"\(.status) \(.id) \(.pid) \(.bundle)"' "$BATS_TEST_TMPDIR/poststop.state")" \
        "stopped $BOX null $BUNDLE"
}

@test "a hook of create that fails leaves no container" {
    local kind
    for kind in prestart createRuntime createContainer; do
        rm -f "$BATS_TEST_TMPDIR/order"
        bundle "$(hooks "$kind" 'echo no luck >&2; exit 4' poststop :)" sleep 1000
        cant_create 125 "hooks.${kind}\[0\]\): it ended with status 4: no luck"
        is "$(order)" "$kind poststop "
        is "$(oci list --quiet)" ""
    done
}

@test "a hook of start that fails ends the container, which stays until delete" {
    local kind
    for kind in startContainer poststart; do
        bundle "$(hooks "$kind" 'echo no luck >&2; exit 4')" sleep 1000
        create "$BOX"
        run -125 oci start "$BOX"
        like "$output" "hooks.${kind}\[0\]\): it ended with status 4: no luck"
        becomes "$BOX" stopped
        oci delete "$BOX"
        no_trace
    done
}

@test "start that ends while a startContainer hook runs begins no payload" {
    local number starter
    for number in TERM KILL; do
        bundle "$(hooks startContainer 'exec sleep 1000')" sh -c 'echo begun; sleep 1000'
        rm -f "$BATS_TEST_TMPDIR/order"
        create "$BOX"
        oci start "$BOX" 2>"$BATS_TEST_TMPDIR/said" 3>&- &
        wait_until 10 test -s "$BATS_TEST_TMPDIR/order"
        is "$(field "$BOX" .status)" created
        starter=$(pgrep -f -x "$LAUNCHER --root $ROOT start $BOX")
        kill -s "$number" "$starter"
        wait "$!" || true
        run -125 oci start "$BOX" # it has ended, or is about to
        is "$(<"$OUT")" ""
        oci delete --force "$BOX"
        no_trace
    done
}

@test "while create works, its container is creating" {
    bundle ".hooks.createRuntime = [{path: \"/bin/sh\",
        args: [\"sh\", \"-c\", \"$LAUNCHER --root $ROOT state $BOX >$BATS_TEST_TMPDIR/seen\"]}]" sleep 1000
    create "$BOX"
    is "$(jq -r .status "$BATS_TEST_TMPDIR/seen")" creating
}

# ---- options for the sake of callers ----

@test "systemd's cgroups are no more than an error where version 1 is, no cgroup at all can be had" {
    bundle . sleep 1000
    for option in --systemd-cgroup --cgroup-manager=systemd; do
        [ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ] || continue # tests/vm/inside/no-systemd.bats
        run -125 oci "$option" create --bundle "$BUNDLE" "$BOX"
        like "$output" "managing cgroups by systemd on a host with cgroup version 1: Not supported
hint: launcher does that with version 2 alone"
        no_trace
    done
    run -125 oci --cgroup-manager disabled run --rootfs "$ROOTFS" --net none -m 64m -- true
    like "$output" 'what was asked for needs a cgroup: leave --cgroup-manager disabled out'
    run -0 oci --cgroup-manager disabled run --rootfs "$ROOTFS" --net none -- true
    run -125 oci --cgroup-manager sysfs create --bundle "$BUNDLE" "$BOX"
    like "$output" '"sysfs" is none of cgroupfs, systemd, disabled'
    oci --cgroup-manager disabled create --bundle "$BUNDLE" "$BOX" >"$OUT" 2>"$ERR" </dev/null 3>&-
    is "$(cgroups)" ""
    oci delete "$BOX"
    oci --rootless=auto --debug --cgroup-manager cgroupfs create --bundle "$BUNDLE" --no-new-keyring "$BOX" \
        >"$OUT" 2>"$ERR" </dev/null 3>&-
    like "$(<"$ERR")" '\[ns\] '
}

@test "options before the verb hold for run too: --log-format, --debug, --log" {
    run -125 --separate-stderr "$LAUNCHER" --log-format json run --rootfs /nosuch -- true
    like "$stderr" '^\{"level":"error","msg":"the root file system /nosuch does not exist"'
    run -125 --separate-stderr "$LAUNCHER" --log-format json run --bundle /nosuch
    like "$stderr" '^\{"level":"error","msg":"finding the bundle /nosuch: '
    run -0 --separate-stderr "$LAUNCHER" --debug run --rootfs "$ROOTFS" --net none -- true
    like "$stderr" 'executing true'
    bundle '.annotations = {}' true
    run -0 --separate-stderr "$LAUNCHER" --debug run --bundle "$BUNDLE"
    like "$stderr" 'executing true'
    run -0 --separate-stderr "$LAUNCHER" --log "$BATS_TEST_TMPDIR/log" --log-format json run \
        --rootfs "$ROOTFS" --net none --root-mode chroot -- true
    is "$stderr" ""
    like "$(log_line .msg)" 'with --root-mode chroot the container can escape'
}

@test "create takes no option that only run has a use for" {
    run -125 oci create --detach "$BOX"
    like "$output" 'unknown option --detach'
    run -125 oci create --json "$BOX"
    like "$output" 'option --json: create has nothing to print'
    run ! grep -e --detach <<<"$("$LAUNCHER" create --help)"
}

@test "in a bundle's directory run ID means the bundle, and run --help still tells of both" {
    bundle . sh -c 'echo from the bundle'
    cd "$BUNDLE"
    is "$(oci run "$BOX")" "from the bundle"
    like "$("$LAUNCHER" run --help)" '^usage: launcher run --rootfs DIR'
    is "$("$LAUNCHER" run --rootfs "$ROOTFS" --net none -- echo from the flags)" "from the flags"
}

@test "run --bundle --detach: created and started, and left; a start that fails leaves nothing" {
    bundle . sh -c 'echo out; sleep 1000'
    oci run --detach --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/pid" "$BOX" >"$OUT" 2>"$ERR" </dev/null 3>&-
    wait_until 10 grep -q out "$OUT"
    is "$(field "$BOX" '"\(.status) \(.pid)"')" "running $(<"$BATS_TEST_TMPDIR/pid")"
    oci delete --force "$BOX"
    bundle . nosuch
    run -127 oci run --detach --bundle "$BUNDLE" "$BOX" 3>&-
    no_trace
    bundle '.hooks.startContainer = [{"path": "/bin/false"}]' true # this is known at start only
    run -125 oci run --detach --bundle "$BUNDLE" "$BOX" 3>&-
    no_trace
    bundle '.process.terminal = true' sh
    run -125 oci run --detach --bundle "$BUNDLE" "$BOX" 3>&-
    like "$output" 'nobody would get the terminal'
    bundle . true
    run -125 oci run --console-socket /x --bundle "$BUNDLE" "$BOX"
    like "$output" 'option --console-socket: launcher run passes on what is typed itself'
    oci run --pid-file "$BATS_TEST_TMPDIR/pid2" --bundle "$BUNDLE" "$BOX"
    like "$(<"$BATS_TEST_TMPDIR/pid2")" '^[0-9]+$'
}
