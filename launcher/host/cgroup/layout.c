#include "layout.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    const char *name;
    const char *v1_name; /* NULL: the same */
} CONTROLLERS[CONTROLLER_COUNT] = {
    [CONTROLLER_PIDS] = {"pids", NULL},         [CONTROLLER_MEMORY] = {"memory", NULL},
    [CONTROLLER_CPU] = {"cpu", NULL},           [CONTROLLER_CPUSET] = {"cpuset", NULL},
    [CONTROLLER_IO] = {"io", "blkio"},          [CONTROLLER_HUGETLB] = {"hugetlb", NULL},
    [CONTROLLER_RDMA] = {"rdma", NULL},         [CONTROLLER_MISC] = {"misc", NULL},
    [CONTROLLER_DEVICES] = {"devices", NULL},   [CONTROLLER_CPUACCT] = {"cpuacct", NULL},
    [CONTROLLER_FREEZER] = {"freezer", NULL},   [CONTROLLER_NET_CLS] = {"net_cls", NULL},
    [CONTROLLER_NET_PRIO] = {"net_prio", NULL},
};

const char *controller_name(enum controller controller)
{
    return CONTROLLERS[controller].name;
}

static bool is_name(const char *name, const char *text, size_t length)
{
    return name != NULL && strlen(name) == length && memcmp(name, text, length) == 0;
}

static enum controller find_controller(const char *name, size_t length)
{
    enum controller found = 0;
    while (found < CONTROLLER_COUNT && !is_name(CONTROLLERS[found].name, name, length) &&
           !is_name(CONTROLLERS[found].v1_name, name, length))
        found++;
    return found;
}

enum controller controller_of_file(const char *key)
{
    return find_controller(key, strcspn(key, "."));
}

uint32_t controller_set(const char *text, const char *separators)
{
    uint32_t set = 0;
    while (*(text += strspn(text, separators)) != '\0') {
        size_t length = strcspn(text, separators);
        enum controller found = find_controller(text, length);
        set |= found < CONTROLLER_COUNT ? CONTROLLER_BIT(found) : 0;
        text += length;
    }
    return set;
}

/* ---- mountinfo ---- */

struct mount_entry {
    unsigned long id;
    const char *root; /* which part of the hierarchy is mounted */
    const char *mount_point;
    const char *fstype;
    const char *super_options; /* of v1: the controllers, among others */
};

static bool is_octal(char byte)
{
    return byte >= '0' && byte <= '7';
}

/* The kernel writes blanks, tabs, newlines and backslashes of a path as \ooo: else a directory
 * named "x - cgroup" could pass itself off as another field. */
static void unescape(char *text)
{
    char *out = text;
    while (*text != '\0') {
        if (text[0] == '\\' && is_octal(text[1]) && is_octal(text[2]) && is_octal(text[3])) {
            *out++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
            text += 4;
        } else {
            *out++ = *text++;
        }
    }
    *out = '\0';
}

/* id parent major:minor ROOT MOUNT-POINT options [optional fields] - FSTYPE source SUPER-OPTIONS */
static bool split_entry(char *line, struct mount_entry *ret_entry)
{
    enum { FIRST_FIELDS = 5, LAST_FIELDS = 3 };
    char *first[FIRST_FIELDS], *last[LAST_FIELDS];
    char *behind = strstr(line, " - ");
    if (behind == NULL)
        return false;
    behind[0] = '\0';
    behind += strlen(" - ");
    for (int i = 0; i < FIRST_FIELDS; i++)
        if ((first[i] = strsep(&line, " ")) == NULL)
            return false;
    for (int i = 0; i < LAST_FIELDS; i++)
        if ((last[i] = strsep(&behind, " ")) == NULL)
            return false;
    unescape(first[3]);
    unescape(first[4]);
    *ret_entry =
        (struct mount_entry){strtoul(first[0], NULL, 10), first[3], first[4], last[0], last[2]};
    return true;
}

/* A hierarchy can be mounted several times, and parts of it too (bind mounts into containers).
 * The mount that shows it from its root on is the one that everybody means. */
static void note_mount(struct cgroup_hierarchy *hierarchy, const struct mount_entry *entry)
{
    bool whole = strcmp(entry->root, "/") == 0;
    if (hierarchy->mount_point == NULL || (whole && strcmp(hierarchy->root, "/") != 0))
        *hierarchy =
            (struct cgroup_hierarchy){.mount_point = entry->mount_point, .root = entry->root};
}

static void parse_line(char *line, layout_visibility *is_visible, struct cgroup_layout *layout)
{
    struct mount_entry entry;
    if (!split_entry(line, &entry))
        return;
    bool unified = strcmp(entry.fstype, "cgroup2") == 0;
    if (!unified && strcmp(entry.fstype, "cgroup") != 0)
        return;
    if (is_visible != NULL && !is_visible(entry.mount_point, entry.id))
        return;
    if (unified) {
        note_mount(&layout->unified, &entry);
        return;
    }
    uint32_t controllers = controller_set(entry.super_options, ",");
    for (unsigned i = 0; i < CONTROLLER_COUNT; i++)
        if (controllers & CONTROLLER_BIT(i))
            note_mount(&layout->v1[i], &entry);
}

void layout_parse(char *mountinfo, layout_visibility *is_visible, struct cgroup_layout *ret_layout)
{
    *ret_layout = (struct cgroup_layout){0};
    for (char *line; (line = strsep(&mountinfo, "\n")) != NULL;)
        parse_line(line, is_visible, ret_layout);
}

/* ---- this host ---- */

char *layout_read_file(const char *path, struct arena *arena, struct fail *fail)
{
    size_t size = 8192, used = 0;
    char *text = arena_alloc(arena, size);
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = -1;
    while (fd >= 0 && (got = read(fd, text + used, size - used - 1)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        used += (size_t)got;
        if (used == size - 1) {
            char *larger = arena_alloc(arena, size *= 2);
            text = memcpy(larger, text, used);
        }
    }
    if (got < 0)
        fail_sys(fail, "read %s", path);
    return got < 0 ? NULL : text; /* arena_alloc zeroed what follows it */
}

/* A mount below one that was put over it later is still listed, and its path leads elsewhere or
 * nowhere. A kernel before Linux 5.8 does not say which mount a path leads to. */
static bool is_visible(const char *mount_point, unsigned long mount_id)
{
    struct statx status;
    if (syscall(SYS_statx, AT_FDCWD, mount_point, AT_NO_AUTOMOUNT, STATX_MNT_ID, &status) < 0)
        return errno != ENOENT && errno != ENOTDIR;
    return !(status.stx_mask & STATX_MNT_ID) || status.stx_mnt_id == mount_id;
}

static int read_unified_controllers(struct cgroup_layout *layout, struct arena *arena,
                                    struct fail *fail)
{
    const char *path = arena_printf(arena, "%s/cgroup.controllers", layout->unified.mount_point);
    const char *text = layout_read_file(path, arena, fail);
    if (text == NULL)
        return fail->code;
    layout->unified_controllers = controller_set(text, " \n");
    for (enum controller i = 0; i < CONTROLLER_COUNT; i++)
        if ((CONTROLLERS_WITHOUT_NAME & CONTROLLER_BIT(i)) &&
            (layout->v1[i].mount_point == NULL || i == CONTROLLER_FREEZER))
            layout->unified_controllers |= CONTROLLER_BIT(i);
    return 0;
}

int layout_read(struct arena *arena, struct cgroup_layout *ret_layout, struct fail *fail)
{
    char *mountinfo = layout_read_file("/proc/self/mountinfo", arena, fail);
    if (mountinfo == NULL)
        return fail_hint(fail, "the mounted cgroup hierarchies are listed there: mount /proc");
    layout_parse(mountinfo, is_visible, ret_layout);
    if (ret_layout->unified.mount_point == NULL)
        return 0;
    return read_unified_controllers(ret_layout, arena, fail);
}

const struct cgroup_hierarchy *layout_find(const struct cgroup_layout *layout,
                                           enum controller controller, bool *ret_unified)
{
    *ret_unified = layout->unified_controllers & CONTROLLER_BIT(controller);
    const struct cgroup_hierarchy *found =
        *ret_unified ? &layout->unified : &layout->v1[controller];
    return found->mount_point != NULL ? found : NULL;
}

/* ---- launcher's own place ---- */

/* A line of /proc/self/cgroup, cgroups(7): ID:CONTROLLERS:PATH; that of v2 is 0::PATH. */
static const char *path_in_line(char *line, enum controller controller)
{
    (void)strsep(&line, ":");
    const char *controllers = strsep(&line, ":");
    if (controllers == NULL || line == NULL)
        return NULL;
    bool fits = controller == CONTROLLER_COUNT
                    ? controllers[0] == '\0'
                    : controller_set(controllers, ",") & CONTROLLER_BIT(controller);
    return fits ? line : NULL;
}

/* The mount may show a part of the hierarchy only: then its root is cut off the path. */
static const char *below_mount(const struct cgroup_hierarchy *hierarchy, const char *path,
                               struct arena *arena)
{
    size_t cut = strcmp(hierarchy->root, "/") == 0 ? 0 : strlen(hierarchy->root);
    if (strncmp(path, hierarchy->root, cut) != 0 || (path[cut] != '/' && path[cut] != '\0'))
        return NULL;
    const char *rest = strcmp(path + cut, "/") == 0 ? "" : path + cut;
    return arena_printf(arena, "%s%s", hierarchy->mount_point, rest);
}

int layout_own_directory(const struct cgroup_layout *layout, enum controller controller,
                         struct arena *arena, const char **ret_directory, struct fail *fail)
{
    const struct cgroup_hierarchy *hierarchy =
        controller == CONTROLLER_COUNT ? &layout->unified : &layout->v1[controller];
    char *text = layout_read_file("/proc/self/cgroup", arena, fail);
    *ret_directory = NULL;
    if (text == NULL)
        return fail->code;
    for (char *line; hierarchy->mount_point != NULL && (line = strsep(&text, "\n")) != NULL;) {
        const char *path = path_in_line(line, controller);
        if (path != NULL)
            *ret_directory = below_mount(hierarchy, path, arena);
    }
    return 0;
}
