/* hooks.h - other people's programs at fixed points of a container's life; runtime-spec config.md,
 * "POSIX-platform Hooks".
 *
 *     hooks.c         launcher's side: one hook after the other, what it says, when it takes too long
 *     hook_process.c  the hook's side, from fork(2) to execve(2)
 *
 * A hook gets the arguments and the environment that config.json gives it and nothing else: no
 * variable of launcher's or the payload's (CVE-2025-23266), no descriptor, "/" as its working
 * directory. Its stdin is the state of the container; its stdout goes nowhere, since that of launcher
 * is the container's; of its stderr the end is kept for the error.
 */
#ifndef LAUNCHER_HOOKS_H
#define LAUNCHER_HOOKS_H

#include "../spec/spec.h"
#include "cgroup/cgroup.h"

struct hook_options {
    const char *state; /* what the hook finds on its stdin: run/state_json.h */

    /* Where it runs: in the namespaces, root and cgroups of this process, or (-1) in launcher's. */
    int container_pidfd;
    pid_t container_pid;
    const struct cgroup_path *cgroups;
    size_t cgroup_count;

    /* It may do what this container's payload may, and no more: its user, capabilities, no_new_privs
     * and seccomp filter. NULL: all that launcher may. */
    const struct spec *confined_as;

    /* SIGINT, SIGTERM, SIGHUP and SIGQUIT, blocked by the caller, end the hook. They stay pending. */
    bool interruptible;
};

/* "createRuntime": the list's name in config.json. */
const char *hook_kind_name(enum spec_hook_kind kind);

/* True when the hooks of this kind belong into the container's namespaces. */
bool hook_runs_in_container(enum spec_hook_kind kind);

/* Runs the hooks of a list in turn, up to the first that fails. Each is waited for, as long as its
 * timeout allows; then it is killed with all of its process group.
 * Errors name list, number and path, and end with what the hook said: it ended with another status
 * than 0 (-EIO), took too long (-ETIMEDOUT), was interrupted (-EINTR), can't be started (errno). */
MUST_CHECK int hooks_run(enum spec_hook_kind kind, const struct spec_hook_list *list,
                         const struct hook_options *options, struct fail *fail);

/* The same for one hook, for who goes on after a failure. */
MUST_CHECK int hooks_run_one(enum spec_hook_kind kind, const struct spec_hook_list *list,
                             size_t index, const struct hook_options *options, struct fail *fail);

#endif
