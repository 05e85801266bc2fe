/* The hierarchies of version 1: Documentation/admin-guide/cgroup-v1/. */
#include "devices.h"
#include "driver.h"

#include <errno.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

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

enum { BATCH = 64 };

struct batch {
    pid_t pids[BATCH];
    size_t count;
};

/* The first processes of the cgroup, at most BATCH. The file is opened anew each time: the kernel
 * keeps the list of an open file for a second, and it would still show the dead. */
static int list_processes(const struct cgroup_dir *dir, struct batch *ret_batch, struct fail *fail)
{
    char text[1024];
    int result = cgroup_read(dir->fd, "cgroup.procs", text, sizeof(text));
    ret_batch->count = 0;
    if (result == -ENODEV) /* the cgroup was removed meanwhile */
        return 0;
    if (result < 0)
        return fail_code(fail, result, "read %s/cgroup.procs", dir->path);
    /* A last line without its newline was cut off by the end of the buffer. */
    for (char *line = text, *end; ret_batch->count < BATCH && (end = strchr(line, '\n')) != NULL;
         line = end + 1)
        ret_batch->pids[ret_batch->count++] = (pid_t)strtol(line, NULL, 10);
    return 0;
}

static bool batch_has(const struct batch *batch, pid_t pid)
{
    for (size_t i = 0; i < batch->count; i++)
        if (batch->pids[i] == pid)
            return true;
    return false;
}

static void close_all(int (*fds)[BATCH])
{
    for (size_t i = 0; i < BATCH; i++)
        own_close(&(*fds)[i]);
}

static int wait_for_end(const struct cgroup_dir *dir, int pidfd, pid_t pid, int64_t deadline_ms,
                        struct fail *fail)
{
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    int ready;
    do
        ready = poll(&end, 1, milliseconds_left(deadline_ms));
    while (ready < 0 && errno == EINTR);
    if (ready < 0)
        return fail_sys(fail, "poll the pidfd of process %d", (int)pid);
    if (ready == 0)
        return fail_code(fail, -ETIMEDOUT, "wait for process %d in %s to end", (int)pid, dir->path);
    return 0;
}

/* A pid is only a number: it may belong to a stranger by the time it is used. Open a pidfd first,
 * then see whether the cgroup still lists the pid: what the pidfd holds is then a member. */
static int kill_batch(const struct cgroup_dir *dir, const struct batch *batch, int64_t deadline_ms,
                      struct fail *fail)
{
    __attribute__((cleanup(close_all))) int fds[BATCH];
    memset(fds, -1, sizeof(fds));
    for (size_t i = 0; i < batch->count; i++)
        fds[i] = (int)syscall(SYS_pidfd_open, batch->pids[i], 0);

    struct batch members;
    TRY(list_processes(dir, &members, fail));
    for (size_t i = 0; i < batch->count; i++)
        if (fds[i] >= 0 && !batch_has(&members, batch->pids[i]))
            own_close(&fds[i]);

    for (size_t i = 0; i < batch->count; i++)
        if (fds[i] >= 0) /* ESRCH: it ended by itself, as wanted */
            (void)syscall(SYS_pidfd_send_signal, fds[i], SIGKILL, NULL, 0);
    for (size_t i = 0; i < batch->count; i++)
        if (fds[i] >= 0)
            TRY(wait_for_end(dir, fds[i], batch->pids[i], deadline_ms, fail));
    return 0;
}

/* v1 has neither cgroup.kill nor cgroup.events: kill what is listed until nothing is. Where the
 * pids controller is at hand it stops all forks first, so that no fork bomb can outrun this. */
static int empty(const struct cgroup_dir *dir, int64_t deadline_ms, struct fail *fail)
{
    int result = cgroup_write(dir->fd, "pids.max", "0");
    if (result < 0 && result != -ENOENT && result != -ENODEV)
        return fail_code(fail, result, "write 0 to %s/pids.max", dir->path);
    for (;;) {
        struct batch batch;
        TRY(list_processes(dir, &batch, fail));
        if (batch.count == 0)
            return 0;
        if (batch_has(&batch, 0)) /* how the kernel lists a process that we have no pid for */
            return fail_code(fail, -ESRCH, "kill a process in %s that another PID namespace owns",
                             dir->path);
        if (milliseconds_left(deadline_ms) == 0)
            return fail_code(fail, -ETIMEDOUT, "wait for the processes in %s to end", dir->path);
        TRY(kill_batch(dir, &batch, deadline_ms, fail));
    }
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
