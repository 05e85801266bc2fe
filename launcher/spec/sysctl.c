#include "sysctl.h"

#include <string.h>

#include "parse.h"

struct sysctl_row {
    const char *path;
    bool prefix;
    enum namespace_type type;
};

static const struct sysctl_row allowed[] = {
    {"kernel/msg", true, NS_IPC},
    {"kernel/shm", true, NS_IPC},
    {"kernel/sem", false, NS_IPC},
    {"fs/mqueue/", true, NS_IPC},
    {"net/", true, NS_NET},
    {"kernel/hostname", false, NS_UTS},
    {"kernel/domainname", false, NS_UTS},
};

enum namespace_type sysctl_namespace(const char *path)
{
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        const struct sysctl_row *row = &allowed[i];
        if (row->prefix ? strncmp(path, row->path, strlen(row->path)) == 0
                        : strcmp(path, row->path) == 0)
            return row->type;
    }
    return NS_COUNT;
}

/* With '.' as the separator a '/' stands for a dot inside a name, and the other way round. */
static void use_slashes(char *path)
{
    if (path[strcspn(path, "./")] != '.')
        return;
    for (; *path != '\0'; path++) {
        if (*path == '.')
            *path = '/';
        else if (*path == '/')
            *path = '.';
    }
}

static bool is_clean_path(const char *path)
{
    for (const char *at = path;; at++) {
        size_t size = strcspn(at, "/");
        bool dots = (size == 1 && at[0] == '.') || (size == 2 && memcmp(at, "..", 2) == 0);
        if (size == 0 || dots)
            return false;
        at += size;
        if (*at == '\0')
            return true;
    }
}

int parse_sysctl(const char *text, struct arena *arena, struct spec_pair *ret_pair,
                 struct fail *fail)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL)
        return fail_set(fail, "\"%.80s\" is not KEY=VALUE", text);
    if (has_control_characters(text))
        return fail_set(fail, "a sysctl can't contain control characters");
    char *path = arena_copy(arena, text, (size_t)(equals - text));
    use_slashes(path);
    if (!is_clean_path(path))
        return fail_set(fail, "\"%.80s\" is not the name of a sysctl", path);
    *ret_pair = (struct spec_pair){.key = path, .value = arena_strdup(arena, equals + 1)};
    return 0;
}
