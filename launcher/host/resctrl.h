/* resctrl.h - the container's share of caches and of memory bandwidth, linux.intelRdt; runtime-spec
 * config-linux.md, "IntelRdt", and the kernel's Documentation/filesystems/resctrl.rst.
 */
#ifndef LAUNCHER_RESCTRL_H
#define LAUNCHER_RESCTRL_H

#include <sys/types.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"
#include "../spec/spec_oci.h"

enum { RESCTRL_OWNED_MAX = 2 };

/* Where a container is, and what of that goes with it. */
struct resctrl {
    const struct spec_intel_rdt *wanted;
    const char *group;                    /* directory of its class of service */
    const char *monitoring;               /* of its monitoring group; NULL: none */
    const char *owned[RESCTRL_OWNED_MAX]; /* to be removed at the end, in this order */
    size_t owned_count;
};

/* Errors: there is no resctrl file system at /sys/fs/resctrl (-ENOENT). */
MUST_CHECK int resctrl_check_mounted(const char **ret_root, struct fail *fail);

/* PURE: the places of the container `id` below `root`. A class with a name belongs to whoever named it, and
 * stays. */
struct resctrl resctrl_place(const struct spec_intel_rdt *wanted, const char *root, const char *id,
                             struct arena *arena);

/* Errors: what would be the container's own is there already (-EEXIST). */
MUST_CHECK int resctrl_check_free(const struct resctrl *resctrl, struct fail *fail);

/* Makes what is missing of it, and puts the process in. Errors: a class that is there has other schemata,
 * or none is asked for and it is not there; what the kernel says, with its own words. */
MUST_CHECK int resctrl_enter(const struct resctrl *resctrl, pid_t pid, struct arena *arena,
                             struct fail *fail);

/* Removes the directories; those that are gone are as wanted. */
MUST_CHECK int resctrl_remove(const char *const *owned, size_t count, struct fail *fail);

/* PURE: does the text of a file schemata say what this line says? Of the domains that the line names, each
 * must be so; "L3:0=00f" is "L3:0=f". */
bool resctrl_says(const char *schemata, const char *line);

#endif
