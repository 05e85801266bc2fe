#include "netns.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static int open_own_netns(struct fail *fail)
{
    int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    return fd >= 0 ? fd : fail_sys(fail, "opening /proc/self/ns/net");
}

/* netdevice(7). A socket belongs for ever to the namespace in which it was made. */
static int bring_up_loopback(struct fail *fail)
{
    AUTO_FD int socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_fd < 0)
        return fail_sys(fail, "opening a socket in the container's network namespace");
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    if (ioctl(socket_fd, SIOCSIFFLAGS, &request) == 0)
        return 0;
    (void)fail_sys(fail, "bringing up the loopback interface");
    return fail_hint(fail, "launcher needs CAP_NET_ADMIN: a container around this one needs "
                           "--cap-add net_admin, or this one --net host");
}

/* An instance of procfs(5) that nobody else has; -1: it can't be had. To close it takes the kernel longer
 * than to make it: it waits until no processor looks at a mount any more. */
static int open_private_procfs(void)
{
    AUTO_FD int context_fd = (int)syscall(SYS_fsopen, "proc", FSOPEN_CLOEXEC);
    if (context_fd < 0 || syscall(SYS_fsconfig, context_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return -1;
    return (int)syscall(SYS_fsmount, context_fd, FSMOUNT_CLOEXEC,
                        MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

/* For the interfaces to come: no search for others with the same address, which launcher has given out
 * once, and no routers besides the one that it names (CVE-2020-13401). Both would be asked of every
 * neighbour, on a bridge with 500 containers of 500.
 *
 * The kernel keeps the names that were looked up in /proc/sys/net as long as their namespace is there,
 * those of all namespaces in one chain, through which every later look-up goes: beside 500 containers
 * that cost each of a start's five 200 to 400 us. So /proc, which all share, is only for where procfs
 * can't be had otherwise. */
static void quieten_ip6(int proc_fd)
{
    static const char *const switches[] = {"sys/net/ipv6/conf/default/dad_transmits",
                                           "sys/net/ipv6/conf/default/accept_ra"};
    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
        AUTO_FD int fd = openat(proc_fd, switches[i], O_WRONLY | O_CLOEXEC);
        if (fd >= 0)
            (void)write(fd, "0", 1); /* where /proc/sys is read-only it is only louder */
    }
}

static int open_inside(struct netlink *ret_inside, struct fail *fail)
{
    TRY(netlink_open(NETLINK_ROUTE, ret_inside, fail));
    ret_inside->procfs_fd = open_private_procfs();
    if (ret_inside->procfs_fd < 0)
        ret_inside->procfs_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    quieten_ip6(ret_inside->procfs_fd);
    return 0;
}

static int furnish(int *ret_netns_fd, struct netlink *ret_inside, struct fail *fail)
{
    int fd = open_own_netns(fail);
    if (fd < 0)
        return fd;
    *ret_netns_fd = fd;
    return ret_inside != NULL ? open_inside(ret_inside, fail) : bring_up_loopback(fail);
}

static int go_home(int home_fd, int result, struct fail *fail)
{
    if (setns(home_fd, CLONE_NEWNET) < 0)
        return fail_sys(fail, "returning to launcher's own network namespace");
    return result;
}

int netns_create(int *ret_netns_fd, struct netlink *ret_inside, struct fail *fail)
{
    AUTO_FD int home_fd = open_own_netns(fail);
    if (home_fd < 0)
        return home_fd;
    if (unshare(CLONE_NEWNET) < 0)
        return fail_sys(fail, "unshare");
    return go_home(home_fd, furnish(ret_netns_fd, ret_inside, fail), fail);
}

static int visit(int netns_fd, bool is_new, struct netlink *ret_inside, struct fail *fail)
{
    AUTO_FD int home_fd = open_own_netns(fail);
    if (home_fd < 0)
        return home_fd;
    if (setns(netns_fd, CLONE_NEWNET) < 0)
        return fail_sys(fail, "entering the network namespace");
    int result =
        is_new ? open_inside(ret_inside, fail) : netlink_open(NETLINK_ROUTE, ret_inside, fail);
    return go_home(home_fd, result, fail);
}

int netns_open_inside(int netns_fd, struct netlink *ret_inside, struct fail *fail)
{
    return visit(netns_fd, false, ret_inside, fail);
}

int netns_furnish(int netns_fd, struct netlink *ret_inside, struct fail *fail)
{
    return visit(netns_fd, true, ret_inside, fail);
}

int netns_open(const char *path, int *ret_netns_fd, struct fail *fail)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* it may be a fifo */
    if (fd < 0)
        return fail_sys(fail, "opening the network namespace %s", path);
    int kind = ioctl(fd, NS_GET_NSTYPE);
    if (kind != CLONE_NEWNET) {
        (void)fail_set(fail, "opening the network namespace %s: it is %s", path,
                       kind < 0 ? "no namespace" : "a namespace of another kind");
        return fail_hint(fail, "ip netns add NAME makes one at /run/netns/NAME; a process's is "
                               "/proc/PID/ns/net");
    }
    *ret_netns_fd = take_fd(&fd);
    return 0;
}
