#include "fully.h"

#include <errno.h>
#include <unistd.h>

ssize_t read_fully(int fd, char *buffer, size_t size)
{
    size_t used = 0;
    while (used < size) {
        ssize_t got = read(fd, buffer + used, size - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        used += (size_t)got;
    }
    return (ssize_t)used;
}

int write_fully(int fd, const void *bytes, size_t size)
{
    const char *left = bytes;
    while (size > 0) {
        ssize_t written = write(fd, left, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        left += written;
        size -= (size_t)written;
    }
    return 0;
}
