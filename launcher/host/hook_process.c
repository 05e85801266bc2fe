#include "hook_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "process.h"

enum { WAIT_KILLABLE_RECV = 1 << 5 }; /* Linux 5.19; only with a listener */

_Noreturn static void give_up(const struct hook_process *process, enum hook_stage stage)
{
    struct hook_note note = {.stage = (int32_t)stage, .value = errno};
    (void)!write(process->notes_fd, &note, sizeof(note)); /* its end tells the rest */
    _exit(EXIT_LAUNCHER);
}

static void must(const struct hook_process *process, enum hook_stage stage, int result)
{
    if (result < 0)
        give_up(process, stage);
}

/* ---- into the container; each returns -1 with errno ---- */

/* "0" is the process that writes, in v1 and v2. */
static int enter_cgroup(const struct cgroup_path *cgroup)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup->path);
    if (length < 0 || (size_t)length >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd < 0 || write(fd, "0", 1) < 0 ? -1 : 0;
}

/* What has the same inode is shared already, and a user namespace can't be entered twice. */
static int differing_namespaces(pid_t pid)
{
    uint64_t flags = 0;
    for (enum namespace_type type = 0; type < NS_COUNT; type++) {
        char ours[64], its[64];
        struct stat our_status, its_status;
        (void)snprintf(ours, sizeof(ours), "/proc/self/ns/%s", namespace_name(type));
        (void)snprintf(its, sizeof(its), "/proc/%d/ns/%s", (int)pid, namespace_name(type));
        if (stat(ours, &our_status) == 0 && stat(its, &its_status) == 0 &&
            our_status.st_ino != its_status.st_ino)
            flags |= namespace_clone_flag(type);
    }
    return (int)flags;
}

/* A user id that is not mapped could do little in there, for all its capabilities. setgroups(2) is
 * denied where an ordinary user has made the namespace, user_namespaces(7). */
static int become_root_of_namespace(void)
{
    if (syscall(SYS_setgroups, 0, NULL) < 0 && errno != EPERM)
        return -1;
    return syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0 ? -1 : 0;
}

/* The root is taken from the process too: that of its mount namespace would be the host's, where it
 * has changed it with chroot(2). */
static int enter_namespaces(const struct hook_options *options)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/root", (int)options->container_pid);
    AUTO_FD int root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int flags = differing_namespaces(options->container_pid);
    /* Still there: so all that was looked up by its pid was its own. */
    if (syscall(SYS_pidfd_send_signal, options->container_pidfd, 0, NULL, 0) < 0 || root_fd < 0)
        return -1;
    if (flags != 0 && setns(options->container_pidfd, flags) < 0)
        return -1;
    if (fchdir(root_fd) < 0 || chroot(".") < 0)
        return -1;
    return flags & CLONE_NEWUSER ? become_root_of_namespace() : 0;
}

/* What the container could see of us, /proc/PID/fd above all, must lead nowhere (CVE-2016-9962). */
static int close_others(int kept_fd)
{
    unsigned kept = (unsigned)kept_fd;
    if (kept > STDERR_FILENO + 1 &&
        syscall(SYS_close_range, (unsigned)STDERR_FILENO + 1, kept - 1, 0) < 0)
        return -1;
    return (int)syscall(SYS_close_range, kept + 1, ~0U, 0);
}

/* Returns in the new process only. */
static void fork_inside(const struct hook_process *process)
{
    struct clone_args arguments = {.flags = CLONE_PARENT};
    long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
    if (pid == 0)
        return;
    if (pid < 0)
        give_up(process, HOOK_FORK);
    struct hook_note note = {.stage = HOOK_FORKED, .value = (int32_t)pid};
    (void)!write(process->notes_fd, &note, sizeof(note));
    _exit(0);
}

static void enter_container(const struct hook_process *process)
{
    const struct hook_options *options = process->options;
    must(process, HOOK_NAMESPACES, prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
    for (size_t i = 0; i < options->cgroup_count; i++)
        must(process, HOOK_CGROUP, enter_cgroup(&options->cgroups[i]));
    must(process, HOOK_NAMESPACES, enter_namespaces(options));
    must(process, HOOK_NAMESPACES, close_others(process->notes_fd));
    fork_inside(process);
}

/* ---- no more rights than the payload: in the order of plan_payload.c, for the reasons there ---- */

static int install_filter(const struct spec *spec)
{
    if (spec->seccomp_filter == NULL)
        return 0;
    struct sock_fprog program = {
        .len = (unsigned short)(spec->seccomp_filter_size / sizeof(struct sock_filter)),
        .filter = (struct sock_filter *)(uintptr_t)spec->seccomp_filter, /* NOLINT: only read */
    };
    unsigned flags = spec->oci.seccomp != NULL ? spec->oci.seccomp->flags : 0;
    /* The agent is the payload's. What it would be asked fails here with ENOSYS. */
    flags &= ~(unsigned)(SECCOMP_FILTER_FLAG_NEW_LISTENER | WAIT_KILLABLE_RECV);
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static int limit_bounding(uint64_t bounding)
{
    for (unsigned long i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
        if ((bounding & UINT64_C(1) << i) == 0 && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
            return -1;
    return 0;
}

static int become_user(const struct spec *spec)
{
    const struct spec_user *user = &spec->process.user;
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
        return -1;
    if (!spec->deny_setgroups &&
        syscall(SYS_setgroups, user->additional_gid_count, user->additional_gids) < 0)
        return -1;
    if (syscall(SYS_setresgid, user->gid, user->gid, user->gid) < 0)
        return -1;
    return (int)syscall(SYS_setresuid, user->uid, user->uid, user->uid);
}

static int set_capabilities(const struct spec_capabilities *caps)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    for (unsigned i = 0; i < 2; i++)
        data[i] = (struct __user_cap_data_struct){
            .effective = (uint32_t)(caps->effective >> (32 * i)),
            .permitted = (uint32_t)(caps->permitted >> (32 * i)),
            .inheritable = (uint32_t)(caps->inheritable >> (32 * i)),
        };
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
        syscall(SYS_capset, &header, data) < 0)
        return -1;
    for (unsigned long i = 0; i < 64; i++)
        if ((caps->ambient & UINT64_C(1) << i) != 0 &&
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
            return -1;
    return 0;
}

static int confine(const struct spec *spec)
{
    bool unprivileged = spec->process.no_new_privileges;
    if (!unprivileged && install_filter(spec) < 0)
        return -1;
    if (limit_bounding(spec->process.capabilities.bounding) < 0 || become_user(spec) < 0 ||
        set_capabilities(&spec->process.capabilities) < 0)
        return -1;
    if (!unprivileged)
        return 0;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -1 : install_filter(spec);
}

/* ---- all of it ---- */

static int take_standard_fds(const struct hook_process *process)
{
    return dup2(process->stdin_fd, STDIN_FILENO) < 0 ||
                   dup2(process->stdout_fd, STDOUT_FILENO) < 0 ||
                   dup2(process->stderr_fd, STDERR_FILENO) < 0
               ? -1
               : 0;
}

_Noreturn void hook_process_run(const struct hook_process *process)
{
    (void)setsid(); /* ^C is for the container; and a group of its own can be killed as a whole */
    process_reset_signals();
    must(process, HOOK_EXEC, take_standard_fds(process));
    if (process->options->container_pidfd >= 0)
        enter_container(process);
    must(process, HOOK_EXEC, chdir("/"));
    must(process, HOOK_EXEC,
         (int)syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC));
    if (process->options->confined_as != NULL)
        must(process, HOOK_CONFINE, confine(process->options->confined_as));
    (void)execve(process->path, process->argv, process->environment);
    give_up(process, HOOK_EXEC);
}
