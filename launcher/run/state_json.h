/* state_json.h - PURE: the state of a container as JSON; runtime-spec runtime.md, "State". It is what
 * `launcher state` prints and what a hook finds on its stdin.
 */
#ifndef LAUNCHER_STATE_JSON_H
#define LAUNCHER_STATE_JSON_H

#include <sys/types.h>

#include "../spec/spec.h"

enum container_status {
    STATUS_CREATING, /* its environment is being made */
    STATUS_CREATED,  /* all is there but the payload */
    STATUS_RUNNING,
    STATUS_PAUSED, /* not the OCI's, but runc's and docker's word */
    STATUS_STOPPED,
};

struct state_view {
    const char *id;
    enum container_status status;
    pid_t pid; /* as seen by the one who reads it; 0: none, and none is written */
    const char *bundle;
    const struct spec_pair *annotations;
    size_t annotation_count;
    /* More than the OCI asks for, as runc has it. NULL: left out. */
    const char *rootfs;
    const char *created; /* RFC 3339 */
    const char *owner;
};

/* "creating" ... */
const char *container_status_name(enum container_status status);

/* One line without an end of line, in the arena. Bytes that are no UTF-8 stay as they are, so that a
 * path still leads to its file. */
const char *state_json(const struct state_view *view, struct arena *arena);

/* The same as a part of the state of one process, which has a seccomp listener; config-linux.md, "The
 * Container Process State". `metadata`: NULL for none. */
const char *state_json_of_process(const struct state_view *view, pid_t pid, const char *metadata,
                                  struct arena *arena);

#endif
