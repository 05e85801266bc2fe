/* bundle_options.h - the flags of `create`, `run --bundle` and `plan --bundle`: the container itself is
 * described by the bundle's config.json, and by nothing else. */
#ifndef LAUNCHER_BUNDLE_OPTIONS_H
#define LAUNCHER_BUNDLE_OPTIONS_H

#include <stdio.h>

#include "../run/create.h"
#include "../spec/wishes.h"
#include "verbs.h"

struct bundle_options {
    const char *directory;
    const char *id;            /* NULL: a random one */
    bool trace;                /* -v */
    struct run_options output; /* what concerns messages, and detach.wanted; the rest is not set */
    struct create_options create; /* where the terminal and the pid go */
    unsigned preserved_fds;
    bool no_pivot;
};

/* True when a word before "--" is --bundle, and none is --rootfs; and, as for runc's users, when neither
 * is there, but a config.json in the working directory, and no help is wanted. */
bool bundle_options_wanted(const struct invocation *invocation);

/* Without --bundle the directory is the working one. Errors: -EINVAL with the option or the word. */
MUST_CHECK int bundle_options_parse(const struct invocation *invocation, bool may_detach,
                                    struct bundle_options *ret_options, struct fail *fail);

/* What they say beyond config.json. Errors: descriptors that are to be preserved and are not open; a
 * terminal that nobody would get, or that is not wanted. */
MUST_CHECK int bundle_options_apply(const struct bundle_options *options, bool awaits_start,
                                    struct spec *spec, struct fail *fail);

void bundle_options_help(FILE *file, const char *usage, bool may_detach);

#endif
