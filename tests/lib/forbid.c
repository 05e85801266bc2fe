/* forbid SYSTEM-CALL[:THIRD] ERRNO|kill COMMAND [ARGUMENT...] - runs a command under a seccomp filter
 * that answers one system call, with this third argument or with any, with an error, or kills for it;
 * seccomp(2). It stands for the policies of
 * containers around launcher. */
#include <err.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    const char *name;
    unsigned number;
} CALLS[] = {
    {"clone3", SYS_clone3},
    {"close_range", SYS_close_range},
    {"execveat", SYS_execveat},
    {"fsopen", SYS_fsopen},
    {"landlock_create_ruleset", SYS_landlock_create_ruleset},
    {"memfd_create", SYS_memfd_create},
    {"mount_setattr", SYS_mount_setattr},
    {"open_tree", SYS_open_tree},
    {"openat2", SYS_openat2},
    {"pidfd_send_signal", SYS_pidfd_send_signal},
    {"pivot_root", SYS_pivot_root},
    {"seccomp", SYS_seccomp},
    {"socket", SYS_socket},
    {"unshare", SYS_unshare},
};

static unsigned find_call(const char *name)
{
    size_t length = strcspn(name, ":");
    for (size_t i = 0; i < sizeof(CALLS) / sizeof(CALLS[0]); i++)
        if (strlen(CALLS[i].name) == length && strncmp(CALLS[i].name, name, length) == 0)
            return CALLS[i].number;
    errx(2, "no row for %s", name);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        errx(2, "usage: forbid SYSTEM-CALL ERRNO|kill COMMAND...");
    unsigned answer = strcmp(argv[2], "kill") == 0
                          ? SECCOMP_RET_KILL_PROCESS
                          : SECCOMP_RET_ERRNO | (unsigned)strtoul(argv[2], NULL, 10);
    const char *third = strchr(argv[1], ':');
    struct sock_filter load_third =
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2]));
    struct sock_filter load_nothing = BPF_STMT(BPF_LD | BPF_IMM, 0);
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, find_call(argv[1]), 0, 3),
        third ? load_third : load_nothing,
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, third ? (unsigned)strtoul(third + 1, NULL, 10) : 0, 0,
                 1),
        BPF_STMT(BPF_RET | BPF_K, answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof(filter) / sizeof(filter[0]), .filter = filter};
    /* As root without no_new_privs: it would change what is tested. */
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        err(2, "installing the filter");
    (void)execvp(argv[3], argv + 3);
    err(2, "%s", argv[3]);
}
