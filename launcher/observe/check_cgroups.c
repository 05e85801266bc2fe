/* Checks: where each cgroup controller lives, and whether a cgroup can be made there; cgroups(7).
 * The place is that which a container would get, and the cgroup goes before the check ends. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../host/cgroup/cgroup.h"
#include "../host/cgroup/devices.h"
#include "../host/cgroup/driver.h"
#include "../host/cgroup/layout.h"
#include "../run/trace.h"
#include "../spec/spec_defaults.h"
#include "check.h"

enum { FREEZE_TIMEOUT_MS = 5000 };

#define NOWHERE ((struct cgroup_place){.at = {.path = ""}, .enter_fd = -1})

static int check_layout(const struct check_row *row, const struct check_host *host,
                        char found[CHECK_FOUND_MAX], struct fail *fail)
{
    struct cgroup_layout layout;
    bool v1 = false;
    (void)row;
    TRY(layout_read(host->arena, &layout, fail));
    for (unsigned i = 0; i < CONTROLLER_COUNT; i++)
        v1 = v1 || layout.v1[i].mount_point != NULL;
    const char *unified = layout.unified.mount_point;
    if (unified == NULL && !v1) {
        (void)fail_set(fail, "no cgroup file system is mounted");
        return fail_hint(fail, "mount -t cgroup2 cgroup2 /sys/fs/cgroup");
    }
    if (unified == NULL)
        return check_found(found, "version 1 only");
    return check_found(found, "%s, version 2 at %s", v1 ? "hybrid" : "version 2 only", unified);
}

/* ---- a cgroup for the time of a check ---- */

/* The place of a container with a limit of `controller`; CONTROLLER_COUNT: its v2 cgroup. */
static int find_place(const struct check_host *host, unsigned controller,
                      struct cgroup_place *ret_place, struct fail *fail)
{
    struct cgroup cgroup = CGROUP_NONE;
    struct spec spec = spec_defaults();
    bool any = controller == CONTROLLER_COUNT;
    struct spec_pair limit = {
        .key = any ? "" : arena_printf(host->arena, "%s.check", controller_name(controller))};
    /* unlike that of a launcher in another PID namespace, too */
    spec.id = arena_printf(host->arena, "check-%d-%lld", (int)getpid(), (long long)trace_now_us());
    spec.resources.unified = &limit;
    spec.resources.unified_count = any ? 0 : 1;
    TRY(cgroup_place(&spec, host->arena, &cgroup, fail));
    for (size_t i = 0; i < cgroup.place_count; i++) {
        const struct cgroup_place *place = &cgroup.places[i];
        if (any ? place->driver == &CGROUP_V2 : place->required & CONTROLLER_BIT(controller)) {
            *ret_place = *place;
            return 0;
        }
    }
    (void)fail_set(fail, "cgroup version 2 is not mounted");
    return fail_hint(fail, "mount -t cgroup2 cgroup2 DIR; it goes side by side with version 1");
}

static int hint_for_making(const char *parent, struct fail *fail)
{
    if (fail->code == -EACCES || fail->code == -EPERM)
        return fail_hint(fail, "root can hand a cgroup over: launcher cgroup delegate PATH USER");
    if (fail->code == -EROFS)
        return fail_hint(fail,
                         "mount -o remount,rw %s; a container around this one mounts it "
                         "read-only",
                         parent);
    if (fail->code == -ENOSPC || fail->code == -EAGAIN)
        return fail_hint(fail, "cgroup.max.descendants, or the kernel's number of cgroups, is "
                               "reached");
    return fail->code;
}

static const char *parent_of(const struct check_host *host, const struct cgroup_place *place)
{
    return arena_copy(host->arena, place->at.path,
                      (size_t)(strrchr(place->at.path, '/') - place->at.path));
}

static int make_cgroup(const struct check_host *host, const struct cgroup_place *place,
                       struct fail *fail)
{
    if (mkdir(place->at.path, 0755) == 0)
        return 0;
    const char *parent = parent_of(host, place);
    (void)fail_sys(fail, "making a cgroup in %s", parent);
    return hint_for_making(parent, fail);
}

/* What is wrong with the check goes before what is wrong with clearing up. */
static int remove_cgroup(const struct cgroup_place *place, int result, struct fail *fail)
{
    struct fail second = {0};
    if (cgroup_remove(&place->at, 1, &second) < 0 && result >= 0) {
        *fail = second;
        return second.code;
    }
    return result;
}

/* ---- controllers ---- */

/* Version 2 hands a controller down only where that is switched on, a change that would stay. */
static int check_handed_down(const struct check_host *host, enum controller controller,
                             const char *parent, struct fail *fail)
{
    if (CONTROLLERS_WITHOUT_NAME & CONTROLLER_BIT(controller))
        return 0;
    const char *file = arena_printf(host->arena, "%s/cgroup.controllers", parent);
    const char *text = layout_read_file(file, host->arena, fail);
    if (text == NULL)
        return fail->code;
    if ((controller_set(text, " \n") & CONTROLLER_BIT(controller)) == 0) {
        (void)fail_set(fail, "the cgroups above do not hand it down to %s", parent);
        return fail_hint(fail,
                         "echo +%s into cgroup.subtree_control of each one above; systemd: "
                         "Delegate=%s",
                         controller_name(controller), controller_name(controller));
    }
    if (faccessat(AT_FDCWD, arena_printf(host->arena, "%s/cgroup.subtree_control", parent), W_OK,
                  AT_EACCESS) < 0) {
        (void)fail_sys(fail, "writing to %s/cgroup.subtree_control", parent);
        return hint_for_making(parent, fail);
    }
    return 0;
}

static int check_presence(const struct check_host *host, enum controller controller,
                          struct fail *fail)
{
    struct cgroup_layout layout;
    bool unified = false;
    TRY(layout_read(host->arena, &layout, fail));
    if (layout_find(&layout, controller, &unified) != NULL)
        return 0;
    (void)fail_set(fail, "neither version 2 nor version 1 has it here");
    return fail_hint(fail,
                     "mount its hierarchy; /proc/cgroups tells whether the kernel has it or "
                     "cgroup_disable=%s on its command line took it away",
                     controller_name(controller));
}

static int check_controller(const struct check_row *row, const struct check_host *host,
                            char found[CHECK_FOUND_MAX], struct fail *fail)
{
    struct cgroup_place place = NOWHERE;
    TRY(check_presence(host, (enum controller)row->object, fail));
    TRY(find_place(host, (unsigned)row->object, &place, fail));
    const char *parent = parent_of(host, &place);
    const char *version = place.driver == &CGROUP_V2 ? "version 2" : "version 1";
    int result = make_cgroup(host, &place, fail);
    if (result >= 0)
        result = remove_cgroup(&place, result, fail);
    if (result >= 0 && place.driver == &CGROUP_V2)
        result = check_handed_down(host, (enum controller)row->object, parent, fail);
    if (result < 0)
        return fail_context(fail, "%s", version);
    return check_found(found, "%s at %s, writable", version, parent);
}

/* ---- kill, freeze, devices ---- */

typedef int cgroup_trial(const struct check_host *host, const struct cgroup_dir *dir,
                         struct fail *fail);

static int with_cgroup(const struct check_host *host, cgroup_trial *trial, struct fail *fail)
{
    struct cgroup_place place = NOWHERE;
    TRY(find_place(host, CONTROLLER_COUNT, &place, fail));
    TRY(make_cgroup(host, &place, fail));
    AUTO_FD int fd = open(place.at.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct cgroup_dir dir = {.fd = fd, .path = place.at.path};
    int result =
        fd < 0 ? fail_sys(fail, "opening the cgroup %s", place.at.path) : trial(host, &dir, fail);
    return remove_cgroup(&place, result, fail);
}

static int start_inside(const struct cgroup_dir *dir, pid_t *ret_pid, struct fail *fail)
{
    struct clone_args arguments = {
        .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)(unsigned)dir->fd};
    if (check_sleeper(&arguments, ret_pid, fail) < 0) {
        (void)fail_context(fail, "starting a process in the cgroup");
        return hint_for_making(dir->path, fail);
    }
    return 0;
}

static int write_file(const struct cgroup_dir *dir, const char *file, const char *text,
                      struct fail *fail)
{
    int result = cgroup_write(dir->fd, file, text);
    return result < 0 ? fail_code(fail, result, "writing %s to %s", text, file) : 0;
}

static int try_kill(const struct check_host *host, const struct cgroup_dir *dir, struct fail *fail)
{
    pid_t pid = 0;
    int status = 0;
    (void)host;
    TRY(start_inside(dir, &pid, fail));
    int result = write_file(dir, "cgroup.kill", "1", fail);
    if (result < 0)
        (void)kill(pid, SIGKILL);
    struct fail second = {0};
    return check_reap(pid, &status, &second) < 0 && result >= 0 ? second.code : result;
}

/* The kernel tells every change of cgroup.events by POLLPRI. */
static int await_frozen(const struct cgroup_dir *dir, struct fail *fail)
{
    char text[200];
    int64_t deadline_ms = monotonic_ms() + FREEZE_TIMEOUT_MS;
    AUTO_FD int fd = openat(dir->fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
    struct pollfd watched = {.fd = fd, .events = POLLPRI};
    while (fd >= 0) {
        ssize_t size = pread(fd, text, sizeof(text) - 1, 0);
        text[size > 0 ? size : 0] = '\0';
        if (size < 0 || strstr(text, "frozen 1") != NULL)
            return size < 0 ? fail_sys(fail, "reading cgroup.events") : 0;
        if (milliseconds_left(deadline_ms) == 0)
            return fail_set(fail, "the process in the cgroup did not freeze");
        (void)poll(&watched, 1, milliseconds_left(deadline_ms)); /* looked at again anyway */
    }
    return fail_sys(fail, "opening cgroup.events");
}

/* Removing the cgroup kills what is frozen in it, too. */
static int try_freeze(const struct check_host *host, const struct cgroup_dir *dir,
                      struct fail *fail)
{
    pid_t pid = 0;
    int status = 0;
    (void)host;
    TRY(start_inside(dir, &pid, fail));
    int result = write_file(dir, "cgroup.freeze", "1", fail);
    if (result >= 0)
        result = await_frozen(dir, fail);
    (void)kill(pid, SIGKILL);
    struct fail second = {0};
    return check_reap(pid, &status, &second) < 0 && result >= 0 ? second.code : result;
}

static int try_devices(const struct check_host *host, const struct cgroup_dir *dir,
                       struct fail *fail)
{
    struct spec spec = spec_defaults();
    struct device_filter filter = devices_filter(&spec, host->arena);
    return devices_attach(dir, &filter, host->arena, fail);
}

static const struct {
    cgroup_trial *trial;
    const char *found;
} TRIALS[] = {
    {try_kill, "cgroup.kill ends what is in a cgroup"},
    {try_freeze, "cgroup.freeze stops what is in a cgroup"},
    {try_devices, "a BPF program filters devices"},
};

static int check_trial(const struct check_row *row, const struct check_host *host,
                       char found[CHECK_FOUND_MAX], struct fail *fail)
{
    TRY(with_cgroup(host, TRIALS[row->object].trial, fail));
    return check_found(found, "%s", TRIALS[row->object].found);
}

#define CONTROLLER(NAME, CONTROLLER, PURPOSE)                                          \
    {                                                                                  \
        .name = (NAME), .purpose = (PURPOSE), .function = check_controller,            \
        .for_root = CHECK_USEFUL, .for_ordinary = CHECK_USEFUL, .object = (CONTROLLER) \
    }

static const struct check_row ROWS[] = {
    {.name = "layout",
     .purpose = "limits",
     .function = check_layout,
     .for_root = CHECK_USEFUL,
     .for_ordinary = CHECK_USEFUL},
    CONTROLLER("memory", CONTROLLER_MEMORY, "--memory"),
    CONTROLLER("cpu", CONTROLLER_CPU, "--cpus"),
    CONTROLLER("cpuset", CONTROLLER_CPUSET, "a choice of cpus and memory nodes"),
    CONTROLLER("cpuacct", CONTROLLER_CPUACCT, "counting cpu time"),
    CONTROLLER("pids", CONTROLLER_PIDS, "--pids"),
    CONTROLLER("io", CONTROLLER_IO, "limits on disks"),
    CONTROLLER("devices", CONTROLLER_DEVICES, "a filter of devices"),
    CONTROLLER("hugetlb", CONTROLLER_HUGETLB, "limits on huge pages"),
    CONTROLLER("rdma", CONTROLLER_RDMA, "limits on RDMA"),
    CONTROLLER("misc", CONTROLLER_MISC, "limits on rare resources"),
    {.name = "kill",
     .purpose = "ending all processes of a container at once",
     .function = check_trial,
     .for_root = CHECK_USEFUL,
     .for_ordinary = CHECK_USEFUL,
     .object = 0},
    {.name = "freeze",
     .purpose = "pausing a container",
     .function = check_trial,
     .for_root = CHECK_USEFUL,
     .for_ordinary = CHECK_USEFUL,
     .object = 1},
    {.name = "device program",
     .purpose = "a filter of devices on version 2",
     .function = check_trial,
     .for_root = CHECK_USEFUL,
     .object = 2},
};

const struct check_section CHECK_CGROUPS = {
    .title = "Cgroups", .rows = ROWS, .row_count = sizeof(ROWS) / sizeof(ROWS[0])};
