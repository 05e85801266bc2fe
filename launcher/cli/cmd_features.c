#include <jansson.h>
#include <stdio.h>

#include "../spec/parse.h"
#include "../spec/spec.h"
#include "../spec/spec_defaults.h"
#include "../spec/spec_names.h"
#include "words.h"

static const struct option_row OPTIONS[] = {HELP_ROW};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct usage USAGE = {
    .line = "features",
    .text = "Prints what of the OCI's runtime-spec this version knows, as JSON; runtime-spec "
            "features.md.\n",
    .least = 0,
    .most = 0,
    .options = {.sections = SECTIONS, .section_count = 1},
};

static const char *const HOOKS[] = {
    "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
    NULL};
static const char *const MOUNT_OPTIONS[] = {
    "async",         "atime",    "bind",        "defaults", "dev",        "diratime",  "dirsync",
    "exec",          "idmap",    "nodev",       "noatime",  "nodiratime", "noexec",    "norelatime",
    "nostrictatime", "nosuid",   "private",     "rbind",    "rdev",       "relatime",  "rexec",
    "ridmap",        "rnoatime", "rnodev",      "rnoexec",  "rnosuid",    "ro",        "rprivate",
    "rrelatime",     "rro",      "rrw",         "rshared",  "rslave",     "rsuid",     "rw",
    "shared",        "slave",    "strictatime", "suid",     "sync",       "tmpcopyup", NULL};
static const char *const ACTIONS[] = {"SCMP_ACT_ALLOW",       "SCMP_ACT_ERRNO",
                                      "SCMP_ACT_KILL",        "SCMP_ACT_KILL_PROCESS",
                                      "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG",
                                      "SCMP_ACT_NOTIFY",      "SCMP_ACT_TRACE",
                                      "SCMP_ACT_TRAP",        NULL};
/* What this kernel lacks of them is an error of seccomp(2). */
static const char *const FLAGS[] = {"SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
                                    "SECCOMP_FILTER_FLAG_TSYNC",
                                    "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", NULL};
static const char *const OPERATORS[] = {"SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT",
                                        "SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ",
                                        "SCMP_CMP_NE", NULL};

static json_t *words_json(const char *const *texts)
{
    json_t *json = json_array();
    for (; *texts != NULL; texts++)
        (void)json_array_append_new(json, json_string(*texts));
    return json;
}

static json_t *namespaces_json(void)
{
    json_t *json = json_array();
    for (unsigned type = 0; type < NS_COUNT; type++)
        (void)json_array_append_new(json,
                                    json_string(namespace_oci_name((enum namespace_type)type)));
    return json;
}

static json_t *capabilities_json(void)
{
    json_t *json = json_array();
    for (uint64_t left = all_capabilities(); left != 0; left &= left - 1) {
        char name[32];
        (void)capability_label((unsigned)__builtin_ctzll(left), name, sizeof(name));
        (void)json_array_append_new(json, json_string(name));
    }
    return json;
}

static json_t *linux_json(void)
{
    json_t *cgroup = json_pack("{s:b, s:b, s:b, s:b, s:b}", "v1", 1, "v2", 1, "systemd", 1,
                               "systemdUser", 1, "rdma", 1);
    json_t *seccomp =
        json_pack("{s:b, s:o, s:o, s:o}", "enabled", 1, "actions", words_json(ACTIONS), "operators",
                  words_json(OPERATORS), "knownFlags", words_json(FLAGS));
    json_t *rdt = json_pack("{s:b, s:b, s:b}", "enabled", 1, "schemata", 1, "monitoring", 1);
    return json_pack("{s:o, s:o, s:o, s:o, s:{s:b}, s:{s:b}, s:o, s:{s:{s:b}}, s:{s:b}}",
                     "namespaces", namespaces_json(), "capabilities", capabilities_json(), "cgroup",
                     cgroup, "seccomp", seccomp, "apparmor", "enabled", 1, "selinux", "enabled", 1,
                     "intelRdt", rdt, "mountExtensions", "idmap", "enabled", 1, "netDevices",
                     "enabled", 1);
}

int cmd_features(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct plain_flags flags = {.help = false};
    struct words words;
    *ret_exit_status = 0;
    int result = words_read(invocation, &USAGE, &flags, &flags.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    json_t *json = json_pack("{s:s, s:s, s:o, s:o, s:o}", "ociVersionMin", "1.0.0", "ociVersionMax",
                             "1.3.0", "hooks", words_json(HOOKS), "mountOptions",
                             words_json(MOUNT_OPTIONS), "linux", linux_json());
    AUTO_FREE char *text = json_dumps(json, JSON_INDENT(2));
    json_decref(json);
    if (text == NULL)
        return fail_set(fail, "printing the features: out of memory");
    (void)puts(text);
    return 0;
}
