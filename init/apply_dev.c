/* Device nodes, the links of /dev and the terminal. */
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "apply.h"
#include "sys.h"

/* The nodes and links of /dev come one after the other: their directory is looked up once. It stays
 * the right one until something is mounted, which forgets it. */
static int open_directory_of(struct inside *inside, const char *path, const char **ret_name)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path);
    bool known = inside->directory_fd >= 0 && length == inside->directory_length &&
                 memcmp(path, inside->directory, length) == 0;
    if (known) {
        *ret_name = slash == NULL ? path : slash + 1;
        return 0;
    }
    own_close(&inside->directory_fd);
    inside->directory_fd = path_make_parent(inside->root_fd, path, ret_name);
    inside->directory = path;
    inside->directory_length = length;
    return inside->directory_fd < 0 ? inside->directory_fd : 0;
}

NO_ARRAYS static bool is_same_device(int parent_fd, const char *name, const struct op_mkdev *op)
{
    struct statx status;
    if (sys_statx(parent_fd, name, AT_SYMLINK_NOFOLLOW, &status) < 0)
        return false;
    return ((status.stx_mode ^ op->mode) & S_IFMT) == 0 && status.stx_rdev_major == op->major &&
           status.stx_rdev_minor == op->minor;
}

/* As the kernel wants it, new_decode_dev in linux/kdev_t.h: 12 bits of the major number amid the 20 of
 * the minor one. */
static unsigned device_number(unsigned major, unsigned minor)
{
    return (minor & 0xffu) | major << 8 | (minor & ~0xffu) << 12;
}

/* The umask is 0 here, so the node gets the mode that was asked for. A node that was there before
 * belongs to the image and keeps its owner and mode. */
int apply_MKDEV(struct inside *inside, const struct op_mkdev *op)
{
    const char *name;
    TRY(open_directory_of(inside, inside_text(inside, op->path), &name));
    int parent_fd = inside->directory_fd;
    int result = sys_mknodat(parent_fd, name, op->mode, device_number(op->major, op->minor));
    if (result < 0)
        return result == -EEXIST && is_same_device(parent_fd, name, op) ? 0 : result;
    if (op->uid == 0 && op->gid == 0)
        return 0;
    return sys_5(SYS_fchownat, parent_fd, name, op->uid, op->gid, AT_SYMLINK_NOFOLLOW);
}

int apply_SYMLINK(struct inside *inside, const struct op_symlink *op)
{
    const char *name;
    TRY(open_directory_of(inside, inside_text(inside, op->path), &name));
    int parent_fd = inside->directory_fd;
    int result = sys_3(SYS_symlinkat, inside_text(inside, op->target), parent_fd, name);
    return result == -EEXIST ? 0 : result;
}

/* The multiplexer of the container's own devpts: the file system is checked before the device is
 * opened, and RESOLVE_NO_XDEV keeps the open on it. */
NO_ARRAYS static int open_terminal_master(const struct inside *inside)
{
    AUTO_FD int pts_fd =
        path_open(inside->root_fd, "/dev/pts", O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
    TRY(pts_fd);
    struct statfs info;
    TRY(sys_fstatfs(pts_fd, &info));
    if (info.f_type != DEVPTS_SUPER_MAGIC)
        return -EXDEV;
    return path_open(pts_fd, "ptmx", O_RDWR | O_NOCTTY, RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

/* TIOCGPTPEER opens the other end without a path: /dev/pts/N could have been swapped by then
 * (CVE-2025-52565). */
NO_ARRAYS static int open_terminal_slave(int master_fd, const struct op_console *op)
{
    int unlocked = 0;
    TRY(sys_ioctl(master_fd, TIOCSPTLCK, &unlocked));
    AUTO_FD int slave_fd = sys_3(SYS_ioctl, master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    TRY(slave_fd);
    struct winsize size = {.ws_row = op->rows, .ws_col = op->columns};
    TRY(sys_ioctl(slave_fd, TIOCSWINSZ, &size));
    TRY(sys_3(SYS_fchown, slave_fd, op->uid, (gid_t)-1));
    TRY(sys_2(SYS_fchmod, slave_fd, 0620));
    return take_fd(&slave_fd);
}

static int bind_console(const struct inside *inside, int slave_fd)
{
    AUTO_FD int target_fd = path_make(inside->root_fd, "/dev/console", S_IFREG, 0);
    TRY(target_fd);
    AUTO_FD int tree_fd = mount_copy(slave_fd, 0);
    TRY(tree_fd);
    return mount_attach(tree_fd, target_fd);
}

int apply_CONSOLE(struct inside *inside, const struct op_console *op)
{
    AUTO_FD int master_fd = open_terminal_master(inside);
    TRY(master_fd);
    AUTO_FD int slave_fd = open_terminal_slave(master_fd, op);
    TRY(slave_fd);
    /* Before the change of root only: exec comes to a container that has its /dev/console. */
    if (inside->devnull_fd >= 0)
        TRY(bind_console(inside, slave_fd));
    TRY(note_pass(inside, NOTE_CONSOLE, master_fd));
    inside->console_fd = take_fd(&slave_fd);
    /* With SPAWN it is the payload's process that attaches: an init without a terminal gets no
     * SIGHUP from it and does not keep it open. */
    return inside->spawns ? 0 : console_attach(inside);
}

int console_attach(struct inside *inside)
{
    if (inside->console_fd < 0)
        return 0;
    /* Only the leader of a session can take a terminal; EPERM says that we are one already. */
    int result = sys_setsid();
    if (result < 0 && result != -EPERM)
        return result;
    TRY(sys_ioctl(inside->console_fd, TIOCSCTTY, NULL));
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        TRY(sys_3(SYS_dup3, inside->console_fd, fd, 0));
    own_close(&inside->console_fd);
    return 0;
}
