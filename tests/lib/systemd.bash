# shellcheck shell=bash
# systemd.bash - for tests that tests/lib/with-systemd runs.

USER_ID=29999

# property UNIT NAME: its value
property() { systemctl show --property "$2" --value "$1"; }

# as_user COMMAND...: as a service of the ordinary user's manager, because only within the manager's own
# cgroup may it move processes. What the command leaves behind lives on.
as_user() {
    setpriv --reuid $USER_ID --regid $USER_ID --clear-groups env -i PATH="$PATH" \
        XDG_RUNTIME_DIR=/run/user/$USER_ID \
        systemd-run --user --pipe --wait --quiet --collect --property=KillMode=process \
        --working-directory=/run/home/ordinary \
        --setenv=PATH="$PATH" --setenv=HOME=/run/home/ordinary -- "$@"
}
