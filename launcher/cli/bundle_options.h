/* bundle_options.h - the flags of `run --bundle` and `plan --bundle`: the container itself is
 * described by the bundle's config.json, and by nothing else. */
#ifndef LAUNCHER_BUNDLE_OPTIONS_H
#define LAUNCHER_BUNDLE_OPTIONS_H

#include <stdio.h>

#include "../spec/wishes.h"
#include "verbs.h"

struct bundle_options {
    const char *directory;
    const char *id;            /* NULL: a random one */
    bool trace;                /* -v */
    struct run_options output; /* what concerns messages; the rest is not set */
};

/* True when a word before "--" is --bundle, and none is --rootfs. */
bool bundle_options_wanted(const struct invocation *invocation);

/* Errors: -EINVAL with the option or the word. */
MUST_CHECK int bundle_options_parse(const struct invocation *invocation,
                                    struct bundle_options *ret_options, struct fail *fail);

void bundle_options_help(FILE *file, const char *verb);

#endif
