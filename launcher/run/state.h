/* state.h - what the host remembers of a container: one file, ID.json, in the state root.
 *
 * The file is locked (flock(2)) by the launcher that looks after the container. Locks die with
 * their owner, kill -9 included, so `launcher gc` needs no pid to tell a live container from what a
 * crash left behind. Whatever a container owns outside its processes is on record before it is
 * created. Why a file and no directory: docs/decisions/004-one-state-file.md.
 */
#ifndef LAUNCHER_STATE_H
#define LAUNCHER_STATE_H

#include <sys/types.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"
#include "state_record.h"

struct state {
    const char *id;
    const char *name; /* of the file: ID.json */
    int root_fd;      /* the state root */
    int file_fd;      /* the container's file, locked */
};

#define STATE_NONE ((struct state){.root_fd = -1, .file_fd = -1})

/* Creates and locks the container's file. A name in use is an error (-EEXIST); what a crash left
 * under this name is removed first. */
MUST_CHECK int state_create(const char *id, struct arena *arena, struct state *ret_state,
                            struct fail *fail);

/* Writes the record over the one before, in one write(2). A later record is never shorter. */
MUST_CHECK int state_write(const struct state *state, const struct state_record *record,
                           struct fail *fail);

/* Reads the record once more, from its open file. Needs no lock. */
MUST_CHECK int state_read_again(const struct state *state, struct arena *arena,
                                struct state_record *record, struct fail *fail);

/* Opens the file of a container, without its lock, and reads it. Errors: no such container
 * (-ENOENT). */
MUST_CHECK int state_open(const char *id, struct arena *arena, struct state *ret_state,
                          struct state_record *ret_record, struct fail *fail);

/* Takes over a container that create made: opens its file, waits for its lock and reads the record.
 * Errors: no such container (-ENOENT); another launcher looks after it (-EBUSY). */
MUST_CHECK int state_take(const char *id, struct arena *arena, struct state *ret_state,
                          struct state_record *ret_record, struct fail *fail);

/* Ends all that runs of a container whose file we hold, and removes what it owns on the host, its file
 * last. On failure the record stays. */
MUST_CHECK int state_destroy(struct state *state, const struct state_record *record,
                             struct arena *arena, struct fail *fail);

/* Removes the file and closes the descriptors. Never fails: `gc` gets what stays. */
void state_remove(struct state *state);

/* Closes the descriptors and leaves the record for gc. */
void state_abandon(struct state *state);

/* Reads the record of a container, without its lock. It tells nothing of whether the container still
 * runs: live_open does. Errors: what can't be a name (-EINVAL), no record of that name (-ENOENT). */
MUST_CHECK int state_find(const char *id, struct arena *arena, struct state_record *ret_record,
                          struct fail *fail);

/* Waits until no launcher looks after the container any more, and reads what its record says then,
 * also when it was removed. `record_fd`: of state_open_record, opened while the container ran. */
MUST_CHECK int state_await_end(int record_fd, struct arena *arena, struct state_end *ret_end,
                               struct fail *fail);

/* The record of a container, to be read later. */
MUST_CHECK int state_open_record(const char *id, struct arena *arena, int *ret_fd,
                                 struct fail *fail);

/* The names of all records, sorted. A state root that is not there holds none. */
MUST_CHECK int state_list(struct arena *arena, const char ***ret_ids, size_t *ret_count,
                          struct fail *fail);

/* Removes all that containers without a living launcher left: processes, cgroups, files.
 * `ret_removed` counts the containers. */
MUST_CHECK int state_collect_garbage(struct arena *arena, size_t *ret_removed, struct fail *fail);

/* The start time of a process, proc_pid_stat(5) field 22; 0 when there is none with that pid. */
uint64_t state_starttime(pid_t pid);

#endif
