/* sys.h - system calls with the kernel's own convention: a result, or a negative errno. Each is the
 * call of section 2 of the manual that its name says, without what a C library adds to some:
 * emulations for old kernels, copies, locks, signals of its own that it leaves out. cinit is linked
 * with no C library at all; see docs/decisions/007-cinit-without-a-c-library.md.
 */
#ifndef INIT_SYS_H
#define INIT_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>

#include "../shared/arch.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

/* For functions whose variables in memory are all of a fixed size and filled by the kernel or by us at
 * fixed places: no length from outside can overrun them into a return address. */
#define NO_ARRAYS __attribute__((no_stack_protector))

/* For calls that are made in many places: each call of the function is shorter than the system call. */
#define SYS_SHARED static __attribute__((noinline, unused))

/* ---- by hand, for calls that are made in one place only: sys_N(SYS_name, arguments) ---- */

#define SYS_LONG(x) ((long)(x))
#define sys_0(number) ((int)arch_call1(number, 0))
#define sys_1(number, a) ((int)arch_call1(number, SYS_LONG(a)))
#define sys_2(number, a, b) ((int)arch_call3(number, SYS_LONG(a), SYS_LONG(b), 0))
#define sys_3(number, a, b, c) ((int)arch_call3(number, SYS_LONG(a), SYS_LONG(b), SYS_LONG(c)))
#define sys_4(number, a, b, c, d) \
    ((int)arch_call4(number, SYS_LONG(a), SYS_LONG(b), SYS_LONG(c), SYS_LONG(d)))
#define sys_5(number, a, b, c, d, e) \
    ((int)arch_call5(number, SYS_LONG(a), SYS_LONG(b), SYS_LONG(c), SYS_LONG(d), SYS_LONG(e)))

/* ---- files ---- */

static inline int sys_close(int fd)
{
    return sys_1(SYS_close, fd);
}

/* What AUTO_FD of own.h closes with: this header has to come before those of shared/. */
#define OWN_CLOSE sys_close
#include "../shared/own.h"

/* O_CLOEXEC is added. */
SYS_SHARED int sys_open(const char *path, int flags)
{
    return sys_4(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0);
}

static inline int sys_openat2(int dir_fd, const char *path, const struct open_how *how)
{
    return sys_4(SYS_openat2, dir_fd, path, how, sizeof(*how));
}

static inline long sys_read(int fd, void *bytes, size_t size)
{
    return arch_call3(SYS_read, fd, SYS_LONG(bytes), (long)size);
}

static inline long sys_pread(int fd, void *bytes, size_t size, uint64_t offset)
{
    return arch_call4(SYS_pread64, fd, SYS_LONG(bytes), (long)size, (long)offset);
}

SYS_SHARED long sys_write(int fd, const void *bytes, size_t size)
{
    return arch_call3(SYS_write, fd, SYS_LONG(bytes), (long)size);
}

SYS_SHARED int sys_ioctl(int fd, unsigned long request, const void *argument)
{
    return sys_3(SYS_ioctl, fd, request, argument);
}

NO_ARRAYS static inline int sys_poll_once(struct pollfd *fds, unsigned count)
{
    const struct timespec at_once = {0};
    return sys_5(SYS_ppoll, fds, count, &at_once, NULL, 0);
}

/* stat(2) of a path below `dir_fd`, or with "" and AT_EMPTY_PATH in `flags` of the descriptor itself;
 * the basic fields of statx(2). */
SYS_SHARED int sys_statx(int dir_fd, const char *path, int flags, struct statx *ret_status)
{
    return sys_5(SYS_statx, dir_fd, path, flags, STATX_BASIC_STATS, ret_status);
}

static inline int sys_fstatx(int fd, struct statx *ret_status)
{
    return sys_statx(fd, "", AT_EMPTY_PATH, ret_status);
}

static inline int sys_statfs(const char *path, struct statfs *ret_info)
{
    return sys_2(SYS_statfs, path, ret_info);
}

SYS_SHARED int sys_fstatfs(int fd, struct statfs *ret_info)
{
    return sys_2(SYS_fstatfs, fd, ret_info);
}

/* With the effective ids, as execve(2) looks at it. */
static inline int sys_access(const char *path, int mode)
{
    return sys_4(SYS_faccessat2, AT_FDCWD, path, mode, AT_EACCESS);
}

static inline int sys_chdir(const char *path)
{
    return sys_1(SYS_chdir, path);
}

static inline int sys_fchdir(int fd)
{
    return sys_1(SYS_fchdir, fd);
}

static inline int sys_mknodat(int dir_fd, const char *name, unsigned mode, unsigned device)
{
    return sys_4(SYS_mknodat, dir_fd, name, mode, device);
}

/* What getcwd(3) makes an error, "(unreachable)/...", is here a result. */
static inline int sys_getcwd(char *buffer, size_t size)
{
    return sys_2(SYS_getcwd, buffer, size);
}

static inline int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
    return sys_3(SYS_close_range, first, last, flags);
}

/* ---- mounts ---- */

/* Without OPEN_TREE_CLONE in `flags` it is an O_PATH open; with it, a detached copy of the mount.
 * With "" as `path` and AT_EMPTY_PATH, it is of `dir_fd` itself. O_CLOEXEC is added. */
static inline int sys_open_tree(int dir_fd, const char *path, unsigned flags)
{
    return sys_3(SYS_open_tree, dir_fd, path, flags | OPEN_TREE_CLOEXEC);
}

static inline int sys_fsopen(const char *fstype)
{
    return sys_2(SYS_fsopen, fstype, FSOPEN_CLOEXEC);
}

SYS_SHARED int sys_fsconfig(int fs_fd, unsigned command, const char *key, const char *value)
{
    return sys_5(SYS_fsconfig, fs_fd, command, key, value, 0);
}

static inline int sys_fsmount(int fs_fd, uint64_t attributes)
{
    return sys_3(SYS_fsmount, fs_fd, FSMOUNT_CLOEXEC, attributes);
}

/* `flags`: 0 or AT_RECURSIVE. */
static inline int sys_mount_setattr(int mount_fd, unsigned flags, const struct mount_attr *attr)
{
    return sys_5(SYS_mount_setattr, mount_fd, "", flags | AT_EMPTY_PATH, attr, sizeof(*attr));
}

/* ---- the sync pipe; all signals are blocked, but a pending SIGPIPE would be forwarded ---- */

SYS_SHARED long sys_send(int fd, const void *bytes, size_t size)
{
    return arch_call6(SYS_sendto, fd, SYS_LONG(bytes), (long)size, MSG_NOSIGNAL, 0, 0);
}

static inline long sys_recv(int fd, void *bytes, size_t size, int flags)
{
    return arch_call6(SYS_recvfrom, fd, SYS_LONG(bytes), (long)size, flags, 0, 0);
}

static inline int sys_sendmsg(int fd, const struct msghdr *message)
{
    return sys_3(SYS_sendmsg, fd, message, MSG_NOSIGNAL);
}

static inline int sys_recvmsg(int fd, struct msghdr *message, int flags)
{
    return sys_3(SYS_recvmsg, fd, message, flags);
}

/* ---- memory ---- */

/* Zeroed memory of our own, all of it there at once; NULL when there is none. */
static inline void *sys_map_memory(size_t size)
{
    long at = arch_call6(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    return at < 0 ? NULL : (void *)at; /* no address of a process is negative */
}

/* ---- processes ---- */

SYS_SHARED _Noreturn void sys_exit(int status)
{
    for (;;)
        (void)sys_1(SYS_exit_group, status);
}

static inline int sys_execve(const char *path, char *const *argv, char *const *environment)
{
    return sys_3(SYS_execve, path, argv, environment);
}

/* Returns twice, first in the child, which shares the memory and must not return from the caller.
 * The sanitizers have to hear of it: their build has a C library, and calls that. */
#if __STDC_HOSTED__
#define sys_vfork()                   \
    ({                                \
        int child_ = vfork();         \
        child_ < 0 ? -errno : child_; \
    })
#else
__attribute__((returns_twice)) int sys_vfork(void);
#endif

static inline int sys_getpid(void)
{
    return sys_0(SYS_getpid);
}

static inline int sys_setsid(void)
{
    return sys_0(SYS_setsid);
}

static inline void sys_umask(unsigned mask)
{
    (void)sys_1(SYS_umask, mask);
}

/* prctl(2); arguments that an option does not use must be 0. */
SYS_SHARED int sys_prctl(int option, unsigned long value, unsigned long detail)
{
    return sys_5(SYS_prctl, option, value, detail, 0, 0);
}

/* Any child that has ended, or with `options` WUNTRACED stopped; 0 when there is none yet. */
static inline int sys_wait_any(int *ret_status, int options)
{
    return sys_4(SYS_wait4, -1, ret_status, options, NULL);
}

/* CLOCK_REALTIME or CLOCK_MONOTONIC. Not by the vDSO: it is asked for a trace or a stop only. */
NO_ARRAYS static inline int64_t sys_now_us(int clock)
{
    struct timespec now = {0};
    (void)sys_2(SYS_clock_gettime, clock, &now); /* can't fail: these two always exist */
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

/* ---- signals: masks with bit n-1 for signal n. A C library leaves out the signals that its threads
 * use (32 to 34), which a payload may send and block like any other. ---- */

enum { SYS_SIGSET_SIZE = 8 }; /* the kernel's sigset_t; the C library's has room for 1024 */

static inline int sys_kill(int pid, int signal_number)
{
    return sys_2(SYS_kill, pid, signal_number);
}

static inline int sys_queue_signal(int pid, int signal_number, const siginfo_t *info)
{
    return sys_3(SYS_rt_sigqueueinfo, pid, signal_number, info);
}

NO_ARRAYS SYS_SHARED int sys_set_signal_mask(uint64_t mask)
{
    return sys_4(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, SYS_SIGSET_SIZE);
}

NO_ARRAYS static inline uint64_t sys_block_signals(void)
{
    uint64_t all = ~UINT64_C(0), before = 0;
    (void)sys_4(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, SYS_SIGSET_SIZE); /* can't fail */
    return before;
}

/* The kernel's struct sigaction; without a handler nothing but its first field matters. */
struct sys_action {
    void (*handler)(int);
    uint64_t rest[3];
};

/* `disposition`: SIG_DFL or SIG_IGN. Returns whether the signal was ignored before. */
NO_ARRAYS static inline bool sys_set_disposition(int signal_number, void (*disposition)(int))
{
    struct sys_action action = {.handler = disposition}, before = {0};
    (void)sys_4(SYS_rt_sigaction, signal_number, &action, &before, SYS_SIGSET_SIZE);
    return before.handler == SIG_IGN;
}

/* Sleeps until one of the signals in `mask` is pending, or the timeout has passed (NULL: none), which
 * is -EAGAIN. Returns the signal. */
static inline int sys_wait_signal(uint64_t mask, siginfo_t *ret_info,
                                  const struct timespec *timeout)
{
    return sys_4(SYS_rt_sigtimedwait, &mask, ret_info, timeout, SYS_SIGSET_SIZE);
}

#endif
