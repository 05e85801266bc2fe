#include <string.h>
#include <sys/socket.h>

#include "inside.h"
#include "sys.h"

static struct note make_note(const struct inside *inside, enum note_kind kind, unsigned error)
{
    return (struct note){.kind = (uint8_t)kind, .error = (uint16_t)error, .op = inside->op};
}

NO_ARRAYS void note_send(const struct inside *inside, enum note_kind kind, unsigned error)
{
    struct note note = make_note(inside, kind, error);
    (void)sys_send(WIRE_FD, &note, sizeof(note));
}

void note_begun(const struct inside *inside)
{
    struct note_begun begun = {.note = make_note(inside, NOTE_BEGUN, 0),
                               .time_us = sys_now_us(CLOCK_REALTIME)};
    (void)sys_send(WIRE_FD, &begun, sizeof(begun));
}

_Noreturn void note_failed(struct inside *inside, int error)
{
    struct note_packet *packet = &inside->failure;
    uint8_t cause = packet->note.cause;
    packet->note = make_note(inside, NOTE_FAILED, (unsigned)-error);
    packet->note.cause = cause;
    size_t size = sizeof(packet->note) + strnlen(packet->object, sizeof(packet->object));
    (void)sys_send(WIRE_FD, packet, size);
    inside->failed = true;
    sys_exit(inside->exit_status);
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
    int size = sys_recvmsg(WIRE_FD, &message, MSG_CMSG_CLOEXEC);
    TRY(size);
    if (size == 0)
        sys_exit(EXIT_LAUNCHER); /* launcher is gone */
    *ret_fd = passed_fd(&message);
    bool is_ours = size == sizeof(go) && go.magic == WIRE_MAGIC && go.op == inside->op;
    return is_ours ? 0 : -EPROTO;
}
