/* container_log.h - what a detached container prints, in a file of the form that podman calls k8s-file:
 *
 *     2026-11-25T20:45:01.123456789Z stdout F a whole line
 *     2026-11-25T20:45:01.223456789Z stderr P the beginning of one, the rest has not come yet
 *
 * Put together, the texts, each F one with a newline behind it, are to the byte what was printed. A file
 * that has reached its size is put aside as .1, .2 and so on, and the oldest is removed.
 */
#ifndef LAUNCHER_CONTAINER_LOG_H
#define LAUNCHER_CONTAINER_LOG_H

#include <stdint.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"
#include "../spec/detach.h"
#include "state.h"

/* What is read at once, and so the most that a record can hold. */
enum { LOG_CHUNK = 8192 };

enum log_stream { LOG_STDOUT, LOG_STDERR };

struct container_log {
    const struct state *state; /* the log lies beside its record */
    const struct detach_options *options;
    struct arena *arena;              /* for names */
    const char *names[LOG_FILES_MAX]; /* by their age */
    int fd;                           /* -1: it could not be opened anew */
    int64_t size;
    int64_t lost; /* bytes of output that could not be written */
    int lost_for; /* the reason, a negative errno */
};

#define LOG_NONE ((struct container_log){.fd = -1})

/* `state` and `options` outlive the log. */
MUST_CHECK int container_log_open(const struct state *state, const struct detach_options *options,
                                  struct arena *arena, struct container_log *ret_log,
                                  struct fail *fail);

/* Writes what was printed, at most LOG_CHUNK bytes. Never fails: when there is no room, the container
 * goes on, and the log says later how much it lacks. */
void container_log_write(struct container_log *log, enum log_stream stream, const char *bytes,
                         size_t size);

void container_log_close(struct container_log *log);

#endif
