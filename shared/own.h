/* own.h - ownership by type: a variable that closes or frees what it owns when it leaves its scope.
 *
 *     AUTO_FD int dir_fd = open(...);          closed at the end of the block
 *     return take_fd(&dir_fd);                 handed to the caller instead
 */
#ifndef SHARED_OWN_H
#define SHARED_OWN_H

#include <stdlib.h>
#include <unistd.h>

#define MUST_CHECK __attribute__((warn_unused_result))

/* cinit has no C library: it brings a close of its own. */
#ifndef OWN_CLOSE
#define OWN_CLOSE close
#endif

static inline void own_close(int *fd)
{
    if (*fd >= 0)
        (void)OWN_CLOSE(*fd); /* Linux releases the descriptor even when close reports an error */
    *fd = -1;
}

static inline void own_free(void *pointer)
{
    void **owned = pointer;
    free(*owned);
    *owned = NULL;
}

static inline int take_fd(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

#define AUTO_FD __attribute__((cleanup(own_close)))
#define AUTO_FREE __attribute__((cleanup(own_free)))

#endif
