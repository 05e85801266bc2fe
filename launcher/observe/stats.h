/* stats.h - what containers use at the moment. */
#ifndef LAUNCHER_STATS_H
#define LAUNCHER_STATS_H

#include <stdio.h>

#include "../host/cgroup/usage.h"
#include "live.h"
#include "psi.h"

struct stats {
    const char *id;
    pid_t pid;
    uint64_t starttime; /* with the name: the same container as in an earlier sample */
    int64_t taken_us;   /* CLOCK_BOOTTIME */
    bool paused;
    bool has_cpu_percent;
    double cpu_percent; /* 100: one CPU, all the time */
    struct cgroup_usage usage;
    bool has_psi;
    struct psi psi;
};

/* All containers at one moment, with the memory for it. */
struct stats_sample {
    struct arena arena;
    struct stats *rows;
    size_t count;
};

/* Measures the containers `ids`; `id_count` 0: all that run. `before` is an earlier sample, for the
 * CPU time since then, or NULL: then it is the average since the container's start. With `before`,
 * one of `ids` that has ended is left out; without, it is an error. */
MUST_CHECK int stats_take(const char *const *ids, size_t id_count,
                          const struct stats_sample *before, struct stats_sample *ret_sample,
                          struct fail *fail);

void stats_release(struct stats_sample *sample);

#define AUTO_SAMPLE __attribute__((cleanup(stats_release)))

/* A line for the heads of the columns and one for each container. */
void stats_print_table(const struct stats_sample *sample, FILE *file);

/* A line with a JSON object for each container. */
MUST_CHECK int stats_print_json(const struct stats_sample *sample, FILE *file, struct fail *fail);

/* The object of one container. */
json_t *stats_to_json(const struct stats *stats);

#endif
