/* container_name.h - a name for a container that was given none. */
#ifndef LAUNCHER_CONTAINER_NAME_H
#define LAUNCHER_CONTAINER_NAME_H

#include "../../shared/arena.h"
#include "../../shared/fail.h"

/* Twelve random hexadecimal digits. */
MUST_CHECK int container_name(struct arena *arena, const char **ret_name, struct fail *fail);

#endif
