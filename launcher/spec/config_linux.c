/* PURE: no system call is made in this file. config-linux.md. */
#include <linux/mempolicy.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/sysmacros.h>

#include "config_tables.h"
#include "network_text.h"
#include "parse.h"
#include "sysctl.h"

/* ---- namespaces ---- */

struct namespace_entry {
    const char *type, *path;
};

/* Its name here: "net" is launcher's own word, and no other runtime would take it. */
static enum namespace_type find_namespace(const char *name)
{
    for (unsigned type = 0; type < NS_COUNT; type++)
        if (strcmp(namespace_oci_name((enum namespace_type)type), name) == 0)
            return (enum namespace_type)type;
    return NS_COUNT;
}

static int finish_namespace(struct config *config, void *target, const struct config_value *value,
                            struct fail *fail)
{
    const struct namespace_entry *entry = target;
    enum namespace_type type = find_namespace(entry->type);
    (void)value;
    if (type == NS_COUNT) {
        (void)fail_set(fail, "there is no namespace \"%.60s\"", entry->type);
        return fail_hint(fail, "there are pid, network, mount, ipc, uts, user, cgroup and time");
    }
    struct spec_namespace *namespace = &config->spec->namespaces[type];
    if (namespace->create || namespace->path != NULL)
        return fail_set(fail, "the %s namespace stands here twice", entry->type);
    if (entry->path != NULL && entry->path[0] != '/')
        return fail_set(fail, "\"%.100s\" is not an absolute path", entry->path);
    *namespace = (struct spec_namespace){.create = entry->path == NULL, .path = entry->path};
    return 0;
}

static const struct config_field namespace_fields[] = {
    {ROW_STRING("type", struct namespace_entry, type), .flags = FIELD_REQUIRED | FIELD_FILLED},
    {ROW_STRING("path", struct namespace_entry, path), .handle = config_check_text},
};
static const struct config_table namespace_config = {
    CONFIG_TABLE(namespace_fields, struct namespace_entry), .finish = finish_namespace};

/* ---- devices ---- */

struct device_entry {
    const char *path, *type;
    struct limit major, minor, mode;
    uint32_t uid, gid;
};

enum { MAJOR_MAX = 4095, MINOR_MAX = 1048575 }; /* the kernel's dev_t: 12 and 20 bits */

static int finish_device(struct config *config, void *target, const struct config_value *value,
                         struct fail *fail)
{
    const struct device_entry *entry = target;
    struct spec *spec = config->spec;
    struct spec_device device = {.uid = entry->uid, .gid = entry->gid};
    bool fifo = strcmp(entry->type, "p") == 0;
    (void)value;
    if (strlen(entry->type) != 1 || strchr("bcup", entry->type[0]) == NULL)
        return fail_set(fail, "the type \"%.20s\" is none of b, c, u and p", entry->type);
    if (!fifo && (!entry->major.set || !entry->minor.set))
        return fail_set(fail, "the field \"%s\" is missing", entry->major.set ? "minor" : "major");
    TRY(parse_container_path(entry->path, config->arena, &device.path, fail));
    device.source = device.path; /* where mknod(2) is not to be had, the host's is taken */
    device.type = entry->type[0] == 'u' ? 'c' : entry->type[0];
    device.major = fifo ? 0 : (uint32_t)entry->major.value;
    device.minor = fifo ? 0 : (uint32_t)entry->minor.value;
    device.mode = entry->mode.set ? (uint32_t)entry->mode.value & 07777 : 0666;
    *ARENA_APPEND(config->arena, spec->devices, spec->device_count) = device;
    return 0;
}

static const struct config_field device_fields[] = {
    {ROW_STRING("path", struct device_entry, path), .flags = FIELD_REQUIRED | FIELD_FILLED},
    {ROW_STRING("type", struct device_entry, type), .flags = FIELD_REQUIRED | FIELD_FILLED},
    {ROW_LIMIT("major", struct device_entry, major), .high = MAJOR_MAX},
    {ROW_LIMIT("minor", struct device_entry, minor), .high = MINOR_MAX},
    {ROW_LIMIT("fileMode", struct device_entry, mode), .high = UINT32_MAX},
    {ROW_U32("uid", struct device_entry, uid), .high = UINT32_MAX - 1},
    {ROW_U32("gid", struct device_entry, gid), .high = UINT32_MAX - 1},
};
static const struct config_table device_config = {CONFIG_TABLE(device_fields, struct device_entry),
                                                  .finish = finish_device};

/* ---- paths, sysctl, propagation ---- */

static int take_masked(struct config *config, void *target, const struct config_value *value,
                       struct fail *fail)
{
    struct spec *spec = target;
    const char *path = NULL;
    TRY(parse_container_path(value->text, config->arena, &path, fail));
    *ARENA_APPEND(config->arena, spec->masked_paths, spec->masked_path_count) = path;
    return 0;
}

static int take_readonly(struct config *config, void *target, const struct config_value *value,
                         struct fail *fail)
{
    struct spec *spec = target;
    const char *path = NULL;
    TRY(parse_container_path(value->text, config->arena, &path, fail));
    *ARENA_APPEND(config->arena, spec->readonly_paths, spec->readonly_path_count) = path;
    return 0;
}

static int take_sysctl(struct config *config, void *target, const struct config_value *value,
                       struct fail *fail)
{
    struct spec *spec = target;
    struct spec_pair *pair = ARENA_APPEND(config->arena, spec->sysctls, spec->sysctl_count);
    if (strchr(value->key, '=') != NULL)
        return fail_set(fail, "no sysctl has such a name");
    const char *text = arena_printf(config->arena, "%s=%s", value->key, value->text);
    return parse_sysctl(text, config->arena, pair, fail);
}

static int take_propagation(struct config *config, void *target, const struct config_value *value,
                            struct fail *fail)
{
    /* The root's mount tree changes as a whole, so the recursive words mean the same. */
    static const struct config_word words[] = {
        {"private", MS_PRIVATE},        {"slave", MS_SLAVE},      {"shared", MS_SHARED},
        {"unbindable", MS_UNBINDABLE},  {"rprivate", MS_PRIVATE}, {"rslave", MS_SLAVE},
        {"runbindable", MS_UNBINDABLE}, {"rshared", MS_SHARED},
    };
    struct spec *spec = target;
    int64_t propagation = 0;
    (void)config;
    TRY(CONFIG_WORD_FIND(words, value->text, &propagation, fail));
    spec->root.propagation = (uint64_t)propagation;
    return 0;
}

/* ---- personality ---- */

static int take_domain(struct config *config, void *target, const struct config_value *value,
                       struct fail *fail)
{
    static const struct config_word words[] = {{"LINUX", PER_LINUX}, {"LINUX32", PER_LINUX32}};
    struct spec *spec = target;
    (void)config;
    spec->process.personality.set = true;
    return CONFIG_WORD_FIND(words, value->text, &spec->process.personality.value, fail);
}

/* "No flag values are defined", config-linux.md. */
static int refuse_flag(struct config *config, void *target, const struct config_value *value,
                       struct fail *fail)
{
    (void)config, (void)target;
    return fail_set(fail, "there is no flag \"%.60s\"", value->text);
}

static const struct config_field personality_fields[] = {
    {.name = "domain",
     .type = FIELD_STRING,
     .flags = FIELD_HANDLED | FIELD_REQUIRED | FIELD_FILLED,
     .handle = take_domain},
    {ROW_HANDLED(FIELD_STRINGS, "flags", refuse_flag)},
};
static const struct config_table personality_config = {
    CONFIG_TABLE(personality_fields, struct spec)};

/* ---- time offsets ---- */

static int finish_time_offset(struct config *config, void *target, const struct config_value *value,
                              struct fail *fail)
{
    const struct spec_time_offset *offset = target;
    (void)config, (void)value;
    if (strcmp(offset->clock, "monotonic") != 0 && strcmp(offset->clock, "boottime") != 0)
        return fail_set(fail, "the clock is neither monotonic nor boottime");
    return 0;
}

static const struct config_field time_offset_fields[] = {
    {ROW_S64("secs", struct spec_time_offset, seconds)},
    {ROW_U32("nanosecs", struct spec_time_offset, nanoseconds), .high = 999999999},
};
static const struct config_table time_offset_config = {
    CONFIG_TABLE(time_offset_fields, struct spec_time_offset), .finish = finish_time_offset};

/* ---- memory policy, set_mempolicy(2) ---- */

static int take_mode(struct config *config, void *target, const struct config_value *value,
                     struct fail *fail)
{
    static const struct config_word words[] = {
        {"MPOL_DEFAULT", MPOL_DEFAULT},  {"MPOL_PREFERRED", MPOL_PREFERRED},
        {"MPOL_BIND", MPOL_BIND},        {"MPOL_INTERLEAVE", MPOL_INTERLEAVE},
        {"MPOL_LOCAL", MPOL_LOCAL},      {"MPOL_PREFERRED_MANY", 5},
        {"MPOL_WEIGHTED_INTERLEAVE", 6}, /* Linux 6.9 */
    };
    struct spec_memory_policy *policy = target;
    int64_t mode = 0;
    (void)config;
    policy->set = true;
    TRY(CONFIG_WORD_FIND(words, value->text, &mode, fail));
    policy->mode = (uint32_t)mode;
    return 0;
}

static int take_mode_flag(struct config *config, void *target, const struct config_value *value,
                          struct fail *fail)
{
    static const struct config_word words[] = {
        {"MPOL_F_NUMA_BALANCING", 1 << 13},
        {"MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES},
        {"MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES},
    };
    struct spec_memory_policy *policy = target;
    int64_t flag = 0;
    (void)config;
    TRY(CONFIG_WORD_FIND(words, value->text, &flag, fail));
    policy->flags |= (uint32_t)flag;
    return 0;
}

static const struct config_field memory_policy_fields[] = {
    {.name = "mode",
     .type = FIELD_STRING,
     .flags = FIELD_HANDLED | FIELD_REQUIRED | FIELD_FILLED,
     .handle = take_mode},
    {ROW_STRING("nodes", struct spec_memory_policy, nodes), .handle = config_check_cpu_list},
    {ROW_HANDLED(FIELD_STRINGS, "flags", take_mode_flag)},
};
static const struct config_table memory_policy_config = {
    CONFIG_TABLE(memory_policy_fields, struct spec_memory_policy)};

/* ---- resctrl ---- */

static int check_closid(struct config *config, void *target, const struct config_value *value,
                        struct fail *fail)
{
    bool is_default = strcmp(value->text, "/") == 0;
    if (!is_default && (strchr(value->text, '/') != NULL || strcmp(value->text, ".") == 0 ||
                        strcmp(value->text, "..") == 0))
        return fail_set(fail, "\"%.60s\" can't be the name of a directory", value->text);
    return config_check_text(config, target, value, fail);
}

/* "The value MUST start with MB: and MUST NOT contain newlines." */
static int check_bandwidth(struct config *config, void *target, const struct config_value *value,
                           struct fail *fail)
{
    if (strncmp(value->text, "MB:", 3) != 0)
        return fail_set(fail, "\"%.60s\" does not begin with MB:", value->text);
    return config_check_text(config, target, value, fail);
}

static int finish_rdt(struct config *config, void *target, const struct config_value *value,
                      struct fail *fail)
{
    struct spec_intel_rdt *rdt = target;
    (void)config, (void)value, (void)fail;
    rdt->set = true;
    return 0;
}

static const struct config_field rdt_fields[] = {
    {ROW_STRING("closID", struct spec_intel_rdt, closid), .handle = check_closid},
    {ROW_STRINGS("schemata", struct spec_intel_rdt, schemata, schema_count),
     .handle = config_check_text},
    {ROW_STRING("l3CacheSchema", struct spec_intel_rdt, l3_schema), .handle = config_check_text},
    {ROW_STRING("memBwSchema", struct spec_intel_rdt, mem_bw_schema), .handle = check_bandwidth},
    {ROW_BOOLEAN("enableMonitoring", struct spec_intel_rdt, enable_monitoring)},
};
static const struct config_table rdt_config = {CONFIG_TABLE(rdt_fields, struct spec_intel_rdt),
                                               .finish = finish_rdt};

/* ---- interfaces that move in ---- */

static int finish_net_device(struct config *config, void *target, const struct config_value *value,
                             struct fail *fail)
{
    const struct spec_net_device *device = target;
    const char *name = device->name;
    (void)value;
    TRY(check_interface_name(device->host_name, fail));
    if (name == NULL)
        return 0;
    /* "unless the user has provided a template by appending %d to the new name" */
    size_t size = strlen(name);
    if (size > 2 && strcmp(name + size - 2, "%d") == 0)
        name = arena_printf(config->arena, "%.*s0", (int)size - 2, name);
    return check_interface_name(name, fail);
}

static const struct config_field net_device_fields[] = {
    {ROW_STRING("name", struct spec_net_device, name)},
};
static const struct config_table net_device_config = {
    CONFIG_TABLE(net_device_fields, struct spec_net_device), .finish = finish_net_device};

/* ---- seccomp ---- */

static int take_seccomp(struct config *config, void *target, const struct config_value *value,
                        struct fail *fail)
{
    struct spec *spec = target;
    (void)value;
    spec->oci.seccomp = arena_alloc(config->arena, sizeof(*spec->oci.seccomp));
    return config_read_object(config, &seccomp_config, spec->oci.seccomp, fail);
}

/* ---- all of it ---- */

static const struct config_field linux_fields[] = {
    {.name = "namespaces",
     .type = FIELD_OBJECTS,
     .flags = FIELD_HANDLED,
     .table = &namespace_config},
    {ROW_OBJECTS("uidMappings", struct spec, uid_mappings, uid_mapping_count,
                 struct spec_id_mapping, &id_mapping_config)},
    {ROW_OBJECTS("gidMappings", struct spec, gid_mappings, gid_mapping_count,
                 struct spec_id_mapping, &id_mapping_config)},
    {ROW_MAP("timeOffsets", struct spec, oci.time_offsets, oci.time_offset_count,
             struct spec_time_offset, &time_offset_config)},
    {.name = "devices", .type = FIELD_OBJECTS, .flags = FIELD_HANDLED, .table = &device_config},
    {ROW_STRING("cgroupsPath", struct spec, cgroup.path), .handle = config_check_text},
    {ROW_OBJECT("resources", struct spec, resources, struct spec_resources, &resources_config)},
    {ROW_HANDLED(FIELD_STRING, "rootfsPropagation", take_propagation)},
    {ROW_HANDLED(FIELD_OBJECT, "seccomp", take_seccomp)},
    {ROW_HANDLED(FIELD_PAIRS, "sysctl", take_sysctl)},
    {ROW_HANDLED(FIELD_STRINGS, "maskedPaths", take_masked)},
    {ROW_HANDLED(FIELD_STRINGS, "readonlyPaths", take_readonly)},
    {ROW_STRING("mountLabel", struct spec, oci.mount_label), .handle = config_check_text},
    {ROW_SAME("personality", &personality_config)},
    {ROW_OBJECT("intelRdt", struct spec, oci.intel_rdt, struct spec_intel_rdt, &rdt_config)},
    {ROW_OBJECT("memoryPolicy", struct spec, oci.memory_policy, struct spec_memory_policy,
                &memory_policy_config)},
    {ROW_MAP("netDevices", struct spec, oci.net_devices, oci.net_device_count,
             struct spec_net_device, &net_device_config)},
};
const struct config_table linux_config = {CONFIG_TABLE(linux_fields, struct spec)};
