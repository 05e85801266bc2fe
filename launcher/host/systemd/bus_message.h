/* bus_message.h - PURE: messages of D-Bus, made and taken apart; D-Bus Specification, "Type System" and
 * "Message Format".
 *
 * A message is a header, which says what it is and of which types its body is, and the body. Every
 * value begins at a multiple of its alignment, counted from the first byte of the message; the body
 * begins at a multiple of 8. Numbers are in the byte order of the sender, which for systemd is ours.
 */
#ifndef LAUNCHER_BUS_MESSAGE_H
#define LAUNCHER_BUS_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "../../../shared/arena.h"
#include "../../../shared/own.h"

enum {
    BUS_HEADER_START = 16,         /* bytes that tell how long a message is */
    BUS_MESSAGE_MAX = 1024 * 1024, /* what we take; the specification allows 128 MiB */
};

enum bus_type { BUS_CALL = 1, BUS_RETURN = 2, BUS_ERROR = 3, BUS_SIGNAL = 4 };

/* ---- writing ---- */

struct bus_writer {
    struct arena *arena;
    unsigned char *bytes;
    size_t size, capacity;
    size_t body_at;
};

/* An array that is not complete yet. */
struct bus_array {
    size_t length_at, begin;
};

/* What is called: a method of an object. */
struct bus_method {
    const char *destination, *path, *interface, *member;
    const char *signature; /* of the arguments; NULL: there are none */
};

/* Begins a call; the arguments are put next. */
struct bus_writer bus_call_begin(const struct bus_method *method, uint32_t serial,
                                 struct arena *arena);

/* Completes the header: the bytes can be sent. */
void bus_call_end(struct bus_writer *writer);

void bus_put_u32(struct bus_writer *writer, uint32_t value);         /* "u" */
void bus_put_u64(struct bus_writer *writer, uint64_t value);         /* "t", "x" */
void bus_put_bool(struct bus_writer *writer, bool value);            /* "b" */
void bus_put_string(struct bus_writer *writer, const char *text);    /* "s", "o" */
void bus_put_signature(struct bus_writer *writer, const char *text); /* "g", and before a variant */
void bus_put_struct(struct bus_writer *writer); /* its fields are put next, "(...)" */

/* "ay": the bytes as they are. */
void bus_put_bytes(struct bus_writer *writer, const void *bytes, size_t size);

/* An array whose elements begin at multiples of `alignment`: 8 for structs. */
struct bus_array bus_open_array(struct bus_writer *writer, size_t alignment);
void bus_close_array(struct bus_writer *writer, const struct bus_array *array);

/* ---- reading ---- */

/* Reads one value after the other. What does not fit gives 0 or "", and `bad` stays set. */
struct bus_reader {
    const unsigned char *bytes;
    size_t size, at;
    bool bad;
};

/* All texts point into the message; "" for a field that is not there. */
struct bus_message {
    enum bus_type type;
    uint32_t reply_serial; /* of which call this is the answer; 0: of none */
    const char *path, *interface, *member;
    const char *error; /* the name of an error */
    const char *signature;
    struct bus_reader body;
};

/* How long the message is that begins with these BUS_HEADER_START bytes; 0: it is none, or too long. */
size_t bus_message_size(const unsigned char *start);

/* False: this is no message. */
MUST_CHECK bool bus_message_parse(const unsigned char *bytes, size_t size,
                                  struct bus_message *ret_message);

uint32_t bus_read_u32(struct bus_reader *reader);
const char *bus_read_string(struct bus_reader *reader);    /* "s", "o" */
const char *bus_read_signature(struct bus_reader *reader); /* "g", and before a variant */

#endif
