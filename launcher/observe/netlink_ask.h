/* netlink_ask.h - one netlink(7) request and its answer, built by hand: the checks need three. */
#ifndef LAUNCHER_NETLINK_ASK_H
#define LAUNCHER_NETLINK_ASK_H

#include "../../shared/fail.h"

/* Makes a link of that kind ("bridge", "veth") in the network namespace of the caller. Returns 0 or
 * the kernel's negative errno, without a sentence. */
MUST_CHECK int netlink_add_link(const char *kind, const char *name);

/* Makes a table of nftables, of the family inet. */
MUST_CHECK int netlink_add_table(const char *name);

#endif
