#include "spec_validate.h"

#include <linux/sched.h>
#include <string.h>

#include "parse.h"
#include "resource_text.h"
#include "spec_defaults.h"
#include "spec_names.h"
#include "sysctl.h"

enum {
    MEMORY_MIN = 512 * 1024,  /* less does not even hold the payload's page tables and stack */
    CPU_QUOTA_MIN_US = 1000,  /* the kernel's, sched-bwc */
    GROUPS_MAX = 65536,       /* NGROUPS_MAX of the kernel */
    STRING_MAX = 32 * 4096,   /* one argument or variable, MAX_ARG_STRLEN of execve(2) */
    HOST_NAME_MAX_BYTES = 64, /* __NEW_UTS_LEN */
};

/* ---- command ---- */

static int check_strings(const char *const *strings, size_t count, const char *kind,
                         struct fail *fail)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(strings[i]) >= STRING_MAX)
            return fail_set(fail,
                            "the %s \"%.40s...\" is longer than 128 KiB, the most that "
                            "execve takes",
                            kind, strings[i]);
    return 0;
}

static int check_command(const struct spec *spec, struct fail *fail)
{
    const struct spec_process *process = &spec->process;
    if (process->arg_count == 0 && spec->oci.version != NULL)
        return 0; /* of a config.json: it has no process */
    if (process->arg_count == 0) {
        int code = fail_set(fail, "no command given");
        (void)fail_hint(fail, "it follows the options: launcher run --rootfs DIR /bin/sh");
        return code;
    }
    if (process->args[0][0] == '\0')
        return fail_set(fail, "the command is empty");
    TRY(check_strings(process->args, process->arg_count, "argument", fail));
    return check_strings(process->environment, process->environment_count, "variable", fail);
}

/* ---- namespaces ---- */

/* New, or another's: not the host's. */
static bool is_apart(const struct spec *spec, enum namespace_type type)
{
    return spec->namespaces[type].create || spec->namespaces[type].others;
}

static int check_namespaces(const struct spec *spec, struct fail *fail)
{
    bool bundle = spec->oci.version != NULL; /* bundle_host_mounts.c has seen to it */
    if (!is_apart(spec, NS_MNT) && !bundle)
        return fail_set(fail, "the mnt namespace can't be left out: every mount of the container "
                              "would be the host's too");
    if (spec->namespaces[NS_USER].create && !is_apart(spec, NS_PID))
        return fail_set(fail, "a user namespace needs a PID namespace of its own: /proc can't be "
                              "mounted for the host's");
    if (spec->oci.time_offset_count > 0 && !spec->namespaces[NS_TIME].create)
        return fail_set(fail,
                        "time offsets need a new time namespace: the clocks of one that is in "
                        "use can't be set");
    return 0;
}

static int check_names(const struct spec *spec, struct fail *fail)
{
    const char *const names[] = {spec->hostname, spec->domainname};
    static const char *const options[] = {"hostname", "domainname"};
    for (size_t i = 0; i < 2; i++) {
        if (names[i] == NULL)
            continue;
        if (!is_apart(spec, NS_UTS))
            return fail_set(fail, "--%s needs a uts namespace: it would rename the host",
                            options[i]);
        if (*names[i] == '\0' || strlen(names[i]) > HOST_NAME_MAX_BYTES)
            return fail_set(fail, "the %s is not 1 to 64 bytes long", options[i]);
    }
    return check_container_id(spec->id, fail);
}

/* ---- ids ---- */

static bool is_mapped(const struct spec_id_mapping *rows, size_t count, uint32_t id)
{
    for (size_t i = 0; i < count; i++)
        if (id - rows[i].container_id < rows[i].size)
            return true;
    return false;
}

static int unmapped(const char *kind, uint32_t id, struct fail *fail)
{
    int code = fail_set(fail, "%s %u does not exist in the container's user namespace", kind, id);
    (void)fail_hint(fail, "an ordinary user has one id inside, 0; root can have all of them");
    return code;
}

static int check_mapped_user(const struct spec *spec, struct fail *fail)
{
    const struct spec_user *user = &spec->process.user;
    if (!is_mapped(spec->uid_mappings, spec->uid_mapping_count, user->uid))
        return unmapped("user", user->uid, fail);
    if (!is_mapped(spec->gid_mappings, spec->gid_mapping_count, user->gid))
        return unmapped("group", user->gid, fail);
    if (spec->deny_setgroups && user->additional_gid_count > 0)
        return fail_set(fail, "supplementary groups can't be set by an ordinary user");
    for (size_t i = 0; i < user->additional_gid_count; i++)
        if (!is_mapped(spec->gid_mappings, spec->gid_mapping_count, user->additional_gids[i]))
            return unmapped("group", user->additional_gids[i], fail);
    return 0;
}

static int check_user(const struct spec *spec, struct fail *fail)
{
    const struct spec_user *user = &spec->process.user;
    if (user->uid == UINT32_MAX || user->gid == UINT32_MAX)
        return fail_set(fail, "4294967295 is not an id: the kernel takes it for \"no change\"");
    if (user->additional_gid_count > GROUPS_MAX)
        return fail_set(fail, "%zu supplementary groups are more than the kernel's 65536",
                        user->additional_gid_count);
    return spec->namespaces[NS_USER].create ? check_mapped_user(spec, fail) : 0;
}

/* ---- file systems ---- */

static int check_destination(const char *path, const char *kind, struct fail *fail)
{
    if (check_container_path(path, fail) < 0)
        return fail_context(fail, "%s", kind);
    if (strcmp(path, "/") == 0)
        return fail_set(fail, "%s: the root itself can't be the place", kind);
    return 0;
}

static bool is_below(const char *path, const char *directory)
{
    size_t size = strlen(directory);
    return strncmp(path, directory, size) == 0 && path[size] == '/';
}

/* lxcfs(8) shows a container its own share of these; nothing else in /proc may be covered. */
static bool may_cover_proc(const char *path)
{
    static const char *const files[] = {
        "/proc/cpuinfo",  "/proc/diskstats", "/proc/loadavg", "/proc/meminfo",
        "/proc/slabinfo", "/proc/stat",      "/proc/swaps",   "/proc/uptime",
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (strcmp(files[i], path) == 0)
            return true;
    return false;
}

/* A volume in /proc would make masks, labels and sysctl writes go to files that the payload owns
 * (CVE-2019-19921, CVE-2023-27561, CVE-2025-52881). */
static int check_proc(const struct spec_mount *mount, struct fail *fail)
{
    if (strcmp(mount->destination, "/proc") == 0 && strcmp(mount->type, "proc") != 0)
        return fail_set(fail, "only the proc file system can be mounted on /proc");
    if (is_below(mount->destination, "/proc") && !may_cover_proc(mount->destination))
        return fail_set(fail,
                        "nothing can be mounted on %.200s: the kernel's own files must stay "
                        "visible there",
                        mount->destination);
    return 0;
}

/* To be a peer of the host's mount, the volume is copied before the tree is cut off from the host's, and
 * nobody else may copy it there. Taken as a mere attribute, "shared" would share with nobody. */
static int check_propagation(const struct spec *spec, const struct spec_mount *mount,
                             struct fail *fail)
{
    for (size_t i = 0; strcmp(mount->type, "bind") == 0 && i < mount->option_count; i++) {
        const char *option = mount->options[i];
        if (spec->privileged || (strcmp(option, "shared") != 0 && strcmp(option, "rshared") != 0))
            continue;
        (void)fail_set(fail,
                       "the mount on %.200s can't be %s: without CAP_SYS_ADMIN mounts made in a "
                       "container never reach the host",
                       mount->destination, option);
        return fail_hint(fail, "with rslave those of the host come into the container");
    }
    return 0;
}

static int check_mount(const struct spec *spec, const struct spec_mount *mount, struct fail *fail)
{
    TRY(check_destination(mount->destination, "mount", fail));
    TRY(check_proc(mount, fail));
    TRY(check_propagation(spec, mount, fail));
    if (strcmp(mount->type, "bind") == 0 && (mount->source == NULL || mount->source[0] != '/'))
        return fail_set(fail, "the mount on %.200s has no absolute source", mount->destination);
    for (size_t i = 0; i < mount->option_count; i++)
        if (mount->options[i][0] == '\0' || has_control_characters(mount->options[i]))
            return fail_set(fail,
                            "the mount on %.200s has an option that is empty or holds "
                            "control characters",
                            mount->destination);
    return 0;
}

static int check_mounts(const struct spec *spec, struct fail *fail)
{
    for (size_t i = 0; i < spec->mount_count; i++) {
        TRY(check_mount(spec, &spec->mounts[i], fail));
        for (size_t j = 0; j < i && spec->oci.version == NULL;
             j++) /* a config.json may stack them */
            if (strcmp(spec->mounts[i].destination, spec->mounts[j].destination) == 0)
                return fail_set(fail, "two mounts on %.200s", spec->mounts[i].destination);
    }
    return 0;
}

static int check_devices(const struct spec *spec, struct fail *fail)
{
    for (size_t i = 0; i < spec->device_count; i++) {
        TRY(check_destination(spec->devices[i].path, "device", fail));
        for (size_t j = 0; j < i; j++)
            if (strcmp(spec->devices[i].path, spec->devices[j].path) == 0)
                return fail_set(fail, "two devices at %.200s", spec->devices[i].path);
    }
    return 0;
}

static int check_root(const struct spec *spec, struct fail *fail)
{
    if (spec->root.path == NULL || spec->root.path[0] != '/')
        return fail_set(fail, "the root file system is not an absolute path");
    if (check_container_path(spec->process.cwd, fail) < 0)
        return fail_context(fail, "working directory");
    return 0;
}

static int check_paths(const struct spec *spec, struct fail *fail)
{
    for (size_t i = 0; i < spec->masked_path_count; i++)
        TRY(check_destination(spec->masked_paths[i], "masked path", fail));
    for (size_t i = 0; i < spec->readonly_path_count; i++)
        TRY(check_destination(spec->readonly_paths[i], "read-only path", fail));
    return 0;
}

/* ---- kernel parameters and limits ---- */

static int check_sysctls(const struct spec *spec, struct fail *fail)
{
    for (size_t i = 0; i < spec->sysctl_count; i++) {
        const struct spec_pair *pair = &spec->sysctls[i];
        enum namespace_type type = sysctl_namespace(pair->key);
        if (type == NS_COUNT)
            return fail_set(fail, "the sysctl %.100s belongs to the whole machine", pair->key);
        if (!is_apart(spec, type))
            return fail_set(fail,
                            "the sysctl %.100s would change the host: the container has "
                            "no %s namespace of its own",
                            pair->key, namespace_name(type));
        if (has_control_characters(pair->key) || has_control_characters(pair->value))
            return fail_set(fail, "the sysctl %.100s contains control characters", pair->key);
    }
    return 0;
}

/* ---- resources ---- */

static int check_memory(const struct spec_resources *resources, struct fail *fail)
{
    struct limit max = resources->memory_max, swap = resources->memory_swap;
    if (max.set && max.value != -1 && max.value < MEMORY_MIN)
        return fail_set(fail, "%lld bytes of memory are too few: at least 512k",
                        (long long)max.value);
    if (!swap.set || swap.value < 0)
        return 0;
    if (!max.set || max.value < 0) {
        (void)fail_set(fail, "a limit on memory and swap together needs one on memory");
        return fail_hint(fail, "add --memory SIZE");
    }
    if (swap.value < max.value) {
        (void)fail_set(fail,
                       "%lld bytes of memory and swap together are less than the %lld of "
                       "memory alone",
                       (long long)swap.value, (long long)max.value);
        return fail_hint(fail, "--memory-swap counts both, as docker's: the same as --memory is no "
                               "swap");
    }
    return 0;
}

static int check_cpu(const struct spec_resources *resources, struct fail *fail)
{
    struct limit quota = resources->cpu_quota_us, burst = resources->cpu_burst_us;
    if (quota.set && quota.value != -1 && quota.value < CPU_QUOTA_MIN_US)
        return fail_set(fail, "the share of a CPU is too small: at least 0.01");
    if (burst.set && burst.value > 0 && (!quota.set || quota.value < 0))
        return fail_set(fail, "a burst needs a limit that it may exceed: --cpus");
    if (burst.set && quota.set && quota.value >= 0 && burst.value > quota.value)
        return fail_set(fail, "the burst can't be more than the limit itself");
    if (resources->cpu_idle.set && resources->cpu_idle.value != 0 && resources->cpu_weight.set)
        return fail_set(fail, "--cpu-idle and --cpu-weight exclude each other: what is idle has no "
                              "share");
    return 0;
}

static bool limits_anything(const struct spec_io_device *device)
{
    return device->rbps.set || device->wbps.set || device->riops.set || device->wiops.set ||
           device->weight.set;
}

static int check_lists(const struct spec_resources *resources, struct fail *fail)
{
    for (size_t i = 0; i < resources->io_device_count; i++)
        if (!limits_anything(&resources->io_devices[i]))
            return fail_set(fail, "the disk %u:%u has no limit", resources->io_devices[i].major,
                            resources->io_devices[i].minor);
    for (size_t i = 0; i < resources->unified_count; i++) {
        TRY(check_raw_key(resources->unified[i].key, fail));
        if (has_control_characters(resources->unified[i].value))
            return fail_set(fail, "the value of %.60s contains control characters",
                            resources->unified[i].key);
    }
    return 0;
}

static int check_resources(const struct spec *spec, struct fail *fail)
{
    const struct spec_resources *resources = &spec->resources;
    TRY(check_memory(resources, fail));
    TRY(check_cpu(resources, fail));
    if (resources->pids_max.set && resources->pids_max.value != -1 && resources->pids_max.value < 1)
        return fail_set(fail, "a container needs at least one process");
    return check_lists(resources, fail);
}

static int check_cgroup(const struct spec *spec, struct fail *fail)
{
    if (spec->cgroup.path != NULL && spec->cgroup.parent != NULL)
        return fail_set(fail, "--cgroup and --cgroup-parent exclude each other: the first names "
                              "the cgroup itself");
    if (spec->cgroup.delegate && spec->cgroup.manager == MANAGER_SYSTEMD)
        return fail_set(fail,
                        "the scope that systemd makes is the container's to divide already: leave "
                        "--cgroup-delegate out");
    if (spec->cgroup.manager == MANAGER_DISABLED && spec->oci.version == NULL &&
        (resources_wanted(&spec->resources) || spec->cgroup.path != NULL ||
         spec->cgroup.parent != NULL || spec->cgroup.delegate || spec->cgroup.live))
        return fail_set(fail, "what was asked for needs a cgroup: leave --cgroup-manager disabled "
                              "out");
    if (spec->cgroup.delegate && !spec->namespaces[NS_CGROUP].create)
        return fail_set(fail, "a cgroup can be handed to a container with a cgroup namespace only");
    return 0;
}

static int check_rlimits(const struct spec *spec, struct fail *fail)
{
    for (size_t i = 0; i < spec->process.rlimit_count; i++) {
        const struct spec_rlimit *limit = &spec->process.rlimits[i];
        if (limit->soft > limit->hard)
            return fail_set(fail, "the soft limit of %s is above the hard one", limit->name);
    }
    return 0;
}

static int check_scheduler(const struct spec *spec, struct fail *fail)
{
    const struct spec_scheduler *scheduler = &spec->process.scheduler;
    const struct limit *score = &spec->process.oom_score_adj;
    bool realtime = scheduler->policy == SCHED_FIFO || scheduler->policy == SCHED_RR;
    bool fair = scheduler->policy == SCHED_NORMAL || scheduler->policy == SCHED_BATCH;
    if (score->set && (score->value < -1000 || score->value > 1000))
        return fail_set(fail, "the OOM score adjustment is not from -1000 to 1000");
    if (!scheduler->set)
        return 0;
    if (realtime && (scheduler->priority < 1 || scheduler->priority > 99))
        return fail_set(fail, "a real-time policy needs a priority from 1 to 99: --sched fifo:10");
    if (!realtime && scheduler->priority != 0)
        return fail_set(fail, "only fifo and rr have a priority");
    if (!fair && scheduler->nice != 0)
        return fail_set(fail, "only the policies other and batch have a nice value");
    if (scheduler->policy == SCHED_DEADLINE && (scheduler->runtime_ns > scheduler->deadline_ns ||
                                                scheduler->deadline_ns > scheduler->period_ns))
        return fail_set(fail, "deadline scheduling needs RUNTIME <= DEADLINE <= PERIOD");
    return 0;
}

/* ---- all of it ---- */

typedef int check_function(const struct spec *spec, struct fail *fail);

int spec_validate(const struct spec *spec, struct fail *fail)
{
    static check_function *const checks[] = {
        check_command,   check_namespaces, validate_network, check_names,     check_root,
        check_user,      check_mounts,     check_devices,    check_paths,     check_sysctls,
        check_resources, check_cgroup,     check_rlimits,    check_scheduler,
    };
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
        TRY(checks[i](spec, fail));
    return 0;
}
