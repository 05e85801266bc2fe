/* fully.h - read(2) and write(2) until all is done: signals and short counts are their matter. */
#ifndef SHARED_FULLY_H
#define SHARED_FULLY_H

#include <sys/types.h>

#include "own.h"

/* Returns the bytes read, fewer than `size` only at the end of the file; -1 with errno. */
ssize_t read_fully(int fd, char *buffer, size_t size);

/* Returns 0; or -1 with errno, and then a part may have been written. */
MUST_CHECK int write_fully(int fd, const void *bytes, size_t size);

#endif
