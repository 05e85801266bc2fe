/* words.h - the command line of a verb that works on containers that run: options and names in any
 * order, `launcher events web --follow`. */
#ifndef LAUNCHER_WORDS_H
#define LAUNCHER_WORDS_H

#include "../run/trace.h"
#include "options.h"
#include "verbs.h"

enum { WORDS_MAX = 10000 }; /* of a verb that takes any number of names */

struct words {
    const char **ids;
    size_t id_count;
};

/* What a verb takes. */
struct usage {
    const char *line;   /* "pause ID" */
    const char *text;   /* what it does, in whole lines */
    size_t least, most; /* names */
    struct option_set options;
};

/* Reads options and names. `help` points into `context` and is set by the handler of --help: then
 * the help was printed and the result is 1. */
MUST_CHECK int words_read(struct invocation *invocation, const struct usage *usage, void *context,
                          const bool *help, struct words *ret_words, struct fail *fail);

/* How a verb tells what it does: --debug, --log-format. */
struct trace trace_of(const struct invocation *invocation);

/* --preserve-fds: the `count` descriptors from 3 on have to be open. */
MUST_CHECK int check_preserved_fds(unsigned count, struct fail *fail);

/* The context of the verbs that have none of their own. */
struct plain_flags {
    bool help, watch, json, all;
};

/* Handlers for a struct plain_flags at the beginning of the context. */
option_handler take_plain_help, take_plain_watch, take_plain_json, take_plain_format,
    take_plain_all;

#define FORMAT_ROW                                                                       \
    {                                                                                    \
        .name = "format", .letter = 'f', .value = "FORMAT", .handle = take_plain_format, \
        .help = "table or json"                                                          \
    }

#define HELP_ROW                                                                       \
    {                                                                                  \
        .name = "help", .letter = 'h', .handle = take_plain_help, .help = "print this" \
    }

#endif
