/* create.h - a container whose payload waits for launcher start; runtime-spec runtime.md, "Create". */
#ifndef LAUNCHER_CREATE_H
#define LAUNCHER_CREATE_H

#include "container.h"

struct create_options {
    const char *console_socket; /* who gets the terminal; NULL: nobody */
    const char *pid_file;       /* gets the pid of the first process; NULL: none */
};

/* Creates the container and leaves it: no launcher looks after it, and its record stays until delete.
 * Its stdin, stdout and stderr are ours. When something fails, nothing of it is left. `ret_exit_status`
 * is of interest only when a signal ended the creation. */
MUST_CHECK int container_create(const struct spec *spec, const struct plan *plan,
                                const struct create_options *options, const struct trace *trace,
                                struct arena *arena, int *ret_exit_status, struct fail *fail);

#endif
