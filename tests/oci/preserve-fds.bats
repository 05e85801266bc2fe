#!/usr/bin/env bats
# create --preserve-fds: the payload gets descriptors of the caller, at the same numbers.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/bundle

setup() {
    echo three >"$BATS_TEST_TMPDIR/3"
    echo four >"$BATS_TEST_TMPDIR/4"
    printf '#!/nosuch\n' >"$BATS_TEST_TMPDIR/script"
    chmod 755 "$BATS_TEST_TMPDIR/script"
}

teardown() {
    "$LAUNCHER" delete --force preserved >/dev/null 2>&1 || true
}

# create COUNT: with a file at 3 and 4, and another at 5 and 6.
create() {
    "$LAUNCHER" create --preserve-fds "$1" --bundle "$BUNDLE" preserved \
        3<"$BATS_TEST_TMPDIR/3" 4<"$BATS_TEST_TMPDIR/4" 5</dev/zero 6</dev/zero </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1
}

# payload FILTER: it reads 3 and 4, and looks whether there is a 5 or 6.
payload() {
    bundle "$1" sh -c 'last=none; (: <&5) 2>/dev/null && last=5; (: <&6) 2>/dev/null && last=6; read a <&3; read b <&4; echo "$a $b $last"'
    create 2
    "$LAUNCHER" start preserved
    wait_until 10 sh -c "'$LAUNCHER' state preserved | grep -q stopped"
    is "$(cat "$BATS_TEST_TMPDIR/out")" "three four none"
    "$LAUNCHER" delete preserved
}

USER_NS='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] |
    .linux.gidMappings = .linux.uidMappings'

@test "two descriptors, as PID 1, under cinit, in a user namespace" {
    payload .
    payload '.annotations["launcher.init"] = "yes"'
    payload "$USER_NS"
}

@test "without the option there is none" {
    bundle . sh -c 'cat <&3 || echo none'
    create 0
    "$LAUNCHER" start preserved
    wait_until 10 sh -c "'$LAUNCHER' state preserved | grep -q stopped"
    like "$(cat "$BATS_TEST_TMPDIR/out")" none
}

@test "one that is not open" {
    bundle . true
    run -125 "$LAUNCHER" create --preserve-fds 2 --bundle "$BUNDLE" preserved 3<"$BATS_TEST_TMPDIR/3" 4<&-
    is "$output" "launcher: option --preserve-fds: preserved descriptor 4 is not open"
}

@test "an error of create and one of execve(2) are what they are without it" {
    local init
    bundle . nosuch
    run -127 create 2
    is "$(cat "$BATS_TEST_TMPDIR/out")" 'launcher: exec: "nosuch": executable file not found in $PATH'
    for init in no yes; do
        bundle ".mounts += [{destination: \"/tmp\", source: \"$BATS_TEST_TMPDIR\", type: \"bind\", options: [\"rbind\"]}] |
            .annotations[\"launcher.init\"] = \"$init\"" /tmp/script
        create 0
        run -127 "$LAUNCHER" start preserved
        local without=$output
        like "$without" 'nosuch'
        "$LAUNCHER" delete --force preserved
        create 2
        run -127 "$LAUNCHER" start preserved
        is "$output" "$without"
        "$LAUNCHER" delete --force preserved
    done
}
