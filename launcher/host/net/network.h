/* network.h - the networks of this host: a bridge each, its addresses, and who has which.
 *
 * What launcher knows of a network is two files in the state root, NAME.network (what it is) and
 * NAME.leases (who has which address, in the form of hosts(5): it is also what its containers see as
 * /etc/hosts). Both are read and written under the lock of the state root. A network that `run`
 * made goes with its last container, one that `net create` made stays until `net rm`, see
 * docs/decisions/010-networks-come-and-go.md.
 */
#ifndef LAUNCHER_NETWORK_H
#define LAUNCHER_NETWORK_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>

#include "../../../shared/arena.h"
#include "../../../shared/fail.h"

enum { NETWORK_NAME_MAX = IFNAMSIZ - 1 };

struct network {
    const char *name;               /* also the bridge's */
    struct in_addr subnet, gateway; /* the gateway is the bridge's own address */
    unsigned prefix;                /* length of the subnet's prefix, in bits */
    bool has_ip6;
    struct in6_addr subnet6, gateway6; /* a /64 */
    bool kept;                         /* by `net create`: stays without containers */
    bool internal; /* no way out of it, only among its containers and the host */
    bool followed; /* some container's own /etc/hosts is to be kept up to date with it */
    bool complete; /* bridge and switches were made, as far as launcher knows */
    int forward_before
        [2]; /* of IPv4 and IPv6, before launcher switched forwarding on; -1: it has not
                              looked */
};

/* One address given out. */
struct lease {
    struct in_addr address;
    const char *names; /* the container's, its host name behind a space; no 0 ends them */
    size_t names_size;
    const char *text; /* its lines in the file */
    size_t text_size;
};

/* All networks, locked: nobody else changes any of them meanwhile. */
struct networks {
    int root_fd; /* the state root */
    struct arena *arena;
};

#define NETWORKS_NONE ((struct networks){.root_fd = -1})
#define AUTO_NETWORKS __attribute__((cleanup(networks_unlock)))

/* Opens the state root, makes it when it is missing, and waits for its lock. */
MUST_CHECK int networks_lock(struct arena *arena, struct networks *ret_networks, struct fail *fail);
void networks_unlock(struct networks *networks);

/* The names of all networks, sorted. */
MUST_CHECK int network_list(const struct networks *networks, const char ***ret_names,
                            size_t *ret_count, struct fail *fail);

/* Errors: no network of that name (-ENOENT). */
MUST_CHECK int network_find(const struct networks *networks, const char *name,
                            struct network *ret_network, struct fail *fail);

/* A network of that name as it would be made by default: free subnet, gateway, ULA. Errors: no subnet is free. */
MUST_CHECK int network_propose(const struct networks *networks, const char *name,
                               struct network *ret_network, struct fail *fail);

/* Puts a network on record and makes its bridge, its addresses and its rules. What is there already
 * as it should be stays: so this also mends a network whose bridge or rules somebody has removed.
 * Errors: a subnet that overlaps a route of the host or another network (-EEXIST). */
MUST_CHECK int network_establish(const struct networks *networks, struct network *network,
                                 struct fail *fail);

/* Puts on record that a container's own /etc/hosts follows this network. */
MUST_CHECK int network_follow(const struct networks *networks, struct network *network,
                              struct fail *fail);

/* Removes bridge, rules and record. Errors: a container has an address in it (-EBUSY). */
MUST_CHECK int network_remove(const struct networks *networks, const char *name, struct fail *fail);

/* The addresses that are given out. */
MUST_CHECK int network_leases(const struct networks *networks, const char *name,
                              struct lease **ret_leases, size_t *ret_count, struct fail *fail);

#endif
