#include "in_place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { READABLE = 0644 };

static int open_for_all(int root_fd, const char *name, size_t *ret_size, struct fail *fail)
{
    struct stat status;
    AUTO_FD int fd =
        openat(root_fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, READABLE);
    if (fd < 0 || fstat(fd, &status) < 0)
        return fail_sys(fail, "opening %s", name);
    if (!S_ISREG(status.st_mode))
        return fail_code(fail, -EINVAL, "writing %s, which is no regular file", name);
    if ((status.st_mode & 0777) != READABLE && fchmod(fd, READABLE) < 0)
        return fail_sys(fail, "changing the mode of %s", name);
    *ret_size = (size_t)status.st_size;
    return take_fd(&fd);
}

static int write_at(int fd, size_t at, const char *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t written = pwrite(fd, bytes + done, size - done, (off_t)(at + done));
        if (written < 0)
            return -errno;
        done += (size_t)written;
    }
    return 0;
}

static size_t common_prefix(const char *one, const char *other)
{
    size_t length = 0;
    while (one[length] != '\0' && one[length] == other[length])
        length++;
    return length;
}

int in_place_write(int root_fd, const char *name, const char *before, const char *text,
                   struct fail *fail)
{
    size_t kept = common_prefix(before, text);
    return in_place_write_rest(root_fd, name, kept, text + kept, fail);
}

int in_place_write_rest(int root_fd, const char *name, size_t kept, const char *rest,
                        struct fail *fail)
{
    AUTO_ARENA struct arena scratch = {0};
    size_t old = 0;
    AUTO_FD int fd = open_for_all(root_fd, name, &old, fail);
    if (fd < 0)
        return fd;
    size_t length = kept + strlen(rest);
    size_t size = length > old ? length : old;
    char *padded = arena_alloc(&scratch, size - kept + 1);
    memset(stpcpy(padded, rest), '\n', size - length);
    int result = write_at(fd, kept, padded, size - kept);
    if (result >= 0 && old > length && ftruncate(fd, (off_t)length) < 0)
        result = -errno;
    return result < 0 ? fail_code(fail, result, "writing %s", name) : 0;
}
