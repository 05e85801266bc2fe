/* console.h - the container's terminal given to another program; runc's --console-socket. */
#ifndef LAUNCHER_CONSOLE_H
#define LAUNCHER_CONSOLE_H

#include "../../shared/fail.h"

/* Connects to the socket at `path` and sends the pty's master as SCM_RIGHTS, unix(7). The descriptor
 * stays the caller's. */
MUST_CHECK int console_send(const char *path, int master, struct fail *fail);

#endif
