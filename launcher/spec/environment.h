/* environment.h - PURE: a set of "NAME=VALUE" in which the later one of a name wins.
 *
 * A megabyte of environment is a hundred thousand names, so the set has an index; comparing each
 * with each would take minutes.
 */
#ifndef LAUNCHER_ENVIRONMENT_H
#define LAUNCHER_ENVIRONMENT_H

#include <stddef.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"

struct environment {
    const char **entries; /* in the order of their first appearance */
    size_t count;
    size_t *index; /* open addressing: 1 + position in entries, 0: free */
    size_t index_size;
};

/* Adds or replaces. `entry` must hold a '=' and outlive the set. */
void environment_set(struct environment *environment, struct arena *arena, const char *entry);

/* The value of `name`, NULL when it is not there. */
const char *environment_get(const struct environment *environment, const char *name);

/* Reads docker's format of environment files: a NAME=VALUE a line, taken as it is (no quotes, no
 * escapes); NAME alone takes the caller's value; lines that begin with '#' and empty lines are
 * skipped. Appends to an array. */
MUST_CHECK int environment_read_lines(const char *text, struct arena *arena, const char ***entries,
                                      size_t *count, struct fail *fail);

/* One request: "NAME=VALUE", or "NAME" for the caller's value, which is nothing (`*ret_entry` is
 * NULL) when the caller has none. */
MUST_CHECK int environment_request(const char *text, struct arena *arena, const char **ret_entry,
                                   struct fail *fail);

#endif
