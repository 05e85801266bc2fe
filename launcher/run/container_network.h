/* container_network.h - the host steps of a container that are about its network. What each makes is
 * taken back by the undo stack.
 */
#ifndef LAUNCHER_CONTAINER_NETWORK_H
#define LAUNCHER_CONTAINER_NETWORK_H

#include "container.h"

/* Takes addresses and ports. Where nobody asked for a network by name and this host can't have it, the
 * container goes on with a new plan, without one. */
MUST_CHECK int container_take_network(struct container *container, struct fail *fail);

/* Writes the files that are mounted over /etc/hosts and /etc/resolv.conf. */
MUST_CHECK int container_write_names(struct container *container, struct fail *fail);

/* Makes the network namespace, or opens the one to be joined, gives it to cinit and connects it. */
MUST_CHECK int container_make_netns(struct container *container, struct fail *fail);

#endif
