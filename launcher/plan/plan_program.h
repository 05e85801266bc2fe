/* plan_program.h - PURE: from a spec to the init program, the steps of cinit. */
#ifndef LAUNCHER_PLAN_PROGRAM_H
#define LAUNCHER_PLAN_PROGRAM_H

#include "../../shared/encode.h"
#include "plan.h"

/* Fills in the program, in the arena, and the ops of it where cinit waits. Errors: it would be too
 * large, or a bind mount or a remount has an option that none knows (-EINVAL). */
MUST_CHECK int plan_program(const struct spec *spec, struct arena *arena, struct plan *plan,
                            struct fail *fail);

/* The same for one more process in a container that runs. `tied`: it is to end with launcher. */
MUST_CHECK int plan_program_exec(const struct spec *spec, bool tied, struct arena *arena,
                                 struct plan *plan, struct fail *fail);

/* True when launcher makes the container's network namespace, or opens the one that it is to share, and
 * cinit joins it: making one takes a third of all the time of a start, and so it passes while cinit
 * mounts. Inside a user namespace it can't be: the network namespace must belong to that one, so
 * clone3(2) makes both. */
bool plan_sends_netns(const struct spec *spec);

/* True when the namespace of this type is another's. */
bool plan_joins(const struct spec *spec, enum namespace_type type);

/* sysfs shows the network namespace of whoever mounts it, and launcher is still making that one
 * while cinit begins. So what is before sysfs in the list of mounts, and all that needs no more than
 * that, comes first, then the network namespace, then the rest. */
enum mount_half { MOUNTS_BEFORE_NET, MOUNTS_AFTER_NET };

/* The parts that have a file of their own. */
MUST_CHECK int plan_mounts(const struct spec *spec, enum mount_half half, struct encoder *encoder,
                           struct fail *fail);
void plan_devices(const struct spec *spec, enum mount_half half, struct encoder *encoder);

/* What is written to a file of the container's procfs, and what the op's sentence names. */
void plan_procfs(struct encoder *encoder, enum op_kind kind, const char *path, const char *value,
                 const char *name);

/* Returns the number of the op START, WIRE_NO_OP where there is none. */
uint32_t plan_payload(const struct spec *spec, struct encoder *encoder);

/* True when what is mounted last on `destination` is in the first half. */
bool plan_mounted_early(const struct spec *spec, const char *destination);

/* True when there are device nodes outside a tmpfs on /dev, in the root file system itself: only a
 * config.json asks for that. */
bool plan_has_devices_in_root(const struct spec *spec);

#endif
