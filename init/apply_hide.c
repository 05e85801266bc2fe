/* Paths that the payload must not see or change. A path that this kernel does not have needs no
 * hiding. */
#include <sys/stat.h>

#include "apply.h"
#include "sys.h"

enum { NULL_MAJOR = 1, NULL_MINOR = 3 }; /* Documentation/admin-guide/devices.txt */

static bool is_missing(int error)
{
    return error == -ENOENT || error == -ENOTDIR;
}

/* The host's device, and only if it is the device: a /dev/null of the image could be a symlink, and
 * the mask would then show what it points at (CVE-2025-31133). */
NO_ARRAYS static int mask_file(const struct inside *inside, int target_fd)
{
    struct statx status;
    TRY(sys_fstatx(inside->devnull_fd, &status));
    if (!S_ISCHR(status.stx_mode) || status.stx_rdev_major != NULL_MAJOR ||
        status.stx_rdev_minor != NULL_MINOR)
        return -ENODEV;
    AUTO_FD int tree_fd = mount_copy(inside->devnull_fd, 0);
    TRY(tree_fd);
    return mount_attach(tree_fd, target_fd);
}

static int new_empty_directory(void)
{
    AUTO_FD int fs_fd = sys_fsopen("tmpfs");
    TRY(fs_fd);
    TRY(sys_fsconfig(fs_fd, FSCONFIG_SET_STRING, "mode", "0555"));
    return mount_create(fs_fd, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                                   MOUNT_ATTR_NOEXEC);
}

/* One empty file system serves all: a copy of a mount costs less than a superblock. */
NO_ARRAYS static int mask_directory(struct inside *inside, int target_fd)
{
    bool first = inside->empty_fd < 0;
    AUTO_FD int mount_fd = first ? new_empty_directory() : mount_copy(inside->empty_fd, 0);
    TRY(mount_fd);
    TRY(mount_attach(mount_fd, target_fd));
    if (first)
        inside->empty_fd = take_fd(&mount_fd);
    return 0;
}

NO_ARRAYS int apply_MASK(struct inside *inside, const struct op_text *op)
{
    AUTO_FD int target_fd = path_open(inside->root_fd, inside_text(inside, op->text), O_PATH, 0);
    if (is_missing(target_fd))
        return 0;
    TRY(target_fd);
    struct statx status;
    TRY(sys_fstatx(target_fd, &status));
    return S_ISDIR(status.stx_mode) ? mask_directory(inside, target_fd)
                                    : mask_file(inside, target_fd);
}

/* A copy of the tree over itself, so that only this path becomes read-only, with what is mounted
 * below it. */
NO_ARRAYS int apply_READONLY(struct inside *inside, const struct op_text *op)
{
    AUTO_FD int target_fd = path_open(inside->root_fd, inside_text(inside, op->text), O_PATH, 0);
    if (is_missing(target_fd))
        return 0;
    TRY(target_fd);
    AUTO_FD int tree_fd = mount_copy(target_fd, AT_RECURSIVE);
    TRY(tree_fd);
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    TRY(sys_mount_setattr(tree_fd, AT_RECURSIVE, &attr));
    return mount_attach(tree_fd, target_fd);
}
