#include "arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 16 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char bytes[];
};

static void out_of_memory(void)
{
    (void)fputs("launcher: out of memory\n", stderr);
    _Exit(125);
}

static struct arena_block *add_block(struct arena *arena, size_t size)
{
    size_t payload = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    struct arena_block *block = malloc(sizeof(*block) + payload);
    if (block == NULL)
        out_of_memory();
    *block = (struct arena_block){.next = arena->blocks, .size = payload};
    arena->blocks = block;
    return block;
}

struct arena arena_within(void *memory, size_t size)
{
    return (struct arena){.first = memory, .first_left = size};
}

static void *take_from_first(struct arena *arena, size_t size)
{
    void *memory = arena->first;
    arena->first += size;
    arena->first_left -= size;
    return memset(memory, 0, size);
}

static void *take_from_block(struct arena *arena, size_t size)
{
    struct arena_block *block = arena->blocks;
    if (block == NULL || block->size - block->used < size)
        block = add_block(arena, size);
    void *memory = block->bytes + block->used;
    block->used += size;
    return memset(memory, 0, size);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 4)
        out_of_memory();
    size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    return rounded <= arena->first_left ? take_from_first(arena, rounded)
                                        : take_from_block(arena, rounded);
}

char *arena_copy(struct arena *arena, const void *bytes, size_t size)
{
    char *copy = arena_alloc(arena, size + 1);
    return memcpy(copy, bytes, size);
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_copy(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        out_of_memory();

    char *text = arena_alloc(arena, (size_t)length + 1);
    va_start(arguments, format);
    (void)vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

void *arena_grow(struct arena *arena, void *items, size_t *count, size_t item_size)
{
    void **array = items;
    size_t have = *count;
    if ((have & (have - 1)) == 0) { /* 0, 1, 2, 4, 8 ...: full */
        size_t capacity = have == 0 ? 1 : have * 2;
        void *larger = arena_alloc(arena, capacity * item_size);
        if (have > 0)
            memcpy(larger, *array, have * item_size);
        *array = larger;
    }
    *count = have + 1;
    return (char *)*array + have * item_size;
}

void arena_release(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        free(block);
    }
}
