#!/usr/bin/env bash
# Fetches the source packages that a file of pins names and checks each file's sha256.
#
#   deps/fetch.sh DIR [PINS]      leaves DIR/download/FILE; PINS is deps/pins when none is given
#
# The system's own apt is asked, so its mirror and proxy count, but with lists and a list of sources
# that lie in DIR: the system's are neither changed nor in need of deb-src lines. What is already in
# DIR/download with the right sum is not fetched again: the files can be brought there by hand.
# DEPS_SOURCES=FILE names a sources.list to use instead, for a host that isn't Debian.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
pins=${2:-$here/pins}
download=$dir/download
apt=$dir/apt
mkdir -p "$download" "$apt/lists/partial" "$apt/cache/archives/partial"

rows() {
    awk '/^[^#]/ && NF == 4' "$pins"
}

is_fetched() { # FILE SHA256
    [ -f "$download/$1" ] && echo "$2  $download/$1" | sha256sum --check --status
}

unfetched() {
    local package version file sum
    rows | while read -r package version file sum; do
        is_fetched "$file" "$sum" || echo "$package=$version"
    done | sort -u
}

give_up() { # REASON
    cat >&2 <<END
deps: fetching ${wanted[*]}: $1
hint: the build needs these source packages of Debian $suite, once, and nothing else from the network.
      Offline, copy the files that $pins names into $download
END
    exit 1
}

# Every archive of the system that carries a release of Debian, with the release's name replaced by
# the pinned one: on a newer Debian the same mirror still has it. The release itself comes first: the
# archive of its security updates lists some sources whose files it doesn't hold.
write_sources() {
    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg signed_by='' codename
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
    [ ! -f "$keyring" ] || signed_by="[signed-by=$keyring] "
    apt-get indextargets --no-release-info --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' 'Component: main' |
        awk -v codename="$codename" -v suite="$suite" -v signed_by="$signed_by" '
            codename != "" && $2 ~ "^" codename "(-updates|-security)?$" {
                sub("^" codename, suite, $2)
                print ($2 == suite ? 0 : 1), "deb-src " signed_by $1, $2, $3
            }' | sort -u | cut -d' ' -f2-
}

run_apt() {
    # Error-Mode=any: an archive that can't be reached is an error, not a warning.
    # Sandbox::User=root: apt's own user may not enter a private build directory.
    apt-get --quiet=2 \
        -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" \
        -o APT::Sandbox::User=root -o APT::Update::Error-Mode=any \
        -o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 \
        "$@" </dev/null
}

fetch() {
    command -v apt-get >/dev/null || give_up 'there is no apt-get here'
    if [ -n "${DEPS_SOURCES-}" ]; then
        cp "$DEPS_SOURCES" "$apt/sources.list"
    else
        write_sources >"$apt/sources.list"
    fi
    [ -s "$apt/sources.list" ] || give_up "apt's configuration names no archive of Debian"
    echo "deps: fetching ${wanted[*]}"
    run_apt update || give_up "the archive can't be reached"
    # Whether a file is missing that nobody pinned is of no interest: what arrived is looked at below.
    (cd "$download" && run_apt source --download-only "${wanted[@]}" >"$apt/log" 2>&1) ||
        reason=$(tail -n 1 "$apt/log")
}

suite=$(awk '$1 == "suite" { print $2 }' "$pins")
mapfile -t wanted < <(unfetched)
if [ ${#wanted[@]} -gt 0 ]; then
    reason='what arrived has not the pinned sha256'
    fetch
    mapfile -t wanted < <(unfetched)
    [ ${#wanted[@]} -eq 0 ] || give_up "$reason"
fi
