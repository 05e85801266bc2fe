/* usage.h - what a container has used, read from its cgroups before they go. */
#ifndef LAUNCHER_CGROUP_USAGE_H
#define LAUNCHER_CGROUP_USAGE_H

#include "cgroup.h"

/* The kernel's counts; one that this host does not keep is not set. */
struct cgroup_usage {
    struct limit memory_limit, memory_peak; /* bytes */
    struct limit memory_now, pids_now;      /* what it uses at the moment */
    struct limit oom_kills;                 /* processes killed, in the cgroups below too */
    struct limit memory_failures; /* times that its own limit could not be kept otherwise; v2 */
    struct limit memory_high_hits;
    struct limit pids_limit, pids_peak;
    struct limit pids_refused; /* forks that the limit refused */
    struct limit cpu_us, cpu_user_us, cpu_system_us;
    struct limit cpu_periods, cpu_throttled_periods, cpu_throttled_us;
    struct limit read_bytes, write_bytes, reads, writes;
    struct limit cpu_some_us, memory_some_us, memory_full_us, io_some_us, io_full_us; /* pressure */
};

/* Reads what is there. Never fails: a cgroup that is gone has nothing to tell. */
void cgroup_measure(const struct cgroup *cgroup, struct cgroup_usage *ret_usage);

/* Reads only what is read at every end: OOM kills, and what `launcher events` may have been too late
 * for. Nothing else is told to somebody who asked for no report. */
void cgroup_measure_events(const struct cgroup *cgroup, struct cgroup_usage *ret_usage);

#endif
