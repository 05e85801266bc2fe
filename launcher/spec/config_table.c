/* PURE: no system call is made in this file. */
#include "config_table.h"

#include <stdio.h>
#include <string.h>

/* ---- paths and places ---- */

enum { PATH_TEXT_MAX = 200 };

static int step_text(const struct config_step *step, bool first, char *text, size_t size)
{
    if (step->name == NULL)
        return snprintf(text, size, "[%zu]", step->index);
    if (step->key)
        return snprintf(text, size, "[\"%.60s\"]", step->name);
    return snprintf(text, size, "%s%s", first ? "" : ".", step->name);
}

static const char *path_text(const struct config *config, char text[PATH_TEXT_MAX])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < config->step_count && used < PATH_TEXT_MAX; i++) {
        int size = step_text(&config->steps[i], i == 0, text + used, PATH_TEXT_MAX - used);
        used += size > 0 ? (size_t)size : 0;
    }
    return text;
}

/* "config.json:12:8: process.user.uid" */
static const char *place_text(struct config *config, size_t at)
{
    char path[PATH_TEXT_MAX];
    size_t line, column;
    json_place(&config->reader, at, &line, &column);
    (void)path_text(config, path);
    return arena_printf(config->arena, "%s:%zu:%zu%s%s", config->file, line, column,
                        path[0] != '\0' ? ": " : "", path);
}

int config_place(struct config *config, struct fail *fail)
{
    if (config->placed)
        return fail->code;
    config->placed = true;
    size_t at = config->reader.broken ? config->reader.broken_at : config->value_at;
    return fail_context(fail, "%s", place_text(config, at));
}

void config_warn(struct config *config, const char *sentence)
{
    *ARENA_APPEND(config->arena, config->warnings, config->warning_count) =
        arena_printf(config->arena, "%s: %s", place_text(config, config->value_at), sentence);
}

/* Tables go no deeper than this; what is deeper is skipped. */
static void push(struct config *config, struct config_step step)
{
    config->steps[config->step_count++] = step;
}

static void pop(struct config *config)
{
    config->step_count--;
}

/* ---- values ---- */

static void *member(void *target, size_t offset)
{
    return (char *)target + offset;
}

/* The next element of the array that a row names. */
static void *append(struct config *config, const struct config_field *field, void *target,
                    size_t size)
{
    size_t *count = member(target, field->count_offset);
    return arena_grow(config->arena, member(target, field->offset), count, size);
}

static const enum json_kind KINDS[FIELD_TYPE_COUNT] = {
    [FIELD_BOOLEAN] = KIND_BOOLEAN, [FIELD_STRING] = KIND_STRING, [FIELD_U32] = KIND_NUMBER,
    [FIELD_U64] = KIND_NUMBER,      [FIELD_S32] = KIND_NUMBER,    [FIELD_S64] = KIND_NUMBER,
    [FIELD_LIMIT] = KIND_NUMBER,    [FIELD_STRINGS] = KIND_LIST,  [FIELD_NUMBERS] = KIND_LIST,
    [FIELD_PAIRS] = KIND_OBJECT,    [FIELD_OBJECT] = KIND_OBJECT, [FIELD_OBJECTS] = KIND_LIST,
    [FIELD_MAP] = KIND_OBJECT,
};

static int check_kind(struct config *config, enum json_kind wanted, enum json_kind found,
                      struct fail *fail)
{
    if (wanted == found)
        return 0;
    if (found == KIND_NONE)
        return json_skip(&config->reader, fail); /* says what is wrong with the text */
    const char *words = wanted == KIND_NUMBER ? "an integer" : json_kind_text(wanted);
    return fail_set(fail, "expected %s, found %s", words, json_kind_text(found));
}

/* What the types can hold; a row may narrow it. */
static const struct {
    int64_t low;
    uint64_t high;
} RANGES[FIELD_TYPE_COUNT] = {
    [FIELD_U32] = {0, UINT32_MAX},          [FIELD_U64] = {0, UINT64_MAX},
    [FIELD_S32] = {INT32_MIN, INT32_MAX},   [FIELD_S64] = {INT64_MIN, INT64_MAX},
    [FIELD_LIMIT] = {INT64_MIN, INT64_MAX}, [FIELD_NUMBERS] = {0, UINT32_MAX},
};

static int check_range(const struct config_field *field, struct json_integer number,
                       struct fail *fail)
{
    int64_t low = RANGES[field->type].low;
    uint64_t high = RANGES[field->type].high;
    if (field->low != 0 || field->high != 0) {
        low = field->low;
        high = field->high;
    }
    /* of INT64_MIN: 2^63 */
    uint64_t lowest = low < 0 ? (uint64_t) - (low + 1) + 1 : 0;
    bool fits = number.negative && number.magnitude > 0
                    ? number.magnitude <= lowest
                    : number.magnitude <= high && (low <= 0 || number.magnitude >= (uint64_t)low);
    if (fits)
        return 0;
    return fail_set(fail, "%s%llu is not from %lld to %llu", number.negative ? "-" : "",
                    (unsigned long long)number.magnitude, (long long)low, (unsigned long long)high);
}

static int64_t signed_number(struct json_integer number)
{
    return (int64_t)(number.negative ? 0 - number.magnitude : number.magnitude);
}

static void store_number(const struct config_field *field, struct json_integer number, void *place)
{
    int64_t value = signed_number(number);
    switch (field->type) {
    case FIELD_U32:
    case FIELD_S32:
        memcpy(place, &(uint32_t){(uint32_t)value}, sizeof(uint32_t));
        break;
    case FIELD_LIMIT:
        *(struct limit *)place = (struct limit){.set = true, .value = value};
        break;
    default:
        memcpy(place, &value, sizeof(value));
        break;
    }
}

static int read_number(struct config *config, const struct config_field *field,
                       struct config_value *ret_value, struct fail *fail)
{
    TRY(json_read_integer(&config->reader, &ret_value->number, fail));
    return check_range(field, ret_value->number, fail);
}

static int read_string(struct config *config, const struct config_field *field,
                       struct config_value *ret_value, struct fail *fail)
{
    TRY(json_read_string(&config->reader, &ret_value->text, fail));
    if (ret_value->text[0] == '\0' && (field->flags & FIELD_FILLED))
        return fail_set(fail, "it is empty");
    return 0;
}

/* ---- plain fields ---- */

typedef int field_reader(struct config *config, const struct config_field *field, void *target,
                         struct fail *fail);

static int hand_over(struct config *config, const struct config_field *field, void *target,
                     const struct config_value *value, struct fail *fail)
{
    return field->handle == NULL ? 0 : field->handle(config, target, value, fail);
}

static bool stored(const struct config_field *field)
{
    return (field->flags & FIELD_HANDLED) == 0;
}

static int take_boolean(struct config *config, const struct config_field *field, void *target,
                        struct fail *fail)
{
    struct config_value value = {.field = field};
    TRY(json_read_boolean(&config->reader, &value.on, fail));
    if (stored(field))
        *(bool *)member(target, field->offset) = value.on;
    return hand_over(config, field, target, &value, fail);
}

static int take_string(struct config *config, const struct config_field *field, void *target,
                       struct fail *fail)
{
    struct config_value value = {.field = field};
    TRY(read_string(config, field, &value, fail));
    if (value.text[0] == '\0')
        return 0;
    if (stored(field))
        *(const char **)member(target, field->offset) = value.text;
    return hand_over(config, field, target, &value, fail);
}

static int take_number(struct config *config, const struct config_field *field, void *target,
                       struct fail *fail)
{
    struct config_value value = {.field = field};
    TRY(read_number(config, field, &value, fail));
    if (value.number.magnitude == 0 && (field->flags & FIELD_NONZERO))
        return 0;
    if (stored(field))
        store_number(field, value.number, member(target, field->offset));
    return hand_over(config, field, target, &value, fail);
}

static int take_object(struct config *config, const struct config_field *field, void *target,
                       struct fail *fail)
{
    struct config_value value = {.field = field};
    if (stored(field))
        TRY(config_read_object(config, field->table, member(target, field->offset), fail));
    return hand_over(config, field, target, &value, fail);
}

/* ---- lists ---- */

/* An element: its kind is checked, and it is read into `target`. */
typedef int element_reader(struct config *config, const struct config_field *field, void *target,
                           const char *key, struct fail *fail);

static int string_element(struct config *config, const struct config_field *field, void *target,
                          const char *key, struct fail *fail)
{
    struct config_value value = {.key = key, .field = field};
    TRY(check_kind(config, KIND_STRING, json_peek(&config->reader), fail));
    TRY(read_string(config, field, &value, fail));
    if (stored(field) && key != NULL)
        *(struct spec_pair *)append(config, field, target, sizeof(struct spec_pair)) =
            (struct spec_pair){.key = key, .value = value.text};
    else if (stored(field))
        *(const char **)append(config, field, target, sizeof(const char *)) = value.text;
    return hand_over(config, field, target, &value, fail);
}

static int number_element(struct config *config, const struct config_field *field, void *target,
                          const char *key, struct fail *fail)
{
    struct config_value value = {.key = key, .field = field};
    TRY(check_kind(config, KIND_NUMBER, json_peek(&config->reader), fail));
    TRY(read_number(config, field, &value, fail));
    if (stored(field))
        *(uint32_t *)append(config, field, target, sizeof(uint32_t)) =
            (uint32_t)value.number.magnitude;
    return hand_over(config, field, target, &value, fail);
}

static int object_element(struct config *config, const struct config_field *field, void *target,
                          const char *key, struct fail *fail)
{
    const struct config_table *table = field->table;
    struct config_value value = {.key = key, .field = field};
    TRY(check_kind(config, KIND_OBJECT, json_peek(&config->reader), fail));
    void *element = stored(field) ? append(config, field, target, table->size)
                                  : arena_alloc(config->arena, table->size);
    value.object = element;
    if (key != NULL)
        *(const char **)element = key;
    TRY(config_read_object(config, table, element, fail));
    return hand_over(config, field, target, &value, fail);
}

static element_reader *const ELEMENT_READERS[FIELD_TYPE_COUNT] = {
    [FIELD_STRINGS] = string_element, [FIELD_PAIRS] = string_element,
    [FIELD_NUMBERS] = number_element, [FIELD_OBJECTS] = object_element,
    [FIELD_MAP] = object_element,
};

static int read_element(struct config *config, const struct config_field *field, void *target,
                        struct config_step step, struct fail *fail)
{
    push(config, step);
    (void)json_peek(&config->reader);
    config->value_at = config->reader.at;
    if (ELEMENT_READERS[field->type](config, field, target, step.name, fail) < 0)
        return config_place(config, fail);
    pop(config);
    return 0;
}

static int take_list(struct config *config, const struct config_field *field, void *target,
                     struct fail *fail)
{
    struct json_walk walk;
    size_t index = 0, begin = config->value_at;
    int more = 0;
    TRY(json_begin(&config->reader, &walk, fail));
    while ((more = json_next(&config->reader, &walk, fail)) > 0) {
        TRY(read_element(config, field, target, (struct config_step){.index = index++}, fail));
    }
    config->value_at = begin;
    if (more == 0 && index == 0 && (field->flags & FIELD_SOME))
        return fail_set(fail, "it is empty");
    return more;
}

/* ---- maps ---- */

struct seen_key {
    const char *text;
    size_t at;
};

static int compare_keys(const void *left, const void *right)
{
    const struct seen_key *a = left, *b = right;
    int order = strcmp(a->text, b->text);
    return order != 0 ? order : (a->at > b->at) - (a->at < b->at);
}

/* Sorted: a file of ten megabytes may hold half a million of them. */
static int check_keys(struct config *config, struct seen_key *keys, size_t count, struct fail *fail)
{
    if (count > 1)
        qsort(keys, count, sizeof(*keys), compare_keys);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(keys[i - 1].text, keys[i].text) != 0)
            continue;
        config->value_at = keys[i].at;
        return fail_set(fail, "the name \"%.100s\" stands here twice", keys[i].text);
    }
    return 0;
}

static int take_member(struct config *config, const struct config_field *field, void *target,
                       struct seen_key *ret_key, struct fail *fail)
{
    struct json_name name;
    (void)json_peek(&config->reader);
    config->value_at = config->reader.at;
    TRY(json_read_name(&config->reader, &name, fail));
    *ret_key = (struct seen_key){.text = arena_copy(config->arena, name.text, name.size),
                                 .at = config->value_at};
    if (name.size == 0)
        return fail_set(fail, "a name is empty");
    struct config_step step = {.name = ret_key->text, .key = true};
    return read_element(config, field, target, step, fail);
}

static int take_map(struct config *config, const struct config_field *field, void *target,
                    struct fail *fail)
{
    struct json_walk walk;
    struct seen_key *keys = NULL;
    size_t key_count = 0;
    int more = 0;
    TRY(json_begin(&config->reader, &walk, fail));
    while ((more = json_next(&config->reader, &walk, fail)) > 0) {
        struct seen_key *key = ARENA_APPEND(config->arena, keys, key_count);
        TRY(take_member(config, field, target, key, fail));
    }
    TRY(more);
    return check_keys(config, keys, key_count, fail);
}

/* ---- objects ---- */

static field_reader *const FIELD_READERS[FIELD_TYPE_COUNT] = {
    [FIELD_BOOLEAN] = take_boolean, [FIELD_STRING] = take_string, [FIELD_U32] = take_number,
    [FIELD_U64] = take_number,      [FIELD_S32] = take_number,    [FIELD_S64] = take_number,
    [FIELD_LIMIT] = take_number,    [FIELD_STRINGS] = take_list,  [FIELD_NUMBERS] = take_list,
    [FIELD_PAIRS] = take_map,       [FIELD_OBJECT] = take_object, [FIELD_OBJECTS] = take_list,
    [FIELD_MAP] = take_map,
};

/* `*ret_given`: it was there and not null. */
static int read_field(struct config *config, const struct config_field *field, void *target,
                      bool *ret_given, struct fail *fail)
{
    enum json_kind kind = json_peek(&config->reader);
    config->value_at = config->reader.at;
    *ret_given = kind != KIND_NULL;
    if (kind == KIND_NULL)
        return json_skip(&config->reader, fail);
    TRY(check_kind(config, KINDS[field->type], kind, fail));
    return FIELD_READERS[field->type](config, field, target, fail);
}

static const struct config_field *find_field(const struct config_table *table,
                                             struct json_name name)
{
    for (size_t i = 0; i < table->field_count; i++) {
        const char *text = table->fields[i].name;
        if (strncmp(text, name.text, name.size) == 0 && text[name.size] == '\0')
            return &table->fields[i];
    }
    return NULL;
}

/* Which fields of a table have been there: bit n is field n. */
struct presence {
    uint64_t seen, given;
};

static int read_member(struct config *config, const struct config_table *table, void *target,
                       struct presence *presence, struct fail *fail)
{
    struct json_name name;
    bool given = false;
    (void)json_peek(&config->reader);
    config->value_at = config->reader.at;
    TRY(json_read_name(&config->reader, &name, fail));
    const struct config_field *field = find_field(table, name);
    if (field == NULL)
        return json_skip(&config->reader, fail);
    uint64_t bit = UINT64_C(1) << (field - table->fields);
    if (presence->seen & bit)
        return fail_set(fail, "the name \"%s\" stands here twice", field->name);
    push(config, (struct config_step){.name = field->name});
    if (read_field(config, field, target, &given, fail) < 0)
        return config_place(config, fail);
    pop(config);
    presence->seen |= bit;
    presence->given |= given ? bit : 0;
    return 0;
}

static int check_required(const struct config_table *table, uint64_t given, struct fail *fail)
{
    for (size_t i = 0; i < table->field_count; i++)
        if ((table->fields[i].flags & FIELD_REQUIRED) && (given & UINT64_C(1) << i) == 0)
            return fail_set(fail, "the field \"%s\" is missing", table->fields[i].name);
    return 0;
}

int config_read_object(struct config *config, const struct config_table *table, void *target,
                       struct fail *fail)
{
    struct json_walk walk;
    struct presence presence = {.seen = 0};
    size_t begin = config->reader.at;
    int more = 0;
    TRY(json_begin(&config->reader, &walk, fail));
    while ((more = json_next(&config->reader, &walk, fail)) > 0)
        TRY(read_member(config, table, target, &presence, fail));
    TRY(more);
    config->value_at = begin;
    TRY(check_required(table, presence.given, fail));
    struct config_value value = {.text = NULL};
    return table->finish == NULL ? 0 : table->finish(config, target, &value, fail);
}
