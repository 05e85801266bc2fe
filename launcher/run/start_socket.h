/* start_socket.h - the meeting place of cinit, which waits for launcher start, and that one: a socket in
 * the state root, which only its owner can enter; unix(7).
 */
#ifndef LAUNCHER_START_SOCKET_H
#define LAUNCHER_START_SOCKET_H

#include <stdbool.h>

#include "../../shared/arena.h"
#include "state.h"

/* Makes the socket of this container, and listens. */
MUST_CHECK int start_socket_listen(const struct state *state, struct arena *arena, int *ret_fd,
                                   struct fail *fail);

/* Connects to it. Errors: also -ENOENT, -ECONNREFUSED: nobody waits any more. */
MUST_CHECK int start_socket_connect(const struct state *state, struct arena *arena, int *ret_fd,
                                    struct fail *fail);

/* True while there is one: nobody has started the container yet. */
bool start_socket_exists(const struct state *state, struct arena *arena);

void start_socket_remove(const struct state *state, struct arena *arena);

#endif
