/* pass_fd.h - a descriptor sent with a message, SCM_RIGHTS of unix(7). */
#ifndef LAUNCHER_PASS_FD_H
#define LAUNCHER_PASS_FD_H

#include <stddef.h>

#include "../../shared/own.h"

/* Sends `size` bytes, at least one, and with the first of them the descriptor. Returns 0 or a negative
 * errno. */
MUST_CHECK int pass_fd(int socket_fd, int fd, const void *bytes, size_t size);

/* Connects a socket of unix(7) to the one at `path`. Returns 0 or a negative errno. */
MUST_CHECK int connect_by_path(int socket_fd, const char *path);

#endif
