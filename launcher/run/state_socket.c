#include "state_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static const struct {
    const char *name;
    const char *whom; /* who waits there */
    int backlog;
} SOCKETS[] = {
    [SOCKET_START] = {"start", "the process that waits for launcher start", 1},
    [SOCKET_MONITOR] = {"monitor", "the monitor of the container", 64},
};

/* unix(7) has room for 107 bytes, and the name of a container is up to 128 long: the inode of its
 * record stands for it. */
static const char *name_of(enum state_socket which, const struct state *state, struct arena *arena)
{
    struct stat status = {.st_ino = 0};
    (void)fstat(state->file_fd, &status);
    return arena_printf(arena, "%s-%llu.socket", SOCKETS[which].name,
                        (unsigned long long)status.st_ino);
}

/* Below the descriptor of the state root: that may have a longer path than fits. */
static struct sockaddr_un address_of(enum state_socket which, const struct state *state,
                                     struct arena *arena)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s",
                   state->root_fd, name_of(which, state, arena));
    return address;
}

typedef int use_function(int fd, const struct sockaddr *address, socklen_t size);

/* A new socket of which bind(2) or connect(2) made use. */
static int open_socket(enum state_socket which, use_function *use, const char *doing,
                       const struct state *state, struct arena *arena, int *ret_fd,
                       struct fail *fail)
{
    struct sockaddr_un address = address_of(which, state, arena);
    AUTO_FD int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0 || use(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return fail_sys(fail, "%s %s", doing, SOCKETS[which].whom);
    *ret_fd = take_fd(&fd);
    return 0;
}

int state_socket_listen(enum state_socket which, const struct state *state, struct arena *arena,
                        int *ret_fd, struct fail *fail)
{
    AUTO_FD int fd = -1;
    TRY(open_socket(which, bind, "making the socket to", state, arena, &fd, fail));
    if (listen(fd, SOCKETS[which].backlog) < 0)
        return fail_sys(fail, "listening as %s", SOCKETS[which].whom);
    *ret_fd = take_fd(&fd);
    return 0;
}

int state_socket_connect(enum state_socket which, const struct state *state, struct arena *arena,
                         int *ret_fd, struct fail *fail)
{
    return open_socket(which, connect, "reaching", state, arena, ret_fd, fail);
}

bool state_socket_exists(enum state_socket which, const struct state *state, struct arena *arena)
{
    struct stat status;
    return fstatat(state->root_fd, name_of(which, state, arena), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

void state_socket_remove(enum state_socket which, const struct state *state, struct arena *arena)
{
    (void)unlinkat(state->root_fd, name_of(which, state, arena), 0); /* may be gone: as wanted */
}
