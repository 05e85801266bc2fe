#!/usr/bin/env bash
# libseccomp.a: from a policy to a BPF program. Debian's patch brings a newer table of system calls,
# which gperf turns into the lookup function.
set -euo pipefail

./configure --host="$(gcc -dumpmachine)" --prefix="$PREFIX" --enable-static --disable-shared
make -C include
make -C src -j"$JOBS" libseccomp.la
cp src/.libs/libseccomp.a "$PREFIX/lib/"
cp include/seccomp.h include/seccomp-syscalls.h "$PREFIX/include/"
