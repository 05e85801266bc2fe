#include "resolve_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int find_numbers(struct spec_io_device *device, struct fail *fail)
{
    struct stat status;
    if (stat(device->path, &status) < 0)
        return fail_sys(fail, "option --io: %.200s", device->path);
    dev_t number = S_ISBLK(status.st_mode) ? status.st_rdev : status.st_dev;
    if (S_ISCHR(status.st_mode))
        return fail_set(fail, "option --io: %.200s is no block device", device->path);
    if (major(number) == 0) {
        (void)fail_set(fail, "option --io: %.200s is on no block device of its own", device->path);
        return fail_hint(fail, "its file system lives in memory, on the network or on several "
                               "disks: name the disk, as lsblk(8) lists it");
    }
    device->major = major(number);
    device->minor = minor(number);
    return 0;
}

/* A partition's directory in sysfs is below that of its disk. */
static void go_to_disk(struct spec_io_device *device)
{
    char path[64], text[32];
    unsigned disk_major = 0, disk_minor = 0;
    (void)snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/partition", device->major,
                   device->minor);
    if (access(path, F_OK) != 0)
        return;
    (void)snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../dev", device->major, device->minor);
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (got <= 0)
        return;
    text[got] = '\0';
    if (sscanf(text, "%u:%u", &disk_major, &disk_minor) != 2) /* NOLINT: the kernel's own numbers */
        return;
    device->major = disk_major;
    device->minor = disk_minor;
}

int resolve_disk(struct spec_io_device *device, struct fail *fail)
{
    if (device->path != NULL)
        TRY(find_numbers(device, fail));
    go_to_disk(device);
    return 0;
}
