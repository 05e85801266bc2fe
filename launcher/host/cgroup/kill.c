/* Killing the processes of a cgroup one by one, without cgroup.kill. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "driver.h"

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
    if (result == -ENODEV || result == -ENOENT) /* the cgroup was removed meanwhile */
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

int cgroup_kill_listed(const struct cgroup_dir *dir, int64_t deadline_ms, struct fail *fail)
{
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
