/* resources_json.h - PURE: the resources of a container as the OCI writes them, config-linux.md. */
#ifndef LAUNCHER_RESOURCES_JSON_H
#define LAUNCHER_RESOURCES_JSON_H

#include <jansson.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"
#include "spec.h"

/* Reads an object of the OCI's type LinuxResources. A number that is 0 is not set, as runc takes it,
 * but for cpu.idle and cpu.burst; -1 is unlimited. Unknown fields are passed over, as the OCI demands.
 * Errors name the field: a wrong type or value, or what launcher can't limit. */
MUST_CHECK int resources_from_json(const json_t *json, struct arena *arena,
                                   struct spec_resources *resources, struct fail *fail);

#endif
