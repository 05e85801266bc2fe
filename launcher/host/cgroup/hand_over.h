/* hand_over.h - giving a cgroup to somebody: cgroups(7), "Delegation". */
#ifndef LAUNCHER_CGROUP_HAND_OVER_H
#define LAUNCHER_CGROUP_HAND_OVER_H

#include "driver.h"

/* Makes `uid` and `gid` the owner of the cgroup at `dir` and of those of its files that move
 * processes and divide what it has, as systemd does. The limits themselves stay the giver's. */
MUST_CHECK int cgroup_hand_over(const struct cgroup_dir *dir, uid_t uid, gid_t gid,
                                struct fail *fail);

#endif
