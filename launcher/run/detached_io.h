/* detached_io.h - stdin, stdout and stderr of a detached container: pipes, or its terminal, whose other
 * ends the monitor has; pipe(7), pty(7).
 */
#ifndef LAUNCHER_DETACHED_IO_H
#define LAUNCHER_DETACHED_IO_H

#include <poll.h>

#include "container_log.h"

enum { OUTPUTS = LOG_STDERR + 1 };

struct detached_io {
    int payload[3];       /* what the child begins with as 0, 1 and 2; -1 after detached_io_given */
    int input;            /* to its stdin, or the pty; -1: it has none */
    int outputs[OUTPUTS]; /* from its stdout, or the pty, and from its stderr; -1: ended */
};

#define DETACHED_IO_NONE \
    ((struct detached_io){.payload = {-1, -1, -1}, .input = -1, .outputs = {-1, -1}})

/* Makes the pipes. With `terminal` the child gets /dev/null three times, and the pty comes later; without
 * `interactive` stdin is /dev/null. */
MUST_CHECK int detached_io_open(bool terminal, bool interactive, struct detached_io *ret_io,
                                struct fail *fail);

/* The child has its ends: ours of them are closed, or there would never be an end of file. */
void detached_io_given(struct detached_io *io);

/* Takes over the master of the container's pty. */
MUST_CHECK int detached_io_take_terminal(struct detached_io *io, int master, struct fail *fail);

/* Fills in what poll(2) shall wait for, OUTPUTS entries, and later writes what came to the log. */
void detached_io_poll_prepare(const struct detached_io *io, struct pollfd fds[OUTPUTS]);
void detached_io_poll_handle(struct detached_io *io, const struct pollfd fds[OUTPUTS],
                             struct container_log *log);

/* Writes to the log what is still there. */
void detached_io_drain(struct detached_io *io, struct container_log *log);

void detached_io_close(struct detached_io *io);

#endif
