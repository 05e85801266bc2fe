/* global_options.h - what stands before the verb: the global options of runc and crun, as engines pass
 * them.
 */
#ifndef LAUNCHER_GLOBAL_OPTIONS_H
#define LAUNCHER_GLOBAL_OPTIONS_H

#include "verbs.h"

/* Takes the options that stand before the verb into the invocation, whose argv then begins with the
 * word behind them. What is no global option is left where it is: it may be one of run, the default
 * verb. Errors: -EINVAL with the option. */
MUST_CHECK int global_options_take(struct invocation *invocation, struct fail *fail);

/* Prints them, one line each. */
void global_options_help(void);

/* Writes an error where --log and --log-format want it, and to stderr. */
void global_options_report(const struct invocation *invocation, const struct fail *fail);

#endif
