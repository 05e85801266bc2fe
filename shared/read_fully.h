/* read_fully.h - read(2) until there is no more: signals and short reads are its matter. */
#ifndef SHARED_READ_FULLY_H
#define SHARED_READ_FULLY_H

#include <sys/types.h>

/* Returns the bytes read, fewer than `size` only at the end of the file; -1 with errno. */
ssize_t read_fully(int fd, char *buffer, size_t size);

#endif
