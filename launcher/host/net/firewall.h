/* firewall.h - our rules in nftables: the table `inet launcher`, and nothing outside of it.
 *
 * The rules are there once, however many networks and containers there are; what comes and goes are
 * elements of the sets that the rules look into. So a start costs the same beside one container and
 * beside a thousand.
 */
#ifndef LAUNCHER_FIREWALL_H
#define LAUNCHER_FIREWALL_H

#include <netinet/in.h>

#include "../../spec/spec.h"
#include "nft.h"

#define FIREWALL_NAME "launcher"

/* The table `inet launcher`. Beside it a table `bridge launcher` keeps the bridges quiet. */
extern const struct nft_table FIREWALL_TABLE;

/* Opens a socket for the functions below. */
MUST_CHECK int firewall_open(struct netlink *ret_netlink, struct fail *fail);

/* True when all rules are there and this bridge is known to them. */
MUST_CHECK int firewall_is_ready(struct netlink *netlink, const char *bridge, bool *ret_ready,
                                 struct fail *fail);

/* Makes table, chains and sets that are missing, writes the rules anew and puts the bridge into their
 * sets. Elements that are there stay. One transaction. `internal`: no way out of this network. */
MUST_CHECK int firewall_establish(struct netlink *netlink, const char *bridge, bool internal,
                                  struct fail *fail);

/* Takes the bridge out of the sets. */
MUST_CHECK int firewall_forget(struct netlink *netlink, const char *bridge, struct fail *fail);

/* Removes the table with all that is in it. */
MUST_CHECK int firewall_remove(struct netlink *netlink, struct fail *fail);

/* Where a published port leads to. */
struct firewall_target {
    struct in_addr address;
    bool has_ip6;
    struct in6_addr address6;
};

/* Leads ports of the host to a container, all or none. Errors: one of them leads elsewhere (-EEXIST). */
MUST_CHECK int firewall_publish(struct netlink *netlink, const struct spec_port *ports,
                                size_t count, const struct firewall_target *target,
                                struct fail *fail);

/* Takes all elements away that lead to these addresses, whoever made them. */
MUST_CHECK int firewall_unpublish(struct netlink *netlink, const struct firewall_target *target,
                                  struct fail *fail);

#endif
