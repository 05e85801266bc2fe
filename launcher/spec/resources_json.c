#include "resources_json.h"

#include <stdio.h>
#include <string.h>

#include "parse.h"
#include "resource_text.h"

static int wrong(const char *field, const char *wanted, struct fail *fail)
{
    return fail_set(fail, "the field %.100s must be %s", field, wanted);
}

static bool is_absent(const json_t *json)
{
    return json == NULL || json_is_null(json);
}

/* ---- numbers ---- */

static int read_integer(const json_t *json, const char *field, int64_t low, int64_t *ret_value,
                        struct fail *fail)
{
    *ret_value = json_integer_value(json);
    if (!json_is_integer(json) || *ret_value < low)
        return wrong(field, low < 0 ? "an integer from -1 on" : "an integer from 0 on", fail);
    return 0;
}

static bool zero_counts(const struct resource_row *row)
{
    return strcmp(row->oci_key, "idle") == 0 || strcmp(row->oci_key, "burst") == 0;
}

static int read_numbers(const json_t *json, struct spec_resources *resources, struct fail *fail)
{
    for (const struct resource_row *row = resource_rows; row->label != NULL; row++) {
        const json_t *value = json_object_get(json_object_get(json, row->oci_object), row->oci_key);
        char field[64];
        struct limit limit = {.set = true};
        if (is_absent(value) || strcmp(row->oci_object, "unified") == 0)
            continue;
        (void)snprintf(field, sizeof(field), "%s.%s", row->oci_object, row->oci_key);
        TRY(read_integer(value, field, -1, &limit.value, fail));
        if (limit.value != 0 || zero_counts(row))
            memcpy((char *)resources + row->offset, &limit, sizeof(limit));
    }
    return 0;
}

/* ---- what launcher can't limit ---- */

static const struct {
    const char *object, *key; /* NULL: the whole object */
} UNSUPPORTED[] = {
    {"memory", "kernel"},      {"memory", "kernelTCP"},    {"memory", "swappiness"},
    {"cpu", "realtimePeriod"}, {"cpu", "realtimeRuntime"}, {"memory", "disableOOMKiller"},
    {"blockIO", "leafWeight"}, {"network", NULL},
};

static bool says_nothing(const json_t *json)
{
    return is_absent(json) || json_is_false(json) ||
           (json_is_integer(json) && json_integer_value(json) == 0) ||
           (json_is_array(json) && json_array_size(json) == 0) ||
           (json_is_object(json) && json_object_size(json) == 0);
}

static int refuse_unsupported(const json_t *json, struct fail *fail)
{
    for (size_t i = 0; i < sizeof(UNSUPPORTED) / sizeof(UNSUPPORTED[0]); i++) {
        const json_t *value = json_object_get(json, UNSUPPORTED[i].object);
        const char *key = UNSUPPORTED[i].key;
        if (key != NULL)
            value = json_object_get(value, key);
        if (!says_nothing(value))
            return fail_set(fail,
                            "the field %s%s%s: launcher can't change this of a container "
                            "that runs",
                            UNSUPPORTED[i].object, key != NULL ? "." : "", key != NULL ? key : "");
    }
    return 0;
}

/* ---- lists ---- */

static int read_cpuset(const json_t *json, const char *key, const char **ret_text,
                       struct arena *arena, struct fail *fail)
{
    unsigned char mask[1024];
    size_t size = 0;
    char field[32];
    const json_t *value = json_object_get(json_object_get(json, "cpu"), key);
    (void)snprintf(field, sizeof(field), "cpu.%s", key);
    if (is_absent(value) || (json_is_string(value) && json_string_length(value) == 0))
        return 0;
    if (!json_is_string(value))
        return wrong(field, "a text: \"0-1,4\"", fail);
    *ret_text = arena_strdup(arena, json_string_value(value));
    if (parse_cpu_list(*ret_text, mask, sizeof(mask), &size, fail) < 0)
        return fail_context(fail, "the field %s", field);
    return 0;
}

/* Lists of devices: which of its numbers each has. */
static const struct {
    const char *key, *number;
    size_t offset; /* of its struct limit in struct spec_io_device */
} DEVICE_LISTS[] = {
    {"throttleReadBpsDevice", "rate", offsetof(struct spec_io_device, rbps)},
    {"throttleWriteBpsDevice", "rate", offsetof(struct spec_io_device, wbps)},
    {"throttleReadIOPSDevice", "rate", offsetof(struct spec_io_device, riops)},
    {"throttleWriteIOPSDevice", "rate", offsetof(struct spec_io_device, wiops)},
    {"weightDevice", "weight", offsetof(struct spec_io_device, weight)},
};

static int read_device(const json_t *json, size_t list, const char *field, struct arena *arena,
                       struct spec_resources *resources, struct fail *fail)
{
    int64_t major = 0, minor = 0;
    struct limit limit = {.set = true};
    TRY(read_integer(json_object_get(json, "major"), field, 0, &major, fail));
    TRY(read_integer(json_object_get(json, "minor"), field, 0, &minor, fail));
    TRY(read_integer(json_object_get(json, DEVICE_LISTS[list].number), field, 0, &limit.value,
                     fail));
    if (limit.value == 0) /* v1's "no limit" */
        limit.value = -1;
    struct spec_io_device device = {.major = (uint32_t)major, .minor = (uint32_t)minor};
    memcpy((char *)&device + DEVICE_LISTS[list].offset, &limit, sizeof(limit));
    *ARENA_APPEND(arena, resources->io_devices, resources->io_device_count) = device;
    return 0;
}

static int read_devices(const json_t *json, struct arena *arena, struct spec_resources *resources,
                        struct fail *fail)
{
    const json_t *object = json_object_get(json, "blockIO");
    for (size_t i = 0; i < sizeof(DEVICE_LISTS) / sizeof(DEVICE_LISTS[0]); i++) {
        char field[80];
        size_t index;
        const json_t *value, *list = json_object_get(object, DEVICE_LISTS[i].key);
        (void)snprintf(field, sizeof(field), "blockIO.%s", DEVICE_LISTS[i].key);
        if (!is_absent(list) && !json_is_array(list))
            return wrong(field, "a list", fail);
        json_array_foreach (list, index, value) {
            (void)snprintf(field, sizeof(field), "blockIO.%s[%zu]", DEVICE_LISTS[i].key, index);
            TRY(read_device(value, i, field, arena, resources, fail));
        }
    }
    return 0;
}

static int read_hugepages(const json_t *json, struct arena *arena, struct spec_resources *resources,
                          struct fail *fail)
{
    size_t index;
    const json_t *value, *list = json_object_get(json, "hugepageLimits");
    if (!is_absent(list) && !json_is_array(list))
        return wrong("hugepageLimits", "a list", fail);
    json_array_foreach (list, index, value) {
        struct spec_hugepage_limit limit = {.max = {.set = true}};
        const char *size = json_string_value(json_object_get(value, "pageSize"));
        if (size == NULL || strpbrk(size, "./ \n") != NULL)
            return wrong("hugepageLimits.pageSize", "a size as the kernel spells it: \"2MB\"",
                         fail);
        TRY(read_integer(json_object_get(value, "limit"), "hugepageLimits.limit", 0,
                         &limit.max.value, fail));
        limit.page_size = arena_strdup(arena, size);
        *ARENA_APPEND(arena, resources->hugepages, resources->hugepage_count) = limit;
    }
    return 0;
}

static int read_count(const json_t *json, const char *key, struct limit *ret_limit,
                      struct fail *fail)
{
    const json_t *value = json_object_get(json, key);
    char field[64];
    (void)snprintf(field, sizeof(field), "rdma.%s", key);
    ret_limit->set = !is_absent(value);
    return ret_limit->set ? read_integer(value, field, 0, &ret_limit->value, fail) : 0;
}

static int read_rdma(const json_t *json, struct arena *arena, struct spec_resources *resources,
                     struct fail *fail)
{
    const char *device;
    json_t *value, *object = json_object_get(json, "rdma");
    if (!is_absent(object) && !json_is_object(object))
        return wrong("rdma", "an object", fail);
    json_object_foreach (object, device, value) {
        struct spec_rdma_limit limit = {.device = arena_strdup(arena, device)};
        if (*device == '\0' || strpbrk(device, " \n") != NULL)
            return wrong("rdma", "named as the device", fail);
        TRY(read_count(value, "hcaHandles", &limit.handles, fail));
        TRY(read_count(value, "hcaObjects", &limit.objects, fail));
        *ARENA_APPEND(arena, resources->rdma, resources->rdma_count) = limit;
    }
    return 0;
}

/* The same rules as for --cgroup-set. */
static int read_unified(const json_t *json, struct arena *arena, struct spec_resources *resources,
                        struct fail *fail)
{
    const char *key;
    json_t *value, *object = json_object_get(json, "unified");
    if (!is_absent(object) && !json_is_object(object))
        return wrong("unified", "an object", fail);
    json_object_foreach (object, key, value) {
        struct spec_pair pair;
        if (!json_is_string(value))
            return fail_set(fail, "the field unified.%.100s must be a text", key);
        const char *text = arena_printf(arena, "%s=%s", key, json_string_value(value));
        if (parse_raw_key(text, arena, &pair, fail) < 0)
            return fail_context(fail, "the field unified");
        *ARENA_APPEND(arena, resources->unified, resources->unified_count) = pair;
    }
    return 0;
}

static int check_objects(const json_t *json, struct fail *fail)
{
    static const char *const objects[] = {"memory", "cpu", "pids", "blockIO"};
    if (!json_is_object(json))
        return fail_set(fail, "it must be an object: {\"memory\": {\"limit\": 104857600}}");
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        const json_t *object = json_object_get(json, objects[i]);
        if (!is_absent(object) && !json_is_object(object))
            return wrong(objects[i], "an object", fail);
    }
    return 0;
}

int resources_from_json(const json_t *json, struct arena *arena, struct spec_resources *resources,
                        struct fail *fail)
{
    TRY(check_objects(json, fail));
    TRY(refuse_unsupported(json, fail));
    TRY(read_numbers(json, resources, fail));
    TRY(read_cpuset(json, "cpus", &resources->cpuset_cpus, arena, fail));
    TRY(read_cpuset(json, "mems", &resources->cpuset_mems, arena, fail));
    TRY(read_devices(json, arena, resources, fail));
    TRY(read_hugepages(json, arena, resources, fail));
    TRY(read_rdma(json, arena, resources, fail));
    return read_unified(json, arena, resources, fail);
}
