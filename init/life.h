/* life.h - what cinit knows of the command and of itself while the command runs. Under launcher and
 * alone it is the same code that looks after it: supervise.c, with three rooms beside it - processes.c
 * finds who gets a signal, stop.c ends them all in order, terminal.c is job control.
 */
#ifndef INIT_LIFE_H
#define INIT_LIFE_H

#include <sys/wait.h>

#include "policy.h"
#include "sys.h"

#include "../shared/fail.h"

struct life {
    const struct policy *policy;
    int payload; /* its pid; 0: it has ended, with */
    int status;  /* this wait(2) status */
    int own_pid;
    bool childless;          /* no process is left that we would have to wait for */
    uint32_t orphans_reaped; /* children that were not ours at first */

    int tty_fd;              /* the controlling terminal, -1: none, or none of our concern */
    bool shares_group;       /* the payload is in our own process group */
    bool hands_session_over; /* the payload takes the terminal for a session of its own */

    const struct stop_step *stop; /* the step that is under way, NULL: none */
    unsigned stop_steps_left;     /* behind it */
    int64_t stop_deadline_us;     /* CLOCK_MONOTONIC; 0: none */
    bool stop_exhausted;          /* it is over, and there may be processes left */
};

/* The exit status of an init whose payload ended with that wait(2) status: the same, or 128 + n. */
static inline int life_exit_status(int status)
{
    return WIFSIGNALED(status) ? EXIT_SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- supervise.c ---- */

/* Forwards signals and reaps, asleep in one system call in between, until the payload has ended and
 * what the policy wants for its orphans is done. Returns the payload's wait(2) status. All signals
 * must be blocked, and SIGCHLD not ignored. */
int supervise(struct life *life);

/* The same without a payload, until SIGTERM or SIGINT comes: what keeps a pod's namespaces. */
void supervise_pause(struct life *life);

/* ---- processes.c ---- */

/* Sends a signal to the payload and to what `scope` adds. The value of sigqueue(3) in `info` is kept;
 * NULL: there is none. That a process has gone is no error: its SIGCHLD is on the way. */
void processes_signal(const struct life *life, enum forward_to scope, int signal_number,
                      const siginfo_t *info);

/* ---- stop.c ---- */

/* The first stop signal came. Returns whether that is what it was: other signals are forwarded. */
bool stop_requested(struct life *life, int signal_number);

/* The payload has ended. */
void stop_orphans(struct life *life);

/* How long to sleep until the next step; NULL: for ever. */
const struct timespec *stop_timeout(const struct life *life, struct timespec *room);

/* That time has passed. */
void stop_next_step(struct life *life);

/* A child has ended: those that it made meanwhile get what is due now. */
void stop_repeat_kill(const struct life *life);

/* ---- terminal.c ---- */

/* Finds the controlling terminal, and what the payload will be on it: in our process group, in one of
 * its own, or the leader of a session; credentials(7). */
void terminal_open(struct life *life);

/* Right before the payload's process is made, and right after its execve(2) or its end. */
void terminal_before_payload(const struct life *life);
void terminal_after_payload(struct life *life);

/* In the payload's process: a process group or session of its own, in the foreground if we are. */
void terminal_begin_payload(const struct life *life);

/* The terminal sends its signals to a whole process group: then the payload has got this one already. */
bool terminal_has_sent(const struct life *life, const siginfo_t *info);

/* The payload was stopped: so are we, so that the shell that waits for us sees it. Returns when
 * somebody continues us. */
void terminal_stopped(const struct life *life, int signal_number);

/* SIGCONT came: the payload's process group gets it, and before that the terminal if it is ours. */
void terminal_continue(const struct life *life);

/* Gives the terminal back when it is still the payload's, whose pid this was. */
void terminal_close(const struct life *life, int payload);

#endif
