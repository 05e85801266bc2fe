#include <string.h>

#include "../spec/parse.h"
#include "../spec/spec_names.h"
#include "run_rows.h"

static int take_rootfs(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    if (*value == '\0')
        return fail_set(fail, "the directory is empty");
    run->spec->root.path = value;
    return 0;
}

static int take_name(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    TRY(check_container_id(value, fail));
    run->spec->id = value;
    return 0;
}

static int take_root_mode(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    bool chroot = strcmp(value, "chroot") == 0;
    if (!chroot && strcmp(value, "pivot") != 0)
        return fail_set(fail, "\"%.60s\" is neither pivot nor chroot", value);
    run->spec->root.mode = chroot ? ROOT_CHROOT : ROOT_PIVOT;
    return 0;
}

/* ---- --ns ---- */

static bool is_bare(const char *item)
{
    return *item != '+' && *item != '-' && strchr(item, ':') == NULL;
}

static int take_namespace(struct run_context *run, const char *item, struct fail *fail)
{
    bool signed_item = *item == '+' || *item == '-';
    const char *cursor = item + (signed_item ? 1 : 0);
    const char *name = next_piece(run->arena, &cursor, ':');
    const char *path = cursor; /* what follows the colon may hold colons too */
    enum namespace_type type = namespace_find(name);
    if (type == NS_COUNT) {
        int code = fail_set(fail, "there is no namespace \"%.60s\"", name);
        (void)fail_hint(fail, "there are pid, mnt, uts, ipc, net, user, cgroup and time");
        return code;
    }
    if (path != NULL && (*path == '\0' || *item == '-'))
        return fail_set(fail, "\"%.200s\" is not NAME:WHOSE", item);
    run->options->namespaces[type] = *item == '-' ? WISH_NO : WISH_YES;
    run->spec->namespaces[type].path = path;
    return 0;
}

/* Names alone are the whole list; with a sign, or with a path to join, they change the default. */
static int take_namespaces(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    bool exact = false;
    const char *cursor = value;
    for (char *item; (item = next_piece(run->arena, &cursor, ',')) != NULL;)
        exact = exact || is_bare(item);
    for (unsigned type = 0; type < NS_COUNT && exact; type++) {
        run->options->namespaces[type] = WISH_NO;
        run->spec->namespaces[type].path = NULL;
    }
    cursor = value;
    for (char *item; (item = next_piece(run->arena, &cursor, ',')) != NULL;)
        TRY(take_namespace(run, item, fail));
    return 0;
}

/* ---- clocks ---- */

/* "+86400", "-3600", "10": seconds. */
static int take_offset(struct run_context *run, const char *clock, const char *value,
                       struct fail *fail)
{
    struct spec_oci *oci = &run->spec->oci;
    const char *digits = *value == '+' || *value == '-' ? value + 1 : value;
    int64_t seconds = 0;
    TRY(parse_number(digits, 0, INT64_MAX / 1000000000, &seconds, fail));
    *ARENA_APPEND(run->arena, oci->time_offsets, oci->time_offset_count) =
        (struct spec_time_offset){.clock = clock, .seconds = *value == '-' ? -seconds : seconds};
    run->options->namespaces[NS_TIME] = WISH_YES;
    return 0;
}

static int take_boottime(void *context, const char *value, struct fail *fail)
{
    return take_offset(context, "boottime", value, fail);
}

static int take_monotonic(void *context, const char *value, struct fail *fail)
{
    return take_offset(context, "monotonic", value, fail);
}

/* ---- names, init ---- */

/* sethostname(2) takes any 64 bytes; what follows keeps prompts, logs and /etc/hosts readable. */
static int check_host_name(const char *name, struct fail *fail)
{
    static const char characters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t size = strlen(name);
    if (size == 0 || size > 64 || name[strspn(name, characters)] != '\0') {
        int code = fail_set(fail, "\"%.80s\" can't be a host name", name);
        (void)fail_hint(fail, "a host name is 1 to 64 of letters, digits, '.', '_' and '-'");
        return code;
    }
    return 0;
}

static int take_hostname(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    TRY(check_host_name(value, fail));
    run->spec->hostname = value;
    return 0;
}

static int take_domainname(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    TRY(check_host_name(value, fail));
    run->spec->domainname = value;
    return 0;
}

static int take_init(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    (void)value, (void)fail;
    run->spec->init = true;
    return 0;
}

static int take_no_init(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    (void)value, (void)fail;
    run->spec->init = false;
    return 0;
}

static const struct option_row rows[] = {
    {.name = "rootfs",
     .value = "DIR",
     .handle = take_rootfs,
     .help = "the directory that becomes the container's root"},
    {.name = "name",
     .aliases = "--id",
     .value = "NAME",
     .handle = take_name,
     .help = "the container's name (default: a random one)"},
    {.name = "ns",
     .value = "LIST",
     .handle = take_namespaces,
     .help = "pid,mnt,...: exactly these; -net,+user; ipc:PATH, :PID, :ID: join"},
    {.name = "boottime",
     .value = "SECONDS",
     .handle = take_boottime,
     .help = "add to the uptime that is seen inside: +86400"},
    {.name = "monotonic",
     .value = "SECONDS",
     .handle = take_monotonic,
     .help = "add to the monotonic clock inside"},
    {.name = "hostname",
     .value = "NAME",
     .handle = take_hostname,
     .help = "host name inside (default: container)"},
    {.name = "domainname",
     .value = "NAME",
     .handle = take_domainname,
     .help = "NIS domain name inside"},
    {.name = "root-mode",
     .value = "MODE",
     .handle = take_root_mode,
     .help = "pivot (default) or chroot, which can be escaped"},
    {.name = "init", .handle = take_init, .help = "cinit stays as PID 1 (default)"},
    {.name = "no-init", .handle = take_no_init, .help = "the command itself is PID 1"},
};
const struct option_section container_section = SECTION("Container", rows);
