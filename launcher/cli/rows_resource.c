#include <string.h>

#include "../spec/parse.h"
#include "../spec/resource_text.h"
#include "../spec/spec_names.h"
#include "run_rows.h"

enum { CPU_PERIOD_US = 100000, CPU_MAX = 8192, NODE_MAX = 1024 };

/* A handler that reads one number into one field of the resources. */
#define NUMBER_HANDLER(NAME, FIELD, PARSE)                               \
    static int NAME(void *context, const char *value, struct fail *fail) \
    {                                                                    \
        struct run_context *run = context;                               \
        return PARSE(value, &run->spec->resources.FIELD, fail);          \
    }

/* A handler that appends to one of the lists of the resources. */
#define LIST_HANDLER(NAME, LIST, COUNT, PARSE)                              \
    static int NAME(void *context, const char *value, struct fail *fail)    \
    {                                                                       \
        struct run_context *run = context;                                  \
        struct spec_resources *resources = &run->spec->resources;           \
        __typeof__(*resources->LIST) one;                                   \
        TRY(PARSE(value, run->arena, &one, fail));                          \
        *ARENA_APPEND(run->arena, resources->LIST, resources->COUNT) = one; \
        return 0;                                                           \
    }

static int parse_between(const char *text, int64_t low, int64_t high, struct limit *ret_limit,
                         struct fail *fail)
{
    ret_limit->set = true;
    return parse_number(text, low, high, &ret_limit->value, fail);
}

static int parse_weight(const char *text, struct limit *ret_limit, struct fail *fail)
{
    return parse_between(text, 1, 10000, ret_limit, fail);
}

static int parse_shares(const char *text, struct limit *ret_limit, struct fail *fail)
{
    return parse_between(text, 2, 262144, ret_limit, fail);
}

/* ---- memory ---- */

/* Without a limit there is nothing to write: "unlimited" takes an earlier option back. */
static int parse_bound(const char *text, struct limit *ret_limit, struct fail *fail)
{
    TRY(parse_size_limit(text, ret_limit, fail));
    ret_limit->set = ret_limit->value >= 0;
    return 0;
}

NUMBER_HANDLER(take_memory, memory_max, parse_bound)
NUMBER_HANDLER(take_memory_high, memory_high, parse_size_limit)
NUMBER_HANDLER(take_memory_low, memory_low, parse_size_limit)
NUMBER_HANDLER(take_memory_min, memory_min, parse_size_limit)
NUMBER_HANDLER(take_memory_swap, memory_swap, parse_size_limit)

static int take_oom_group(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    (void)value, (void)fail;
    run->spec->resources.memory_oom_group = (struct limit){.set = true, .value = 1};
    return 0;
}

/* ---- cpu ---- */

static int take_cpus(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    int64_t quota_us = 0;
    TRY(parse_cpus(value, CPU_PERIOD_US, &quota_us, fail));
    run->spec->resources.cpu_quota_us = (struct limit){.set = true, .value = quota_us};
    run->spec->resources.cpu_period_us = (struct limit){.set = true, .value = CPU_PERIOD_US};
    return 0;
}

/* In CPUs, as --cpus: what was not used of earlier periods, at most this much in one. */
static int take_cpu_burst(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    struct limit burst = {.set = true};
    TRY(parse_cpus(value, CPU_PERIOD_US, &burst.value, fail));
    run->spec->resources.cpu_burst_us = burst;
    return 0;
}

NUMBER_HANDLER(take_cpu_weight, cpu_weight, parse_weight)
NUMBER_HANDLER(take_cpu_shares, cpu_shares, parse_shares)

static int take_cpu_idle(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    (void)value, (void)fail;
    run->spec->resources.cpu_idle = (struct limit){.set = true, .value = 1};
    return 0;
}

static int check_list(const char *text, size_t highest, struct fail *fail)
{
    unsigned char mask[CPU_MAX / 8];
    size_t size = 0;
    return parse_cpu_list(text, mask, highest / 8, &size, fail);
}

static int take_cpuset_cpus(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    run->spec->resources.cpuset_cpus = value;
    return check_list(value, CPU_MAX, fail);
}

static int take_cpuset_mems(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    run->spec->resources.cpuset_mems = value;
    return check_list(value, NODE_MAX, fail);
}

/* ---- pids, io and the rest ---- */

static int parse_pids(const char *text, struct limit *ret_limit, struct fail *fail)
{
    TRY(parse_count_limit(text, 1, ret_limit, fail));
    ret_limit->set = ret_limit->value >= 0;
    return 0;
}

NUMBER_HANDLER(take_pids, pids_max, parse_pids)
NUMBER_HANDLER(take_io_weight, io_weight, parse_weight)
LIST_HANDLER(take_io, io_devices, io_device_count, parse_io_device)
LIST_HANDLER(take_hugetlb, hugepages, hugepage_count, parse_hugepage_limit)
LIST_HANDLER(take_rdma, rdma, rdma_count, parse_rdma_limit)
LIST_HANDLER(take_misc, misc, misc_count, parse_misc_limit)
LIST_HANDLER(take_raw_key, unified, unified_count, parse_raw_key)
LIST_HANDLER(take_device_rule, device_rules, device_rule_count, parse_device_rule)

/* ---- the cgroup ---- */

static int take_cgroup(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    run->spec->cgroup.path = value;
    return *value != '\0' ? 0 : fail_set(fail, "the path is empty");
}

static int take_cgroup_parent(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    run->spec->cgroup.parent = value;
    return *value != '\0' ? 0 : fail_set(fail, "the path is empty");
}

static int take_delegate(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    (void)value, (void)fail;
    run->spec->cgroup.delegate = true;
    return 0;
}

static int take_live(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    (void)value, (void)fail;
    run->spec->cgroup.live = true;
    return 0;
}

static int take_best_effort(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    (void)value, (void)fail;
    run->spec->cgroup.best_effort = true;
    return 0;
}

static int take_report(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    run->spec->report = value;
    return *value != '\0' ? 0 : fail_set(fail, "the name is empty");
}

/* What `launcher update` changes of a container that runs, too. */
static const struct option_row limit_rows[] = {
    {.name = "memory",
     .letter = 'm',
     .value = "SIZE",
     .handle = take_memory,
     .help = "at most SIZE of memory, swap included"},
    {.name = "memory-swap",
     .value = "SIZE",
     .handle = take_memory_swap,
     .help = "memory and swap together (default: as --memory, no swap)"},
    {.name = "memory-high",
     .value = "SIZE",
     .handle = take_memory_high,
     .help = "beyond SIZE it is slowed down and its memory reclaimed"},
    {.name = "memory-low",
     .aliases = "--memory-reservation",
     .value = "SIZE",
     .handle = take_memory_low,
     .help = "SIZE is reclaimed only when nobody else has any to spare"},
    {.name = "memory-min",
     .value = "SIZE",
     .handle = take_memory_min,
     .help = "SIZE is never reclaimed"},
    {.name = "oom-group",
     .handle = take_oom_group,
     .help = "when one process is killed for memory, all of them are"},
    {.name = "cpus",
     .aliases = "-cpu --cpu -cpus",
     .value = "N",
     .handle = take_cpus,
     .help = "at most the time of N CPUs: 0.5, 2"},
    {.name = "cpu-weight",
     .value = "N",
     .handle = take_cpu_weight,
     .help = "share of contended CPUs, 1 to 10000 (default: 100)"},
    {.name = "cpu-shares",
     .value = "N",
     .handle = take_cpu_shares,
     .help = "the same on docker's scale, 2 to 262144 (default: 1024)"},
    {.name = "cpu-burst",
     .value = "N",
     .handle = take_cpu_burst,
     .help = "save up to the time of N CPUs for a busy moment"},
    {.name = "cpu-idle", .handle = take_cpu_idle, .help = "run only when nobody else wants a CPU"},
    {.name = "cpuset",
     .aliases = "--cpuset-cpus",
     .value = "LIST",
     .handle = take_cpuset_cpus,
     .help = "these CPUs only: 0-1,4"},
    {.name = "cpuset-mems",
     .value = "LIST",
     .handle = take_cpuset_mems,
     .help = "memory of these NUMA nodes only"},
    {.name = "pids",
     .aliases = "--pids-limit",
     .value = "N",
     .handle = take_pids,
     .help = "at most N processes and threads"},
    {.name = "io",
     .value = "DEV:KEY=N,...",
     .handle = take_io,
     .help = "rates of a disk: rbps=, wbps=, riops=, wiops=; by path or MAJ:MIN"},
    {.name = "io-weight",
     .value = "N",
     .handle = take_io_weight,
     .help = "share of contended disks, 1 to 10000 (default: 100)"},
    {.name = "hugetlb",
     .value = "PAGE=SIZE",
     .handle = take_hugetlb,
     .help = "at most SIZE in huge pages of that size: 2MB=64m"},
    {.name = "rdma",
     .value = "DEV:KEY=N,...",
     .handle = take_rdma,
     .help = "at most handles=N and objects=N of an RDMA device"},
    {.name = "misc",
     .value = "NAME=N",
     .handle = take_misc,
     .help = "at most N of a resource of the misc controller"},
    {.name = "cgroup-set",
     .value = "FILE=VALUE",
     .handle = take_raw_key,
     .help = "write any other file of the cgroup: memory.high=80M"},
};
const struct option_section resource_section = SECTION("Resources", limit_rows);

static const struct option_row cgroup_rows[] = {
    {.name = "live",
     .handle = take_live,
     .help = "prepare for pause, update, stats and events, limits or not"},
    {.name = "device-rule",
     .aliases = "--device-cgroup-rule",
     .value = "RULE",
     .handle = take_device_rule,
     .help = "what may be opened besides: \"c 10:200 rwm\", \"b 8:* r\", a"},
    {.name = "cgroup",
     .value = "PATH",
     .handle = take_cgroup,
     .help = "the container's cgroup (default: launcher-NAME)"},
    {.name = "cgroup-parent",
     .value = "PATH",
     .handle = take_cgroup_parent,
     .help = "make it below this cgroup, whose limits hold as well"},
    {.name = "cgroup-delegate",
     .handle = take_delegate,
     .help = "let the container divide its cgroup further"},
    {.name = "best-effort",
     .handle = take_best_effort,
     .help = "warn, and go on, when this host lacks a limit"},
    {.name = "report",
     .value = "FILE|FD",
     .handle = take_report,
     .help = "write as JSON why and how it ended, and what it used"},
};
const struct option_section cgroup_section = SECTION("Cgroup", cgroup_rows);
