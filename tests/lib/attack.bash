# shellcheck shell=bash
# attack.bash - what the tests of tests/security share; load it after launcher.bash.

# build_attacks [NAME...]: for setup_file. Compiles tests/security/attacks/NAME.c to $ATTACKS/NAME,
# and makes $IMAGE, the standard root file system with the programs in its /attack.
build_attacks() {
    local name
    export ATTACKS=$BATS_FILE_TMPDIR/attacks
    export IMAGE=$BATS_FILE_TMPDIR/image
    mkdir "$ATTACKS"
    for name; do
        # musl has no kernel headers of its own.
        musl-gcc -std=gnu17 -D_GNU_SOURCE -O2 -static -idirafter "$TOP/build/deps/kernel" \
            -o "$ATTACKS/$name" "$TOP/tests/security/attacks/$name.c"
    done
    cp --archive "$ROOTFS" "$IMAGE"
    cp --recursive "$ATTACKS" "$IMAGE/attack"
}

# copy_image: for a test that changes the image. It gets one of its own, as $IMAGE.
copy_image() {
    cp --archive "$IMAGE" "$BATS_TEST_TMPDIR/image"
    IMAGE=$BATS_TEST_TMPDIR/image
}

# link_instead PATH TARGET: makes PATH of the image a symlink.
link_instead() {
    rm -rf "${IMAGE:?}$1"
    ln -s "$2" "$IMAGE$1"
}

# attacked [OPTION...] -- COMMAND...: runs in $IMAGE, without bats' descriptors. Leaves the exit status
# in $status, what was printed in $output and what launcher said in $errors.
attacked() {
    local errors_file=$BATS_TEST_TMPDIR/errors NETWORK
    choose_network "$@"
    status=0 errors=
    output=$("$LAUNCHER" --rootfs "$IMAGE" "${NETWORK[@]}" "$@" </dev/null 2>"$errors_file" 3>&-) || status=$?
    errors=$(<"$errors_file")
    printf 'launcher %s\nstatus %s\n%s\n%s\n' "$*" "$status" "$output" "$errors"
}

# refused PATTERN: the last one was a failure of launcher, for this reason.
refused() {
    is "$status" 125
    like "$errors" "$1"
}

# nothing_in DIRECTORY
nothing_in() {
    is "$(find "$1" -mindepth 1)" ''
}
