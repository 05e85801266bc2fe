#!/usr/bin/env bats
# What `make` leaves: two static programs, one of them tiny, and `make install`.

setup_file()
{
    cd "$BATS_TEST_DIRNAME/../.." || return 1
    # The make that runs the tests is not the one that is tested here.
    unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES
}

# A dynamic program has a PT_INTERP header; a static-pie or shared object has a dynamic section.
assert_static()
{
    run -0 readelf --wide --program-headers "$1"
    [[ $output == *LOAD* ]]
    [[ $output != *INTERP* ]]
    [[ $output != *DYNAMIC* ]]
}

bats_require_minimum_version 1.5.0

@test "launcher is static: no INTERP, no DYNAMIC" {
    assert_static build/launcher
}

@test "cinit is static: no INTERP, no DYNAMIC" {
    assert_static build/cinit
}

@test "neither has an executable stack" {
    for program in build/launcher build/cinit; do
        run -0 readelf --wide --program-headers "$program"
        grep -q 'GNU_STACK .* RW ' <<<"$output"
    done
}

@test "cinit is at most 24 KiB" {
    local size
    size=$(stat --format=%s build/cinit)
    echo "$size bytes"
    [ "$size" -le $((24 * 1024)) ]
}

# Where a symbol's bytes lie in the file: its address, less where its section begins in memory, plus
# where that begins in the file.
@test "launcher carries the very cinit that lies beside it" {
    local address size section_address section_offset
    read -r address size < <(readelf --wide --symbols build/launcher |
        awk '$8 == "cinit_image" { print $2, $3 }')
    read -r section_address section_offset < <(readelf --wide --sections build/launcher |
        sed 's/^.*\] //' | awk '$1 == ".rodata" { print $3, $4 }')
    [ "$size" -eq "$(stat --format=%s build/cinit)" ]
    tail -c +$((0x$address - 0x$section_address + 0x$section_offset + 1)) build/launcher |
        head -c "$size" | cmp - build/cinit
}

@test "a second make does nothing" {
    run -0 make
    [ -z "$output" ]
}

@test "make install puts both programs and both man pages below DESTDIR" {
    run -0 make install DESTDIR="$BATS_TEST_TMPDIR" PREFIX=/opt/x
    local installed
    installed=$(cd "$BATS_TEST_TMPDIR" && find . -type f -printf '%m %P\n' | sort -k2)
    echo "$installed"
    [ "$installed" = "755 opt/x/bin/launcher
755 opt/x/sbin/cinit
644 opt/x/share/man/man1/launcher.1
644 opt/x/share/man/man8/cinit.8" ]
}

@test "the man pages format without a warning" {
    for page in docs/man/launcher.1 docs/man/cinit.8; do
        run -0 --separate-stderr env MANWIDTH=80 man --warnings --encoding=UTF-8 --local-file "$page"
        echo "$stderr"
        [ -n "$output" ]
        [ -z "$stderr" ]
    done
}

@test "offline, the libraries' recipe says what could not be fetched" {
    printf 'deb-src http://127.0.0.1:1/debian bookworm main\n' >"$BATS_TEST_TMPDIR/sources.list"
    DEPS_SOURCES=$BATS_TEST_TMPDIR/sources.list run -1 deps/fetch.sh "$BATS_TEST_TMPDIR/deps"
    echo "$output"
    [[ $output == *"deps: fetching "*"libseccomp=2.5.4-1+deb12u1"*"can't be reached"* ]]
    [[ $output == *"hint: the build needs these source packages"* ]]
}

@test "a source package with another sum than the pinned one is refused" {
    cp -r deps "$BATS_TEST_TMPDIR/recipes"
    cp -r build/deps/download "$BATS_TEST_TMPDIR/download"
    echo >>"$BATS_TEST_TMPDIR"/download/jansson_2.14.orig.tar.gz
    printf 'deb-src http://127.0.0.1:1/debian bookworm main\n' >"$BATS_TEST_TMPDIR/sources.list"
    DEPS_SOURCES=$BATS_TEST_TMPDIR/sources.list run -1 deps/fetch.sh "$BATS_TEST_TMPDIR"
    [[ $output == *"fetching jansson=2.14-2:"* ]]
}
