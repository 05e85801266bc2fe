/* log_follow.h - to be told when a detached container prints something, and when it has ended; inotify(7)
 * and the pidfd of its monitor.
 */
#ifndef LAUNCHER_LOG_FOLLOW_H
#define LAUNCHER_LOG_FOLLOW_H

#include "log_read.h"

struct log_follow {
    int inotify_fd; /* becomes readable when something was written */
    int monitor_fd; /* pidfd, becomes readable when the monitor has ended; -1: it had already */
    int watch;      /* of the file that was read last; -1: none yet */
    ino_t watched;
};

#define LOG_FOLLOW_NONE ((struct log_follow){.inotify_fd = -1, .monitor_fd = -1, .watch = -1})

MUST_CHECK int log_follow_open(const struct state *state, struct arena *arena,
                               struct log_follow *ret_follow, struct fail *fail);

/* True when nothing more will be written. To be asked before the log is read to its end. */
bool log_follow_ended(const struct log_follow *follow);

/* To be called when the reader had nothing more. Returns true when it may have by now: it is to be read
 * again before waiting. */
bool log_follow_rearm(struct log_follow *follow, const struct log_reader *reader);

/* Forgets what inotify_fd has told. */
void log_follow_heard(const struct log_follow *follow);

void log_follow_close(struct log_follow *follow);

#endif
