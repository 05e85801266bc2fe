/* namespace.h - a namespace by its path, namespaces(7): /proc/PID/ns/ipc, or where one is mounted. */
#ifndef LAUNCHER_NAMESPACE_H
#define LAUNCHER_NAMESPACE_H

#include "../spec/spec.h"

/* Opens the namespace and checks its type: what is done with it later is done with the descriptor,
 * because another file may be at the path by then. Errors: open(2)'s, no namespace, another type. */
MUST_CHECK int namespace_open(enum namespace_type type, const char *path, int *ret_fd,
                              struct fail *fail);

/* True when launcher itself is in this namespace: then there is nothing to join. */
bool namespace_is_own(enum namespace_type type, int fd);

#endif
