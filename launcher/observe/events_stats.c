#include <errno.h>
#include <string.h>

#include "../host/cgroup/usage.h"
#include "events.h"

/* Where runc's JSON has it: object, object in that, key. runc counts nanoseconds. */
static const struct {
    const char *outer, *inner, *key;
    size_t offset;
    int64_t factor;
} ROWS[] = {
#define ROW(OUTER, INNER, KEY, FIELD, FACTOR)                           \
    {                                                                   \
        OUTER, INNER, KEY, offsetof(struct cgroup_usage, FIELD), FACTOR \
    }
    ROW("cpu", "usage", "total", cpu_us, 1000),
    ROW("cpu", "usage", "user", cpu_user_us, 1000),
    ROW("cpu", "usage", "kernel", cpu_system_us, 1000),
    ROW("cpu", "throttling", "periods", cpu_periods, 1),
    ROW("cpu", "throttling", "throttledPeriods", cpu_throttled_periods, 1),
    ROW("cpu", "throttling", "throttledTime", cpu_throttled_us, 1000),
    ROW("memory", "usage", "usage", memory_now, 1),
    ROW("memory", "usage", "max", memory_peak, 1),
    ROW("memory", "usage", "limit", memory_limit, 1),
    ROW("pids", NULL, "current", pids_now, 1),
    ROW("pids", NULL, "limit", pids_limit, 1),
#undef ROW
};

static json_t *object_in(json_t *json, const char *key)
{
    json_t *object = key == NULL ? json : json_object_get(json, key);
    if (object != NULL)
        return object;
    object = json_object();
    (void)json_object_set_new(json, key, object); /* out of memory: no text can be made either */
    return object;
}

/* What is not known, or unlimited, is left out, as runc does. */
static json_t *usage_as_runc(const struct cgroup_usage *usage)
{
    json_t *json = json_object();
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct limit number;
        memcpy(&number, (const char *)usage + ROWS[i].offset, sizeof(number));
        if (number.set && number.value >= 0)
            (void)json_object_set_new(object_in(object_in(json, ROWS[i].outer), ROWS[i].inner),
                                      ROWS[i].key, json_integer(number.value * ROWS[i].factor));
    }
    return json;
}

int events_print_stats(const struct live *live, FILE *file, struct fail *fail)
{
    struct cgroup_usage usage;
    TRY(live_need_cgroup(live, "measuring", fail));
    cgroup_measure(&live->cgroup, &usage);
    json_t *json = json_pack("{s:s, s:s, s:o}", "type", "stats", "id", live->record.id, "data",
                             usage_as_runc(&usage));
    AUTO_FREE char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (text == NULL)
        return fail_code(fail, -ENOMEM, "printing what the container %s uses", live->record.id);
    (void)fprintf(file, "%s\n", text); /* main looks whether that worked */
    return 0;
}
