/* idmap.h - maps of user and group ids, user_namespaces(7), of processes and of mounts. */
#ifndef LAUNCHER_IDMAP_H
#define LAUNCHER_IDMAP_H

#include <sys/types.h>

#include "../spec/spec.h"

/* Writes `file`, "uid_map" or "gid_map", of a process in a new user namespace. */
MUST_CHECK int idmap_write(pid_t pid, const char *file, const struct spec_id_mapping *mappings,
                           size_t count, struct fail *fail);

/* Maps the ids of a detached mount tree that nobody has seen yet, as the mount itself says or, when it
 * says nothing, as the container's user namespace does; mount_setattr(2), MOUNT_ATTR_IDMAP. */
MUST_CHECK int idmap_tree(int tree_fd, const struct spec *spec, const struct spec_mount *mount,
                          bool recursive, struct fail *fail);

#endif
