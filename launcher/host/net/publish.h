/* publish.h - the ports of the host that lead to a container: taken for as long as it lives.
 *
 * The translation of addresses (firewall.h) happens before a packet reaches any socket, so a port that
 * another program listens on would be stolen from it silently, and the other way round. So launcher
 * binds each port itself, and whoever comes second is told.
 */
#ifndef LAUNCHER_PUBLISH_H
#define LAUNCHER_PUBLISH_H

#include "../../spec/spec.h"

struct port_holder {
    int *fds; /* bound sockets, in the arena */
    size_t count;
};

/* Binds the ports, all or none. `ip6`: the container can be reached by IPv6. Errors: one is taken
 * (-EADDRINUSE), the address is none of this host's (-EADDRNOTAVAIL). */
MUST_CHECK int publish_hold(const struct spec_port *ports, size_t count, bool ip6,
                            struct arena *arena, struct port_holder *ret_holder, struct fail *fail);

void publish_let_go(struct port_holder *holder);

#endif
