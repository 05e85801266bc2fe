/* detach.h - PURE: what was asked for a container that goes on without the launcher that was called. */
#ifndef LAUNCHER_DETACH_H
#define LAUNCHER_DETACH_H

#include <stdbool.h>
#include <stdint.h>

#include "../../shared/fail.h"

enum { LOG_FILES_MAX = 16 }; /* a log and those put aside */

enum restart_mode { RESTART_NO, RESTART_ON_FAILURE, RESTART_ALWAYS };

struct restart_policy {
    enum restart_mode mode;
    unsigned most; /* restarts; 0: as often as needed */
};

struct detach_options {
    bool wanted;         /* --detach */
    bool remove;         /* --rm: nothing is kept when it has ended */
    bool monitor_option; /* one was given that only a detached container has a use for */
    struct restart_policy restart;
    int64_t log_size;   /* bytes from which on the log is put aside and a new one begun */
    unsigned log_files; /* this one and those put aside, 1 to 16 */
};

/* What holds unless it is said otherwise. The state root is on a tmpfs: a log costs memory. */
struct detach_options detach_defaults(void);

/* The words of docker-run(1): no, on-failure[:N], always; unless-stopped, which without a daemon is the
 * same as always. */
MUST_CHECK int restart_parse(const char *text, struct restart_policy *ret_policy,
                             struct fail *fail);

/* KEY=VALUE: max-size=SIZE or max-file=N, as podman and docker have them. */
MUST_CHECK int log_option_parse(const char *text, struct detach_options *options,
                                struct fail *fail);

/* True when a container that has ended with this status is to be started once more. `restarts`: how
 * often it was already. */
bool restart_is_due(const struct restart_policy *policy, int exit_status, unsigned restarts);

/* How long to wait before that: 100 ms, and twice as long each time up to a minute, so that a program
 * that can't start does not fill the host with its attempts. One that had run for 10 seconds begins
 * again at 100 ms. `failures`: the short runs in a row, this one among them; 0: it was a long one. */
int restart_delay_ms(unsigned failures);

enum { RESTART_LONG_RUN_MS = 10000 };

#endif
