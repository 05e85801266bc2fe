/* alone_options.h - PURE: the command line of cinit alone. Parser and help come from the same rows; the
 * letters are those of tini, dumb-init and catatonit, which do not contradict each other. */
#ifndef INIT_ALONE_OPTIONS_H
#define INIT_ALONE_OPTIONS_H

#include <stdint.h>

#include "policy.h"

enum option_wish { WISH_RUN, WISH_HELP, WISH_VERSION, WISH_LICENSE };

struct options {
    struct policy policy;
    enum option_wish wish;
    bool pause;
    bool close_fds;
    bool orphans_given;
    int parent_death_signal; /* 0: none */
    uint64_t expected[4];    /* exit codes that count as 0: bit n%64 of word n/64 */
};

struct option_error {
    const char *option; /* as it was typed */
    const char *value;  /* NULL: none */
    const char *reason;
};

/* What environment variables and the name that cinit was called by ask for; cinit(8), ENVIRONMENT.
 * `called` is argv[0]. CINIT_OPTIONS is left to the caller. */
void alone_options_from_environment(struct options *options, const char *called,
                                    char *const *environment);

/* Reads options from words[0] on, NULL-terminated. They end at "--" or at the first word that is none.
 * Returns the number of words used, or -EINVAL with `ret_error`. */
int alone_options_parse(struct options *options, const char *const *words,
                        struct option_error *ret_error);

/* When all have been read: what follows from them together. */
void alone_options_finish(struct options *options);

/* The value of a variable, NULL: not set. `name` ends with "=". */
const char *alone_options_variable(char *const *environment, const char *name);

/* Hands the help text to `write`, piece by piece. */
void alone_options_help(void (*write)(const char *piece));

#endif
