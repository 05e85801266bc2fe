/* lease.h - who has which address of a network: the file NAME.leases in the state root.
 *
 * It is written in the form of hosts(5), a line for each address, because it is also what the
 * network's containers have as /etc/hosts: so each finds the others by name, those that come later
 * too. It is written in place, in_place.h. Reading and writing take the lock of the state root.
 */
#ifndef LAUNCHER_LEASE_H
#define LAUNCHER_LEASE_H

#include "../../spec/spec.h"
#include "network.h"

struct lease_table {
    struct lease *leases; /* sorted by address */
    size_t count;
    const char *before; /* the file as it was read */
};

/* A file that is not there holds none. */
MUST_CHECK int lease_read(const struct networks *networks, const struct network *network,
                          struct lease_table *ret_table, struct fail *fail);

/* Creates the file when it is missing. */
MUST_CHECK int lease_write(const struct networks *networks, const struct network *network,
                           const struct lease_table *table, struct fail *fail);

/* Gives the lowest free address out, or the ones that are asked for. `names`: the owner's, and behind
 * a space another one. Changes the table only. Errors: no address is free (-ENOSPC), it is taken
 * (-EADDRINUSE), it is none of this network. */
MUST_CHECK int lease_take(const struct networks *networks, const struct network *network,
                          struct lease_table *table, const struct spec_interface *wanted,
                          const char *names, struct lease *ret_lease, struct fail *fail);

/* Takes out of the table what this container has. False: it has none. */
bool lease_give_back(struct lease_table *table, const char *owner);

/* The container's name. */
const char *lease_owner(const struct lease *lease, struct arena *arena);
bool lease_is_of(const struct lease *lease, const char *owner);

/* Its IPv6 address; all zero where the network has none. */
struct in6_addr lease_ip6(const struct lease *lease);

#endif
