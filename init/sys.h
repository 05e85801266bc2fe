/* sys.h - system calls with the kernel's own convention: a result, or a negative errno.
 *
 * Some have no function in the C library (musl knows none of the descriptor-based mount calls). The
 * others have one that does more than the call - emulations for old kernels, copies, locks, signals
 * of its own that it leaves out - and so is larger and less than what PID 1 needs.
 */
#ifndef INIT_SYS_H
#define INIT_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

/* From the C library's convention, -1 and errno, to a result or a negative errno. */
int sys_result(long result);

int sys_openat2(int dir_fd, const char *path, const struct open_how *how);

/* Without OPEN_TREE_CLONE in `flags` it is an O_PATH open; with it, a detached copy of the mount.
 * With "" as `path` and AT_EMPTY_PATH, it is of `dir_fd` itself. O_CLOEXEC is added. */
int sys_open_tree(int dir_fd, const char *path, unsigned flags);

/* Attaches the mount `from_fd` over `to_fd`: no path is looked up, so none can be swapped. */
int sys_move_mount(int from_fd, int to_fd);

int sys_fsopen(const char *fstype);
int sys_fsconfig(int fs_fd, unsigned command, const char *key, const char *value);
int sys_fsmount(int fs_fd, uint64_t attributes);

/* `flags`: 0 or AT_RECURSIVE. */
int sys_mount_setattr(int mount_fd, unsigned flags, const struct mount_attr *attr);

int sys_pivot_root(const char *new_root, const char *put_old);

/* What getcwd(3) makes an error, "(unreachable)/...", is here a result. */
int sys_getcwd(char *buffer, size_t size);

int sys_close_range(unsigned first, unsigned last, unsigned flags);
int sys_setns(int fd, long type);
int sys_unshare(long flags);
int sys_fchdir(int fd);
int sys_socket(int domain, int type);
int sys_sendmsg(int fd, const struct msghdr *message);

/* prctl(2); arguments that an option does not use must be 0. */
int sys_prctl(int option, unsigned long value, unsigned long detail);

/* Sets the mask of blocked signals: bit n-1 for signal n. The C library's own call leaves out the
 * signals that its threads use (32 to 34), which a payload may send and block like any other. */
int sys_set_signal_mask(uint64_t mask);

/* `disposition`: SIG_DFL or SIG_IGN. */
int sys_set_disposition(int signal_number, void (*disposition)(int));

/* Sleeps until one of the signals in `mask` is pending, without a timeout. Returns the signal. */
int sys_wait_signal(uint64_t mask, siginfo_t *ret_info);

#endif
