#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>

#include "../host/cgroup/freeze.h"
#include "container_hooks.h"
#include "existing.h"

/* What v1 has frozen does not die before it is thawed. */
static int kill_and_wait(struct existing *existing, struct fail *fail)
{
    const struct container *container = &existing->container;
    if (container->child.pidfd < 0)
        return 0;
    (void)syscall(SYS_pidfd_send_signal, container->child.pidfd, SIGKILL, NULL, 0);
    cgroup_thaw(container->record.cgroups, container->record.cgroup_count);
    if (status_await_process(container->child.pidfd, STATUS_KILL_WAIT_MS))
        return 0;
    return fail_code(fail, -ETIMEDOUT, "killing process %d of the container %s",
                     (int)container->child.pid, container->record.id);
}

int existing_delete(struct existing *existing, bool force, struct fail *fail)
{
    struct container *container = &existing->container;
    bool may = force || existing->status == STATUS_STOPPED || existing->status == STATUS_CREATED;
    if (!may)
        return existing_wrong_status(existing, "deleting",
                                     "launcher stop ends it, delete --force does both", fail);
    TRY(kill_and_wait(existing, fail));
    if (state_destroy(&container->state, &container->record, container->arena, fail) < 0)
        return fail_context(fail, "deleting the container %s", container->record.id);
    container->child.pid = 0;
    container->report.times.cloned = trace_now_us(); /* there was a process: poststop is due */
    container_hooks_poststop(container);
    return 0;
}
