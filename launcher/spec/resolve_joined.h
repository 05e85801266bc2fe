/* resolve_joined.h - a look at a namespace that is to be joined. */
#ifndef LAUNCHER_RESOLVE_JOINED_H
#define LAUNCHER_RESOLVE_JOINED_H

#include "spec.h"

/* Checks that the path, if there is one, is a namespace of this type. Where launcher is already there is nothing to join,
 * and the container has the host's: the kernel refuses to enter one's own user namespace a second
 * time, setns(2). */
MUST_CHECK int resolve_joined(enum namespace_type type, struct spec_namespace *namespace,
                              struct fail *fail);

#endif
