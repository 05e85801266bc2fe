#include "name_mounts.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "spec_defaults.h"

bool has_own_hosts(const struct spec *spec)
{
    return spec->network.host_count > 0 ||
           (spec->network.mode == NET_BRIDGE && spec->network.interface_count > 1);
}

static const char *hosts_source(const struct spec *spec, const char *state_root,
                                struct arena *arena)
{
    if (spec->network.hosts_file != NULL)
        return spec->network.hosts_file;
    if (has_own_hosts(spec))
        return arena_printf(arena, "%s/%s.hosts", state_root, spec->id);
    if (spec->network.mode == NET_BRIDGE)
        return arena_printf(arena, "%s/%s.leases", state_root, spec->network.interfaces[0].network);
    return spec->network.mode == NET_HOST ? "/etc/hosts" : NULL;
}

/* The kernel's file shows each reader the name of his own UTS namespace: it is always true. */
static const char *hostname_source(const struct spec *spec)
{
    bool named = spec->network.mode == NET_BRIDGE || spec->network.mode == NET_PASTA;
    return named && spec->namespaces[NS_UTS].create ? "/proc/sys/kernel/hostname" : NULL;
}

static const char *resolver_source(const struct spec *spec, const char *state_root,
                                   struct arena *arena)
{
    if (spec->network.resolv_text != NULL)
        return arena_printf(arena, "%s/%s.resolv", state_root, spec->id);
    return spec->network.resolv_conf;
}

/* Within the root file system, as cinit will look for it. `flags`: O_NOFOLLOW finds a symlink itself. */
static bool is_there(int root_fd, const char *path, unsigned flags)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC | flags, .resolve = RESOLVE_IN_ROOT};
    AUTO_FD int fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
    return fd >= 0;
}

/* What a symlink of the image leads to is not made: it may be meant for a directory of the host. */
static bool can_be_made(int root_fd, const char *path)
{
    struct statvfs file_system;
    const char *missing = is_there(root_fd, "/etc", 0) ? path : "/etc";
    return !is_there(root_fd, missing, O_NOFOLLOW) && fstatvfs(root_fd, &file_system) == 0 &&
           (file_system.f_flag & ST_RDONLY) == 0;
}

static void add_mount(struct spec *spec, int root_fd, const char *source, const char *destination,
                      struct arena *arena)
{
    static const char *const options[] = {"bind", "ro", "nosuid", "nodev", "noexec"};
    if (source == NULL || find_mount(spec, destination) != NULL ||
        (!is_there(root_fd, destination, 0) && !can_be_made(root_fd, destination)))
        return;
    struct spec_mount mount = {
        .destination = destination, .type = "bind", .source = source, .standard = true};
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        *ARENA_APPEND(arena, mount.options, mount.option_count) = options[i];
    *ARENA_APPEND(arena, spec->mounts, spec->mount_count) = mount;
}

void add_name_mounts(struct spec *spec, int root_fd, const char *state_root, struct arena *arena)
{
    add_mount(spec, root_fd, hosts_source(spec, state_root, arena), "/etc/hosts", arena);
    add_mount(spec, root_fd, hostname_source(spec), "/etc/hostname", arena);
    add_mount(spec, root_fd, resolver_source(spec, state_root, arena), "/etc/resolv.conf", arena);
}

static bool is_name_file(const char *path)
{
    static const char *const files[] = {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (strcmp(path, files[i]) == 0)
            return true;
    return false;
}

struct spec spec_without_network(const struct spec *spec, struct arena *arena)
{
    struct spec without = *spec;
    without.network = (struct spec_network){.mode = NET_NONE, .by_default = true};
    without.mounts = NULL;
    without.mount_count = 0;
    for (size_t i = 0; i < spec->mount_count; i++)
        if (!spec->mounts[i].standard || !is_name_file(spec->mounts[i].destination))
            *ARENA_APPEND(arena, without.mounts, without.mount_count) = spec->mounts[i];
    return without;
}
