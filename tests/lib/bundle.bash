# shellcheck shell=bash
# bundle.bash - OCI bundles for tests; load it after launcher.bash.

# bundle FILTER [COMMAND...]: makes the bundle $BUNDLE from what `launcher spec` writes, without a
# terminal and with COMMAND, changed by a jq filter.
bundle() {
    local filter=$1
    shift
    BUNDLE=$BATS_TEST_TMPDIR/bundle
    rm -rf "$BUNDLE"
    mkdir -p "$BUNDLE"
    "$LAUNCHER" spec --bundle "$BUNDLE"
    jq --arg rootfs "$ROOTFS" '.process.terminal = false | .root.path = $rootfs |
        .process.args = $ARGS.positional' "$BUNDLE/config.json" --args -- "$@" |
        jq "$filter" >"$BUNDLE/new"
    mv "$BUNDLE/new" "$BUNDLE/config.json"
}

# raw_bundle TEXT: the text is the config.json.
raw_bundle() {
    BUNDLE=$BATS_TEST_TMPDIR/bundle
    rm -rf "$BUNDLE"
    mkdir -p "$BUNDLE"
    printf '%s' "$1" >"$BUNDLE/config.json"
}

# in_bundle FILTER COMMAND...: what COMMAND prints in a container that the filter made.
in_bundle() {
    bundle "$@"
    "$LAUNCHER" run --bundle "$BUNDLE"
}

# refused FILTER PATTERN: run fails with a message of that pattern, and starts nothing.
refused() {
    bundle "$1" sh -c 'echo started'
    run -125 "$LAUNCHER" run --bundle "$BUNDLE"
    like "$output" "$2"
    [[ $output != *started* ]]
}
