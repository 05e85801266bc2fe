#include "undo.h"

#include <assert.h>

void undo_push(struct undo *undo, void (*inverse)(void *subject), void *subject)
{
    assert(undo->count < UNDO_MAX);
    undo->entries[undo->count++] = (struct undo_entry){.inverse = inverse, .subject = subject};
}

void undo_all(struct undo *undo)
{
    while (undo->count > 0) {
        struct undo_entry *last = &undo->entries[--undo->count];
        last->inverse(last->subject);
    }
}
