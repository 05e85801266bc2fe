/* spec_resolve.h - from what was asked to what will be: defaults that depend on flags and host,
 * absolute paths, users by name. Looks at the host and at the root file system, changes nothing. */
#ifndef LAUNCHER_SPEC_RESOLVE_H
#define LAUNCHER_SPEC_RESOLVE_H

#include "spec.h"

struct run_options;

/* Completes the spec. To be followed by spec_validate.
 * Without CAP_SYS_ADMIN a user namespace is added, user_namespaces(7): root inside is the caller.
 * Errors: a path that is missing or of the wrong kind, an unknown user or group, a capability that
 * the caller lacks. */
MUST_CHECK int spec_resolve(struct spec *spec, const struct run_options *options,
                            struct arena *arena, struct fail *fail);

#endif
