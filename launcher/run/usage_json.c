#include "usage_json.h"

#include <string.h>

/* One number of the usage: where it stands. */
static const struct {
    const char *object, *key;
    size_t offset;
    enum usage_moment since; /* USAGE_NOW: only while the container runs */
} NUMBERS[] = {
#define NUMBER(OBJECT, KEY, FIELD, ...)                                                   \
    {                                                                                     \
        .object = (OBJECT), .key = (KEY), .offset = offsetof(struct cgroup_usage, FIELD), \
        .since = USAGE_AT_END __VA_OPT__(+) __VA_ARGS__                                   \
    }
    NUMBER("memory", "usage", memory_now, USAGE_NOW),
    NUMBER("memory", "limit", memory_limit),
    NUMBER("memory", "peak", memory_peak),
    NUMBER("memory", "oom_kills", oom_kills),
    NUMBER("memory", "limit_hits", memory_failures),
    NUMBER("memory", "high_hits", memory_high_hits),
    NUMBER("pids", "current", pids_now, USAGE_NOW),
    NUMBER("pids", "limit", pids_limit),
    NUMBER("pids", "peak", pids_peak),
    NUMBER("pids", "refused", pids_refused),
    NUMBER("cpu", "usage_us", cpu_us),
    NUMBER("cpu", "user_us", cpu_user_us),
    NUMBER("cpu", "system_us", cpu_system_us),
    NUMBER("cpu", "periods", cpu_periods),
    NUMBER("cpu", "throttled_periods", cpu_throttled_periods),
    NUMBER("cpu", "throttled_us", cpu_throttled_us),
    NUMBER("io", "read_bytes", read_bytes),
    NUMBER("io", "write_bytes", write_bytes),
    NUMBER("io", "reads", reads),
    NUMBER("io", "writes", writes),
    NUMBER("pressure", "cpu_some_us", cpu_some_us),
    NUMBER("pressure", "memory_some_us", memory_some_us),
    NUMBER("pressure", "memory_full_us", memory_full_us),
    NUMBER("pressure", "io_some_us", io_some_us),
    NUMBER("pressure", "io_full_us", io_full_us),
#undef NUMBER
};

json_t *usage_number(struct limit number)
{
    return number.set ? json_integer(number.value) : json_null();
}

static json_t *object_of(json_t *json, const char *key)
{
    json_t *object = json_object_get(json, key);
    if (object != NULL)
        return object;
    object = json_object();
    (void)json_object_set_new(json, key, object); /* out of memory: the text can't be made either */
    return object;
}

void usage_to_json(const struct cgroup_usage *usage, enum usage_moment moment, json_t *json)
{
    for (size_t i = 0; i < sizeof(NUMBERS) / sizeof(NUMBERS[0]); i++) {
        struct limit number;
        if (NUMBERS[i].since > moment)
            continue;
        memcpy(&number, (const char *)usage + NUMBERS[i].offset, sizeof(number));
        (void)json_object_set_new(object_of(json, NUMBERS[i].object), NUMBERS[i].key,
                                  usage_number(number));
    }
}
