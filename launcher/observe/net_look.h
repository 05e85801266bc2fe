/* net_look.h - what a network namespace has: links, addresses, default routes, neighbours, and whose
 * chains of nftables look at what is forwarded. Nothing here changes anything.
 */
#ifndef LAUNCHER_NET_LOOK_H
#define LAUNCHER_NET_LOOK_H

#include <net/if.h>
#include <netinet/in.h>

#include "../host/net/netlink.h"

struct look_link {
    uint32_t index; /* 0: there is no such link */
    uint32_t peer;  /* index of the other end of a veth, in its own namespace */
    uint32_t master;
    bool up;
    char name[IFNAMSIZ];
    char kind[IFNAMSIZ]; /* "veth", "bridge", "tun"; empty for hardware */
};

/* Finds a link by its name, or by its index when `name` is NULL. */
MUST_CHECK int look_link(struct netlink *netlink, const char *name, uint32_t index,
                         struct look_link *ret_link, struct fail *fail);

/* The first link that is not loopback; its index is 0 when there is none. */
MUST_CHECK int look_first_link(struct netlink *netlink, struct look_link *ret_link,
                               struct fail *fail);

struct look_address {
    uint32_t index; /* of its link */
    int family;
    unsigned prefix;
    unsigned char bytes[16]; /* an in_addr or in6_addr */
};

/* All addresses of both families. */
MUST_CHECK int look_addresses(struct netlink *netlink, struct arena *arena,
                              struct look_address **ret_addresses, size_t *ret_count,
                              struct fail *fail);

struct look_route {
    bool found;
    struct in_addr gateway; /* 0: it has none */
    uint32_t index;
};

/* The default route of IPv4 in the main table; of several the one by `gateway`, where there is one. */
MUST_CHECK int look_default_route(struct netlink *netlink, struct in_addr gateway,
                                  struct look_route *ret_route, struct fail *fail);

/* The route that a packet to this address would take. Errors: -ENETUNREACH and others of its kind. */
MUST_CHECK int look_route_to(struct netlink *netlink, struct in_addr destination,
                             struct look_route *ret_route, struct fail *fail);

/* True when the hardware address of this neighbour is known. */
MUST_CHECK int look_neighbour(struct netlink *netlink, uint32_t index, struct in_addr address,
                              bool *ret_known, struct fail *fail);

/* Finds a chain of nftables in the hook "forward" that drops what none of its rules accepts, and is
 * not in the table `own`. `netlink`: of NETLINK_NETFILTER. `*ret_name`: "ip filter FORWARD", NULL when
 * there is none. */
MUST_CHECK int look_dropping_chain(struct netlink *netlink, const char *own, struct arena *arena,
                                   const char **ret_name, struct fail *fail);

#endif
