/* unit_name.h - PURE: what a container is called in systemd; systemd.scope(5), systemd.slice(5).
 *
 * With systemd's cgroups, linux.cgroupsPath is no path but "SLICE:PREFIX:NAME", as runc and crun have it:
 * the scope PREFIX-NAME.scope in that slice.
 */
#ifndef LAUNCHER_UNIT_NAME_H
#define LAUNCHER_UNIT_NAME_H

#include <stdbool.h>

#include "../../../shared/arena.h"
#include "../../../shared/fail.h"

struct unit_name {
    const char *name;  /* of the scope */
    const char *slice; /* that it is in */
    const char *path;  /* of its cgroup, below that of the manager: "a.slice/a-b.slice/x.scope" */
};

/* Reads "SLICE:PREFIX:NAME". An empty slice is system.slice, of a user's manager user.slice; without a
 * prefix the scope is NAME.scope. `text` NULL: launcher-ID.scope. Errors: it has not this form, or a
 * part of it can't be the name of a unit (-EINVAL). */
MUST_CHECK int unit_name_parse(const char *text, const char *id, bool of_user, struct arena *arena,
                               struct unit_name *ret_name, struct fail *fail);

#endif
