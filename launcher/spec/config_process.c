/* PURE: no system call is made in this file. config.md, "Process". */
#include <string.h>

#include "config_tables.h"
#include "parse.h"

#ifndef SCHED_FLAG_UTIL_CLAMP_MIN /* linux/sched.h, which can't be had together with sched.h */
#define SCHED_FLAG_RESET_ON_FORK 0x01
#define SCHED_FLAG_RECLAIM 0x02
#define SCHED_FLAG_DL_OVERRUN 0x04
#define SCHED_FLAG_KEEP_POLICY 0x08
#define SCHED_FLAG_KEEP_PARAMS 0x10
#define SCHED_FLAG_UTIL_CLAMP_MIN 0x20
#define SCHED_FLAG_UTIL_CLAMP_MAX 0x40
#endif

enum { IO_CLASS_SHIFT = 13, IO_LEVELS = 7 }; /* ioprio_set(2) */

/* ---- terminal ---- */

static int take_height(struct config *config, void *target, const struct config_value *value,
                       struct fail *fail)
{
    struct spec_process *process = target;
    (void)config, (void)fail;
    process->rows = (uint16_t)value->number.magnitude;
    return 0;
}

static int take_width(struct config *config, void *target, const struct config_value *value,
                      struct fail *fail)
{
    struct spec_process *process = target;
    (void)config, (void)fail;
    process->columns = (uint16_t)value->number.magnitude;
    return 0;
}

static const struct config_field console_size_fields[] = {
    {ROW_HANDLED(FIELD_U32, "height", take_height), .high = UINT16_MAX},
    {ROW_HANDLED(FIELD_U32, "width", take_width), .high = UINT16_MAX},
};
static const struct config_table console_size_config = {
    CONFIG_TABLE(console_size_fields, struct spec_process)};

/* ---- user ---- */

/* 4294967295 is (uid_t)-1, which setresuid(2) takes for "leave it as it is". */
static const struct config_field user_fields[] = {
    {ROW_U32("uid", struct spec_user, uid), .high = UINT32_MAX - 1},
    {ROW_U32("gid", struct spec_user, gid), .high = UINT32_MAX - 1},
    {ROW_LIMIT("umask", struct spec_user, umask), .high = 0777},
    {ROW_NUMBERS("additionalGids", struct spec_user, additional_gids, additional_gid_count),
     .high = UINT32_MAX - 1},
};
static const struct config_table user_config = {CONFIG_TABLE(user_fields, struct spec_user)};

/* ---- capabilities ---- */

/* "Any value which cannot be mapped to a relevant kernel interface ... MUST be logged as a
 * warning": an engine may be newer than we are. Until version 1.1 it was an error, check_unmapped. */
static int take_capability(struct config *config, void *target, const struct config_value *value,
                           struct fail *fail)
{
    uint64_t *set = (void *)((char *)target + value->field->offset);
    int capability = capability_find(value->text);
    (void)fail;
    if (capability < 0 || strncmp(value->text, "CAP_", 4) != 0) {
        config_warn(config,
                    arena_printf(config->arena, "there is no capability \"%.60s\"", value->text));
        if (config->unmapped == NULL)
            config->unmapped = config->warnings[config->warning_count - 1];
        return 0;
    }
    *set |= UINT64_C(1) << capability;
    return 0;
}

#define ROW_CAPABILITIES(NAME, FIELD)                                   \
    {                                                                   \
        ROW_HANDLED(FIELD_STRINGS, NAME, take_capability),              \
            .offset = MEMBER(struct spec_capabilities, FIELD, uint64_t) \
    }
static const struct config_field capability_fields[] = {
    ROW_CAPABILITIES("bounding", bounding),   ROW_CAPABILITIES("effective", effective),
    ROW_CAPABILITIES("permitted", permitted), ROW_CAPABILITIES("inheritable", inheritable),
    ROW_CAPABILITIES("ambient", ambient),
};
static const struct config_table capability_config = {
    CONFIG_TABLE(capability_fields, struct spec_capabilities)};

/* ---- limits ---- */

static int finish_rlimit(struct config *config, void *target, const struct config_value *value,
                         struct fail *fail)
{
    struct spec_rlimit *limit = target;
    const struct spec_process *process = &config->spec->process;
    (void)value;
    for (size_t i = 0; i < rlimit_names.count; i++) {
        const struct named_number *row = &rlimit_names.rows[i];
        if (strcmp(row->oci, limit->name) != 0)
            continue;
        limit->name = row->name;
        limit->resource = (int)row->number;
        for (size_t j = 0; j + 1 < process->rlimit_count; j++)
            if (process->rlimits[j].resource == limit->resource)
                return fail_set(fail, "%s stands here twice", row->oci);
        if (limit->soft > limit->hard)
            return fail_set(fail, "the soft limit is above the hard one");
        return 0;
    }
    return fail_set(fail, "there is no limit \"%.60s\"; an example of one is RLIMIT_NOFILE",
                    limit->name);
}

static const struct config_field rlimit_fields[] = {
    {ROW_STRING("type", struct spec_rlimit, name), .flags = FIELD_REQUIRED | FIELD_FILLED},
    {ROW_U64("soft", struct spec_rlimit, soft), .flags = FIELD_REQUIRED},
    {ROW_U64("hard", struct spec_rlimit, hard), .flags = FIELD_REQUIRED},
};
static const struct config_table rlimit_config = {CONFIG_TABLE(rlimit_fields, struct spec_rlimit),
                                                  .finish = finish_rlimit};

/* ---- scheduler, sched_setattr(2) ---- */

static int take_policy(struct config *config, void *target, const struct config_value *value,
                       struct fail *fail)
{
    struct spec_scheduler *scheduler = target;
    (void)config;
    for (size_t i = 0; i < scheduler_names.count; i++) {
        if (strcmp(scheduler_names.rows[i].oci, value->text) != 0)
            continue;
        scheduler->set = true;
        scheduler->policy = (uint32_t)scheduler_names.rows[i].number;
        return 0;
    }
    return fail_set(fail, "there is no policy \"%.60s\"; an example of one is SCHED_BATCH",
                    value->text);
}

static int take_scheduler_flag(struct config *config, void *target,
                               const struct config_value *value, struct fail *fail)
{
    static const struct config_word words[] = {
        {"SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK},
        {"SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM},
        {"SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN},
        {"SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY},
        {"SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS},
        {"SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN},
        {"SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX},
    };
    struct spec_scheduler *scheduler = target;
    int64_t flag = 0;
    (void)config;
    TRY(CONFIG_WORD_FIND(words, value->text, &flag, fail));
    scheduler->flags |= (uint64_t)flag;
    return 0;
}

static const struct config_field scheduler_fields[] = {
    {.name = "policy",
     .type = FIELD_STRING,
     .flags = FIELD_HANDLED | FIELD_REQUIRED | FIELD_FILLED,
     .handle = take_policy},
    {ROW_S32("nice", struct spec_scheduler, nice), .low = -20, .high = 19},
    {ROW_U32("priority", struct spec_scheduler, priority), .high = 99},
    {ROW_HANDLED(FIELD_STRINGS, "flags", take_scheduler_flag)},
    {ROW_U64("runtime", struct spec_scheduler, runtime_ns)},
    {ROW_U64("deadline", struct spec_scheduler, deadline_ns)},
    {ROW_U64("period", struct spec_scheduler, period_ns)},
};
static const struct config_table scheduler_config = {
    CONFIG_TABLE(scheduler_fields, struct spec_scheduler)};

/* ---- I/O priority ---- */

struct io_priority {
    const char *class;
    uint32_t level;
};

static int finish_io_priority(struct config *config, void *target, const struct config_value *value,
                              struct fail *fail)
{
    struct spec_process *process = &config->spec->process;
    const struct io_priority *priority = target;
    (void)value;
    for (size_t i = 0; i < io_class_names.count; i++) {
        if (strcmp(io_class_names.rows[i].oci, priority->class) != 0)
            continue;
        int64_t class = io_class_names.rows[i].number;
        process->io_priority =
            (struct limit){.set = true, .value = class << IO_CLASS_SHIFT | priority->level};
        return 0;
    }
    return fail_set(fail, "there is no class \"%.60s\"; an example of one is IOPRIO_CLASS_BE",
                    priority->class);
}

static const struct config_field io_priority_fields[] = {
    {ROW_STRING("class", struct io_priority, class), .flags = FIELD_REQUIRED | FIELD_FILLED},
    {ROW_U32("priority", struct io_priority, level), .high = IO_LEVELS},
};
static const struct config_table io_priority_config = {
    CONFIG_TABLE(io_priority_fields, struct io_priority), .finish = finish_io_priority};

static int take_io_priority(struct config *config, void *target, const struct config_value *value,
                            struct fail *fail)
{
    struct io_priority priority = {.class = NULL};
    (void)target, (void)value;
    return config_read_object(config, &io_priority_config, &priority, fail);
}

/* ---- affinity of exec ---- */

static const struct config_field affinity_fields[] = {
    {ROW_STRING("initial", struct spec_oci, exec_affinity_initial),
     .handle = config_check_cpu_list},
    {ROW_STRING("final", struct spec_oci, exec_affinity_final), .handle = config_check_cpu_list},
};
static const struct config_table affinity_config = {CONFIG_TABLE(affinity_fields, struct spec_oci)};

static int take_affinity(struct config *config, void *target, const struct config_value *value,
                         struct fail *fail)
{
    (void)target, (void)value;
    return config_read_object(config, &affinity_config, &config->spec->oci, fail);
}

/* ---- labels: whether they can be applied depends on the host, bundle_labels.c ---- */

static int take_apparmor(struct config *config, void *target, const struct config_value *value,
                         struct fail *fail)
{
    bool none = strcmp(value->text, "unconfined") == 0;
    config->spec->oci.apparmor_profile = none ? NULL : value->text;
    return config_check_text(config, target, value, fail);
}

static int take_selinux(struct config *config, void *target, const struct config_value *value,
                        struct fail *fail)
{
    config->spec->oci.selinux_label = value->text;
    return config_check_text(config, target, value, fail);
}

/* ---- all of it ---- */

/* runc makes it when it is missing, and containerd relies on that for an image's WORKDIR. */
static int take_cwd(struct config *config, void *target, const struct config_value *value,
                    struct fail *fail)
{
    struct spec_process *process = target;
    process->make_cwd = true;
    return parse_container_path(value->text, config->arena, &process->cwd, fail);
}

static const struct config_field process_fields[] = {
    {ROW_BOOLEAN("terminal", struct spec_process, terminal)},
    {ROW_SAME("consoleSize", &console_size_config)},
    {ROW_OBJECT("user", struct spec_process, user, struct spec_user, &user_config)},
    {ROW_STRINGS("args", struct spec_process, args, arg_count),
     .flags = FIELD_REQUIRED | FIELD_SOME},
    {ROW_STRINGS("env", struct spec_process, environment, environment_count)},
    {.name = "cwd",
     .type = FIELD_STRING,
     .flags = FIELD_HANDLED | FIELD_REQUIRED | FIELD_FILLED,
     .handle = take_cwd},
    {ROW_OBJECT("capabilities", struct spec_process, capabilities, struct spec_capabilities,
                &capability_config)},
    {ROW_OBJECTS("rlimits", struct spec_process, rlimits, rlimit_count, struct spec_rlimit,
                 &rlimit_config)},
    {ROW_BOOLEAN("noNewPrivileges", struct spec_process, no_new_privileges)},
    {ROW_HANDLED(FIELD_STRING, "apparmorProfile", take_apparmor)},
    {ROW_LIMIT("oomScoreAdj", struct spec_process, oom_score_adj), .low = -1000, .high = 1000},
    {ROW_OBJECT("scheduler", struct spec_process, scheduler, struct spec_scheduler,
                &scheduler_config)},
    {ROW_HANDLED(FIELD_STRING, "selinuxLabel", take_selinux)},
    {ROW_HANDLED(FIELD_OBJECT, "ioPriority", take_io_priority)},
    {ROW_HANDLED(FIELD_OBJECT, "execCPUAffinity", take_affinity)},
};
const struct config_table process_config = {CONFIG_TABLE(process_fields, struct spec_process)};
