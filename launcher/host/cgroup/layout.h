/* layout.h - where this host keeps its cgroup controllers; cgroups(7).
 *
 * A controller lives either in the unified hierarchy (v2) or in one hierarchy of v1, never in both;
 * which of the two is the host's choice, controller by controller. A host that has some here and
 * some there is called hybrid.
 */
#ifndef LAUNCHER_CGROUP_LAYOUT_H
#define LAUNCHER_CGROUP_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "../../../shared/arena.h"
#include "../../../shared/fail.h"

/* pids first: on v1 the cgroup that can stop a fork bomb is then emptied before all others. */
enum controller { CONTROLLER_PIDS, CONTROLLER_MEMORY, CONTROLLER_CPU, CONTROLLER_COUNT };

#define CONTROLLER_BIT(controller) (UINT32_C(1) << (controller))

/* The kernel's name: "pids". */
const char *controller_name(enum controller controller);

/* The controllers named in `text`, as bits; `separators` are those of the text: "," in mount
 * options, blanks in cgroup.controllers. Names that we have no use for are passed over. */
uint32_t controller_set(const char *text, const char *separators);

struct cgroup_hierarchy {
    const char *mount_point; /* NULL: not mounted */
    bool whole;              /* the mount shows the hierarchy from its root on */
};

struct cgroup_layout {
    struct cgroup_hierarchy unified;
    uint32_t unified_controllers; /* bit n: the unified hierarchy has controller n */
    struct cgroup_hierarchy v1[CONTROLLER_COUNT]; /* co-mounted controllers have equal rows */
};

/* PURE: finds the hierarchies in the text of /proc/self/mountinfo, proc_pid_mountinfo(5). The text
 * is cut up in place, and the layout points into it. */
void layout_parse(char *mountinfo, struct cgroup_layout *ret_layout);

/* Reads the layout of this host; its strings live in the arena. */
MUST_CHECK int layout_read(struct arena *arena, struct cgroup_layout *ret_layout,
                           struct fail *fail);

#endif
