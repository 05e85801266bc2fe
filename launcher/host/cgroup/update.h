/* update.h - other limits for a container that runs. */
#ifndef LAUNCHER_CGROUP_UPDATE_H
#define LAUNCHER_CGROUP_UPDATE_H

#include "cgroup.h"

/* Writes the limits that are set in `resources`; the others stay. All of them or none: when one
 * fails, those that were written get their old values back. Then `ret_kept` names the limits for
 * which that failed too, "" when there is none.
 * What depends on values that are not set, the kernel's are read for: swap alone, a period alone. */
MUST_CHECK int cgroup_update(struct cgroup *cgroup, struct spec_resources *resources,
                             const char **ret_kept, struct fail *fail);

#endif
