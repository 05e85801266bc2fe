/* cmd_run.c - THE story: flags become a spec, the spec becomes a plan, the plan becomes a container.
 *
 *   prepare        flags -> spec (resolved, validated) -> plan           cli/ spec/ plan/
 *   container_run  host steps, clone3, the program for cinit, the wait   run/
 *                  and the undoing of all of it
 *
 * What happens inside the container is the init program: plan/plan_program.c lists its order,
 * init/apply.c applies it.
 */
#include "../run/container.h"
#include "prepare.h"

int cmd_run(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct prepared prepared = {0};
    TRY(prepare(invocation, "run", &prepared, fail));
    if (prepared.options.help_wanted) {
        *ret_exit_status = 0;
        return 0;
    }
    struct trace trace = {
        .on = prepared.spec.trace,
        .json = prepared.options.log_format == LOG_JSON,
        .started_us = invocation->caller->started_us,
    };
    return container_run(&prepared.spec, &prepared.plan, &trace, invocation->arena,
                         ret_exit_status, fail);
}
