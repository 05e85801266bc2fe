/* undo.h - the inverse of every host step, run backwards when the container is gone or the start
 * failed half way. */
#ifndef LAUNCHER_UNDO_H
#define LAUNCHER_UNDO_H

#include <stddef.h>

enum { UNDO_MAX = 12 };

struct undo_entry {
    void (*inverse)(void *subject);
    void *subject; /* outlives the stack */
};

struct undo {
    struct undo_entry entries[UNDO_MAX];
    size_t count;
};

void undo_push(struct undo *undo, void (*inverse)(void *subject), void *subject);

/* Runs and forgets all entries, the last pushed first. */
void undo_all(struct undo *undo);

#endif
