/* attach.h - plugging a container into its networks, and out again.
 *
 *   attach_prepare   before the child: ports are held, networks are made, addresses given out
 *   attach_connect   once its namespace is there: links, addresses, routes, published ports
 *   attach_release   when it has ended: the same backwards
 *
 * Everything of a container can be found by its leases, whose owner is its name: the link on the host
 * is called after the address, and the elements of nftables lead to it. So nothing else has to be on
 * record, and attach_collect removes what a killed launcher left.
 */
#ifndef LAUNCHER_ATTACH_H
#define LAUNCHER_ATTACH_H

#include "netlink.h"
#include "network.h"
#include "publish.h"

/* One interface of the container. */
struct attached {
    const struct spec_interface *wanted;
    struct network network;
    struct lease lease;
    const char *host_name; /* of the link's end on the host; NULL: there is none yet */
};

struct attachment {
    const struct spec *spec;
    struct attached *interfaces;
    size_t count;
    struct port_holder ports;
    bool published; /* elements may be in nftables */
};

/* On failure nothing is left. Errors: as network.h, lease.h and publish.h have them. */
MUST_CHECK int attach_prepare(const struct spec *spec, struct arena *arena,
                              struct attachment *ret_attachment, struct fail *fail);

/* Makes the interfaces in the namespace of `netns_fd`; `inside` is a socket of NETLINK_ROUTE in it. */
MUST_CHECK int attach_connect(struct attachment *attachment, int netns_fd, struct netlink *inside,
                              struct arena *arena, struct fail *fail);

/* Errors leave it to attach_collect. */
MUST_CHECK int attach_release(struct attachment *attachment, struct arena *arena,
                              struct fail *fail);

/* Removes what the container of this name, which does not live any more, has in any network; without a
 * name what all such containers have. A network that is left without one goes too. `root_fd` is the
 * state root, whose lock becomes exclusive. */
MUST_CHECK int attach_collect(int root_fd, const char *id, struct arena *arena, struct fail *fail);

#endif
