/* net_test.h - the walk along a container's way to the outside: which step of it is broken?
 *
 * A step is a row of a table and looks at one thing, on the host or in the container's network
 * namespace, where it opens sockets without staying. The first step that fails is printed with its
 * cure and ends the walk: what lies behind it can't work anyway.
 */
#ifndef LAUNCHER_NET_TEST_H
#define LAUNCHER_NET_TEST_H

#include <stdbool.h>
#include <stdio.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"

/* Prints "PASS|FAIL|SKIP what: found" for each step, and "hint: ..." below the one that failed.
 * Errors: no container of that name (-ENOENT); the lines can't be written. */
MUST_CHECK int net_test_run(const char *id, struct arena *arena, FILE *file, bool *ret_passed,
                            struct fail *fail);

#endif
