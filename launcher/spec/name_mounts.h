/* name_mounts.h - the files by which a container knows names: /etc/hosts, /etc/hostname and
 * /etc/resolv.conf. They are mounted over what the root file system has there, so that nothing is
 * written into it, and through none of its symlinks.
 */
#ifndef LAUNCHER_NAME_MOUNTS_H
#define LAUNCHER_NAME_MOUNTS_H

#include "spec.h"

/* Adds the mounts that go with the container's network, but not on places that the user has mounted
 * something on himself. `root_fd` is the root file system: where the place is missing and can't be
 * made, there is no mount. `state_root` is the directory of launcher's own files. */
void add_name_mounts(struct spec *spec, int root_fd, const char *state_root, struct arena *arena);

/* The same container with loopback only, and without these mounts. */
struct spec spec_without_network(const struct spec *spec, struct arena *arena);

/* True when the container has an /etc/hosts of its own, ID.hosts: else it shares its network's. */
bool has_own_hosts(const struct spec *spec);

#endif
