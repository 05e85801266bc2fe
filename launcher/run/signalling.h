/* signalling.h - signals to a container, from the outside. */
#ifndef LAUNCHER_SIGNALLING_H
#define LAUNCHER_SIGNALLING_H

#include "status.h"

/* To the first process. One that waits for start has no handler yet: what would end a process ends it.
 * Errors: "container not running" (-ESRCH), in the words that engines look for. */
MUST_CHECK int signal_first(const struct container_view *view, int number, struct fail *fail);

/* To every process in the container's cgroups, also when the first one has ended. */
MUST_CHECK int signal_all(const struct container_view *view, int number, struct arena *arena,
                          struct fail *fail);

/* The pids in the container's cgroups as this process sees them; without a cgroup those in its PID
 * namespace, and where it has none either, its first process alone. */
MUST_CHECK int container_pids(const struct container_view *view, struct arena *arena,
                              pid_t **ret_pids, size_t *ret_count, struct fail *fail);

#endif
