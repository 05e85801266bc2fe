/* PURE: no system call is made in this file.
 *
 * A config.json without a mount namespace. Whatever is mounted for such a container is mounted on the
 * host, where it stays, and where a cleanup of the bundle would empty what the host has there: so
 * nothing is. The root is changed by chroot(2), which is no border for root. */
#include <string.h>
#include <sys/mount.h>

#include "bundle.h"

/* What config.json files list by habit, of the runtime-spec's default file systems: a view of the
 * kernel, without anything of the user's. It is left out. */
static const struct {
    const char *destination, *type;
} LEFT_OUT[] = {
    {"/proc", "proc"},
    {"/sys", "sysfs"},
    {"/dev", "tmpfs"},
    {"/dev/pts", "devpts"},
    {"/dev/shm", "tmpfs"},
    {"/dev/mqueue", "mqueue"},
    {"/sys/fs/cgroup", "cgroup"},
    {"/sys/fs/cgroup", "cgroup2"},
};

static bool is_left_out(const struct spec_mount *mount)
{
    for (size_t i = 0; i < sizeof(LEFT_OUT) / sizeof(LEFT_OUT[0]); i++)
        if (strcmp(mount->destination, LEFT_OUT[i].destination) == 0 &&
            strcmp(mount->type, LEFT_OUT[i].type) == 0)
            return true;
    return false;
}

static int needs_namespace(struct fail *fail)
{
    return fail_hint(fail, "it would be mounted on the host too: add {\"type\": \"mount\"} to "
                           "linux.namespaces");
}

/* Each of them is a mount, or an attribute of one. */
static int check_fields(const struct spec *spec, struct fail *fail)
{
    const struct {
        const char *field;
        bool given;
    } rows[] = {
        {"root.readonly", spec->root.readonly},
        {"process.terminal", spec->process.terminal},
        {"linux.rootfsPropagation", spec->root.propagation != MS_PRIVATE},
        {"linux.maskedPaths", spec->masked_path_count > 0},
        {"linux.readonlyPaths", spec->readonly_path_count > 0},
        {"linux.uidMappings", spec->in_user_namespace},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].given) {
            (void)fail_set(fail, "%s: this needs a mount namespace", rows[i].field);
            return needs_namespace(fail);
        }
    return 0;
}

static void warn(struct config_notes *notes, struct arena *arena, const char *text)
{
    *ARENA_APPEND(arena, notes->warnings, notes->warning_count) = text;
}

/* Gives the destinations of those that are left out. */
static int leave_out(const struct spec *spec, struct arena *arena, const char **ret_destinations,
                     struct fail *fail)
{
    const char *list = "";
    for (size_t i = 0; i < spec->mount_count; i++) {
        const struct spec_mount *mount = &spec->mounts[i];
        if (!is_left_out(mount)) {
            (void)fail_set(fail, "mounts[%zu], %.200s: this needs a mount namespace", i,
                           mount->destination);
            return needs_namespace(fail);
        }
        list = arena_printf(arena, "%s%s%s", list, i > 0 ? ", " : "", mount->destination);
    }
    *ret_destinations = list;
    return 0;
}

int bundle_host_mounts(struct spec *spec, struct arena *arena, struct config_notes *notes,
                       struct fail *fail)
{
    const struct spec_namespace *mounts = &spec->namespaces[NS_MNT];
    const char *list = "";
    if (mounts->create || mounts->others)
        return 0;
    TRY(check_fields(spec, fail));
    TRY(leave_out(spec, arena, &list, fail));
    if (spec->mount_count > 0)
        warn(notes, arena,
             arena_printf(arena,
                          "config.json: mounts: without a mount namespace %s would be mounted "
                          "on the host",
                          list));
    warn(notes, arena,
         "config.json: linux.namespaces: there is no mount namespace: chroot(2) changes the root, "
         "and "
         "the container can escape to the host's files");
    spec->mount_count = 0;
    spec->root.mode = ROOT_CHROOT;
    return 0;
}
