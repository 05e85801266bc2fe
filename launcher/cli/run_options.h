/* run_options.h - the flags of `run` and `plan`.
 *
 * What a flag says about the container goes straight into the spec. What can be decided only when
 * all flags are known, or after a look at the host, is kept in struct run_options for spec_resolve.
 */
#ifndef LAUNCHER_RUN_OPTIONS_H
#define LAUNCHER_RUN_OPTIONS_H

#include <stdio.h>

#include "../spec/wishes.h"

/* Reads the words behind the verb. Both results are overwritten, so that what the caller adds
 * (spec.process.signal_mask, sigchld_ignored) is to be set afterwards. Strings are taken from argv
 * or the arena. Reads the files of --env-file, nothing else. Errors: -EINVAL with the option. */
MUST_CHECK int run_options_parse(int argc, char *const *argv, struct arena *arena,
                                 struct run_options *ret_options, struct spec *ret_spec,
                                 struct fail *fail);

/* A limit of memory without one of swap bounds both. */
void run_options_bound_swap(struct spec_resources *resources);

/* Prints usage and all options of `verb`. */
void run_options_help(FILE *file, const char *verb);

#endif
