#!/usr/bin/env bats
# The main job once more with AddressSanitizer and UBSan in launcher and in cinit: a report of either
# ends the program with an error of its own, so the payload's status is the proof.

bats_require_minimum_version 1.5.0

setup()
{
    TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    LAUNCHER=$TOP/build/san/launcher
    ROOTFS=${ROOTFS:-$TOP/build/rootfs}
}

@test "SAN: the payload's status passes through cinit" {
    run -7 "$LAUNCHER" --rootfs "$ROOTFS" -- /bin/sh -c 'echo hello; exit 7'
    [ "$output" = hello ]
}

@test "SAN: without cinit the payload is PID 1" {
    run -0 "$LAUNCHER" --no-init --rootfs "$ROOTFS" -- /bin/sh -c 'echo $$'
    [ "$output" = 1 ]
}

@test "SAN: a plan is printed" {
    run -0 "$LAUNCHER" plan --rootfs "$ROOTFS" -- /bin/true
    [[ $output == *pivot_root* ]]
}

@test "SAN: an error is a sentence, not a report" {
    run -127 "$LAUNCHER" --rootfs "$ROOTFS" -- /no/such/program
    [[ $output == *"/no/such/program"* ]]
    [[ $output != *Sanitizer* ]]
}
