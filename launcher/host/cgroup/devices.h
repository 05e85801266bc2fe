/* devices.h - which devices the processes of a cgroup may open and make: docker's list, the
 * container's own devices, and the user's rules. On v2 that is a BPF program, on v1 two files.
 *
 * It is the fourth wall: docs/decisions/006-no-devices.md has the three that stand without a cgroup.
 */
#ifndef LAUNCHER_CGROUP_DEVICES_H
#define LAUNCHER_CGROUP_DEVICES_H

#include <linux/bpf.h>

#include "../../../shared/arena.h"
#include "../../spec/spec.h"
#include "driver.h"

struct device_filter {
    struct spec_device_rule *rules; /* the last one that fits decides, none: refused */
    size_t count;
};

/* PURE: some other wall has a door: a seccomp policy that lets any node be made, or a mount of the
 * user's on which nodes can be opened. Loading and attaching a program takes 400 us, a fifth of a
 * start, so it is spared where the container can't meet any device but those in its /dev. */
bool devices_reachable(const struct spec *spec);

/* PURE: docker's default rules, then one for each device of the container, then the user's. */
struct device_filter devices_filter(const struct spec *spec, struct arena *arena);

/* PURE: everything may be opened, so there is nothing to install. */
bool devices_all_allowed(const struct device_filter *filter);

/* PURE: the rules as a BPF_PROG_TYPE_CGROUP_DEVICE program; `*ret_count` instructions, in the
 * arena. */
struct bpf_insn *devices_program(const struct device_filter *filter, struct arena *arena,
                                 size_t *ret_count);

/* PURE: one rule as devices.allow and devices.deny take it: "c 1:3 rwm". */
void devices_rule_text(const struct spec_device_rule *rule, char text[LIMIT_TEXT_MAX]);

/* Loads the program and attaches it to the v2 cgroup, bpf(2). */
MUST_CHECK int devices_attach(const struct cgroup_dir *dir, const struct device_filter *filter,
                              struct arena *arena, struct fail *fail);

/* Writes the rules to a cgroup of v1's hierarchy. */
MUST_CHECK int devices_write(const struct cgroup_dir *dir, const struct device_filter *filter,
                             struct fail *fail);

#endif
