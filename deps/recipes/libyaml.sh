#!/usr/bin/env bash
# libyaml.a: the presets. As with jansson there is no configure script, and all that it would find
# out is the version.
set -euo pipefail

version=$(sed -n 's/^m4_define(\[YAML_\(MAJOR\|MINOR\|PATCH\)\], *\([0-9]*\))$/\2/p' configure.ac | paste -sd ' ')
read -r major minor patch <<<"$version"
cd src
# shellcheck disable=SC2086 # a list of words
printf '%s\n' *.c | xargs -P "$JOBS" -n 1 $CC $CFLAGS -I../include -c \
    -DYAML_DECLARE_STATIC -DYAML_VERSION_MAJOR="$major" -DYAML_VERSION_MINOR="$minor" \
    -DYAML_VERSION_PATCH="$patch" "-DYAML_VERSION_STRING=\"$major.$minor.$patch\""
rm -f "$PREFIX/lib/libyaml.a"
$AR crs "$PREFIX/lib/libyaml.a" ./*.o
cp ../include/yaml.h "$PREFIX/include/"
