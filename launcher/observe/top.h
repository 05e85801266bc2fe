/* top.h - a terminal full of what all containers use, as top(1) does it for processes. */
#ifndef LAUNCHER_TOP_H
#define LAUNCHER_TOP_H

#include "../../shared/fail.h"

/* By what the containers are sorted, the greatest first; the key that chooses it is its letter. */
struct top_order {
    char key;
    const char *name; /* "cpu" */
};

/* The order of that name; NULL when there is none. */
const struct top_order *top_find_order(const char *name);

/* Shows all containers that run, anew every second, on the terminal that stdin and stdout are, until
 * q, SIGINT, SIGTERM or SIGHUP. The terminal is then as it was before, also after an error. */
MUST_CHECK int top_run(const struct top_order *order, struct fail *fail);

#endif
