/* status.h - how a container is, by the words of runtime-spec runtime.md, "State". It is looked up each
 * time and stored nowhere, so no crash can leave a wrong one.
 */
#ifndef LAUNCHER_STATUS_H
#define LAUNCHER_STATUS_H

#include "state.h"
#include "state_json.h"

/* `state` needs no lock, only its descriptors; `record` is what its file says. */
enum container_status status_of(const struct state *state, const struct state_record *record,
                                struct arena *arena);

/* A pidfd of the container's first process, or -1 when that has ended: the descriptor is taken first,
 * and then compared with the start time on record, so no other process can be meant. */
int status_open_process(const struct state_record *record);

/* Waits until the process has ended, at most so long; -1: without limit. False: it has not. A zombie has
 * ended: whoever is to reap it may take his time. */
bool status_await_process(int pidfd, int timeout_ms);

enum {
    STATUS_KILL_WAIT_MS = 10000
}; /* after SIGKILL, as runc; then a process is stuck in the kernel */

/* A container by its name, as it is now: its record, and its file without the lock. */
struct container_view {
    struct state state;
    struct state_record record;
    enum container_status status;
};

/* Errors: no such container (-ENOENT). */
MUST_CHECK int status_view(const char *id, struct arena *arena, struct container_view *ret_view,
                           struct fail *fail);

/* Waits while its launcher is still creating it: then there is a process to talk of, or it came to
 * nothing. */
MUST_CHECK int status_await_creation(struct container_view *view, struct arena *arena,
                                     struct fail *fail);

/* The state of runtime-spec, with what runc adds, as one line of JSON in the arena. */
const char *status_json(const struct container_view *view, struct arena *arena);

void status_view_close(struct container_view *view);

#define AUTO_VIEW __attribute__((cleanup(status_view_close)))
#define VIEW_NONE ((struct container_view){.state = STATE_NONE})

#endif
