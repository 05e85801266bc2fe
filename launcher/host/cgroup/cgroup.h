/* cgroup.h - the cgroup of one container, on v2, v1 and hybrid hosts; cgroups(7).
 *
 * Each controller is looked up where this host has it: in the unified hierarchy (v2) or in a
 * hierarchy of its own (v1). The container gets a directory in each hierarchy that holds a
 * controller it needs. A hybrid host's unified hierarchy comes first, even when no limit lives
 * there: it kills and waits for all processes of the container at once, and it knows pressure.
 *
 *     place.c   where: reads the host, touches nothing
 *     cgroup.c  making it, with its limits, and entering it
 *     scope.c   having systemd make it
 *     remove.c  ending what is in it and removing it
 *     usage.c   what was used, for the exit report
 */
#ifndef LAUNCHER_CGROUP_H
#define LAUNCHER_CGROUP_H

#include <sys/types.h>

#include "../../spec/spec.h"
#include "../systemd/unit.h"

enum { CGROUP_PATHS_MAX = 16 };

struct cgroup_driver;
struct device_filter;

/* What is put on record, so that it can be removed after a crash. */
struct cgroup_path {
    const char *path; /* absolute directory */
    bool kept;        /* it was there before: emptied, but not removed */
};

/* The container's directory in one hierarchy. */
struct cgroup_place {
    struct cgroup_path at;
    const struct cgroup_driver *driver; /* v2 or v1 */
    uint32_t required;                  /* bit n: a limit needs controller n here */
    uint32_t useful; /* wanted, but not enough to fail for: devices, what a report reads */
    int enter_fd;    /* for cgroup_enter; -1: CLONE_INTO_CGROUP does it */
};

struct cgroup {
    int unified_fd; /* directory fd of the v2 cgroup, for CLONE_INTO_CGROUP; -1: none */
    struct cgroup_place places[CGROUP_PATHS_MAX];
    size_t place_count;
    bool exact;         /* the user named the cgroup itself: it may exist, when it is empty */
    bool named;         /* he named it or its parent: it has to be there */
    bool inside_others; /* its parent is not the root of the hierarchy */
    bool make_parents, delegate, best_effort, devices_required;
    const struct device_filter *filter; /* NULL: all devices */
    bool has_owner;                     /* of a delegated cgroup: the container's root is */
    uid_t owner;                        /* this user outside */
    gid_t owner_group;
    struct arena *arena;
    struct unit_order scope; /* of systemd's; without a name: launcher makes the cgroup */
    const char *leaf;        /* where launcher itself went, to keep the parent free of processes */
    const char **warnings;   /* what was asked for and can't be had, with --best-effort */
    size_t warning_count;
};

#define CGROUP_NONE ((struct cgroup){.unified_fd = -1})

/* Decides where the container's cgroups will be: reads /proc/self/mountinfo, creates nothing. The
 * paths can thus be put on record before the first one exists. A limit whose controller this host
 * lacks is an error that names the controller, or with best_effort a warning. */
MUST_CHECK int cgroup_place(const struct spec *spec, struct arena *arena, struct cgroup *ret_cgroup,
                            struct fail *fail);

/* The paths to be put on record; returns how many. */
size_t cgroup_paths(const struct cgroup *cgroup, struct cgroup_path paths[CGROUP_PATHS_MAX]);

/* Creates the directories and writes the limits. On failure nothing is left behind, and place_count
 * is 0, so that nobody removes in our name a cgroup that was there before (-EEXIST). */
MUST_CHECK int cgroup_create(struct cgroup *cgroup, const struct spec_resources *resources,
                             struct fail *fail);

/* Opens the cgroups of a container that runs, so that one more process can begin in them. */
MUST_CHECK int cgroup_open(struct cgroup *cgroup, struct fail *fail);

/* Called by the cloned child itself: enters every cgroup but the unified one, in which
 * CLONE_INTO_CGROUP started it. It makes no system call but write(2), and needs no privilege of the
 * child: the files were opened by cgroup_create. Returns 0 or -errno.
 * A process that moves itself needs about 60 us. Moving another one takes 6 to 11 ms, because the
 * kernel waits for an RCU grace period: that process might be forking or exiting meanwhile. */
MUST_CHECK int cgroup_enter(const struct cgroup *cgroup);

/* Closes the descriptors that cgroup_create opened; they are not needed after clone3(2). */
void cgroup_close(struct cgroup *cgroup);

/* Kills what is left in the cgroups at `paths`, waits by event until they are empty and removes
 * them, but those that are kept. Paths that are gone are no error. Serves `run` at its end and `gc`
 * after a crash. */
MUST_CHECK int cgroup_remove(const struct cgroup_path *paths, size_t path_count, struct fail *fail);

/* Where systemd has made the cgroup: has it forget the scope, when the cgroup is removed. */
MUST_CHECK int cgroup_end_scope(struct cgroup *cgroup, struct fail *fail);

/* When launcher stepped aside into a leaf: goes back, and removes the leaf. Errors stay unsaid: who
 * runs launcher in a cgroup that is handed to it gets at worst an empty directory more. */
void cgroup_step_back(struct cgroup *cgroup);

#endif
