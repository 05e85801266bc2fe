/* subnet.h - which addresses a network may have: none that the host reaches elsewhere. */
#ifndef LAUNCHER_SUBNET_H
#define LAUNCHER_SUBNET_H

#include "network.h"

/* Errors: the network's subnet overlaps a route of the host that does not lead to its own bridge, or
 * another network (-EEXIST). */
MUST_CHECK int subnet_check(const struct networks *networks, const struct network *network,
                            struct fail *fail);

/* Finds an IPv4 subnet and its gateway. Errors: none is free (-EEXIST). */
MUST_CHECK int subnet_propose(const struct networks *networks, struct network *network,
                              struct fail *fail);

/* A random IPv6 subnet of our own (RFC 4193), where this host has IPv6. */
MUST_CHECK int subnet_propose_ip6(struct network *network, struct fail *fail);

#endif
