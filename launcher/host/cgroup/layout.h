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
enum controller {
    CONTROLLER_PIDS,
    CONTROLLER_MEMORY,
    CONTROLLER_CPU,
    CONTROLLER_CPUSET,
    CONTROLLER_IO,
    CONTROLLER_HUGETLB,
    CONTROLLER_RDMA,
    CONTROLLER_MISC,
    CONTROLLER_DEVICES, /* on v2 every cgroup has it: a BPF program, not a file */
    CONTROLLER_CPUACCT, /* on v2 every cgroup has it, as cpu.stat */
    CONTROLLER_FREEZER, /* on v2 every cgroup has it, even when v1 has it too: cgroup.freeze */
    CONTROLLER_NET_CLS, /* v1 only, as the next: on v2 nftables and BPF look at the cgroup itself */
    CONTROLLER_NET_PRIO,
    CONTROLLER_COUNT
};

#define CONTROLLER_BIT(controller) (UINT32_C(1) << (controller))

/* What v2 has in every cgroup, without a word in cgroup.controllers. */
#define CONTROLLERS_WITHOUT_NAME                                               \
    (CONTROLLER_BIT(CONTROLLER_DEVICES) | CONTROLLER_BIT(CONTROLLER_CPUACCT) | \
     CONTROLLER_BIT(CONTROLLER_FREEZER))

#define CONTROLLERS_OF_V1 (CONTROLLER_BIT(CONTROLLER_NET_CLS) | CONTROLLER_BIT(CONTROLLER_NET_PRIO))

/* The kernel's name: "pids"; of "io" the one of v2, v1 calls it blkio. */
const char *controller_name(enum controller controller);

/* The controller that the file `key` belongs to, "memory.high" to memory; CONTROLLER_COUNT when
 * there is none of that name. */
enum controller controller_of_file(const char *key);

/* The controllers named in `text`, as bits; `separators` are those of the text: "," in mount
 * options, blanks in cgroup.controllers. Names that we have no use for are passed over. */
uint32_t controller_set(const char *text, const char *separators);

struct cgroup_hierarchy {
    const char *mount_point; /* NULL: not mounted */
    const char *root;        /* the cgroup that is mounted there; "/" is the whole hierarchy */
};

struct cgroup_layout {
    struct cgroup_hierarchy unified;
    uint32_t unified_controllers; /* bit n: the unified hierarchy has controller n */
    struct cgroup_hierarchy v1[CONTROLLER_COUNT]; /* co-mounted controllers have equal rows */
};

/* Whether the mount of this id is what is found at `mount_point`, and not hidden below another. */
typedef bool layout_visibility(const char *mount_point, unsigned long mount_id);

/* Finds the hierarchies in the text of /proc/self/mountinfo, proc_pid_mountinfo(5), among the mounts
 * that `is_visible`; NULL: all are, and no system call is made. The text is cut up in place, and the
 * layout points into it. */
void layout_parse(char *mountinfo, layout_visibility *is_visible, struct cgroup_layout *ret_layout);

/* Reads the layout of this host; its strings live in the arena. What v2 has in every cgroup counts
 * as a controller of the unified hierarchy, unless v1 has it too. */
MUST_CHECK int layout_read(struct arena *arena, struct cgroup_layout *ret_layout,
                           struct fail *fail);

/* Where `controller` lives: `*ret_unified` tells whether in v2. NULL: nowhere. */
const struct cgroup_hierarchy *layout_find(const struct cgroup_layout *layout,
                                           enum controller controller, bool *ret_unified);

/* The cgroup of launcher itself in a hierarchy, as a directory below its mount point; NULL when
 * that is not to be seen there. `controller` CONTROLLER_COUNT: the unified hierarchy. */
MUST_CHECK int layout_own_directory(const struct cgroup_layout *layout, enum controller controller,
                                    struct arena *arena, const char **ret_directory,
                                    struct fail *fail);

/* Reads a file that tells no size, as those of procfs and cgroupfs. NULL: an error. */
char *layout_read_file(const char *path, struct arena *arena, struct fail *fail);

#endif
