#!/usr/bin/env bash
# libnl-3.a and libnl-route-3.a: netlink messages. The command line tools and the other families stay
# unbuilt. Its parsers of packet locations and matches want bison and flex (`make setup-deps-all`).
set -euo pipefail

./configure --host="$(gcc -dumpmachine)" --prefix="$PREFIX" --enable-static --disable-shared \
    --disable-cli --disable-pthreads
make -j"$JOBS" lib/libnl-3.la lib/libnl-route-3.la
cp lib/.libs/libnl-3.a lib/.libs/libnl-route-3.a "$PREFIX/lib/"
rm -rf "$PREFIX/include/netlink"
cp -R include/netlink "$PREFIX/include/"
