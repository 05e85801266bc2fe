/* PURE: no system call is made in this file. The value of an annotation is GVariant's text format, of which
 * this reads what properties are made of: words, numbers, switches and lists of words. */
#include <errno.h>
#include <string.h>

#include "unit_property.h"

static const char PREFIX[] = "org.systemd.property.";

static const struct {
    const char *word; /* before the number */
    enum property_type type;
    int64_t low, high; /* high -1: all of uint64 */
} NUMBERS[] = {
    {"int32", PROPERTY_INT32, INT32_MIN, INT32_MAX},
    {"uint32", PROPERTY_UINT32, 0, UINT32_MAX},
    {"int64", PROPERTY_INT64, INT64_MIN, INT64_MAX},
    {"uint64", PROPERTY_UINT64, 0, -1},
};

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* A word in quotes of either kind, in which \ keeps the next byte. NULL: there is none. */
static const char *read_word(const char *text, struct arena *arena, const char **ret_word)
{
    char quote = text[0];
    if (quote != '\'' && quote != '"')
        return NULL;
    char *word = arena_alloc(arena, strlen(text));
    size_t length = 0;
    for (text++; *text != quote; text++) {
        if (*text == '\\')
            text++;
        if (*text == '\0')
            return NULL;
        word[length++] = *text;
    }
    *ret_word = word;
    return text + 1;
}

static const char *read_words(const char *text, struct arena *arena, struct unit_property *property)
{
    property->type = PROPERTY_STRINGS;
    text = skip_blanks(text + 1);
    while (*text != ']') {
        const char *word = NULL;
        if (property->count > 0 && *text++ != ',')
            return NULL;
        text = read_word(skip_blanks(text), arena, &word);
        if (text == NULL)
            return NULL;
        *ARENA_APPEND(arena, property->texts, property->count) = word;
        text = skip_blanks(text);
    }
    return text + 1;
}

static const char *read_digits(const char *text, enum property_type type,
                               struct unit_property *property)
{
    size_t row = 0;
    char *end = NULL;
    while (NUMBERS[row].type != type)
        row++;
    bool negative = *text == '-', unbounded = NUMBERS[row].high < 0;
    property->type = type;
    errno = 0;
    property->number = negative ? (uint64_t)strtoll(text, &end, 0) : strtoull(text, &end, 0);
    if (end == text || errno != 0)
        return NULL;
    bool low = negative && (int64_t)property->number < NUMBERS[row].low;
    bool high = !negative && !unbounded && property->number > (uint64_t)NUMBERS[row].high;
    return low || high ? NULL : end;
}

/* "uint64 5", or a bare number, which is an int32. */
static const char *read_number(const char *text, struct unit_property *property)
{
    for (size_t i = 0; i < sizeof(NUMBERS) / sizeof(NUMBERS[0]); i++) {
        size_t length = strlen(NUMBERS[i].word);
        if (strncmp(text, NUMBERS[i].word, length) == 0 && text[length] == ' ')
            return read_digits(skip_blanks(text + length), NUMBERS[i].type, property);
    }
    return read_digits(text, PROPERTY_INT32, property);
}

static const char *read_switch(const char *text, struct unit_property *property)
{
    property->type = PROPERTY_BOOL;
    property->number = strncmp(text, "true", 4) == 0;
    if (property->number != 0)
        return text + 4;
    return strncmp(text, "false", 5) == 0 ? text + 5 : NULL;
}

/* What is behind the value; NULL: it is none. */
static const char *read_value(const char *text, struct arena *arena, struct unit_property *property)
{
    switch (text[0]) {
    case '\'':
    case '"':
        property->type = PROPERTY_STRING;
        return read_word(text, arena, &property->text);
    case '[':
        return read_words(text, arena, property);
    case 't':
    case 'f':
        return read_switch(text, property);
    default:
        return read_number(text, property);
    }
}

/* "TimeoutStopSec" is a setting of unit files; the property is TimeoutStopUSec. */
static bool is_in_seconds(const char *name)
{
    size_t length = strlen(name);
    return length > 3 && strcmp(name + length - 3, "Sec") == 0 && name[length - 4] >= 'a' &&
           name[length - 4] <= 'z';
}

static int to_microseconds(struct unit_property *property, struct arena *arena, struct fail *fail)
{
    enum { SECOND_US = 1000 * 1000 };
    bool is_number = property->type >= PROPERTY_INT32 && property->type <= PROPERTY_UINT64;
    if (!is_number || property->number > UINT64_MAX / SECOND_US)
        return fail_set(fail, "the annotation %s%.100s is to be a number of seconds", PREFIX,
                        property->name);
    property->name = arena_printf(arena, "%.*sUSec", (int)(strlen(property->name) - strlen("Sec")),
                                  property->name);
    property->type = PROPERTY_UINT64;
    property->number *= SECOND_US;
    return 0;
}

int property_list_add_annotation(struct property_list *list, const char *key, const char *value,
                                 struct arena *arena, struct fail *fail)
{
    if (strncmp(key, PREFIX, sizeof(PREFIX) - 1) != 0)
        return 0;
    struct unit_property property = {.name = key + sizeof(PREFIX) - 1};
    const char *end = read_value(skip_blanks(value), arena, &property);
    if (end == NULL || *skip_blanks(end) != '\0') {
        (void)fail_set(fail, "the value \"%.100s\" of the annotation %.150s is none of GVariant's",
                       value, key);
        return fail_hint(fail, "a word is written as \"'word'\", a number with its type: "
                               "\"uint64 5\"");
    }
    if (is_in_seconds(property.name))
        TRY(to_microseconds(&property, arena, fail));
    *ARENA_APPEND(arena, list->properties, list->count) = property;
    return 0;
}
