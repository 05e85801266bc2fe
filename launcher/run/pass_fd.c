#include "pass_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Returns the bytes that were sent, which a stream may have been cut short by. */
static ssize_t send_first(int socket_fd, int fd, const void *bytes, size_t size)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.bytes = {0}};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t sent;
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof(fd));
    memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
    while ((sent = sendmsg(socket_fd, &message, MSG_NOSIGNAL)) < 0)
        if (errno != EINTR)
            return -errno;
    return sent;
}

int pass_fd(int socket_fd, int fd, const void *bytes, size_t size)
{
    ssize_t sent = send_first(socket_fd, fd, bytes, size);
    for (size_t done = 0; sent >= 0 && (done += (size_t)sent) < size;) {
        sent = send(socket_fd, (const char *)bytes + done, size - done, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return -errno;
        sent = sent < 0 ? 0 : sent;
    }
    return sent < 0 ? (int)sent : 0;
}

/* The directory may have a longer path than sun_path takes, so the socket is found by descriptor. */
int connect_by_path(int socket_fd, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    AUTO_FD int at = open(path, O_PATH | O_CLOEXEC);
    if (at < 0)
        return -errno;
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", at);
    return connect(socket_fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}
