#!/usr/bin/env bats
# Rows C6, C7 and R24: where the container's cgroup is, that it always goes, and launcher cgroup.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/container
load ../lib/cgroup
load ../lib/steps

NAME=bats-place
TREE=bats-tree # the root of all cgroups that are made by hand here

teardown()
{
    end_container
    [ -z "${HELD-}" ] || kill -CONT "$HELD" 2>/dev/null || true # it has ended when all went well
    local left
    left=$(cgroups_named "launcher-$NAME*")
    "$LAUNCHER" cgroup rm --kill $TREE 2>/dev/null || true # most tests have none left
    is "$left" ""
    is "$(cgroups_named $TREE)" ""
}

cgroup()
{
    "$LAUNCHER" cgroup "$@"
}

# cgroups_below PATH: the directories at and below a path, in all hierarchies
cgroups_below()
{
    find /sys/fs/cgroup -type d -path "*/$1*" 2>/dev/null || true
}

# ---- --cgroup

@test "--cgroup names the cgroup itself; made for the container, it goes with it" {
    cgroup create $TREE
    start_container --name $NAME --cgroup $TREE/box -m 50m --pids 9 -- /bin/sleep 1000
    grep -q "memory.*:/$TREE/box\$\|^0::/$TREE/box\$" "/proc/$PAYLOAD/cgroup"
    is "$(in_cgroups pids.max box)" 9
    end_container
    is "$(cgroups_named box)" ""
}

@test "--cgroup takes one that is there and empty, with its own limits, and leaves it there" {
    cgroup create $TREE/box
    cgroup set $TREE/box pids.max=5
    run -0 in_container --name $NAME --cgroup /$TREE/box/ -- /bin/sh -c 'sleep 1000 & exit 0'
    is "$(in_cgroups pids.max box)" 5
    is "$(in_cgroups cgroup.procs box)" ""
    run in_container --name $NAME --cgroup $TREE/box -- /bin/sh -c 'for i in 1 2 3 4 5; do sleep 9 & done; wait'
    like "$output" "can't fork"
    is "$(in_cgroups pids.max box)" 5
}

@test "--cgroup: one with processes in it is refused, they are listed, and they live on" {
    cgroup create $TREE/box
    sleep 1000 3>&- &
    local sleeper=$!
    cgroup attach $TREE/box "$sleeper"
    run -125 in_container --name $NAME --cgroup $TREE/box -m 50m -- /bin/echo ran
    like "$output" "use the cgroup /sys/fs/cgroup.*/$TREE/box: (Device or resource|Resource) busy"
    like "$output" "hint: these processes are in it: $sleeper \(sleep\)"
    kill -0 "$sleeper"
    # nor below it, where the unified hierarchy tells of them
    if [ "$(layout)" != v1 ]; then
        cgroup create $TREE/up/below
        cgroup attach $TREE/up/below "$sleeper"
        run -125 in_container --name $NAME --cgroup $TREE/up -- /bin/echo ran
        like "$output" "hint: there are processes in the cgroups below it"
    fi
    kill "$sleeper"
}

# ---- --cgroup-parent

@test "--cgroup-parent: the limits of the parent hold for what is below" {
    cgroup create $TREE
    cgroup set $TREE "$(by_layout memory.max memory.limit_in_bytes)=40m"
    [ "$(layout)" != v2 ] || cgroup set $TREE memory.swap.max=0
    run -137 in_container --name $NAME --cgroup-parent $TREE -m 200m -- \
        busybox dd if=/dev/zero of=/dev/null bs=100M count=1
    like "$output" 'launcher: the payload was killed for want of memory on the host or in a cgroup above \(200 MiB; peak (39|40)'
    is "$(cgroups_named "launcher-$NAME")" ""
}

@test "--cgroup-parent that is missing is an error with the cure" {
    run -125 in_container --name $NAME --cgroup-parent $TREE/nosuch -m 50m -- /bin/echo ran
    like "$output" "create the cgroup /sys/fs/cgroup.*/$TREE/nosuch/launcher-$NAME: No such file or directory"
    like "$output" "hint: the cgroup above it does not exist here: launcher cgroup create"
    run -125 in_container --name $NAME --cgroup-parent $TREE/nosuch -- /bin/echo ran # nor without a limit
    like "$output" "$TREE/nosuch/launcher-$NAME: No such file or directory"
}

# Between the decision and the mkdir: launcher is stopped before its first mkdir of a cgroup.
@test "the parent is deleted underneath: an error, and nothing is left" {
    cgroup create $TREE
    in_container --name $NAME --cgroup-parent $TREE -m 50m -- /bin/true # the state directory exists
    hold_at mkdir "$LAUNCHER" --rootfs "$ROOTFS" --net none --name $NAME --cgroup-parent $TREE -m 50m -- /bin/echo ran \
        >"$BATS_TEST_TMPDIR/out" 2>&1
    local status=0
    cgroup rm $TREE
    kill -CONT "$HELD"
    wait "$TRACER" || status=$?
    is "$status" 125
    like "$(cat "$BATS_TEST_TMPDIR/out")" "$TREE/launcher-$NAME: No such file or directory"
    run ! grep -q '^ran' "$BATS_TEST_TMPDIR/out"
}

@test "the parent is removed with all that is in it while the container runs" {
    cgroup create $TREE
    start_container --name $NAME --cgroup-parent $TREE -m 50m -- /bin/sleep 1000
    cgroup rm --kill $TREE
    local status=0
    wait "$CONTAINER" || status=$?
    CONTAINER=
    is "$status" 137
    run ! grep -E 'warning|error|busy' "$CONTAINER_ERR"
    is "$(cgroups_below $TREE)" ""
}

# ---- removal

# What kills all of it at once, and tells when nobody is left.
@test "where v2 is mounted the container is in it, whatever controllers live there" {
    start_container --name $NAME -m 50m -- /bin/sleep 1000
    local line
    line=$(grep '^0::' "/proc/$PAYLOAD/cgroup")
    case $(layout) in
    v1) run ! grep "launcher-$NAME" <<<"$line" ;;
    *) is "$line" "0::/launcher-$NAME" ;;
    esac
}

# Without a PID namespace nothing but the cgroup holds these processes together.
@test "processes that the payload hides in cgroups of its own are ended with it" {
    # shellcheck disable=SC2016 # the payload's own
    start_container --name $NAME --ns -pid -m 50m --pids 50 -v /sys/fs/cgroup:/cg -- /bin/sh -c '
        for root in $(find /cg -type d -name launcher-bats-place); do
            mkdir -p $root/a/b/c
            [ ! -e $root/a/cpuset.cpus ] || continue
        done
        i=0
        while [ $i -lt 8 ]; do
            setsid sleep 1000 &
            for root in $(find /cg -type d -name launcher-bats-place); do
                case $i in 0|1) sub=a ;; 2|3) sub=a/b ;; *) sub=a/b/c ;; esac
                echo $! >$root/$sub/cgroup.procs 2>/dev/null
            done
            i=$((i + 1))
        done
        echo hidden; exec sleep 1000'
    hidden() { grep -q hidden "$CONTAINER_OUT"; }
    wait_until 30 hidden
    local pids
    pids=$(find /sys/fs/cgroup -path "*/launcher-$NAME*/cgroup.procs" -exec cat {} + | sort -u)
    [ "$(wc -l <<<"$pids")" -ge 9 ]
    [ -n "$(find /sys/fs/cgroup -type d -path "*/launcher-$NAME/a/b/c")" ]
    kill -KILL "$PAYLOAD"
    wait "$CONTAINER" || true
    CONTAINER=
    is "$(cgroups_below launcher-$NAME)" ""
    local pid
    for pid in $pids; do
        run ! grep -q '^State:[[:space:]]*[RSDT]' "/proc/$pid/status"
    done
}

@test "a launcher that was killed at any step of the creation: gc finds all of it" {
    local calls call count
    # every call that makes or fills something of a cgroup
    for calls in mkdir openat write clone3; do
        count=$(strace -qq -f -e "trace=$calls" -o /dev/stdout "$LAUNCHER" --rootfs "$ROOTFS" --net none --name $NAME -m 50m \
            --pids 9 -- /bin/true 2>/dev/null | grep -c "$calls(")
        [ "$count" -ge 1 ]
        for ((call = 1; call <= count && call <= 40; call++)); do
            timeout 30 strace -qq -o /dev/null -e "inject=$calls:signal=KILL:when=$call" \
                "$LAUNCHER" --rootfs "$ROOTFS" --net none --name $NAME -m 50m --pids 9 -- /bin/true || true
            "$LAUNCHER" gc >/dev/null
            is "$(cgroups_named "launcher-$NAME")" ""
        done
    done
}

@test "200 containers that start and are killed in parallel leave no cgroup behind" {
    run -0 timeout 300 "$TOP/tests/lib/many-containers" 200 "$LAUNCHER" --rootfs "$ROOTFS" --net none -m 20m --pids 9 \
        --name $NAME 3>&-
    is "$output" 200
    is "$(cgroups_named "launcher-$NAME*")" ""
    is "$("$LAUNCHER" gc)" 0
}

# ---- launcher cgroup

@test "cgroup create, tree, rm: in every hierarchy, by any of the three forms of a path" {
    cgroup create $TREE/a /$TREE/b
    cgroup create "$(root_of memory)/$TREE/a/c"
    local roots
    roots=$(cgroups_named $TREE | wc -l)
    is "$(cgroups_below $TREE/a/c | wc -l)" "$roots"
    run -0 cgroup tree $TREE
    is "$(awk '{ print $1, $2 }' <<<"$output")" "$TREE 0
$TREE/a 0
$TREE/a/c 0
$TREE/b 0"
    is "$(awk 'NR == 1 { print NF - 2 }' <<<"$output")" "$roots"
    run -0 cgroup tree
    like "$output" "^/ +[0-9]+ "
    like "$output" "$TREE/a/c "
    cgroup rm $TREE/a
    is "$(cgroups_named $TREE | wc -l) $(cgroups_below $TREE/a | wc -l)" "$roots 0"
    cgroup create $TREE # is there: no error
    cgroup rm $TREE
}

@test "cgroup create hands every controller down, so that limits can be set at once" {
    cgroup create $TREE/a/b
    cgroup set $TREE/a/b pids.max=7 "$(by_layout memory.max memory.limit_in_bytes)=30M"
    is "$(cgroup get $TREE/a/b pids.max)" 7
    is "$(cgroup get $TREE/a/b "$(by_layout memory.max memory.limit_in_bytes)")" $((30 * 1024 * 1024))
    run -0 cgroup get $TREE/a/b pids.max pids.current
    is "$output" "pids.max: 7
pids.current: 0"
    run -0 cgroup get $TREE/a/b
    like "$output" "pids.max: 7"
    like "$output" "cpu.stat: "
}

@test "cgroup attach, and rm of a cgroup with processes: EBUSY lists them, --kill ends them" {
    cgroup create $TREE/a
    sleep 1000 3>&- &
    local sleeper=$!
    cgroup attach $TREE/a $sleeper
    is "$(cgroup get $TREE/a cgroup.procs)" $sleeper
    is "$(grep -cE ":/$TREE/a\$" "/proc/$sleeper/cgroup")" "$(cgroups_named $TREE | wc -l)"
    run -125 cgroup rm $TREE
    like "$output" "remove the cgroup /sys/fs/cgroup.*/$TREE/a: (Device or resource|Resource) busy"
    like "$output" "hint: these processes are in it: $sleeper \(sleep\); --kill ends them"
    kill -0 $sleeper
    is "$(cgroups_below $TREE/a | wc -l)" "$(cgroups_named $TREE | wc -l)"
    cgroup rm --kill $TREE
    run ! wait $sleeper
    is "$(cgroups_below $TREE)" ""
}

@test "cgroup set below what is in use: refused, or the kernel makes room by killing, and it is told" {
    start_container --name $NAME -m 100m -- /bin/sh -c \
        'busybox dd if=/dev/zero of=/dev/shm/big bs=1M count=40 2>/dev/null; echo full; exec sleep 1000'
    full() { grep -q full "$CONTAINER_OUT"; }
    wait_until 30 full
    if [ "$(layout)" = v2 ]; then
        cgroup set launcher-$NAME memory.max=10M
        wait "$CONTAINER" || true
        CONTAINER=
        like "$(tail -n 1 "$CONTAINER_ERR")" 'killed by the memory limit \(10 MiB; peak '
    else
        run -125 cgroup set launcher-$NAME memory.limit_in_bytes=10M
        like "$output" 'memory.limit_in_bytes: (Device or resource|Resource) busy'
        like "$output" 'hint: more than that is in use there'
        kill -0 "$CONTAINER"
    fi
}

@test "cgroup: what is not there, and what may not be written" {
    run -125 cgroup get $TREE pids.max
    like "$output" "find the cgroup $TREE: No such file or directory"
    like "$output" "hint: launcher cgroup tree"
    run -125 cgroup rm $TREE
    run -125 cgroup attach $TREE $$
    run -125 cgroup tree $TREE
    run -125 cgroup delegate $TREE nobody
    cgroup create $TREE
    run -125 cgroup get $TREE nosuch.file
    like "$output" "find the file nosuch.file in the cgroup $TREE"
    run -125 cgroup get $TREE ../cgroup.procs
    like "$output" 'is not the name of a file'
    run -125 cgroup set $TREE cgroup.procs=1
    like "$output" 'no setting of a cgroup that can be written'
    run -125 cgroup set $TREE pids.max=many
    like "$output" "write many to .*/pids.max: Invalid argument"
    like "$output" "hint: the kernel takes no such value"
    run -125 cgroup attach $TREE 4194304
    like "$output" "hint: there is no such process"
    run -125 cgroup create ../x
    like "$output" "can't be the path of a cgroup"
    run -125 cgroup rm /
    run -125 cgroup delegate $TREE no-such-user
    like "$output" 'there is no user "no-such-user"'
}

@test "cgroup: its own command line" {
    run -0 cgroup --help
    like "$output" 'delegate PATH USER'
    is "$(cgroup)" "$output"
    is "$(cgroup rm --help)" "$output"
    run -125 cgroup remove x
    like "$output" 'cgroup has no command "remove"'
    run -125 cgroup creat x
    like "$output" 'hint: did you mean create\?'
    run -125 cgroup create
    like "$output" 'cgroup create takes PATH...'
    run -125 cgroup set $TREE
    run -125 cgroup tree --kill
    run -125 cgroup tree a b
}

@test "cgroup delegate gives a user what divides a cgroup, and not its limits" {
    cgroup create $TREE/user
    cgroup delegate $TREE/user 65534:65534
    local directory
    cgroups_below $TREE/user | while read -r directory; do
        is "$(stat --format %u "$directory") $(stat --format %u "$directory/cgroup.procs")" "65534 65534"
    done
    is "$(stat --format %u "$(root_of pids)/$TREE/user/pids.max")" 0
    setpriv --reuid 65534 --regid 65534 --clear-groups mkdir "$(root_of pids)/$TREE/user/mine"
    run ! setpriv --reuid 65534 --regid 65534 --clear-groups sh -c "echo 5 >$(root_of pids)/$TREE/user/pids.max"
    cgroup delegate $TREE/user "$(id -un)"
    is "$(stat --format %u "$(root_of pids)/$TREE/user")" 0
}

# ---- what a host may lack

# read_only COMMAND...: sees every cgroup file system read-only.
read_only()
{
    unshare --mount --propagation private sh -c '
        for mount in $(awk "\$3 ~ /^cgroup/ { print \$2 }" /proc/mounts); do
            mount -o remount,bind,ro "$mount" || exit 99
        done
        exec "$@"' - "$@"
}

@test "read-only cgroup mounts: a limit is an error with a hint, or with --best-effort a warning" {
    run -125 read_only "$LAUNCHER" --rootfs "$ROOTFS" --net none --name $NAME -m 50m -- /bin/echo ran
    like "$output" 'create the cgroup .*: Read-only file system'
    like "$output" 'hint: limits need a writable cgroup'
    run -0 read_only "$LAUNCHER" --rootfs "$ROOTFS" --net none --name $NAME -m 50m --best-effort -- /bin/echo ran
    like "$output" 'launcher: warning: create the cgroup .*: Read-only file system'
    is "${lines[-1]}" ran
    run -0 read_only "$LAUNCHER" --rootfs "$ROOTFS" --net none --name $NAME --report /dev/null -- /bin/echo ran
    is "$output" ran
}

@test "no cgroup file system: limits are refused by name, --best-effort and --report go on" {
    bare() { unshare --mount --propagation private sh -c 'umount --lazy /sys/fs/cgroup && exec "$@"' - "$@"; }
    local option
    for option in "memory -m=50m" "cpu --cpus=1" "cpuset --cpuset=0" "pids --pids=9" "io --io-weight=5" \
        "hugetlb --hugetlb=2m=2m" "rdma --rdma=x:handles=1" "misc --misc=x=1" "devices --device-rule=a" "memory --cgroup-set=memory.max=1"; do
        run -125 bare "$LAUNCHER" --rootfs "$ROOTFS" --net none --name $NAME "${option#* }" -- /bin/echo ran
        like "$output" "find the cgroup controller \"${option%% *}\" on this host"
        run -0 bare "$LAUNCHER" --rootfs "$ROOTFS" --net none --name $NAME --best-effort "${option#* }" -- /bin/echo ran
        like "$output" "launcher: warning: find the cgroup controller \"${option%% *}\""
        is "${lines[-1]}" ran
    done
    run -5 bare "$LAUNCHER" --rootfs "$ROOTFS" --net none --report "$BATS_TEST_TMPDIR/report" -- /bin/sh -c 'exit 5'
    is "$(number "$BATS_TEST_TMPDIR/report" code) $(number "$BATS_TEST_TMPDIR/report" memory.peak)" "5 null"
    run -125 bare "$LAUNCHER" cgroup tree
    like "$output" 'find a cgroup hierarchy on this host'
}

# ---- the report

@test "--report counts the orphans that cinit has reaped" {
    local report=$BATS_TEST_TMPDIR/report
    # Each is left by its parent, and pidof sees it until it has been reaped.
    in_container --name $NAME --report "$report" -- /bin/sh -c \
        'for i in 1 2 3; do (sleep 0.2 &); done; while pidof sleep >/dev/null; do :; done'
    is "$(number "$report" orphans_reaped)" 3
    in_container --name $NAME --report "$report" -- /bin/true
    is "$(number "$report" orphans_reaped)" 0
}

@test "--report: a file, a descriptor, and what can be neither" {
    local report=$BATS_TEST_TMPDIR/report
    run -7 in_container --name $NAME --report "$report" -- /bin/sh -c 'sleep 2; exit 7'
    is "$(number "$report" id) $(number "$report" status) $(number "$report" code) $(number "$report" signal)" \
        "$NAME 7 7 null"
    between "$(number "$report" phases_us.run)" 1900000 60000000
    between "$(number "$report" phases_us.build)" 100 1900000 # when it began was not told at the end only
    between "$(number "$report" phases_us.total)" "$(number "$report" phases_us.run)" 60000000
    in_container --name $NAME --report 5 -- /bin/ls /proc/self/fd 5>"$report" >"$BATS_TEST_TMPDIR/fds"
    is "$(number "$report" status)" 0
    is "$(tr '\n' ' ' <"$BATS_TEST_TMPDIR/fds")" "0 1 2 3 " # 3 is ls's own
    run -127 in_container --name $NAME --report "$report" -- /nosuch
    is "$(number "$report" status) $(number "$report" cause)" "127 launcher"
    like "$(number "$report" error)" 'executing /nosuch: no such file or directory'
    run -125 in_container --name $NAME --report /nosuch/report -- /bin/echo ran
    like "$output" '^launcher: option --report: /nosuch/report: No such file or directory'
    run -125 in_container --name $NAME --report 99 -- /bin/echo ran
    like "$output" 'option --report: the descriptor 99: Bad file descriptor'
    run -125 in_container --name $NAME --report 7 -- /bin/echo ran 7</dev/null
    like "$output" 'it must be open for writing'
    run -0 in_container --name $NAME --report /dev/full -- /bin/true
    like "$output" 'launcher: warning: writing the report: No space left on device'
}
