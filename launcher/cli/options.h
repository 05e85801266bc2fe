/* options.h - a command line read by a table: parser and help text come from the same rows.
 *
 * Accepted: --name VALUE, --name=VALUE, -m VALUE, -mVALUE, -m=VALUE, bundled flags -it, and aliases
 * as whole words, also with a single dash (-cpu 0.5). "--" ends the options, and so does the first
 * word that is none: a command needs no "--" before it. Long names can't be abbreviated, so that a
 * new option never changes what an old command line means.
 */
#ifndef LAUNCHER_OPTIONS_H
#define LAUNCHER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "../../shared/fail.h"

/* Takes one option. `value` is NULL for a flag. Returns 0 to go on, a positive number to stop
 * reading (--help), or a negative errno. The parser puts the option's name before the sentence. */
typedef int option_handler(void *context, const char *value, struct fail *fail);

struct option_row {
    const char *name;    /* without dashes: "memory" */
    const char *aliases; /* other spellings with their dashes, a space between: "-cpu --cpu" */
    char letter;         /* 'm', 0: none */
    const char *value;   /* name of its value in the help, NULL: a flag */
    const char *help;    /* one line */
    option_handler *handle;

    /* Two rows may share a letter: then the first one has it only when this says that the word
     * behind the letter is a value of its kind. */
    bool (*letter_fits)(const char *word);
};

struct option_section {
    const char *title;
    const struct option_row *rows;
    size_t row_count;
};

struct option_set {
    const struct option_section *sections;
    size_t section_count;
};

/* Reads options from argv[0] on and calls the handlers in order; `*ret_used` is the index of the
 * first word that belongs to no option. Errors: -EINVAL, naming the option as it was typed, with
 * the nearest spelling as the hint when there is none of that name. */
MUST_CHECK int options_parse(const struct option_set *set, int argc, char *const *argv,
                             void *context, int *ret_used, struct fail *fail);

/* Prints every section with one line an option. */
void options_help(const struct option_set *set, FILE *file);

/* The one of `names` that is spelt most like `typed`, NULL when none is near. */
const char *nearest_spelling(const char *typed, const char *const *names, size_t name_count);

#endif
