#!/usr/bin/env bats
# Rows R8 and R10: the root and what is mounted in it. Everything mounted here is mounted in a mount
# namespace of the test's own whose mounts are all shared: there, what launcher does not cut off
# comes back, and nothing can reach the real host.

bats_require_minimum_version 1.5.0
load ../lib/launcher
load ../lib/container

setup_file()
{
    export HELPERS=$BATS_FILE_TMPDIR/helpers
    mkdir "$HELPERS"
    musl-gcc -static -O1 -o "$HELPERS/chroot-escape" "$BATS_TEST_DIRNAME/../lib/chroot_escape.c"
}

setup()
{
    # The tests mount in a namespace of their own: each test runs again inside unshare.
    SOURCE=$BATS_TEST_TMPDIR/source
    mkdir "$SOURCE"
    HOLDER=
}

teardown()
{
    end_container
    [ -z "$HOLDER" ] || { kill "$HOLDER"; wait "$HOLDER" || true; }
}
