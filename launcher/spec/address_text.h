/* address_text.h - PURE: addresses and subnets as they are written on a command line; the rules of
 * parse.h hold.
 */
#ifndef LAUNCHER_ADDRESS_TEXT_H
#define LAUNCHER_ADDRESS_TEXT_H

#include <netinet/in.h>

#include "../../shared/fail.h"

enum {
    SUBNET_PREFIX_MIN = 8,  /* of an IPv4 subnet */
    SUBNET_PREFIX_MAX = 30, /* one container */
    SUBNET6_PREFIX = 64,
};

/* Any address: a dotted quad, or IPv6 without a zone. */
MUST_CHECK int parse_ip4(const char *text, struct in_addr *ret_address, struct fail *fail);
MUST_CHECK int parse_ip6(const char *text, struct in6_addr *ret_address, struct fail *fail);

/* An address that an interface of a container or a bridge can have: not loopback, not multicast ... */
MUST_CHECK int parse_interface_ip4(const char *text, struct in_addr *ret_address,
                                   struct fail *fail);
MUST_CHECK int parse_interface_ip6(const char *text, struct in6_addr *ret_address,
                                   struct fail *fail);

/* Why no interface can have this address: "a multicast address". NULL: one can. */
const char *address_kind_ip4(struct in_addr address);
const char *address_kind_ip6(const struct in6_addr *address);

/* "02:4c:0a:6f:00:02", of one interface: neither a group's nor all zero. */
MUST_CHECK int parse_mac(const char *text, unsigned char ret_mac[6], struct fail *fail);

/* "10.1.0.0/16": all bits behind the prefix are zero, and there is room for some containers. */
MUST_CHECK int parse_subnet4(const char *text, struct in_addr *ret_subnet, unsigned *ret_prefix,
                             struct fail *fail);

/* "fd00:1:2:3::/64": the prefix is always 64, rfc4291. */
MUST_CHECK int parse_subnet6(const char *text, struct in6_addr *ret_subnet, struct fail *fail);

#endif
