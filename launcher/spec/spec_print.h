/* spec_print.h - a resolved spec for people and for programs. */
#ifndef LAUNCHER_SPEC_PRINT_H
#define LAUNCHER_SPEC_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include "spec.h"

/* One setting a line. */
void spec_print_text(const struct spec *spec, FILE *file);

/* The spec with the field names of runtime-spec; what that has no field for is an annotation
 * "launcher.*". The caller owns the reference. NULL: out of memory. */
json_t *spec_to_json(const struct spec *spec);

#endif
