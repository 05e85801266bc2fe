/* plan_program.h - PURE: from a spec to the init program, the steps of cinit. */
#ifndef LAUNCHER_PLAN_PROGRAM_H
#define LAUNCHER_PLAN_PROGRAM_H

#include "../../shared/encode.h"
#include "plan.h"

/* The whole program, in the arena. Errors: it would be too large, or a bind mount has an option
 * that no bind mount knows (-EINVAL). */
MUST_CHECK int plan_program(const struct spec *spec, struct arena *arena,
                            struct program *ret_program, struct fail *fail);

/* The parts that have a file of their own. */
MUST_CHECK int plan_mounts(const struct spec *spec, struct encoder *encoder, struct fail *fail);
void plan_devices(const struct spec *spec, struct encoder *encoder);
void plan_payload(const struct spec *spec, struct encoder *encoder);

#endif
