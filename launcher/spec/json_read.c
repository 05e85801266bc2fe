/* PURE: no system call is made in this file. */
#include "json_read.h"

#include <string.h>

enum { END = -1 };

const char *json_kind_text(enum json_kind kind)
{
    static const char *const texts[] = {
        [KIND_NONE] = "no value",   [KIND_OBJECT] = "an object", [KIND_LIST] = "a list",
        [KIND_STRING] = "a string", [KIND_NUMBER] = "a number",  [KIND_BOOLEAN] = "true or false",
        [KIND_NULL] = "null",
    };
    return texts[kind];
}

void json_place(struct json_reader *reader, size_t at, size_t *ret_line, size_t *ret_column)
{
    struct json_place place = reader->counted;
    if (place.line == 0 || at < place.at)
        place = (struct json_place){.line = 1, .column = 1};
    for (; place.at < at && place.at < reader->size; place.at++) {
        unsigned char byte = (unsigned char)reader->text[place.at];
        if (byte == '\n') {
            place.line++;
            place.column = 1;
        } else if ((byte & 0xc0) != 0x80) { /* not the rest of a character */
            place.column++;
        }
    }
    reader->counted = place;
    *ret_line = place.line;
    *ret_column = place.column;
}

/* ---- bytes ---- */

static int look(const struct json_reader *reader)
{
    return reader->at < reader->size ? (unsigned char)reader->text[reader->at] : END;
}

static bool take(struct json_reader *reader, char wanted)
{
    if (look(reader) != (unsigned char)wanted)
        return false;
    reader->at++;
    return true;
}

static void skip_blanks(struct json_reader *reader)
{
    int byte = look(reader);
    while (byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r') {
        reader->at++;
        byte = look(reader);
    }
}

/* What was found where something else was expected. */
static int broken(struct json_reader *reader, size_t at, const char *sentence, struct fail *fail)
{
    reader->broken = true;
    reader->broken_at = at;
    return fail_set(fail, "%s", at >= reader->size ? "the text ends too early" : sentence);
}

static bool is_digit(int byte)
{
    return byte >= '0' && byte <= '9';
}

enum json_kind json_peek(struct json_reader *reader)
{
    skip_blanks(reader);
    int byte = look(reader);
    switch (byte) {
    case '{':
        return KIND_OBJECT;
    case '[':
        return KIND_LIST;
    case '"':
        return KIND_STRING;
    case 't':
    case 'f':
        return KIND_BOOLEAN;
    case 'n':
        return KIND_NULL;
    default:
        return byte == '-' || is_digit(byte) ? KIND_NUMBER : KIND_NONE;
    }
}

/* ---- strings ---- */

static int hex_digit(int byte)
{
    if (is_digit(byte))
        return byte - '0';
    int lower = byte | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The four digits at `at`; -1: they are none. */
static int32_t code_unit(const struct json_reader *reader, size_t at)
{
    int32_t unit = 0;
    for (size_t i = at; i < at + 4; i++) {
        int digit = i < reader->size ? hex_digit((unsigned char)reader->text[i]) : -1;
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static bool is_high(int32_t unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(int32_t unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* "\uXXXX", the reader behind the u. One beyond 16 bits is written as two, UTF-16's surrogates. */
static int scan_code_point(struct json_reader *reader, struct fail *fail)
{
    size_t begin = reader->at - 2;
    int32_t unit = code_unit(reader, reader->at);
    if (unit < 0)
        return broken(reader, begin, "\\u is not followed by four hexadecimal digits", fail);
    if (unit == 0)
        return broken(reader, begin, "a string can't hold a NUL", fail);
    reader->at += 4;
    if (is_high(unit)) {
        bool pair =
            take(reader, '\\') && take(reader, 'u') && is_low(code_unit(reader, reader->at));
        if (!pair)
            return broken(reader, begin, "half of a surrogate pair", fail);
        reader->at += 4;
    }
    if (is_low(unit))
        return broken(reader, begin, "half of a surrogate pair", fail);
    return 0;
}

static int scan_escape(struct json_reader *reader, struct fail *fail)
{
    int byte = look(reader);
    if (byte == END || strchr("\"\\/bfnrtu", byte) == NULL || byte == '\0')
        return broken(reader, reader->at, "a backslash that begins no escape", fail);
    reader->at++;
    return byte == 'u' ? scan_code_point(reader, fail) : 0;
}

/* The bytes of one character beyond ASCII, as RFC 3629 has them: no overlong forms, no surrogates,
 * nothing above U+10FFFF. 0: they are none. */
static size_t utf8_size(const unsigned char *bytes, size_t left)
{
    static const struct {
        unsigned char first, last, second_first, second_last, size;
    } rows[] = {
        {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
        {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (bytes[0] < rows[i].first || bytes[0] > rows[i].last)
            continue;
        if (left < rows[i].size || bytes[1] < rows[i].second_first ||
            bytes[1] > rows[i].second_last)
            return 0;
        for (size_t j = 2; j < rows[i].size; j++)
            if ((bytes[j] & 0xc0) != 0x80)
                return 0;
        return rows[i].size;
    }
    return 0;
}

static int scan_utf8(struct json_reader *reader, struct fail *fail)
{
    const unsigned char *bytes = (const unsigned char *)reader->text + reader->at;
    size_t size = utf8_size(bytes, reader->size - reader->at);
    if (size == 0)
        return broken(reader, reader->at, "bytes that are not UTF-8", fail);
    reader->at += size;
    return 0;
}

/* To behind the closing quote; what is between the quotes is sound then. */
static int scan_string(struct json_reader *reader, struct json_name *ret_raw, bool *ret_escapes,
                       struct fail *fail)
{
    size_t begin = ++reader->at;
    bool escapes = false;
    for (;;) {
        int byte = look(reader);
        if (byte >= ' ' && byte < 0x80 && byte != '"' && byte != '\\') {
            reader->at++;
        } else if (byte == '"') {
            break;
        } else if (byte == '\\') {
            escapes = true;
            reader->at++;
            TRY(scan_escape(reader, fail));
        } else if (byte >= 0x80) {
            TRY(scan_utf8(reader, fail));
        } else {
            return broken(reader, reader->at, "a control character in a string", fail);
        }
    }
    *ret_raw = (struct json_name){.text = reader->text + begin, .size = reader->at - begin};
    *ret_escapes = escapes;
    reader->at++;
    return 0;
}

static char *put_utf8(char *to, uint32_t point)
{
    if (point < 0x80) {
        *to++ = (char)point;
        return to;
    }
    unsigned more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (char)(lead[more] | point >> (6 * more));
    while (more-- > 0)
        *to++ = (char)(0x80 | (point >> (6 * more) & 0x3f));
    return to;
}

/* Of a sound string; `*from` is the first byte behind the u. */
static uint32_t take_code_point(const struct json_reader *reader, size_t *from)
{
    uint32_t point = (uint32_t)code_unit(reader, *from);
    *from += 4;
    if (!is_high((int32_t)point))
        return point;
    uint32_t low = (uint32_t)code_unit(reader, *from + 2);
    *from += 6;
    return 0x10000 + ((point - 0xd800) << 10 | (low - 0xdc00));
}

/* No escape is shorter than what it stands for. */
static struct json_name decode(const struct json_reader *reader, struct json_name raw)
{
    static const char names[] = "bfnrt", bytes[] = "\b\f\n\r\t";
    char *copy = arena_alloc(reader->arena, raw.size + 1);
    char *to = copy;
    size_t from = (size_t)(raw.text - reader->text), end = from + raw.size;
    while (from < end) {
        char byte = reader->text[from++];
        if (byte != '\\') {
            *to++ = byte;
            continue;
        }
        byte = reader->text[from++];
        const char *name = strchr(names, byte);
        if (byte == 'u')
            to = put_utf8(to, take_code_point(reader, &from));
        else
            *to++ = name != NULL ? bytes[name - names] : byte;
    }
    return (struct json_name){.text = copy, .size = (size_t)(to - copy)};
}

int json_read_string(struct json_reader *reader, const char **ret_text, struct fail *fail)
{
    struct json_name raw = {.size = 0};
    bool escapes = false;
    TRY(scan_string(reader, &raw, &escapes, fail));
    *ret_text = escapes ? decode(reader, raw).text : arena_copy(reader->arena, raw.text, raw.size);
    return 0;
}

int json_read_name(struct json_reader *reader, struct json_name *ret_name, struct fail *fail)
{
    bool escapes = false;
    if (json_peek(reader) != KIND_STRING)
        return broken(reader, reader->at, "expected a name in quotes", fail);
    TRY(scan_string(reader, ret_name, &escapes, fail));
    if (escapes)
        *ret_name = decode(reader, *ret_name);
    skip_blanks(reader);
    if (!take(reader, ':'))
        return broken(reader, reader->at, "expected a colon behind the name", fail);
    return 0;
}

/* ---- numbers and words ---- */

static size_t scan_digits(struct json_reader *reader)
{
    size_t begin = reader->at;
    while (is_digit(look(reader)))
        reader->at++;
    return reader->at - begin;
}

/* `*ret_whole`: it has neither fraction nor exponent. */
static int scan_number(struct json_reader *reader, bool *ret_whole, struct fail *fail)
{
    size_t begin = reader->at;
    (void)take(reader, '-');
    bool zero = look(reader) == '0';
    size_t digits = scan_digits(reader);
    bool sound = digits > 0 && (!zero || digits == 1);
    *ret_whole = true;
    if (take(reader, '.')) {
        sound = scan_digits(reader) > 0 && sound;
        *ret_whole = false;
    }
    if (take(reader, 'e') || take(reader, 'E')) {
        (void)(take(reader, '+') || take(reader, '-'));
        sound = scan_digits(reader) > 0 && sound;
        *ret_whole = false;
    }
    return sound ? 0 : broken(reader, begin, "this is no number", fail);
}

int json_read_integer(struct json_reader *reader, struct json_integer *ret_integer,
                      struct fail *fail)
{
    size_t begin = reader->at;
    bool whole = true;
    TRY(scan_number(reader, &whole, fail));
    int size = reader->at - begin > 40 ? 40 : (int)(reader->at - begin);
    if (!whole)
        return fail_set(fail, "%.*s is no integer", size, reader->text + begin);
    struct json_integer integer = {.negative = reader->text[begin] == '-'};
    for (size_t i = begin + (integer.negative ? 1 : 0); i < reader->at; i++) {
        uint64_t digit = (uint64_t)(reader->text[i] - '0');
        if (__builtin_mul_overflow(integer.magnitude, 10, &integer.magnitude) ||
            __builtin_add_overflow(integer.magnitude, digit, &integer.magnitude))
            return fail_set(fail, "%.*s has more than 64 bits", size, reader->text + begin);
    }
    *ret_integer = integer;
    return 0;
}

static bool take_word(struct json_reader *reader, const char *word)
{
    size_t size = strlen(word);
    if (reader->size - reader->at < size || memcmp(reader->text + reader->at, word, size) != 0)
        return false;
    reader->at += size;
    return true;
}

int json_read_boolean(struct json_reader *reader, bool *ret_on, struct fail *fail)
{
    *ret_on = take_word(reader, "true");
    if (!*ret_on && !take_word(reader, "false"))
        return broken(reader, reader->at, "this is neither true nor false", fail);
    return 0;
}

/* ---- objects and lists ---- */

int json_begin(struct json_reader *reader, struct json_walk *ret_walk, struct fail *fail)
{
    *ret_walk = (struct json_walk){.close = look(reader) == '{' ? '}' : ']'};
    if (reader->depth == JSON_DEPTH_MAX)
        return broken(reader, reader->at, "nested deeper than 128 levels", fail);
    reader->depth++;
    reader->at++;
    return 0;
}

int json_next(struct json_reader *reader, struct json_walk *walk, struct fail *fail)
{
    skip_blanks(reader);
    if (take(reader, walk->close)) {
        reader->depth--;
        return 0;
    }
    if (walk->begun && !take(reader, ','))
        return broken(reader, reader->at,
                      walk->close == '}' ? "expected a comma or a closing brace"
                                         : "expected a comma or a closing bracket",
                      fail);
    walk->begun = true;
    skip_blanks(reader);
    if (look(reader) == walk->close)
        return broken(reader, reader->at, "nothing follows the comma", fail);
    return 1;
}

static int skip_all(struct json_reader *reader, struct fail *fail)
{
    struct json_walk walk;
    struct json_name name;
    int more = 0;
    TRY(json_begin(reader, &walk, fail));
    while ((more = json_next(reader, &walk, fail)) > 0) {
        if (walk.close == '}')
            TRY(json_read_name(reader, &name, fail));
        TRY(json_skip(reader, fail));
    }
    return more;
}

int json_skip(struct json_reader *reader, struct fail *fail)
{
    struct json_name name;
    bool unused = false;
    switch (json_peek(reader)) {
    case KIND_OBJECT:
    case KIND_LIST:
        return skip_all(reader, fail);
    case KIND_STRING:
        return scan_string(reader, &name, &unused, fail);
    case KIND_NUMBER:
        return scan_number(reader, &unused, fail);
    case KIND_BOOLEAN:
        return json_read_boolean(reader, &unused, fail);
    case KIND_NULL:
        if (take_word(reader, "null"))
            return 0;
        break;
    case KIND_NONE:
        break;
    }
    return broken(reader, reader->at, "this is no JSON value", fail);
}

int json_end(struct json_reader *reader, struct fail *fail)
{
    skip_blanks(reader);
    if (reader->at < reader->size)
        return broken(reader, reader->at, "something follows the end of the object", fail);
    return 0;
}
