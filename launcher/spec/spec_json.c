/* spec_json.c - PURE: a spec in the words of runtime-spec config.md and config-linux.md. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "network_text.h"
#include "port_text.h"
#include "spec_names.h"
#include "spec_print.h"

/* Every "_new" below hands its reference to the object. A value that could not be made (no memory)
 * is left out: jansson takes NULL for an error and goes on. */

static void set_text(json_t *object, const char *key, const char *text)
{
    /* a path of the host may hold any byte; a JSON string may not */
    if (text != NULL && json_object_set_new(object, key, json_string(text)) < 0)
        (void)json_object_set_new(object, key, json_string("(not UTF-8)"));
}

static void set_number(json_t *object, const char *key, int64_t number)
{
    (void)json_object_set_new(object, key, json_integer(number));
}

static void set_limit(json_t *object, const char *key, struct limit limit)
{
    if (limit.set)
        set_number(object, key, limit.value);
}

static void set_flag(json_t *object, const char *key, bool flag)
{
    (void)json_object_set_new(object, key, json_boolean(flag));
}

/* Empty objects and arrays are left out. */
static void set_filled(json_t *object, const char *key, json_t *value)
{
    if (json_object_size(value) > 0 || json_array_size(value) > 0)
        (void)json_object_set_new(object, key, value);
    else
        json_decref(value);
}

static json_t *text_array(const char *const *texts, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        if (json_array_append_new(array, json_string(texts[i])) < 0)
            (void)json_array_append_new(array, json_string("(not UTF-8)"));
    return array;
}

/* ---- process ---- */

static json_t *user_to_json(const struct spec_user *user)
{
    json_t *object = json_object();
    json_t *gids = json_array();
    set_number(object, "uid", user->uid);
    set_number(object, "gid", user->gid);
    set_limit(object, "umask", user->umask);
    for (size_t i = 0; i < user->additional_gid_count; i++)
        (void)json_array_append_new(gids, json_integer(user->additional_gids[i]));
    set_filled(object, "additionalGids", gids);
    return object;
}

static json_t *capability_array(uint64_t set)
{
    json_t *array = json_array();
    char name[32];
    for (unsigned i = 0; i < 64; i++)
        if ((set >> i & 1) != 0)
            (void)json_array_append_new(array,
                                        json_string(capability_label(i, name, sizeof(name))));
    return array;
}

static json_t *capabilities_to_json(const struct spec_capabilities *capabilities)
{
    json_t *object = json_object();
    (void)json_object_set_new(object, "bounding", capability_array(capabilities->bounding));
    (void)json_object_set_new(object, "effective", capability_array(capabilities->effective));
    (void)json_object_set_new(object, "permitted", capability_array(capabilities->permitted));
    set_filled(object, "inheritable", capability_array(capabilities->inheritable));
    set_filled(object, "ambient", capability_array(capabilities->ambient));
    return object;
}

/* runtime-spec writes "unlimited" as the largest unsigned number; JSON integers of jansson are
 * signed, and readers of config.json take -1 for the same. */
static int64_t rlimit_number(uint64_t value)
{
    return value > INT64_MAX ? -1 : (int64_t)value;
}

static json_t *rlimits_to_json(const struct spec_process *process)
{
    json_t *array = json_array();
    for (size_t i = 0; i < process->rlimit_count; i++) {
        const struct named_number *row = name_find(&rlimit_names, process->rlimits[i].name);
        json_t *object = json_object();
        set_text(object, "type", row == NULL ? process->rlimits[i].name : row->oci);
        set_number(object, "soft", rlimit_number(process->rlimits[i].soft));
        set_number(object, "hard", rlimit_number(process->rlimits[i].hard));
        (void)json_array_append_new(array, object);
    }
    return array;
}

static json_t *scheduler_to_json(const struct spec_scheduler *scheduler)
{
    json_t *object = json_object();
    const struct named_number *row = number_find(&scheduler_names, scheduler->policy);
    if (!scheduler->set)
        return object;
    set_text(object, "policy", row == NULL ? "SCHED_OTHER" : row->oci);
    set_number(object, "nice", scheduler->nice);
    set_number(object, "priority", scheduler->priority);
    if (scheduler->period_ns != 0) {
        set_number(object, "runtime", (int64_t)scheduler->runtime_ns);
        set_number(object, "deadline", (int64_t)scheduler->deadline_ns);
        set_number(object, "period", (int64_t)scheduler->period_ns);
    }
    return object;
}

static json_t *io_priority_to_json(struct limit io_priority)
{
    json_t *object = json_object();
    const struct named_number *row = number_find(&io_class_names, io_priority.value >> 13);
    if (!io_priority.set || row == NULL)
        return object;
    set_text(object, "class", row->oci);
    set_number(object, "priority", io_priority.value & 0x1fff);
    return object;
}

static json_t *process_to_json(const struct spec_process *process)
{
    json_t *object = json_object();
    set_flag(object, "terminal", process->terminal);
    if (process->terminal)
        (void)json_object_set_new(
            object, "consoleSize",
            json_pack("{s:i, s:i}", "height", (int)process->rows, "width", (int)process->columns));
    (void)json_object_set_new(object, "user", user_to_json(&process->user));
    (void)json_object_set_new(object, "args", text_array(process->args, process->arg_count));
    (void)json_object_set_new(object, "env",
                              text_array(process->environment, process->environment_count));
    set_text(object, "cwd", process->cwd);
    (void)json_object_set_new(object, "capabilities", capabilities_to_json(&process->capabilities));
    set_filled(object, "rlimits", rlimits_to_json(process));
    set_flag(object, "noNewPrivileges", process->no_new_privileges);
    set_limit(object, "oomScoreAdj", process->oom_score_adj);
    set_filled(object, "scheduler", scheduler_to_json(&process->scheduler));
    set_filled(object, "ioPriority", io_priority_to_json(process->io_priority));
    if (process->cpu_affinity != NULL)
        (void)json_object_set_new(object, "execCPUAffinity",
                                  json_pack("{s:s}", "final", process->cpu_affinity));
    return object;
}

/* ---- linux ---- */

static json_t *namespaces_to_json(const struct spec *spec)
{
    json_t *array = json_array();
    for (unsigned type = 0; type < NS_COUNT; type++) {
        const struct spec_namespace *namespace = &spec->namespaces[type];
        if (!namespace->create && namespace->path == NULL)
            continue;
        json_t *object = json_object();
        set_text(object, "type", namespace_oci_name((enum namespace_type)type));
        set_text(object, "path", namespace->path);
        (void)json_array_append_new(array, object);
    }
    return array;
}

static json_t *mappings_to_json(const struct spec_id_mapping *rows, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *object = json_object();
        set_number(object, "containerID", rows[i].container_id);
        set_number(object, "hostID", rows[i].host_id);
        set_number(object, "size", rows[i].size);
        (void)json_array_append_new(array, object);
    }
    return array;
}

static json_t *devices_to_json(const struct spec *spec)
{
    json_t *array = json_array();
    for (size_t i = 0; i < spec->device_count; i++) {
        const struct spec_device *device = &spec->devices[i];
        const char type[] = {device->type, '\0'};
        json_t *object = json_object();
        set_text(object, "path", device->path);
        set_text(object, "type", type);
        set_number(object, "major", device->major);
        set_number(object, "minor", device->minor);
        set_number(object, "fileMode", device->mode);
        set_number(object, "uid", device->uid);
        set_number(object, "gid", device->gid);
        (void)json_array_append_new(array, object);
    }
    return array;
}

/* The object that `key` names, made when it is missing; borrowed. */
static json_t *child_object(json_t *object, const char *key)
{
    json_t *child = json_object_get(object, key);
    if (child == NULL) {
        child = json_object();
        (void)json_object_set_new(object, key, child);
    }
    return child;
}

/* The files of "unified" hold text. */
static void set_resource(json_t *object, const struct resource_row *row, struct limit limit)
{
    if (!limit.set)
        return;
    json_t *child = child_object(object, row->oci_object);
    if (strcmp(row->oci_object, "unified") != 0)
        set_number(child, row->oci_key, limit.value);
    else if (limit.value < 0)
        set_text(child, row->oci_key, "max");
    else
        (void)json_object_set_new(child, row->oci_key,
                                  json_sprintf("%lld", (long long)limit.value));
}

static void add_throttle(json_t *object, const char *key, const struct spec_io_device *device,
                         const char *name, struct limit limit)
{
    if (!limit.set)
        return;
    json_t *block = child_object(object, "blockIO");
    json_t *list = json_object_get(block, key);
    if (list == NULL) {
        list = json_array();
        (void)json_object_set_new(block, key, list);
    }
    (void)json_array_append_new(
        list, json_pack("{s:I, s:I, s:I}", "major", (json_int_t)device->major, "minor",
                        (json_int_t)device->minor, name, (json_int_t)limit.value));
}

static void set_io_devices(json_t *object, const struct spec_resources *resources)
{
    for (size_t i = 0; i < resources->io_device_count; i++) {
        const struct spec_io_device *device = &resources->io_devices[i];
        add_throttle(object, "throttleReadBpsDevice", device, "rate", device->rbps);
        add_throttle(object, "throttleWriteBpsDevice", device, "rate", device->wbps);
        add_throttle(object, "throttleReadIOPSDevice", device, "rate", device->riops);
        add_throttle(object, "throttleWriteIOPSDevice", device, "rate", device->wiops);
        add_throttle(object, "weightDevice", device, "weight", device->weight);
    }
}

static void set_device_rules(json_t *object, const struct spec_resources *resources)
{
    json_t *rules = json_array();
    for (size_t i = 0; i < resources->device_rule_count; i++) {
        const struct spec_device_rule *rule = &resources->device_rules[i];
        const char type[] = {rule->type, '\0'};
        json_t *one = json_object();
        set_flag(one, "allow", rule->allow);
        set_text(one, "type", type);
        set_limit(one, "major", rule->major);
        set_limit(one, "minor", rule->minor);
        set_text(one, "access", rule->access);
        (void)json_array_append_new(rules, one);
    }
    set_filled(object, "devices", rules);
}

static void set_lists(json_t *object, const struct spec_resources *resources)
{
    json_t *pages = json_array(), *rdma = json_object(), *priorities = json_array();
    for (size_t i = 0; i < resources->hugepage_count; i++)
        (void)json_array_append_new(
            pages, json_pack("{s:s, s:I}", "pageSize", resources->hugepages[i].page_size, "limit",
                             (json_int_t)resources->hugepages[i].max.value));
    for (size_t i = 0; i < resources->rdma_count; i++) {
        json_t *device = child_object(rdma, resources->rdma[i].device);
        set_limit(device, "hcaHandles", resources->rdma[i].handles);
        set_limit(device, "hcaObjects", resources->rdma[i].objects);
    }
    for (size_t i = 0; i < resources->net_priority_count; i++)
        (void)json_array_append_new(
            priorities, json_pack("{s:s, s:I}", "name", resources->net_priorities[i].interface,
                                  "priority", (json_int_t)resources->net_priorities[i].priority));
    if (resources->net_priority_count > 0)
        (void)json_object_set(child_object(object, "network"), "priorities", priorities);
    json_decref(priorities);
    set_filled(object, "hugepageLimits", pages);
    set_filled(object, "rdma", rdma);
    for (size_t i = 0; i < resources->misc_count; i++)
        (void)json_object_set_new(
            child_object(object, "unified"), "misc.max",
            json_sprintf("%s %s", resources->misc[i].key, resources->misc[i].value));
    for (size_t i = 0; i < resources->unified_count; i++)
        set_text(child_object(object, "unified"), resources->unified[i].key,
                 resources->unified[i].value);
}

static json_t *resources_to_json(const struct spec_resources *resources)
{
    json_t *object = json_object();
    for (const struct resource_row *row = resource_rows; row->label != NULL; row++)
        set_resource(object, row, resource_limit(resources, row));
    if (resources->cpuset_cpus != NULL)
        set_text(child_object(object, "cpu"), "cpus", resources->cpuset_cpus);
    if (resources->cpuset_mems != NULL)
        set_text(child_object(object, "cpu"), "mems", resources->cpuset_mems);
    set_io_devices(object, resources);
    set_device_rules(object, resources);
    set_lists(object, resources);
    return object;
}

static json_t *personality_to_json(struct limit personality)
{
    json_t *object = json_object();
    const struct named_number *row = number_find(&personality_names, personality.value & 0xff);
    if (personality.set && row != NULL)
        set_text(object, "domain", row->oci);
    return object;
}

static json_t *linux_to_json(const struct spec *spec)
{
    json_t *object = json_object();
    json_t *sysctls = json_object();
    const struct named_number *propagation =
        number_find(&propagation_names, (int64_t)spec->root.propagation);
    for (size_t i = 0; i < spec->sysctl_count; i++)
        set_text(sysctls, spec->sysctls[i].key, spec->sysctls[i].value);

    (void)json_object_set_new(object, "namespaces", namespaces_to_json(spec));
    set_filled(object, "uidMappings",
               mappings_to_json(spec->uid_mappings, spec->uid_mapping_count));
    set_filled(object, "gidMappings",
               mappings_to_json(spec->gid_mappings, spec->gid_mapping_count));
    set_filled(object, "devices", devices_to_json(spec));
    set_filled(object, "resources", resources_to_json(&spec->resources));
    set_text(object, "cgroupsPath", spec->cgroup.path);
    set_filled(object, "sysctl", sysctls);
    set_text(object, "rootfsPropagation", propagation == NULL ? NULL : propagation->name);
    set_filled(object, "maskedPaths", text_array(spec->masked_paths, spec->masked_path_count));
    set_filled(object, "readonlyPaths",
               text_array(spec->readonly_paths, spec->readonly_path_count));
    set_filled(object, "personality", personality_to_json(spec->process.personality));
    return object;
}

/* ---- the whole ---- */

static json_t *mounts_to_json(const struct spec *spec)
{
    json_t *array = json_array();
    for (size_t i = 0; i < spec->mount_count; i++) {
        const struct spec_mount *mount = &spec->mounts[i];
        json_t *object = json_object();
        set_text(object, "destination", mount->destination);
        set_text(object, "type", mount->type);
        set_text(object, "source", mount->source);
        (void)json_object_set_new(object, "options",
                                  text_array(mount->options, mount->option_count));
        (void)json_array_append_new(array, object);
    }
    return array;
}

static void set_numbered(json_t *object, const char *key, size_t number, const char *text)
{
    char name[48];
    (void)snprintf(name, sizeof(name), "%s.%zu", key, number);
    set_text(object, name, text);
}

static void set_list(json_t *object, const char *key, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        set_numbered(object, key, i, texts[i]);
}

/* The OCI leaves networks to hooks, and an annotation is one text: lists have numbered keys. Where
 * the command line has words for it, they are used. */
static void set_network(json_t *object, const struct spec_network *network)
{
    char text[INTERFACE_TEXT_SIZE];
    static_assert((int)INTERFACE_TEXT_SIZE >= (int)PORT_TEXT_SIZE, "a port fits too");
    set_text(object, "launcher.net", net_mode_name(network->mode));
    set_text(object, "launcher.net.join", network->join);
    for (size_t i = 0; i < network->interface_count; i++)
        set_numbered(object, "launcher.net.interface", i,
                     interface_text(&network->interfaces[i], text));
    for (size_t i = 0; i < network->port_count; i++)
        set_numbered(object, "launcher.net.publish", i, port_text(&network->ports[i], text));
    set_list(object, "launcher.net.pasta", network->pasta_options, network->pasta_option_count);
    set_list(object, "launcher.net.dns", network->dns_servers, network->dns_server_count);
    set_list(object, "launcher.net.dnsSearch", network->dns_searches, network->dns_search_count);
    set_list(object, "launcher.net.dnsOption", network->dns_options, network->dns_option_count);
    for (size_t i = 0; i < network->host_count; i++) {
        (void)snprintf(text, sizeof(text), "launcher.net.host.%zu", i);
        (void)json_object_set_new(
            object, text, json_sprintf("%s:%s", network->hosts[i].key, network->hosts[i].value));
    }
}

static json_t *annotations_to_json(const struct spec *spec)
{
    json_t *object = json_object();
    set_text(object, "launcher.name", spec->id);
    set_text(object, "launcher.init", spec->init ? "true" : "false");
    set_network(object, &spec->network);
    set_text(object, "launcher.rootMode", spec->root.mode == ROOT_PIVOT ? "pivot" : "chroot");
    set_text(object, "launcher.seccomp", seccomp_text(spec));
    return object;
}

json_t *spec_to_json(const struct spec *spec)
{
    json_t *object = json_object();
    json_t *root = json_object();
    set_text(root, "path", spec->root.path);
    set_flag(root, "readonly", spec->root.readonly);

    set_text(object, "ociVersion", "1.3.0");
    (void)json_object_set_new(object, "process", process_to_json(&spec->process));
    (void)json_object_set_new(object, "root", root);
    set_text(object, "hostname", spec->hostname);
    set_text(object, "domainname", spec->domainname);
    (void)json_object_set_new(object, "mounts", mounts_to_json(spec));
    (void)json_object_set_new(object, "linux", linux_to_json(spec));
    (void)json_object_set_new(object, "annotations", annotations_to_json(spec));
    return object;
}
