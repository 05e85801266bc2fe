/* The default policy, tried for real: every probe is one system call behind the filter in a process
 * of its own. Arguments are such that the call fails with another errno, or does no harm, when the
 * filter is not there. */
#include <asm/ioctls.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../../launcher/host/seccomp.h"
#include "../../launcher/host/seccomp_policy.h"
#include "tap.h"

#define NOWHERE ((uintptr_t) "/nonexistent")
#define BEYOND_32_BITS (1ULL << 32)

enum {
    NOT_TRIED = 255, /* exit status of a probe whose filter could not be installed */
    KILLED = 1000,   /* plus the signal */
    FAMILY_ALG = 38, /* not in every C library */
    FAMILY_VSOCK = 40,
    IOCTL_LINUX = 0x541c,
    NO_RANDOMIZE = 0x40000,
    X32 = 0x40000000,
};

struct probe {
    const char *name;
    long number;
    uint64_t arguments[3];
    int expected; /* errno; 0: success */
};

static const struct probe default_probes[] = {
    {"getpid is allowed", SYS_getpid, {0}, 0},
    {"ptrace is allowed", SYS_ptrace, {PTRACE_TRACEME}, 0},
    {"chroot is allowed", SYS_chroot, {NOWHERE}, ENOENT},
    {"clone of a process is allowed", SYS_clone, {SIGCHLD}, 0},
    {"clone with CLONE_NEWUSER", SYS_clone, {CLONE_NEWUSER | SIGCHLD}, EPERM},
    {"clone with CLONE_NEWNS", SYS_clone, {CLONE_NEWNS | SIGCHLD}, EPERM},
    {"clone3: the C library shall take clone", SYS_clone3, {0}, ENOSYS},
    {"unshare of a user namespace", SYS_unshare, {CLONE_NEWUSER}, EPERM},
    {"setns", SYS_setns, {UINT32_MAX}, EPERM},
    {"mount", SYS_mount, {NOWHERE, NOWHERE, NOWHERE}, EPERM},
    {"umount2", SYS_umount2, {NOWHERE}, EPERM},
    {"pivot_root", SYS_pivot_root, {NOWHERE, NOWHERE}, EPERM},
    {"open_tree", SYS_open_tree, {UINT32_MAX, NOWHERE}, EPERM},
    {"open_by_handle_at", SYS_open_by_handle_at, {UINT32_MAX}, EPERM},
    {"add_key", SYS_add_key, {0}, EPERM},
    {"keyctl", SYS_keyctl, {UINT32_MAX}, EPERM},
    {"bpf", SYS_bpf, {UINT32_MAX}, EPERM},
    {"perf_event_open", SYS_perf_event_open, {0}, EPERM},
    {"userfaultfd", SYS_userfaultfd, {UINT32_MAX}, EPERM},
    {"io_uring_setup", SYS_io_uring_setup, {0}, EPERM},
    {"personality may be asked for", SYS_personality, {UINT32_MAX}, 0},
    {"personality of a 32-bit 2.6 kernel", SYS_personality, {0x20008}, 0},
    {"personality without address randomisation", SYS_personality, {NO_RANDOMIZE}, EPERM},
    {"socket of AF_UNIX is allowed", SYS_socket, {AF_UNIX, SOCK_STREAM}, 0},
    {"socket of AF_VSOCK", SYS_socket, {FAMILY_VSOCK, SOCK_STREAM}, EPERM},
    {"socket of AF_ALG", SYS_socket, {FAMILY_ALG, SOCK_SEQPACKET}, EPERM},
    {"socket of AF_ALG in the low half", SYS_socket, {FAMILY_ALG | BEYOND_32_BITS, 5}, EPERM},
    {"other ioctls are allowed", SYS_ioctl, {UINT32_MAX, FIONREAD}, EBADF},
    {"ioctl TIOCSTI", SYS_ioctl, {UINT32_MAX, TIOCSTI}, EPERM},
    {"ioctl TIOCSTI in the low half", SYS_ioctl, {UINT32_MAX, TIOCSTI | BEYOND_32_BITS}, EPERM},
    {"ioctl TIOCLINUX", SYS_ioctl, {UINT32_MAX, IOCTL_LINUX}, EPERM},
    {"a number that no call has", 1000, {0}, ENOSYS},
    {"a number in a gap", 600, {0}, ENOSYS},
    {"number -1", -1, {0}, ENOSYS},
#ifdef __x86_64__
    {"x32: mount", X32 | SYS_mount, {NOWHERE, NOWHERE, NOWHERE}, EPERM},
    {"x32: ioctl TIOCSTI", X32 | 514, {UINT32_MAX, TIOCSTI}, EPERM},
    {"x32's ptrace without the bit is no call", 521, {0}, ENOSYS},
#endif
};

/* The bounding set is one capability only. */
static const struct {
    int capability;
    struct probe probe;
} conditional_probes[] = {
    {CAP_CHOWN, {"without SYS_CHROOT: chroot", SYS_chroot, {NOWHERE}, EPERM}},
    {CAP_SYS_CHROOT, {"SYS_CHROOT: chroot", SYS_chroot, {NOWHERE}, ENOENT}},
    {CAP_SYS_ADMIN, {"SYS_ADMIN: setns", SYS_setns, {UINT32_MAX}, EBADF}},
    {CAP_SYS_ADMIN, {"SYS_ADMIN: clone3", SYS_clone3, {0}, EINVAL}},
    {CAP_SYS_ADMIN,
     {"SYS_ADMIN: clone with CLONE_NEWUSER and a flag that it can't have",
      SYS_clone,
      {CLONE_NEWUSER | CLONE_FS},
      EINVAL}},
    {CAP_SYS_ADMIN, {"SYS_ADMIN: unshare", SYS_unshare, {0}, 0}},
    {CAP_SYS_ADMIN, {"SYS_ADMIN: keyctl stays denied", SYS_keyctl, {UINT32_MAX}, EPERM}},
    {CAP_SYS_ADMIN, {"SYS_ADMIN: TIOCSTI stays denied", SYS_ioctl, {UINT32_MAX, TIOCSTI}, EPERM}},
    {CAP_SYS_NICE, {"SYS_NICE: get_mempolicy", SYS_get_mempolicy, {0}, 0}},
    {CAP_SYS_PTRACE, {"SYS_PTRACE: pidfd_getfd", SYS_pidfd_getfd, {UINT32_MAX}, EBADF}},
    {CAP_SYS_TIME, {"SYS_TIME: clock_settime", SYS_clock_settime, {1000}, EINVAL}},
};

struct filter {
    const void *bytes;
    size_t size;
};

static struct filter filter_for(uint64_t capabilities, struct arena *arena)
{
    struct filter filter = {0};
    struct fail fail = {0};
    if (seccomp_default_filter(capabilities, arena, &filter.bytes, &filter.size, &fail) < 0)
        ok(false, fail.text);
    return filter;
}

static bool install(struct filter filter)
{
    struct {
        unsigned short length;
        const void *filter;
    } program = {(unsigned short)(filter.size / sizeof(struct sock_filter)), filter.bytes};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

static long native_call(const struct probe *probe)
{
    return syscall(probe->number, probe->arguments[0], probe->arguments[1], probe->arguments[2], 0,
                   0);
}

/* Returns the errno of the probe's call behind the filter, or KILLED + signal. */
static int try_call(const struct probe *probe, struct filter filter,
                    long (*call)(const struct probe *))
{
    pid_t child = fork();
    if (child == 0) {
        if (!install(filter))
            _exit(NOT_TRIED);
        _exit(call(probe) < 0 ? errno : 0);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : KILLED + WTERMSIG(status);
}

static void test_default(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct filter filter = filter_for(SECCOMP_DEFAULT_CAPABILITIES, &arena);
    for (size_t i = 0; i < sizeof(default_probes) / sizeof(default_probes[0]); i++)
        is_int(try_call(&default_probes[i], filter, native_call), default_probes[i].expected,
               default_probes[i].name);
}

static void test_conditional(void)
{
    for (size_t i = 0; i < sizeof(conditional_probes) / sizeof(conditional_probes[0]); i++) {
        AUTO_ARENA struct arena arena = {0};
        const struct probe *probe = &conditional_probes[i].probe;
        struct filter filter = filter_for(UINT64_C(1) << conditional_probes[i].capability, &arena);
        is_int(try_call(probe, filter, native_call), probe->expected, probe->name);
    }
}

#ifdef __x86_64__
/* int 0x80 enters the 32-bit table from any program: a filter for 64 bits alone is no filter. */
static const struct probe compat_probes[] = {
    {"i386: getpid is allowed", 20, {0}, 0},
    {"i386: mount", 21, {0}, EPERM},
    {"i386: clone with CLONE_NEWUSER", 120, {CLONE_NEWUSER | SIGCHLD}, EPERM},
    {"i386: ioctl TIOCSTI", 54, {UINT32_MAX, TIOCSTI}, EPERM},
    {"i386: socket of AF_ALG", 359, {FAMILY_ALG, SOCK_SEQPACKET}, EPERM},
    {"i386: keyctl", 288, {UINT32_MAX}, EPERM},
    {"i386: clone3", 435, {0}, ENOSYS},
    {"i386: a number that no call has", 1000, {0}, ENOSYS},
};

static long compat_call(const struct probe *probe)
{
    long result = probe->number;
    __asm__ volatile("int $0x80"
                     : "+a"(result)
                     : "b"(probe->arguments[0]), "c"(probe->arguments[1]), "d"(probe->arguments[2])
                     : "memory", "r8", "r9", "r10", "r11");
    int code = (int)result; /* the 32-bit entry doesn't extend the sign */
    errno = code < 0 ? -code : 0;
    return code < 0 ? -1 : code;
}

static void test_compat(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct filter filter = filter_for(SECCOMP_DEFAULT_CAPABILITIES, &arena);
    for (size_t i = 0; i < sizeof(compat_probes) / sizeof(compat_probes[0]); i++) {
        int got = try_call(&compat_probes[i], filter, compat_call);
        if (got == KILLED + SIGSEGV)
            ok(true, "i386: skipped, this kernel has no IA32_EMULATION");
        else
            is_int(got, compat_probes[i].expected, compat_probes[i].name);
    }
}
#else
static void test_compat(void)
{
}
#endif

static void test_build_time_filter(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct fail fail = {0};
    const struct sock_filter *fresh = NULL;
    size_t count = 0;
    struct filter built = filter_for(SECCOMP_DEFAULT_CAPABILITIES, &arena);
    is_int(seccomp_policy_compile(SECCOMP_DEFAULT_CAPABILITIES, &arena, &fresh, &count, &fail), 0,
           "the policy compiles");
    ok(count * sizeof(*fresh) == built.size && memcmp(fresh, built.bytes, built.size) == 0,
       "the filter made at build time is what the policy compiles to");
    ok(built.size <= 400 * sizeof(*fresh), "the filter stays small: a start pays per instruction");
    struct filter same = filter_for(SECCOMP_CAPABILITY(SYS_CHROOT), &arena);
    ok(same.bytes == built.bytes, "capabilities that the policy doesn't ask for change nothing");
    struct filter other = filter_for(0, &arena);
    ok(other.bytes != built.bytes, "another set gets a filter of its own");
    is_int(seccomp_policy_compile(UINT64_MAX, &arena, &fresh, &count, &fail), 0,
           "the policy of all capabilities compiles");
}

int main(void)
{
    test_build_time_filter();
    test_default();
    test_conditional();
    test_compat();
    return done_testing();
}
