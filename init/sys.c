/* Arguments that the kernel reads as 64 bits are cast to long: syscall(2) is variadic, and an int
 * passed there leaves the upper half of its slot undefined. */
#include "sys.h"

#include <sys/syscall.h>

enum { KERNEL_SIGSET_SIZE = 8 }; /* the kernel's sigset_t; the C library's has room for 1024 */

int sys_result(long result)
{
    return result < 0 ? -errno : (int)result;
}

int sys_openat2(int dir_fd, const char *path, const struct open_how *how)
{
    return sys_result(syscall(SYS_openat2, dir_fd, path, how, sizeof(*how)));
}

int sys_open_tree(int dir_fd, const char *path, unsigned flags)
{
    return sys_result(syscall(SYS_open_tree, dir_fd, path, flags | OPEN_TREE_CLOEXEC));
}

int sys_move_mount(int from_fd, int to_fd)
{
    unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
    return sys_result(syscall(SYS_move_mount, from_fd, "", to_fd, "", flags));
}

int sys_fsopen(const char *fstype)
{
    return sys_result(syscall(SYS_fsopen, fstype, FSOPEN_CLOEXEC));
}

int sys_fsconfig(int fs_fd, unsigned command, const char *key, const char *value)
{
    return sys_result(syscall(SYS_fsconfig, fs_fd, command, key, value, 0L));
}

int sys_fsmount(int fs_fd, uint64_t attributes)
{
    return sys_result(syscall(SYS_fsmount, fs_fd, FSMOUNT_CLOEXEC, (long)attributes));
}

int sys_mount_setattr(int mount_fd, unsigned flags, const struct mount_attr *attr)
{
    flags |= AT_EMPTY_PATH;
    return sys_result(syscall(SYS_mount_setattr, mount_fd, "", flags, attr, sizeof(*attr)));
}

int sys_pivot_root(const char *new_root, const char *put_old)
{
    return sys_result(syscall(SYS_pivot_root, new_root, put_old));
}

int sys_getcwd(char *buffer, size_t size)
{
    return sys_result(syscall(SYS_getcwd, buffer, size));
}

int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
    return sys_result(syscall(SYS_close_range, first, last, flags));
}

int sys_setns(int fd, long type)
{
    return sys_result(syscall(SYS_setns, fd, type));
}

int sys_unshare(long flags)
{
    return sys_result(syscall(SYS_unshare, flags));
}

int sys_fchdir(int fd)
{
    return sys_result(syscall(SYS_fchdir, fd));
}

int sys_socket(int domain, int type)
{
    return sys_result(syscall(SYS_socket, domain, type, 0));
}

int sys_sendmsg(int fd, const struct msghdr *message)
{
    return sys_result(syscall(SYS_sendmsg, fd, message, MSG_NOSIGNAL));
}

int sys_prctl(int option, unsigned long value, unsigned long detail)
{
    return sys_result(syscall(SYS_prctl, option, value, detail, 0L, 0L));
}

int sys_set_signal_mask(uint64_t mask)
{
    return sys_result(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, KERNEL_SIGSET_SIZE));
}

int sys_set_disposition(int signal_number, void (*disposition)(int))
{
    /* The kernel's struct sigaction; without a handler nothing but its first field matters. */
    struct {
        void (*handler)(int);
        uint64_t rest[3];
    } action = {.handler = disposition};
    return sys_result(syscall(SYS_rt_sigaction, signal_number, &action, NULL, KERNEL_SIGSET_SIZE));
}

int sys_wait_signal(uint64_t mask, siginfo_t *ret_info)
{
    return sys_result(syscall(SYS_rt_sigtimedwait, &mask, ret_info, NULL, KERNEL_SIGSET_SIZE));
}
