/* unit.h - a container as a unit of systemd: org.freedesktop.systemd1(5), "Manager". All of these talk to
 * systemd and wait for it.
 */
#ifndef LAUNCHER_UNIT_H
#define LAUNCHER_UNIT_H

#include <sys/types.h>

#include "unit_name.h"
#include "unit_property.h"

/* Where the manager itself is in the hierarchy: "" at the root, or a path that begins with a slash. */
MUST_CHECK int unit_manager_cgroup(bool of_user, struct arena *arena, const char **ret_path,
                                   struct fail *fail);

struct unit_order {
    struct unit_name unit;
    bool of_user;
    const char *description;
    pid_t pid; /* the process that is moved into the scope, which has no other */
    struct property_list properties; /* besides those that every container has */
};

/* Makes the scope and moves the process there. Errors: there is one of that name (-EEXIST), or systemd
 * says no. */
MUST_CHECK int unit_start(const struct unit_order *order, struct arena *arena, struct fail *fail);

/* Changes properties of a unit until it ends. */
MUST_CHECK int unit_set_properties(const char *name, bool of_user, const struct property_list *list,
                                   struct arena *arena, struct fail *fail);

/* Ends the scope, which systemd then forgets, failed or not. One that is gone is no error. */
MUST_CHECK int unit_stop(const char *name, bool of_user, struct arena *arena, struct fail *fail);

#endif
