/* usage_json.h - PURE: what a container uses as JSON, in the exit report and in stats. */
#ifndef LAUNCHER_USAGE_JSON_H
#define LAUNCHER_USAGE_JSON_H

#include <jansson.h>

#include "../host/cgroup/usage.h"

enum usage_moment {
    USAGE_AT_END, /* what it uses now is nothing any more */
    USAGE_NOW,
};

/* Adds the objects memory, pids, cpu, io and pressure. */
void usage_to_json(const struct cgroup_usage *usage, enum usage_moment moment, json_t *json);

/* What is not known is null, not 0. */
json_t *usage_number(struct limit number);

#endif
