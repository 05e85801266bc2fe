#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "inside.h"
#include "sys.h"

/* MSG_NOSIGNAL everywhere: all signals are blocked, but a pending SIGPIPE would be forwarded. */

static struct note make_note(const struct inside *inside, enum note_kind kind, unsigned error)
{
    return (struct note){.kind = (uint8_t)kind, .error = (uint16_t)error, .op = inside->op};
}

void note_send(const struct inside *inside, enum note_kind kind, unsigned error)
{
    struct note note = make_note(inside, kind, error);
    (void)send(WIRE_FD, &note, sizeof(note), MSG_NOSIGNAL);
}

void note_begun(const struct inside *inside)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    struct note_begun begun = {.note = make_note(inside, NOTE_BEGUN, 0),
                               .time_us = now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000};
    (void)send(WIRE_FD, &begun, sizeof(begun), MSG_NOSIGNAL);
}

_Noreturn void note_failed(struct inside *inside, int error)
{
    struct note_packet *packet = &inside->failure;
    uint8_t cause = packet->note.cause;
    packet->note = make_note(inside, NOTE_FAILED, (unsigned)-error);
    packet->note.cause = cause;
    size_t size = sizeof(packet->note) + strnlen(packet->object, sizeof(packet->object));
    (void)send(WIRE_FD, packet, size, MSG_NOSIGNAL);
    inside->failed = true;
    _exit(inside->exit_status);
}

int note_console(const struct inside *inside, int fd)
{
    struct note note = make_note(inside, NOTE_CONSOLE, 0);
    struct iovec data = {.iov_base = &note, .iov_len = sizeof(note)};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr alignment;
    } control = {.bytes = {0}};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    struct cmsghdr *header = &control.alignment;
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    return sys_sendmsg(WIRE_FD, &message);
}

static int passed_fd(struct msghdr *message)
{
    int fd = -1;
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    if (header != NULL && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof(fd)))
        memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    return fd;
}

int answer_receive(const struct inside *inside, int *ret_fd)
{
    struct wire_go go;
    struct iovec data = {.iov_base = &go, .iov_len = sizeof(go)};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr alignment;
    } control;
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    ssize_t size = recvmsg(WIRE_FD, &message, MSG_CMSG_CLOEXEC);
    if (size < 0)
        return -errno;
    if (size == 0)
        _exit(EXIT_LAUNCHER); /* launcher is gone */
    *ret_fd = passed_fd(&message);
    bool is_ours = size == sizeof(go) && go.magic == WIRE_MAGIC && go.op == inside->op;
    return is_ours ? 0 : -EPROTO;
}
