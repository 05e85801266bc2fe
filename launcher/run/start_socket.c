#include "start_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* Below the descriptor of the state root: that may have a longer path than fits. */
static struct sockaddr_un address_of(const struct state *state, struct arena *arena)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s",
                   state->root_fd, state_socket_name(state, arena));
    return address;
}

static int open_socket(struct fail *fail)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    return fd < 0 ? fail_sys(fail, "creating a socket for launcher start") : fd;
}

int start_socket_listen(const struct state *state, struct arena *arena, int *ret_fd,
                        struct fail *fail)
{
    struct sockaddr_un address = address_of(state, arena);
    AUTO_FD int fd = open_socket(fail);
    if (fd < 0)
        return fd;
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0)
        return fail_sys(fail, "making the socket for launcher start");
    *ret_fd = take_fd(&fd);
    return 0;
}

int start_socket_connect(const struct state *state, struct arena *arena, int *ret_fd,
                         struct fail *fail)
{
    struct sockaddr_un address = address_of(state, arena);
    AUTO_FD int fd = open_socket(fail);
    if (fd < 0)
        return fd;
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return fail_sys(fail, "reaching the process that waits for launcher start");
    *ret_fd = take_fd(&fd);
    return 0;
}

bool start_socket_exists(const struct state *state, struct arena *arena)
{
    struct stat status;
    return fstatat(state->root_fd, state_socket_name(state, arena), &status, AT_SYMLINK_NOFOLLOW) ==
           0;
}

void start_socket_remove(const struct state *state, struct arena *arena)
{
    (void)unlinkat(state->root_fd, state_socket_name(state, arena), 0); /* may be gone: as wanted */
}
