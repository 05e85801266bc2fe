/* PURE: no system call is made in this file. config.md, "POSIX-platform Hooks". */
#include "config_tables.h"

static int check_hook_path(struct config *config, void *target, const struct config_value *value,
                           struct fail *fail)
{
    if (value->text[0] != '/')
        return fail_set(fail, "\"%.100s\" is not an absolute path", value->text);
    return config_check_text(config, target, value, fail);
}

static const struct config_field hook_fields[] = {
    {ROW_STRING("path", struct spec_hook, path), .flags = FIELD_REQUIRED | FIELD_FILLED,
     .handle = check_hook_path},
    {ROW_STRINGS("args", struct spec_hook, args, arg_count)},
    {ROW_STRINGS("env", struct spec_hook, environment, environment_count)},
    {ROW_U32("timeout", struct spec_hook, timeout_s), .low = 1, .high = INT32_MAX},
};
static const struct config_table hook_config = {CONFIG_TABLE(hook_fields, struct spec_hook)};

#define ROW_HOOKS(NAME, KIND)                                                                      \
    {                                                                                              \
        ROW_OBJECTS(NAME, struct spec_oci, hooks[KIND].hooks, hooks[KIND].count, struct spec_hook, \
                    &hook_config)                                                                  \
    }
static const struct config_field hooks_fields[] = {
    ROW_HOOKS("prestart", HOOK_PRESTART),
    ROW_HOOKS("createRuntime", HOOK_CREATE_RUNTIME),
    ROW_HOOKS("createContainer", HOOK_CREATE_CONTAINER),
    ROW_HOOKS("startContainer", HOOK_START_CONTAINER),
    ROW_HOOKS("poststart", HOOK_POSTSTART),
    ROW_HOOKS("poststop", HOOK_POSTSTOP),
};
const struct config_table hooks_config = {CONFIG_TABLE(hooks_fields, struct spec_oci)};
