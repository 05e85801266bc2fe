/* netns_names.h - network namespaces that have a name: files in /run/netns, as ip-netns(8) makes them.
 *
 * A namespace lives as long as something holds it, and a bind mount of its file does. ip(8) mounts it
 * on an empty file called after the namespace; so whatever made it, ip or launcher, the other one
 * lists it, enters it and removes it.
 */
#ifndef LAUNCHER_NETNS_NAMES_H
#define LAUNCHER_NETNS_NAMES_H

#include "../../../shared/arena.h"
#include "../../../shared/fail.h"

#define NETNS_DIRECTORY "/run/netns"

/* Makes one. Its loopback interface stays down, as ip(8) leaves it. Errors: a name that can be no
 * file's (-EINVAL), there is one already (-EEXIST), the capability is lacking (-EPERM). */
MUST_CHECK int netns_name_add(const char *name, struct arena *arena, struct fail *fail);

/* Takes the name away. The namespace goes with its last process. Errors: there is none (-ENOENT). */
MUST_CHECK int netns_name_delete(const char *name, struct arena *arena, struct fail *fail);

/* All names, sorted. No directory: none. */
MUST_CHECK int netns_name_list(struct arena *arena, const char ***ret_names, size_t *ret_count,
                               struct fail *fail);

/* The file of a named one. Errors: a name that can be no file's (-EINVAL). */
MUST_CHECK int netns_name_path(const char *name, struct arena *arena, const char **ret_path,
                               struct fail *fail);

#endif
