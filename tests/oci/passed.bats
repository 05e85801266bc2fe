#!/usr/bin/env bats
# Mounts that launcher makes on the host and passes to cinit: binds that stay linked with the host's
# mounts, mapped ids, a tmpfs with a copy of what the image has there.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/bundle

# on_a_host SCRIPT: in a mount namespace where $VOLUME is a shared mount with the directories a, b, c
on_a_host() {
    export VOLUME=$BATS_TEST_TMPDIR/volume BUNDLE LAUNCHER
    mkdir -p "$VOLUME"
    unshare --mount sh -c 'mount -t tmpfs volume "$VOLUME" && mount --make-shared "$VOLUME" &&
        mkdir "$VOLUME/a" "$VOLUME/b" "$VOLUME/c" && eval "$1"' - "$1"
}

# volume OPTION COMMAND: a bundle that has $VOLUME on /vol, and may mount
volume() {
    bundle ".mounts += [{destination: \"/vol\", type: \"bind\", source: \"$BATS_TEST_TMPDIR/volume\", options: [\"rbind\", \"$1\"]}] |
        [\"CAP_SYS_ADMIN\"] as \$admin | .process.capabilities |= map_values(. + \$admin)" sh -c "$2"
}

MOUNTS='mount -t tmpfs in /vol/a && touch /vol/a/from-inside; touch /vol/ready; i=0
until [ -e /vol/b/from-host ] || [ $i = 100 ]; do sleep 0.02; i=$((i + 1)); done
ls /vol/b'
HOST='(i=0; until [ -e "$VOLUME/ready" ] || [ $i = 300 ]; do sleep 0.01; i=$((i + 1)); done; mount -t tmpfs out "$VOLUME/b"; touch "$VOLUME/b/from-host") &
"$LAUNCHER" run --bundle "$BUNDLE"; wait; echo "on the host: $(ls "$VOLUME/a")"'

@test "shared, rshared: mounts go both ways" {
    for option in shared rshared; do
        volume $option "$MOUNTS"
        is "$(on_a_host "$HOST")" "from-host
on the host: from-inside"
    done
}

@test "slave, rslave: mounts come in, and none goes out" {
    for option in slave rslave; do
        volume $option "$MOUNTS"
        is "$(on_a_host "$HOST")" "from-host
on the host: "
    done
}

@test "private, rprivate and nothing said: neither way" {
    for option in private rprivate rw; do
        volume $option "${MOUNTS/100/10}"
        is "$(on_a_host "$HOST")" "on the host: "
    done
}

@test "several of them, before and behind sysfs, with a network of its own" {
    mkdir "$BATS_TEST_TMPDIR"/{one,two,three}
    touch "$BATS_TEST_TMPDIR"/{one/1,two/2,three/3}
    bind() { echo "{destination: \"/$1\", type: \"bind\", source: \"$BATS_TEST_TMPDIR/$1\", options: [\"bind\", \"$2\"]}"; }
    bundle ".mounts = [$(bind one rslave)] + .mounts + [$(bind two rshared), $(bind three rprivate)]" sh -c 'ls /one /two /three'
    like "$("$LAUNCHER" plan --bundle "$BUNDLE")" 'making what is mounted on /one, /two'
    is "$("$LAUNCHER" run --bundle "$BUNDLE")" "/one:
1

/three:
3

/two:
2"
}

@test "a hundred of them" {
    bundle "[range(100) | {destination: \"/v/\\(.)\", type: \"bind\", source: \"$BATS_TEST_TMPDIR\", options: [\"bind\", \"rslave\"]}] as \$many |
        .mounts += \$many" sh -c 'grep -c " /v/" /proc/self/mountinfo'
    is "$("$LAUNCHER" run --bundle "$BUNDLE")" 100
}

# ---- mapped ids ----

# mapped FILTER: a bundle with a directory whose file belongs to 1000:1000, on /data
mapped() {
    rm -rf "$BATS_TEST_TMPDIR/data"
    mkdir "$BATS_TEST_TMPDIR/data"
    touch "$BATS_TEST_TMPDIR/data/file"
    chown -R 1000:1000 "$BATS_TEST_TMPDIR/data"
    bundle ".mounts += [{destination: \"/data\", type: \"bind\", source: \"$BATS_TEST_TMPDIR/data\", options: [\"bind\"]}] |
        .process.capabilities |= map_values(. + [\"CAP_DAC_OVERRIDE\"]) | $1" \
        sh -c 'stat -c %u:%g /data/file; touch /data/new'
}

@test "uidMappings and gidMappings of a mount" {
    mapped '.mounts[-1] += {uidMappings: [{containerID: 1000, hostID: 0, size: 1}], gidMappings: [{containerID: 1000, hostID: 7, size: 1}, {containerID: 5, hostID: 0, size: 1}]}'
    is "$("$LAUNCHER" run --bundle "$BUNDLE")" 0:7
    is "$(stat -c %u:%g "$BATS_TEST_TMPDIR/data/new")" 1000:5
}

@test "idmap: as the container's own user namespace" {
    mapped '.mounts[-1].options += ["idmap"] | .linux.namespaces += [{type: "user"}] |
        .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1000}, {containerID: 1000, hostID: 201000, size: 64536}] | .linux.gidMappings = .linux.uidMappings'
    is "$("$LAUNCHER" run --bundle "$BUNDLE")" 1000:1000
    is "$(stat -c %u:%g "$BATS_TEST_TMPDIR/data/new")" 0:0
}

@test "ids that can't be mapped" {
    mapped '.mounts[-1].options += ["idmap"]'
    run -125 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" 'neither the mount has mappings nor the container a user namespace'
    refused '.mounts[1].options += ["idmap"]' 'only the ids of a bind mount can be mapped'
    mapped '.mounts[-1].source = "/proc/self" | .mounts[-1].uidMappings = [{containerID: 0, hostID: 1, size: 1}] | .mounts[-1].gidMappings = .mounts[-1].uidMappings'
    run -125 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" 'mapping the ids of /proc/self: Invalid argument'
    like "$output" "hint: its file system can't do that"
    [ -z "$(pgrep -P $$ launcher)" ]
}

# ---- tmpcopyup ----

# copied FILTER COMMAND: with a root file system that has something in /data
copied() {
    ROOT=$BATS_TEST_TMPDIR/root
    rm -rf "$ROOT"
    cp -a "$ROOTFS" "$ROOT"
    mkdir -p "$ROOT/data/sub/deep"
    echo text >"$ROOT/data/sub/deep/file"
    head -c 3000000 /dev/urandom >"$ROOT/data/big"
    ln -s sub/deep/file "$ROOT/data/link"
    mkfifo "$ROOT/data/fifo"
    chown 3:4 "$ROOT/data/sub/deep/file"
    chown -h 5:6 "$ROOT/data/link"
    chmod 4751 "$ROOT/data/sub/deep/file"
    chmod 1731 "$ROOT/data"
    chown 8:9 "$ROOT/data"
    touch -d 2001-02-03 "$ROOT/data/sub/deep/file" "$ROOT/data/sub"
    bundle ".root.path = \"$ROOT\" | .root.readonly = false | .mounts += [{destination: \"/data\", type: \"tmpfs\", source: \"tmpfs\", options: [\"nosuid\", \"tmpcopyup\"]}] |
        .process.capabilities |= map_values(. + [\"CAP_DAC_OVERRIDE\"]) | $1" sh -c "$2"
}

# Everything about a tree, in one text
LOOK='cd /data; find . | sort | xargs stat -c "%n %a %u:%g %F"; stat -c %Y sub sub/deep/file; sha256sum <big; cat link'

@test "tmpcopyup: content, owners, modes, times and links of what the image has there" {
    copied . "$LOOK; grep ' /data ' /proc/self/mountinfo | grep -c 'nosuid.* - tmpfs'; echo x >/data/new"
    is "$("$LAUNCHER" run --bundle "$BUNDLE")" "$(unshare --mount sh -c "mount --bind \"$ROOT\" \"$ROOT\"; chroot \"$ROOT\" sh -c '$LOOK'")
1"
    [ ! -e "$ROOT/data/new" ]
}

@test "tmpcopyup: attributes, options, nothing there, a file in the way" {
    copied '.mounts[-1].options += ["mode=0700", "size=8m", "ro"]' 'stat -c "%a %u" /data; df -k /data | tail -1 | tr -s " " | cut -d" " -f2; touch /data/x || cat /data/link'
    is "$("$LAUNCHER" run --bundle "$BUNDLE" 2>/dev/null)" "700 8
8192
text"
    copied '.mounts[-1].destination = "/nothing/here"' 'ls -A /nothing/here; echo fine'
    is "$("$LAUNCHER" run --bundle "$BUNDLE")" fine
    copied '.mounts[-1].destination = "/data/big"' true
    run -125 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" 'opening /data/big of the root file system: Not a directory'
    copied '.mounts[-1].options += ["size=64k"]' true
    run -125 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" 'copying /data of the root file system: big: copying the content: No space left'
    copied '.mounts[-1].options += ["nosuch=1"]' true
    run -125 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" 'the tmpfs for /data: setting its option nosuch: Invalid argument'
}

@test "tmpcopyup: a symlink of the image leads nowhere out of it" {
    copied . 'ls /data'
    rm -rf "$ROOT/data"
    ln -s /../../../../etc "$ROOT/data"
    is "$("$LAUNCHER" run --bundle "$BUNDLE")" "$(ls "$ROOT/etc")"
    mkdir "$BATS_TEST_TMPDIR/secret"
    touch "$BATS_TEST_TMPDIR/secret/found"
    rm "$ROOT/data"
    ln -s "$BATS_TEST_TMPDIR/secret" "$ROOT/data"
    run "$LAUNCHER" run --bundle "$BUNDLE"
    [[ $output != *found* ]]
}
