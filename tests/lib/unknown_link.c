/* unknown_link KIND COMMAND [ARGUMENT...] - runs a command on a kernel that knows no links of this
 * kind, "bridge" for example.
 *
 * Each of its sendmsg(2) waits, by seccomp_unotify(2), until the kind's last letter is another one in
 * the requests that it sends, and then goes on: so the error, and its words, are the kernel's own.
 */
#include <err.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h> /* _IOWR */
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PARTS_MAX = 64, BYTES_MAX = 64 * 1024 };

/* For this process, which sends nothing, and for all that it starts. Returns the listener. */
static int watch_sendmsg(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof(filter) / sizeof(filter[0]), .filter = filter};
    int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    if (listener < 0)
        err(2, "installing the filter");
    return listener;
}

static ssize_t peek(pid_t pid, uint64_t at, void *bytes, size_t size)
{
    struct iovec here = {bytes, size},
                 there = {(void *)(uintptr_t)at, size}; /* NOLINT: another's */
    return process_vm_readv(pid, &here, 1, &there, 1, 0);
}

static void poke(pid_t pid, uint64_t at, char letter)
{
    struct iovec here = {&letter, 1}, there = {(void *)(uintptr_t)at, 1}; /* NOLINT: another's */
    if (process_vm_writev(pid, &here, 1, &there, 1, 0) != 1)
        err(2, "changing a request");
}

/* The attribute IFLA_INFO_KIND, with or without a 0 at its end. */
static void change_part(pid_t pid, const struct iovec *part, const char *kind)
{
    static unsigned char bytes[BYTES_MAX];
    size_t length = strlen(kind), begin = sizeof(struct nlattr) + length;
    uint64_t at = (uint64_t)(uintptr_t)part->iov_base;
    size_t size = part->iov_len < sizeof(bytes) ? part->iov_len : sizeof(bytes);
    ssize_t got = peek(pid, at, bytes, size);
    for (size_t i = 0; got > 0 && i + begin <= (size_t)got; i += NLA_ALIGNTO) {
        struct nlattr attribute;
        memcpy(&attribute, bytes + i, sizeof(attribute));
        if (attribute.nla_type == IFLA_INFO_KIND && attribute.nla_len >= begin &&
            attribute.nla_len <= begin + 1 &&
            memcmp(bytes + i + sizeof(attribute), kind, length) == 0)
            poke(pid, at + i + begin - 1, 'X');
    }
}

static void change_message(pid_t pid, uint64_t at, const char *kind)
{
    struct msghdr message;
    struct iovec parts[PARTS_MAX];
    if (peek(pid, at, &message, sizeof(message)) != (ssize_t)sizeof(message) ||
        message.msg_iovlen > PARTS_MAX)
        return;
    size_t count = (size_t)message.msg_iovlen;
    if (peek(pid, (uint64_t)(uintptr_t)message.msg_iov, parts, count * sizeof(parts[0])) <= 0)
        return;
    for (size_t i = 0; i < count; i++)
        change_part(pid, &parts[i], kind);
}

/* ENOENT: who has sent it was killed meanwhile. The C libraries differ in the type of a request. */
static void answer(int listener, const char *kind)
{
    struct seccomp_notif asked = {.id = 0};
    if (syscall(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
        return;
    change_message((pid_t)asked.pid, asked.data.args[1], kind);
    struct seccomp_notif_resp go_on = {.id = asked.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    if (syscall(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_SEND, &go_on) < 0 && errno != ENOENT)
        err(2, "letting a request go on");
}

static void answer_until_end(int listener, int pidfd, const char *kind)
{
    struct pollfd events[] = {{.fd = listener, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};
    while (poll(events, 2, -1) > 0 && events[1].revents == 0)
        if (events[0].revents != 0)
            answer(listener, kind);
}

int main(int argc, char **argv)
{
    siginfo_t end = {0};
    if (argc < 3)
        errx(2, "usage: unknown_link KIND COMMAND...");
    int listener = watch_sendmsg();
    pid_t pid = fork();
    if (pid == 0) {
        (void)execvp(argv[2], argv + 2);
        err(2, "%s", argv[2]);
    }
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pid < 0 || pidfd < 0)
        err(2, "starting %s", argv[2]);
    answer_until_end(listener, pidfd, argv[1]);
    if (waitid(P_PID, (id_t)pid, &end, WEXITED) < 0)
        err(2, "waiting");
    return end.si_code == CLD_EXITED ? end.si_status : 128 + end.si_status;
}
