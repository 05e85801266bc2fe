#include <stdio.h>

#include "../run/create.h"
#include "../spec/bundle.h"
#include "bundle_options.h"
#include "words.h"

static int check_words(const struct bundle_options *options, struct fail *fail)
{
    if (options->id == NULL) {
        (void)fail_set(fail, "reading the command line: missing the name of a container");
        return fail_hint(fail, "launcher create [--bundle DIR] ID");
    }
    if (options->output.json)
        return fail_set(fail, "option --json: create has nothing to print");
    return 0;
}

static int load(const struct invocation *invocation, const struct bundle_options *options,
                struct spec *spec, struct config_notes *notes, struct fail *fail)
{
    TRY(bundle_load(options->directory, options->id, invocation->cgroup_manager, invocation->arena,
                    spec, notes, fail));
    TRY(bundle_options_apply(options, true, spec, fail));
    spec->trace = invocation->debug || options->trace;
    if (notes->filter_is_new)
        bundle_keep_filter(spec, invocation->arena);
    return 0;
}

int cmd_create(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct bundle_options options;
    struct spec spec;
    struct config_notes notes = {.warnings = NULL};
    struct plan plan;
    *ret_exit_status = 0;
    int result = bundle_options_parse(invocation, false, &options, fail);
    invocation->log_json = invocation->log_json || options.output.log_format == LOG_JSON;
    TRY(result);
    if (options.output.help_wanted) {
        bundle_options_help(stdout, "create [--bundle DIR] [options] ID", false);
        return 0;
    }
    TRY(check_words(&options, fail));
    TRY(load(invocation, &options, &spec, &notes, fail));
    TRY(plan_build(&spec, invocation->arena, &plan, fail));
    struct trace trace = trace_of(invocation);
    trace.on = spec.trace;
    trace.quiet = options.output.quiet;
    for (size_t i = 0; i < notes.warning_count; i++)
        trace_warning(&trace, notes.warnings[i], "the container runs without it");
    return container_create(&spec, &plan, &options.create, &trace, invocation->arena,
                            ret_exit_status, fail);
}
