#!/usr/bin/env bash
# libjansson.a: JSON. The package brings no configure script, and making one takes longer than the
# twelve files; so say by hand what it would find out about Linux, gcc and musl.
set -euo pipefail

sed -e 's/@json_inline@/inline/' -e 's/@json_have_[a-z_]*@/1/' \
    src/jansson_config.h.in >src/jansson_config.h
printf '#define %s 1\n' \
    HAVE_ENDIAN_H HAVE_FCNTL_H HAVE_SCHED_H HAVE_STDINT_H HAVE_SYS_PARAM_H HAVE_SYS_STAT_H \
    HAVE_SYS_TIME_H HAVE_SYS_TYPES_H HAVE_UNISTD_H HAVE_CLOSE HAVE_GETPID HAVE_GETTIMEOFDAY \
    HAVE_OPEN HAVE_READ HAVE_SCHED_YIELD HAVE_ATOMIC_BUILTINS HAVE_SYNC_BUILTINS USE_URANDOM \
    >src/jansson_private_config.h
echo '#define INITIAL_HASHTABLE_ORDER 3' >>src/jansson_private_config.h
cd src
# shellcheck disable=SC2086 # lists of words
printf '%s\n' *.c | xargs -P "$JOBS" -n 1 $CC $CFLAGS -DHAVE_CONFIG_H -I. -c
rm -f "$PREFIX/lib/libjansson.a"
$AR crs "$PREFIX/lib/libjansson.a" ./*.o
cp jansson.h jansson_config.h "$PREFIX/include/"
