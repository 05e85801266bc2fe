#!/usr/bin/env bash
# libcapng.a: names and sets of capabilities. Its configure knows no switch for less.
set -euo pipefail

./configure --host="$(gcc -dumpmachine)" --prefix="$PREFIX" --enable-static --disable-shared \
    --without-python --without-python3
make -C src -j"$JOBS" libcap-ng.la
cp src/.libs/libcap-ng.a "$PREFIX/lib/libcap-ng.a"
cp src/cap-ng.h "$PREFIX/include/"
