/* The container's view of the machine: names, the loopback interface, kernel parameters. */
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "apply.h"
#include "sys.h"

int apply_UNSHARE(struct inside *inside, const struct op_number *op)
{
    (void)inside;
    return sys_unshare(op->value);
}

/* launcher sends the descriptor when the namespace is ready; until then this waits. */
int apply_JOIN_NET(struct inside *inside, const struct op_plain *op)
{
    (void)op;
    AUTO_FD int netns_fd = -1;
    TRY(answer_receive(inside, &netns_fd));
    return sys_setns(netns_fd, CLONE_NEWNET);
}

int apply_HOSTNAME(struct inside *inside, const struct op_text *op)
{
    const char *name = inside_text(inside, op->text);
    return sys_result(sethostname(name, strlen(name)));
}

int apply_DOMAINNAME(struct inside *inside, const struct op_text *op)
{
    const char *name = inside_text(inside, op->text);
    return sys_result(setdomainname(name, strlen(name)));
}

/* netdevice(7). The socket must be new: one that was made on the host, such as the sync pipe, stays
 * with the host's network namespace for ever. */
int apply_LOOPBACK(struct inside *inside, const struct op_plain *op)
{
    (void)inside;
    (void)op;
    AUTO_FD int socket_fd = sys_socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC);
    TRY(socket_fd);
    struct ifreq request = {.ifr_name = "lo"};
    if (ioctl(socket_fd, SIOCGIFFLAGS, &request) < 0)
        return -errno;
    request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
    return sys_result(ioctl(socket_fd, SIOCSIFFLAGS, &request));
}

/* The value is one write, as proc_sys(5) parameters want it. */
static int write_whole(int fd, const char *text)
{
    size_t length = strlen(text);
    ssize_t written = write(fd, text, length);
    if (written < 0)
        return -errno;
    return (size_t)written == length ? 0 : -EIO;
}

int apply_SYSCTL(struct inside *inside, const struct op_sysctl *op)
{
    int procfs_fd = procfs_open(inside);
    TRY(procfs_fd);
    AUTO_FD int sys_fd =
        path_open(procfs_fd, "sys", O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
    TRY(sys_fd);
    struct open_how how = {
        .flags = O_WRONLY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    AUTO_FD int fd = sys_openat2(sys_fd, inside_text(inside, op->path), &how);
    TRY(fd);
    return write_whole(fd, inside_text(inside, op->value));
}

/* The kernel takes the number as text only. */
static const char *decimal(char *end, int64_t value)
{
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    *end = '\0';
    do {
        *--end = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        *--end = '-';
    return end;
}

/* A process made by vfork(2) has a score of its own, though its memory is shared. */
int apply_OOM_SCORE(struct inside *inside, const struct op_number *op)
{
    int procfs_fd = procfs_open(inside);
    TRY(procfs_fd);
    /* "self" is a symlink, and the only one on this path: procfs has no others but magic ones. */
    AUTO_FD int fd = path_open(procfs_fd, "self/oom_score_adj", O_WRONLY, RESOLVE_NO_XDEV);
    TRY(fd);
    char digits[24];
    return write_whole(fd, decimal(digits + sizeof(digits) - 1, op->value));
}
