/* signal_name.h - PURE: signals as they are typed, signal(7). */
#ifndef LAUNCHER_SIGNAL_NAME_H
#define LAUNCHER_SIGNAL_NAME_H

#include "../../shared/fail.h"

/* "15", "TERM", "SIGTERM", "sigterm", "RTMIN+3", "RTMAX-1". */
MUST_CHECK int signal_name_parse(const char *text, int *ret_number, struct fail *fail);

#endif
