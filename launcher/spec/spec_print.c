#include "spec_print.h"

#include <string.h>
#include <sys/resource.h>

#include "network_text.h"
#include "port_text.h"
#include "spec_names.h"

enum { LABEL_WIDTH = 14, CAPABILITY_BITS = 64 };

/* ---- pieces ---- */

static void print_label(FILE *file, const char *label)
{
    (void)fprintf(file, "%-*s", LABEL_WIDTH, label);
}

static void print_text(FILE *file, const char *label, const char *text)
{
    if (text == NULL)
        return;
    print_label(file, label);
    (void)fprintf(file, "%s\n", text);
}

static void print_list(FILE *file, const char *label, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        print_text(file, i == 0 ? label : "", texts[i]);
}

static void print_limit(FILE *file, const char *label, struct limit limit, const char *unit)
{
    if (!limit.set)
        return;
    print_label(file, label);
    if (limit.value == -1)
        (void)fprintf(file, "unlimited\n");
    else
        (void)fprintf(file, "%lld%s\n", (long long)limit.value, unit);
}

/* As a shell would have to read it, so that an argument with blanks is seen to be one. */
static void print_command(FILE *file, const char *const *args, size_t count)
{
    print_label(file, "command");
    for (size_t i = 0; i < count; i++) {
        bool quote = args[i][strcspn(args[i], " \t\n\"'\\$`*?;&|<>()")] != '\0' || !*args[i];
        (void)fprintf(file, quote ? "%s'%s'" : "%s%s", i == 0 ? "" : " ", args[i]);
    }
    (void)fputc('\n', file);
}

/* ---- text ---- */

static void print_namespaces(const struct spec *spec, FILE *file)
{
    print_label(file, "namespaces");
    const char *separator = "";
    for (unsigned type = 0; type < NS_COUNT; type++) {
        if (!spec->namespaces[type].create)
            continue;
        (void)fprintf(file, "%s%s", separator, namespace_name((enum namespace_type)type));
        separator = ",";
    }
    (void)fputc('\n', file);
}

static void print_mappings(FILE *file, const char *label, const struct spec_id_mapping *rows,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        print_label(file, label);
        (void)fprintf(file, "%u inside is %u outside, %u ids\n", rows[i].container_id,
                      rows[i].host_id, rows[i].size);
    }
}

static const char *network_words(enum net_mode mode)
{
    static const char *const words[] = {
        [NET_NONE] = "none, loopback only",
        [NET_HOST] = "the host's",
        [NET_BRIDGE] = "bridge",
        [NET_JOIN] = "joined",
        [NET_PASTA] = "pasta",
    };
    return words[mode];
}

static void print_names(const struct spec_network *network, FILE *file)
{
    print_list(file, "name servers", network->dns_servers, network->dns_server_count);
    print_list(file, "search", network->dns_searches, network->dns_search_count);
    print_list(file, "resolver", network->dns_options, network->dns_option_count);
    for (size_t i = 0; i < network->host_count; i++) {
        print_label(file, i == 0 ? "hosts" : "");
        (void)fprintf(file, "%s is %s\n", network->hosts[i].key, network->hosts[i].value);
    }
}

static void print_network(const struct spec_network *network, FILE *file)
{
    char text[INTERFACE_TEXT_SIZE], port[PORT_TEXT_SIZE];
    print_label(file, "network");
    (void)fprintf(file, "%s%s\n", network_words(network->mode),
                  network->by_default ? " (default)" : "");
    print_text(file, "", network->join);
    for (size_t i = 0; i < network->interface_count; i++)
        print_text(file, "", interface_text(&network->interfaces[i], text));
    print_list(file, "", network->pasta_options, network->pasta_option_count);
    for (size_t i = 0; i < network->port_count; i++)
        print_text(file, i == 0 ? "published" : "", port_text(&network->ports[i], port));
    print_names(network, file);
}

static void print_container(const struct spec *spec, FILE *file)
{
    print_text(file, "name", spec->id);
    print_text(file, "root", spec->root.path);
    print_text(file, "root mode", spec->root.mode == ROOT_PIVOT ? "pivot" : "chroot");
    if (spec->root.readonly)
        print_text(file, "", "read-only");
    print_namespaces(spec, file);
    print_mappings(file, "user ids", spec->uid_mappings, spec->uid_mapping_count);
    print_mappings(file, "group ids", spec->gid_mappings, spec->gid_mapping_count);
    print_text(file, "host name", spec->hostname);
    print_text(file, "domain name", spec->domainname);
    print_network(&spec->network, file);
    print_text(file, "init", spec->init ? "cinit" : "the command itself");
}

static void print_user(const struct spec_user *user, FILE *file)
{
    print_label(file, "user");
    (void)fprintf(file, "%u:%u", user->uid, user->gid);
    for (size_t i = 0; i < user->additional_gid_count; i++)
        (void)fprintf(file, ",%u", user->additional_gids[i]);
    (void)fputc('\n', file);
    if (user->umask.set) {
        print_label(file, "umask");
        (void)fprintf(file, "%04llo\n", (unsigned long long)user->umask.value);
    }
}

static void print_capabilities(uint64_t set, FILE *file)
{
    char name[32];
    print_label(file, "capabilities");
    const char *separator = "";
    for (unsigned i = 0; i < CAPABILITY_BITS; i++) {
        if ((set >> i & 1) == 0)
            continue;
        (void)fprintf(file, "%s%s", separator, capability_label(i, name, sizeof(name)) + 4);
        separator = " ";
    }
    (void)fputs(set == 0 ? "none\n" : "\n", file);
}

static void print_rlimit_value(uint64_t value, const char *end, FILE *file)
{
    if (value == RLIM_INFINITY)
        (void)fprintf(file, "unlimited%s", end);
    else
        (void)fprintf(file, "%llu%s", (unsigned long long)value, end);
}

static void print_rlimits(const struct spec_process *process, FILE *file)
{
    for (size_t i = 0; i < process->rlimit_count; i++) {
        print_label(file, "rlimit");
        (void)fprintf(file, "%s ", process->rlimits[i].name);
        print_rlimit_value(process->rlimits[i].soft, ":", file);
        print_rlimit_value(process->rlimits[i].hard, "\n", file);
    }
}

static void print_scheduling(const struct spec_process *process, FILE *file)
{
    const struct spec_scheduler *scheduler = &process->scheduler;
    if (scheduler->set) {
        const struct named_number *row = number_find(&scheduler_names, scheduler->policy);
        print_label(file, "scheduler");
        (void)fprintf(file, "%s nice %d priority %u\n", row == NULL ? "?" : row->name,
                      scheduler->nice, scheduler->priority);
    }
    if (process->io_priority.set) {
        const struct named_number *row =
            number_find(&io_class_names, process->io_priority.value >> 13);
        print_label(file, "io priority");
        (void)fprintf(file, "%s level %lld\n", row == NULL ? "?" : row->name,
                      (long long)process->io_priority.value & 0x1fff);
    }
    print_limit(file, "oom score", process->oom_score_adj, "");
    print_text(file, "cpu affinity", process->cpu_affinity);
    print_limit(file, "personality", process->personality, "");
}

static void print_process(const struct spec *spec, FILE *file)
{
    const struct spec_process *process = &spec->process;
    print_command(file, process->args, process->arg_count);
    print_text(file, "directory", process->cwd);
    print_list(file, "environment", process->environment, process->environment_count);
    print_user(&process->user, file);
    if (process->terminal) {
        print_label(file, "terminal");
        (void)fprintf(file, "%u rows, %u columns\n", process->rows, process->columns);
    }
    print_capabilities(process->capabilities.bounding, file);
    print_text(file, "no new privs", process->no_new_privileges ? "on" : "off");
    print_text(file, "seccomp", seccomp_text(spec));
    print_rlimits(process, file);
    print_scheduling(process, file);
}

static void print_mount(const struct spec_mount *mount, const char *label, FILE *file)
{
    print_label(file, label);
    (void)fprintf(file, "%s on %s type %s (", mount->source, mount->destination, mount->type);
    for (size_t i = 0; i < mount->option_count; i++)
        (void)fprintf(file, "%s%s", i == 0 ? "" : ",", mount->options[i]);
    (void)fputs(mount->standard ? ")\n" : "), asked for\n", file);
}

static void print_files(const struct spec *spec, FILE *file)
{
    for (size_t i = 0; i < spec->mount_count; i++)
        print_mount(&spec->mounts[i], i == 0 ? "mounts" : "", file);
    for (size_t i = 0; i < spec->device_count; i++) {
        const struct spec_device *device = &spec->devices[i];
        print_label(file, i == 0 ? "devices" : "");
        (void)fprintf(file, "%s %c %u:%u mode %03o\n", device->path, device->type, device->major,
                      device->minor, device->mode);
    }
    print_list(file, "masked", spec->masked_paths, spec->masked_path_count);
    print_list(file, "read-only", spec->readonly_paths, spec->readonly_path_count);
    for (size_t i = 0; i < spec->sysctl_count; i++) {
        print_label(file, i == 0 ? "sysctls" : "");
        (void)fprintf(file, "%s = %s\n", spec->sysctls[i].key, spec->sysctls[i].value);
    }
}

/* "8:0 rbps 1048576 wiops 100" */
static void print_io_device(const struct spec_io_device *device, const char *label, FILE *file)
{
    const struct {
        const char *key;
        struct limit limit;
    } limits[] = {{"rbps", device->rbps},
                  {"wbps", device->wbps},
                  {"riops", device->riops},
                  {"wiops", device->wiops},
                  {"weight", device->weight}};
    print_label(file, label);
    (void)fprintf(file, "%u:%u", device->major, device->minor);
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        if (limits[i].limit.set)
            (void)fprintf(file, " %s %lld", limits[i].key, (long long)limits[i].limit.value);
    (void)fputc('\n', file);
}

static void print_pairs(const struct spec_pair *pairs, size_t count, const char *label, FILE *file)
{
    for (size_t i = 0; i < count; i++) {
        print_label(file, i == 0 ? label : "");
        (void)fprintf(file, "%s = %s\n", pairs[i].key, pairs[i].value);
    }
}

static void print_resources(const struct spec_resources *resources, FILE *file)
{
    for (const struct resource_row *row = resource_rows; row->label != NULL; row++)
        print_limit(file, row->label, resource_limit(resources, row), row->unit);
    print_text(file, "cpuset", resources->cpuset_cpus);
    print_text(file, "cpuset nodes", resources->cpuset_mems);
    for (size_t i = 0; i < resources->io_device_count; i++)
        print_io_device(&resources->io_devices[i], i == 0 ? "io" : "", file);
    for (size_t i = 0; i < resources->hugepage_count; i++) {
        print_text(file, i == 0 ? "huge pages" : "", resources->hugepages[i].page_size);
        print_limit(file, "", resources->hugepages[i].max, " bytes");
    }
    print_pairs(resources->misc, resources->misc_count, "misc", file);
    print_pairs(resources->unified, resources->unified_count, "cgroup files", file);
}

static void print_cgroup(const struct spec_cgroup *cgroup, FILE *file)
{
    print_text(file, "cgroup", cgroup->path);
    print_text(file, "cgroup parent", cgroup->parent);
    if (cgroup->delegate)
        print_text(file, "", "delegated to the container");
    if (cgroup->live)
        print_text(file, "", "with every controller");
}

void spec_print_text(const struct spec *spec, FILE *file)
{
    print_container(spec, file);
    print_process(spec, file);
    print_files(spec, file);
    print_resources(&spec->resources, file);
    print_cgroup(&spec->cgroup, file);
}
