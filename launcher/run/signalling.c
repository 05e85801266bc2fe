#include "signalling.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "../host/cgroup/freeze.h"
#include "../host/state_root.h"

static int not_running(const struct container_view *view, struct fail *fail)
{
    (void)fail_set(fail, "sending a signal to the container %s: container not running",
                   view->record.id);
    return fail->code = -ESRCH;
}

/* PID 1 of a namespace ignores what it has no handler for, and cinit, which waits there, has none. */
static int signal_for(const struct container_view *view, int number)
{
    bool ends = number == SIGTERM || number == SIGINT || number == SIGHUP || number == SIGQUIT;
    return view->status == STATUS_CREATED && ends ? SIGKILL : number;
}

/* What v1 has frozen dies only when it is thawed. */
static void let_die(const struct container_view *view, int number)
{
    if (number == SIGKILL && view->status == STATUS_PAUSED)
        cgroup_thaw(view->record.cgroups, view->record.cgroup_count);
}

int signal_first(const struct container_view *view, int number, struct fail *fail)
{
    AUTO_FD int pidfd = status_open_process(&view->record);
    if (pidfd < 0)
        return not_running(view, fail);
    number = signal_for(view, number);
    if (syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0) < 0)
        return errno == ESRCH ? not_running(view, fail)
                              : fail_sys(fail, "sending signal %d to the container %s", number,
                                         view->record.id);
    let_die(view, number);
    return 0;
}

/* ---- every process ---- */

/* All processes of one cgroup, without those below it: the container's own cgroups have none of
 * launcher's making. */
static int read_pids(const char *cgroup, struct arena *arena, pid_t **pids, size_t *count,
                     struct fail *fail)
{
    AUTO_FD int directory_fd = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    AUTO_FD int fd =
        directory_fd < 0 ? -1 : openat(directory_fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : fail_sys(fail, "reading %.300s/cgroup.procs", cgroup);
    FILE *file = fdopen(take_fd(&fd), "r");
    if (file == NULL)
        return fail_sys(fail, "reading %.300s/cgroup.procs", cgroup);
    long pid;
    while (fscanf(file, "%ld", &pid) == 1) /* NOLINT: the kernel wrote it */
        if (pid > 0)
            *ARENA_APPEND(arena, *pids, *count) = (pid_t)pid;
    (void)fclose(file);
    return 0;
}

static bool is_first(const struct container_view *view, const pid_t *pids, size_t count)
{
    bool found = view->record.init_pid == 0 || view->status == STATUS_STOPPED;
    for (size_t i = 0; i < count; i++)
        found = found || pids[i] == view->record.init_pid;
    return found;
}

/* ---- where there is no cgroup to ask ---- */

static bool read_pid_namespace(const char *pid, char link[64])
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%.20s/ns/pid", pid);
    ssize_t size = readlink(path, link, 63);
    link[size > 0 ? size : 0] = '\0';
    return size > 0;
}

static bool has_own_namespace(const char *first, char namespace[64])
{
    char ours[64];
    return read_pid_namespace(first, namespace) && read_pid_namespace("self", ours) &&
           strcmp(namespace, ours) != 0;
}

/* All that are in its PID namespace, those of launcher exec too; where it shares ours, none. */
static void add_by_namespace(pid_t first, struct arena *arena, pid_t **pids, size_t *count)
{
    char text[24], namespace[64], other[64];
    (void)snprintf(text, sizeof(text), "%d", (int)first);
    DIR *processes = has_own_namespace(text, namespace) ? opendir("/proc") : NULL;
    if (processes == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(processes)) != NULL;) {
        long pid = strtol(entry->d_name, NULL, 10);
        if (pid > 0 && read_pid_namespace(entry->d_name, other) && strcmp(other, namespace) == 0)
            *ARENA_APPEND(arena, *pids, *count) = (pid_t)pid;
    }
    (void)closedir(processes);
}

int container_pids(const struct container_view *view, struct arena *arena, pid_t **ret_pids,
                   size_t *ret_count, struct fail *fail)
{
    *ret_pids = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < view->record.cgroup_count && *ret_count == 0; i++)
        TRY(read_pids(view->record.cgroups[i].path, arena, ret_pids, ret_count, fail));
    if (*ret_count == 0 && view->record.init_pid > 0 && view->status != STATUS_STOPPED)
        add_by_namespace(view->record.init_pid, arena, ret_pids, ret_count);
    if (!is_first(view, *ret_pids, *ret_count))
        *ARENA_APPEND(arena, *ret_pids, *ret_count) = view->record.init_pid;
    return 0;
}

/* Between reading the pid and holding it, it may have become another's: it is looked up again. */
static bool is_still_inside(const struct container_view *view, pid_t pid, struct arena *arena)
{
    pid_t *pids = NULL;
    size_t count = 0;
    struct fail none = {.code = 0};
    if (container_pids(view, arena, &pids, &count, &none) < 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (pids[i] == pid)
            return true;
    return false;
}

int signal_all(const struct container_view *view, int number, struct arena *arena,
               struct fail *fail)
{
    pid_t *pids = NULL;
    size_t count = 0;
    TRY(container_pids(view, arena, &pids, &count, fail));
    if (count == 0)
        return not_running(view, fail);
    for (size_t i = 0; i < count; i++) {
        AUTO_FD int pidfd = (int)syscall(SYS_pidfd_open, pids[i], 0);
        if (pidfd >= 0 && is_still_inside(view, pids[i], arena))
            (void)syscall(SYS_pidfd_send_signal, pidfd, signal_for(view, number), NULL, 0);
    }
    let_die(view, signal_for(view, number));
    return 0;
}
