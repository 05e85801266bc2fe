#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

const struct cgroup_driver *driver_of(int fd)
{
    struct statfs info;
    if (fstatfs(fd, &info) != 0)
        return NULL;
    if ((uint64_t)info.f_type == CGROUP_V2.magic)
        return &CGROUP_V2;
    return (uint64_t)info.f_type == CGROUP_V1.magic ? &CGROUP_V1 : NULL;
}

int64_t monotonic_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* can't fail for this clock */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int milliseconds_left(int64_t deadline_ms)
{
    int64_t left = deadline_ms - monotonic_ms();
    if (left <= 0)
        return 0;
    return left > INT_MAX ? INT_MAX : (int)left;
}

int cgroup_write(int dir_fd, const char *name, const char *text)
{
    AUTO_FD int fd = openat(dir_fd, name, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t written;
    do
        written = write(fd, text, strlen(text));
    while (written < 0 && errno == EINTR);
    return written < 0 ? -errno : 0;
}

int cgroup_read(int dir_fd, const char *name, char *text, size_t size)
{
    AUTO_FD int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t got;
    do
        got = read(fd, text, size - 1);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    text[got] = '\0';
    return 0;
}

/* ---- for messages ---- */

static void name_of_process(const char *pid, char *name, size_t size)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%s/comm", pid);
    if (cgroup_read(AT_FDCWD, path, name, size) < 0)
        name[0] = '\0';
    name[strcspn(name, "\n")] = '\0';
}

void cgroup_list_pids(int dir_fd, const char *procs_file, char *text, size_t size)
{
    enum { PIDS_TOLD = 5 };
    char pids[1024];
    size_t used = 0;
    text[0] = '\0';
    if (cgroup_read(dir_fd, procs_file, pids, sizeof(pids)) < 0)
        return;
    char *rest = pids;
    for (int told = 0; used < size; told++) {
        char name[32];
        const char *pid = strsep(&rest, "\n");
        if (pid == NULL || *pid == '\0')
            return;
        if (told == PIDS_TOLD) {
            (void)snprintf(text + used, size - used, " ...");
            return;
        }
        name_of_process(pid, name, sizeof(name));
        used += (size_t)snprintf(text + used, size - used, "%s%s (%s)", told > 0 ? ", " : "", pid,
                                 name);
    }
}
