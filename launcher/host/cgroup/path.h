/* path.h - PURE: how people name a cgroup. */
#ifndef LAUNCHER_CGROUP_PATH_H
#define LAUNCHER_CGROUP_PATH_H

#include "layout.h"

/* The form that is documented is "web/db": from the root of the hierarchies down, the same in each.
 * "/web/db" means the same, and so does the directory itself, "/sys/fs/cgroup/web/db" or, of one
 * hierarchy of v1, "/sys/fs/cgroup/memory/web/db". `*ret_path` is the documented form, "" for the
 * root. Errors: "..", control characters (-EINVAL). */
MUST_CHECK int cgroup_path_parse(const char *text, const struct cgroup_layout *layout,
                                 struct arena *arena, const char **ret_path, struct fail *fail);

#endif
