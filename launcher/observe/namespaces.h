/* namespaces.h - looking at the namespaces of a process; namespaces(7). */
#ifndef LAUNCHER_NAMESPACES_H
#define LAUNCHER_NAMESPACES_H

#include <sys/types.h>

#include "../run/trace.h"

/* One line a namespace: its inode on the host and in process `pid`. Nothing when the trace is off. */
void namespaces_trace(const struct trace *trace, pid_t pid);

#endif
