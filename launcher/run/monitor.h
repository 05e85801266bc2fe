/* monitor.h - who looks after a detached container: launcher itself, forked, while the launcher that was
 * called prints the name and returns. The monitor writes the log, hears launcher attach, starts the
 * container again as its policy says, and keeps on record how it ended.
 *
 *     run --detach                      monitor
 *       fork ------------------------->   container_live: as launcher run
 *       wait for the outcome  <--------   the payload runs, or an error
 *       print the name                    stdio becomes /dev/null; log, clients
 *                                         the container ends: again, or the record says how
 */
#ifndef LAUNCHER_MONITOR_H
#define LAUNCHER_MONITOR_H

#include "../spec/detach.h"
#include "container.h"
#include "container_log.h"
#include "detached_io.h"
#include "monitor_clients.h"

/* What is to be run. All of it outlives the call. */
struct monitor_job {
    const struct spec *spec;
    const struct plan *plan;
    const struct detach_options *options;
    bool interactive; /* stdin stays open for launcher attach */
    const struct trace *trace;
    struct arena *arena;
};

/* Starts the container under a monitor of its own. Returns when its payload runs. `ret_exit_status` is 0
 * then, or that of a start which a signal has interrupted. Errors: as container_live. */
MUST_CHECK int monitor_run(const struct monitor_job *job, int *ret_exit_status, struct fail *fail);

/* ---- the monitor's part in the life of its container ---- */

struct monitor {
    const struct monitor_job *job;
    struct arena *arena;
    struct trace trace; /* silent as soon as the caller has gone */
    struct state state; /* the record, over all restarts */
    struct container_log log;
    struct detached_io io;
    struct monitor_clients clients;
    int outcome_fd;   /* who was called waits here for the outcome; -1: it was told */
    bool stop_wanted; /* a signal to the monitor itself said so */
    unsigned restarts;
};

enum { MONITOR_POLL_FDS = OUTPUTS + CLIENTS_POLL_FDS };

/* The payload runs: tells the caller, who returns. An error when he has gone without waiting. */
MUST_CHECK int monitor_payload_started(struct monitor *monitor, const struct container *container,
                                       struct fail *fail);

/* poll(2) with these, to which the monitor adds its own behind the first `count`; there is room. */
int monitor_poll(struct monitor *monitor, struct pollfd *fds, size_t count);

/* Does what poll(2) has found; `fds` is the first of the monitor's own. */
void monitor_poll_handle(struct monitor *monitor, const struct pollfd fds[MONITOR_POLL_FDS]);

#endif
