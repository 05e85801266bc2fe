/* devices.h - interfaces of the host that move into a container; config-linux.md, "Network Devices".
 *
 * What becomes of them later is the kernel's: with the namespace, a hardware interface goes back to the
 * host, and a virtual one goes, network_namespaces(7).
 */
#ifndef LAUNCHER_NET_DEVICES_H
#define LAUNCHER_NET_DEVICES_H

#include "../../spec/spec.h"

/* Moves them into the namespace of `netns_fd`, with their permanent global addresses, and brings them
 * up. Errors: one is missing on the host (-ENODEV), a name is taken in there (-EEXIST), and what the
 * kernel says. Until all of both is looked at, none is moved. */
MUST_CHECK int devices_move_in(const struct spec_net_device *devices, size_t count, int netns_fd,
                               struct arena *arena, struct fail *fail);

#endif
