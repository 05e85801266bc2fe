/* PURE: no system call is made in this file. */
#include "path.h"

#include <string.h>

#include "../../spec/parse.h"

/* What is behind the mount point, NULL when `text` is not below it. */
static const char *behind(const char *text, const struct cgroup_hierarchy *hierarchy)
{
    if (hierarchy->mount_point == NULL)
        return NULL;
    size_t size = strlen(hierarchy->mount_point);
    bool below = strncmp(text, hierarchy->mount_point, size) == 0 &&
                 (text[size] == '/' || text[size] == '\0');
    return below ? text + size : NULL;
}

/* The longest mount point counts: on hybrid hosts one may lie below another. */
static const char *strip_mount_point(const char *text, const struct cgroup_layout *layout)
{
    const char *rest = behind(text, &layout->unified);
    for (unsigned i = 0; i < CONTROLLER_COUNT; i++) {
        const char *other = behind(text, &layout->v1[i]);
        if (other != NULL && (rest == NULL || other > rest))
            rest = other;
    }
    return rest;
}

int cgroup_path_parse(const char *text, const struct cgroup_layout *layout, struct arena *arena,
                      const char **ret_path, struct fail *fail)
{
    const char *path = tidy_path(arena_printf(arena, "/%s", text));
    if (check_container_path(path, fail) < 0)
        return fail_set(fail, "\"%.200s\" can't be the path of a cgroup", text);
    const char *rest = text[0] == '/' ? strip_mount_point(path, layout) : NULL;
    if (rest == NULL && strncmp(path, "/sys/fs/cgroup/", 15) == 0 && text[0] == '/') {
        (void)fail_set(fail, "%.200s is in no cgroup hierarchy", text);
        return fail_hint(fail, "name a cgroup from the root of the hierarchies on: web/db");
    }
    rest = rest != NULL ? rest : path;
    *ret_path = rest + (*rest == '/' ? 1 : 0);
    return 0;
}
