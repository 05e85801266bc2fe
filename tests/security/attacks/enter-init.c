/* enter-init - CVE-2016-9962: takes over PID 1, which came from the host, or its descriptors.
 *
 * Prints a line for each attempt, "WAY: reason" or "WAY: SUCCEEDED".
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { INIT = 1, SYNC_PIPE = 3 };

/* PTRACE_ATTACH stops it: without leave, PID 1 would hang, and the test with it. */
static long leave(long result)
{
    if (result == 0) {
        (void)waitpid(INIT, NULL, __WALL);
        (void)ptrace(PTRACE_DETACH, INIT, NULL, NULL);
    }
    return result;
}

static long attach(void)
{
    return leave(ptrace(PTRACE_ATTACH, INIT, NULL, NULL));
}

static long seize(void)
{
    long result = ptrace(PTRACE_SEIZE, INIT, NULL, NULL);
    if (result == 0)
        (void)ptrace(PTRACE_INTERRUPT, INIT, NULL, NULL);
    return leave(result);
}

/* Where a static program that is not position-independent is loaded. */
static long read_memory(void)
{
    char bytes[4];
    struct iovec local = {.iov_base = bytes, .iov_len = sizeof(bytes)};
    struct iovec remote = {.iov_base = (void *)0x400000, .iov_len = sizeof(bytes)};
    return process_vm_readv(INIT, &local, 1, &remote, 1, 0);
}

static long take_descriptor(void)
{
    int pidfd = (int)syscall(SYS_pidfd_open, INIT, 0);
    return pidfd < 0 ? pidfd : syscall(SYS_pidfd_getfd, pidfd, SYNC_PIPE, 0);
}

static long open_memory(void)
{
    return open("/proc/1/mem", O_RDWR | O_CLOEXEC);
}

static long look_at_descriptor(void)
{
    char target[64];
    return readlink("/proc/1/fd/3", target, sizeof(target));
}

static long open_root(void)
{
    return open("/proc/1/root/.", O_PATH | O_CLOEXEC);
}

static long open_cwd(void)
{
    return open("/proc/1/cwd/.", O_PATH | O_CLOEXEC);
}

static const struct {
    const char *name;
    long (*attempt)(void);
} WAYS[] = {
    {"ptrace attach", attach},         {"ptrace seize", seize},
    {"process_vm_readv", read_memory}, {"pidfd_getfd", take_descriptor},
    {"/proc/1/mem", open_memory},      {"/proc/1/fd/3", look_at_descriptor},
    {"/proc/1/root", open_root},       {"/proc/1/cwd", open_cwd},
};

int main(void)
{
    for (size_t i = 0; i < sizeof(WAYS) / sizeof(WAYS[0]); i++) {
        long result = WAYS[i].attempt();
        (void)printf("%s: %s\n", WAYS[i].name, result < 0 ? strerror(errno) : "SUCCEEDED");
    }
    return 0;
}
