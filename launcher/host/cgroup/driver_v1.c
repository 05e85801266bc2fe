/* The hierarchies of version 1: Documentation/admin-guide/cgroup-v1/. */
#include "devices.h"
#include "driver.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>

/* A new cpuset has neither CPUs nor nodes, and no process can enter it (ENOSPC): what was not asked
 * for is the parent's. In the order of cpuset(7). */
static int inherit_cpuset(const struct cgroup_dir *dir, struct fail *fail)
{
    static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[64], text[4096];
        (void)snprintf(path, sizeof(path), "../%s", files[i]);
        int result = cgroup_read(dir->fd, path, text, sizeof(text));
        if (result == 0)
            result = cgroup_write(dir->fd, files[i], text);
        if (result < 0)
            return fail_code(fail, result, "copy %s of the parent to %s", files[i], dir->path);
    }
    return 0;
}

static int prepare(const struct cgroup_dir *dir, uint32_t controllers, struct fail *fail)
{
    return controllers & CONTROLLER_BIT(CONTROLLER_CPUSET) ? inherit_cpuset(dir, fail) : 0;
}

static int filter_devices(const struct cgroup_dir *dir, const struct device_filter *filter,
                          struct arena *arena, struct fail *fail)
{
    (void)arena;
    return devices_write(dir, filter, fail);
}

/* ---- emptying ---- */

/* v1 has neither cgroup.kill nor cgroup.events: kill what is listed until nothing is. Where the
 * pids controller is at hand it stops all forks first, so that no fork bomb can outrun this. */
static int empty(const struct cgroup_dir *dir, int64_t deadline_ms, struct fail *fail)
{
    int result = cgroup_write(dir->fd, "pids.max", "0");
    if (result < 0 && result != -ENOENT && result != -ENODEV)
        return fail_code(fail, result, "write 0 to %s/pids.max", dir->path);
    return cgroup_kill_listed(dir, deadline_ms, fail);
}

const struct cgroup_driver CGROUP_V1 = {
    .magic = CGROUP_SUPER_MAGIC,
    .enter_file = "tasks", /* not cgroup.procs: only a lone thread is moved without the wait */
    .attach_file = "cgroup.procs",
    .limits = limits_v1,
    .enable = NULL,
    .prepare = prepare,
    .filter_devices = filter_devices,
    .empty = empty,
};
