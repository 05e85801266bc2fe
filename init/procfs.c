#include <linux/magic.h>

#include "inside.h"
#include "sys.h"

NO_ARRAYS int procfs_verify(int fd)
{
    struct statfs info;
    TRY(sys_fstatfs(fd, &info));
    return info.f_type == PROC_SUPER_MAGIC ? 0 : -EXDEV;
}

/* Never attached anywhere, so no path of the container leads to it. */
static int new_procfs(void)
{
    AUTO_FD int fs_fd = sys_fsopen("proc");
    TRY(fs_fd);
    return mount_create(fs_fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

/* A copy of one mount is without the mounts that lie over its directories: masks and read-only
 * paths bind the payload, not the init that set them. */
NO_ARRAYS int procfs_open(struct inside *inside)
{
    if (inside->procfs_fd >= 0)
        return inside->procfs_fd;
    AUTO_FD int fd = inside->proc_fd >= 0 ? mount_copy(inside->proc_fd, 0) : new_procfs();
    TRY(fd);
    TRY(procfs_verify(fd));
    inside->procfs_fd = take_fd(&fd);
    return inside->procfs_fd;
}
