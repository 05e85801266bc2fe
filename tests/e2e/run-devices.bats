#!/usr/bin/env bats
# Row R9: /proc, /sys and /dev as every program expects them, and --device.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/container

teardown()
{
    end_container
}

@test "/dev holds what docker's holds, and nothing else" {
    run -0 in_container -- /bin/sh -c 'cd /dev; stat -c "%N %F %t:%T %a %u:%g" * | tr -d "\047"'
    is "$output" "core -> /proc/kcore symbolic link 0:0 777 0:0
fd -> /proc/self/fd symbolic link 0:0 777 0:0
full character special file 1:7 666 0:0
mqueue directory 0:0 1777 0:0
null character special file 1:3 666 0:0
ptmx -> pts/ptmx symbolic link 0:0 777 0:0
pts directory 0:0 755 0:0
random character special file 1:8 666 0:0
shm directory 0:0 1777 0:0
stderr -> /proc/self/fd/2 symbolic link 0:0 777 0:0
stdin -> /proc/self/fd/0 symbolic link 0:0 777 0:0
stdout -> /proc/self/fd/1 symbolic link 0:0 777 0:0
tty character special file 5:0 666 0:0
urandom character special file 1:9 666 0:0
zero character special file 1:5 666 0:0"
}

# Each device does what its name says.
works()
{
    in_container "$@" -- /bin/sh -c '
        echo lost >/dev/null && [ -z "$(cat /dev/null)" ] && echo null
        [ "$(head -c 4 /dev/zero | od -An -tx1 | tr -d " ")" = 00000000 ] && echo zero
        [ "$(head -c 9 /dev/random | wc -c)$(head -c 9 /dev/urandom | wc -c)" = 99 ] && echo random
        echo x 2>&1 >/dev/full | grep -q "No space left" && echo full
        echo out >/dev/stdout; echo err 2>/dev/null >/dev/stderr; cat /dev/stdin; cat /dev/fd/0'
}

@test "the devices work, and so do the links to the process's descriptors" {
    run -0 --separate-stderr works <<<"in"
    # busybox sh has no od: zero is checked apart
    is "$output" "null
random
full
out
in"
    is "$stderr" ""
}
