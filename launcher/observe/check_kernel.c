/* Checks: the kernel itself. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "../host/cgroup/layout.h"
#include "../host/seccomp.h"
#include "../run/spawn.h"
#include "../spec/spec_defaults.h"
#include "check.h"

enum { OLDEST_MAJOR = 5, OLDEST_MINOR = 14 };

static int check_version(const struct check_row *row, const struct check_host *host,
                         char found[CHECK_FOUND_MAX], struct fail *fail)
{
    struct utsname name;
    char *behind = NULL;
    (void)row, (void)host;
    if (uname(&name) < 0)
        return fail_sys(fail, "reading the kernel's version");
    unsigned long major = strtoul(name.release, &behind, 10);
    unsigned long minor = *behind == '.' ? strtoul(behind + 1, NULL, 10) : 0;
    if (major > OLDEST_MAJOR || (major == OLDEST_MAJOR && minor >= OLDEST_MINOR))
        return check_found(found, "Linux %s", name.release);
    (void)fail_set(fail, "Linux %s is older than %d.%d", name.release, OLDEST_MAJOR, OLDEST_MINOR);
    return fail_hint(fail, "boot a newer kernel; there is no way around");
}

static int hint_for_policy(struct fail *fail)
{
    if (fail->code == -ENOSYS || fail->code == -EPERM)
        return fail_hint(fail, "a seccomp policy forbids it: run a container around launcher with "
                               "--security-opt seccomp=unconfined, launcher's with --seccomp "
                               "unconfined");
    return fail->code;
}

static int check_clone3(const struct check_row *row, const struct check_host *host,
                        char found[CHECK_FOUND_MAX], struct fail *fail)
{
    int pidfd = -1;
    siginfo_t info = {0};
    struct clone_args arguments = {
        .flags = CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd, .exit_signal = SIGCHLD};
    pid_t pid = 0;
    (void)row, (void)host;
    if (check_sleeper(&arguments, &pid, fail) < 0)
        return hint_for_policy(fail);
    AUTO_FD int owned = pidfd;
    if (syscall(SYS_pidfd_send_signal, owned, SIGKILL, NULL, 0) < 0) {
        (void)fail_sys(fail, "pidfd_send_signal");
        (void)kill(pid, SIGKILL);
        return hint_for_policy(fail);
    }
    if (waitid(P_PIDFD, (id_t)owned, &info, WEXITED) < 0)
        return fail_sys(fail, "waiting by pidfd");
    return check_found(found, "a child made, killed and awaited by pidfd");
}

/* The kernel is new enough to have them, so what is missing was taken away. */
static int check_calls(const struct check_row *row, const struct check_host *host,
                       char found[CHECK_FOUND_MAX], struct fail *fail)
{
    const struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    (void)row, (void)host;
    AUTO_FD int fd = (int)syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof(how));
    if (fd < 0) {
        (void)fail_sys(fail, "openat2 of /");
        return hint_for_policy(fail);
    }
    if (syscall(SYS_close_range, fd, fd, 0) < 0) {
        (void)fail_sys(fail, "close_range");
        return hint_for_policy(fail);
    }
    (void)take_fd(&fd);
    return check_found(found, "they work");
}

/* ---- cinit's memory file ---- */

/* Returns in the child only when it can't be executed: errno is its exit status then. What cinit
 * prints goes into a pipe that nobody reads; /dev/null may be missing here. */
static int execute_quietly(int memfd)
{
    char name[] = "cinit", option[] = "--version";
    char *const argv[] = {name, option, NULL};
    char *const environment[] = {NULL};
    int ends[2];
    if (pipe2(ends, 0) == 0 && dup2(ends[1], STDOUT_FILENO) >= 0)
        (void)syscall(SYS_execveat, memfd, "", argv, environment, AT_EMPTY_PATH);
    return errno;
}

static int hint_for_memfd(const struct check_host *host, struct fail *fail)
{
    struct fail unreadable = {0};
    const char *value = layout_read_file("/proc/sys/vm/memfd_noexec", host->arena, &unreadable);
    if (value != NULL && value[0] == '2')
        return fail_hint(fail,
                         "sysctl vm.memfd_noexec=1 still lets programs have what they ask for "
                         "by name; it counts for a PID namespace and those below it");
    return fail_hint(fail, "a security module forbids to execute memory files: allow launcher to");
}

static int check_memfd(const struct check_row *row, const struct check_host *host,
                       char found[CHECK_FOUND_MAX], struct fail *fail)
{
    int status = 0;
    (void)row;
    AUTO_FD int memfd = spawn_cinit_memfd(fail);
    if (memfd < 0)
        return hint_for_memfd(host, fail);
    pid_t pid = fork();
    if (pid < 0)
        return fail_sys(fail, "fork");
    if (pid == 0)
        _exit(execute_quietly(memfd));
    TRY(check_reap(pid, &status, fail));
    if (WIFSIGNALED(status))
        return fail_set(fail, "executing cinit from it: killed by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) != 0) {
        (void)fail_code(fail, -WEXITSTATUS(status), "executing cinit from it");
        return hint_for_memfd(host, fail);
    }
    return check_found(found, "cinit executed from it");
}

/* ---- what keeps a payload in ---- */

static int check_seccomp(const struct check_row *row, const struct check_host *host,
                         char found[CHECK_FOUND_MAX], struct fail *fail)
{
    const void *filter = NULL;
    size_t size = 0;
    (void)row;
    TRY(seccomp_default_filter(default_capabilities(), host->arena, &filter, &size, fail));
    struct sock_fprog program = {.len = (unsigned short)(size / sizeof(struct sock_filter))};
    memcpy(&program.filter, &filter, sizeof(filter)); /* the kernel does not write to it */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return fail_sys(fail, "setting no_new_privs");
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0) {
        (void)fail_sys(fail, "installing the default filter");
        return fail_hint(fail, "the kernel needs CONFIG_SECCOMP_FILTER, and a container around "
                               "this one must allow seccomp(2); --seccomp unconfined does without");
    }
    return check_found(found, "the default filter of %hu instructions holds", program.len);
}

static int check_landlock(const struct check_row *row, const struct check_host *host,
                          char found[CHECK_FOUND_MAX], struct fail *fail)
{
    (void)row, (void)host;
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version > 0)
        return check_found(found, "ABI version %ld", version);
    (void)fail_sys(fail, "asking for its ABI version");
    if (fail->code == -EOPNOTSUPP)
        return fail_hint(fail, "boot with landlock in the list lsm= of the kernel's command line");
    return fail_hint(fail, "the kernel needs CONFIG_SECURITY_LANDLOCK");
}

static int check_pressure(const struct check_row *row, const struct check_host *host,
                          char found[CHECK_FOUND_MAX], struct fail *fail)
{
    (void)row;
    if (layout_read_file("/proc/pressure/memory", host->arena, fail) == NULL)
        return fail_hint(fail, "boot with psi=1 on the kernel's command line; the kernel needs "
                               "CONFIG_PSI");
    return check_found(found, "/proc/pressure is there");
}

static const struct check_row ROWS[] = {
    {.name = "version",
     .purpose = "everything",
     .function = check_version,
     .for_root = CHECK_REQUIRED,
     .for_ordinary = CHECK_REQUIRED},
    {.name = "clone3, pidfd",
     .purpose = "starting a container and never killing another process",
     .function = check_clone3,
     .for_root = CHECK_REQUIRED,
     .for_ordinary = CHECK_REQUIRED},
    {.name = "openat2, close_range",
     .purpose = "paths and descriptors that can't lead out of the container",
     .function = check_calls,
     .for_root = CHECK_REQUIRED,
     .for_ordinary = CHECK_REQUIRED},
    {.name = "sealed memory file",
     .purpose = "cinit, which enters a container only so",
     .function = check_memfd,
     .for_root = CHECK_REQUIRED,
     .for_ordinary = CHECK_REQUIRED},
    {.name = "seccomp",
     .purpose = "the default system call policy",
     .function = check_seccomp,
     .for_root = CHECK_REQUIRED,
     .for_ordinary = CHECK_REQUIRED},
    {.name = "landlock",
     .purpose = "rules on paths that a process sets for itself",
     .function = check_landlock,
     .for_root = CHECK_USEFUL,
     .for_ordinary = CHECK_USEFUL},
    {.name = "pressure",
     .purpose = "seeing who waits for cpu, memory and disks",
     .function = check_pressure,
     .for_root = CHECK_USEFUL,
     .for_ordinary = CHECK_USEFUL},
};

const struct check_section CHECK_KERNEL = {
    .title = "Kernel", .rows = ROWS, .row_count = sizeof(ROWS) / sizeof(ROWS[0])};
