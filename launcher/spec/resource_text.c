#include "resource_text.h"

#include <string.h>

#include "parse.h"

static bool is_unlimited(const char *text)
{
    return strcmp(text, "max") == 0 || strcmp(text, "unlimited") == 0 || strcmp(text, "-1") == 0;
}

int parse_size_limit(const char *text, struct limit *ret_limit, struct fail *fail)
{
    struct limit limit = {.set = true, .value = -1};
    if (!is_unlimited(text))
        TRY(parse_size(text, &limit.value, fail));
    *ret_limit = limit;
    return 0;
}

int parse_count_limit(const char *text, int64_t low, struct limit *ret_limit, struct fail *fail)
{
    struct limit limit = {.set = true, .value = -1};
    if (!is_unlimited(text))
        TRY(parse_number(text, low, INT32_MAX, &limit.value, fail));
    *ret_limit = limit;
    return 0;
}

static int not_a_duration(const char *text, struct fail *fail)
{
    (void)fail_set(fail, "\"%.60s\" is not a number of seconds", text);
    return fail_hint(fail, "10s, 5m and 1h are such times");
}

int parse_seconds(const char *text, int64_t *ret_seconds, struct fail *fail)
{
    static const char letters[] = "smh";
    static const int64_t factors[] = {1, 60, 3600};
    char digits[16];
    size_t count = strspn(text, "0123456789");
    const char *letter = text[count] == '\0' ? letters : strchr(letters, text[count]);
    bool ends_well = text[count] == '\0' || text[count + 1] == '\0';
    if (count >= sizeof(digits) || letter == NULL || !ends_well)
        return not_a_duration(text, fail);
    memcpy(digits, text, count);
    digits[count] = '\0';
    int64_t number = 0;
    if (parse_number(digits, 1, INT32_MAX, &number, fail) < 0)
        return not_a_duration(text, fail);
    *ret_seconds = number * factors[letter - letters];
    return 0;
}

/* ---- KEY=VALUE,... ---- */

/* One key of such a list, and which limit of `object` it sets. */
struct key_row {
    const char *name;
    int (*parse)(const char *text, struct limit *ret_limit, struct fail *fail);
    size_t offset;
};

static const struct key_row *find_key(const struct key_row *rows, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

static int take_key(const struct key_row *rows, size_t count, char *pair, void *object,
                    struct fail *fail)
{
    char *equals = strchr(pair, '=');
    if (equals == NULL)
        return fail_set(fail, "\"%.60s\" is not KEY=VALUE", pair);
    *equals = '\0';
    const struct key_row *row = find_key(rows, count, pair);
    if (row == NULL)
        return fail_set(fail, "there is no limit \"%.60s\" of a device", pair);
    void *limit = (char *)object + row->offset;
    if (row->parse(equals + 1, limit, fail) < 0)
        return fail_context(fail, "%s", row->name);
    return 0;
}

static int take_keys(const struct key_row *rows, size_t count, const char *text,
                     struct arena *arena, void *object, struct fail *fail)
{
    const char *cursor = text;
    for (char *pair; (pair = next_piece(arena, &cursor, ',')) != NULL;)
        TRY(take_key(rows, count, pair, object, fail));
    return 0;
}

/* ---- io ---- */

static int parse_rate(const char *text, struct limit *ret_limit, struct fail *fail)
{
    TRY(parse_size_limit(text, ret_limit, fail));
    if (ret_limit->value == 0)
        return fail_set(fail, "a rate of 0 would block the device for ever");
    return 0;
}

static int parse_operations(const char *text, struct limit *ret_limit, struct fail *fail)
{
    return parse_count_limit(text, 1, ret_limit, fail);
}

static int parse_weight(const char *text, struct limit *ret_limit, struct fail *fail)
{
    ret_limit->set = true;
    return parse_number(text, 1, 10000, &ret_limit->value, fail);
}

static const struct key_row io_keys[] = {
    {"rbps", parse_rate, offsetof(struct spec_io_device, rbps)},
    {"wbps", parse_rate, offsetof(struct spec_io_device, wbps)},
    {"riops", parse_operations, offsetof(struct spec_io_device, riops)},
    {"wiops", parse_operations, offsetof(struct spec_io_device, wiops)},
    {"weight", parse_weight, offsetof(struct spec_io_device, weight)},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* "8:0" */
static bool read_numbers(const char *text, struct arena *arena, uint32_t *ret_major,
                         uint32_t *ret_minor)
{
    struct fail ignored = {0}; /* not two numbers: then it is a path */
    const char *cursor = text;
    int64_t major = 0, minor = 0;
    const char *first = next_piece(arena, &cursor, ':');
    if (cursor == NULL || parse_number(first, 0, (1 << 12) - 1, &major, &ignored) < 0 ||
        parse_number(cursor, 0, (1 << 20) - 1, &minor, &ignored) < 0)
        return false;
    *ret_major = (uint32_t)major;
    *ret_minor = (uint32_t)minor;
    return true;
}

/* The colon that ends the device is the last one before the first key: both "8:0" and the names in
 * /dev/disk/by-path hold some of their own. */
static const char *end_of_device(const char *text)
{
    const char *equals = strchr(text, '=');
    const char *colon = NULL;
    for (const char *at = text; equals != NULL && at < equals; at++)
        if (*at == ':')
            colon = at;
    return colon;
}

int parse_io_device(const char *text, struct arena *arena, struct spec_io_device *ret_device,
                    struct fail *fail)
{
    struct spec_io_device device = {.path = NULL};
    const char *colon = end_of_device(text);
    if (colon == NULL || colon == text) {
        (void)fail_set(fail, "\"%.200s\" is not DEVICE:KEY=VALUE,...", text);
        return fail_hint(fail, "/dev/vda:rbps=10m,wiops=100 or 254:0:wbps=1m; the keys are rbps, "
                               "wbps, riops, wiops and weight");
    }
    const char *name = arena_copy(arena, text, (size_t)(colon - text));
    TRY(take_keys(io_keys, COUNT(io_keys), colon + 1, arena, &device, fail));
    if (!read_numbers(name, arena, &device.major, &device.minor))
        device.path = name;
    *ret_device = device;
    return 0;
}

/* ---- hugetlb, rdma, misc ---- */

static int split_pair(const char *text, struct arena *arena, struct spec_pair *ret_pair,
                      struct fail *fail)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text || equals[1] == '\0')
        return fail_set(fail, "\"%.60s\" is not NAME=VALUE", text);
    if (has_control_characters(text))
        return fail_set(fail, "\"%.60s\" contains control characters", text);
    *ret_pair = (struct spec_pair){arena_copy(arena, text, (size_t)(equals - text)),
                                   arena_strdup(arena, equals + 1)};
    return 0;
}

/* In the largest unit that leaves a whole number, as the kernel names its files. */
static const char *page_size_name(int64_t bytes, struct arena *arena)
{
    static const char *const units[] = {"KB", "MB", "GB"};
    size_t unit = 0;
    bytes /= 1024;
    for (; unit < 2 && bytes >= 1024 && bytes % 1024 == 0; unit++)
        bytes /= 1024;
    return arena_printf(arena, "%lld%s", (long long)bytes, units[unit]);
}

int parse_hugepage_limit(const char *text, struct arena *arena,
                         struct spec_hugepage_limit *ret_limit, struct fail *fail)
{
    struct spec_pair pair = {.key = "", .value = ""};
    int64_t page = 0;
    TRY(split_pair(text, arena, &pair, fail));
    TRY(parse_size(pair.key, &page, fail));
    if (page < 4096 || (page & (page - 1)) != 0)
        return fail_set(fail, "there are no pages of %.60s", pair.key);
    ret_limit->page_size = page_size_name(page, arena);
    return parse_size_limit(pair.value, &ret_limit->max, fail);
}

static int parse_any_count(const char *text, struct limit *ret_limit, struct fail *fail)
{
    return parse_count_limit(text, 0, ret_limit, fail);
}

static const struct key_row rdma_keys[] = {
    {"handles", parse_any_count, offsetof(struct spec_rdma_limit, handles)},
    {"objects", parse_any_count, offsetof(struct spec_rdma_limit, objects)},
};

int parse_rdma_limit(const char *text, struct arena *arena, struct spec_rdma_limit *ret_limit,
                     struct fail *fail)
{
    struct spec_rdma_limit limit = {.device = NULL};
    const char *colon = end_of_device(text);
    if (colon == NULL || colon == text || strpbrk(text, " \t\n") != NULL)
        return fail_set(fail, "\"%.60s\" is not DEVICE:handles=N,objects=N", text);
    limit.device = arena_copy(arena, text, (size_t)(colon - text));
    TRY(take_keys(rdma_keys, COUNT(rdma_keys), colon + 1, arena, &limit, fail));
    *ret_limit = limit;
    return 0;
}

int parse_misc_limit(const char *text, struct arena *arena, struct spec_pair *ret_pair,
                     struct fail *fail)
{
    struct limit limit;
    TRY(split_pair(text, arena, ret_pair, fail));
    TRY(parse_any_count(ret_pair->value, &limit, fail));
    if (limit.value < 0)
        ret_pair->value = "max";
    return 0;
}

/* ---- raw files ---- */

/* Of the files that every cgroup has, those that are settings. The others move, stop or end
 * processes, or change what the cgroup is. */
static const char *const core_files[] = {"cgroup.max.depth", "cgroup.max.descendants",
                                         "cgroup.pressure", "cgroup.clone_children",
                                         "notify_on_release"};

int check_raw_key(const char *key, struct fail *fail)
{
    bool core = strncmp(key, "cgroup.", 7) == 0;
    if (*key == '\0' || *key == '.' || strchr(key, '/') != NULL || has_control_characters(key))
        return fail_set(fail, "\"%.60s\" is not the name of a file of a cgroup", key);
    for (size_t i = 0; i < COUNT(core_files); i++)
        if (strcmp(key, core_files[i]) == 0)
            return 0;
    if (core || strchr(key, '.') == NULL || strncmp(key, "devices.", 8) == 0)
        return fail_set(fail, "%.60s is no setting of a cgroup that can be written", key);
    return 0;
}

int parse_raw_key(const char *text, struct arena *arena, struct spec_pair *ret_pair,
                  struct fail *fail)
{
    TRY(split_pair(text, arena, ret_pair, fail));
    return check_raw_key(ret_pair->key, fail);
}

/* ---- devices ---- */

int check_device_access(const char *text, struct fail *fail)
{
    bool seen[3] = {false};
    static const char letters[] = "rwm";
    bool good = *text != '\0';
    for (const char *at = text; good && *at != '\0'; at++) {
        const char *letter = strchr(letters, *at);
        good = letter != NULL && !seen[letter - letters];
        if (good)
            seen[letter - letters] = true;
    }
    if (good)
        return 0;
    (void)fail_set(fail, "\"%.20s\" is no selection of r, w and m", text);
    return fail_hint(fail, "r is reading, w writing, m making the node: rwm is all of it");
}

static int parse_device_number(const char *text, int64_t high, struct limit *ret_number,
                               struct fail *fail)
{
    if (strcmp(text, "*") == 0)
        return 0;
    ret_number->set = true;
    return parse_number(text, 0, high, &ret_number->value, fail);
}

static int parse_rule_words(const char *type, const char *numbers, const char *access,
                            struct arena *arena, struct spec_device_rule *rule, struct fail *fail)
{
    if (strlen(type) != 1 || strchr("abc", *type) == NULL)
        return fail_set(fail, "\"%.20s\" is none of a, b and c", type);
    rule->type = *type;
    if (*type == 'a' && numbers == NULL)
        return 0;
    if (numbers == NULL || access == NULL || strchr(numbers, ':') == NULL)
        return fail_set(fail, "a rule is TYPE MAJOR:MINOR ACCESS");
    const char *cursor = numbers;
    TRY(parse_device_number(next_piece(arena, &cursor, ':'), (1 << 12) - 1, &rule->major, fail));
    TRY(parse_device_number(cursor, (1 << 20) - 1, &rule->minor, fail));
    rule->access = access;
    return check_device_access(access, fail);
}

int parse_device_rule(const char *text, struct arena *arena, struct spec_device_rule *ret_rule,
                      struct fail *fail)
{
    struct spec_device_rule rule = {.allow = true, .access = "rwm"};
    const char *cursor = text;
    const char *type = next_piece(arena, &cursor, ' ');
    const char *numbers = next_piece(arena, &cursor, ' ');
    const char *access = next_piece(arena, &cursor, ' ');
    int result = cursor != NULL ? fail_set(fail, "there is a word too many")
                                : parse_rule_words(type, numbers, access, arena, &rule, fail);
    if (result < 0) {
        (void)fail_context(fail, "the device rule \"%.60s\"", text);
        return fail_hint(fail, "\"c 10:200 rwm\" is one, \"b 8:* r\" and \"a\" are others");
    }
    *ret_rule = rule;
    return 0;
}
