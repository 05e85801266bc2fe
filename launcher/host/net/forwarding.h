/* forwarding.h - the switches of the host's kernel without which a bridge leads nowhere; ip-sysctl in
 * the kernel's documentation. They belong to the network namespace of the caller.
 */
#ifndef LAUNCHER_FORWARDING_H
#define LAUNCHER_FORWARDING_H

#include <stdbool.h>

#include "../../../shared/fail.h"

/* False on a host without IPv6, or where it is switched off. */
bool forwarding_has_ip6(void);

/* Switches forwarding of IPv4, and of IPv6 when wanted, on. `ret_before`: what it was, IPv4 and IPv6;
 * -1 where nothing was looked at. Nothing switches it off again: others may rely on it by now.
 * A host that got its own IPv6 default route from a router would lose it by forwarding; accept_ra=2
 * on its links, set first, keeps it. */
MUST_CHECK int forwarding_enable(bool ip6, int ret_before[2], struct fail *fail);

/* True when packets are forwarded, of both families where `ip6`. */
bool forwarding_is_on(bool ip6);

/* Lets packets from 127.0.0.1 out to this link, for ports published there. */
MUST_CHECK int forwarding_route_localnet(const char *link, struct fail *fail);

/* Switches IPv6 off on a link. Where that can't be done, it only costs time. */
void forwarding_drop_ip6(const char *link);

/* For a bridge that is still down: it takes no routes from its containers (CVE-2020-13401), and does
 * not ask them whether they have its address. Where that can't be set, it is only louder. */
void forwarding_quieten(const char *link);

#endif
