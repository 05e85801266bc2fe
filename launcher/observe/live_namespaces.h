/* live_namespaces.h - namespaces that are named by whose they are. */
#ifndef LAUNCHER_LIVE_NAMESPACES_H
#define LAUNCHER_LIVE_NAMESPACES_H

#include "../spec/spec.h"

/* Turns what --ns TYPE:WHOSE names into a path: a process by its number, a container that runs by its
 * ID. A path stays as it is. Errors: live_open's. */
MUST_CHECK int live_namespaces(struct spec *spec, struct arena *arena, struct fail *fail);

#endif
