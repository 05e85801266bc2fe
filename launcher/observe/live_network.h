/* live_network.h - the network of a container that runs, for another one that is to share it. */
#ifndef LAUNCHER_LIVE_NETWORK_H
#define LAUNCHER_LIVE_NETWORK_H

#include "../spec/spec.h"

/* Fills in what --net container:ID means: the namespace to join, whose process it is, and the files
 * by which that container knows names. Errors: live_open's. */
MUST_CHECK int live_network(const char *id, struct spec_network *network, struct arena *arena,
                            struct fail *fail);

#endif
