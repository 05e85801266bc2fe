/* The mount tree of the container: built with the descriptor-based mount calls, where a mount is an
 * object that is made, configured and only then attached. Until PIVOT the host's tree is there too,
 * and the paths of sources are the host's. */
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "apply.h"
#include "sys.h"

int mount_copy(int fd, unsigned recursive)
{
    return sys_open_tree(fd, "", recursive | OPEN_TREE_CLONE | AT_EMPTY_PATH);
}

/* No path is looked up, so none can be swapped. */
int mount_attach(int mount_fd, int target_fd)
{
    unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
    return sys_5(SYS_move_mount, mount_fd, "", target_fd, "", flags);
}

int mount_create(int fs_fd, uint64_t attributes)
{
    TRY(sys_fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL));
    return sys_fsmount(fs_fd, attributes);
}

SYS_SHARED int unmount_here(void)
{
    return sys_2(SYS_umount2, ".", MNT_DETACH);
}

NO_ARRAYS static int set_attributes(int mount_fd, struct mount_attr attr, bool recursive)
{
    if ((attr.attr_set | attr.attr_clr | attr.propagation) == 0)
        return 0;
    return sys_mount_setattr(mount_fd, recursive ? AT_RECURSIVE : 0, &attr);
}

static uint64_t target_resolve(unsigned flags)
{
    return flags & MOUNT_NO_SYMLINKS ? RESOLVE_NO_SYMLINKS : 0;
}

/* A symlink of the image may lead a harmless path, "/data", to /proc: a mount there would hide the
 * kernel's files, and masks would go to the files of the mount (CVE-2019-19921, CVE-2023-27561). The
 * descriptor is asked, not the path: what it is on can't change any more. */
NO_ARRAYS static int refuse_procfs(int target_fd)
{
    int result = procfs_verify(target_fd);
    if (result == 0)
        return -EXDEV;
    return result == -EXDEV ? 0 : result;
}

NO_ARRAYS static int open_target(const struct inside *inside, wire_str target, unsigned flags,
                                 mode_t type)
{
    const char *path = inside_text(inside, target);
    AUTO_FD int fd = flags & MOUNT_MAKE_TARGET
                         ? path_make(inside->root_fd, path, type, target_resolve(flags))
                         : path_open(inside->root_fd, path, O_PATH, target_resolve(flags));
    TRY(fd);
    if (!(flags & MOUNT_OVER_PROC))
        TRY(refuse_procfs(fd));
    return take_fd(&fd);
}

/* A mount of the host that is shared would carry our mounts back to the host. */
int apply_PRIVATE(struct inside *inside, const struct op_number *op)
{
    (void)inside;
    return sys_5(SYS_mount, NULL, "/", NULL, MS_REC | op->value, NULL);
}

/* pivot_root(2) wants a mount point, so the directory becomes a mount over itself. */
NO_ARRAYS static int mount_over_itself(int *directory_fd, const struct op_root *op)
{
    unsigned flags = op->head.flags & ROOT_RECURSIVE ? AT_RECURSIVE : 0;
    AUTO_FD int tree_fd = mount_copy(*directory_fd, flags);
    TRY(tree_fd);
    if (op->head.flags & ROOT_PRIVATE)
        TRY(set_attributes(tree_fd, (struct mount_attr){.propagation = MS_PRIVATE}, true));
    TRY(set_attributes(tree_fd, (struct mount_attr){.attr_set = op->attr_set}, true));
    TRY(mount_attach(tree_fd, *directory_fd));
    own_close(directory_fd);
    *directory_fd = take_fd(&tree_fd);
    return 0;
}

/* From here on the root is known by descriptor: what happens to its path no longer matters. */
NO_ARRAYS int apply_ROOT(struct inside *inside, const struct op_root *op)
{
    const char *path = inside_text(inside, op->path);
    AUTO_FD int directory_fd = sys_open(path, O_PATH | O_DIRECTORY);
    TRY(directory_fd);
    if (!(op->head.flags & ROOT_IN_PLACE))
        TRY(mount_over_itself(&directory_fd, op));
    own_close(&inside->root_fd);
    inside->root_fd = take_fd(&directory_fd);
    /* The last moment at which this path is surely the host's. MASK looks at what was opened. */
    if (inside->devnull_fd < 0)
        inside->devnull_fd = sys_open("/dev/null", O_PATH);
    return 0;
}

static int configure(const struct inside *inside, int fs_fd, const struct op_mount *op)
{
    if (op->source != 0)
        TRY(sys_fsconfig(fs_fd, FSCONFIG_SET_STRING, "source", inside_text(inside, op->source)));
    const uint64_t *slots = program_slots(inside->program, op->options);
    for (uint32_t i = 0; i + 1 < op->options.count; i += 2) {
        const char *key = (const char *)(uintptr_t)slots[i];
        const char *value = (const char *)(uintptr_t)slots[i + 1];
        unsigned command = value == NULL ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
        TRY(sys_fsconfig(fs_fd, command, key, value));
    }
    return 0;
}

NO_ARRAYS static int new_mount(const struct inside *inside, const struct op_mount *op)
{
    AUTO_FD int fs_fd = sys_fsopen(inside_text(inside, op->fstype));
    TRY(fs_fd);
    TRY(configure(inside, fs_fd, op));
    AUTO_FD int mount_fd = mount_create(fs_fd, op->attributes);
    TRY(mount_fd);
    TRY(set_attributes(mount_fd, (struct mount_attr){.propagation = op->propagation}, false));
    return take_fd(&mount_fd);
}

int apply_MOUNT(struct inside *inside, const struct op_mount *op)
{
    AUTO_FD int target_fd = open_target(inside, op->target, op->head.flags, S_IFDIR);
    TRY(target_fd);
    AUTO_FD int mount_fd = new_mount(inside, op);
    TRY(mount_fd);
    TRY(mount_attach(mount_fd, target_fd));
    own_close(&inside->directory_fd);
    if (strcmp(inside_text(inside, op->fstype), "proc") != 0)
        return 0;
    TRY(procfs_verify(mount_fd));
    own_close(&inside->proc_fd);
    inside->proc_fd = take_fd(&mount_fd);
    return 0;
}

NO_ARRAYS static int open_source(const struct inside *inside, const struct op_bind *op)
{
    int tree_fd = -EPROTO;
    unsigned recursive = op->head.flags & MOUNT_RECURSIVE ? AT_RECURSIVE : 0;
    if (!(op->head.flags & MOUNT_PASSED))
        return sys_open_tree(AT_FDCWD, inside_text(inside, op->source),
                             recursive | OPEN_TREE_CLONE);
    TRY(answer_receive(inside, &tree_fd));
    return tree_fd;
}

/* Since Linux 6.8 /proc/self/mountinfo lists mounts in the order in which they were made, and launcher
 * made this one before all of ours: a child would stand before its parent. A copy is made now, for
 * which the tree has to be in our mount namespace; open_tree(2). */
NO_ARRAYS static int renew(int tree_fd, int target_fd)
{
    if (sys_fchdir(tree_fd) < 0)
        return 0; /* a file has no children */
    TRY(mount_attach(tree_fd, target_fd));
    int copy_fd = mount_copy(tree_fd, AT_RECURSIVE);
    TRY(copy_fd);
    TRY(sys_3(SYS_dup3, copy_fd, tree_fd, O_CLOEXEC)); /* execve(2) closes the other */
    return unmount_here();
}

NO_ARRAYS int apply_BIND(struct inside *inside, const struct op_bind *op)
{
    AUTO_FD int tree_fd = open_source(inside, op);
    TRY(tree_fd);

    struct statx status;
    TRY(sys_fstatx(tree_fd, &status));
    mode_t type = S_ISDIR(status.stx_mode) ? S_IFDIR : S_IFREG;
    AUTO_FD int target_fd = open_target(inside, op->target, op->head.flags, type);
    TRY(target_fd);

    if (op->head.flags & MOUNT_PASSED)
        TRY(renew(tree_fd, target_fd));

    /* Before it is attached: the container never sees the mount without its attributes. */
    struct mount_attr attr = {
        .attr_set = op->attr_set, .attr_clr = op->attr_clear, .propagation = op->propagation};
    TRY(set_attributes(tree_fd, attr, op->head.flags & MOUNT_ATTR_RECURSIVE));
    own_close(&inside->directory_fd);
    return mount_attach(tree_fd, target_fd);
}

int apply_REMOUNT(struct inside *inside, const struct op_remount *op)
{
    AUTO_FD int fd = path_open(inside->root_fd, inside_text(inside, op->path), O_PATH, 0);
    TRY(fd);
    struct mount_attr attr = {
        .attr_set = op->attr_set, .attr_clr = op->attr_clear, .propagation = op->propagation};
    return set_attributes(fd, attr, op->head.flags & MOUNT_ATTR_RECURSIVE);
}

/* The old root ends up mounted over the new one, at the same place: "." is then the old root, and
 * detaching it leaves no directory behind and no path to the host; pivot_root(2), NOTES. */
int apply_PIVOT(struct inside *inside, const struct op_plain *op)
{
    (void)op;
    TRY(sys_fchdir(inside->root_fd));
    TRY(sys_2(SYS_pivot_root, ".", "."));
    TRY(unmount_here());
    own_close(&inside->devnull_fd);
    return sys_chdir("/");
}

/* For learning: the host's mounts stay in the namespace, and a process with CAP_SYS_CHROOT walks
 * out with a second chroot, which leaves its working directory above its root. */
int apply_CHROOT(struct inside *inside, const struct op_plain *op)
{
    (void)op;
    TRY(sys_fchdir(inside->root_fd));
    TRY(sys_1(SYS_chroot, "."));
    own_close(&inside->devnull_fd);
    return sys_chdir("/");
}
