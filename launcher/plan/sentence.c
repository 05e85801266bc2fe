/* PURE: no system call is made in this file. */
#include "sentence.h"

#include <stdio.h>
#include <string.h>

#include "../../shared/decode.h"

static const char *const HOST_TAGS[HOST_STEP_COUNT] = {
#define HOST(KIND, TAG, SENTENCE) [HOST_##KIND] = #TAG,
#define OP(...)
#include "../../shared/steps.def"
#undef HOST
#undef OP
};

static const char *const HOST_NAMES[HOST_STEP_COUNT] = {
#define HOST(KIND, TAG, SENTENCE) [HOST_##KIND] = #KIND,
#define OP(...)
#include "../../shared/steps.def"
#undef HOST
#undef OP
};

static const char *const OP_TAGS[OP_KIND_COUNT] = {
#define HOST(...)
#define OP(KIND, STRUCT, TAG, ...) [OP_##KIND] = #TAG,
#include "../../shared/steps.def"
#undef HOST
#undef OP
};

static const char *const OP_NAMES[OP_KIND_COUNT] = {
#define HOST(...)
#define OP(KIND, ...) [OP_##KIND] = #KIND,
#include "../../shared/steps.def"
#undef HOST
#undef OP
};

const char *host_step_tag(enum host_step_kind kind)
{
    return HOST_TAGS[kind];
}

const char *host_step_name(enum host_step_kind kind)
{
    return HOST_NAMES[kind];
}

const char *op_tag(unsigned kind)
{
    return kind > OP_NONE && kind < OP_KIND_COUNT ? OP_TAGS[kind] : "?";
}

const char *op_name(unsigned kind)
{
    return kind > OP_NONE && kind < OP_KIND_COUNT ? OP_NAMES[kind] : "?";
}

/* A sentence that was cut off says so. */
static void end_with_dots(char text[SENTENCE_MAX], int length)
{
    if (length >= SENTENCE_MAX)
        memcpy(text + SENTENCE_MAX - 4, "...", 4);
}

void host_step_sentence(const struct host_step *step, char text[SENTENCE_MAX])
{
    int length = 0;
    switch (step->kind) {
#define HOST(KIND, TAG, SENTENCE)                                                    \
    case HOST_##KIND:                                                                \
        length = snprintf(text, SENTENCE_MAX, SENTENCE, step->object, step->detail); \
        break;
#define OP(...)
#include "../../shared/steps.def"
#undef HOST
#undef OP
    case HOST_STEP_COUNT:
        break;
    }
    end_with_dots(text, length);
}

static const char *text_of(const void *program, wire_str at)
{
    const char *text = program_text(program, at);
    return text != NULL ? text : "(none)";
}

/* All strings of a list with spaces between them. */
static const char *list_of(const void *program, struct wire_list list, char joined[SENTENCE_MAX])
{
    const uint64_t *slots = program_slots(program, list);
    size_t used = 0;
    joined[0] = '\0';
    for (uint32_t i = 0; i < list.count && used < SENTENCE_MAX; i++) {
        const char *word = text_of(program, (wire_str)slots[i]);
        int length = snprintf(joined + used, SENTENCE_MAX - used, "%s%s", i > 0 ? " " : "", word);
        used += length > 0 ? (size_t)length : 0;
    }
    return joined;
}

#define TEXT(FIELD) text_of(program, fields->FIELD)
#define NUM(FIELD) (long long)fields->FIELD
#define LIST(FIELD) list_of(program, fields->FIELD, joined)

void op_sentence(const void *program, const struct op_head *op, char text[SENTENCE_MAX])
{
    char joined[SENTENCE_MAX];
    int length = 0;
    switch ((enum op_kind)op->kind) {
#define HOST(...)
#define OP(KIND, STRUCT, TAG, STRINGS, LISTS, BLOBS, ...)   \
    case OP_##KIND: {                                       \
        const struct STRUCT *fields = (const void *)op;     \
        (void)fields; /* some sentences name no field */    \
        length = snprintf(text, SENTENCE_MAX, __VA_ARGS__); \
        break;                                              \
    }
#include "../../shared/steps.def"
#undef HOST
#undef OP
    case OP_NONE:
    case OP_KIND_COUNT:
        break;
    }
    (void)joined;
    end_with_dots(text, length);
}
