/* freeze.h - stopping all processes of a container at once, and letting them go on; the freezer of
 * v2 (cgroup.freeze) or, where no v2 is mounted, of v1 (Documentation/admin-guide/cgroup-v1/
 * freezer-subsystem.rst).
 *
 * A process that v2 has frozen still dies of SIGKILL. One that v1 has frozen does not: it has to be
 * thawed first.
 */
#ifndef LAUNCHER_CGROUP_FREEZE_H
#define LAUNCHER_CGROUP_FREEZE_H

#include "cgroup.h"

/* Whether one of the cgroups was told to freeze; it may be on its way to that. -ENOENT, without a
 * sentence: none has a freezer. */
MUST_CHECK int cgroup_is_frozen(const struct cgroup_path *paths, size_t path_count,
                                bool *ret_frozen);

/* Freezes the cgroup or thaws it, and returns when that is so: on v2 it waits for the event, on v1,
 * which has none, it looks again. Errors: -ENOENT none has a freezer, -ESRCH all processes ended,
 * -ETIMEDOUT a process is stuck in the kernel; what did not freeze is thawed again. */
MUST_CHECK int cgroup_freeze(const struct cgroup_path *paths, size_t path_count, bool frozen,
                             struct fail *fail);

/* Thaws whatever is frozen, before it is killed or left to others. Waits for nothing and never
 * fails: a cgroup that is gone, or was not frozen, is as wanted. */
void cgroup_thaw(const struct cgroup_path *paths, size_t path_count);

#endif
