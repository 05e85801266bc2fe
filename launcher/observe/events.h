/* events.h - what happens to a container, as it happens: a line of JSON for each event.
 *
 * Nothing here looks again after some time: everything is an event of the kernel.
 *
 *     frozen, thawed         v2 cgroup.events; v1 inotify(7) on freezer.state
 *     oom, oom_kill          v2 memory.events; v1 an eventfd for memory.oom_control
 *     memory_high            v2 memory.events
 *     pids_max               pids.events
 *     pressure               a trigger of the v2 cgroup's PSI files
 *     exit                   the pidfd, then the record that launcher leaves
 */
#ifndef LAUNCHER_EVENTS_H
#define LAUNCHER_EVENTS_H

#include <stdio.h>

#include "live.h"
#include "psi.h"

/* Tell when processes waited for `stall_us` within a window. */
struct pressure_trigger {
    enum psi_resource resource;
    enum psi_kind kind;
    int64_t stall_us, window_us;
};

/* PURE: "memory:150ms/2s", "io.full:1s/10s"; without a unit it is microseconds, as in the kernel. */
MUST_CHECK int pressure_trigger_parse(const char *text, struct pressure_trigger *ret_trigger,
                                      struct fail *fail);

/* Prints what happens until the container is gone, the reader is, or SIGINT, SIGTERM or SIGHUP
 * comes. The first line, "watching", says that from here on nothing is missed. */
MUST_CHECK int events_follow(const struct live *live, const struct pressure_trigger *triggers,
                             size_t trigger_count, struct arena *arena, FILE *file,
                             struct fail *fail);

/* Prints one line, "stats", in the form of `runc events --stats`. */
MUST_CHECK int events_print_stats(const struct live *live, FILE *file, struct fail *fail);

#endif
