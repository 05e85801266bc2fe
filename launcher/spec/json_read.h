/* json_read.h - PURE: a strict reader of JSON text, RFC 8259, that always knows where it is.
 *
 * It makes no tree: who knows what is to come asks for it, and skips the rest. So a value goes
 * straight to where it belongs, an error has its line and column, and a number keeps all of its 64
 * bits; why not jansson: docs/decisions/012-json-reader.md.
 * What is skipped is checked as well. A text is UTF-8 and holds no NUL.
 */
#ifndef LAUNCHER_JSON_READ_H
#define LAUNCHER_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"

enum { JSON_DEPTH_MAX = 128 };

/* By its first byte. */
enum json_kind {
    KIND_NONE, /* the end, or no JSON */
    KIND_OBJECT,
    KIND_LIST,
    KIND_STRING,
    KIND_NUMBER,
    KIND_BOOLEAN,
    KIND_NULL,
};

struct json_place {
    size_t at;           /* a byte */
    size_t line, column; /* from 1 on */
};

struct json_reader {
    const char *text;
    size_t size;
    size_t at;           /* the next byte */
    unsigned depth;      /* objects and lists that are open */
    struct arena *arena; /* for what is read */
    bool broken;         /* this is no JSON, at byte */
    size_t broken_at;
    struct json_place counted; /* the last place that was asked for; line 0: none was */
};

/* The members of an object or the elements of a list, one after the other. */
struct json_walk {
    char close;
    bool begun;
};

/* A name in an object, not ended by a NUL. */
struct json_name {
    const char *text;
    size_t size;
};

struct json_integer {
    bool negative;
    uint64_t magnitude;
};

/* "a string", "an object" ... */
const char *json_kind_text(enum json_kind kind);

/* Line and column of a byte, both from 1 on; a column is a character. Counts on from the last place,
 * for a file may be worth a warning on each of its lines. */
void json_place(struct json_reader *reader, size_t at, size_t *ret_line, size_t *ret_column);

/* Goes to the next value and tells its kind. */
enum json_kind json_peek(struct json_reader *reader);

/* All of these return -EINVAL with a sentence when the text is broken. Those that read a value are to
 * be called when json_peek has told its kind. */

/* Into an object or a list. */
MUST_CHECK int json_begin(struct json_reader *reader, struct json_walk *ret_walk,
                          struct fail *fail);

/* 1: there is another member or element; 0: that was the last one, and the reader is behind it. */
MUST_CHECK int json_next(struct json_reader *reader, struct json_walk *walk, struct fail *fail);

/* The name of a member. It lies in the text, or in the arena. */
MUST_CHECK int json_read_name(struct json_reader *reader, struct json_name *ret_name,
                              struct fail *fail);

/* A copy in the arena. */
MUST_CHECK int json_read_string(struct json_reader *reader, const char **ret_text,
                                struct fail *fail);

/* A number with a fraction or an exponent, or with more than 64 bits, is an error. */
MUST_CHECK int json_read_integer(struct json_reader *reader, struct json_integer *ret_integer,
                                 struct fail *fail);

MUST_CHECK int json_read_boolean(struct json_reader *reader, bool *ret_on, struct fail *fail);

/* Any value. */
MUST_CHECK int json_skip(struct json_reader *reader, struct fail *fail);

/* Nothing but blanks may follow. */
MUST_CHECK int json_end(struct json_reader *reader, struct fail *fail);

#endif
