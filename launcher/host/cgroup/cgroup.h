/* cgroup.h - the cgroup of one container, on v2, v1 and hybrid hosts; cgroups(7).
 *
 * Each controller is looked up where this host has it: in the unified hierarchy (v2) or in a
 * hierarchy of its own (v1). The container gets a directory "launcher-ID" in each hierarchy that
 * holds a controller it needs, and nowhere else.
 */
#ifndef LAUNCHER_CGROUP_H
#define LAUNCHER_CGROUP_H

#include <sys/types.h>

#include "../../spec/spec.h"

enum { CGROUP_PATHS_MAX = 16 };

struct cgroup_driver;

struct cgroup {
    int unified_fd; /* directory fd of the v2 cgroup, for CLONE_INTO_CGROUP; -1: none */
    const char *paths[CGROUP_PATHS_MAX]; /* absolute directories, in the arena */
    size_t path_count;
    const struct cgroup_driver *drivers[CGROUP_PATHS_MAX]; /* v2 or v1, for each path */
    uint32_t controllers[CGROUP_PATHS_MAX]; /* for each path, bit n: controller n is wanted there */
    int enter_fds[CGROUP_PATHS_MAX];        /* for cgroup_enter; -1: CLONE_INTO_CGROUP does it */
};

#define CGROUP_NONE ((struct cgroup){.unified_fd = -1})

/* Decides where the container's cgroups will be: reads /proc/self/mountinfo, creates nothing. The
 * paths can thus be put on record before the first one exists. A limit whose controller this host
 * lacks is an error that names the controller. */
MUST_CHECK int cgroup_place(const char *id, const struct spec_resources *resources,
                            struct arena *arena, struct cgroup *ret_cgroup, struct fail *fail);

/* Creates the directories and writes the limits. On failure nothing is left behind, and path_count
 * is 0, so that nobody removes in our name a cgroup that was there before (-EEXIST). */
MUST_CHECK int cgroup_create(struct cgroup *cgroup, const struct spec_resources *resources,
                             struct fail *fail);

/* Called by the cloned child itself: enters every cgroup but the unified one, in which
 * CLONE_INTO_CGROUP started it. It makes no system call but write(2), and needs no privilege of the
 * child: the files were opened by cgroup_create. Returns 0 or -errno.
 * A process that moves itself needs about 60 us. Moving another one takes 6 to 11 ms, because the
 * kernel waits for an RCU grace period: that process might be forking or exiting meanwhile. */
MUST_CHECK int cgroup_enter(const struct cgroup *cgroup);

/* Closes the descriptors that cgroup_create opened; they are not needed after clone3(2). */
void cgroup_close(struct cgroup *cgroup);

/* Kills what is left in the cgroups at `paths`, waits by event until they are empty and removes
 * them. Paths that are gone are no error. Serves `run` at its end and `gc` after a crash. */
MUST_CHECK int cgroup_remove(const char *const *paths, size_t path_count, struct fail *fail);

#endif
