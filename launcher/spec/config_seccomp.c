/* PURE: no system call is made in this file. config-linux.md, "Seccomp". */
#include <assert.h>
#include <linux/audit.h>
#include <linux/elf-em.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>

#include "config_tables.h"
#include "seccomp_file.h"

#ifndef AUDIT_ARCH_LOONGARCH64
#define AUDIT_ARCH_LOONGARCH64 (258 | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE)
#endif

enum { ERRNO_MAX = 4095, ARGUMENT_LAST = 5, WAIT_KILLABLE_RECV = 1 << 5 /* Linux 5.19 */ };

/* ---- words ---- */

static const struct config_word actions[] = {
    {"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD},
    {"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
    {"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
    {"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
    {"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO},
    {"SCMP_ACT_TRACE", SECCOMP_RET_TRACE},
    {"SCMP_ACT_LOG", SECCOMP_RET_LOG},
    {"SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF},
    {"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW},
};

/* X32 has the number of X86_64: its calls are told by a bit of their own. */
static const struct config_word architectures[] = {
    {"SCMP_ARCH_X86", AUDIT_ARCH_I386},
    {"SCMP_ARCH_X86_64", AUDIT_ARCH_X86_64},
    {"SCMP_ARCH_X32", AUDIT_ARCH_X86_64 & ~__AUDIT_ARCH_64BIT},
    {"SCMP_ARCH_ARM", AUDIT_ARCH_ARM},
    {"SCMP_ARCH_AARCH64", AUDIT_ARCH_AARCH64},
    {"SCMP_ARCH_LOONGARCH64", AUDIT_ARCH_LOONGARCH64},
    {"SCMP_ARCH_M68K", AUDIT_ARCH_M68K},
    {"SCMP_ARCH_MIPS", AUDIT_ARCH_MIPS},
    {"SCMP_ARCH_MIPS64", AUDIT_ARCH_MIPS64},
    {"SCMP_ARCH_MIPS64N32", AUDIT_ARCH_MIPS64N32},
    {"SCMP_ARCH_MIPSEL", AUDIT_ARCH_MIPSEL},
    {"SCMP_ARCH_MIPSEL64", AUDIT_ARCH_MIPSEL64},
    {"SCMP_ARCH_MIPSEL64N32", AUDIT_ARCH_MIPSEL64N32},
    {"SCMP_ARCH_PPC", AUDIT_ARCH_PPC},
    {"SCMP_ARCH_PPC64", AUDIT_ARCH_PPC64},
    {"SCMP_ARCH_PPC64LE", AUDIT_ARCH_PPC64LE},
    {"SCMP_ARCH_S390", AUDIT_ARCH_S390},
    {"SCMP_ARCH_S390X", AUDIT_ARCH_S390X},
    {"SCMP_ARCH_PARISC", AUDIT_ARCH_PARISC},
    {"SCMP_ARCH_PARISC64", AUDIT_ARCH_PARISC64},
    {"SCMP_ARCH_SH", AUDIT_ARCH_SH & ~__AUDIT_ARCH_LE},
    {"SCMP_ARCH_SHEB", AUDIT_ARCH_SH},
    {"SCMP_ARCH_RISCV64", AUDIT_ARCH_RISCV64},
};

static const struct config_word flags[] = {
    {"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
    {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", WAIT_KILLABLE_RECV},
};

static const struct config_word operations[] = {
    {"SCMP_CMP_NE", SCMP_CMP_NE},
    {"SCMP_CMP_LT", SCMP_CMP_LT},
    {"SCMP_CMP_LE", SCMP_CMP_LE},
    {"SCMP_CMP_EQ", SCMP_CMP_EQ},
    {"SCMP_CMP_GE", SCMP_CMP_GE},
    {"SCMP_CMP_GT", SCMP_CMP_GT},
    {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
};

static int take_action(struct config *config, void *target, const struct config_value *value,
                       struct fail *fail)
{
    int64_t action = 0;
    (void)config;
    TRY(CONFIG_WORD_FIND(actions, value->text, &action, fail));
    *(uint32_t *)(void *)((char *)target + value->field->offset) = (uint32_t)action;
    return 0;
}

/* "When the action doesn't support an errno, the runtime MUST print and error and fail." */
static int check_errno(const char *field, bool given, uint32_t action, struct fail *fail)
{
    if (!given || action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE)
        return 0;
    return fail_set(fail, "\"%s\": only SCMP_ACT_ERRNO and SCMP_ACT_TRACE return one", field);
}

/* ---- rules ---- */

static int take_operation(struct config *config, void *target, const struct config_value *value,
                          struct fail *fail)
{
    struct spec_seccomp_argument *argument = target;
    int64_t operation = 0;
    (void)config;
    TRY(CONFIG_WORD_FIND(operations, value->text, &operation, fail));
    argument->operation = (uint32_t)operation;
    return 0;
}

static const struct config_field argument_fields[] = {
    {ROW_U32("index", struct spec_seccomp_argument, index), .flags = FIELD_REQUIRED,
     .high = ARGUMENT_LAST},
    {ROW_U64("value", struct spec_seccomp_argument, value), .flags = FIELD_REQUIRED},
    {ROW_U64("valueTwo", struct spec_seccomp_argument, value_two)},
    {.name = "op",
     .type = FIELD_STRING,
     .flags = FIELD_HANDLED | FIELD_REQUIRED | FIELD_FILLED,
     .handle = take_operation},
};
static const struct config_table argument_config = {
    CONFIG_TABLE(argument_fields, struct spec_seccomp_argument)};

static int take_errno(struct config *config, void *target, const struct config_value *value,
                      struct fail *fail)
{
    struct spec_seccomp_rule *rule = target;
    (void)config, (void)value, (void)fail;
    rule->has_errno = true;
    return 0;
}

static int finish_rule(struct config *config, void *target, const struct config_value *value,
                       struct fail *fail)
{
    const struct spec_seccomp_rule *rule = target;
    (void)config, (void)value;
    return check_errno("errnoRet", rule->has_errno, rule->action, fail);
}

#define RULE_ROWS                                                                        \
    {ROW_STRINGS("names", struct spec_seccomp_rule, names, name_count),                  \
     .flags = FIELD_REQUIRED | FIELD_FILLED | FIELD_SOME},                               \
        {.name = "action",                                                               \
         .type = FIELD_STRING,                                                           \
         .flags = FIELD_HANDLED | FIELD_REQUIRED | FIELD_FILLED,                         \
         .offset = MEMBER(struct spec_seccomp_rule, action, uint32_t),                   \
         .handle = take_action},                                                         \
        {ROW_U32("errnoRet", struct spec_seccomp_rule, errno_return), .high = ERRNO_MAX, \
         .handle = take_errno},                                                          \
    {                                                                                    \
        ROW_OBJECTS("args", struct spec_seccomp_rule, arguments, argument_count,         \
                    struct spec_seccomp_argument, &argument_config)                      \
    }

static const struct config_field rule_fields[] = {RULE_ROWS};
static const struct config_table rule_config = {CONFIG_TABLE(rule_fields, struct spec_seccomp_rule),
                                                .finish = finish_rule};

/* ---- the profile ---- */

static int take_architecture(struct config *config, void *target, const struct config_value *value,
                             struct fail *fail)
{
    struct spec_seccomp *profile = target;
    int64_t architecture = 0;
    TRY(CONFIG_WORD_FIND(architectures, value->text, &architecture, fail));
    *ARENA_APPEND(config->arena, profile->architectures, profile->architecture_count) =
        (uint32_t)architecture;
    return 0;
}

static int take_flag(struct config *config, void *target, const struct config_value *value,
                     struct fail *fail)
{
    struct spec_seccomp *profile = target;
    int64_t flag = 0;
    (void)config;
    TRY(CONFIG_WORD_FIND(flags, value->text, &flag, fail));
    profile->flags |= (uint32_t)flag;
    return 0;
}

static int take_default_errno(struct config *config, void *target, const struct config_value *value,
                              struct fail *fail)
{
    struct spec_seccomp *profile = target;
    (void)config, (void)value, (void)fail;
    profile->has_default_errno = true;
    return 0;
}

static bool notifies(const struct spec_seccomp *profile)
{
    bool found = profile->default_action == SECCOMP_RET_USER_NOTIF;
    for (size_t i = 0; i < profile->rule_count; i++)
        found = found || profile->rules[i].action == SECCOMP_RET_USER_NOTIF;
    return found;
}

/* ---- notifications ---- */

static bool lets_pass(uint32_t action)
{
    return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

static bool names(const struct spec_seccomp_rule *rule, const char *call)
{
    for (size_t i = 0; i < rule->name_count; i++)
        if (strcmp(rule->names[i], call) == 0)
            return true;
    return false;
}

/* Whatever its arguments are. */
static bool always_passes(const struct spec_seccomp *profile, const char *call)
{
    bool passes = lets_pass(profile->default_action);
    for (size_t i = 0; i < profile->rule_count; i++) {
        const struct spec_seccomp_rule *rule = &profile->rules[i];
        if (!names(rule, call))
            continue;
        if (!lets_pass(rule->action))
            return false;
        passes = passes || rule->argument_count == 0;
    }
    return passes;
}

/* cinit passes the listener on when the filter is at work, and waits until the agent has it. A call of
 * these that has to ask the agent would wait for ever. */
static int check_passing(const struct spec_seccomp *profile, struct fail *fail)
{
    static const char *const needed[] = {"sendmsg", "recvmsg"};
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        if (always_passes(profile, needed[i]))
            continue;
        (void)fail_set(fail,
                       "with SCMP_ACT_NOTIFY %s must be SCMP_ACT_ALLOW, whatever its "
                       "arguments: cinit hands the listener over with it",
                       needed[i]);
        return fail_hint(fail, "add it to the names of a rule that allows, and to no other");
    }
    return 0;
}

static int check_listener(const struct spec_seccomp *profile, struct fail *fail)
{
    const char *path = profile->listener_path;
    if (path == NULL)
        return fail_set(fail, "SCMP_ACT_NOTIFY without a listenerPath: nobody would answer");
    if (path[0] != '/')
        return fail_set(fail, "\"listenerPath\": \"%.100s\" is not an absolute path", path);
    return check_passing(profile, fail);
}

/* "If the SCMP_ACT_NOTIFY action is not used this value is ignored." WAIT_KILLABLE_RECV is about
 * notifications too: seccomp(2) refuses it for a filter that makes none. TSYNC is about threads, which
 * cinit has not got, and refused together with a listener. */
int config_finish_seccomp(struct spec_seccomp *profile, struct fail *fail)
{
    if (profile->listener_metadata != NULL && profile->listener_path == NULL)
        return fail_set(fail, "\"listenerMetadata\" without a listenerPath");
    if (notifies(profile)) {
        TRY(check_listener(profile, fail));
        profile->flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
        profile->flags &= ~(uint32_t)SECCOMP_FILTER_FLAG_TSYNC;
    } else {
        profile->flags &= ~(uint32_t)WAIT_KILLABLE_RECV;
    }
    return check_errno("defaultErrnoRet", profile->has_default_errno, profile->default_action,
                       fail);
}

static int finish_profile(struct config *config, void *target, const struct config_value *value,
                          struct fail *fail)
{
    (void)config, (void)value;
    return config_finish_seccomp(target, fail);
}

#define PROFILE_ROWS                                                                        \
    {.name = "defaultAction",                                                               \
     .type = FIELD_STRING,                                                                  \
     .flags = FIELD_HANDLED | FIELD_REQUIRED | FIELD_FILLED,                                \
     .offset = MEMBER(struct spec_seccomp, default_action, uint32_t),                       \
     .handle = take_action},                                                                \
        {ROW_U32("defaultErrnoRet", struct spec_seccomp, default_errno), .high = ERRNO_MAX, \
         .handle = take_default_errno},                                                     \
        {ROW_HANDLED(FIELD_STRINGS, "architectures", take_architecture)},                   \
        {ROW_HANDLED(FIELD_STRINGS, "flags", take_flag)},                                   \
        {ROW_STRING("listenerPath", struct spec_seccomp, listener_path),                    \
         .handle = config_check_text},                                                      \
    {                                                                                       \
        ROW_STRING("listenerMetadata", struct spec_seccomp, listener_metadata)              \
    }

static const struct config_field seccomp_fields[] = {
    PROFILE_ROWS,
    {ROW_OBJECTS("syscalls", struct spec_seccomp, rules, rule_count, struct spec_seccomp_rule,
                 &rule_config)},
};
const struct config_table seccomp_config = {CONFIG_TABLE(seccomp_fields, struct spec_seccomp),
                                            .finish = finish_profile};

/* ---- the same in a file of its own, as docker and podman have it: seccomp_file.h ---- */

enum { NOBODYS_CAPABILITY = 63 }; /* one that this version does not know: no container has it */

static int take_condition(struct config *config, void *target, const struct config_value *value,
                          struct fail *fail)
{
    struct seccomp_conditions *conditions = target;
    int capability = capability_find(value->text);
    (void)config, (void)fail;
    conditions->capabilities |= UINT64_C(1) << (capability >= 0 ? capability : NOBODYS_CAPABILITY);
    return 0;
}

static const struct config_field condition_fields[] = {
    {ROW_HANDLED(FIELD_STRINGS, "caps", take_condition)},
    {ROW_STRINGS("arches", struct seccomp_conditions, machines, machine_count)},
    {ROW_STRING("minKernel", struct seccomp_conditions, least_kernel)},
};
static const struct config_table condition_config = {
    CONFIG_TABLE(condition_fields, struct seccomp_conditions)};

/* Such a rule begins with one of the OCI's, and is filled by its rows. */
static_assert(offsetof(struct seccomp_file_rule, rule) == 0, "the rows are those of the rule");

static const struct config_field file_rule_fields[] = {
    RULE_ROWS,
    {ROW_OBJECT("includes", struct seccomp_file_rule, includes, struct seccomp_conditions,
                &condition_config)},
    {ROW_OBJECT("excludes", struct seccomp_file_rule, excludes, struct seccomp_conditions,
                &condition_config)},
};
static const struct config_table file_rule_config = {
    CONFIG_TABLE(file_rule_fields, struct seccomp_file_rule), .finish = finish_rule};

static int take_native(struct config *config, void *target, const struct config_value *value,
                       struct fail *fail)
{
    struct seccomp_file_map *map = target;
    int64_t architecture = 0;
    (void)config;
    TRY(CONFIG_WORD_FIND(architectures, value->text, &architecture, fail));
    map->native = (uint32_t)architecture;
    return 0;
}

static int take_other(struct config *config, void *target, const struct config_value *value,
                      struct fail *fail)
{
    struct seccomp_file_map *map = target;
    int64_t architecture = 0;
    TRY(CONFIG_WORD_FIND(architectures, value->text, &architecture, fail));
    *ARENA_APPEND(config->arena, map->others, map->other_count) = (uint32_t)architecture;
    return 0;
}

static const struct config_field map_fields[] = {
    {.name = "architecture",
     .type = FIELD_STRING,
     .flags = FIELD_HANDLED | FIELD_REQUIRED | FIELD_FILLED,
     .handle = take_native},
    {ROW_HANDLED(FIELD_STRINGS, "subArchitectures", take_other)},
};
static const struct config_table map_config = {CONFIG_TABLE(map_fields, struct seccomp_file_map)};

static_assert(offsetof(struct seccomp_file, profile) == 0, "the rows are those of the profile");

static const struct config_field file_fields[] = {
    PROFILE_ROWS,
    {ROW_OBJECTS("archMap", struct seccomp_file, maps, map_count, struct seccomp_file_map,
                 &map_config)},
    {ROW_OBJECTS("syscalls", struct seccomp_file, rules, rule_count, struct seccomp_file_rule,
                 &file_rule_config)},
};
const struct config_table seccomp_file_config = {CONFIG_TABLE(file_fields, struct seccomp_file)};
