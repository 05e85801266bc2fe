/* PURE: the files of the hierarchies of version 1, Documentation/admin-guide/cgroup-v1/. */
#include <stdio.h>
#include <string.h>

#include "limits.h"

#define NUMBER(NAME, FIELD, UNLIMITED)                                                  \
    static bool NAME(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX]) \
    {                                                                                   \
        return limit_text(resources->FIELD, UNLIMITED, text);                           \
    }

NUMBER(memory_max, memory_max, "-1")
NUMBER(memory_high, memory_high, "-1")
NUMBER(memory_low, memory_low, "-1")
NUMBER(memory_min, memory_min, "-1")
NUMBER(memory_oom_group, memory_oom_group, "-1")
NUMBER(cpu_period, cpu_period_us, "-1")
NUMBER(cpu_quota, cpu_quota_us, "-1")
NUMBER(cpu_burst, cpu_burst_us, "-1")
NUMBER(cpu_idle, cpu_idle, "-1")
NUMBER(pids_max, pids_max, "max")
NUMBER(memory_swappiness, memory_swappiness, "-1")
NUMBER(cpu_rt_period, cpu_rt_period_us, "-1")
NUMBER(cpu_rt_runtime, cpu_rt_runtime_us, "-1")
NUMBER(net_class, net_class, "-1")

static bool oom_kill_disabled(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX])
{
    struct limit disabled = {.set = resources->memory_oom_kill_disabled, .value = 1};
    return limit_text(disabled, "-1", text);
}

static bool swap_implied(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX])
{
    return resources->memory_swap_implied && limit_text(resources->memory_swap, "-1", text);
}

static bool swap_asked(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX])
{
    return !resources->memory_swap_implied && limit_text(resources->memory_swap, "-1", text);
}

static bool cpu_shares(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX])
{
    struct limit shares = resources->cpu_shares;
    if (resources->cpu_weight.set)
        shares = (struct limit){.set = true,
                                .value = limits_shares_of_weight(resources->cpu_weight.value)};
    shares.set = shares.set && shares.value != 0; /* 0 is the OCI's "not set" */
    return limit_text(shares, "-1", text);
}

/* BFQ is the only scheduler that is left with weights in v1; its scale ends at 1,000. */
static bool io_weight(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX])
{
    struct limit weight = resources->io_weight.set ? resources->io_weight : resources->blkio_weight;
    weight.value = weight.value > 1000 ? 1000 : weight.value;
    weight.set = weight.set && weight.value != 0;
    return limit_text(weight, "-1", text);
}

/* The order matters three times. memsw (memory plus swap) may never be below memory, so memory comes
 * down first. The period must stand before the quota: the kernel checks the pair, not the number.
 * The burst can't be more than the quota. memsw is there only when the kernel accounts for swap. */
static const struct limit_row ROWS[] = {
    {CONTROLLER_PIDS, "pids.max", "pids.max", .text = pids_max},
    {CONTROLLER_MEMORY, "memory.max", "memory.limit_in_bytes", .text = memory_max},
    {CONTROLLER_MEMORY, "memory.swap.max", "memory.memsw.limit_in_bytes", .text = swap_implied,
     .optional = true},
    {CONTROLLER_MEMORY, "memory.swap.max", "memory.memsw.limit_in_bytes", .text = swap_asked},
    {CONTROLLER_MEMORY, "memory.high", NULL, .text = memory_high},
    {CONTROLLER_MEMORY, "memory.low", "memory.soft_limit_in_bytes", .text = memory_low},
    {CONTROLLER_MEMORY, "memory.min", NULL, .text = memory_min},
    {CONTROLLER_MEMORY, "memory.oom.group", NULL, .text = memory_oom_group},
    {CONTROLLER_CPU, "cpu.max", "cpu.cfs_period_us", .text = cpu_period},
    {CONTROLLER_CPU, "cpu.max", "cpu.cfs_quota_us", .text = cpu_quota},
    {CONTROLLER_CPU, "cpu.max.burst", "cpu.cfs_burst_us", .text = cpu_burst},
    {CONTROLLER_MEMORY, "memory.swappiness", "memory.swappiness", .text = memory_swappiness},
    {CONTROLLER_MEMORY, "memory.oom_control", "memory.oom_control", .text = oom_kill_disabled},
    {CONTROLLER_CPU, "cpu.rt_period_us", "cpu.rt_period_us", .text = cpu_rt_period},
    {CONTROLLER_CPU, "cpu.rt_runtime_us", "cpu.rt_runtime_us", .text = cpu_rt_runtime},
    {CONTROLLER_CPU, "cpu.weight", "cpu.shares", .text = cpu_shares},
    {CONTROLLER_CPU, "cpu.idle", "cpu.idle", .text = cpu_idle},
    {CONTROLLER_NET_CLS, "net_cls.classid", "net_cls.classid", .text = net_class},
    {CONTROLLER_IO, "io.weight", "blkio.bfq.weight", .text = io_weight,
     .other_file = "blkio.weight", .other_text = io_weight},
};

/* ---- lists ---- */

static void add(struct limit_list *list, enum controller controller, const char *name,
                const char *file, const char *text, struct arena *arena)
{
    *ARENA_APPEND(arena, list->writes, list->count) =
        (struct limit_write){.controller = controller, .name = name, .file = file, .text = text};
}

/* 0 is v1's "no limit". */
static void add_rate(struct limit_list *list, const struct spec_io_device *device, const char *file,
                     struct limit limit, struct arena *arena)
{
    if (limit.set)
        add(list, CONTROLLER_IO, "io.max", file,
            arena_printf(arena, "%u:%u %lld", device->major, device->minor,
                         limit.value < 0 ? 0 : (long long)limit.value),
            arena);
}

static void add_io_device(struct limit_list *list, const struct spec_io_device *device,
                          struct arena *arena)
{
    struct limit weight = device->weight;
    weight.value = weight.value > 1000 ? 1000 : weight.value;
    add_rate(list, device, "blkio.throttle.read_bps_device", device->rbps, arena);
    add_rate(list, device, "blkio.throttle.write_bps_device", device->wbps, arena);
    add_rate(list, device, "blkio.throttle.read_iops_device", device->riops, arena);
    add_rate(list, device, "blkio.throttle.write_iops_device", device->wiops, arena);
    add_rate(list, device, "blkio.bfq.weight_device", weight, arena);
}

static void add_hugepage(struct limit_list *list, const struct spec_hugepage_limit *limit,
                         struct arena *arena)
{
    const char *text =
        limit->max.value < 0 ? "-1" : arena_printf(arena, "%lld", (long long)limit->max.value);
    const char *name = arena_printf(arena, "hugetlb.%s.max", limit->page_size);
    add(list, CONTROLLER_HUGETLB, name,
        arena_printf(arena, "hugetlb.%s.limit_in_bytes", limit->page_size), text, arena);
    add(list, CONTROLLER_HUGETLB, name,
        arena_printf(arena, "hugetlb.%s.rsvd.limit_in_bytes", limit->page_size), text, arena);
    list->writes[list->count - 1].optional = true;
}

struct limit_list limits_v1(const struct spec_resources *resources, struct arena *arena)
{
    struct limit_list list = {.count = 0};
    limits_add_rows(&list, ROWS, sizeof(ROWS) / sizeof(ROWS[0]), resources, arena);
    if (resources->cpuset_cpus != NULL)
        add(&list, CONTROLLER_CPUSET, "cpuset.cpus", "cpuset.cpus", resources->cpuset_cpus, arena);
    if (resources->cpuset_mems != NULL)
        add(&list, CONTROLLER_CPUSET, "cpuset.mems", "cpuset.mems", resources->cpuset_mems, arena);
    for (size_t i = 0; i < resources->io_device_count; i++)
        add_io_device(&list, &resources->io_devices[i], arena);
    for (size_t i = 0; i < resources->net_priority_count; i++)
        add(&list, CONTROLLER_NET_PRIO, "net_prio.ifpriomap", "net_prio.ifpriomap",
            arena_printf(arena, "%s %u", resources->net_priorities[i].interface,
                         resources->net_priorities[i].priority),
            arena);
    for (size_t i = 0; i < resources->hugepage_count; i++)
        add_hugepage(&list, &resources->hugepages[i], arena);
    limits_add_common(&list, resources, arena);
    return list;
}
