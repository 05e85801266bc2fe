#!/usr/bin/env bash
# libnl-3.a: builds and reads netlink messages. Its route library, command line tools and other
# families stay unbuilt, and with them the need for bison and flex, which configure asks for all the
# same. Debian's patches are newer than what autoconf generated, which is good as it is.
set -euo pipefail

export FLEX=: YACC=:
./configure --host="$(gcc -dumpmachine)" --prefix="$PREFIX" --enable-static --disable-shared \
    --disable-cli --disable-pthreads
make -j"$JOBS" ACLOCAL=: AUTOCONF=: AUTOHEADER=: AUTOMAKE=: lib/libnl-3.la
cp lib/.libs/libnl-3.a "$PREFIX/lib/"
rm -rf "$PREFIX/include/netlink"
cp -R include/netlink "$PREFIX/include/"
