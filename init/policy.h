/* policy.h - how an init looks after its command. All zero is what launcher's containers get: signals
 * go to the command only, nothing is rewritten, the command's end is the end. */
#ifndef INIT_POLICY_H
#define INIT_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "signals.h"

/* Each reaches more than the one before. */
enum forward_to {
    FORWARD_MAIN,    /* the command */
    FORWARD_PGRP,    /* its process group */
    FORWARD_SESSION, /* the session that it leads */
    FORWARD_TREE,    /* all its descendants; as PID 1, every process of the namespace */
};

/* What becomes of processes that are left when the command ends. */
enum orphans {
    ORPHANS_KEEP, /* nothing: when PID 1 ends, the kernel kills them, pid_namespaces(7) */
    ORPHANS_TERM, /* they get the stop sequence */
    ORPHANS_KILL, /* they get SIGKILL, and PID 1 waits until they are gone */
    ORPHANS_WAIT, /* nothing: the init stays until they have ended; of exec, --orphans can't ask for it */
};

enum { STOP_STEPS_MAX = 16, SIGNAL_DROPPED = 255 };

#define STOP_NO_LIMIT UINT32_MAX

struct stop_step {
    uint32_t time_ms; /* until the next step; STOP_NO_LIMIT: until all are gone */
    int signal_number;
};

struct stop_sequence {
    unsigned count;
    struct stop_step steps[STOP_STEPS_MAX];
};

struct policy {
    enum forward_to forward;
    enum orphans orphans;
    struct stop_sequence stop;         /* without steps: signals are forwarded, and no more */
    uint64_t stop_signals;             /* which begin it; bit n-1 for signal n */
    uint8_t rewritten[SIGNAL_MAX + 1]; /* what to send instead; 0: the same, or SIGNAL_DROPPED */
    bool warn_on_reap;
    bool verbose;
};

#endif
