/* scope.h - the cgroup of a container where systemd is to make it: that of a scope, systemd.scope(5).
 *
 * systemd owns the hierarchy there and moves the container's first process, which waits for that. What is
 * below the scope is ours (Delegate), and so are its files, as long as systemd is told the same limits: it
 * writes its own whenever it reads its units anew.
 */
#ifndef LAUNCHER_CGROUP_SCOPE_H
#define LAUNCHER_CGROUP_SCOPE_H

#include "../systemd/unit_property.h"
#include "cgroup.h"
#include "layout.h"

/* Finds how the scope is called and where its cgroup will be: `ret_path` from the root of the hierarchy
 * on. Errors: the name; systemd does not run here. */
MUST_CHECK int scope_find(const struct spec *spec, struct arena *arena, struct unit_name *ret_unit,
                          const char **ret_path, struct fail *fail);

/* The same for a container that is to be made: fills in cgroup->scope, all but the process. Other errors
 * are a host that has not version 2 alone, and a scope of that name that runs (-EEXIST). */
MUST_CHECK int scope_place(const struct spec *spec, const struct cgroup_layout *layout,
                           struct cgroup *cgroup, const char **ret_path, struct fail *fail);

/* Makes the scope with the limits, and moves the container's first process there. */
MUST_CHECK int scope_create(const struct cgroup *cgroup, const struct spec_resources *resources,
                            struct fail *fail);

/* Tells systemd what the limits of the scope `name` are now; what `resources` does not name stays. */
MUST_CHECK int scope_update(const char *name, bool of_user, const struct spec_resources *resources,
                            struct arena *arena, struct fail *fail);

/* PURE: the limits that systemd knows as well. It has none for some, for a burst for one. */
struct property_list limits_systemd(const struct spec_resources *resources, struct arena *arena);

#endif
