/* What a security module does for the container, where this host has it. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bundle.h"

static bool has_apparmor(void)
{
    char enabled = 'N';
    AUTO_FD int fd = open("/sys/module/apparmor/parameters/enabled", O_RDONLY | O_CLOEXEC);
    return fd >= 0 && read(fd, &enabled, 1) == 1 && enabled == 'Y';
}

/* As is_selinux_enabled(3) finds out. */
static bool has_selinux(void)
{
    return access("/sys/fs/selinux/enforce", F_OK) == 0;
}

/* Without the security module nothing is lost with its labels: other runtimes ignore them then. */
void bundle_resolve_labels(struct spec *spec, struct arena *arena, struct config_notes *notes)
{
    struct spec_oci *oci = &spec->oci;
    const struct {
        const char **label;
        const char *field, *module;
        bool (*is_enabled)(void);
    } rows[] = {
        {&oci->apparmor_profile, "process.apparmorProfile", "AppArmor", has_apparmor},
        {&oci->selinux_label, "process.selinuxLabel", "SELinux", has_selinux},
        {&oci->mount_label, "linux.mountLabel", "SELinux", has_selinux},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (*rows[i].label == NULL || rows[i].is_enabled())
            continue;
        *rows[i].label = NULL;
        *ARENA_APPEND(arena, notes->warnings, notes->warning_count) =
            arena_printf(arena, "config.json: %s: %s is not enabled on this host", rows[i].field,
                         rows[i].module);
    }
}

/* ---- mounts ---- */

/* The files of a new file system of these types have no labels of their own to keep. procfs, sysfs, cgroups
 * and mqueue are not new: the kernel has them already, and refuses other options for them. */
static bool takes_label(const struct spec_mount *mount)
{
    static const char *const types[] = {"tmpfs", "devpts", "ramfs"};
    for (size_t i = 0; i < mount->option_count; i++)
        if (strncmp(mount->options[i], "context=", 8) == 0 ||
            strcmp(mount->options[i], "remount") == 0)
            return false;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(mount->type, types[i]) == 0)
            return true;
    return false;
}

void bundle_label_mounts(struct spec *spec, struct arena *arena)
{
    for (size_t i = 0; spec->oci.mount_label != NULL && i < spec->mount_count; i++) {
        struct spec_mount *mount = &spec->mounts[i];
        if (takes_label(mount))
            *ARENA_APPEND(arena, mount->options, mount->option_count) =
                arena_printf(arena, "context=%s", spec->oci.mount_label);
    }
}
