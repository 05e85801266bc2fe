#include "options.h"

#include <stdint.h>
#include <string.h>

struct reader {
    const struct option_set *set;
    int argc;
    char *const *argv;
    int next;
    void *context;
};

enum { SPELLING_MAX = 40, HELP_COLUMN = 32 };

/* ---- spelling ---- */

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Levenshtein's distance: the number of letters to insert, remove or replace. */
static size_t edit_distance(const char *a, size_t a_size, const char *b, size_t b_size)
{
    size_t row[SPELLING_MAX + 1];
    for (size_t column = 0; column <= b_size; column++)
        row[column] = column;
    for (size_t i = 0; i < a_size; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b_size; j++) {
            size_t above = row[j + 1];
            size_t replaced = diagonal + (a[i] == b[j] ? 0u : 1u);
            row[j + 1] = min3(replaced, above + 1, row[j] + 1);
            diagonal = above;
        }
    }
    return row[b_size];
}

static size_t spelling_distance(const char *typed, const char *name)
{
    size_t typed_size = strlen(typed);
    size_t name_size = strlen(name);
    if (typed_size > SPELLING_MAX || name_size > SPELLING_MAX)
        return SIZE_MAX;
    if (typed_size >= 3 && strncmp(typed, name, typed_size) == 0)
        return 1; /* an abbreviation: most likely meant, however much is missing */
    return edit_distance(typed, typed_size, name, name_size);
}

/* More than one letter in three wrong is another word, not a slip. */
static size_t farthest_slip(const char *typed)
{
    return strlen(typed) / 3;
}

const char *nearest_spelling(const char *typed, const char *const *names, size_t name_count)
{
    const char *nearest = NULL;
    size_t least = farthest_slip(typed) + 1;
    for (size_t i = 0; i < name_count; i++) {
        size_t distance = spelling_distance(typed, names[i]);
        if (distance < least) {
            least = distance;
            nearest = names[i];
        }
    }
    return nearest;
}

struct slip {
    const char *typed;
    size_t least;
    char nearest[SPELLING_MAX + 1];
};

/* Dashes count as letters: -cpux is nearer to -cpu than to --cpus. */
static void consider_spelling(struct slip *slip, const char *spelling)
{
    size_t distance = spelling_distance(slip->typed, spelling);
    if (distance >= slip->least)
        return;
    slip->least = distance;
    (void)snprintf(slip->nearest, sizeof(slip->nearest), "%s", spelling);
}

static void consider_row(struct slip *slip, const struct option_row *row)
{
    char spelling[SPELLING_MAX + 1];
    (void)snprintf(spelling, sizeof(spelling), "--%s", row->name);
    consider_spelling(slip, spelling);
    for (const char *alias = row->aliases; alias != NULL && *alias != '\0';) {
        size_t size = strcspn(alias, " ");
        (void)snprintf(spelling, sizeof(spelling), "%.*s", (int)size, alias);
        consider_spelling(slip, spelling);
        alias += size + strspn(alias + size, " ");
    }
}

static int unknown_option(const struct option_set *set, const char *word, struct fail *fail)
{
    char typed[SPELLING_MAX + 1];
    (void)snprintf(typed, sizeof(typed), "%.*s", (int)strcspn(word, "="), word);
    struct slip slip = {.typed = typed};
    slip.least = farthest_slip(typed) + 1;
    for (size_t i = 0; i < set->section_count; i++)
        for (size_t j = 0; j < set->sections[i].row_count; j++)
            consider_row(&slip, &set->sections[i].rows[j]);

    int code = fail_set(fail, "unknown option %.80s", word);
    if (slip.nearest[0] != '\0')
        (void)fail_hint(fail, "did you mean %s? --help lists all options", slip.nearest);
    (void)fail_hint(fail, "--help lists all options");
    return code;
}

/* ---- looking up ---- */

static bool is_alias(const char *aliases, const char *word, size_t size)
{
    for (const char *alias = aliases; alias != NULL && *alias != '\0';) {
        size_t alias_size = strcspn(alias, " ");
        if (alias_size == size && memcmp(alias, word, size) == 0)
            return true;
        alias += alias_size + strspn(alias + alias_size, " ");
    }
    return false;
}

static bool is_spelling(const struct option_row *row, const char *word, size_t size)
{
    if (size > 2 && strncmp(word, "--", 2) == 0 && strlen(row->name) == size - 2 &&
        memcmp(row->name, word + 2, size - 2) == 0)
        return true;
    return is_alias(row->aliases, word, size);
}

static const struct option_row *find_spelling(const struct option_set *set, const char *word,
                                              size_t size)
{
    for (size_t i = 0; i < set->section_count; i++)
        for (size_t j = 0; j < set->sections[i].row_count; j++)
            if (is_spelling(&set->sections[i].rows[j], word, size))
                return &set->sections[i].rows[j];
    return NULL;
}

static bool has_letter(const struct option_row *row, char letter, const char *behind)
{
    if (row->letter != letter)
        return false;
    return row->letter_fits == NULL || (behind != NULL && row->letter_fits(behind));
}

static const struct option_row *find_letter(const struct option_set *set, char letter,
                                            const char *behind)
{
    for (size_t i = 0; i < set->section_count; i++)
        for (size_t j = 0; j < set->sections[i].row_count; j++)
            if (has_letter(&set->sections[i].rows[j], letter, behind))
                return &set->sections[i].rows[j];
    return NULL;
}

/* ---- reading ---- */

static int call_handler(const struct reader *reader, const struct option_row *row,
                        const char *spelling, const char *value, struct fail *fail)
{
    int result = row->handle(reader->context, value, fail);
    if (result < 0)
        return fail_context(fail, "option %s", spelling);
    return result;
}

/* The next word as a value. No value begins with two dashes unless written with "=": so
 * "--memory --cpus 2" is a forgotten size, not a size called --cpus. */
static int take_value(struct reader *reader, const struct option_row *row, const char *spelling,
                      const char **ret_value, struct fail *fail)
{
    const char *word = reader->next < reader->argc ? reader->argv[reader->next] : NULL;
    if (word == NULL || strncmp(word, "--", 2) == 0)
        return fail_set(fail, "option %s needs a value: %s %s", spelling, spelling, row->value);
    reader->next++;
    *ret_value = word;
    return 0;
}

static int read_long(struct reader *reader, const struct option_row *row, const char *word,
                     size_t size, struct fail *fail)
{
    char spelling[SPELLING_MAX + 1];
    (void)snprintf(spelling, sizeof(spelling), "%.*s", (int)size, word);
    const char *value = word[size] == '=' ? word + size + 1 : NULL;
    if (row->value == NULL && value != NULL)
        return fail_set(fail, "option %s takes no value", spelling);
    if (row->value != NULL && value == NULL)
        TRY(take_value(reader, row, spelling, &value, fail));
    return call_handler(reader, row, spelling, value, fail);
}

static int read_letters(struct reader *reader, const char *word, struct fail *fail)
{
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        const char *rest = letter[1] == '\0' ? NULL : letter + 1;
        const char *waiting = reader->next < reader->argc ? reader->argv[reader->next] : NULL;
        const struct option_row *row =
            find_letter(reader->set, *letter, rest != NULL ? rest : waiting);
        if (row == NULL)
            return unknown_option(reader->set, word, fail);

        const char spelling[] = {'-', *letter, '\0'};
        const char *value = NULL;
        if (row->value != NULL && rest != NULL)
            value = rest + (*rest == '=' ? 1 : 0);
        else if (row->value != NULL)
            TRY(take_value(reader, row, spelling, &value, fail));
        int result = call_handler(reader, row, spelling, value, fail);
        if (result != 0 || value != NULL)
            return result;
    }
    return 0;
}

/* An alias goes before bundled letters: -cpu is one option, not -c -p -u. */
static int read_word(struct reader *reader, const char *word, struct fail *fail)
{
    size_t size = strcspn(word, "=");
    const struct option_row *row = find_spelling(reader->set, word, size);
    if (row != NULL)
        return read_long(reader, row, word, size, fail);
    if (word[1] == '-')
        return unknown_option(reader->set, word, fail);
    return read_letters(reader, word, fail);
}

int options_parse(const struct option_set *set, int argc, char *const *argv, void *context,
                  int *ret_used, struct fail *fail)
{
    struct reader reader = {.set = set, .argc = argc, .argv = argv, .context = context};
    int result = 0;
    while (result == 0 && reader.next < argc) {
        const char *word = argv[reader.next];
        if (word[0] != '-' || word[1] == '\0')
            break;
        reader.next++;
        if (strcmp(word, "--") == 0)
            break;
        result = read_word(&reader, word, fail);
    }
    *ret_used = reader.next;
    return result < 0 ? result : 0;
}

/* ---- help ---- */

static void print_row(const struct option_row *row, FILE *file)
{
    char left[160];
    int used = row->letter != 0
                   ? snprintf(left, sizeof(left), "  -%c, --%s", row->letter, row->name)
                   : snprintf(left, sizeof(left), "      --%s", row->name);
    for (const char *alias = row->aliases; alias != NULL && *alias != '\0';) {
        int size = (int)strcspn(alias, " ");
        used += snprintf(left + used, sizeof(left) - (size_t)used, ", %.*s", size, alias);
        alias += size + (int)strspn(alias + size, " ");
    }
    if (row->value != NULL)
        used += snprintf(left + used, sizeof(left) - (size_t)used, " %s", row->value);
    if (used < HELP_COLUMN)
        (void)fprintf(file, "%-*s%s\n", HELP_COLUMN, left, row->help);
    else
        (void)fprintf(file, "%s\n%*s%s\n", left, HELP_COLUMN, "", row->help);
}

void options_help(const struct option_set *set, FILE *file)
{
    for (size_t i = 0; i < set->section_count; i++) {
        const struct option_section *section = &set->sections[i];
        (void)fprintf(file, "\n%s:\n", section->title);
        for (size_t j = 0; j < section->row_count; j++)
            print_row(&section->rows[j], file);
    }
}
