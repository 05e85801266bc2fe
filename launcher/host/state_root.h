/* state_root.h - the directory that holds all that launcher remembers: a file for each container
 * (run/state.h) and two for each network (net/network.h).
 */
#ifndef LAUNCHER_STATE_ROOT_H
#define LAUNCHER_STATE_ROOT_H

#include <stdbool.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"

/* /run/launcher; for an ordinary user $XDG_RUNTIME_DIR/launcher, or /tmp/launcher-UID without. */
const char *state_root(struct arena *arena);

/* Opens it. Errors: also -ENOENT; it is not ours alone. */
MUST_CHECK int state_root_find(struct arena *arena, int *ret_fd, struct fail *fail);

/* The same, but a missing one is made. */
MUST_CHECK int state_root_open(struct arena *arena, int *ret_fd, struct fail *fail);

/* Takes the lock of the directory as flock(2) does, and waits for it: LOCK_SH to create a container's
 * file, LOCK_EX to collect garbage or to change a network, LOCK_UN. It ends with the descriptor. */
MUST_CHECK int state_root_lock(int root_fd, int operation, struct fail *fail);

/* True while a launcher looks after the container of this name. */
bool state_root_lives(int root_fd, const char *id, struct arena *arena);

#endif
