/* signals.h - PURE: names of signals, signal(7). */
#ifndef INIT_SIGNALS_H
#define INIT_SIGNALS_H

#include <stddef.h>

enum { SIGNAL_MAX = 64, SIGNAL_NAME_MAX = 16 };

/* "TERM", "SIGTERM", "sigterm", "15", "RTMIN+3", "RTMAX-1": the number, 1 to SIGNAL_MAX; 0 for "0";
 * -EINVAL for anything else. RTMIN is 34, as kill(1) has it: C libraries keep 32 and 33. */
int signal_parse(const char *text, size_t size);

/* "SIGTERM", or "signal 34" for those that have no name. */
const char *signal_name(int number, char room[SIGNAL_NAME_MAX]);

#endif
