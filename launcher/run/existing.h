/* existing.h - a container that another launcher has made, taken up again: what start, delete and exec
 * begin with.
 */
#ifndef LAUNCHER_EXISTING_H
#define LAUNCHER_EXISTING_H

#include "container.h"
#include "status.h"

struct existing {
    struct spec spec;
    struct container container; /* its state, record and child are filled in; no plan, no cgroup */
    enum container_status status;
};

/* Takes the container over, with its lock. What its config.json said, or its flags, is read again, from
 * what is kept beside the record; where there is nothing, or the record says that nobody needs it, the
 * spec is empty.
 * Errors: no such container (-ENOENT); another launcher looks after it (-EBUSY). */
MUST_CHECK int existing_take(const char *id, const struct trace *trace, struct arena *arena,
                             struct existing *ret_existing, struct fail *fail);

/* The same without its lock, for what does not change the container: others may at the same time. The
 * spec is always read. */
MUST_CHECK int existing_look_at(const char *id, const struct trace *trace, struct arena *arena,
                                struct existing *ret_existing, struct fail *fail);

/* Closes what it holds. */
void existing_release(struct existing *existing);

#define EXISTING_NONE \
    ((struct existing){.container = {.state = STATE_NONE, .child = CHILD_NONE, .signal_fd = -1}})
#define AUTO_EXISTING __attribute__((cleanup(existing_release)))

/* An error that says how the container is, in the words of runc: "cannot start a container that is
 * stopped". */
MUST_CHECK int existing_wrong_status(const struct existing *existing, const char *doing,
                                     const char *hint, struct fail *fail);

/* ---- start.c ---- */

/* Lets the payload of a created container begin, runtime-spec runtime.md, "Start". Returns when its
 * execve(2) has worked. Errors: it is not created; a hook failed; the payload can't be executed, with
 * its exit status as container_live has it. */
MUST_CHECK int existing_start(struct existing *existing, struct fail *fail);

/* ---- exec.c ---- */

struct exec_options {
    const char *console_socket; /* who gets the terminal; NULL: ours */
    const char *pid_file;       /* gets the pid of the process, as this host sees it; NULL: none */
    bool detach;                /* return when the process runs; who waits for it is our parent */
};

/* Runs one more process, spec->process, in the namespaces and cgroups of a container that runs; setns(2).
 * `ret_exit_status`: the process's own, as container_live has it; 0 when it was detached. */
MUST_CHECK int existing_exec(struct existing *existing, struct spec *spec,
                             const struct exec_options *options, int *ret_exit_status,
                             struct fail *fail);

/* ---- delete.c ---- */

/* Removes a stopped container, or with `force` any; runtime.md, "Delete". On failure the record
 * stays, and it can be tried again. */
MUST_CHECK int existing_delete(struct existing *existing, bool force, struct fail *fail);

#endif
