#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

bool limit_text(struct limit limit, const char *unlimited, char text[LIMIT_TEXT_MAX])
{
    if (limit.set && limit.value < 0)
        (void)snprintf(text, LIMIT_TEXT_MAX, "%s", unlimited);
    else if (limit.set)
        (void)snprintf(text, LIMIT_TEXT_MAX, "%lld", (long long)limit.value);
    return limit.set;
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
