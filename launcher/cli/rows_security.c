#include <string.h>
#include <strings.h>

#include "../spec/parse.h"
#include "../spec/spec_names.h"
#include "../spec/sysctl.h"
#include "run_rows.h"

/* "net_admin", "CAP_NET_ADMIN" or several of them with commas. */
static int take_capabilities(struct run_context *run, const char *value, uint64_t *set, bool *all,
                             struct fail *fail)
{
    const char *cursor = value;
    for (char *name; (name = next_piece(run->arena, &cursor, ',')) != NULL;) {
        if (strcasecmp(name, "all") == 0) {
            *all = true;
            continue;
        }
        int capability = capability_find(name);
        if (capability < 0) {
            int code = fail_set(fail, "there is no capability \"%.60s\"", name);
            (void)fail_hint(fail, "capabilities(7) lists them: net_admin, sys_time ... or ALL");
            return code;
        }
        *set |= UINT64_C(1) << capability;
    }
    return 0;
}

static int take_cap_add(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    return take_capabilities(run, value, &run->options->capabilities_added,
                             &run->options->add_all_capabilities, fail);
}

static int take_cap_drop(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    return take_capabilities(run, value, &run->options->capabilities_dropped,
                             &run->options->drop_all_capabilities, fail);
}

static int take_seccomp(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    if (*value == '\0')
        return fail_set(fail, "the name of the file is empty");
    run->spec->seccomp_file = value;
    run->spec->seccomp = strcmp(value, "unconfined") == 0 ? SECCOMP_UNCONFINED
                         : strcmp(value, "default") == 0  ? SECCOMP_DEFAULT_POLICY
                                                          : SECCOMP_FROM_FILE;
    return 0;
}

static int take_no_new_privs(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    return parse_switch(value, &run->spec->process.no_new_privileges, fail);
}

static int check_sysctl(const struct spec_pair *pair, struct fail *fail)
{
    if (sysctl_namespace(pair->key) != NS_COUNT)
        return 0;
    int code = fail_set(fail, "%.80s belongs to the whole machine, not to a container", pair->key);
    (void)fail_hint(fail, "a container may set net.*, kernel.msg*, kernel.shm*, kernel.sem, "
                          "fs.mqueue.*, kernel.hostname and kernel.domainname");
    return code;
}

static int take_sysctl(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    struct spec *spec = run->spec;
    struct spec_pair pair;
    TRY(parse_sysctl(value, run->arena, &pair, fail));
    TRY(check_sysctl(&pair, fail));
    for (size_t i = 0; i < spec->sysctl_count; i++)
        if (strcmp(spec->sysctls[i].key, pair.key) == 0) {
            spec->sysctls[i] = pair;
            return 0;
        }
    *ARENA_APPEND(run->arena, spec->sysctls, spec->sysctl_count) = pair;
    return 0;
}

static int take_personality(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    const char *cursor = value;
    int64_t personality = 0;
    for (char *name; (name = next_piece(run->arena, &cursor, ',')) != NULL;) {
        const struct named_number *row = name_find(&personality_names, name);
        if (row == NULL)
            return fail_set(fail, "\"%.60s\" is none of linux, linux32 and addr-no-randomize",
                            name);
        personality |= row->number;
    }
    run->spec->process.personality = (struct limit){.set = true, .value = personality};
    return 0;
}

static const struct option_row rows[] = {
    {.name = "cap-add",
     .value = "CAP",
     .handle = take_cap_add,
     .help = "add a capability to the default ones, or ALL"},
    {.name = "cap-drop",
     .value = "CAP",
     .handle = take_cap_drop,
     .help = "take a capability away, or ALL"},
    {.name = "seccomp",
     .value = "POLICY",
     .handle = take_seccomp,
     .help = "default (docker's policy), unconfined, or the file of a profile"},
    {.name = "no-new-privs",
     .value = "on|off",
     .handle = take_no_new_privs,
     .help = "whether execve can't gain privileges (default: on)"},
    {.name = "sysctl",
     .value = "KEY=VALUE",
     .handle = take_sysctl,
     .help = "set a kernel parameter of the container's namespaces"},
    {.name = "personality",
     .value = "LIST",
     .handle = take_personality,
     .help = "linux, linux32, addr-no-randomize"},
};
const struct option_section security_section = SECTION("Security", rows);
