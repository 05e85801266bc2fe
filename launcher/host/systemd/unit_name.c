/* PURE: no system call is made in this file. */
#include "unit_name.h"

#include <string.h>

enum { NAME_MAX_LENGTH = 255 }; /* systemd.unit(5) */

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length > end_length && strcmp(text + length - end_length, end) == 0;
}

/* systemd.unit(5): "ASCII letters, digits, ":", "-", "_", ".", and "\"", and "@". */
static bool is_unit_name(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";
    size_t length = strlen(name);
    return length > 0 && length <= NAME_MAX_LENGTH && strspn(name, allowed) == length;
}

/* "a-b.slice" is in "a.slice", and its cgroup is "a.slice/a-b.slice"; "-.slice" is the root. NULL: it
 * is no slice. */
static const char *expand_slice(const char *slice, struct arena *arena)
{
    const char *path = "";
    if (!is_unit_name(slice) || !ends_with(slice, ".slice"))
        return NULL;
    size_t length = strlen(slice) - strlen(".slice");
    if (strcmp(slice, "-.slice") == 0)
        return path;
    if (slice[0] == '-' || slice[length - 1] == '-' || strstr(slice, "--") != NULL)
        return NULL;
    for (size_t i = 1; i <= length; i++)
        if (i == length || slice[i] == '-')
            path = arena_printf(arena, "%s%.*s.slice/", path, (int)i, slice);
    return path;
}

struct parts {
    const char *slice, *prefix, *name;
};

static int split(const char *text, struct arena *arena, struct parts *ret_parts, struct fail *fail)
{
    char *rest = arena_strdup(arena, text);
    ret_parts->slice = strsep(&rest, ":");
    ret_parts->prefix = strsep(&rest, ":");
    ret_parts->name = rest;
    if (rest != NULL && strchr(rest, ':') == NULL)
        return 0;
    (void)fail_set(fail,
                   "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd "
                   "cgroups, got \"%.200s\" instead",
                   text);
    return fail_hint(fail, "a path of the cgroup file system is taken without --systemd-cgroup");
}

static int check_scope(const char *name, struct fail *fail)
{
    if (is_unit_name(name) && !ends_with(name, ".slice"))
        return 0;
    return fail_set(fail, "\"%.200s\" can't be the name of a systemd scope", name);
}

int unit_name_parse(const char *text, const char *id, bool of_user, struct arena *arena,
                    struct unit_name *ret_name, struct fail *fail)
{
    struct parts parts = {.slice = "", .prefix = "launcher", .name = id};
    if (text != NULL)
        TRY(split(text, arena, &parts, fail));
    if (parts.slice[0] == '\0')
        parts.slice = of_user ? "user.slice" : "system.slice";
    const char *way = expand_slice(parts.slice, arena);
    if (way == NULL)
        return fail_set(fail, "\"%.200s\" can't be the name of a systemd slice", parts.slice);
    TRY(check_scope(parts.name, fail));
    const char *name = parts.prefix[0] == '\0'
                           ? arena_printf(arena, "%s.scope", parts.name)
                           : arena_printf(arena, "%s-%s.scope", parts.prefix, parts.name);
    TRY(check_scope(name, fail));
    *ret_name = (struct unit_name){
        .name = name, .slice = parts.slice, .path = arena_printf(arena, "%s%s", way, name)};
    return 0;
}
