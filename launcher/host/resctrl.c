#include "resctrl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "../../shared/fully.h"

enum { RDTGROUP_MAGIC = 0x7655821, TEXT_MAX = 16 * 1024 }; /* linux/magic.h */

int resctrl_check_mounted(const char **ret_root, struct fail *fail)
{
    struct statfs info;
    *ret_root = "/sys/fs/resctrl";
    if (statfs(*ret_root, &info) == 0 && info.f_type == RDTGROUP_MAGIC)
        return 0;
    (void)fail_set(fail, "linux.intelRdt: no resctrl file system is mounted on %s", *ret_root);
    fail->code = -ENOENT;
    return fail_hint(fail,
                     "mount -t resctrl resctrl %s: it takes a processor with Intel RDT or AMD "
                     "QoS, and a kernel with CONFIG_X86_CPU_RESCTRL",
                     *ret_root);
}

struct resctrl resctrl_place(const struct spec_intel_rdt *wanted, const char *root, const char *id,
                             struct arena *arena)
{
    struct resctrl resctrl = {.wanted = wanted};
    const char *name = wanted->closid != NULL ? wanted->closid : id;
    bool is_root = strcmp(name, "/") == 0; /* the class of all that have none */
    resctrl.group = is_root ? root : arena_printf(arena, "%s/%s", root, name);
    if (wanted->enable_monitoring) {
        resctrl.monitoring = arena_printf(arena, "%s/mon_groups/%s", resctrl.group, id);
        resctrl.owned[resctrl.owned_count++] = resctrl.monitoring;
    }
    if (wanted->closid == NULL)
        resctrl.owned[resctrl.owned_count++] = resctrl.group;
    return resctrl;
}

/* ---- schemata ---- */

/* The line behind the name of its resource, "L3:" or "MB:". NULL: there is none. */
static const char *find_resource(const char *schemata, const char *name, size_t size)
{
    for (const char *at = schemata; *at != '\0'; at += *at == '\n' ? 1 : 0) {
        at += strspn(at, " \t");
        if (strncmp(at, name, size) == 0)
            return at + size;
        at += strcspn(at, "\n");
    }
    return NULL;
}

/* Masks are hexadecimal, percentages are not: but two numbers are the same in both or in none. */
static bool has_domain(const char *list, unsigned long domain, unsigned long value)
{
    for (;;) {
        char *end;
        unsigned long found = strtoul(list, &end, 10);
        if (end == list || *end != '=')
            return false;
        unsigned long its = strtoul(end + 1, &end, 16);
        if (found == domain)
            return its == value;
        if (*end != ';')
            return false;
        list = end + 1;
    }
}

bool resctrl_says(const char *schemata, const char *line)
{
    size_t size = strcspn(line, ":") + 1;
    const char *list = line[size - 1] == ':' ? find_resource(schemata, line, size) : NULL;
    char *at = (char *)(uintptr_t)(line + size - 1);
    do {
        char *end;
        unsigned long domain = strtoul(++at, &end, 10);
        if (list == NULL || end == at || *end != '=')
            return false;
        unsigned long value = strtoul(end + 1, &at, 16);
        if (!has_domain(list, domain, value))
            return false;
    } while (*at == ';');
    return *at == '\0';
}

/* ---- files ---- */

/* What the kernel found wrong with the last command is in info/last_cmd_status. */
static int explain(const struct resctrl *resctrl, struct arena *arena, struct fail *fail)
{
    char words[200];
    const char *group = resctrl->group;
    bool is_root = resctrl->wanted->closid != NULL && strcmp(resctrl->wanted->closid, "/") == 0;
    const char *path =
        arena_printf(arena, "%s%s/info/last_cmd_status", group, is_root ? "" : "/..");
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? 0 : read_fully(fd, words, sizeof(words) - 1);
    if (size <= 0)
        return fail->code;
    words[size] = '\0';
    return fail_hint(fail, "the kernel says: %.*s", (int)strcspn(words, "\n"), words);
}

static int write_line(const struct resctrl *resctrl, const char *path, const char *line,
                      struct arena *arena, struct fail *fail)
{
    AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    const char *text = arena_printf(arena, "%s\n", line);
    if (fd >= 0 && write(fd, text, strlen(text)) >= 0)
        return 0;
    (void)fail_sys(fail, "writing %.100s to %s", line, path);
    return explain(resctrl, arena, fail);
}

typedef int line_function(const struct resctrl *resctrl, const char *schemata, const char *line,
                          struct arena *arena, struct fail *fail);

/* "The runtimes MUST write l3CacheSchema first and memBwSchema last", and schemata behind them. */
static int each_line(const struct resctrl *resctrl, line_function *act, const char *schemata,
                     struct arena *arena, struct fail *fail)
{
    const struct spec_intel_rdt *wanted = resctrl->wanted;
    if (wanted->l3_schema != NULL)
        TRY(act(resctrl, schemata, wanted->l3_schema, arena, fail));
    if (wanted->mem_bw_schema != NULL)
        TRY(act(resctrl, schemata, wanted->mem_bw_schema, arena, fail));
    for (size_t i = 0; i < wanted->schema_count; i++)
        TRY(act(resctrl, schemata, wanted->schemata[i], arena, fail));
    return 0;
}

static int write_schema(const struct resctrl *resctrl, const char *schemata, const char *line,
                        struct arena *arena, struct fail *fail)
{
    (void)schemata;
    return write_line(resctrl, arena_printf(arena, "%s/schemata", resctrl->group), line, arena,
                      fail);
}

static int compare_schema(const struct resctrl *resctrl, const char *schemata, const char *line,
                          struct arena *arena, struct fail *fail)
{
    (void)arena;
    if (resctrl_says(schemata, line))
        return 0;
    (void)fail_set(fail, "linux.intelRdt: the class %s is there, with other schemata than %.100s",
                   resctrl->group, line);
    return fail_hint(fail, "leave the schemata away to take the class as it is");
}

static int compare_all(const struct resctrl *resctrl, struct arena *arena, struct fail *fail)
{
    const char *path = arena_printf(arena, "%s/schemata", resctrl->group);
    char *schemata = arena_alloc(arena, TEXT_MAX + 1);
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || read_fully(fd, schemata, TEXT_MAX) < 0)
        return fail_sys(fail, "reading %s", path);
    return each_line(resctrl, compare_schema, schemata, arena, fail);
}

static bool has_schemata(const struct spec_intel_rdt *wanted)
{
    return wanted->l3_schema != NULL || wanted->mem_bw_schema != NULL || wanted->schema_count > 0;
}

static int make_directory(const struct resctrl *resctrl, const char *path, struct arena *arena,
                          struct fail *fail)
{
    if (mkdir(path, 0755) == 0)
        return 0;
    (void)fail_sys(fail, "creating %s", path);
    if (fail->code == -ENOSPC)
        return fail_hint(fail, "the processor has no more classes or monitors: info/*/num_closids "
                               "and num_rmids");
    return explain(resctrl, arena, fail);
}

static int make_group(const struct resctrl *resctrl, struct arena *arena, struct fail *fail)
{
    const struct spec_intel_rdt *wanted = resctrl->wanted;
    bool is_there = access(resctrl->group, F_OK) == 0;
    if (wanted->closid != NULL && is_there)
        return has_schemata(wanted) ? compare_all(resctrl, arena, fail) : 0;
    if (wanted->closid != NULL && !has_schemata(wanted)) {
        (void)fail_code(fail, -ENOENT, "linux.intelRdt: using the class %s", resctrl->group);
        return fail_hint(fail, "without schemata it must be there before");
    }
    TRY(make_directory(resctrl, resctrl->group, arena, fail));
    return each_line(resctrl, write_schema, NULL, arena, fail);
}

int resctrl_check_free(const struct resctrl *resctrl, struct fail *fail)
{
    for (size_t i = 0; i < resctrl->owned_count; i++)
        if (access(resctrl->owned[i], F_OK) == 0)
            return fail_code(fail, -EEXIST, "linux.intelRdt: creating %s", resctrl->owned[i]);
    return 0;
}

int resctrl_enter(const struct resctrl *resctrl, pid_t pid, struct arena *arena, struct fail *fail)
{
    const char *number = arena_printf(arena, "%d", (int)pid);
    TRY(make_group(resctrl, arena, fail));
    TRY(write_line(resctrl, arena_printf(arena, "%s/tasks", resctrl->group), number, arena, fail));
    if (resctrl->monitoring == NULL)
        return 0;
    TRY(make_directory(resctrl, resctrl->monitoring, arena, fail));
    return write_line(resctrl, arena_printf(arena, "%s/tasks", resctrl->monitoring), number, arena,
                      fail);
}

int resctrl_remove(const char *const *owned, size_t count, struct fail *fail)
{
    for (size_t i = 0; i < count; i++)
        if (rmdir(owned[i]) < 0 && errno != ENOENT)
            return fail_sys(fail, "removing %s", owned[i]);
    return 0;
}
