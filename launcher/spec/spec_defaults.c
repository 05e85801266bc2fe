#include "spec_defaults.h"

#include <linux/capability.h>
#include <string.h>
#include <sys/mount.h>

#include "parse.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct spec spec_defaults(void)
{
    return (struct spec){
        .root = {.mode = ROOT_PIVOT, .propagation = MS_PRIVATE},
        .process = {.cwd = "/", .no_new_privileges = true},
        .seccomp = SECCOMP_DEFAULT_POLICY,
        .network = {.mode = NET_NONE},
        .init = true,
    };
}

/* ---- capabilities ---- */

/* CAP_MKNOD is harmless only together with a device filter; see capabilities(7) for the others. */
static const unsigned char default_capability_rows[] = {
    CAP_CHOWN,   CAP_DAC_OVERRIDE, CAP_FSETID,           CAP_FOWNER,
    CAP_MKNOD,   CAP_NET_RAW,      CAP_SETGID,           CAP_SETUID,
    CAP_SETFCAP, CAP_SETPCAP,      CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT,
    CAP_KILL,    CAP_AUDIT_WRITE,
};

uint64_t default_capabilities(void)
{
    uint64_t set = 0;
    for (size_t i = 0; i < COUNT(default_capability_rows); i++)
        set |= UINT64_C(1) << default_capability_rows[i];
    return set;
}

uint64_t all_capabilities(void)
{
    return (UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1;
}

/* ---- mounts ---- */

/* What a row of standard_mounts depends on; a row is used when all its conditions hold. */
enum condition {
    TTY_GROUP = 1u << 0,    /* gid 5 is mapped */
    NO_TTY_GROUP = 1u << 1, /* it isn't: gid=5 would be EINVAL */
    OWN_SYS = 1u << 2,      /* sysfs can be mounted */
    HOST_SYS = 1u << 3,     /* it can't: sysfs shows a network namespace, and mounting it needs
                               CAP_SYS_ADMIN in the user namespace that owns that one */
    OWN_IPC = 1u << 4,      /* the same for mqueue and the IPC namespace */
    OWN_CGROUP = 1u << 5,   /* the container's cgroup is handed to it */
};

struct standard_mount {
    const char *destination, *type, *source, *options;
    unsigned conditions;
};

/* In this order: a mount must not hide one before it. */
static const struct standard_mount standard_mounts[] = {
    {"/proc", "proc", "proc", "nosuid,noexec,nodev", 0},
    {"/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k", 0},
    {"/dev/pts", "devpts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5",
     TTY_GROUP},
    {"/dev/pts", "devpts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620",
     NO_TTY_GROUP},
    {"/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev", OWN_IPC},
    {"/dev/shm", "tmpfs", "tmpfs", "nosuid,nodev,noexec,mode=1777,size=64m", 0},
    {"/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro", OWN_SYS},
    {"/sys", "bind", "/sys", "rbind,rro,nosuid,noexec,nodev,rprivate", HOST_SYS},
    {"/sys/fs/cgroup", "cgroup2", "cgroup2", "nosuid,noexec,nodev", OWN_CGROUP},
};

static unsigned conditions_of(const struct spec *spec, bool tty_group)
{
    bool user = spec->namespaces[NS_USER].create;
    unsigned conditions = tty_group ? TTY_GROUP : NO_TTY_GROUP;
    conditions |= !user || spec->namespaces[NS_NET].create ? OWN_SYS : HOST_SYS;
    conditions |= !user || spec->namespaces[NS_IPC].create ? OWN_IPC : 0;
    conditions |= spec->cgroup.delegate ? OWN_CGROUP : 0;
    return conditions;
}

static struct spec_mount make_standard(const struct standard_mount *row, struct arena *arena)
{
    struct spec_mount mount = {
        .destination = row->destination,
        .type = row->type,
        .source = row->source,
        .standard = true,
    };
    const char *cursor = row->options;
    for (char *option; (option = next_piece(arena, &cursor, ',')) != NULL;)
        *ARENA_APPEND(arena, mount.options, mount.option_count) = option;
    return mount;
}

static bool is_below(const char *path, const char *directory)
{
    size_t size = strlen(directory);
    return strncmp(path, directory, size) == 0 && path[size] == '/';
}

const struct spec_mount *find_mount(const struct spec *spec, const char *destination)
{
    for (size_t i = 0; i < spec->mount_count; i++)
        if (strcmp(spec->mounts[i].destination, destination) == 0)
            return &spec->mounts[i];
    return NULL;
}

/* A directory of the host that is bound to /dev brings its devices and its /dev/pts along. Making
 * ours in there would write into the host's. */
static bool brings_devices(const struct spec *spec)
{
    const struct spec_mount *dev = find_mount(spec, "/dev");
    return dev != NULL && strcmp(dev->type, "bind") == 0;
}

static size_t path_depth(const char *path)
{
    size_t depth = 0;
    for (; *path != '\0'; path++)
        depth += *path == '/' ? 1 : 0;
    return depth;
}

static bool is_standard_destination(const char *destination)
{
    for (size_t i = 0; i < COUNT(standard_mounts); i++)
        if (strcmp(standard_mounts[i].destination, destination) == 0)
            return true;
    return false;
}

/* Parents first, so that -v a:/x/y -v b:/x does not hide the first behind the second; otherwise in
 * the order of the command line. */
static void append_by_depth(const struct spec *asked, struct spec *spec, struct arena *arena)
{
    size_t deepest = 0;
    for (size_t i = 0; i < asked->mount_count; i++) {
        size_t depth = path_depth(asked->mounts[i].destination);
        deepest = depth > deepest ? depth : deepest;
    }
    for (size_t depth = 1; depth <= deepest; depth++)
        for (size_t i = 0; i < asked->mount_count; i++) {
            const struct spec_mount *mount = &asked->mounts[i];
            if (path_depth(mount->destination) != depth ||
                is_standard_destination(mount->destination))
                continue;
            *ARENA_APPEND(arena, spec->mounts, spec->mount_count) = *mount;
        }
}

/* All of the user's mounts on a standard destination, so that two of them are seen as the
 * contradiction that they are. Returns how many. */
static size_t append_asked(const struct spec *asked, const char *destination, struct spec *spec,
                           struct arena *arena)
{
    size_t count = 0;
    for (size_t i = 0; i < asked->mount_count; i++) {
        if (strcmp(asked->mounts[i].destination, destination) != 0)
            continue;
        *ARENA_APPEND(arena, spec->mounts, spec->mount_count) = asked->mounts[i];
        count++;
    }
    return count;
}

void default_mounts(struct spec *spec, bool tty_group, struct arena *arena)
{
    struct spec asked = *spec;
    bool own_dev = !brings_devices(&asked);
    unsigned conditions = conditions_of(spec, tty_group);
    const char *done = "";
    spec->mounts = NULL;
    spec->mount_count = 0;
    for (size_t i = 0; i < COUNT(standard_mounts); i++) {
        const struct standard_mount *row = &standard_mounts[i];
        if (strcmp(row->destination, done) == 0)
            continue; /* the second row of this destination */
        bool replaced = append_asked(&asked, row->destination, spec, arena) > 0;
        if (replaced)
            done = row->destination;
        bool wanted = (row->conditions & ~conditions) == 0 &&
                      (own_dev || !is_below(row->destination, "/dev"));
        if (replaced || !wanted)
            continue;
        *ARENA_APPEND(arena, spec->mounts, spec->mount_count) = make_standard(row, arena);
    }
    append_by_depth(&asked, spec, arena);
}

/* ---- devices ---- */

/* runtime-spec, config-linux.md, "Default Devices"; ptmx and console are made otherwise. */
static const struct spec_device standard_devices[] = {
    {.path = "/dev/null", .source = "/dev/null", .type = 'c', .major = 1, .minor = 3},
    {.path = "/dev/zero", .source = "/dev/zero", .type = 'c', .major = 1, .minor = 5},
    {.path = "/dev/full", .source = "/dev/full", .type = 'c', .major = 1, .minor = 7},
    {.path = "/dev/random", .source = "/dev/random", .type = 'c', .major = 1, .minor = 8},
    {.path = "/dev/urandom", .source = "/dev/urandom", .type = 'c', .major = 1, .minor = 9},
    {.path = "/dev/tty", .source = "/dev/tty", .type = 'c', .major = 5, .minor = 0},
};

static bool has_device(const struct spec *spec, const char *path)
{
    for (size_t i = 0; i < spec->device_count; i++)
        if (strcmp(spec->devices[i].path, path) == 0)
            return true;
    return false;
}

void default_devices(struct spec *spec, struct arena *arena)
{
    struct spec asked = *spec;
    spec->devices = NULL;
    spec->device_count = 0;
    for (size_t i = 0; i < COUNT(standard_devices) && !brings_devices(spec); i++) {
        if (has_device(&asked, standard_devices[i].path))
            continue;
        struct spec_device device = standard_devices[i];
        device.mode = 0666;
        *ARENA_APPEND(arena, spec->devices, spec->device_count) = device;
    }
    for (size_t i = 0; i < asked.device_count; i++)
        *ARENA_APPEND(arena, spec->devices, spec->device_count) = asked.devices[i];
}

/* ---- paths ---- */

/* What /proc and /sys tell or do for the whole machine, whoever looks. */
static const char *const masked_rows[] = {
    "/proc/asound",      "/proc/acpi",          "/proc/interrupts", "/proc/kcore",
    "/proc/keys",        "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
    "/proc/sched_debug", "/proc/scsi",          "/sys/firmware",    "/sys/devices/virtual/powercap",
};

static const char *const readonly_rows[] = {
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

static bool contains(const char *const *paths, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(paths[i], path) == 0)
            return true;
    return false;
}

struct path_list {
    const char **paths;
    size_t count;
};

static void append_new(struct path_list *list, const char *path, struct arena *arena)
{
    if (!contains(list->paths, list->count, path))
        *ARENA_APPEND(arena, list->paths, list->count) = path;
}

static struct path_list merge_paths(const char *const *rows, size_t row_count, const char **asked,
                                    size_t asked_count, struct path_list unmasked,
                                    struct arena *arena)
{
    struct path_list list = {.count = 0};
    for (size_t i = 0; i < row_count; i++)
        if (!contains(unmasked.paths, unmasked.count, rows[i]))
            append_new(&list, rows[i], arena);
    for (size_t i = 0; i < asked_count; i++)
        append_new(&list, asked[i], arena);
    return list;
}

void default_paths(struct spec *spec, const char *const *unmasked, size_t unmasked_count,
                   struct arena *arena)
{
    struct path_list without = {.count = 0};
    for (size_t i = 0; i < unmasked_count; i++)
        append_new(&without, unmasked[i], arena);
    bool all = contains(unmasked, unmasked_count, "all");

    struct path_list masked =
        merge_paths(masked_rows, all ? 0 : COUNT(masked_rows), spec->masked_paths,
                    spec->masked_path_count, without, arena);
    struct path_list readonly =
        merge_paths(readonly_rows, all ? 0 : COUNT(readonly_rows), spec->readonly_paths,
                    spec->readonly_path_count, without, arena);
    spec->masked_paths = masked.paths;
    spec->masked_path_count = masked.count;
    spec->readonly_paths = readonly.paths;
    spec->readonly_path_count = readonly.count;
}
