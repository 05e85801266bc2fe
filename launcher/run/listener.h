/* listener.h - the descriptor of seccomp_unotify(2) given to the agent that listens at
 * linux.seccomp.listenerPath; config-linux.md, "The Container Process State".
 */
#ifndef LAUNCHER_LISTENER_H
#define LAUNCHER_LISTENER_H

#include "container.h"

/* True when a filter of this spec tells an agent of system calls. */
bool listener_wanted(const struct spec *spec);

/* Connects to the agent and sends the descriptor, which stays the caller's, with the state of the process
 * that has the filter. Errors: nobody listens there; nobody accepts within seconds (-ETIMEDOUT). */
MUST_CHECK int listener_send(const struct container *container, int listener_fd, struct fail *fail);

#endif
