/* ending.h - to end a container from the outside, and to wait for its end. */
#ifndef LAUNCHER_ENDING_H
#define LAUNCHER_ENDING_H

#include "status.h"

struct stop_options {
    int signal_number; /* what asks it to end */
    int timeout_ms;    /* after which it is killed; -1: never */
};

/* Asks the container to end, kills it when it has not after a while, and returns when it has ended and is
 * cleared away. It is not started again. One that has ended already is no error. */
MUST_CHECK int container_stop(const char *id, const struct stop_options *options,
                              struct arena *arena, struct fail *fail);

/* Waits until it has ended and is not going to be started again. `ret_status`: its exit status; not set
 * where the process that created it is the only one to know. */
MUST_CHECK int container_await(const char *id, struct arena *arena, struct limit *ret_status,
                               struct fail *fail);

#endif
