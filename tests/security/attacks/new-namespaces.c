/* new-namespaces - CVE-2022-0492: becomes root of a user namespace of its own, mounts cgroup v1
 * there and puts a program of its own into release_agent, which the kernel starts on the host.
 *
 * Prints a line for each step, "STEP: reason" or "STEP: SUCCEEDED". release_agent is opened and not
 * written.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void report(const char *step, long result)
{
    (void)printf("%s: %s\n", step, result < 0 ? strerror(errno) : "SUCCEEDED");
    (void)fflush(stdout);
}

static void end_child(long pid)
{
    if (pid == 0)
        _exit(EXIT_SUCCESS);
    if (pid > 0)
        (void)waitpid((pid_t)pid, NULL, 0);
}

static void try_clones(void)
{
    struct clone_args arguments = {.flags = CLONE_NEWUSER | CLONE_NEWNS, .exit_signal = SIGCHLD};
    long pid = syscall(SYS_clone, CLONE_NEWUSER | CLONE_NEWNS | SIGCHLD, NULL, NULL, NULL, NULL);
    int reason = errno;
    end_child(pid);
    errno = reason;
    report("clone", pid);

    pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
    reason = errno;
    end_child(pid);
    errno = reason;
    report("clone3", pid);
}

static void try_release_agent(const char *controller)
{
    char path[64];
    (void)mkdir("/tmp/cgroup", 0755);
    report("mount", mount("cgroup", "/tmp/cgroup", "cgroup", 0, controller));
    report("fsopen", syscall(SYS_fsopen, "cgroup", 0));
    (void)snprintf(path, sizeof(path), "/tmp/cgroup/release_agent");
    report("release_agent", open(path, O_WRONLY | O_CLOEXEC));
}

int main(void)
{
    try_clones();
    report("setns", setns(open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC), 0));
    try_release_agent("memory");
    report("unshare", unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWCGROUP));
    try_release_agent("memory");
    return EXIT_SUCCESS;
}
