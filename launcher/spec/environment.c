#include "environment.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"

static size_t name_size(const char *entry)
{
    return strcspn(entry, "=");
}

static uint64_t hash_name(const char *name, size_t size)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)name[i]) * 1099511628211u;
    return hash;
}

/* The slot of that name: taken by it, or free for it. The index is never full. */
static size_t find_slot(const struct environment *environment, const char *name, size_t size)
{
    size_t slot = hash_name(name, size) & (environment->index_size - 1);
    for (;; slot = (slot + 1) & (environment->index_size - 1)) {
        size_t position = environment->index[slot];
        if (position == 0)
            return slot;
        const char *entry = environment->entries[position - 1];
        if (name_size(entry) == size && memcmp(entry, name, size) == 0)
            return slot;
    }
}

/* Keeps the index at most half full. */
static void grow_index(struct environment *environment, struct arena *arena)
{
    if (environment->count * 2 < environment->index_size)
        return;
    environment->index_size = environment->index_size == 0 ? 32 : environment->index_size * 2;
    environment->index = arena_alloc(arena, environment->index_size * sizeof(size_t));
    for (size_t i = 0; i < environment->count; i++) {
        const char *entry = environment->entries[i];
        environment->index[find_slot(environment, entry, name_size(entry))] = i + 1;
    }
}

void environment_set(struct environment *environment, struct arena *arena, const char *entry)
{
    grow_index(environment, arena);
    size_t slot = find_slot(environment, entry, name_size(entry));
    if (environment->index[slot] != 0) {
        environment->entries[environment->index[slot] - 1] = entry;
        return;
    }
    *ARENA_APPEND(arena, environment->entries, environment->count) = entry;
    environment->index[slot] = environment->count;
}

const char *environment_get(const struct environment *environment, const char *name)
{
    size_t size = strlen(name);
    if (environment->index_size == 0)
        return NULL;
    size_t position = environment->index[find_slot(environment, name, size)];
    return position == 0 ? NULL : environment->entries[position - 1] + size + 1;
}

int environment_request(const char *text, struct arena *arena, const char **ret_entry,
                        struct fail *fail)
{
    *ret_entry = NULL;
    if (*text == '\0' || *text == '=')
        return fail_set(fail, "\"%.60s\" has no variable name", text);
    if (strchr(text, '=') != NULL) {
        *ret_entry = arena_strdup(arena, text);
        return 0;
    }
    const char *value = getenv(text);
    if (value != NULL)
        *ret_entry = arena_printf(arena, "%s=%s", text, value);
    return 0;
}

static int read_line(const char *line, struct arena *arena, const char ***entries, size_t *count,
                     struct fail *fail)
{
    line += strspn(line, " \t");
    if (*line == '\0' || *line == '#')
        return 0;
    size_t size = name_size(line);
    if (strcspn(line, " \t") < size)
        return fail_set(fail, "the variable name \"%.*s\" contains blanks",
                        size < 60 ? (int)size : 60, line);
    const char *entry = NULL;
    TRY(environment_request(line, arena, &entry, fail));
    if (entry != NULL)
        *ARENA_APPEND(arena, *entries, *count) = entry;
    return 0;
}

int environment_read_lines(const char *text, struct arena *arena, const char ***entries,
                           size_t *count, struct fail *fail)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf"; /* editors of Windows write it */
    if (strncmp(text, byte_order_mark, 3) == 0)
        text += 3;
    const char *cursor = text;
    size_t number = 0;
    for (char *line; (line = next_piece(arena, &cursor, '\n')) != NULL;) {
        size_t size = strlen(line);
        if (size > 0 && line[size - 1] == '\r')
            line[size - 1] = '\0';
        number++;
        if (read_line(line, arena, entries, count, fail) < 0)
            return fail_context(fail, "line %zu", number);
    }
    return 0;
}
