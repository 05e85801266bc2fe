#include "namespace.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "../spec/spec_names.h"

static int wrong_file(enum namespace_type type, const char *path, bool is_namespace,
                      struct fail *fail)
{
    if (is_namespace)
        (void)fail_set(fail, "%.200s is a namespace of another type than %s", path,
                       namespace_oci_name(type));
    else
        (void)fail_set(fail, "%.200s is no namespace", path);
    return fail_hint(fail,
                     "that of a process is /proc/PID/ns/%s; ip netns add NAME makes one for a "
                     "network at /run/netns/NAME",
                     namespace_name(type));
}

int namespace_open(enum namespace_type type, const char *path, int *ret_fd, struct fail *fail)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* it may be a FIFO */
    if (fd < 0)
        return fail_sys(fail, "opening the %s namespace %.200s", namespace_oci_name(type), path);
    int found = ioctl(fd, NS_GET_NSTYPE);
    if (found < 0 || (uint64_t)(unsigned)found != namespace_clone_flag(type))
        return wrong_file(type, path, found >= 0, fail);
    *ret_fd = take_fd(&fd);
    return 0;
}

bool namespace_is_own(enum namespace_type type, int fd)
{
    char path[32];
    struct stat own, other;
    (void)snprintf(path, sizeof(path), "/proc/self/ns/%s", namespace_name(type));
    return stat(path, &own) == 0 && fstat(fd, &other) == 0 && own.st_dev == other.st_dev &&
           own.st_ino == other.st_ino;
}
