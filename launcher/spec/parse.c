#include "parse.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include "spec_names.h"

enum { DIGITS_MAX = 18, FRACTION_MAX = 9 }; /* 18 digits fit into 64 bits, whatever they are */

/* ---- numbers ---- */

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* A decimal number without sign: `digits` divided by 10 to the power of `fraction`. */
struct decimal {
    uint64_t digits;
    unsigned fraction;
    bool too_long;
};

/* Returns the first character behind the number, NULL when there is none. */
static const char *read_decimal(const char *text, struct decimal *ret_decimal)
{
    struct decimal decimal = {.digits = 0};
    unsigned count = 0;
    const char *point = NULL;
    const char *at = text;
    for (; is_digit(*at) || (*at == '.' && point == NULL); at++) {
        if (*at == '.') {
            point = at;
            continue;
        }
        decimal.too_long = ++count > DIGITS_MAX || decimal.too_long;
        if (!decimal.too_long)
            decimal.digits = decimal.digits * 10 + (uint64_t)(*at - '0');
    }
    if (point != NULL)
        decimal.fraction = (unsigned)(at - point) - 1;
    bool bare_point = point != NULL && (point == text || decimal.fraction == 0);
    if (count == 0 || bare_point || decimal.fraction > FRACTION_MAX)
        return NULL;
    *ret_decimal = decimal;
    return at;
}

/* False when the product does not fit. */
static bool scale_decimal(struct decimal decimal, uint64_t unit, int64_t *ret_value)
{
    unsigned __int128 value = (unsigned __int128)decimal.digits * unit;
    for (unsigned i = 0; i < decimal.fraction; i++)
        value /= 10;
    if (decimal.too_long || value > INT64_MAX)
        return false;
    *ret_value = (int64_t)value;
    return true;
}

/* 0: no unit. */
static uint64_t unit_of_size(const char *suffix)
{
    static const char letters[] = "kmgtp";
    if (*suffix == '\0' || strcasecmp(suffix, "b") == 0)
        return 1;
    const char *letter = strchr(letters, *suffix | 0x20); /* in lower case */
    bool ends_well =
        suffix[1] == '\0' || strcasecmp(suffix + 1, "b") == 0 || strcasecmp(suffix + 1, "ib") == 0;
    if (letter == NULL || !ends_well)
        return 0;
    return UINT64_C(1) << (10 * (letter - letters + 1));
}

int parse_size(const char *text, int64_t *ret_bytes, struct fail *fail)
{
    struct decimal decimal = {.digits = 0};
    const char *suffix = read_decimal(text, &decimal);
    uint64_t unit = suffix == NULL ? 0 : unit_of_size(suffix);
    if (unit == 0) {
        int code = fail_set(fail, "\"%.60s\" is not a size", text);
        (void)fail_hint(fail, "a size is a number of bytes, or one with k, m, g or t: 100m, 1.5g");
        return code;
    }
    if (!scale_decimal(decimal, unit, ret_bytes))
        return fail_set(fail, "the size %.60s is too large", text);
    return 0;
}

static bool read_integer(const char *text, int64_t *ret_number)
{
    const char *digits = text + (*text == '-' ? 1 : 0);
    size_t count = strspn(digits, "0123456789");
    bool leading_zero = digits[0] == '0' && (count > 1 || digits != text);
    if (count == 0 || count > DIGITS_MAX || digits[count] != '\0' || leading_zero)
        return false;
    int64_t number = 0;
    for (const char *digit = digits; *digit != '\0'; digit++)
        number = number * 10 + (*digit - '0');
    *ret_number = digits != text ? -number : number;
    return true;
}

int parse_number(const char *text, int64_t low, int64_t high, int64_t *ret_number,
                 struct fail *fail)
{
    int64_t number = 0;
    if (!read_integer(text, &number) || number < low || number > high)
        return fail_set(fail, "\"%.60s\" is not a number from %lld to %lld", text, (long long)low,
                        (long long)high);
    *ret_number = number;
    return 0;
}

int parse_octal(const char *text, uint32_t high, uint32_t *ret_number, struct fail *fail)
{
    size_t count = strspn(text, "01234567");
    uint32_t number = 0;
    for (size_t i = 0; i < count && i < 10; i++)
        number = number * 8 + (uint32_t)(text[i] - '0');
    if (count == 0 || count > 10 || text[count] != '\0' || number > high)
        return fail_set(fail, "\"%.60s\" is not an octal number up to %o", text, high);
    *ret_number = number;
    return 0;
}

int parse_id(const char *text, uint32_t *ret_id, struct fail *fail)
{
    int64_t number = 0;
    if (!read_integer(text, &number) || *text == '-' || number > UINT32_MAX - 1)
        return fail_set(fail, "\"%.60s\" is not a user or group id (0 to 4294967294)", text);
    *ret_id = (uint32_t)number;
    return 0;
}

int parse_switch(const char *text, bool *ret_on, struct fail *fail)
{
    static const char *const words[] = {"off", "on", "false", "true", "no", "yes", "0", "1"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(text, words[i]) == 0) {
            *ret_on = i % 2 == 1;
            return 0;
        }
    return fail_set(fail, "\"%.60s\" is neither on nor off", text);
}

/* ---- CPUs ---- */

int parse_cpus(const char *text, int64_t period_us, int64_t *ret_quota_us, struct fail *fail)
{
    struct decimal decimal = {.digits = 0};
    const char *end = read_decimal(text, &decimal);
    if (end == NULL || *end != '\0') {
        int code = fail_set(fail, "\"%.60s\" is not a number of CPUs", text);
        (void)fail_hint(fail, "0.5 is half of one CPU, 2 is two whole ones");
        return code;
    }
    if (!scale_decimal(decimal, (uint64_t)period_us, ret_quota_us))
        return fail_set(fail, "%.60s CPUs are too many", text);
    return 0;
}

/* One number of a list. Returns what follows it, NULL: not a number below `limit`. */
static const char *read_cpu(const char *text, size_t limit, size_t *ret_cpu)
{
    size_t count = strspn(text, "0123456789");
    size_t cpu = 0;
    if (count == 0 || count > 9)
        return NULL;
    for (size_t i = 0; i < count; i++)
        cpu = cpu * 10 + (size_t)(text[i] - '0');
    *ret_cpu = cpu;
    return cpu < limit ? text + count : NULL;
}

static const char *read_cpu_range(const char *text, size_t limit, size_t *ret_first,
                                  size_t *ret_last)
{
    const char *at = read_cpu(text, limit, ret_first);
    *ret_last = *ret_first;
    if (at != NULL && *at == '-')
        at = read_cpu(at + 1, limit, ret_last);
    return *ret_first <= *ret_last ? at : NULL;
}

int parse_cpu_list(const char *text, unsigned char *mask, size_t mask_size, size_t *ret_size,
                   struct fail *fail)
{
    size_t first = 0, last = 0, highest = 0;
    memset(mask, 0, mask_size);
    for (const char *at = text;; at++) {
        at = read_cpu_range(at, mask_size * 8, &first, &last);
        if (at == NULL || (*at != '\0' && *at != ',')) {
            int code =
                fail_set(fail, "\"%.60s\" is not a list of CPUs below %zu", text, mask_size * 8);
            (void)fail_hint(fail, "a list of CPUs looks like 0-3,8");
            return code;
        }
        for (size_t cpu = first; cpu <= last; cpu++)
            mask[cpu / 8] |= (unsigned char)(1u << (cpu % 8));
        highest = last > highest ? last : highest;
        if (*at == '\0')
            break;
    }
    *ret_size = highest / 64 * 8 + 8; /* the kernel's masks are made of 64-bit words */
    return 0;
}

/* ---- resource limits ---- */

static int parse_rlimit_value(const char *text, uint64_t *ret_value, struct fail *fail)
{
    int64_t number = 0;
    if (strcasecmp(text, "unlimited") == 0 || strcmp(text, "-1") == 0) {
        *ret_value = RLIM_INFINITY;
        return 0;
    }
    if (!read_integer(text, &number) || number < 0)
        return fail_set(fail, "\"%.60s\" is neither a number nor \"unlimited\"", text);
    *ret_value = (uint64_t)number;
    return 0;
}

static int find_rlimit(const char *text, size_t size, struct spec_rlimit *ret_rlimit,
                       struct fail *fail)
{
    char name[24];
    (void)snprintf(name, sizeof(name), "%.*s", size < sizeof(name) ? (int)size : 23, text);
    bool prefixed = strncasecmp(name, "RLIMIT_", 7) == 0;
    const struct named_number *row = name_find(&rlimit_names, name + (prefixed ? 7 : 0));
    if (row == NULL) {
        int code = fail_set(fail, "there is no resource limit \"%s\"", name);
        (void)fail_hint(fail, "getrlimit(2) lists them: nofile, nproc, core, stack, memlock ...");
        return code;
    }
    *ret_rlimit = (struct spec_rlimit){.name = row->name, .resource = (int)row->number};
    return 0;
}

int parse_rlimit(const char *text, struct spec_rlimit *ret_rlimit, struct fail *fail)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL)
        return fail_set(fail, "\"%.60s\" is not NAME=SOFT[:HARD]", text);
    TRY(find_rlimit(text, (size_t)(equals - text), ret_rlimit, fail));

    char soft[32];
    size_t soft_size = strcspn(equals + 1, ":");
    const char *hard = equals[1 + soft_size] == ':' ? equals + soft_size + 2 : NULL;
    if (soft_size >= sizeof(soft))
        return fail_set(fail, "\"%.60s\" is not a limit", equals + 1);
    memcpy(soft, equals + 1, soft_size);
    soft[soft_size] = '\0';
    TRY(parse_rlimit_value(soft, &ret_rlimit->soft, fail));
    return parse_rlimit_value(hard != NULL ? hard : soft, &ret_rlimit->hard, fail);
}

/* ---- names and paths ---- */

bool has_control_characters(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    return false;
}

static bool is_id_character(char character, bool first)
{
    bool alphanumeric = is_digit(character) || (character >= 'a' && character <= 'z') ||
                        (character >= 'A' && character <= 'Z');
    return alphanumeric || (!first && strchr("_.-", character) != NULL);
}

int check_container_id(const char *id, struct fail *fail)
{
    size_t size = 0;
    while (id[size] != '\0' && is_id_character(id[size], size == 0))
        size++;
    if (size == 0 || size > 128 || id[size] != '\0') {
        int code = fail_set(fail, "\"%.140s\" can't be the name of a container", id);
        (void)fail_hint(fail,
                        "a name is a letter or digit and up to 127 of letters, digits, _ . -");
        return code;
    }
    return 0;
}

char *next_piece(struct arena *arena, const char **cursor, char separator)
{
    if (*cursor == NULL)
        return NULL;
    const char *end = strchr(*cursor, separator);
    size_t size = end == NULL ? strlen(*cursor) : (size_t)(end - *cursor);
    char *piece = arena_copy(arena, *cursor, size);
    *cursor = end == NULL ? NULL : end + 1;
    return piece;
}

int check_container_path(const char *text, struct fail *fail)
{
    if (text[0] != '/')
        return fail_set(fail, "\"%.200s\" is not an absolute path of the container", text);
    if (has_control_characters(text))
        return fail_set(fail, "the path \"%.200s\" contains control characters", text);
    for (const char *at = text; *at != '\0';) {
        at += strspn(at, "/");
        size_t size = strcspn(at, "/");
        if (size == 2 && memcmp(at, "..", 2) == 0)
            return fail_set(fail, "the path %.200s contains \"..\"", text);
        at += size;
    }
    return 0;
}

char *tidy_path(char *path)
{
    char *end = path;
    for (const char *at = path; *at != '\0';) {
        at += strspn(at, "/");
        size_t size = strcspn(at, "/");
        if (size > 0 && !(size == 1 && *at == '.')) {
            *end++ = '/';
            memmove(end, at, size);
            end += size;
        }
        at += size;
    }
    if (end == path)
        *end++ = '/';
    *end = '\0';
    return path;
}

int parse_container_path(const char *text, struct arena *arena, const char **ret_path,
                         struct fail *fail)
{
    TRY(check_container_path(text, fail));
    *ret_path = tidy_path(arena_strdup(arena, text));
    return 0;
}

/* ---- id maps ---- */

static const char *read_id_field(const char *text, uint32_t *ret_number)
{
    text += strspn(text, " ");
    size_t count = strspn(text, "0123456789");
    uint64_t number = 0;
    if (count == 0 || count > 10)
        return NULL;
    for (size_t i = 0; i < count; i++)
        number = number * 10 + (uint64_t)(text[i] - '0');
    *ret_number = (uint32_t)number;
    return number <= UINT32_MAX ? text + count : NULL;
}

int parse_id_map(const char *text, struct arena *arena, struct spec_id_mapping **ret_mappings,
                 size_t *ret_count, struct fail *fail)
{
    struct spec_id_mapping *mappings = NULL;
    size_t count = 0;
    for (const char *at = text; *at != '\0'; at++) {
        struct spec_id_mapping row = {.size = 0};
        at = read_id_field(at, &row.container_id);
        at = at == NULL ? NULL : read_id_field(at, &row.host_id);
        at = at == NULL ? NULL : read_id_field(at, &row.size);
        if (at == NULL || *at != '\n')
            return fail_set(fail, "the id map is not three numbers a line");
        *ARENA_APPEND(arena, mappings, count) = row;
    }
    *ret_mappings = mappings;
    *ret_count = count;
    return 0;
}
