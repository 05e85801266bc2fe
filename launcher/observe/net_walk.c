#include "net_walk.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../host/net/lease.h"
#include "../host/net/netns.h"

const char *walk_text(const struct walk *walk, int family, const void *address)
{
    char text[INET6_ADDRSTRLEN] = "";
    (void)inet_ntop(family, address, text, sizeof(text)); /* every address has a text */
    return arena_strdup(walk->arena, text);
}

/* ---- reaching it ---- */

static int open_of(const struct walk *walk, const char *name, int flags, int *ret_fd,
                   struct fail *fail)
{
    const char *path =
        arena_printf(walk->arena, "/proc/%d/%s", (int)walk->live.record.init_pid, name);
    *ret_fd = open(path, flags | O_RDONLY | O_CLOEXEC);
    return *ret_fd >= 0 ? 0 : fail_sys(fail, "opening %s", path);
}

static int is_same(int one_fd, int other_fd, bool *ret_same, struct fail *fail)
{
    struct stat one, other;
    if (fstat(one_fd, &one) < 0 || fstat(other_fd, &other) < 0)
        return fail_sys(fail, "looking at a namespace");
    *ret_same = one.st_dev == other.st_dev && one.st_ino == other.st_ino;
    return 0;
}

/* Only who owns the user namespace may enter its network namespace, and from inside nobody comes back:
 * an ordinary user's launcher stays. What it needs of the host is open by then. */
static int enter_for_good(struct walk *walk, struct fail *fail)
{
    AUTO_FD int user_fd = -1;
    TRY(open_of(walk, "ns/user", 0, &user_fd, fail));
    if (setns(user_fd, CLONE_NEWUSER) < 0)
        return fail_sys(fail, "entering the container's user namespace");
    if (setns(walk->netns_fd, CLONE_NEWNET) < 0)
        return fail_sys(fail, "entering the container's network namespace");
    walk->entered = true;
    return netlink_open(NETLINK_ROUTE, &walk->inside, fail);
}

static int open_inside(struct walk *walk, struct fail *fail)
{
    struct fail forbidden = {0};
    if (walk->shape == WALK_HOST)
        return netlink_open(NETLINK_ROUTE, &walk->inside, fail);
    int result = netns_open_inside(walk->netns_fd, &walk->inside, &forbidden);
    if (result == -EPERM && geteuid() != 0)
        return enter_for_good(walk, fail);
    if (result < 0)
        *fail = forbidden;
    return result;
}

int walk_socket(const struct walk *walk, int family, int type, int protocol, int *ret_fd,
                struct fail *fail)
{
    bool go = walk->shape != WALK_HOST && !walk->entered;
    if (go && setns(walk->netns_fd, CLONE_NEWNET) < 0)
        return fail_sys(fail, "entering the container's network namespace");
    *ret_fd = socket(family, type | SOCK_CLOEXEC, protocol);
    int result = *ret_fd < 0 ? fail_sys(fail, "opening a socket in the container's network") : 0;
    if (go && setns(walk->home_fd, CLONE_NEWNET) < 0)
        return fail_sys(fail, "returning to launcher's own network namespace");
    return result;
}

void walk_close(struct walk *walk)
{
    live_close(&walk->live);
    own_close(&walk->home_fd);
    own_close(&walk->netns_fd);
    own_close(&walk->root_fd);
    netlink_close(&walk->host);
    netlink_close(&walk->inside);
}

/* ---- what it has ---- */

static int find_legs_in(struct walk *walk, const struct networks *networks, const char *name,
                        struct fail *fail)
{
    struct network network;
    struct lease *leases = NULL;
    size_t count = 0;
    TRY(network_find(networks, name, &network, fail));
    TRY(network_leases(networks, name, &leases, &count, fail));
    for (size_t i = 0; i < count; i++) {
        if (!lease_is_of(&leases[i], walk->id))
            continue;
        struct walk_leg *leg = ARENA_APPEND(walk->arena, walk->legs, walk->leg_count);
        *leg = (struct walk_leg){
            .network = network, .address = leases[i].address, .address6 = lease_ip6(&leases[i])};
        (void)snprintf(leg->host_name, sizeof(leg->host_name), "veth%08x",
                       ntohl(leg->address.s_addr));
    }
    return 0;
}

static int find_legs(struct walk *walk, struct fail *fail)
{
    const char **names = NULL;
    size_t count = 0;
    AUTO_NETWORKS struct networks networks = NETWORKS_NONE;
    TRY(networks_lock(walk->arena, &networks, fail));
    TRY(network_list(&networks, &names, &count, fail));
    for (size_t i = 0; i < count; i++)
        TRY(find_legs_in(walk, &networks, names[i], fail));
    return 0;
}

/* What it got is not on record, but can be seen. */
static int find_shape(struct walk *walk, struct fail *fail)
{
    struct look_link link;
    TRY(find_legs(walk, fail));
    TRY(open_inside(walk, fail));
    TRY(look_first_link(&walk->inside, &link, fail));
    if (walk->leg_count > 0)
        walk->shape = WALK_BRIDGE;
    else if (link.index == 0)
        walk->shape = WALK_NONE;
    else
        walk->shape = strcmp(link.kind, "tun") == 0 ? WALK_PASTA : WALK_OTHER;
    return 0;
}

static const char *shape_words(const struct walk *walk)
{
    switch (walk->shape) {
    case WALK_HOST:
        return "the host's network";
    case WALK_NONE:
        return "no network";
    case WALK_BRIDGE:
        return "an address in each of its networks";
    case WALK_PASTA:
        return "a network of pasta";
    default:
        return "a network that is not of launcher's making";
    }
}

int walk_find(struct walk *walk, const char **ret_found, struct fail *fail)
{
    bool same = false;
    TRY(live_open(walk->id, walk->arena, &walk->live, fail));
    walk->home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (walk->home_fd < 0)
        return fail_sys(fail, "opening /proc/self/ns/net");
    TRY(open_of(walk, "ns/net", 0, &walk->netns_fd, fail));
    TRY(open_of(walk, "root", O_DIRECTORY, &walk->root_fd, fail));
    if (!live_runs(&walk->live)) /* then the number could be another one's by now */
        return fail_code(fail, -ESRCH, "looking at the container %s", walk->id);
    TRY(netlink_open(NETLINK_ROUTE, &walk->host, fail));
    TRY(is_same(walk->home_fd, walk->netns_fd, &same, fail));
    walk->shape = same ? WALK_HOST : WALK_ANY;
    if (same)
        TRY(open_inside(walk, fail));
    else
        TRY(find_shape(walk, fail));
    *ret_found = arena_printf(walk->arena, "process %d runs, with %s",
                              (int)walk->live.record.init_pid, shape_words(walk));
    return 0;
}
