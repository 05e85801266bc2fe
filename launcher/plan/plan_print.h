/* plan_print.h - PURE: a plan as text, and as JSON. */
#ifndef LAUNCHER_PLAN_PRINT_H
#define LAUNCHER_PLAN_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include "plan.h"

/* One line a step: number, room, sentence; the host's steps first, cinit's where they begin. */
void plan_print_text(const struct plan *plan, FILE *stream);

/* {"host": [{"step", "tag", "sentence"}...], "cinit": [...]}; the caller owns the reference. */
json_t *plan_to_json(const struct plan *plan);

#endif
