#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>

#include "../host/cgroup/freeze.h"
#include "container_hooks.h"
#include "existing.h"

enum { KILL_WAIT_MS = 10000 }; /* as runc; then a process is stuck in the kernel */

/* What v1 has frozen does not die before it is thawed. */
static int kill_and_wait(struct existing *existing, struct fail *fail)
{
    const struct container *container = &existing->container;
    struct pollfd end = {.fd = container->child.pidfd, .events = POLLIN};
    if (container->child.pidfd < 0)
        return 0;
    (void)syscall(SYS_pidfd_send_signal, container->child.pidfd, SIGKILL, NULL, 0);
    cgroup_thaw(container->record.cgroups, container->record.cgroup_count);
    int ready;
    do
        ready = poll(&end, 1, KILL_WAIT_MS);
    while (ready < 0 && errno == EINTR);
    if (ready > 0)
        return 0;
    return fail_code(fail, -ETIMEDOUT, "killing process %d of the container %s",
                     (int)container->child.pid, container->record.id);
}

int existing_delete(struct existing *existing, bool force, struct fail *fail)
{
    struct container *container = &existing->container;
    bool may = force || existing->status == STATUS_STOPPED || existing->status == STATUS_CREATED;
    if (!may)
        return existing_wrong_status(
            existing, "deleting", "launcher kill ends it, launcher delete --force does both", fail);
    TRY(kill_and_wait(existing, fail));
    if (state_destroy(&container->state, &container->record, container->arena, fail) < 0)
        return fail_context(fail, "deleting the container %s", container->record.id);
    container->child.pid = 0;
    container->report.times.cloned = trace_now_us(); /* there was a process: poststop is due */
    container_hooks_poststop(container);
    return 0;
}

/* The first process ends, and so its launcher has nothing more to do but to clear away. */
int existing_end_foreign(struct existing *existing, struct fail *fail)
{
    struct state_end end;
    const struct container *container = &existing->container;
    TRY(kill_and_wait(existing, fail));
    return state_await_end(container->state.file_fd, container->arena, &end, fail);
}
