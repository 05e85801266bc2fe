#include "notes.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static int take_passed_fd(struct msghdr *message)
{
    int fd = -1;
    struct cmsghdr *control = CMSG_FIRSTHDR(message);
    if (control != NULL && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS &&
        control->cmsg_len == CMSG_LEN(sizeof(fd)))
        memcpy(&fd, CMSG_DATA(control), sizeof(fd));
    return fd;
}

int notes_receive(int sync_fd, int flags, struct received *ret_received, struct fail *fail)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {.iov_base = &ret_received->packet,
                         .iov_len = sizeof(ret_received->packet)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};

    /* A peer that died before it had read all that we sent raises ECONNRESET, once: what it said
     * last is still in the queue behind that, and then comes end of file. */
    ssize_t length;
    do
        length = recvmsg(sync_fd, &message, flags | MSG_CMSG_CLOEXEC);
    while (length < 0 && errno == ECONNRESET);
    ret_received->fd = -1;
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return NOTES_NONE;
    if (length == 0)
        return NOTES_END;
    if (length < 0)
        return fail_sys(fail, "listening to cinit");
    if ((size_t)length < sizeof(struct note))
        return fail_code(fail, -EPROTO, "reading a note of %zd bytes from cinit", length);
    ret_received->length = (size_t)length;
    ret_received->fd = take_passed_fd(&message);
    return NOTES_ONE;
}
