/* netns.h - making a network namespace for a container, and reaching into one, without going there for
 * good; network_namespaces(7).
 */
#ifndef LAUNCHER_NETNS_H
#define LAUNCHER_NETNS_H

#include "netlink.h"

/* Makes a network namespace and returns its descriptor. Where `ret_inside` is given, it becomes a
 * socket of NETLINK_ROUTE in there; else the loopback interface is brought up at once: when that alone fails, the descriptor is returned
 * together with the error. launcher
 * visits it meanwhile and is back in its own when this returns, also on failure; a return that fails
 * is an error like any other. */
MUST_CHECK int netns_create(int *ret_netns_fd, struct netlink *ret_inside, struct fail *fail);

/* Such a socket in a namespace that is there already, and may be somebody else's. */
MUST_CHECK int netns_open_inside(int netns_fd, struct netlink *ret_inside, struct fail *fail);

/* The same in one that clone3(2) made for a container: what is to be switched off there before there is
 * an interface, is. */
MUST_CHECK int netns_furnish(int netns_fd, struct netlink *ret_inside, struct fail *fail);

/* Opens a namespace by a path: /proc/PID/ns/net, /run/netns/NAME. Errors: it is none of networks. */
MUST_CHECK int netns_open(const char *path, int *ret_netns_fd, struct fail *fail);

#endif
