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

/* The value is one write, as proc_sys(5) parameters want it. "self" is a symlink, and the only one on
 * these paths: procfs has no others but magic ones. A process made by vfork(2) has files of its own
 * there, though its memory is shared. */
static int write_procfs(struct inside *inside, const struct op_procfs *op)
{
    const char *value = inside_text(inside, op->value);
    int procfs_fd = procfs_open(inside);
    TRY(procfs_fd);
    AUTO_FD int fd = path_open(procfs_fd, inside_text(inside, op->path), O_WRONLY, RESOLVE_NO_XDEV);
    TRY(fd);
    long length = (long)strlen(value);
    long written = sys_write(fd, value, (size_t)length);
    TRY((int)written);
    return written == length ? 0 : -EIO;
}

int apply_SYSCTL(struct inside *inside, const struct op_procfs *op)
{
    return write_procfs(inside, op);
}

int apply_OOM_SCORE(struct inside *inside, const struct op_procfs *op)
{
    return write_procfs(inside, op);
}

/* proc_pid_attr(5): it holds from the next execve(2) on. */
int apply_LABEL(struct inside *inside, const struct op_procfs *op)
{
    return write_procfs(inside, op);
}
