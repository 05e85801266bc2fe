#include "subnet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/random.h>

#include "forwarding.h"
#include "link.h"

static uint32_t mask_of(unsigned prefix)
{
    return prefix == 0 ? 0 : UINT32_MAX << (32 - prefix);
}

/* True when one lies in the other. */
static bool overlap(uint32_t one, unsigned one_prefix, uint32_t other, unsigned other_prefix)
{
    unsigned shorter = one_prefix < other_prefix ? one_prefix : other_prefix;
    return ((one ^ other) & mask_of(shorter)) == 0;
}

static bool overlap6(const struct in6_addr *subnet, const struct link_route *route)
{
    unsigned bits = route->prefix < 64 ? route->prefix : 64;
    unsigned bytes = bits / 8;
    unsigned rest = bits % 8;
    if (memcmp(subnet, route->destination, bytes) != 0)
        return false;
    unsigned difference = subnet->s6_addr[bytes] ^ route->destination[bytes];
    return rest == 0 || difference >> (8 - rest) == 0;
}

static const char *subnet_text(int family, const void *address, unsigned prefix,
                               struct arena *arena)
{
    char text[INET6_ADDRSTRLEN] = "";
    (void)inet_ntop(family, address, text, sizeof(text)); /* every address has a text */
    return arena_printf(arena, "%s/%u", text, prefix);
}

static bool route_overlaps(const struct network *network, const struct link_route *route)
{
    uint32_t destination = 0;
    memcpy(&destination, route->destination, sizeof(destination));
    if (route->family == AF_INET)
        return overlap(ntohl(network->subnet.s_addr), network->prefix, ntohl(destination),
                       route->prefix);
    return network->has_ip6 && overlap6(&network->subnet6, route);
}

static int raise_overlap(const struct network *network, int family, const char *with,
                         struct arena *arena, struct fail *fail)
{
    const char *subnet = family == AF_INET
                             ? subnet_text(AF_INET, &network->subnet, network->prefix, arena)
                             : subnet_text(AF_INET6, &network->subnet6, 64, arena);
    (void)fail_set(fail, "the subnet %s of %s overlaps %s", subnet, network->name, with);
    fail->code = -EEXIST;
    return fail_hint(fail, "choose another one: launcher net create NAME --subnet CIDR");
}

/* A route of the host that leads into the subnet, but not by the network's own bridge, would lose
 * its packets to the bridge. */
static int check_routes(const struct networks *networks, const struct network *network,
                        const struct link_route *routes, size_t count, struct fail *fail)
{
    uint32_t own = if_nametoindex(network->name);
    for (size_t i = 0; i < count; i++) {
        const struct link_route *route = &routes[i];
        if ((own != 0 && route->index == own) || !route_overlaps(network, route))
            continue;
        const char *with = arena_printf(
            networks->arena, "the host's route to %s",
            subnet_text(route->family, route->destination, route->prefix, networks->arena));
        return raise_overlap(network, route->family, with, networks->arena, fail);
    }
    return 0;
}

/* Networks on record whose bridge is not there at the moment have no route. */
static int check_others(const struct networks *networks, const struct network *network,
                        struct fail *fail)
{
    const char **names = NULL;
    size_t count = 0;
    TRY(network_list(networks, &names, &count, fail));
    for (size_t i = 0; i < count; i++) {
        struct network other = {.name = ""};
        struct fail unreadable = {0};
        if (strcmp(names[i], network->name) == 0 ||
            network_find(networks, names[i], &other, &unreadable) < 0)
            continue;
        const char *with = arena_printf(networks->arena, "the network %s", other.name);
        if (overlap(ntohl(network->subnet.s_addr), network->prefix, ntohl(other.subnet.s_addr),
                    other.prefix))
            return raise_overlap(network, AF_INET, with, networks->arena, fail);
        if (network->has_ip6 && other.has_ip6 && memcmp(&network->subnet6, &other.subnet6, 8) == 0)
            return raise_overlap(network, AF_INET6, with, networks->arena, fail);
    }
    return 0;
}

static int read_routes(const struct networks *networks, struct link_route **ret_routes,
                       size_t *ret_count, struct fail *fail)
{
    AUTO_NETLINK struct netlink netlink = NETLINK_NONE;
    TRY(netlink_open(NETLINK_ROUTE, &netlink, fail));
    return link_routes(&netlink, networks->arena, ret_routes, ret_count, fail);
}

int subnet_check(const struct networks *networks, const struct network *network, struct fail *fail)
{
    struct link_route *routes = NULL;
    size_t count = 0;
    TRY(read_routes(networks, &routes, &count, fail));
    TRY(check_routes(networks, network, routes, count, fail));
    return check_others(networks, network, fail);
}

/* RFC 4193: fd, and 40 bits that nobody else is likely to have. */
int subnet_propose_ip6(struct network *network, struct fail *fail)
{
    if (!forwarding_has_ip6())
        return 0;
    network->has_ip6 = true;
    network->subnet6.s6_addr[0] = 0xfd;
    if (getrandom(&network->subnet6.s6_addr[1], 5, 0) != 5)
        return fail_sys(fail, "choosing an IPv6 subnet");
    network->gateway6 = network->subnet6;
    network->gateway6.s6_addr[15] = 1;
    return 0;
}

/* 10.111.0.0/16 and those behind it: neither docker's 172.17.0.0 nor podman's 10.88.0.0. */
int subnet_propose(const struct networks *networks, struct network *network, struct fail *fail)
{
    enum { FIRST = 111, LAST = 126 };
    struct link_route *routes = NULL;
    size_t route_count = 0;
    network->prefix = 16;
    TRY(read_routes(networks, &routes, &route_count, fail));
    for (uint32_t second = FIRST; second <= LAST; second++) {
        struct fail overlapping = {0};
        network->subnet.s_addr = htonl(UINT32_C(10) << 24 | second << 16);
        network->gateway.s_addr = network->subnet.s_addr | htonl(1);
        if (check_routes(networks, network, routes, route_count, &overlapping) >= 0 &&
            check_others(networks, network, &overlapping) >= 0)
            return 0;
    }
    (void)fail_set(fail,
                   "finding a subnet for the network %s: the host's routes overlap 10.%d.0.0 "
                   "to 10.%d.255.255",
                   network->name, FIRST, LAST);
    fail->code = -EEXIST;
    return fail_hint(fail, "launcher net create %s --subnet CIDR says which to take",
                     network->name);
}
