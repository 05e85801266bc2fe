/* resolve_network.h - which network the container has when all flags are known, and with what names. */
#ifndef LAUNCHER_RESOLVE_NETWORK_H
#define LAUNCHER_RESOLVE_NETWORK_H

#include "resolve_host.h"
#include "wishes.h"

/* Combines --net with --ns, whose wishes are in spec.namespaces already, and chooses a mode where
 * none was asked for: as root a bridge; for anybody else pasta, if there is one in PATH. Whether the
 * two contradict each other is for spec_validate to tell.
 * With --net container:ID the namespace to join is left out: join_network puts it in. */
MUST_CHECK int resolve_network(struct spec *spec, const struct run_options *options,
                               const struct host *host, struct arena *arena, struct fail *fail);

/* Lets the container have the network namespace at `path`. */
void join_network(struct spec *spec, const struct run_options *options, const char *path);

/* Gives interfaces without a name one: eth0, eth1 ... in their order, without those that are taken. */
void name_interfaces(struct spec_network *network, struct arena *arena);

#endif
