/* PURE: no system call is made in this file. */
#include "bus_message.h"

#include <string.h>

enum {
    VERSION = 1, /* of the protocol */
    BODY_SIZE_AT = 4,
    CAPACITY_FIRST = 512,
};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
static const unsigned char ORDER = 'l';
#else
static const unsigned char ORDER = 'B';
#endif

/* What a field of the header is. */
enum field {
    FIELD_PATH = 1,
    FIELD_INTERFACE = 2,
    FIELD_MEMBER = 3,
    FIELD_ERROR_NAME = 4,
    FIELD_REPLY_SERIAL = 5,
    FIELD_DESTINATION = 6,
    FIELD_SIGNATURE = 8,
};

static size_t padding(size_t at, size_t alignment)
{
    return (alignment - at % alignment) % alignment;
}

/* ---- writing ---- */

static void append(struct bus_writer *writer, const void *bytes, size_t size)
{
    if (writer->capacity - writer->size < size) {
        size_t capacity = (writer->size + size) * 2 + CAPACITY_FIRST;
        unsigned char *larger = arena_alloc(writer->arena, capacity);
        if (writer->size > 0)
            memcpy(larger, writer->bytes, writer->size);
        writer->bytes = larger;
        writer->capacity = capacity;
    }
    if (size > 0)
        memcpy(writer->bytes + writer->size, bytes, size);
    writer->size += size;
}

static void align(struct bus_writer *writer, size_t alignment)
{
    static const unsigned char zeros[8];
    append(writer, zeros, padding(writer->size, alignment));
}

void bus_put_u32(struct bus_writer *writer, uint32_t value)
{
    align(writer, sizeof(value));
    append(writer, &value, sizeof(value));
}

void bus_put_u64(struct bus_writer *writer, uint64_t value)
{
    align(writer, sizeof(value));
    append(writer, &value, sizeof(value));
}

void bus_put_bool(struct bus_writer *writer, bool value)
{
    bus_put_u32(writer, value ? 1 : 0);
}

void bus_put_string(struct bus_writer *writer, const char *text)
{
    size_t length = strlen(text);
    bus_put_u32(writer, (uint32_t)length);
    append(writer, text, length + 1);
}

void bus_put_signature(struct bus_writer *writer, const char *text)
{
    unsigned char length = (unsigned char)strlen(text);
    append(writer, &length, sizeof(length));
    append(writer, text, (size_t)length + 1);
}

void bus_put_struct(struct bus_writer *writer)
{
    align(writer, 8);
}

struct bus_array bus_open_array(struct bus_writer *writer, size_t alignment)
{
    bus_put_u32(writer, 0);
    size_t length_at = writer->size - sizeof(uint32_t);
    align(writer, alignment);
    return (struct bus_array){.length_at = length_at, .begin = writer->size};
}

void bus_close_array(struct bus_writer *writer, const struct bus_array *array)
{
    uint32_t length = (uint32_t)(writer->size - array->begin);
    memcpy(writer->bytes + array->length_at, &length, sizeof(length));
}

void bus_put_bytes(struct bus_writer *writer, const void *bytes, size_t size)
{
    bus_put_u32(writer, (uint32_t)size);
    append(writer, bytes, size);
}

static void put_field(struct bus_writer *writer, enum field field, const char *type,
                      const char *text)
{
    unsigned char code = (unsigned char)field;
    if (text == NULL)
        return;
    bus_put_struct(writer);
    append(writer, &code, sizeof(code));
    bus_put_signature(writer, type);
    if (type[0] == 'g')
        bus_put_signature(writer, text);
    else
        bus_put_string(writer, text);
}

struct bus_writer bus_call_begin(const struct bus_method *method, uint32_t serial,
                                 struct arena *arena)
{
    struct bus_writer writer = {.arena = arena};
    const unsigned char start[] = {ORDER, BUS_CALL, 0, VERSION};
    append(&writer, start, sizeof(start));
    bus_put_u32(&writer, 0); /* bus_call_end knows the size of the body */
    bus_put_u32(&writer, serial);
    struct bus_array fields = bus_open_array(&writer, 8);
    put_field(&writer, FIELD_PATH, "o", method->path);
    put_field(&writer, FIELD_INTERFACE, "s", method->interface);
    put_field(&writer, FIELD_MEMBER, "s", method->member);
    put_field(&writer, FIELD_DESTINATION, "s", method->destination);
    put_field(&writer, FIELD_SIGNATURE, "g", method->signature);
    bus_close_array(&writer, &fields);
    align(&writer, 8);
    writer.body_at = writer.size;
    return writer;
}

void bus_call_end(struct bus_writer *writer)
{
    uint32_t size = (uint32_t)(writer->size - writer->body_at);
    memcpy(writer->bytes + BODY_SIZE_AT, &size, sizeof(size));
}

/* ---- reading ---- */

/* Where the next value is, NULL when it does not fit. */
static const unsigned char *take(struct bus_reader *reader, size_t size, size_t alignment)
{
    size_t at = reader->at + padding(reader->at, alignment);
    if (reader->bad || at > reader->size || size > reader->size - at) {
        reader->bad = true;
        return NULL;
    }
    reader->at = at + size;
    return reader->bytes + at;
}

static unsigned char read_byte(struct bus_reader *reader)
{
    const unsigned char *at = take(reader, 1, 1);
    return at != NULL ? *at : 0;
}

uint32_t bus_read_u32(struct bus_reader *reader)
{
    uint32_t value = 0;
    const unsigned char *at = take(reader, sizeof(value), sizeof(value));
    if (at != NULL)
        memcpy(&value, at, sizeof(value));
    return value;
}

static const char *read_text(struct bus_reader *reader, size_t length)
{
    const char *text = (const char *)take(reader, length + 1, 1);
    if (text == NULL || memchr(text, '\0', length + 1) != text + length) {
        reader->bad = true;
        return "";
    }
    return text;
}

const char *bus_read_string(struct bus_reader *reader)
{
    return read_text(reader, bus_read_u32(reader));
}

const char *bus_read_signature(struct bus_reader *reader)
{
    return read_text(reader, read_byte(reader));
}

static uint32_t number_at(const unsigned char *bytes, size_t at)
{
    uint32_t value;
    memcpy(&value, bytes + at, sizeof(value));
    return value;
}

enum { FIELDS_SIZE_AT = 12 };

size_t bus_message_size(const unsigned char *start)
{
    size_t body = number_at(start, BODY_SIZE_AT), fields = number_at(start, FIELDS_SIZE_AT);
    if (start[0] != ORDER || start[3] != VERSION || body > BUS_MESSAGE_MAX ||
        fields > BUS_MESSAGE_MAX)
        return 0;
    size_t header = BUS_HEADER_START + fields;
    return header + padding(header, 8) + body;
}

/* A field is a struct of its code and a variant. All that are known hold a text or a number, and so do
 * those that may come. */
static void read_field(struct bus_reader *reader, struct bus_message *message)
{
    (void)take(reader, 0, 8);
    unsigned char code = read_byte(reader);
    const char *type = bus_read_signature(reader), *text = "";
    uint32_t number = 0;
    if (strcmp(type, "u") == 0)
        number = bus_read_u32(reader);
    else if (strcmp(type, "g") == 0)
        text = bus_read_signature(reader);
    else if (strcmp(type, "s") == 0 || strcmp(type, "o") == 0)
        text = bus_read_string(reader);
    else
        reader->bad = true;
    switch (code) {
    case FIELD_PATH:
        message->path = text;
        break;
    case FIELD_INTERFACE:
        message->interface = text;
        break;
    case FIELD_MEMBER:
        message->member = text;
        break;
    case FIELD_ERROR_NAME:
        message->error = text;
        break;
    case FIELD_REPLY_SERIAL:
        message->reply_serial = number;
        break;
    case FIELD_SIGNATURE:
        message->signature = text;
        break;
    default:
        break;
    }
}

bool bus_message_parse(const unsigned char *bytes, size_t size, struct bus_message *ret_message)
{
    if (size < BUS_HEADER_START || bus_message_size(bytes) != size)
        return false;
    size_t fields_end = BUS_HEADER_START + number_at(bytes, FIELDS_SIZE_AT);
    struct bus_reader fields = {.bytes = bytes, .size = fields_end, .at = BUS_HEADER_START};
    *ret_message = (struct bus_message){.type = (enum bus_type)bytes[1],
                                        .path = "",
                                        .interface = "",
                                        .member = "",
                                        .error = "",
                                        .signature = ""};
    while (!fields.bad && fields.at < fields_end)
        read_field(&fields, ret_message);
    ret_message->body = (struct bus_reader){
        .bytes = bytes, .size = size, .at = size - number_at(bytes, BODY_SIZE_AT)};
    return !fields.bad;
}
