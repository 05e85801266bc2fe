/* netns.h - making a network namespace for a container without going there; network_namespaces(7). */
#ifndef LAUNCHER_NETNS_H
#define LAUNCHER_NETNS_H

#include "../../../shared/fail.h"

/* Makes a network namespace with its loopback interface up, and returns its descriptor in
 * `ret_netns_fd`. launcher visits it meanwhile and is back in its own when this returns, also on
 * failure; a return that fails is an error like any other. */
MUST_CHECK int netns_create(int *ret_netns_fd, struct fail *fail);

#endif
