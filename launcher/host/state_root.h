/* state_root.h - the directory that holds all that launcher remembers: a file for each container
 * (run/state.h) and two for each network (net/network.h).
 */
#ifndef LAUNCHER_STATE_ROOT_H
#define LAUNCHER_STATE_ROOT_H

#include <stdbool.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"

/* $LAUNCHER_ROOT, which is --root; else /run/launcher, or for an ordinary user, also as the root of a
 * user namespace, $XDG_RUNTIME_DIR/launcher, or /tmp/launcher-UID without. */
const char *state_root(struct arena *arena);

/* Opens it. Errors: also -ENOENT; it is not ours alone. */
MUST_CHECK int state_root_find(struct arena *arena, int *ret_fd, struct fail *fail);

/* The same, but a missing one is made. */
MUST_CHECK int state_root_open(struct arena *arena, int *ret_fd, struct fail *fail);

/* Takes the lock of the directory as flock(2) does, and waits for it: LOCK_EX to create a
 * container's file, to collect garbage or to change a network, LOCK_UN. It ends with the descriptor. */
MUST_CHECK int state_root_lock(int root_fd, int operation, struct fail *fail);

/* Reads one of its files as a whole, with a 0 behind it. `ret_size`: its bytes; NULL: not wanted.
 * Errors: also -ENOENT; more than 8 MiB. */
MUST_CHECK int state_root_read(int root_fd, const char *name, struct arena *arena, char **ret_text,
                               size_t *ret_size, struct fail *fail);

/* The kernel gave us random bytes already, getauxval(3): jansson, which wants some for its hash tables,
 * would open /dev/urandom. To be called before the first json_ function. */
void state_root_seed_json(void);

/* True while a launcher looks after the container of this name. */
bool state_root_lives(int root_fd, const char *id, struct arena *arena);

#endif
