/* report.h - why and how a container ended, and what it used: row R21 of the acceptance list.
 *
 * Taken when the container is gone and before its cgroups go; written as JSON to --report, and as
 * one line to stderr when a limit ended the payload.
 */
#ifndef LAUNCHER_REPORT_H
#define LAUNCHER_REPORT_H

#include "../../shared/arena.h"
#include "../../shared/fail.h"
#include "../host/cgroup/usage.h"
#include "../spec/spec.h"

/* Where the time went; CLOCK_REALTIME in microseconds, 0: it never came to that. */
struct report_times {
    int64_t began;   /* launcher itself */
    int64_t planned; /* the command line is a plan */
    int64_t cloned;  /* the container's first process exists */
    int64_t started; /* the payload runs, as far as launcher was told */
    int64_t ended;   /* the container is gone */
    int64_t removed; /* and everything that it owned on the host */
};

struct report {
    bool ended;      /* there is a status of the payload */
    int wait_status; /* wait(2) */
    int exit_status; /* launcher's own */
    struct cgroup_usage usage;
    struct limit orphans_reaped; /* by cinit */
    struct report_times times;
};

/* What ended the payload. */
enum report_cause {
    ENDED_BY_ITSELF,
    ENDED_BY_MEMORY_LIMIT,   /* its own limit */
    ENDED_BY_LACK_OF_MEMORY, /* a limit above, or the host had no memory left */
    ENDED_BY_CPU_TIME,       /* --cpu-time */
};

/* PURE: judges the counts. */
enum report_cause report_cause(const struct report *report, const struct spec *spec);

/* PURE: the line for people, "" when no limit ended anything: "the payload was killed by the memory
 * limit (100 MiB; peak 100 MiB, oom_kill 1)". */
const char *report_line(const struct report *report, const struct spec *spec, struct arena *arena);

/* Opens what --report names: a file, which is emptied, or a descriptor of the caller. */
MUST_CHECK int report_open(const char *target, int *ret_fd, struct fail *fail);

/* Writes the report as one JSON object. `error`: launcher's own, NULL when there was none. */
MUST_CHECK int report_write(int fd, const struct report *report, const struct spec *spec,
                            const char *error, struct fail *fail);

#endif
