/* alone.h - cinit as the init of somebody else's container. */
#ifndef INIT_ALONE_H
#define INIT_ALONE_H

#include <stdbool.h>
#include <stdint.h>

/* What the caller had set, and the command gets again. */
struct caller {
    uint64_t signal_mask; /* blocked signals: bit n-1 for signal n */
    bool sigchld_ignored;
};

/* Reads options, starts the command, looks after it; cinit(8). Returns the exit status. All signals
 * must be blocked, and SIGCHLD not ignored. */
int alone_run(const struct caller *caller, int argc, char **argv, char **environment);

#endif
