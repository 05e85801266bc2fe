/* What of a config.json can be decided only by a look at the host. */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "../plan/mount_options.h"
#include "bundle.h"
#include "parse.h"
#include "resolve_disk.h"
#include "resolve_host.h"
#include "resolve_joined.h"
#include "spec_defaults.h"
#include "spec_names.h"

/* Paths of the host are absolute or relative to the bundle. */
static const char *host_path(const struct spec *spec, const char *path, struct arena *arena)
{
    if (path[0] == '/')
        return tidy_path(arena_strdup(arena, path));
    return tidy_path(arena_printf(arena, "%s/%s", spec->oci.bundle, path));
}

static void warn(struct config_notes *notes, struct arena *arena, const char *text)
{
    *ARENA_APPEND(arena, notes->warnings, notes->warning_count) = text;
}

/* ---- namespaces ---- */

static int check_mappings(const struct spec *spec, bool joined, struct fail *fail)
{
    bool own = spec->namespaces[NS_USER].create;
    bool mapped = spec->uid_mapping_count > 0 && spec->gid_mapping_count > 0;
    bool any = spec->uid_mapping_count > 0 || spec->gid_mapping_count > 0;
    if (own && !mapped)
        return fail_set(fail, "a new user namespace needs linux.uidMappings and "
                              "linux.gidMappings");
    if (any && !own && !joined)
        return fail_set(fail, "linux.uidMappings and linux.gidMappings need a user namespace");
    return 0;
}

static int resolve_namespaces(struct spec *spec, const struct host *host, struct fail *fail)
{
    bool user_given = spec->namespaces[NS_USER].path != NULL;
    for (enum namespace_type type = 0; type < NS_COUNT; type++)
        TRY(resolve_joined(type, &spec->namespaces[type], fail));
    bool user = spec->namespaces[NS_USER].create || spec->namespaces[NS_USER].path != NULL;
    if (!host->privileged && !user) {
        (void)fail_set(fail, "a container without a user namespace needs root with "
                             "CAP_SYS_ADMIN");
        return fail_hint(fail, "run launcher as root; launcher spec --rootless writes a "
                               "config.json for this user");
    }
    TRY(check_mappings(spec, user_given, fail));
    const struct spec_namespace *net = &spec->namespaces[NS_NET];
    spec->network.mode = net->create ? NET_NONE : net->path != NULL ? NET_JOIN : NET_HOST;
    spec->network.join = net->path;
    spec->privileged = host->privileged;
    spec->in_user_namespace = host->in_user_namespace || user;
    /* An ordinary user may map one id, and must give setgroups(2) up first, user_namespaces(7). */
    spec->deny_setgroups = host->setgroups_denied || !host->privileged;
    return 0;
}

/* ---- files ---- */

static int resolve_root(struct spec *spec, struct arena *arena, struct fail *fail)
{
    struct stat status;
    spec->root.path = host_path(spec, spec->root.path, arena);
    if (spec->namespaces[NS_MNT].path != NULL)
        return 0; /* what is there is seen from inside only */
    if (stat(spec->root.path, &status) < 0)
        return fail_sys(fail, "root.path: %.300s", spec->root.path);
    if (!S_ISDIR(status.st_mode))
        return fail_code(fail, -ENOTDIR, "root.path: %.300s", spec->root.path);
    return 0;
}

/* mount(2) takes no notice of them with MS_BIND, so others' config.json have them. */
static void warn_of_bind_options(const struct spec_mount *mount, size_t index,
                                 struct config_notes *notes, struct arena *arena)
{
    struct mount_options options = mount_options_sort(mount, arena);
    for (size_t i = 0; i < options.pair_count && !options.remount; i += 2)
        warn(notes, arena,
             arena_printf(arena, "config.json: mounts[%zu].options: a bind mount has no option %s",
                          index, options.pairs[i]));
}

static int resolve_mounts(struct spec *spec, struct arena *arena, struct config_notes *notes,
                          struct fail *fail)
{
    TRY(bundle_cgroup_mounts(spec, arena, fail));
    for (size_t i = 0; i < spec->mount_count; i++) {
        struct spec_mount *mount = &spec->mounts[i];
        struct stat status;
        if (strcmp(mount->type, "bind") != 0 || mount->standard)
            continue; /* a cgroup is made later */
        warn_of_bind_options(mount, i, notes, arena);
        mount->source = host_path(spec, mount->source, arena);
        if (spec->namespaces[NS_MNT].path != NULL)
            continue;
        if (stat(mount->source, &status) < 0)
            return fail_sys(fail, "mounts[%zu].source: %.200s, to be mounted on %.100s", i,
                            mount->source, mount->destination);
    }
    return 0;
}

/* In a user namespace the host's node is mounted, so it has to be the one that is meant. */
static int check_host_node(const struct spec_device *device, struct fail *fail)
{
    struct stat status;
    if (device->type == 'p')
        return fail_set(fail, "linux.devices: %.200s: a FIFO can't be made in a user namespace",
                        device->path);
    if (stat(device->source, &status) < 0)
        return fail_sys(fail, "linux.devices: %.200s of the host", device->source);
    bool same = (device->type == 'b' ? S_ISBLK(status.st_mode) : S_ISCHR(status.st_mode)) &&
                major(status.st_rdev) == device->major && minor(status.st_rdev) == device->minor;
    if (!same)
        return fail_set(fail, "linux.devices: %.200s of the host is another device than %c %u:%u",
                        device->source, device->type, device->major, device->minor);
    return 0;
}

static int resolve_devices(struct spec *spec, struct arena *arena, struct fail *fail)
{
    for (size_t i = 0; spec->in_user_namespace && i < spec->device_count; i++)
        TRY(check_host_node(&spec->devices[i], fail));
    for (size_t i = 0; i < spec->resources.io_device_count; i++)
        TRY(resolve_disk(&spec->resources.io_devices[i], fail));
    default_devices(spec, arena);
    return 0;
}

/* ---- process ---- */

/* "Runtimes SHOULD NOT fail if the container configuration requests capabilities that cannot be
 * granted", config.md: what there is is given, for the rest there is a warning. */
static void keep_available(struct spec_capabilities *caps, uint64_t available,
                           struct config_notes *notes, struct arena *arena)
{
    uint64_t *const sets[] = {&caps->bounding, &caps->permitted, &caps->effective,
                              &caps->inheritable, &caps->ambient};
    uint64_t missing = 0;
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        missing |= *sets[i] & ~available;
        *sets[i] &= available;
    }
    const char *names = "";
    for (; missing != 0; missing &= missing - 1) {
        char name[32];
        (void)capability_label((unsigned)__builtin_ctzll(missing), name, sizeof(name));
        names = arena_printf(arena, "%s%s%s", names, names[0] != '\0' ? ", " : "", name);
    }
    if (names[0] != '\0')
        warn(notes, arena,
             arena_printf(arena, "config.json: process.capabilities: launcher itself lacks %s",
                          names));
}

/* What capset(2) and prctl(2) would refuse, capabilities(7). */
static void keep_possible(struct spec_capabilities *caps, struct config_notes *notes,
                          struct arena *arena)
{
    if ((caps->effective & ~caps->permitted) != 0)
        warn(notes, arena,
             "config.json: process.capabilities.effective: what is not permitted "
             "can't be effective");
    if ((caps->ambient & ~(caps->permitted & caps->inheritable)) != 0)
        warn(notes, arena,
             "config.json: process.capabilities.ambient: what is not permitted and "
             "inheritable can't be ambient");
    caps->effective &= caps->permitted;
    caps->ambient &= caps->permitted & caps->inheritable;
}

static void resolve_process(struct spec *spec, const struct host *host, struct config_notes *notes,
                            struct arena *arena)
{
    struct spec_process *process = &spec->process;
    struct winsize size = {.ws_row = 0};
    spec->init = spec->init && process->arg_count > 0; /* there may be no process to look after */
    bool own = spec->namespaces[NS_USER].create || spec->namespaces[NS_USER].path != NULL;
    keep_available(&process->capabilities, own ? all_capabilities() : host->capabilities, notes,
                   arena);
    keep_possible(&process->capabilities, notes, arena);
    if (!process->terminal) {
        process->rows = process->columns = 0;
    } else if (process->rows == 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) {
        process->rows = size.ws_row;
        process->columns = size.ws_col;
    }
}

int bundle_resolve_process(struct spec *spec, struct arena *arena, struct config_notes *notes,
                           struct fail *fail)
{
    struct host host;
    TRY(read_host(arena, &host, fail));
    resolve_process(spec, &host, notes, arena);
    bundle_resolve_labels(spec, arena, notes);
    return 0;
}

/* ---- all of it ---- */

/* The rules for devices live in a cgroup, so every container of root's has one. An ordinary user has
 * no devices to guard, and often no cgroup. */
static void resolve_cgroup(struct spec *spec, const struct host *host, struct arena *arena)
{
    spec->cgroup.make_parents = true; /* "The cgroups will be created if they don't exist" */
    spec->cgroup.of_user = host->uid != 0 || host->in_user_namespace;
    bool ours = spec->cgroup.manager != MANAGER_SYSTEMD;
    if (spec->cgroup.path == NULL && ours && host->privileged && !host->in_user_namespace)
        spec->cgroup.path = arena_printf(arena, "launcher-%s", spec->id);
}

int bundle_resolve(struct spec *spec, struct arena *arena, struct config_notes *notes,
                   struct fail *fail)
{
    struct host host;
    TRY(read_host(arena, &host, fail));
    TRY(resolve_namespaces(spec, &host, fail));
    TRY(bundle_host_mounts(spec, arena, notes, fail));
    resolve_cgroup(spec, &host, arena);
    TRY(resolve_root(spec, arena, fail));
    TRY(resolve_mounts(spec, arena, notes, fail));
    bundle_resolve_labels(spec, arena, notes);
    bundle_label_mounts(spec, arena);
    TRY(resolve_devices(spec, arena, fail));
    resolve_process(spec, &host, notes, arena);
    return 0;
}
