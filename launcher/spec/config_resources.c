/* PURE: no system call is made in this file. config-linux.md, "Control groups". */
#include <string.h>

#include "config_tables.h"
#include "parse.h"
#include "resource_text.h"

/* ---- devices ---- */

struct device_rule {
    bool allow;
    const char *type, *access;
    struct limit major, minor;
};

static struct limit any_number(struct limit number)
{
    return number.set && number.value < 0 ? (struct limit){.set = false} : number;
}

static int finish_device_rule(struct config *config, void *target, const struct config_value *value,
                              struct fail *fail)
{
    const struct device_rule *rule = target;
    struct spec_resources *resources = &config->spec->resources;
    const char *type = rule->type != NULL ? rule->type : "a";
    const char *access = rule->access != NULL ? rule->access : "rwm";
    (void)value;
    if (strcmp(type, "a") != 0 && strcmp(type, "b") != 0 && strcmp(type, "c") != 0)
        return fail_set(fail, "the type \"%.20s\" is none of a, b and c", type);
    TRY(check_device_access(access, fail));
    resources->device_rules_first = true;
    *ARENA_APPEND(config->arena, resources->device_rules, resources->device_rule_count) =
        (struct spec_device_rule){.allow = rule->allow,
                                  .type = type[0],
                                  .major = any_number(rule->major),
                                  .minor = any_number(rule->minor),
                                  .access = access};
    return 0;
}

static const struct config_field device_rule_fields[] = {
    {ROW_BOOLEAN("allow", struct device_rule, allow), .flags = FIELD_REQUIRED},
    {ROW_STRING("type", struct device_rule, type)},
    {ROW_LIMIT("major", struct device_rule, major), .low = -1, .high = UINT32_MAX},
    {ROW_LIMIT("minor", struct device_rule, minor), .low = -1, .high = UINT32_MAX},
    {ROW_STRING("access", struct device_rule, access)},
};
static const struct config_table device_rule_config = {
    CONFIG_TABLE(device_rule_fields, struct device_rule), .finish = finish_device_rule};

/* ---- memory, cpu, pids: 0 is "not set", as every runtime takes it ---- */

#define RESOURCE(NAME, FIELD) ROW_LIMIT(NAME, struct spec_resources, FIELD), .flags = FIELD_NONZERO
#define IGNORED(TYPE, NAME) .name = (NAME), .type = (TYPE), .flags = FIELD_HANDLED

static int warn_of_age(struct config *config, void *target, const struct config_value *value,
                       struct fail *fail)
{
    (void)target, (void)fail;
    if (!value->number.negative && value->number.magnitude > 0)
        config_warn(config, "the kernel has no such limit any more");
    return 0;
}

static const struct config_field memory_fields[] = {
    {RESOURCE("limit", memory_max), .low = -1, .high = INT64_MAX},
    {RESOURCE("reservation", memory_low), .low = -1, .high = INT64_MAX},
    {RESOURCE("swap", memory_swap), .low = -1, .high = INT64_MAX},
    {ROW_HANDLED(FIELD_S64, "kernel", warn_of_age)},
    {ROW_HANDLED(FIELD_S64, "kernelTCP", warn_of_age)},
    {ROW_LIMIT("swappiness", struct spec_resources, memory_swappiness), .high = 100},
    {ROW_BOOLEAN("disableOOMKiller", struct spec_resources, memory_oom_kill_disabled)},
    {IGNORED(FIELD_BOOLEAN, "useHierarchy")},      /* the only way since Linux 5.11 */
    {IGNORED(FIELD_BOOLEAN, "checkBeforeUpdate")}, /* it is about update */
};
static const struct config_table memory_config = {
    CONFIG_TABLE(memory_fields, struct spec_resources)};

static const struct config_field cpu_fields[] = {
    {RESOURCE("shares", cpu_shares), .high = INT64_MAX},
    {RESOURCE("quota", cpu_quota_us), .low = -1, .high = INT64_MAX},
    {ROW_LIMIT("burst", struct spec_resources, cpu_burst_us), .high = INT64_MAX},
    {RESOURCE("period", cpu_period_us), .high = INT64_MAX},
    {RESOURCE("realtimeRuntime", cpu_rt_runtime_us), .low = -1, .high = INT64_MAX},
    {RESOURCE("realtimePeriod", cpu_rt_period_us), .high = INT64_MAX},
    {ROW_STRING("cpus", struct spec_resources, cpuset_cpus), .handle = config_check_cpu_list},
    {ROW_STRING("mems", struct spec_resources, cpuset_mems), .handle = config_check_cpu_list},
    {ROW_LIMIT("idle", struct spec_resources, cpu_idle), .high = 1},
};
static const struct config_table cpu_config = {CONFIG_TABLE(cpu_fields, struct spec_resources)};

static const struct config_field pids_fields[] = {
    {RESOURCE("limit", pids_max), .low = -1, .high = INT64_MAX},
};
static const struct config_table pids_config = {CONFIG_TABLE(pids_fields, struct spec_resources)};

/* ---- disks ---- */

struct disk_limit {
    uint32_t major, minor;
    uint64_t rate;
    uint32_t weight;
};

/* The row says which limit of a disk it is. A rate of 0 is v1's "no limit". */
static int take_disk(struct config *config, void *target, const struct config_value *value,
                     struct fail *fail)
{
    const struct disk_limit *disk = value->object;
    struct spec_resources *resources = target;
    bool weight = value->field->offset == offsetof(struct spec_io_device, weight);
    uint64_t number = weight ? disk->weight : disk->rate;
    (void)fail;
    if (weight && number == 0)
        return 0;
    struct spec_io_device *device =
        ARENA_APPEND(config->arena, resources->io_devices, resources->io_device_count);
    device->major = disk->major;
    device->minor = disk->minor;
    *(struct limit *)(void *)((char *)device + value->field->offset) =
        (struct limit){.set = true, .value = number == 0 ? -1 : (int64_t)number};
    return 0;
}

static const struct config_field weight_fields[] = {
    {ROW_U32("major", struct disk_limit, major), .flags = FIELD_REQUIRED},
    {ROW_U32("minor", struct disk_limit, minor), .flags = FIELD_REQUIRED},
    {ROW_U32("weight", struct disk_limit, weight), .high = 1000},
    {ROW_HANDLED(FIELD_U32, "leafWeight", warn_of_age)}, /* of CFQ, until Linux 5.0 */
};
static const struct config_table weight_config = {CONFIG_TABLE(weight_fields, struct disk_limit)};

static const struct config_field rate_fields[] = {
    {ROW_U32("major", struct disk_limit, major), .flags = FIELD_REQUIRED},
    {ROW_U32("minor", struct disk_limit, minor), .flags = FIELD_REQUIRED},
    {ROW_U64("rate", struct disk_limit, rate), .flags = FIELD_REQUIRED, .high = INT64_MAX},
};
static const struct config_table rate_config = {CONFIG_TABLE(rate_fields, struct disk_limit)};

#define ROW_DISKS(NAME, FIELD, TABLE)                                                      \
    {                                                                                      \
        ROW_HANDLED(FIELD_OBJECTS, NAME, take_disk),                                       \
            .table = (TABLE), .offset = MEMBER(struct spec_io_device, FIELD, struct limit) \
    }
static const struct config_field disk_fields[] = {
    {RESOURCE("weight", blkio_weight), .low = 0, .high = 1000},
    {ROW_HANDLED(FIELD_U32, "leafWeight", warn_of_age)}, /* of CFQ, until Linux 5.0 */
    ROW_DISKS("weightDevice", weight, &weight_config),
    ROW_DISKS("throttleReadBpsDevice", rbps, &rate_config),
    ROW_DISKS("throttleWriteBpsDevice", wbps, &rate_config),
    ROW_DISKS("throttleReadIOPSDevice", riops, &rate_config),
    ROW_DISKS("throttleWriteIOPSDevice", wiops, &rate_config),
};
static const struct config_table disk_config = {CONFIG_TABLE(disk_fields, struct spec_resources)};

/* ---- huge pages, RDMA, raw files ---- */

static int check_page_size(struct config *config, void *target, const struct config_value *value,
                           struct fail *fail)
{
    if (strpbrk(value->text, "./ ") != NULL)
        return fail_set(fail, "\"%.40s\" is no size as the kernel spells it: 2MB", value->text);
    return config_check_text(config, target, value, fail);
}

static const struct config_field hugepage_fields[] = {
    {ROW_STRING("pageSize", struct spec_hugepage_limit, page_size),
     .flags = FIELD_REQUIRED | FIELD_FILLED, .handle = check_page_size},
    {ROW_LIMIT("limit", struct spec_hugepage_limit, max), .flags = FIELD_REQUIRED,
     .high = INT64_MAX},
};
static const struct config_table hugepage_config = {
    CONFIG_TABLE(hugepage_fields, struct spec_hugepage_limit)};

static int check_rdma(struct config *config, void *target, const struct config_value *value,
                      struct fail *fail)
{
    const struct spec_rdma_limit *limit = target;
    (void)config, (void)value;
    if (strchr(limit->device, ' ') != NULL || has_control_characters(limit->device))
        return fail_set(fail, "no RDMA device has such a name");
    if (!limit->handles.set && !limit->objects.set)
        return fail_set(fail, "neither \"hcaHandles\" nor \"hcaObjects\" is given");
    return 0;
}

static const struct config_field rdma_fields[] = {
    {ROW_LIMIT("hcaHandles", struct spec_rdma_limit, handles), .high = UINT32_MAX},
    {ROW_LIMIT("hcaObjects", struct spec_rdma_limit, objects), .high = UINT32_MAX},
};
static const struct config_table rdma_config = {CONFIG_TABLE(rdma_fields, struct spec_rdma_limit),
                                                .finish = check_rdma};

/* The same rules as for --cgroup-set. */
static int take_raw_file(struct config *config, void *target, const struct config_value *value,
                         struct fail *fail)
{
    struct spec_resources *resources = target;
    struct spec_pair *pair =
        ARENA_APPEND(config->arena, resources->unified, resources->unified_count);
    const char *text = arena_printf(config->arena, "%s=%s", value->key, value->text);
    return parse_raw_key(text, config->arena, pair, fail);
}

/* ---- network ---- */

/* One write a line, and the kernel stops reading the name at a blank. */
static int check_interface(struct config *config, void *target, const struct config_value *value,
                           struct fail *fail)
{
    if (strchr(value->text, ' ') != NULL)
        return fail_set(fail, "\"%.60s\" can't be the name of an interface", value->text);
    return config_check_text(config, target, value, fail);
}

static const struct config_field priority_fields[] = {
    {ROW_STRING("name", struct spec_net_priority, interface),
     .flags = FIELD_REQUIRED | FIELD_FILLED, .handle = check_interface},
    {ROW_U32("priority", struct spec_net_priority, priority), .flags = FIELD_REQUIRED},
};
static const struct config_table priority_config = {
    CONFIG_TABLE(priority_fields, struct spec_net_priority)};

static const struct config_field network_fields[] = {
    {RESOURCE("classID", net_class), .high = UINT32_MAX},
    {ROW_OBJECTS("priorities", struct spec_resources, net_priorities, net_priority_count,
                 struct spec_net_priority, &priority_config)},
};
static const struct config_table network_config = {
    CONFIG_TABLE(network_fields, struct spec_resources)};

/* ---- all of it ---- */

static const struct config_field resources_fields[] = {
    {.name = "devices",
     .type = FIELD_OBJECTS,
     .flags = FIELD_HANDLED,
     .table = &device_rule_config},
    {ROW_SAME("memory", &memory_config)},
    {ROW_SAME("cpu", &cpu_config)},
    {ROW_SAME("pids", &pids_config)},
    {ROW_SAME("blockIO", &disk_config)},
    {ROW_OBJECTS("hugepageLimits", struct spec_resources, hugepages, hugepage_count,
                 struct spec_hugepage_limit, &hugepage_config)},
    {ROW_SAME("network", &network_config)},
    {ROW_MAP("rdma", struct spec_resources, rdma, rdma_count, struct spec_rdma_limit,
             &rdma_config)},
    {ROW_HANDLED(FIELD_PAIRS, "unified", take_raw_file)},
};
const struct config_table resources_config = {
    CONFIG_TABLE(resources_fields, struct spec_resources)};
