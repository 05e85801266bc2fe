#include "encode.h"

#include <string.h>

#include "decode.h"

enum { FIRST_CAPACITY = 4096 };

static void *append(struct arena *arena, struct encode_buffer *buffer, size_t size)
{
    if (buffer->bytes == NULL || buffer->capacity - buffer->size < size) {
        size_t capacity = buffer->capacity == 0 ? FIRST_CAPACITY : buffer->capacity * 2;
        while (capacity - buffer->size < size)
            capacity *= 2;
        unsigned char *larger = arena_alloc(arena, capacity);
        if (buffer->bytes != NULL)
            memcpy(larger, buffer->bytes, buffer->size);
        buffer->bytes = larger;
        buffer->capacity = capacity;
    }
    void *added = buffer->bytes + buffer->size;
    buffer->size += size;
    return added;
}

struct encoder encode_begin(struct arena *arena)
{
    struct encoder encoder = {.arena = arena};
    /* One NUL first: no string is then at 0, which means "none". */
    (void)append(arena, &encoder.strings, 1);
    return encoder;
}

void *encode_op(struct encoder *encoder, enum op_kind kind, unsigned flags)
{
    size_t size = op_layout(kind)->size;
    struct op_head *op = append(encoder->arena, &encoder->ops, size);
    *op =
        (struct op_head){.kind = (uint16_t)kind, .flags = (uint16_t)flags, .size = (uint32_t)size};
    encoder->op_count++;
    return op;
}

wire_str encode_text(struct encoder *encoder, const char *text)
{
    if (text == NULL)
        return 0;
    size_t at = encoder->strings.size;
    size_t size = strlen(text) + 1;
    memcpy(append(encoder->arena, &encoder->strings, size), text, size);
    return (wire_str)at;
}

struct wire_list encode_list(struct encoder *encoder, const char *const *texts, size_t count)
{
    size_t at = encoder->spans.size;
    (void)append(encoder->arena, &encoder->spans, (count + 1) * sizeof(uint64_t));
    uint64_t *slots = (uint64_t *)(void *)(encoder->spans.bytes + at);
    for (size_t i = 0; i < count; i++)
        slots[i] = encode_text(encoder, texts[i]);
    return (struct wire_list){.at = (uint32_t)at, .count = (uint32_t)count};
}

struct wire_blob encode_blob(struct encoder *encoder, const void *bytes, size_t size)
{
    size_t at = encoder->spans.size;
    void *room = append(encoder->arena, &encoder->spans, (size + 7) & ~(size_t)7);
    if (size > 0)
        memcpy(room, bytes, size);
    return (struct wire_blob){.at = (uint32_t)at, .size = (uint32_t)size};
}

struct bases {
    uint32_t spans, strings;
};

static void make_list_absolute(struct encoder *encoder, struct wire_list *list, struct bases bases)
{
    uint64_t *slots = (uint64_t *)(void *)(encoder->spans.bytes + list->at);
    for (uint32_t i = 0; i < list->count; i++)
        if (slots[i] != 0)
            slots[i] += bases.strings;
    list->at += bases.spans;
}

static void make_op_absolute(struct encoder *encoder, struct op_head *op, struct bases bases)
{
    const struct op_layout *layout = op_layout(op->kind);
    wire_str *strings = (wire_str *)(void *)(op + 1);
    for (unsigned i = 0; i < layout->strings; i++)
        if (strings[i] != 0)
            strings[i] += bases.strings;

    size_t behind = (sizeof(*op) + layout->strings * sizeof(wire_str) + 7) & ~(size_t)7;
    struct wire_list *spans = (struct wire_list *)(void *)((char *)op + behind);
    for (unsigned i = 0; i < layout->lists; i++)
        make_list_absolute(encoder, &spans[i], bases);
    for (unsigned i = 0; i < layout->blobs; i++)
        spans[layout->lists + i].at += bases.spans;
}

static void make_absolute(struct encoder *encoder, struct bases bases)
{
    for (size_t at = 0; at < encoder->ops.size;) {
        struct op_head *op = (struct op_head *)(void *)(encoder->ops.bytes + at);
        make_op_absolute(encoder, op, bases);
        at += op->size;
    }
}

static unsigned char *copy_part(unsigned char *to, const struct encode_buffer *part)
{
    if (part->size > 0)
        memcpy(to, part->bytes, part->size);
    return to + part->size;
}

int encode_finish(struct encoder *encoder, unsigned flags, unsigned char **ret_program,
                  size_t *ret_size, struct fail *fail)
{
    size_t spans = sizeof(struct program_header) + encoder->ops.size;
    size_t strings = spans + encoder->spans.size;
    size_t size = strings + encoder->strings.size;
    if (size > WIRE_PROGRAM_MAX || encoder->op_count > WIRE_OPS_MAX)
        return fail_set(fail,
                        "planning the container: %u steps of %zu bytes are more than the %d steps "
                        "and %d bytes that cinit takes",
                        encoder->op_count, size, WIRE_OPS_MAX, WIRE_PROGRAM_MAX);

    make_absolute(encoder, (struct bases){.spans = (uint32_t)spans, .strings = (uint32_t)strings});
    struct program_header header = {
        .magic = WIRE_MAGIC,
        .version = WIRE_VERSION,
        .flags = (uint16_t)flags,
        .size = (uint32_t)size,
        .op_count = encoder->op_count,
        .spans = (uint32_t)spans,
        .strings = (uint32_t)strings,
    };
    unsigned char *program = arena_alloc(encoder->arena, size);
    memcpy(program, &header, sizeof(header));
    unsigned char *end = copy_part(program + sizeof(header), &encoder->ops);
    end = copy_part(end, &encoder->spans);
    (void)copy_part(end, &encoder->strings);
    *ret_program = program;
    *ret_size = size;
    return 0;
}
