/* arena.h - memory that lives as long as one command: spec, plan and program are made in it.
 *
 * There is no free: the arena goes as a whole, so nothing in it has an owner of its own.
 * Out of memory ends the program: a launcher that can't allocate a kilobyte can't report either.
 */
#ifndef SHARED_ARENA_H
#define SHARED_ARENA_H

#include <stddef.h>

struct arena {
    struct arena_block *blocks;
    unsigned char *first; /* what is left of the caller's own memory, used before any block */
    size_t first_left;
};

/* An arena that begins with `memory`, on the caller's stack: what fits into it costs no system
 * call. `memory` must be aligned for any type. */
struct arena arena_within(void *memory, size_t size);

void arena_release(struct arena *arena);

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));
char *arena_copy(struct arena *arena, const void *bytes, size_t size)
    __attribute__((returns_nonnull));
char *arena_strdup(struct arena *arena, const char *text) __attribute__((returns_nonnull));
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((returns_nonnull, format(printf, 2, 3)));

/* Appends one element to an array that grows by doubling: returns the new element, zeroed.
 * `*items` may be NULL while `*count` is 0. The capacity is the next power of two of the count,
 * so no third variable has to be carried along. */
void *arena_grow(struct arena *arena, void *items, size_t *count, size_t item_size)
    __attribute__((returns_nonnull));

#define ARENA_APPEND(arena, items, count) \
    ((__typeof__(items))arena_grow((arena), &(items), &(count), sizeof(*(items))))

#define AUTO_ARENA __attribute__((cleanup(arena_release)))

#endif
