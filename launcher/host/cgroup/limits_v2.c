/* PURE: the files of the unified hierarchy, Documentation/admin-guide/cgroup-v2.rst. */
#include <stdio.h>
#include <string.h>

#include "limits.h"

#define NUMBER(NAME, FIELD)                                                             \
    static bool NAME(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX]) \
    {                                                                                   \
        return limit_text(resources->FIELD, "max", text);                               \
    }

NUMBER(memory_max, memory_max)
NUMBER(memory_high, memory_high)
NUMBER(memory_low, memory_low)
NUMBER(memory_min, memory_min)
NUMBER(memory_oom_group, memory_oom_group)
NUMBER(cpu_burst, cpu_burst_us)
NUMBER(cpu_idle, cpu_idle)
NUMBER(pids_max, pids_max)

/* The OCI counts memory and swap together, v2 swap alone. */
static bool swap_max(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX])
{
    struct limit swap = resources->memory_swap;
    if (swap.value >= 0 && resources->memory_max.set)
        swap.value -= resources->memory_max.value;
    return limit_text(swap, "max", text);
}

static bool swap_max_implied(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX])
{
    return resources->memory_swap_implied && swap_max(resources, text);
}

static bool swap_max_asked(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX])
{
    return !resources->memory_swap_implied && swap_max(resources, text);
}

static bool cpu_max(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX])
{
    struct limit quota = resources->cpu_quota_us, period = resources->cpu_period_us;
    if (!limit_text(quota, "max", text)) {
        if (!period.set)
            return false;
        (void)strcpy(text, "max");
    }
    size_t used = strlen(text);
    if (period.set) /* otherwise the kernel keeps its own, 100,000 us */
        (void)snprintf(text + used, LIMIT_TEXT_MAX - used, " %lld", (long long)period.value);
    return true;
}

/* cpu.idle and a weight exclude each other in the kernel: the idle one has none. */
static bool cpu_weight(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX])
{
    struct limit weight = resources->cpu_weight;
    if (!weight.set && resources->cpu_shares.set && resources->cpu_shares.value != 0)
        weight = (struct limit){.set = true,
                                .value = limits_weight_of_shares(resources->cpu_shares.value)};
    return limit_text(weight, "max", text);
}

static struct limit io_weight_of(const struct spec_resources *resources)
{
    struct limit weight = resources->io_weight;
    if (!weight.set && resources->blkio_weight.set && resources->blkio_weight.value != 0)
        weight = (struct limit){.set = true,
                                .value = limits_io_weight_of_blkio(resources->blkio_weight.value)};
    return weight;
}

static bool io_weight(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX])
{
    struct limit weight = io_weight_of(resources);
    (void)snprintf(text, LIMIT_TEXT_MAX, "default %lld", (long long)weight.value);
    return weight.set;
}

/* The BFQ scheduler has a file of its own, which ends at 1,000. */
static bool bfq_weight(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX])
{
    struct limit weight = io_weight_of(resources);
    weight.value = weight.value > 1000 ? 1000 : weight.value;
    (void)snprintf(text, LIMIT_TEXT_MAX, "default %lld", (long long)weight.value);
    return weight.set;
}

/* memory.swap.max is missing where the kernel was built without swap, or doesn't account for it. */
static const struct limit_row ROWS[] = {
    {CONTROLLER_PIDS, "pids.max", "pids.max", .text = pids_max},
    {CONTROLLER_MEMORY, "memory.max", "memory.max", .text = memory_max},
    {CONTROLLER_MEMORY, "memory.swap.max", "memory.swap.max", .text = swap_max_implied,
     .optional = true},
    {CONTROLLER_MEMORY, "memory.swap.max", "memory.swap.max", .text = swap_max_asked},
    {CONTROLLER_MEMORY, "memory.high", "memory.high", .text = memory_high},
    {CONTROLLER_MEMORY, "memory.low", "memory.low", .text = memory_low},
    {CONTROLLER_MEMORY, "memory.min", "memory.min", .text = memory_min},
    {CONTROLLER_MEMORY, "memory.oom.group", "memory.oom.group", .text = memory_oom_group},
    {CONTROLLER_CPU, "cpu.max", "cpu.max", .text = cpu_max},
    {CONTROLLER_CPU, "cpu.max.burst", "cpu.max.burst", .text = cpu_burst},
    {CONTROLLER_CPU, "cpu.weight", "cpu.weight", .text = cpu_weight},
    {CONTROLLER_CPU, "cpu.idle", "cpu.idle", .text = cpu_idle},
    {CONTROLLER_IO, "io.weight", "io.weight", .text = io_weight, .other_file = "io.bfq.weight",
     .other_text = bfq_weight},
};

/* ---- lists ---- */

static void add(struct limit_list *list, struct arena *arena, struct limit_write write)
{
    write.name = write.name != NULL ? write.name : write.file;
    *ARENA_APPEND(arena, list->writes, list->count) = write;
}

static void add_cpuset(struct limit_list *list, const struct spec_resources *resources,
                       struct arena *arena)
{
    if (resources->cpuset_cpus != NULL)
        add(list, arena,
            (struct limit_write){.controller = CONTROLLER_CPUSET,
                                 .file = "cpuset.cpus",
                                 .text = resources->cpuset_cpus});
    if (resources->cpuset_mems != NULL)
        add(list, arena,
            (struct limit_write){.controller = CONTROLLER_CPUSET,
                                 .file = "cpuset.mems",
                                 .text = resources->cpuset_mems});
}

/* "8:0 rbps=1048576 wiops=max"; NULL: no rate was asked for. */
static const char *io_max_text(const struct spec_io_device *device, struct arena *arena)
{
    const struct {
        const char *key;
        struct limit limit;
    } rates[] = {{"rbps", device->rbps},
                 {"wbps", device->wbps},
                 {"riops", device->riops},
                 {"wiops", device->wiops}};
    const char *text = arena_printf(arena, "%u:%u", device->major, device->minor);
    const char *bare = text;
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
        if (rates[i].limit.set)
            text = arena_printf(arena, "%s %s=%s", text, rates[i].key,
                                limit_word(rates[i].limit, arena));
    return text == bare ? NULL : text;
}

static void add_io_device(struct limit_list *list, const struct spec_io_device *device,
                          struct arena *arena)
{
    const char *rates = io_max_text(device, arena);
    if (rates != NULL)
        add(list, arena,
            (struct limit_write){.controller = CONTROLLER_IO, .file = "io.max", .text = rates});
    if (!device->weight.set)
        return;
    int64_t weight = device->weight.value, bfq = weight > 1000 ? 1000 : weight;
    add(list, arena,
        (struct limit_write){.controller = CONTROLLER_IO,
                             .file = "io.weight",
                             .text = arena_printf(arena, "%u:%u %lld", device->major, device->minor,
                                                  (long long)weight),
                             .other_file = "io.bfq.weight",
                             .other_text = arena_printf(arena, "%u:%u %lld", device->major,
                                                        device->minor, (long long)bfq)});
}

/* The reservation comes first at a fault, so that mmap(2) fails instead of a later SIGBUS. */
static void add_hugepage(struct limit_list *list, const struct spec_hugepage_limit *limit,
                         struct arena *arena)
{
    const char *text = limit_word(limit->max, arena);
    add(list, arena,
        (struct limit_write){.controller = CONTROLLER_HUGETLB,
                             .file = arena_printf(arena, "hugetlb.%s.max", limit->page_size),
                             .text = text});
    add(list, arena,
        (struct limit_write){.controller = CONTROLLER_HUGETLB,
                             .file = arena_printf(arena, "hugetlb.%s.rsvd.max", limit->page_size),
                             .text = text,
                             .optional = true});
}

struct limit_list limits_v2(const struct spec_resources *resources, struct arena *arena)
{
    struct limit_list list = {.count = 0};
    limits_add_rows(&list, ROWS, sizeof(ROWS) / sizeof(ROWS[0]), resources, arena);
    add_cpuset(&list, resources, arena);
    for (size_t i = 0; i < resources->io_device_count; i++)
        add_io_device(&list, &resources->io_devices[i], arena);
    for (size_t i = 0; i < resources->hugepage_count; i++)
        add_hugepage(&list, &resources->hugepages[i], arena);
    limits_add_common(&list, resources, arena);
    return list;
}
