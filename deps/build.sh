#!/usr/bin/env bash
# Builds one of the static libraries for musl: deps/build.sh PACKAGE DIR
#
# The source package lies in DIR/download (deps/fetch.sh); it is unpacked with Debian's patches to
# DIR/source/PACKAGE. The result goes to DIR/include and DIR/lib.
# DIR/stamp/PACKAGE holds the sum of all that the result follows from: an equal sum is no work.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
package=$1
dir=$(cd "$2" && pwd)
stamp=$dir/stamp/$package
recipe=$here/recipes/$package.sh
source=$dir/source/$package

# musl's compiler does not look where the kernel's headers are, and must not look into the rest of
# that folder, which is glibc's. So it gets a folder of links, after its own (-idirafter).
link_kernel_headers() {
    local kernel=$dir/kernel asm
    asm=/usr/include/$(gcc -print-multiarch)/asm
    [ -d "$asm" ] || asm=/usr/include/asm
    if [ ! -d /usr/include/linux ] || [ ! -d "$asm" ]; then
        echo "deps: kernel headers are missing (package linux-libc-dev)" >&2
        exit 1
    fi
    mkdir -p "$kernel"
    ln -sfn /usr/include/linux "$kernel/linux"
    ln -sfn /usr/include/asm-generic "$kernel/asm-generic"
    ln -sfn "$asm" "$kernel/asm"
}

content_sum() {
    {
        awk -v package="$package" '$1 == package' "$here/pins"
        cat "$recipe" "$here/build.sh"
        musl-gcc --version
    } | sha256sum
}

# Called as a condition, in which the shell forgets `set -e`: hence the chain.
unpack_and_build() {
    local dsc
    dsc=$(awk -v package="$package" '$1 == package && $3 ~ /[.]dsc$/ { print $3 }' "$here/pins")
    # --no-check: the signers' keys need not be on this machine; fetch.sh checked the pinned sums.
    rm -rf "$source" &&
        dpkg-source --no-check --extract "$dir/download/$dsc" "$source" &&
        cd "$source" &&
        "$recipe"
}

mkdir -p "$dir/include" "$dir/lib" "$dir/source" "$dir/stamp"
link_kernel_headers
sum=$(content_sum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ]; then
    touch "$stamp"
    exit 0
fi

echo "deps: building $package"
export CC="musl-gcc" AR=ar
export CFLAGS="-O2 -ffunction-sections -fdata-sections -fstack-protector-strong -idirafter $dir/kernel"
export PREFIX=$dir
JOBS=$(nproc)
export JOBS
log=$source.log
if ! unpack_and_build >"$log" 2>&1 </dev/null; then
    tail -n 30 "$log" >&2
    echo "deps: building $package failed; the whole log: $log" >&2
    exit 1
fi
echo "$sum" >"$stamp"
