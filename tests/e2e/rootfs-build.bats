#!/usr/bin/env bats
# rootfs-build/build.sh through the real podman, with private storage and images made here: no
# network, no registry of the world, nothing in the host's podman.

bats_require_minimum_version 1.5.0

# podman's memory of where blobs were seen has one place per host, whatever --root says.
HOST_CACHE=(/var/lib/containers/cache/blob-info-cache-v1.boltdb /var/lib/containers/cache /var/lib/containers)

setup_file()
{
    export LC_ALL=C
    export MISSING=
    for path in "${HOST_CACHE[@]}"; do
        [[ -e $path ]] || MISSING+=" $path"
    done
    export BUILD=$BATS_TEST_DIRNAME/../../rootfs-build/build.sh
    export STORE=$BATS_FILE_TMPDIR/store
    mkdir -p "$STORE/networks" "$STORE/temporary"
    export PODMAN="env TMPDIR=$STORE/temporary podman --root $STORE/root --runroot $STORE/run --tmpdir $STORE/tmp \
--storage-driver vfs"
    export CONTAINERS_CONF=$BATS_FILE_TMPDIR/containers.conf
    # The locks' default places are /dev/shm and /etc, and they would stay on the host.
    printf '[engine]\nlock_type = "file"\n[network]\nnetwork_config_dir = "%s"\n' "$STORE/networks" >"$CONTAINERS_CONF"
    export SAMPLE=$BATS_FILE_TMPDIR/sample
    [[ $EUID == 0 ]] || return 0
    make_sample
    pack -C "$SAMPLE" . >"$SAMPLE.tar"
    $PODMAN import --quiet "$SAMPLE.tar" localhost/sample:1 >/dev/null
}

teardown_file()
{
    # shellcheck disable=SC2086 # several
    rm --force --dir $MISSING
}

setup()
{
    [[ $EUID == 0 ]] || skip "needs root: owners, device nodes and file capabilities"
    OUT=$BATS_TEST_TMPDIR/out
    mkdir "$OUT"
    SERVER=
}

teardown()
{
    [[ -z $SERVER ]] || kill "$SERVER"
}

# One of everything that a careless copy loses.
make_sample()
{
    mkdir -p "$SAMPLE"/{bin,etc,empty,private/deep,sticky}
    cd "$SAMPLE"
    echo data >etc/a
    ln etc/a etc/b
    chown 42:43 etc/a
    setfattr -n user.note -v kept etc/a
    setfattr -n user.dir -v kept empty
    cp /bin/true bin/setuid
    chown 7:8 bin/setuid
    chmod 6755 bin/setuid
    cp /bin/true bin/capable
    setcap cap_net_raw+ep bin/capable
    ln -s /etc/a absolute
    ln -s ../../outside upwards
    mknod null c 1 3
    mkfifo fifo
    chmod 1777 sticky
    chown -R 1234:5678 private
    chmod 0700 private
    truncate -s 8M holes
    touch -d '2020-01-02 03:04:05' etc/a
    touch -d '2021-01-02 03:04:05' etc empty
}

pack()
{
    tar --create --xattrs --xattrs-include='*' --sparse "$@"
}

# Everything about a tree but inode numbers, in a fixed order.
manifest()
{
    cd "$1"
    find . -printf '%P %y %m %U:%G %n %T@ %l\n' | sort
    find . -type f -print0 | sort -z | xargs -0 sha256sum
    find . -print0 | sort -z | xargs -0 getfattr --no-dereference --dump --match=-
    stat -c '%n %t:%T' null
}

same_inode()
{
    [[ $1 -ef $2 ]]
}

# Asserts what must hold after every failure: an error, no DIR, no work directory, no container.
nothing_left()
{
    [[ $status -eq "${1:-1}" ]]
    [[ -z $(ls -A "$OUT") ]]
    [[ -z $($PODMAN ps --all --quiet) ]]
    ! grep -q "$BATS_TEST_TMPDIR" /proc/self/mounts
}

start_registry()
{
    python3 "$BATS_TEST_DIRNAME/rootfs-build-registry.py" "$@" >"$BATS_TEST_TMPDIR/port" 3>&- &
    SERVER=$!
    until [[ -s $BATS_TEST_TMPDIR/port ]]; do sleep 0.05; done
    REGISTRY=localhost:$(cat "$BATS_TEST_TMPDIR/port")
    export CONTAINERS_REGISTRIES_CONF=$BATS_TEST_TMPDIR/registries.conf
    printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' "$REGISTRY" \
        >"$CONTAINERS_REGISTRIES_CONF"
}

# Starts build.sh in the background, sends it a signal after a second, and sets status.
signal_build()
{
    local signal=$1 started=$SECONDS
    shift
    timeout --kill-after=1 10 "$BUILD" "$@" <&0 3>&- &
    sleep 1
    kill "-$signal" $!
    status=0
    wait $! || status=$?
    ((SECONDS - started < 5))
}

@test "image: owners, modes, links, xattrs, capabilities, nodes and empty directories survive" {
    "$BUILD" --image localhost/sample:1 "$OUT/r"
    cd "$OUT/r"
    [[ $(stat -c %u:%g etc/a) == 42:43 ]]
    [[ $(stat -c %u:%g:%a private/deep) == 1234:5678:755 ]]
    [[ $(stat -c %a private) == 700 ]]
    [[ $(stat -c %u:%g:%a bin/setuid) == 7:8:6755 ]]
    [[ $(stat -c %a sticky) == 1777 ]]
    same_inode etc/a etc/b
    [[ $(readlink absolute) == /etc/a ]]
    [[ $(readlink upwards) == ../../outside ]]
    [[ $(getfattr --only-values -n user.note etc/a) == kept ]]
    [[ $(getfattr --only-values -n user.dir empty) == kept ]]
    [[ $(getcap bin/capable) == *cap_net_raw=ep ]]
    [[ $(stat -c %F:%t:%T null) == "character special file:1:3" ]]
    [[ -p fifo && -z $(ls -A empty) ]]
    [[ $(stat -c %Y etc) == $(date -d '2021-01-02 03:04:05' +%s) ]]
    cmp holes "$SAMPLE/holes"
}

@test "image: the same image gives the same tree, and no container or mount is left" {
    "$BUILD" --image localhost/sample:1 "$OUT/one"
    sleep 1.1
    "$BUILD" --image=localhost/sample:1 "$OUT/two"
    diff <(manifest "$OUT/one") <(manifest "$OUT/two")
    [[ $(ls -A "$OUT") == $'one\ntwo' ]]
    [[ -z $($PODMAN ps --all --quiet) ]]
    run ! grep -q -e "$STORE" -e "$OUT" /proc/self/mounts
}

@test "pull: a closed port is reported within seconds, with a hint, and nothing is left" {
    started=$SECONDS
    run "$BUILD" --image localhost:1/x "$OUT/r"
    ((SECONDS - started < 10))
    nothing_left
    [[ $output == "build.sh: pull localhost:1/x: "*"connection refused"* ]]
    [[ $output == *"hint: "*"build.sh --busybox"* ]]
}

@test "pull: a registry that never answers is given up" {
    start_registry silent
    started=$SECONDS
    run timeout 20 "$BUILD" --image "$REGISTRY/x" --pull-timeout 2 "$OUT/r"
    ((SECONDS - started < 8))
    nothing_left
    [[ $output == "build.sh: pull $REGISTRY/x: no data for 2 seconds"*"--busybox"* ]]
}

@test "pull: a slow registry that keeps sending is not given up, and is asked only once" {
    mkdir "$BATS_TEST_TMPDIR/big"
    head -c 120000 /dev/urandom >"$BATS_TEST_TMPDIR/big/noise"
    pack -C "$BATS_TEST_TMPDIR/big" . | $PODMAN import --quiet - localhost/big:1
    $PODMAN save --quiet --format docker-dir --output "$BATS_TEST_TMPDIR/dir" localhost/big:1
    $PODMAN rmi localhost/big:1 >/dev/null      # or podman would find the layer at home
    start_registry drip "$BATS_TEST_TMPDIR/dir"
    started=$SECONDS
    "$BUILD" --image "$REGISTRY/big:1" --pull-timeout 1 "$OUT/r"
    ((SECONDS - started >= 2))
    cmp "$BATS_TEST_TMPDIR/big/noise" "$OUT/r/noise"
    kill "$SERVER"
    SERVER=
    "$BUILD" --image "$REGISTRY/big:1" "$OUT/again"
}

@test "pull: a signal ends it at once, and nothing is left" {
    start_registry silent
    signal_build TERM --image "$REGISTRY/x" "$OUT/r"
    nothing_left 143
    run ! pgrep -f "pull --quiet $REGISTRY/x"
}

@test "podman missing: says so and offers the other ways" {
    PODMAN=/nonexistent/podman run "$BUILD" "$OUT/r"
    [[ $status -eq 1 && -z $(ls -A "$OUT") ]]
    [[ $output == "build.sh: run /nonexistent/podman: not found"*"--busybox"*"--from-tar"* ]]
}

@test "tar: file, standard input and compressed archives give the same tree, holes included" {
    "$BUILD" --from-tar "$SAMPLE.tar" "$OUT/file"
    "$BUILD" --from-tar - "$OUT/stdin" <"$SAMPLE.tar"
    gzip -c "$SAMPLE.tar" | "$BUILD" --from-tar - "$OUT/gzip"
    xz -c "$SAMPLE.tar" >"$BATS_TEST_TMPDIR/s.tar.xz"
    "$BUILD" --from-tar "$BATS_TEST_TMPDIR/s.tar.xz" "$OUT/xz"
    for tree in file stdin gzip xz; do
        diff <(manifest "$SAMPLE") <(manifest "$OUT/$tree")
        same_inode "$OUT/$tree/etc/a" "$OUT/$tree/etc/b"
        (($(stat -c %b "$OUT/$tree/holes") < 64))
    done
}

@test "tar: directories that are only implied get a fixed date and owner" {
    pack -C "$SAMPLE" private/deep >"$BATS_TEST_TMPDIR/implied.tar"
    "$BUILD" --from-tar "$BATS_TEST_TMPDIR/implied.tar" "$OUT/r"
    [[ $(stat -c %U:%a:%Y "$OUT/r") == root:755:0 ]]
    [[ $(stat -c %U:%a:%Y "$OUT/r/private") == root:755:0 ]]
    SOURCE_DATE_EPOCH=77 "$BUILD" --force --from-tar "$BATS_TEST_TMPDIR/implied.tar" "$OUT/r"
    [[ $(stat -c %Y "$OUT/r/private") == 77 ]]
}

@test "tar: a directory keeps its date when its files come after other directories" {
    tar --create --no-recursion -C "$SAMPLE" etc bin etc/a bin/setuid \
        | "$BUILD" --from-tar - "$OUT/r"
    [[ $(stat -c %Y "$OUT/r/etc") == $(stat -c %Y "$SAMPLE/etc") ]]
}

@test "tar: overlayfs's own attributes do not enter the tree" {
    mkdir -p "$BATS_TEST_TMPDIR/o/d"
    setfattr -n trusted.overlay.opaque -v y "$BATS_TEST_TMPDIR/o/d"
    setfattr -n trusted.other -v y "$BATS_TEST_TMPDIR/o/d"
    pack -C "$BATS_TEST_TMPDIR/o" . | "$BUILD" --from-tar - "$OUT/r"
    run getfattr --match=- "$OUT/r/d"
    [[ $output == *trusted.other* && $output != *overlay* ]]
}

# Each attack writes to or links $VICTIM outside DIR when the defence is away.
hostile_setup()
{
    VICTIM=$BATS_TEST_TMPDIR/victim
    mkdir "$VICTIM" "$BATS_TEST_TMPDIR/h"
    cd "$BATS_TEST_TMPDIR/h"
    echo evil >x
}

refuses_hostile()
{
    run "$BUILD" --from-tar "$BATS_TEST_TMPDIR/h.tar" "$OUT/r"
    nothing_left
    [[ $output == "build.sh: unpack "*"hint: a member leads outside"* ]]
    [[ -z $(ls -A "$VICTIM") ]]
}

@test "hostile tar: absolute member name" {
    hostile_setup
    tar -cPf ../h.tar --transform "s,^x,$VICTIM/x," x
    refuses_hostile
}

@test "hostile tar: member name with .." {
    hostile_setup
    tar -cPf ../h.tar --transform "s,^x,../../../victim/x," x
    refuses_hostile
}

@test "hostile tar: a -> /outside, then a/x" {
    hostile_setup
    ln -s "$VICTIM" a
    tar -cf ../h.tar a
    tar -rf ../h.tar --transform 's,^x,a/x,' x
    refuses_hostile
}

@test "hostile tar: a -> ../outside, then a/x" {
    hostile_setup
    ln -s ../../../victim a
    tar -cf ../h.tar a
    tar -rf ../h.tar --transform 's,^x,a/x,' x
    refuses_hostile
}

@test "hostile tar: hard link to a file outside, then written through" {
    hostile_setup
    echo intact >"$BATS_TEST_TMPDIR/file"
    ln x y
    tar -cPf ../h.tar --transform "flags=h;s,^x,$BATS_TEST_TMPDIR/file," x y
    refuses_hostile
    [[ $(cat "$BATS_TEST_TMPDIR/file") == intact ]]
    [[ $(stat -c %h "$BATS_TEST_TMPDIR/file") == 1 ]]
}

@test "tar: cut off, garbage, empty and missing archives are refused" {
    # 512 bytes are the whole first member, so tar itself sees nothing wrong.
    head -c 512 <(tar -c -C "$SAMPLE" empty sticky) >"$BATS_TEST_TMPDIR/cut"
    tar -tf "$BATS_TEST_TMPDIR/cut"
    run "$BUILD" --from-tar "$BATS_TEST_TMPDIR/cut" "$OUT/r"
    nothing_left
    [[ $output == *"the archive is cut off"* ]]
    head -c 5000 "$SAMPLE.tar" >"$BATS_TEST_TMPDIR/cut"
    run "$BUILD" --from-tar "$BATS_TEST_TMPDIR/cut" "$OUT/r"
    nothing_left
    [[ $output == *"Unexpected EOF"* ]]
    printf garbage | { run "$BUILD" --from-tar - "$OUT/r"; nothing_left; }
    run "$BUILD" --from-tar - "$OUT/r" </dev/null
    nothing_left
    run "$BUILD" --from-tar "$BATS_TEST_TMPDIR/none" "$OUT/r"
    nothing_left
    gzip -c "$SAMPLE.tar" | head -c 5000 >"$BATS_TEST_TMPDIR/cut.gz"
    run "$BUILD" --from-tar "$BATS_TEST_TMPDIR/cut.gz" "$OUT/r"
    nothing_left
    [[ $output == *"gzip: stdin: unexpected end of file"* ]]
}

@test "tar: a signal while the input is silent ends it at once, and nothing is left" {
    mkfifo "$BATS_TEST_TMPDIR/pipe"
    exec 9<>"$BATS_TEST_TMPDIR/pipe"
    signal_build HUP --from-tar - "$OUT/r" <&9
    nothing_left 129
    exec 9>&-
}

@test "full file system: clear error, nothing left" {
    run unshare --mount sh -c "mount -t tmpfs -o size=4m none '$OUT' &&
        '$BUILD' --image localhost/sample:1 '$OUT/r'; echo status=\$? left=\$(ls -A '$OUT')"
    [[ $output == "build.sh: unpack localhost/sample:1: "*"hint: free some space"* ]]
    [[ ${lines[-1]} == "status=1 left=" ]]
}

@test "DIR: not empty is refused, --force replaces it, a failure keeps the old tree" {
    mkdir "$OUT/r"
    echo old >"$OUT/r/old"
    run "$BUILD" --from-tar "$SAMPLE.tar" "$OUT/r"
    [[ $status -eq 1 && $output == *"is not empty"*"--force"* && -e $OUT/r/old ]]
    run "$BUILD" --force --from-tar /dev/null "$OUT/r"
    [[ $status -eq 1 && -e $OUT/r/old ]]
    # The moment between the two renames: an mv that refuses the second.
    mkdir "$BATS_TEST_TMPDIR/bin"
    printf '#!/bin/sh\ncase "$*" in */tree*) exit 1 ;; esac\nexec /bin/mv "$@"\n' \
        >"$BATS_TEST_TMPDIR/bin/mv"
    chmod +x "$BATS_TEST_TMPDIR/bin/mv"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run "$BUILD" --force --from-tar "$SAMPLE.tar" "$OUT/r"
    [[ $status -eq 1 && $(ls -A "$OUT") == r && $(ls -A "$OUT/r") == old ]]
    "$BUILD" --force --from-tar "$SAMPLE.tar" "$OUT/r"
    [[ ! -e $OUT/r/old && $(ls -A "$OUT") == r ]]
    diff <(manifest "$SAMPLE") <(manifest "$OUT/r")
}

@test "DIR: an empty directory is filled; a file or a missing parent is refused" {
    mkdir "$OUT/r"
    "$BUILD" --from-tar "$SAMPLE.tar" "$OUT/r"
    diff <(manifest "$SAMPLE") <(manifest "$OUT/r")
    rm -r "${OUT:?}/r"
    run "$BUILD" --busybox "$OUT/none/r"
    nothing_left
    [[ $output == *"hint: mkdir -p"* ]]
    touch "$OUT/file"
    run "$BUILD" --force --busybox "$OUT/file"
    [[ $status -eq 1 && -f $OUT/file ]]
}

@test "DIR: --force touches neither /, nor a home, nor a directory with a mount in it" {
    mkdir -p "$OUT/home/inner" "$OUT/m/sub"
    echo kept >"$OUT/home/kept"
    run "$BUILD" --force --busybox /
    [[ $status -eq 1 && $output == "build.sh: replace /: "* ]]
    HOME=$OUT/home/inner run "$BUILD" --force --busybox "$OUT/home"
    [[ $status -eq 1 && -e $OUT/home/kept ]]
    cd "$OUT/home"
    run "$BUILD" --force --busybox .
    [[ $status -eq 1 && -e $OUT/home/kept ]]
    run unshare --mount sh -c "mount --bind '$OUT/home' '$OUT/m/sub' &&
        '$BUILD' --force --busybox '$OUT/m'"
    [[ $status -eq 1 && $output == *"is mounted"* && -e $OUT/home/kept ]]
}

@test "busybox: a shell runs in it, users and mount points are there" {
    "$BUILD" --busybox "$OUT/r"
    [[ $(chroot "$OUT/r" /bin/sh -c 'echo ok') == ok ]]
    [[ $(chroot "$OUT/r" /usr/bin/id user) == "uid=1000(user) gid=1000(user)"* ]]
    [[ $(chroot "$OUT/r" /bin/sh -lc 'whoami; pwd') == $'root
/' ]]
    grep -q '^tty:x:5:' "$OUT/r/etc/group"
    cd "$OUT/r"
    for dir in proc sys dev run tmp mnt var root home/user; do [[ -d $dir ]]; done
    [[ -z $(find proc sys dev run tmp mnt -mindepth 1) ]]
    [[ $(stat -c %a:%a:%u tmp) == 1777:1777:0 && $(stat -c %a root) == 700 ]]
    [[ $(stat -c %u home/user) == 1000 ]]
    for applet in $(busybox --list-full | grep -E '^(usr/)?s?bin/'); do
        [[ $applet -ef bin/busybox ]]
    done
    [[ -z $(find . -xtype l ! -path ./etc/mtab) ]]
}

@test "busybox: the same tree twice, and without network or podman" {
    PODMAN=/nonexistent unshare --net "$BUILD" --busybox "$OUT/one"
    sleep 1.1
    "$BUILD" --busybox "$OUT/two"
    list() { (cd "$1" && find . -printf '%P %y %m %U:%G %n %T@ %l\n' | sort); }
    diff <(list "$OUT/one") <(list "$OUT/two")
    diff -r --no-dereference "$OUT/one" "$OUT/two"
}

@test "busybox: a dynamic or missing busybox is refused" {
    BUSYBOX=/bin/true run "$BUILD" --busybox "$OUT/r"
    nothing_left
    [[ $output == *"not a static program"*"busybox-static"* ]]
    BUSYBOX=/nonexistent run "$BUILD" --busybox "$OUT/r"
    nothing_left
}

@test "not root: refused for owners' sake; --no-same-owner drops set-id bits and capabilities" {
    chmod 0777 "$OUT"
    chmod 0755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" "${OUT%/*/*}"
    pack -C "$SAMPLE" etc bin >"$OUT.tar"
    cp -r "${BUILD%/*}" "$BATS_TEST_TMPDIR/rootfs-build"
    as_user="setpriv --reuid=1000 --regid=1000 --clear-groups --inh-caps=-all"
    build="$as_user env HOME=/ $BATS_TEST_TMPDIR/rootfs-build/build.sh"
    cd /
    run $build --from-tar - "$OUT/r" <"$OUT.tar"
    nothing_left
    [[ $output == *"only root can"*"hint: "*"--no-same-owner"* ]]
    $build --no-same-owner --from-tar - "$OUT/r" <"$OUT.tar"
    [[ $(stat -c %u:%a "$OUT/r/bin/setuid") == 1000:755 ]]
    [[ -z $(getcap "$OUT/r/bin/capable") ]]
    [[ $(getfattr --only-values -n user.note "$OUT/r/etc/a") == kept ]]
    $build --busybox "$OUT/bb"
    [[ $(stat -c %u "$OUT/bb/root") == 1000 && $(ls -A "$OUT") == $'bb\nr' ]]
}

@test "options: wrong usage ends with 2 and says what is wrong" {
    for wrong in "" "--nope $OUT/r" "--image" "--busybox --image x $OUT/r" "$OUT/a $OUT/b" \
            "--pull-timeout x $OUT/r" "--pull-timeout 0 $OUT/r" "--from-tar"; do
        run "$BUILD" $wrong
        nothing_left 2
        [[ $output == "build.sh: "*"hint: build.sh --help" ]]
    done
    run "$BUILD" --help
    [[ $status -eq 0 && $output == usage:* ]]
}
