/* spawn.h - from launcher to PID 1 of the container: one clone3(2), then cinit from a sealed memfd. */
#ifndef LAUNCHER_SPAWN_H
#define LAUNCHER_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "../../shared/fail.h"
#include "../host/cgroup/cgroup.h"
#include "../plan/plan.h"
#include "join.h"

struct child {
    pid_t pid; /* as launcher sees it; 0: none */
    int pidfd;
    int sync_fd; /* launcher's end of the sync pipe */
};

#define CHILD_NONE ((struct child){.pidfd = -1, .sync_fd = -1})

/* How the child is to begin. */
struct spawn_options {
    uint64_t clone_flags;         /* CLONE_NEW* */
    const struct join_set *joins; /* namespaces of others to be cloned in; none: as launcher is */
    const struct cgroup *cgroup;  /* the child starts in it, and no instruction of it outside */
    const char
        *clock_offsets; /* lines for /proc/self/timens_offsets, time_namespaces(7); NULL: none */
    const struct spec_memory_policy *memory_policy; /* for cinit and all that comes from it */
    const int *stdio;       /* three descriptors that become 0, 1 and 2; NULL: the caller's */
    const int *root_fd;     /* a directory that becomes the root; NULL: that of the namespaces */
    unsigned preserved_fds; /* the caller's descriptors, from 3 on, that the payload gets */
    bool
        subreaper; /* orphans of what it starts become its children, PR_SET_CHILD_SUBREAPER(2const) */
    bool wait_for_go; /* wait for spawn_go before cinit is executed */
};

/* A sealed memory file that holds cinit: returns its descriptor, or a negative errno. */
MUST_CHECK int spawn_cinit_memfd(struct fail *fail);

/* Adds the cure to an error of clone3(2) with these flags. Returns fail->code. */
int spawn_hint_for_clone(struct fail *fail, uint64_t flags);

/* Clones the child. It executes cinit at once, or after spawn_go. */
MUST_CHECK int spawn_child(const struct spawn_options *options, struct child *ret_child,
                           struct fail *fail);

/* Writes the id mappings of the child's user namespace, user_namespaces(7). */
MUST_CHECK int spawn_map_ids(const struct child *child, const struct spec *spec, struct fail *fail);

/* Ids are mapped: the child may go on. */
MUST_CHECK int spawn_go(const struct child *child, struct fail *fail);

/* Kills the child when it is still there, reaps it and closes the descriptors. */
void spawn_destroy(struct child *child);

#endif
