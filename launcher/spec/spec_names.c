#include "spec_names.h"

#include <ctype.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>

#define TABLE(rows)                              \
    {                                            \
        (rows), sizeof(rows) / sizeof((rows)[0]) \
    }

static const struct named_number rlimit_rows[] = {
    {"as", RLIMIT_AS, "RLIMIT_AS"},
    {"core", RLIMIT_CORE, "RLIMIT_CORE"},
    {"cpu", RLIMIT_CPU, "RLIMIT_CPU"},
    {"data", RLIMIT_DATA, "RLIMIT_DATA"},
    {"fsize", RLIMIT_FSIZE, "RLIMIT_FSIZE"},
    {"locks", RLIMIT_LOCKS, "RLIMIT_LOCKS"},
    {"memlock", RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK"},
    {"msgqueue", RLIMIT_MSGQUEUE, "RLIMIT_MSGQUEUE"},
    {"nice", RLIMIT_NICE, "RLIMIT_NICE"},
    {"nofile", RLIMIT_NOFILE, "RLIMIT_NOFILE"},
    {"nproc", RLIMIT_NPROC, "RLIMIT_NPROC"},
    {"rss", RLIMIT_RSS, "RLIMIT_RSS"},
    {"rtprio", RLIMIT_RTPRIO, "RLIMIT_RTPRIO"},
    {"rttime", RLIMIT_RTTIME, "RLIMIT_RTTIME"},
    {"sigpending", RLIMIT_SIGPENDING, "RLIMIT_SIGPENDING"},
    {"stack", RLIMIT_STACK, "RLIMIT_STACK"},
};
const struct name_table rlimit_names = TABLE(rlimit_rows);

static const struct named_number scheduler_rows[] = {
    {"other", SCHED_NORMAL, "SCHED_OTHER"},
    {"normal", SCHED_NORMAL, "SCHED_OTHER"},
    {"batch", SCHED_BATCH, "SCHED_BATCH"},
    {"idle", SCHED_IDLE, "SCHED_IDLE"},
    {"fifo", SCHED_FIFO, "SCHED_FIFO"},
    {"rr", SCHED_RR, "SCHED_RR"},
    {"deadline", SCHED_DEADLINE, "SCHED_DEADLINE"},
};
const struct name_table scheduler_names = TABLE(scheduler_rows);

static const struct named_number io_class_rows[] = {
    {"realtime", 1, "IOPRIO_CLASS_RT"},    {"rt", 1, "IOPRIO_CLASS_RT"},
    {"best-effort", 2, "IOPRIO_CLASS_BE"}, {"be", 2, "IOPRIO_CLASS_BE"},
    {"idle", 3, "IOPRIO_CLASS_IDLE"},
};
const struct name_table io_class_names = TABLE(io_class_rows);

static const struct named_number personality_rows[] = {
    {"linux", PER_LINUX, "LINUX"},
    {"linux32", PER_LINUX32, "LINUX32"},
    {"addr-no-randomize", ADDR_NO_RANDOMIZE, NULL},
};
const struct name_table personality_names = TABLE(personality_rows);

/* The root's mount tree changes as a whole, so the recursive words mean the same. */
static const struct named_number propagation_rows[] = {
    {"private", MS_PRIVATE, NULL},  {"slave", MS_SLAVE, NULL},  {"shared", MS_SHARED, NULL},
    {"rprivate", MS_PRIVATE, NULL}, {"rslave", MS_SLAVE, NULL}, {"rshared", MS_SHARED, NULL},
};
const struct name_table propagation_names = TABLE(propagation_rows);

const struct named_number *name_find(const struct name_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcasecmp(table->rows[i].name, name) == 0)
            return &table->rows[i];
    return NULL;
}

const struct named_number *number_find(const struct name_table *table, int64_t number)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].number == number)
            return &table->rows[i];
    return NULL;
}

/* ---- namespaces ---- */

struct namespace_row {
    const char *name;
    const char *oci_name;
    uint64_t clone_flag;
};

static const struct namespace_row namespace_rows[NS_COUNT] = {
    [NS_USER] = {"user", "user", CLONE_NEWUSER},
    [NS_PID] = {"pid", "pid", CLONE_NEWPID},
    [NS_MNT] = {"mnt", "mount", CLONE_NEWNS},
    [NS_NET] = {"net", "network", CLONE_NEWNET},
    [NS_IPC] = {"ipc", "ipc", CLONE_NEWIPC},
    [NS_UTS] = {"uts", "uts", CLONE_NEWUTS},
    [NS_CGROUP] = {"cgroup", "cgroup", CLONE_NEWCGROUP},
    [NS_TIME] = {"time", "time", CLONE_NEWTIME},
};

const char *namespace_name(enum namespace_type type)
{
    return namespace_rows[type].name;
}

const char *namespace_oci_name(enum namespace_type type)
{
    return namespace_rows[type].oci_name;
}

uint64_t namespace_clone_flag(enum namespace_type type)
{
    return namespace_rows[type].clone_flag;
}

enum namespace_type namespace_find(const char *name)
{
    for (unsigned type = 0; type < NS_COUNT; type++)
        if (strcmp(namespace_rows[type].name, name) == 0 ||
            strcmp(namespace_rows[type].oci_name, name) == 0)
            return (enum namespace_type)type;
    return NS_COUNT;
}

/* ---- resources ---- */

#define ROW(LABEL, UNIT, FIELD, OBJECT, KEY)                             \
    {                                                                    \
        LABEL, UNIT, offsetof(struct spec_resources, FIELD), OBJECT, KEY \
    }

const struct resource_row resource_rows[] = {
    ROW("memory", " bytes", memory_max, "memory", "limit"),
    ROW("memory high", " bytes", memory_high, "unified", "memory.high"),
    ROW("memory low", " bytes", memory_low, "memory", "reservation"),
    ROW("memory min", " bytes", memory_min, "unified", "memory.min"),
    ROW("with swap", " bytes", memory_swap, "memory", "swap"),
    ROW("oom group", "", memory_oom_group, "unified", "memory.oom.group"),
    ROW("cpu", " us", cpu_quota_us, "cpu", "quota"),
    ROW("in periods of", " us", cpu_period_us, "cpu", "period"),
    ROW("cpu burst", " us", cpu_burst_us, "cpu", "burst"),
    ROW("cpu shares", "", cpu_shares, "cpu", "shares"),
    ROW("cpu weight", "", cpu_weight, "unified", "cpu.weight"),
    ROW("cpu idle", "", cpu_idle, "cpu", "idle"),
    ROW("pids", "", pids_max, "pids", "limit"),
    ROW("blkio weight", "", blkio_weight, "blockIO", "weight"),
    ROW("io weight", "", io_weight, "unified", "io.weight"),
    ROW("network class", "", net_class, "network", "classID"),
    {.label = NULL},
};

struct limit resource_limit(const struct spec_resources *resources, const struct resource_row *row)
{
    const void *field = (const char *)resources + row->offset;
    return *(const struct limit *)field;
}

bool resources_wanted(const struct spec_resources *resources)
{
    bool wanted = resources->cpuset_cpus != NULL || resources->cpuset_mems != NULL ||
                  resources->memory_swappiness.set || resources->memory_oom_kill_disabled ||
                  resources->cpu_rt_period_us.set || resources->cpu_rt_runtime_us.set;
    for (const struct resource_row *row = resource_rows; row->label != NULL; row++)
        wanted = wanted || resource_limit(resources, row).set;
    return wanted || resources->io_device_count > 0 || resources->hugepage_count > 0 ||
           resources->net_priority_count > 0 || resources->rdma_count > 0 ||
           resources->misc_count > 0 || resources->device_rule_count > 0 ||
           resources->unified_count > 0;
}

const char *seccomp_text(const struct spec *spec)
{
    switch (spec->seccomp) {
    case SECCOMP_DEFAULT_POLICY:
        return "default";
    case SECCOMP_FROM_FILE:
        return spec->seccomp_file;
    case SECCOMP_UNCONFINED:
        return "unconfined";
    }
    return "?";
}
