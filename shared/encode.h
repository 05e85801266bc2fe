/* encode.h - the writer of an init program, launcher's side of wire.h. PURE.
 *
 * Ops, spans (lists and blobs) and strings grow in three buffers side by side; encode_finish puts
 * them behind each other and makes all offsets absolute. The lists of an op must be encoded in the
 * order of its fields: the decoder wants them rising.
 */
#ifndef SHARED_ENCODE_H
#define SHARED_ENCODE_H

#include "arena.h"
#include "fail.h"
#include "wire.h"

struct encode_buffer {
    unsigned char *bytes;
    size_t size, capacity;
};

struct encoder {
    struct arena *arena;
    struct encode_buffer ops, spans, strings;
    uint32_t op_count;
};

struct encoder encode_begin(struct arena *arena);

/* Appends an op, zeroed but for its head. The pointer is good until the next encode_op. */
void *encode_op(struct encoder *encoder, enum op_kind kind, unsigned flags);

/* NULL becomes 0, "none". */
wire_str encode_text(struct encoder *encoder, const char *text);
struct wire_list encode_list(struct encoder *encoder, const char *const *texts, size_t count);
struct wire_blob encode_blob(struct encoder *encoder, const void *bytes, size_t size);

/* The finished program, in the arena. Errors: larger than WIRE_PROGRAM_MAX or more than
 * WIRE_OPS_MAX ops (-EINVAL). */
MUST_CHECK int encode_finish(struct encoder *encoder, unsigned flags, unsigned char **ret_program,
                             size_t *ret_size, struct fail *fail);

#endif
