/* Checks: the namespaces, and the switches that forbid them to ordinary users; namespaces(7). */
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "../host/cgroup/layout.h"
#include "../host/net/netns.h"
#include "check.h"

/* The child is in it already. */
static int check_namespace(const struct check_row *row, const struct check_host *host,
                           char found[CHECK_FOUND_MAX], struct fail *fail)
{
    (void)row, (void)host, (void)fail;
    return check_found(found, "can be made");
}

static int check_user_namespace(const struct check_row *row, const struct check_host *host,
                                char found[CHECK_FOUND_MAX], struct fail *fail)
{
    (void)row, (void)fail;
    return check_found(found, "can be made, with user %u as its root", (unsigned)host->self.uid);
}

/* The child has a network namespace already: that of the host could not be returned to from a user
 * namespace. */
static int check_loopback(const struct check_row *row, const struct check_host *host,
                          char found[CHECK_FOUND_MAX], struct fail *fail)
{
    int netns_fd = -1;
    (void)row, (void)host;
    int result = netns_create(&netns_fd, NULL, fail);
    own_close(&netns_fd);
    TRY(result);
    return check_found(found, "up in a new network namespace");
}

/* ---- sysctls ---- */

struct user_switch {
    const char *path;
    long bad;
    const char *cure;
};

/* Where one is missing, nobody forbids anything. */
static const struct user_switch SWITCHES[] = {
    {"/proc/sys/user/max_user_namespaces", 0, "sysctl user.max_user_namespaces=10000"},
    {"/proc/sys/kernel/unprivileged_userns_clone", 0, "sysctl kernel.unprivileged_userns_clone=1"},
    {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1,
     "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile for launcher "
     "that says userns"},
};

static int check_switch(const struct check_row *row, const struct check_host *host,
                        char found[CHECK_FOUND_MAX], struct fail *fail)
{
    const struct user_switch *what = &SWITCHES[row->object];
    struct fail unreadable = {0};
    const char *text = layout_read_file(what->path, host->arena, &unreadable);
    if (text == NULL)
        return check_found(found, "not there, so it forbids nothing");
    long value = strtol(text, NULL, 10);
    if (value != what->bad)
        return check_found(found, "%ld", value);
    (void)fail_set(fail, "%s is %ld", what->path, value);
    return fail_hint(fail, "%s", what->cure);
}

#define NAMESPACE(NAME, FLAG, PURPOSE, NEED)                                                   \
    {                                                                                          \
        .name = NAME " namespace", .purpose = (PURPOSE), .function = check_namespace,          \
        .for_root = (NEED), .for_ordinary = (NEED), .namespaces = (FLAG), .as_container = true \
    }

#define SWITCH(NAME, INDEX)                                                                  \
    {                                                                                        \
        .name = (NAME), .purpose = "containers of ordinary users", .function = check_switch, \
        .for_root = CHECK_USEFUL, .for_ordinary = CHECK_USEFUL, .object = (INDEX)            \
    }

static const struct check_row ROWS[] = {
    {.name = "user namespace",
     .purpose = "containers of ordinary users, and --ns +user",
     .function = check_user_namespace,
     .for_root = CHECK_USEFUL,
     .for_ordinary = CHECK_REQUIRED,
     .namespaces = CLONE_NEWUSER},
    SWITCH("max_user_namespaces", 0),
    SWITCH("unprivileged_userns_clone", 1),
    SWITCH("AppArmor's userns switch", 2),
    NAMESPACE("mnt", CLONE_NEWNS, "a root file system of its own", CHECK_REQUIRED),
    NAMESPACE("pid", CLONE_NEWPID, "processes that see only their own", CHECK_REQUIRED),
    NAMESPACE("net", CLONE_NEWNET, "a network of its own", CHECK_REQUIRED),
    NAMESPACE("ipc", CLONE_NEWIPC, "shared memory of its own", CHECK_REQUIRED),
    NAMESPACE("uts", CLONE_NEWUTS, "a host name of its own", CHECK_REQUIRED),
    NAMESPACE("cgroup", CLONE_NEWCGROUP, "hiding the host's cgroups", CHECK_REQUIRED),
    NAMESPACE("time", CLONE_NEWTIME, "clocks of its own, --ns +time", CHECK_USEFUL),
    {.name = "loopback",
     .purpose = "127.0.0.1 inside",
     .function = check_loopback,
     .for_root = CHECK_REQUIRED,
     .for_ordinary = CHECK_REQUIRED,
     .namespaces = CLONE_NEWNET,
     .as_container = true},
};

const struct check_section CHECK_NAMESPACES = {
    .title = "Namespaces", .rows = ROWS, .row_count = sizeof(ROWS) / sizeof(ROWS[0])};
