/* PURE: no system call is made in this file. The limits of a spec as properties of a systemd unit;
 * systemd.resource-control(5). */
#include <string.h>

#include "../../spec/parse.h"
#include "limits.h"
#include "scope.h"

/* "max" is the largest number there. */
static uint64_t number_of(const char *text)
{
    return strncmp(text, "max", 3) == 0 ? UINT64_MAX : strtoull(text, NULL, 10);
}

static void add_number(struct property_list *list, const char *name, const char *text,
                       struct arena *arena)
{
    property_list_add(
        list, arena,
        (struct unit_property){.name = name, .type = PROPERTY_UINT64, .number = number_of(text)});
}

/* "default 100", or the weight of one disk, for which systemd wants the disk's node. */
static void add_io_weight(struct property_list *list, const char *name, const char *text,
                          struct arena *arena)
{
    static const char word[] = "default ";
    if (strncmp(text, word, sizeof(word) - 1) == 0)
        add_number(list, name, text + sizeof(word) - 1, arena);
}

/* "50000 100000" is the quota and its period. systemd keeps the share of a second, and rounds it to
 * hundredths of one CPU: up, else the limit would be lower than asked for. */
static void add_cpu_max(struct property_list *list, const char *name, const char *text,
                        struct arena *arena)
{
    enum { SECOND_US = 1000 * 1000, STEP_US = 10 * 1000 };
    const char *behind = strchr(text, ' ');
    uint64_t quota = number_of(text), period = behind != NULL ? number_of(behind + 1) : 0;
    uint64_t share = UINT64_MAX;
    if (period != 0 && quota != UINT64_MAX && quota <= UINT64_MAX / SECOND_US)
        share = (quota * SECOND_US / period + STEP_US - 1) / STEP_US * STEP_US;
    property_list_add(
        list, arena,
        (struct unit_property){.name = name, .type = PROPERTY_UINT64, .number = share});
    if (period != 0)
        property_list_add(list, arena,
                          (struct unit_property){.name = "CPUQuotaPeriodUSec",
                                                 .type = PROPERTY_UINT64,
                                                 .number = period});
}

/* "0-3,8" as bits, the first CPU in the lowest bit of the first byte. */
static void add_set(struct property_list *list, const char *name, const char *text,
                    struct arena *arena)
{
    enum { SET_MAX = 1024 };
    struct fail ignored = {.code = 0};
    unsigned char *bits = arena_alloc(arena, SET_MAX);
    size_t used = 0;
    if (parse_cpu_list(text, bits, SET_MAX, &used, &ignored) >= 0)
        property_list_add(list, arena,
                          (struct unit_property){
                              .name = name, .type = PROPERTY_BYTES, .bytes = bits, .count = used});
}

static const struct {
    const char *file, *name;
    void (*add)(struct property_list *list, const char *name, const char *text,
                struct arena *arena);
} LIMITS[] = {
    {"pids.max", "TasksMax", add_number},      {"memory.max", "MemoryMax", add_number},
    {"memory.high", "MemoryHigh", add_number}, {"memory.low", "MemoryLow", add_number},
    {"memory.min", "MemoryMin", add_number},   {"memory.swap.max", "MemorySwapMax", add_number},
    {"cpu.weight", "CPUWeight", add_number},   {"cpu.max", "CPUQuotaPerSecUSec", add_cpu_max},
    {"cpuset.cpus", "AllowedCPUs", add_set},   {"cpuset.mems", "AllowedMemoryNodes", add_set},
    {"io.weight", "IOWeight", add_io_weight},
};

struct property_list limits_systemd(const struct spec_resources *resources, struct arena *arena)
{
    struct limit_list limits = limits_v2(resources, arena);
    struct property_list list = {.count = 0};
    for (size_t i = 0; i < limits.count; i++)
        for (size_t row = 0; row < sizeof(LIMITS) / sizeof(LIMITS[0]); row++)
            if (limits.writes[i].file != NULL &&
                strcmp(limits.writes[i].file, LIMITS[row].file) == 0)
                LIMITS[row].add(&list, LIMITS[row].name, limits.writes[i].text, arena);
    return list;
}
