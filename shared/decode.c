#include "decode.h"

#include <errno.h>

/* The size of each op is known at compile time, and what lies behind its head is counted in
 * steps.def: a row whose struct is too small for its counts does not compile. */
static const struct op_layout LAYOUTS[OP_KIND_COUNT] = {
#define OP(KIND, STRUCT, TAG, STRINGS, LISTS, BLOBS, ...) \
    [OP_##KIND] = {sizeof(struct STRUCT), STRINGS, LISTS, BLOBS},
#define HOST(...)
#include "steps.def"
#undef OP
#undef HOST
};

#define ALIGN8(n) (((n) + 7u) & ~7u)

#define OP(KIND, STRUCT, TAG, STRINGS, LISTS, BLOBS, ...)                                  \
    static_assert(ALIGN8(sizeof(struct op_head) + (STRINGS) * sizeof(wire_str)) +          \
                          ((LISTS) + (BLOBS)) * sizeof(struct wire_list) <=                \
                      sizeof(struct STRUCT),                                               \
                  #KIND ": the struct has no room for what steps.def counts");             \
    static_assert(sizeof(struct STRUCT) % 8 == 0, #KIND ": ops are multiples of 8 bytes"); \
    static_assert(sizeof(struct STRUCT) <= UINT8_MAX, #KIND ": sizes are kept in a byte");
#define HOST(...)
#include "steps.def"
#undef OP
#undef HOST

const struct op_layout *op_layout(unsigned kind)
{
    return kind > OP_NONE && kind < OP_KIND_COUNT ? &LAYOUTS[kind] : NULL;
}

static const wire_str *op_strings(const struct op_head *op)
{
    return (const wire_str *)(const void *)(op + 1);
}

/* Lists and blobs have the same shape: an offset and a count. */
static const struct wire_list *op_spans(const struct op_head *op, const struct op_layout *layout)
{
    size_t behind = ALIGN8(sizeof(*op) + layout->strings * sizeof(wire_str));
    return (const struct wire_list *)(const void *)((const char *)op + behind);
}

static bool string_ok(const struct program_header *header, uint64_t at)
{
    return at == 0 || (at >= header->strings && at < header->size);
}

/* All arithmetic is 64-bit: a count near 2^32 can't wrap around (CVE-2021-43784). */
static bool span_ok(const struct program_header *header, uint64_t at, uint64_t size)
{
    return at % 8 == 0 && at >= header->spans && at + size <= header->strings;
}

static bool list_ok(const void *bytes, struct wire_list list, uint64_t *lists_end)
{
    const struct program_header *header = bytes;
    uint64_t size = ((uint64_t)list.count + 1) * sizeof(uint64_t);
    if (list.at < *lists_end || !span_ok(header, list.at, size))
        return false;
    *lists_end = list.at + size;

    const uint64_t *slots = program_slots(bytes, list);
    for (uint32_t i = 0; i < list.count; i++)
        if (!string_ok(header, slots[i]))
            return false;
    return slots[list.count] == 0;
}

static bool op_ok(const void *bytes, const struct op_head *op, const struct op_layout *layout,
                  uint64_t *lists_end)
{
    const wire_str *strings = op_strings(op);
    for (unsigned i = 0; i < layout->strings; i++)
        if (!string_ok(bytes, strings[i]))
            return false;

    const struct wire_list *spans = op_spans(op, layout);
    for (unsigned i = 0; i < layout->lists; i++)
        if (!list_ok(bytes, spans[i], lists_end))
            return false;
    for (unsigned i = 0; i < layout->blobs; i++) {
        struct wire_list blob = spans[layout->lists + i];
        if (!span_ok(bytes, blob.at, blob.count))
            return false;
    }
    return true;
}

static bool header_ok(const struct program_header *header, const char *bytes, size_t size)
{
    return size >= sizeof(*header) && size <= WIRE_PROGRAM_MAX && header->magic == WIRE_MAGIC &&
           header->version == WIRE_VERSION && header->size == size && header->op_count > 0 &&
           header->op_count <= WIRE_OPS_MAX && header->spans % 8 == 0 &&
           header->spans <= header->strings && header->strings < size && bytes[size - 1] == '\0';
}

int program_check(const void *bytes, size_t size)
{
    const struct program_header *header = bytes;
    if (!header_ok(header, bytes, size))
        return -EPROTO;

    uint64_t at = sizeof(*header);
    uint64_t lists_end = header->spans;
    for (uint32_t i = 0; i < header->op_count; i++) {
        if (at + sizeof(struct op_head) > header->spans)
            return -EPROTO;
        const struct op_head *op = (const void *)((const char *)bytes + at);
        const struct op_layout *layout = op_layout(op->kind);
        if (layout == NULL || op->size != layout->size || at + op->size > header->spans)
            return -EPROTO;
        if (!op_ok(bytes, op, layout, &lists_end))
            return -EPROTO;
        at += op->size;
    }
    return at == header->spans ? 0 : -EPROTO;
}

static void relocate_list(char *bytes, struct wire_list list)
{
    uint64_t *slots = (uint64_t *)(void *)(bytes + list.at);
    for (uint32_t i = 0; i < list.count; i++)
        if (slots[i] != 0)
            slots[i] += (uint64_t)(uintptr_t)bytes;
}

void program_relocate(void *bytes)
{
    for (const struct op_head *op = NULL; (op = program_next(bytes, op)) != NULL;) {
        const struct op_layout *layout = &LAYOUTS[op->kind];
        const struct wire_list *lists = op_spans(op, layout);
        for (unsigned i = 0; i < layout->lists; i++)
            relocate_list(bytes, lists[i]);
    }
}

const struct op_head *program_next(const void *bytes, const struct op_head *op)
{
    const struct program_header *header = bytes;
    const char *next = op == NULL ? (const char *)(header + 1) : (const char *)op + op->size;
    return next < (const char *)bytes + header->spans ? (const void *)next : NULL;
}

const struct op_head *program_op(const void *bytes, uint32_t index)
{
    const struct op_head *op = program_next(bytes, NULL);
    while (op != NULL && index-- > 0)
        op = program_next(bytes, op);
    return op;
}
