/* hook_process.h - a hook from fork(2) to execve(2). */
#ifndef LAUNCHER_HOOK_PROCESS_H
#define LAUNCHER_HOOK_PROCESS_H

#include "hooks.h"

/* What execve(2) takes, and the descriptors that become 0, 1 and 2; all of them above these. */
struct hook_process {
    const char *path;
    char *const *argv;
    char *const *environment;
    int stdin_fd, stdout_fd, stderr_fd;
    int notes_fd; /* takes struct hook_note; it closes when the hook is executed */
    const struct hook_options *options;
};

enum hook_stage {
    HOOK_FORKED, /* no failure: the hook is not this process but its sibling, of that pid */
    HOOK_CGROUP,
    HOOK_NAMESPACES,
    HOOK_FORK,
    HOOK_CONFINE,
    HOOK_EXEC,
};

struct hook_note {
    int32_t stage; /* enum hook_stage */
    int32_t value; /* errno, or the pid */
};

/* Becomes the hook, or the one who starts it in another PID namespace: for that, a process must be
 * born in it, pid_namespaces(7). That one is made launcher's own child. */
_Noreturn void hook_process_run(const struct hook_process *process);

#endif
