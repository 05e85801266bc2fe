/* join.h - a process of launcher's in namespaces that others have made; setns(2).
 *
 * launcher itself never leaves its own namespaces. A short-lived process, the joiner, goes into them
 * and clones from there with CLONE_PARENT: the new process is launcher's own child, and what new
 * namespaces it gets belong to the user namespace that was joined.
 */
#ifndef LAUNCHER_JOIN_H
#define LAUNCHER_JOIN_H

#include <linux/sched.h>

#include "../spec/spec.h"

/* `fd`: a namespace, or the pidfd of a process whose namespaces are meant. */
struct join {
    int fd;
    uint64_t flags;   /* CLONE_NEW* of setns(2): with a pidfd several at once */
    const char *name; /* for messages: "the ipc namespace /proc/71/ns/ipc" */
};

struct join_set {
    struct join joins[NS_COUNT];
    size_t count;
};

/* Opens the namespace at `path`, checked, and adds it. */
MUST_CHECK int join_add(struct join_set *set, enum namespace_type type, const char *path,
                        struct arena *arena, struct fail *fail);

/* Closes the descriptors. */
void join_close(struct join_set *set);

/* clone3(2) from inside the namespaces of `set`: `child(argument)` is called in the new process and
 * must not return. `arguments` without CLONE_PARENT and exit_signal, which follow from the joiner;
 * with CLONE_PIDFD, the field pidfd is not read: the descriptor comes back in `ret_pidfd`.
 * Errors: that of setns(2), with the namespace's name; the joined user namespace maps no user or
 * group 0 (-EINVAL); that of clone3(2). */
MUST_CHECK int join_clone(const struct join_set *set, const struct clone_args *arguments,
                          void (*child)(void *argument), void *argument, pid_t *ret_pid,
                          int *ret_pidfd, struct fail *fail);

#endif
