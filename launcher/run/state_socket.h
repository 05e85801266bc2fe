/* state_socket.h - where the commands on a container meet the one who waits for them: sockets in the
 * state root, which only its owner can enter; unix(7).
 */
#ifndef LAUNCHER_STATE_SOCKET_H
#define LAUNCHER_STATE_SOCKET_H

#include <stdbool.h>

#include "../../shared/arena.h"
#include "state.h"

/* Who waits. */
enum state_socket {
    SOCKET_START, /* cinit, for launcher start: there from create to start */
    SOCKET_MONITOR, /* the monitor of a detached container, for attach and stop: there while it lives */
};

/* Makes a socket of this container, and listens. */
MUST_CHECK int state_socket_listen(enum state_socket which, const struct state *state,
                                   struct arena *arena, int *ret_fd, struct fail *fail);

/* Connects to it. Errors: also -ENOENT, -ECONNREFUSED: nobody waits any more. */
MUST_CHECK int state_socket_connect(enum state_socket which, const struct state *state,
                                    struct arena *arena, int *ret_fd, struct fail *fail);

bool state_socket_exists(enum state_socket which, const struct state *state, struct arena *arena);

void state_socket_remove(enum state_socket which, const struct state *state, struct arena *arena);

#endif
