# shellcheck shell=bash
# Tar stream -> tree. Sourced by build.sh.
#
# An archive is untrusted: a member may be named /etc/passwd or ../x, or be a symbolic link that
# leads a later member outside (a -> /etc, then a/x). GNU tar without -P strips or refuses the
# first two. For the third it puts an empty file where a link leading outside belongs and makes
# the real link after the last member, so that nothing can be written through it. That is tar's
# half; ours is to accept no archive about which tar had anything to say.

# overlayfs keeps its own notes in these attributes; an image that brings some could hide or
# redirect files once the tree is a lower layer.
readonly OVERLAY_NOTES=(--xattrs-exclude='trusted.overlay.*' --xattrs-exclude='user.overlay.*')

# First bytes of a compressed file, in hexadecimal, and the program that reads it. tar recognises
# these in a file, but not on a pipe.
readonly COMPRESSIONS=(
    "1f8b gzip"
    "425a68 bzip2"
    "fd377a585a00 xz"
    "28b52ffd zstd"
)

extract()
{
    local owners=(--same-owner)
    if [[ $KEEP_OWNERS == no ]]; then
        owners=(--no-same-owner --xattrs-exclude='security.*' --xattrs-exclude='trusted.*')
    fi
    # --block-number makes tar tell how the archive ended, see check_extracted.
    LC_ALL=C TAR_OPTIONS='' tar --extract --file=- --directory="$TREE" --block-number \
        --numeric-owner --preserve-permissions --delay-directory-restore --acls \
        --xattrs --xattrs-include='*' "${OVERLAY_NOTES[@]}" "${owners[@]}" \
        --warning=no-timestamp --warning=no-unknown-keyword \
        >"$LOGS/tar.out" 2>"$LOGS/tar.err"
}

first_line()
{
    sed -n '/./{p;q}' "$1"
}

tar_reason()
{
    first_line "$LOGS/tar.err" | sed 's/^tar: //; s/^block [0-9]*: //'
}

tar_hint()
{
    case $1 in
        *"Removing leading"*|*"contains '..'"*|*"Not a directory"*|*"Cannot hard link"*)
            echo "a member leads outside the tree: no root file system, or hostile" ;;
        *"No space left"*|*"Wrote only"*)
            echo "free some space, or build on another file system" ;;
        *"Cannot mknod"*|*"Cannot change ownership"*|*"security.capability"*)
            echo "this needs real root: no user namespace, no dropped capabilities" ;;
        *"extended attribute"*|*"ACL"*|*acl_set*)
            echo "build on a file system with extended attributes, such as ext4, xfs or btrfs" ;;
    esac
}

# A source that failed is the cause, and tar's "Unexpected EOF" only its echo; but when tar stopped
# first, the source's "broken pipe" is the echo.
source_is_cause()
{
    (($1 != 0 && $1 != 141)) && ! grep -qi 'broken pipe' "$LOGS/source.err"
}

# GNU tar takes an archive that was cut between two members for a whole one. A whole one ends with
# two blocks of zeros (pax(1), "ustar interchange format"), and --block-number prints whether they
# were there.
check_extracted()
{
    local what=$1 source_status=$2 tar_status=$3 reason
    if source_is_cause "$source_status"; then
        reason=$(first_line "$LOGS/source.err")
        fail "read" "$what" "${reason:-ended with status $source_status}"
    fi
    reason=$(tar_reason)
    if ((tar_status != 0)) || [[ -n $reason ]]; then
        fail "unpack" "$what" "${reason:-tar ended with status $tar_status}" "$(tar_hint "$reason")"
    fi
    grep -q 'Block of NULs' "$LOGS/tar.out" || fail "unpack" "$what" "the archive is cut off" \
        "copy or download it again"
    [[ -n $(ls -A -- "$TREE") ]] || fail "unpack" "$what" "the archive is empty"
}

# unpack WHAT COMMAND...: unpacks what COMMAND writes. WHAT names it in messages.
unpack()
{
    local what=$1
    local -a results
    shift
    set +e
    "$@" 2>"$LOGS/source.err" | extract
    results=("${PIPESTATUS[@]}")
    set -e
    check_extracted "$what" "${results[@]}"
}

# A directory that is only implied (a/b without a) has the time of its making. A set-id bit whose
# owner was lost would give the caller's rights to whoever can reach the file.
settle_tree()
{
    find "$TREE" -type d -newer "$WORK/stamp" \
        -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH:-0}" {} +
    if [[ $KEEP_OWNERS == no ]]; then
        find "$TREE" -type f -perm /6000 -exec chmod ug-s {} +
    fi
}

# The file system clock moves every 4 to 10 ms; after the pause every new directory is newer.
fill_from_stream()
{
    : >"$WORK/stamp"
    sleep 0.02
    run_job unpack "$@"
    settle_tree
}

# The magic bytes are read from the stream, so they are put back in front of it.
decompressed()
{
    local magic row program=cat
    head -c 6 >"$LOGS/magic"
    magic=$(od -An -v -tx1 "$LOGS/magic" | tr -d ' \n')
    for row in "${COMPRESSIONS[@]}"; do
        [[ $magic != "${row% *}"* ]] || program="${row#* } -dc"
    done
    if ! command -v "${program% *}" >/dev/null; then
        echo "${program% *} is not installed" >&2
        return 1
    fi
    # shellcheck disable=SC2086 # the option is meant to be a word of its own
    cat "$LOGS/magic" - | $program
}

fill_from_archive()
{
    if [[ $ARCHIVE == - ]]; then
        [[ ! -t 0 ]] || fail "read" "standard input" "it is a terminal" \
            "some-command | build.sh --from-tar - DIR"
        fill_from_stream "standard input" decompressed
        return
    fi
    [[ -f $ARCHIVE && -r $ARCHIVE ]] || fail "read" "$ARCHIVE" "is no file that can be read"
    # shellcheck disable=SC2094 # the first mention is only its name for messages
    fill_from_stream "$ARCHIVE" decompressed <"$ARCHIVE"
}
