# shellcheck shell=bash
# busybox -> tree, without network or podman. Sourced by build.sh.
#
# busybox.tree lists everything but the applets; the applets are what busybox itself lists.

# A dynamic busybox would need a C library that the tree does not have. ldd succeeds for exactly
# the dynamic ones.
find_busybox()
{
    local busybox install="apt-get install busybox-static, or BUSYBOX=/path/to/busybox"
    busybox=$(command -v "${BUSYBOX:-busybox}") || fail "find" "${BUSYBOX:-busybox}" "not found" \
        "$install"
    ! ldd "$busybox" >/dev/null 2>&1 || fail "copy" "$busybox" "it is not a static program" \
        "$install"
    echo "$busybox"
}

make_entry()
{
    local kind=$1 mode=$2 owner=$3 path=$4 target=${5:-}
    case $kind in
        dir) install -d -m "$mode" -- "$TREE/$path" ;;
        file) install -m "$mode" -- "$HERE/skeleton/$path" "$TREE/$path" ;;
        link) ln -s -- "$target" "$TREE/$path" ;;
    esac
    [[ $KEEP_OWNERS == no ]] || chown --no-dereference "$owner" "$TREE/$path"
}

make_entries()
{
    local kind mode owner path target
    while read -r kind mode owner path target; do
        [[ -z $kind || $kind == \#* ]] || make_entry "$kind" "$mode" "$owner" "$path" "$target"
    done <"$HERE/busybox.tree"
}

# Relative links lead to the tree's own busybox from outside as well, where /bin/busybox would be
# the host's. Other paths (linuxrc) belong to an initial RAM disk.
make_applets()
{
    local path
    while read -r path; do
        case $path in
            bin/busybox) ;;
            bin/*) ln -s busybox "$TREE/$path" ;;
            sbin/*) ln -s ../bin/busybox "$TREE/$path" ;;
            usr/bin/*|usr/sbin/*) ln -s ../../bin/busybox "$TREE/$path" ;;
        esac
    done < <("$1" --list-full)
}

# One date for all: the busybox package decides what the tree is, so its date is the tree's date.
set_dates()
{
    local date
    date=${SOURCE_DATE_EPOCH:-$(stat -L -c %Y -- "$1")}
    find "$TREE" -exec touch --no-dereference --date="@$date" {} +
}

build_busybox_tree()
{
    make_entries
    install -m 0755 -- "$1" "$TREE/bin/busybox"
    make_applets "$1"
    set_dates "$1"
}

fill_from_busybox()
{
    local busybox
    busybox=$(find_busybox)
    start_job build_busybox_tree "$busybox" 2>"$LOGS/busybox.err"
    finish_job || fail "make a tree of" "$busybox" "$(first_line "$LOGS/busybox.err")"
}
