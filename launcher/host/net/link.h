/* link.h - links, addresses and routes as rtnetlink(7) messages.
 *
 * The add_ functions put a request into a batch; netlink_send carries it out. The texts of errors
 * live in the arena.
 */
#ifndef LAUNCHER_LINK_H
#define LAUNCHER_LINK_H

#include <linux/if_ether.h>
#include <netinet/in.h>

#include "netlink.h"

/* An interface of a container and its other end on the host. */
struct link_veth {
    const char *host_name;
    uint32_t bridge_index; /* of the bridge that the host's end is plugged into; 0: none */
    const char *peer_name;
    int peer_netns_fd;             /* of the peer's namespace; -1: the caller's own */
    const unsigned char *peer_mac; /* ETH_ALEN bytes; NULL: a random one */
};

/* Index of a link in the network namespace of the socket; 0: there is none of that name. */
uint32_t link_index(const struct netlink *netlink, const char *name);

/* The hardware address that goes with an IPv4 address: the same container has always the same, so that
 * its neighbours need not learn a new one. */
void link_make_mac(struct in_addr address, unsigned char ret_mac[ETH_ALEN]);

/* A veth(4) pair in one message, both ends down: the peer can't be brought up by it, for at that moment
 * it has no peer itself, and the host's end should not be, see attach.c. */
void link_add_veth(struct netlink_batch *batch, struct arena *arena, const struct link_veth *veth);

/* A bridge, still down. What is there already by this name makes the request fail with -EEXIST. */
void link_add_bridge(struct netlink_batch *batch, struct arena *arena, const char *name,
                     const unsigned char mac[ETH_ALEN]);

/* `index` 0: the one of that name. */
void link_set_up(struct netlink_batch *batch, struct arena *arena, const char *name,
                 uint32_t index);

/* Lets a port of a bridge send a frame back to where it came from: needed where a container calls a port
 * that it has published itself, and bridged packets pass nftables (br_netfilter). */
void link_set_hairpin(struct netlink_batch *batch, struct arena *arena, const char *name,
                      uint32_t index);

/* Both ends of a veth go when one does. A link that is not there is none the less gone. */
void link_delete(struct netlink_batch *batch, struct arena *arena, const char *name);

/* An address as it is given to a link: an in_addr or in6_addr, in the network's byte order. */
struct link_address {
    int family; /* AF_INET, AF_INET6 */
    const void *bytes;
    unsigned prefix;
};

/* An address that is there already stays. IPv6 addresses are used at once: nobody else can have one
 * that launcher gave out (no duplicate address detection, RFC 4862). */
void link_add_address(struct netlink_batch *batch, struct arena *arena, const char *name,
                      uint32_t index, struct link_address address);

/* Moves a link into the namespace of `netns_fd`, where it has that name and is down, without addresses. */
void link_move(struct netlink_batch *batch, struct arena *arena, const char *host_name,
               uint32_t index, int netns_fd, const char *name);

/* An address that a link has, with all that was said when it was given. */
struct link_owned_address {
    int family;
    unsigned prefix;
    uint32_t flags; /* IFA_F_* */
    unsigned char local[16], peer[16], broadcast[16];
    bool has_broadcast;
};

/* The addresses of a link that are permanent and global: those that somebody gave it, and that mean
 * something elsewhere. */
MUST_CHECK int link_addresses(struct netlink *netlink, uint32_t index, struct arena *arena,
                              struct link_owned_address **ret_addresses, size_t *ret_count,
                              struct fail *fail);

/* Gives a link such an address again. */
void link_give_back_address(struct netlink_batch *batch, struct arena *arena, const char *name,
                            uint32_t index, const struct link_owned_address *address);

/* The default route, by this gateway. */
void link_add_default_route(struct netlink_batch *batch, struct arena *arena,
                            struct link_address gateway, uint32_t index);

/* One route of the host. */
struct link_route {
    int family;
    unsigned char destination[16]; /* an in_addr or in6_addr */
    unsigned prefix;
    uint32_t index; /* of the link that it leaves by; 0: of none or several */
};

/* The routes of the main table, of both families, without the default ones. */
MUST_CHECK int link_routes(struct netlink *netlink, struct arena *arena,
                           struct link_route **ret_routes, size_t *ret_count, struct fail *fail);

#endif
