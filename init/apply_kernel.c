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
    return sys_1(SYS_unshare, op->value);
}

/* launcher sends the descriptor when the namespace is ready; until then this waits. */
int apply_JOIN_NET(struct inside *inside, const struct op_plain *op)
{
    (void)op;
    AUTO_FD int netns_fd = -1;
    TRY(answer_receive(inside, &netns_fd));
    return sys_2(SYS_setns, netns_fd, CLONE_NEWNET);
}

int apply_HOSTNAME(struct inside *inside, const struct op_text *op)
{
    const char *name = inside_text(inside, op->text);
    return sys_2(SYS_sethostname, name, strlen(name));
}

int apply_DOMAINNAME(struct inside *inside, const struct op_text *op)
{
    const char *name = inside_text(inside, op->text);
    return sys_2(SYS_setdomainname, name, strlen(name));
}

/* netdevice(7). The socket must be new: one that was made on the host, such as the sync pipe, stays
 * with the host's network namespace for ever. */
int apply_LOOPBACK(struct inside *inside, const struct op_plain *op)
{
    (void)inside;
    (void)op;
    AUTO_FD int socket_fd = sys_3(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    TRY(socket_fd);
    struct ifreq request = {.ifr_name = "lo"};
    TRY(sys_ioctl(socket_fd, SIOCGIFFLAGS, &request));
    request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
    return sys_ioctl(socket_fd, SIOCSIFFLAGS, &request);
}

/* The value is one write, as proc_sys(5) parameters want it. */
static int write_whole(int fd, const char *text)
{
    size_t length = strlen(text);
    long written = sys_write(fd, text, length);
    if (written < 0)
        return (int)written;
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

/* A process made by vfork(2) has a score of its own, though its memory is shared. */
int apply_OOM_SCORE(struct inside *inside, const struct op_number *op)
{
    int procfs_fd = procfs_open(inside);
    TRY(procfs_fd);
    /* "self" is a symlink, and the only one on this path: procfs has no others but magic ones. */
    AUTO_FD int fd = path_open(procfs_fd, "self/oom_score_adj", O_WRONLY, RESOLVE_NO_XDEV);
    TRY(fd);
    struct text_number room;
    return write_whole(fd, text_decimal(&room, op->value));
}
