#!/usr/bin/env bash
# Installs the Debian packages of the given sets that are missing, and only those.
#
#   deps/setup.sh SET...           install (needs root only when something is missing)
#   deps/setup.sh --check SET...   say what is missing and which command installs it
set -euo pipefail
here=$(dirname "$0")

install=true
if [ "${1-}" = --check ]; then
    install=false
    shift
fi

if ! command -v dpkg-query >/dev/null; then
    echo "setup: this is no Debian: the packages in deps/packages have to be there, under whatever" \
        "name they have here" >&2
    exit 0
fi

wanted() {
    local set
    for set in "$@"; do
        awk -v set="$set" '$1 == set { print $2 }' "$here/packages"
    done | sort -u
}

# A package can be known and yet not installed (removed, configuration left), so ask for its state.
missing() {
    comm -23 <(wanted "$@") \
        <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | awk '$1 == "installed" { print $2 }' | sort -u)
}

mapfile -t packages < <(missing "$@")
[ ${#packages[@]} -gt 0 ] || exit 0

command=(apt-get install --quiet=2 --yes --no-install-recommends "${packages[@]}")
if ! $install || [ "$(id -u)" -ne 0 ]; then
    echo "setup: missing packages: ${packages[*]}" >&2
    echo "hint: as root: apt-get install --no-install-recommends ${packages[*]}   (\`make setup\` does this)" >&2
    exit 1
fi

# A new machine or container image has no package lists: apt-get then knows no package at all.
if [ -z "$(apt-get indextargets --format '$(FILENAME)' 'Created-By: Packages' 2>/dev/null)" ]; then
    apt-get update --quiet=2
fi

# Docker and containerd are clients of our tests, which start them in namespaces of their own: no
# daemon may begin to work here because it was installed, nor at the next boot.
policy=/usr/sbin/policy-rc.d
forbid_services() {
    [ ! -e "$policy" ] || return 0 # this machine has made up its mind
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
}

keep_services_off() {
    local unit
    for unit in docker.service docker.socket containerd.service; do
        case " ${packages[*]} " in
            *" docker.io "* | *" containerd "*) systemctl disable --quiet "$unit" 2>/dev/null || true ;;
        esac
    done
}

echo "setup: installing ${packages[*]}"
export DEBIAN_FRONTEND=noninteractive
forbid_services
# The lists may be older than the archive: a version that is gone calls for one update.
"${command[@]}" </dev/null || { apt-get update --quiet=2 && "${command[@]}" </dev/null; }
! command -v systemctl >/dev/null || keep_services_off
