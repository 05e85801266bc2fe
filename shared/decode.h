/* decode.h - the bounds-checking reader of an init program, for cinit, the printers and the fuzzer.
 *
 * Nothing here allocates, and nothing trusts a byte before program_check has passed.
 */
#ifndef SHARED_DECODE_H
#define SHARED_DECODE_H

#include <stdbool.h>

#include "own.h"
#include "wire.h"

/* How an op's fields lie behind its head: one row of steps.def. */
struct op_layout {
    uint8_t size, strings, lists, blobs;
};

/* NULL when `kind` is none that this version knows. */
const struct op_layout *op_layout(unsigned kind);

/* Checks the whole program: header, every op, every string, list and blob. `bytes` must be 8-byte
 * aligned. Changes nothing. Returns 0, or -EPROTO. */
MUST_CHECK int program_check(const void *bytes, size_t size);

/* Turns the offsets in all lists of a checked program into pointers, so that op_exec's lists can be
 * handed to execve(2). To be called once; a program that was relocated passes no check again. */
void program_relocate(void *bytes);

/* The op behind `op`, or the first for NULL; NULL at the end. */
const struct op_head *program_next(const void *bytes, const struct op_head *op);

/* The op with that number, counted from 0; NULL when there are not so many. */
const struct op_head *program_op(const void *bytes, uint32_t index);

/* The string at `at`, NULL for 0. */
static inline const char *program_text(const void *bytes, wire_str at)
{
    return at == 0 ? NULL : (const char *)bytes + at;
}

/* The slots of a list: offsets before program_relocate, then a NULL-terminated char *[]. */
static inline const uint64_t *program_slots(const void *bytes, struct wire_list list)
{
    return (const uint64_t *)(const void *)((const char *)bytes + list.at);
}

static inline const void *program_blob(const void *bytes, struct wire_blob blob)
{
    return (const char *)bytes + blob.at;
}

#endif
