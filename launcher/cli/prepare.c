#include "prepare.h"

#include <stdio.h>

#include "../host/seccomp.h"
#include "../observe/live_namespaces.h"
#include "../observe/live_network.h"
#include "../spec/bundle.h"
#include "../spec/spec_resolve.h"
#include "../spec/spec_validate.h"
#include "bundle_options.h"

static int add_seccomp_filter(struct spec *spec, struct arena *arena, struct config_notes *notes,
                              struct fail *fail)
{
    if (spec->seccomp == SECCOMP_UNCONFINED)
        return 0;
    if (spec->seccomp == SECCOMP_FROM_FILE)
        return bundle_seccomp_file(spec, arena, notes, fail);
    return seccomp_default_filter(spec->process.capabilities.bounding, arena, &spec->seccomp_filter,
                                  &spec->seccomp_filter_size, fail);
}

/* From a config.json everything comes, and it was checked with it. */
static int prepare_bundle(struct invocation *invocation, const char *verb,
                          struct prepared *prepared, struct fail *fail)
{
    struct bundle_options options;
    int result = bundle_options_parse(invocation, true, &options, fail);
    prepared->options = options.output;
    invocation->log_json = invocation->log_json || options.output.log_format == LOG_JSON;
    TRY(result);
    if (options.output.help_wanted) {
        bundle_options_help(
            stdout, arena_printf(invocation->arena, "%s --bundle DIR [options] [ID]", verb), true);
        return 0;
    }
    struct spec *spec = &prepared->spec;
    TRY(bundle_load(options.directory, options.id, invocation->cgroup_manager, invocation->arena,
                    spec, &prepared->notes, fail));
    TRY(bundle_options_apply(&options, options.output.detach.wanted, spec, fail));
    prepared->from_bundle = true;
    prepared->create = options.create;
    spec->trace = options.trace || invocation->debug;
    spec->process.signal_mask = invocation->caller->signal_mask;
    spec->process.sigchld_ignored = invocation->caller->sigchld_ignored;
    return plan_build(spec, invocation->arena, &prepared->plan, fail);
}

int prepare(struct invocation *invocation, const char *verb, struct prepared *ret_prepared,
            struct fail *fail)
{
    struct prepared *prepared = ret_prepared;
    struct spec *spec = &prepared->spec;
    if (bundle_options_wanted(invocation))
        return prepare_bundle(invocation, verb, prepared, fail);
    int result = run_options_parse(invocation->argc, invocation->argv, invocation->arena,
                                   &prepared->options, spec, fail);
    invocation->log_json = invocation->log_json || prepared->options.log_format == LOG_JSON;
    TRY(result);
    if (prepared->options.help_wanted) {
        run_options_help(stdout, verb);
        return 0;
    }
    spec->cgroup.manager = invocation->cgroup_manager;
    spec->trace = spec->trace || (invocation->debug && !prepared->options.quiet);
    spec->process.signal_mask = invocation->caller->signal_mask;
    spec->process.sigchld_ignored = invocation->caller->sigchld_ignored;
    TRY(live_namespaces(spec, invocation->arena, fail));
    if (prepared->options.net_container != NULL)
        TRY(live_network(prepared->options.net_container, &spec->network, invocation->arena, fail));
    TRY(spec_resolve(spec, &prepared->options, invocation->arena, fail));
    TRY(spec_validate(spec, fail));
    TRY(add_seccomp_filter(spec, invocation->arena, &prepared->notes, fail));
    return plan_build(spec, invocation->arena, &prepared->plan, fail);
}
