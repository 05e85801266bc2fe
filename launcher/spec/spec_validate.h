/* spec_validate.h - PURE: is this spec free of contradictions? */
#ifndef LAUNCHER_SPEC_VALIDATE_H
#define LAUNCHER_SPEC_VALIDATE_H

#include "spec.h"

/* Checks a resolved spec; whoever filled it, nothing is checked again later. Errors: -EINVAL with
 * one sentence about the first thing that is wrong. */
MUST_CHECK int spec_validate(const struct spec *spec, struct fail *fail);

/* The part that has a file of its own: validate_network.c. */
MUST_CHECK int validate_network(const struct spec *spec, struct fail *fail);

#endif
