# shellcheck shell=bash
# launcher.bash - what every test of the real program needs; `load ../lib/launcher`.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-$TOP/build}
LAUNCHER=$BUILD/launcher
ROOTFS=${ROOTFS:-$TOP/build/rootfs}

# choose_network [OPTION...] -- ...: sets NETWORK to the option that a container of a test gets: no
# network, unless its options name one, or name its namespaces. So tests of other things are quick and
# don't depend on what this kernel can do.
choose_network() {
    local options=" $*"
    options=${options%% -- *}
    NETWORK=(--net none)
    case $options in
        *' --net'* | *' --ns '*) NETWORK=() ;;
    esac
}

# in_container [OPTION...] -- COMMAND...: runs in the standard root file system.
in_container() {
    local NETWORK
    choose_network "$@"
    "$LAUNCHER" --rootfs "$ROOTFS" "${NETWORK[@]}" "$@"
}

# is GOT WANT: fails with both texts.
is() {
    [ "$1" = "$2" ] || { printf 'got:    %s\nwanted: %s\n' "$1" "$2" >&2; return 1; }
}

# like GOT PATTERN: an extended regular expression.
like() {
    [[ $1 =~ $2 ]] || { printf 'got:     %s\npattern: %s\n' "$1" "$2" >&2; return 1; }
}

# wait_until SECONDS COMMAND...: polls a condition that another process brings about. Fails loudly
# when it does not come; a slow machine only makes it slower. SECONDS are an idle machine's: a busy one
# gets four times as many.
wait_until() {
    local deadline=$((SECONDS + 4 * $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || { printf 'never came true: %s\n' "$*" >&2; return 1; }
        sleep 0.02
    done
}
