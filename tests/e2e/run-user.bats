#!/usr/bin/env bats
# Row R13: user, groups, environment and working directory.

bats_require_minimum_version 1.5.0
load ../lib/launcher

setup_file()
{
    # A root file system with users that the host does not have, and numbers that it gives to others.
    export USERS=$BATS_FILE_TMPDIR/rootfs
    cp -a "$BATS_TEST_DIRNAME/../../build/rootfs" "$USERS"
    cat >>"$USERS/etc/passwd" <<'END'
web:x:4321:4300:web:/srv/web:/bin/sh
END
    cat >>"$USERS/etc/group" <<'END'
web:x:4300:
logs:x:4301:web,user
data:x:4302:user,web
other:x:4303:user
END
}

setup()
{
    ROOTFS=$USERS
}

# "uid gid groups": real, effective, saved and file system ids must all be the same.
identity()
{
    in_container "$@" -- /bin/sh -c 'grep -E "^(Uid|Gid|Groups):" /proc/self/status' | awk '
        /^(Uid|Gid)/ { if ($2 != $3 || $2 != $4 || $2 != $5) exit 1; printf "%s ", $2 }
        /^Groups/ { sub("^Groups:[ \t]*", ""); sub(" *$", ""); print }'
}

@test "by default root, without the caller's supplementary groups" {
    run -0 setpriv --groups 7,8,9 "$LAUNCHER" --rootfs "$ROOTFS" -- /bin/grep Groups: /proc/self/status
    is "$(tr -d '[:space:]' <<<"$output")" "Groups:"
    is "$(identity)" "0 0 "
}

@test "a name is looked up in the container's files, with all its groups" {
    is "$(identity --user web)" "4321 4300 4301 4302"
    is "$(identity -u user)" "1000 1000 4301 4302 4303"
}

@test "a group that is given replaces the one of /etc/passwd" {
    is "$(identity --user web:daemon)" "4321 1 "
    is "$(identity --user web:4999)" "4321 4999 "
}

@test "further groups follow, as names and numbers" {
    is "$(identity --user web:web,logs,77)" "4321 4300 77 4301"
    is "$(identity --user 4321 --group-add other --group-add 88)" \
        "4321 4300 88 4301 4302 4303"
}

@test "numbers need no entry" {
    is "$(identity --user 12345)" "12345 0 "
    is "$(identity --user 12345:54321)" "12345 54321 "
    is "$(identity --user 4321:0)" "4321 0 "
    # but with one they mean the same as the name
    is "$(identity --user 4321)" "$(identity --user web)"
}

@test "another user than root has no capabilities, and cinit stays root" {
    run -0 in_container --user web -- /bin/sh -c \
        'grep -E "^Cap(Inh|Prm|Eff|Amb)" /proc/self/status; grep ^Uid /proc/1/status; id -un'
    is "$(tr -s '\t ' ' ' <<<"$output")" "CapInh: 0000000000000000
CapPrm: 0000000000000000
CapEff: 0000000000000000
CapAmb: 0000000000000000
Uid: 0 0 0 0
web"
}

@test "who is unknown or badly written is refused, and nobody else is taken instead" {
    local user
    for user in "" : :web web: nobody-here web:nobody-here -1 0x0 4294967295 4294967296 1: "1 " 1:2:3 \
        "web " 00x "root,"; do
        run -125 in_container --user "$user" -- /bin/echo ran
        like "$output" '^launcher: '
        run ! grep -q ran <<<"$output"
    done
    run -125 in_container --user nobody-here -- /bin/true
    like "$output" 'no user "nobody-here" in the container.s /etc/passwd'
}

@test "the environment is the container's own: nothing of the caller's comes along" {
    SECRET=1 LD_PRELOAD='' run -0 in_container -- busybox env
    is "$output" "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
HOME=/root
HOSTNAME=container
container=launcher"
}

@test "HOME is the user's, or / for one without an entry" {
    run -0 in_container --user web -- /bin/sh -c 'echo $HOME'
    is "$output" /srv/web
    run -0 in_container --user 12345 -- /bin/sh -c 'echo $HOME'
    is "$output" /
    run -0 in_container --user web -e HOME=/elsewhere -- /bin/sh -c 'echo $HOME'
    is "$output" /elsewhere
}

@test "-e sets a variable, or passes the caller's on; an unset one stays unset" {
    export PASSED='with spaces and = signs'
    unset NOT_SET
    run -0 in_container -e PASSED -e NOT_SET -e GIVEN='a b' -e EMPTY= -e GIVEN=last -- busybox env
    is "$(sed -n '5,$p' <<<"$output")" "PASSED=with spaces and = signs
GIVEN=last
EMPTY="
}

@test "--env-file: comments and empty lines are skipped, -e wins over it" {
    printf '# comment\n\nONE=1\nTWO=two words # not a comment\nPASSED\n' >"$BATS_TEST_TMPDIR/env"
    PASSED=on run -0 in_container --env-file "$BATS_TEST_TMPDIR/env" -e ONE=won -- busybox env
    is "$(sed -n '5,$p' <<<"$output")" "ONE=won
TWO=two words # not a comment
PASSED=on"
    printf 'ONE=1\nbad name=2\n' >"$BATS_TEST_TMPDIR/env"
    run -125 in_container --env-file "$BATS_TEST_TMPDIR/env" -- /bin/true
    like "$output" "$BATS_TEST_TMPDIR/env: line 2: "
}

@test "--clear-env leaves only what is given" {
    run -0 in_container --clear-env -e ONLY=1 -- /bin/busybox env
    is "$output" ONLY=1
}

@test "PATH of the container decides where a command is found" {
    run -0 in_container -e PATH=/nowhere:/usr/bin:/bin -- busybox echo found
    is "$output" found
    run -127 in_container -e PATH=/nowhere -- busybox echo found
}

@test "-w sets the working directory, and makes it when it is missing" {
    run -0 in_container -- /bin/pwd
    is "$output" /
    run -0 in_container -w /usr/bin -- /bin/sh -c 'pwd; echo $PWD; readlink /proc/self/cwd'
    is "$output" "/usr/bin
/usr/bin
/usr/bin"
    run -0 in_container --tmpfs /tmp -w /tmp/made/here -- /bin/pwd
    is "$output" /tmp/made/here
    run -125 in_container -w relative -- /bin/true
    run -125 in_container -w /etc/passwd -- /bin/true
    like "$output" 'entering the working directory /etc/passwd: Not a directory'
}

# Its root can neither make device nodes nor come back to a network namespace that it left.
@test "root of somebody else's user namespace runs containers too" {
    for mapping in "" "--ns +user"; do
        # shellcheck disable=SC2086 # two words or none
        run -0 unshare --user --map-root-user "$LAUNCHER" --rootfs "$ROOTFS" --net none $mapping -- \
            /bin/sh -c 'id -u; echo x >/dev/null; ls /sys/class/net'
        is "$output" $'0\nlo'
    done
}
