/* net_walk.h - what the steps of net_test.c share. */
#ifndef LAUNCHER_NET_WALK_H
#define LAUNCHER_NET_WALK_H

#include "../host/net/network.h"
#include "live.h"
#include "net_look.h"

/* What kind of network the container has, as bits: a step is for some of them. */
enum walk_shape {
    WALK_HOST = 1 << 0,   /* the host's own */
    WALK_NONE = 1 << 1,   /* loopback only */
    WALK_BRIDGE = 1 << 2, /* addresses of our networks */
    WALK_PASTA = 1 << 3,  /* a tap link */
    WALK_OTHER = 1 << 4,  /* made by somebody else, and joined */
    WALK_OWN = WALK_NONE | WALK_BRIDGE | WALK_PASTA | WALK_OTHER,
    WALK_ANY = WALK_OWN | WALK_HOST,
};

/* One interface of the container in one of our networks. */
struct walk_leg {
    struct network network;
    struct in_addr address;
    struct in6_addr address6;              /* where the network has IPv6 */
    char host_name[IFNAMSIZ];              /* of the link's end on the host */
    struct look_link host, inside, bridge; /* found by the step that looks at links */
};

struct walk {
    struct arena *arena;
    const char *id;
    struct live live;
    enum walk_shape shape;
    bool entered; /* an ordinary user's launcher: it is in the container's namespaces for good */
    int home_fd, netns_fd, root_fd; /* of the container: its network namespace, its "/" */
    struct netlink host, inside;
    struct walk_leg *legs;
    size_t leg_count;
    const char *dropping_chain; /* of another firewall, NULL: none */
    bool no_way_out;            /* and none is wanted: what tries it is passed over */
};

#define WALK_CLOSED                      \
    ((struct walk){.live = LIVE_NONE,    \
                   .shape = WALK_ANY,    \
                   .home_fd = -1,        \
                   .netns_fd = -1,       \
                   .root_fd = -1,        \
                   .host = NETLINK_NONE, \
                   .inside = NETLINK_NONE})

enum { WALK_SKIP = 1 };

/* Looks at one thing. Returns 0, WALK_SKIP, or a negative errno with sentence and hint; `*ret_found`
 * lives in the arena. */
typedef int walk_step(struct walk *walk, const char **ret_found, struct fail *fail);

/* Finds the container and what kind of network it has, and opens what the other steps need. */
walk_step walk_find;

void walk_close(struct walk *walk);

/* A socket in the container's network namespace, socket(2). */
MUST_CHECK int walk_socket(const struct walk *walk, int family, int type, int protocol, int *ret_fd,
                           struct fail *fail);

/* The links, addresses and routes of the container: net_walk_links.c */
walk_step walk_loopback, walk_no_link, walk_some_link, walk_links, walk_addresses,
    walk_default_route, walk_some_default_route;

/* The host's part: net_walk_host.c */
walk_step walk_bridges, walk_forwarding, walk_rules, walk_other_rules, walk_gateways,
    walk_host_route;

/* net_walk_resolver.c */
walk_step walk_resolver;

/* An address as text, in the arena. */
const char *walk_text(const struct walk *walk, int family, const void *address);

#endif
