/* The end of one container: what is measured, put on record, reported and returned. */
#include "container_end.h"

#include <signal.h>
#include <sys/wait.h>

static int exit_status_of(int wait_status)
{
    if (WIFSIGNALED(wait_status))
        return EXIT_SIGNALLED + WTERMSIG(wait_status);
    return WEXITSTATUS(wait_status);
}

int container_judge(const struct container *container, int *ret_exit_status, struct fail *fail)
{
    if (container->failed)
        return fail->code;
    if (container->interrupted_by != 0) {
        *ret_exit_status = EXIT_SIGNALLED + container->interrupted_by;
        return 0;
    }
    if (container->ended || (container->phase == PHASE_GONE && !container->spec->init)) {
        *ret_exit_status = exit_status_of(container->wait_status);
        return 0;
    }
    int status = exit_status_of(container->wait_status);
    if (status == EXIT_SIGNALLED + SIGKILL &&
        report_cause(&container->report, container->spec) != ENDED_BY_ITSELF) {
        *ret_exit_status = status; /* the kernel took cinit too; the report's line says why */
        return 0;
    }
    (void)fail_set(fail, "running the container: cinit ended with status %d before the payload did",
                   status);
    if (status == EXIT_SIGNALLED + SIGKILL) {
        fail->exit_status = status;
        (void)fail_hint(fail, "something killed the container: its memory limit, or a person");
    }
    return fail->code;
}

/* What the cgroups have counted is lost when they go. */
void container_take_counts(struct container *container)
{
    struct report *report = &container->report;
    report->times.ended = trace_now_us();
    report->ended = container->ended || (container->phase == PHASE_GONE && !container->spec->init);
    report->wait_status = container->wait_status;
    cgroup_measure_events(&container->cgroup, &report->usage);
    if (container->report_fd >= 0 || report->usage.oom_kills.value > 0)
        cgroup_measure(&container->cgroup, &report->usage);
}

struct state_end container_end(const struct container *container)
{
    const struct report *report = &container->report;
    return (struct state_end){
        .set = true,
        .status = {.set = report->ended, .value = exit_status_of(report->wait_status)},
        .ooms = report->usage.memory_failures,
        .oom_kills = report->usage.oom_kills,
        .memory_high_hits = report->usage.memory_high_hits,
        .pids_refused = report->usage.pids_refused,
    };
}

/* Who follows the events of this container reads it when we are through. Without a cgroup there is
 * nothing to lose but the status, which is not worth a write at each end. A monitor writes it later, when
 * all else is done. */
void container_record_end(struct container *container)
{
    struct fail lost = {0};
    if (!container->plan->needs_cgroup || container->record.init_pid == 0 ||
        container->monitor != NULL)
        return;
    container->record.end = container_end(container);
    if (state_write(&container->state, &container->record, &lost) < 0)
        trace_warning(container->trace, lost.text, "launcher events can't tell how it ended");
}

/* Writes the report wherever it is wanted. `result` is how the run went. */
int container_tell_end(struct container *container, int result, int exit_status, struct fail *fail)
{
    struct report *report = &container->report;
    report->times.removed = trace_now_us();
    report->exit_status = result >= 0              ? exit_status
                          : fail->exit_status != 0 ? fail->exit_status
                                                   : EXIT_LAUNCHER;
    const char *line = report_line(report, container->spec, container->arena);
    if (line[0] != '\0')
        trace_notice(container->trace, line);
    if (container->report_fd < 0)
        return result;
    struct fail second = {0};
    int written = report_write(container->report_fd, report, container->spec,
                               result < 0 ? fail->text : NULL, &second);
    own_close(&container->report_fd);
    if (written < 0)
        trace_warning(container->trace, second.text, "the container itself ended as it should");
    return result;
}
