/* Checks: capabilities(7), those of launcher within its container's user namespace. */
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#include "../spec/spec_defaults.h"
#include "../spec/spec_names.h"
#include "check.h"

#define BIT(capability) (UINT64_C(1) << (capability))

enum { NAMES_MAX = 200 };

static int read_capabilities(const struct check_host *host, uint64_t *ret_set, struct fail *fail)
{
    struct host here;
    TRY(read_host(host->arena, &here, fail));
    *ret_set = here.capabilities;
    return 0;
}

static const char *list_names(uint64_t set, char names[NAMES_MAX])
{
    size_t used = 0;
    names[0] = '\0';
    for (unsigned i = 0; i <= CAP_LAST_CAP && used < NAMES_MAX; i++) {
        char name[32];
        if (set & BIT(i))
            used += (size_t)snprintf(names + used, NAMES_MAX - used, "%s%s", used > 0 ? ", " : "",
                                     capability_label(i, name, sizeof(name)));
    }
    return names;
}

static int hint_for_missing(struct fail *fail)
{
    return fail_hint(fail, "whoever started launcher took it away: add it to the bounding set "
                           "(systemd's CapabilityBoundingSet=, --cap-add of a container around)");
}

/* In the first user namespace device nodes are made, in another one the host's are mounted. */
static int check_needed(const struct check_row *row, const struct check_host *host,
                        char found[CHECK_FOUND_MAX], struct fail *fail)
{
    char names[NAMES_MAX];
    uint64_t set = 0;
    uint64_t needed = BIT(CAP_SYS_ADMIN) | BIT(CAP_SETGID) | BIT(CAP_SETPCAP) | BIT(CAP_NET_ADMIN);
    (void)row;
    if (host->self.privileged && !host->self.in_user_namespace)
        needed |= BIT(CAP_MKNOD);
    TRY(read_capabilities(host, &set, fail));
    if ((needed & ~set) == 0)
        return check_found(found, "%s", list_names(needed, names));
    (void)fail_set(fail, "launcher lacks %s", list_names(needed & ~set, names));
    return hint_for_missing(fail);
}

static int check_defaults(const struct check_row *row, const struct check_host *host,
                          char found[CHECK_FOUND_MAX], struct fail *fail)
{
    char names[NAMES_MAX];
    uint64_t set = 0;
    (void)row;
    TRY(read_capabilities(host, &set, fail));
    uint64_t missing = default_capabilities() & ~set;
    if (missing == 0)
        return check_found(found, "all %d", __builtin_popcountll(default_capabilities()));
    (void)fail_set(fail, "containers get no %s, for launcher lacks it", list_names(missing, names));
    return hint_for_missing(fail);
}

static int check_capability(const struct check_row *row, const struct check_host *host,
                            char found[CHECK_FOUND_MAX], struct fail *fail)
{
    uint64_t set = 0;
    TRY(read_capabilities(host, &set, fail));
    if (set & BIT(row->object))
        return check_found(found, "launcher has it");
    (void)fail_set(fail, "launcher lacks it");
    return hint_for_missing(fail);
}

#define CAPABILITY(NAME, PURPOSE)                                          \
    {                                                                      \
        .name = #NAME, .purpose = (PURPOSE), .function = check_capability, \
        .for_root = CHECK_USEFUL, .object = (NAME)                         \
    }

static const struct check_row ROWS[] = {
    {.name = "capabilities",
     .purpose = "building a container",
     .function = check_needed,
     .for_root = CHECK_REQUIRED,
     .for_ordinary = CHECK_REQUIRED,
     .as_container = true},
    {.name = "default capabilities",
     .purpose = "images that count on docker's set",
     .function = check_defaults,
     .for_root = CHECK_USEFUL,
     .for_ordinary = CHECK_USEFUL,
     .as_container = true},
    CAPABILITY(CAP_SYS_RESOURCE, "raising hard limits (--ulimit) and lowering --oom-score-adj"),
    CAPABILITY(CAP_SYS_NICE, "real-time scheduling and a nice value below 0"),
    CAPABILITY(CAP_SYS_PTRACE, "looking into containers of other users"),
    CAPABILITY(CAP_DAC_OVERRIDE, "root file systems that belong to others"),
};

const struct check_section CHECK_PRIVILEGES = {
    .title = "Capabilities", .rows = ROWS, .row_count = sizeof(ROWS) / sizeof(ROWS[0])};
