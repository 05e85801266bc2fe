/* config_table.h - PURE: a config.json read by tables. One row is one field: its name, its type, and
 * where its value goes. One loop checks types and ranges, so that no handler has to, and every error
 * comes with the place and the path of the value:
 *
 *     config.json:12:8: process.user.uid: expected an integer, found a string
 *
 * What the OCI demands of all fields is done here: unknown ones are passed over (config.md,
 * "Extensibility"), and null is the same as absent, as for every other runtime. Names that stand
 * twice in one object are an error: runtimes don't agree which of the two counts.
 */
#ifndef LAUNCHER_CONFIG_TABLE_H
#define LAUNCHER_CONFIG_TABLE_H

#include "json_read.h"
#include "spec.h"

enum { CONFIG_STEPS_MAX = 24 };

/* One step of a path: a name, or an element of a list. */
struct config_step {
    const char *name; /* NULL: an element */
    bool key;         /* the name is one of the file's, not of a table */
    size_t index;
};

struct config {
    const char *file; /* as errors name it */
    struct json_reader reader;
    struct arena *arena;
    struct spec *spec;
    struct config_step steps[CONFIG_STEPS_MAX];
    size_t step_count;
    size_t value_at; /* where the value begins that is being read */
    bool placed;     /* the error has its place already */
    const char **warnings;
    size_t warning_count;
    const char *unmapped; /* the first capability that there isn't, with its place; NULL: none */
};

struct config_field;

/* A value that passed the loop. */
struct config_value {
    const char *text;
    bool on;
    struct json_integer number;
    const char *key;                  /* of a member of a map */
    void *object;                     /* an element of a list or map of objects */
    const struct config_field *field; /* whose value it is */
};

/* What a row does with a value beyond storing it. `target` is the struct that the table fills. */
typedef int config_handler(struct config *config, void *target, const struct config_value *value,
                           struct fail *fail);

enum field_type {
    FIELD_BOOLEAN, /* bool */
    FIELD_STRING,  /* const char *; an empty string counts as absent, as in Go's encoding */
    FIELD_U32,     /* uint32_t */
    FIELD_U64,     /* uint64_t */
    FIELD_S32,     /* int32_t */
    FIELD_S64,     /* int64_t */
    FIELD_LIMIT,   /* struct limit */
    FIELD_STRINGS, /* a list of them: const char ** and size_t */
    FIELD_NUMBERS, /* uint32_t * and size_t */
    FIELD_PAIRS,   /* an object of strings: struct spec_pair * and size_t */
    FIELD_OBJECT,  /* a struct, filled by the table */
    FIELD_OBJECTS, /* a list of objects: an array of structs and size_t */
    FIELD_MAP,     /* an object of objects: the same; a struct begins with const char *, the name */
    FIELD_TYPE_COUNT
};

enum field_flags {
    FIELD_REQUIRED = 1u << 0,
    FIELD_FILLED = 1u << 1,  /* no empty string */
    FIELD_SOME = 1u << 2,    /* no empty list */
    FIELD_HANDLED = 1u << 3, /* the handler stores it, and reads an object as well */
    FIELD_NONZERO = 1u << 4, /* 0 is the same as absent */
};

struct config_table;

struct config_field {
    const char *name;
    enum field_type type;
    unsigned flags;
    size_t offset, count_offset;      /* in the target */
    int64_t low;                      /* numbers; both 0: what the type can hold */
    uint64_t high;                    /* not used when low is negative and it is 0 */
    config_handler *handle;           /* NULL: stored as it is; lists and maps: for each element */
    const struct config_table *table; /* of objects */
};

struct config_table {
    const struct config_field *fields;
    size_t field_count;     /* at most 64 */
    size_t size;            /* of the struct that it fills */
    config_handler *finish; /* NULL, or called behind the last field; its value is empty */
};

/* ---- rows: each names the member and checks, while compiling, that it is of the field's type ---- */

/* NOLINTBEGIN(bugprone-macro-parentheses): types take none */

#define MEMBER(STRUCT, FIELD, TYPE) \
    (offsetof(STRUCT, FIELD) + 0 * sizeof(_Generic(((STRUCT *)NULL)->FIELD, TYPE : 0)))

#define ROW_OF(TYPE_NAME, C_TYPE, NAME, STRUCT, FIELD) \
    .name = (NAME), .type = (TYPE_NAME), .offset = MEMBER(STRUCT, FIELD, C_TYPE)

#define ROW_BOOLEAN(NAME, STRUCT, FIELD) ROW_OF(FIELD_BOOLEAN, bool, NAME, STRUCT, FIELD)
#define ROW_STRING(NAME, STRUCT, FIELD) ROW_OF(FIELD_STRING, const char *, NAME, STRUCT, FIELD)
#define ROW_U32(NAME, STRUCT, FIELD) ROW_OF(FIELD_U32, uint32_t, NAME, STRUCT, FIELD)
#define ROW_U64(NAME, STRUCT, FIELD) ROW_OF(FIELD_U64, uint64_t, NAME, STRUCT, FIELD)
#define ROW_S32(NAME, STRUCT, FIELD) ROW_OF(FIELD_S32, int32_t, NAME, STRUCT, FIELD)
#define ROW_S64(NAME, STRUCT, FIELD) ROW_OF(FIELD_S64, int64_t, NAME, STRUCT, FIELD)
#define ROW_LIMIT(NAME, STRUCT, FIELD) ROW_OF(FIELD_LIMIT, struct limit, NAME, STRUCT, FIELD)
#define ROW_COUNTED(TYPE_NAME, C_TYPE, NAME, STRUCT, FIELD, COUNT) \
    ROW_OF(TYPE_NAME, C_TYPE, NAME, STRUCT, FIELD), .count_offset = MEMBER(STRUCT, COUNT, size_t)
#define ROW_STRINGS(NAME, STRUCT, FIELD, COUNT) \
    ROW_COUNTED(FIELD_STRINGS, const char **, NAME, STRUCT, FIELD, COUNT)
#define ROW_NUMBERS(NAME, STRUCT, FIELD, COUNT) \
    ROW_COUNTED(FIELD_NUMBERS, uint32_t *, NAME, STRUCT, FIELD, COUNT)
#define ROW_PAIRS(NAME, STRUCT, FIELD, COUNT) \
    ROW_COUNTED(FIELD_PAIRS, struct spec_pair *, NAME, STRUCT, FIELD, COUNT)
#define ROW_OBJECTS(NAME, STRUCT, FIELD, COUNT, ELEMENT, TABLE) \
    ROW_COUNTED(FIELD_OBJECTS, ELEMENT *, NAME, STRUCT, FIELD, COUNT), .table = (TABLE)
#define ROW_MAP(NAME, STRUCT, FIELD, COUNT, ELEMENT, TABLE) \
    ROW_COUNTED(FIELD_MAP, ELEMENT *, NAME, STRUCT, FIELD, COUNT), .table = (TABLE)
#define ROW_OBJECT(NAME, STRUCT, FIELD, ELEMENT, TABLE) \
    ROW_OF(FIELD_OBJECT, ELEMENT, NAME, STRUCT, FIELD), .table = (TABLE)
/* The handler alone knows where it goes. */
#define ROW_HANDLED(TYPE_NAME, NAME, HANDLE) \
    .name = (NAME), .type = (TYPE_NAME), .flags = FIELD_HANDLED, .handle = (HANDLE)
/* A table that goes on filling the same struct. */
#define ROW_SAME(NAME, TABLE) .name = (NAME), .type = FIELD_OBJECT, .table = (TABLE)

#define CONFIG_TABLE(FIELDS, STRUCT) \
    .fields = (FIELDS), .field_count = sizeof(FIELDS) / sizeof((FIELDS)[0]), .size = sizeof(STRUCT)

/* NOLINTEND(bugprone-macro-parentheses) */

/* ---- the loop ---- */

/* Reads an object into `target`, which must be zeroed or hold defaults. */
MUST_CHECK int config_read_object(struct config *config, const struct config_table *table,
                                  void *target, struct fail *fail);

/* Reads a text that is one object and nothing else. */
MUST_CHECK int config_read_whole(struct config *config, const struct config_table *table,
                                 void *target, struct fail *fail);

/* Puts file, line, column and path before the sentence of an error, once. Returns fail->code. */
int config_place(struct config *config, struct fail *fail);

/* A warning about the value that is being read. */
void config_warn(struct config *config, const char *sentence);

#endif
