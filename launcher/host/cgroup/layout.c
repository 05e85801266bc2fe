#include "layout.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char *const CONTROLLER_NAMES[CONTROLLER_COUNT] = {
    [CONTROLLER_PIDS] = "pids",
    [CONTROLLER_MEMORY] = "memory",
    [CONTROLLER_CPU] = "cpu",
};

const char *controller_name(enum controller controller)
{
    return CONTROLLER_NAMES[controller];
}

static uint32_t controller_bit(const char *name, size_t length)
{
    for (unsigned i = 0; i < CONTROLLER_COUNT; i++)
        if (strlen(CONTROLLER_NAMES[i]) == length && memcmp(CONTROLLER_NAMES[i], name, length) == 0)
            return CONTROLLER_BIT(i);
    return 0;
}

uint32_t controller_set(const char *text, const char *separators)
{
    uint32_t set = 0;
    while (*(text += strspn(text, separators)) != '\0') {
        size_t length = strcspn(text, separators);
        set |= controller_bit(text, length);
        text += length;
    }
    return set;
}

/* ---- mountinfo ---- */

struct mount_entry {
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
    unescape(first[4]);
    *ret_entry = (struct mount_entry){first[3], first[4], last[0], last[2]};
    return true;
}

/* A hierarchy can be mounted several times, and parts of it too (bind mounts into containers).
 * The mount that shows it from its root on is the one that everybody means. */
static void note_mount(struct cgroup_hierarchy *hierarchy, const struct mount_entry *entry)
{
    bool whole = strcmp(entry->root, "/") == 0;
    if (hierarchy->mount_point == NULL || (whole && !hierarchy->whole))
        *hierarchy = (struct cgroup_hierarchy){.mount_point = entry->mount_point, .whole = whole};
}

static void parse_line(char *line, struct cgroup_layout *layout)
{
    struct mount_entry entry;
    if (!split_entry(line, &entry))
        return;
    if (strcmp(entry.fstype, "cgroup2") == 0)
        note_mount(&layout->unified, &entry);
    if (strcmp(entry.fstype, "cgroup") != 0)
        return;
    uint32_t controllers = controller_set(entry.super_options, ",");
    for (unsigned i = 0; i < CONTROLLER_COUNT; i++)
        if (controllers & CONTROLLER_BIT(i))
            note_mount(&layout->v1[i], &entry);
}

void layout_parse(char *mountinfo, struct cgroup_layout *ret_layout)
{
    *ret_layout = (struct cgroup_layout){0};
    for (char *line; (line = strsep(&mountinfo, "\n")) != NULL;)
        parse_line(line, ret_layout);
}

/* ---- this host ---- */

/* The files of procfs and cgroupfs tell no size: read until nothing comes. NULL: an error. */
static char *read_text(const char *path, struct arena *arena, struct fail *fail)
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

static int read_unified_controllers(struct cgroup_layout *layout, struct arena *arena,
                                    struct fail *fail)
{
    const char *path = arena_printf(arena, "%s/cgroup.controllers", layout->unified.mount_point);
    const char *text = read_text(path, arena, fail);
    if (text == NULL)
        return fail->code;
    layout->unified_controllers = controller_set(text, " \n");
    return 0;
}

int layout_read(struct arena *arena, struct cgroup_layout *ret_layout, struct fail *fail)
{
    char *mountinfo = read_text("/proc/self/mountinfo", arena, fail);
    if (mountinfo == NULL)
        return fail_hint(fail, "the mounted cgroup hierarchies are listed there: mount /proc");
    layout_parse(mountinfo, ret_layout);
    if (ret_layout->unified.mount_point == NULL)
        return 0;
    return read_unified_controllers(ret_layout, arena, fail);
}
