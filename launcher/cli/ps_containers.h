/* ps_containers.h - launcher ps without a name: the containers of this user. */
#ifndef LAUNCHER_PS_CONTAINERS_H
#define LAUNCHER_PS_CONTAINERS_H

#include <stdbool.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"

/* Prints those that run, or with `all_wanted` also those that stopped or wait for start, as a table or as a
 * JSON array. */
MUST_CHECK int ps_containers(bool all_wanted, bool json, struct arena *arena, struct fail *fail);

#endif
