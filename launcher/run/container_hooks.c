#include "container_hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "../host/hooks.h"
#include "../spec/config.h"
#include "state_json.h"

bool container_has_hooks(const struct spec *spec)
{
    size_t count = 0;
    for (size_t kind = 0; kind < HOOK_KIND_COUNT; kind++)
        count += spec->oci.hooks[kind].count;
    return count > 0;
}

/* ---- the state that hooks are told ---- */

/* prestart hooks are from the time when it was start that ran them, and who still has some may look for
 * what they were told then. */
static enum container_status status_at(enum spec_hook_kind kind)
{
    static const enum container_status at[HOOK_KIND_COUNT] = {
        [HOOK_PRESTART] = STATUS_CREATED,          [HOOK_CREATE_RUNTIME] = STATUS_CREATING,
        [HOOK_CREATE_CONTAINER] = STATUS_CREATING, [HOOK_START_CONTAINER] = STATUS_CREATED,
        [HOOK_POSTSTART] = STATUS_RUNNING,         [HOOK_POSTSTOP] = STATUS_STOPPED,
    };
    return at[kind];
}

/* "NSpid: 4711 1": the last is the one in the innermost PID namespace, proc_pid_status(5). */
static pid_t pid_inside(pid_t pid)
{
    char path[64], status[4096];
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, status, sizeof(status) - 1);
    if (size <= 0)
        return pid;
    status[size] = '\0';
    char *line = strstr(status, "\nNSpid:");
    if (line == NULL)
        return pid;
    line[1 + strcspn(line + 1, "\n")] = '\0';
    const char *last = strrchr(line, '\t');
    return last == NULL ? pid : (pid_t)strtol(last, NULL, 10);
}

/* "For hooks executed in the runtime namespace, it is the pid as seen by the runtime. For hooks
 * executed in the container namespace, it is the pid as seen by the container." */
static const char *state_at(const struct container *container, enum spec_hook_kind kind)
{
    const struct spec_oci *oci = &container->spec->oci;
    pid_t pid = container->child.pid;
    if (pid != 0 && hook_runs_in_container(kind))
        pid = pid_inside(pid);
    struct state_view view = {
        .id = container->spec->id,
        .status = status_at(kind),
        .pid = kind == HOOK_POSTSTOP ? 0 : pid,
        .bundle = oci->bundle,
        .annotations = oci->annotations,
        .annotation_count = oci->annotation_count,
    };
    return state_json(&view, container->arena);
}

/* ---- running them ---- */

static const struct spec_hook_list *list_of(const struct container *container,
                                            enum spec_hook_kind kind)
{
    return &container->spec->oci.hooks[kind];
}

/* The path of a startContainer hook is the image's: what is found there may do no more than the
 * payload. */
static int run_one(const struct container *container, enum spec_hook_kind kind, size_t index,
                   const char *state, struct fail *fail)
{
    struct cgroup_path cgroups[CGROUP_PATHS_MAX];
    struct hook_options options = {
        .state = state,
        .container_pidfd = -1,
        .confined_as = kind == HOOK_START_CONTAINER ? container->spec : NULL,
        .interruptible = kind != HOOK_POSTSTOP, /* it clears away */
    };
    if (hook_runs_in_container(kind)) {
        options.container_pidfd = container->child.pidfd;
        options.container_pid = container->child.pid;
        options.cgroups = cgroups;
        options.cgroup_count = cgroup_paths(&container->cgroup, cgroups);
    }
    TRACE(container->trace, "hook", "running %s (hooks.%s[%zu])",
          list_of(container, kind)->hooks[index].path, hook_kind_name(kind), index);
    return hooks_run_one(kind, list_of(container, kind), index, &options, fail);
}

static int run_list(const struct container *container, enum spec_hook_kind kind, struct fail *fail)
{
    size_t count = list_of(container, kind)->count;
    const char *state = count > 0 ? state_at(container, kind) : NULL;
    for (size_t i = 0; i < count; i++)
        TRY(run_one(container, kind, i, state, fail));
    return 0;
}

static int without_interruption(int result, bool *ret_interrupted)
{
    *ret_interrupted = result == -EINTR;
    return *ret_interrupted ? 0 : result;
}

static int run_before_root(const struct container *container, struct fail *fail)
{
    TRY(run_list(container, HOOK_PRESTART, fail));
    TRY(run_list(container, HOOK_CREATE_RUNTIME, fail));
    return run_list(container, HOOK_CREATE_CONTAINER, fail);
}

int container_hooks_create(const struct container *container, bool *ret_interrupted,
                           struct fail *fail)
{
    return without_interruption(run_before_root(container, fail), ret_interrupted);
}

int container_hooks_start(const struct container *container, bool *ret_interrupted,
                          struct fail *fail)
{
    return without_interruption(run_list(container, HOOK_START_CONTAINER, fail), ret_interrupted);
}

/* The failure of one is a warning, and the others follow. A signal that ends one ends them all. */
static void run_all(const struct container *container, enum spec_hook_kind kind)
{
    size_t count = list_of(container, kind)->count;
    const char *state = count > 0 ? state_at(container, kind) : NULL;
    for (size_t i = 0; i < count; i++) {
        struct fail fail = {.code = 0};
        int result = run_one(container, kind, i, state, &fail);
        if (result == -EINTR)
            return;
        if (result < 0)
            trace_warning(container->trace, fail.text,
                          fail.hint[0] != '\0' ? fail.hint
                                               : "for the container it changes nothing");
    }
}

/* Since version 1.3 of the runtime-spec a failure ends the container: until then it was a warning. What
 * the config.json says it is written for, decides. */
int container_hooks_poststart(const struct container *container, struct fail *fail)
{
    bool interrupted = false;
    if (list_of(container, HOOK_POSTSTART)->count == 0)
        return 0;                       /* and without a config.json there is no version */
    if (container->interrupted_by != 0) /* it was not execve(2) that closed the sync pipe */
        return 0;
    if (config_minor_version(container->spec) < 3) {
        run_all(container, HOOK_POSTSTART);
        return 0;
    }
    return without_interruption(run_list(container, HOOK_POSTSTART, fail), &interrupted);
}

void container_hooks_poststop(const struct container *container)
{
    if (container->report.times.cloned != 0)
        run_all(container, HOOK_POSTSTOP);
}
