/* cmd_run.c - THE story: flags become a spec, the spec becomes a plan, the plan becomes a container.
 *
 *   prepare        flags -> spec (resolved, validated) -> plan           cli/ spec/ plan/
 *   container_live host steps, clone3, the program for cinit, the wait   run/
 *                  and the undoing of all of it
 *
 * What happens inside the container is the init program: plan/plan_program.c lists its order,
 * init/apply.c applies it.
 */
#include <stdio.h>

#include "../run/container.h"
#include "../run/existing.h"
#include "../run/monitor.h"
#include "../spec/bundle.h"
#include "prepare.h"
#include "words.h"

/* A process with CAP_SYS_CHROOT, which is one of the default capabilities, walks out: chroot(2) into
 * a directory below leaves its working directory above the new root, and "..", never equal to that
 * root, leads up to the host's. */
static void warn_of_chroot(const struct spec *spec, const struct trace *trace)
{
    bool asked = spec->namespaces[NS_MNT].create; /* else a warning of config.json tells it */
    if (spec->root.mode == ROOT_CHROOT && asked)
        trace_warning(trace, "with --root-mode chroot the container can escape to the host's files",
                      "it is there for learning; --root-mode pivot, the default, closes this door");
}

static void warn_of_config(const struct config_notes *notes, const struct trace *trace)
{
    for (size_t i = 0; i < notes->warning_count; i++)
        trace_warning(trace, notes->warnings[i], "the container runs without it");
}

static int check_options(const struct run_options *options, struct fail *fail)
{
    if (options->json) {
        (void)fail_set(fail, "option --json: run has nothing to print");
        return fail_hint(fail, "launcher plan --json prints the plan; --log-format json is for "
                               "steps and errors");
    }
    if (options->detach.monitor_option && !options->detach.wanted) {
        (void)fail_set(fail, "option --restart or --log-opt: nobody stays to do it");
        return fail_hint(fail, "they are for a container that goes on by itself: --detach");
    }
    return 0;
}

static int run_detached(const struct prepared *prepared, const struct trace *trace,
                        struct arena *arena, int *ret_exit_status, struct fail *fail)
{
    const struct run_options *options = &prepared->options;
    const struct monitor_job job = {.spec = &prepared->spec,
                                    .plan = &prepared->plan,
                                    .options = &options->detach,
                                    .interactive = options->interactive,
                                    .trace = trace,
                                    .arena = arena};
    TRY(monitor_run(&job, ret_exit_status, fail));
    if (*ret_exit_status == 0)
        (void)puts(prepared->spec.id);
    return 0;
}

/* As runc run --detach: created and started, and then nobody's but the caller's. */
static int run_bundle_detached(const struct prepared *prepared, const struct trace *trace,
                               struct arena *arena, int *ret_exit_status, struct fail *fail)
{
    struct fail second = {.code = 0};
    AUTO_EXISTING struct existing existing = EXISTING_NONE;
    *ret_exit_status = 0;
    TRY(container_create(&prepared->spec, &prepared->plan, &prepared->create, trace, arena,
                         ret_exit_status, fail));
    if (*ret_exit_status != 0)
        return 0; /* a signal has ended it */
    TRY(existing_take(prepared->spec.id, trace, arena, &existing, fail));
    int result = existing_start(&existing, fail);
    if (result < 0 && existing_delete(&existing, true, &second) < 0)
        trace_warning(trace, second.text, "launcher delete --force tries again");
    return result;
}

static int run_attached(const struct prepared *prepared, const struct trace *trace,
                        struct arena *arena, int *ret_exit_status, struct fail *fail)
{
    struct container container = container_new(&prepared->spec, &prepared->plan, trace, arena);
    container.pid_file = prepared->create.pid_file;
    return container_live(&container, ret_exit_status, fail);
}

int cmd_run(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct prepared prepared = {0};
    TRY(prepare(invocation, "run", &prepared, fail));
    if (prepared.options.help_wanted) {
        *ret_exit_status = 0;
        return 0;
    }
    TRY(check_options(&prepared.options, fail));
    struct trace trace = trace_of(invocation);
    trace.on = prepared.spec.trace;
    trace.quiet = prepared.options.quiet;
    warn_of_chroot(&prepared.spec, &trace);
    warn_of_config(&prepared.notes, &trace);
    if (prepared.notes.filter_is_new)
        bundle_keep_filter(&prepared.spec, invocation->arena);
    struct arena *arena = invocation->arena;
    if (!prepared.options.detach.wanted)
        return run_attached(&prepared, &trace, arena, ret_exit_status, fail);
    if (prepared.from_bundle)
        return run_bundle_detached(&prepared, &trace, arena, ret_exit_status, fail);
    return run_detached(&prepared, &trace, arena, ret_exit_status, fail);
}
