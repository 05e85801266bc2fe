/* prepare.h - what run and plan have in common: from the command line to a plan. */
#ifndef LAUNCHER_PREPARE_H
#define LAUNCHER_PREPARE_H

#include "../plan/plan.h"
#include "../run/create.h"
#include "../spec/config.h"
#include "run_options.h"
#include "verbs.h"

struct prepared {
    struct run_options options;
    bool from_bundle;
    struct create_options create; /* of --bundle */
    struct config_notes notes;    /* of --bundle */
    struct spec spec;
    struct plan plan;
};

/* Parses, resolves, validates and plans. With --help it prints the help, and nothing else is
 * filled in. */
MUST_CHECK int prepare(struct invocation *invocation, const char *verb,
                       struct prepared *ret_prepared, struct fail *fail);

#endif
