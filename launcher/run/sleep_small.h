/* sleep_small.h - a process that waits for long, and takes hardly any memory meanwhile. */
#ifndef LAUNCHER_SLEEP_SMALL_H
#define LAUNCHER_SLEEP_SMALL_H

#include <poll.h>
#include <stddef.h>

/* poll(2) without a limit of time. Before it sleeps, the process lets go of its program's pages, which
 * come back from the page cache one by one as they are needed, and of the part of the stack that is not in
 * use. Returns as poll(2) does, with errno set. */
int sleep_small(struct pollfd *fds, size_t count);

#endif
