/* state_files.h - what is kept of a container beside its record, in the state root: ID.config and so on.
 * All of it goes with the record.
 */
#ifndef LAUNCHER_STATE_FILES_H
#define LAUNCHER_STATE_FILES_H

#include <stdbool.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"
#include "../spec/detach.h"
#include "state.h"

enum state_file {
    FILE_CONFIG, /* a copy of its config.json: the bundle's own may change */
    FILE_SPEC,   /* of a detached one: what its flags came to, as plan --json has it */
    FILE_FILTER, /* of a detached one: its system call filter, struct sock_filter, for launcher exec */
    FILE_REPORT, /* of a detached one: how it ended, as --report has it */
    FILE_LOG, /* of a detached one: what it printed, container_log.h; ID.log.1 is older, and so on */
    FILE_STOP, /* of a detached one: empty; it is not to be started again */
    FILE_KINDS,
};

/* "web.config". Number `age` of a log is how often it was put aside; 0 for all other kinds. */
const char *state_file_name(const char *id, enum state_file kind, unsigned age,
                            struct arena *arena);

/* Makes it, or empties the one that is there; opened for writing. */
MUST_CHECK int state_file_create(const struct state *state, enum state_file kind,
                                 struct arena *arena, int *ret_fd, struct fail *fail);

MUST_CHECK int state_file_write(const struct state *state, enum state_file kind, const char *text,
                                size_t size, struct arena *arena, struct fail *fail);

/* All of it, in the arena, with a 0 behind it. `ret_size`: NULL where it is text. Errors: also -ENOENT. */
MUST_CHECK int state_file_read(const struct state *state, enum state_file kind, struct arena *arena,
                               char **ret_text, size_t *ret_size, struct fail *fail);

bool state_file_exists(const struct state *state, enum state_file kind, struct arena *arena);

void state_file_remove(const struct state *state, enum state_file kind, struct arena *arena);

/* Removes all that is there. */
void state_files_remove(const struct state *state, struct arena *arena);

/* Adds the cure to an error of writing in the state root. Returns fail->code. */
int state_hint_for_space(struct fail *fail);

#endif
