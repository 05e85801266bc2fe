#include <assert.h>
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

/* A message of one part that carries a descriptor, or has room for one; SCM_RIGHTS of unix(7). */
struct carrier {
    struct msghdr message;
    struct iovec part;
    union {
        struct cmsghdr head;
        struct {
            char head_room[CMSG_LEN(0)];
            int fd; /* where CMSG_DATA(3) has it */
        };
    } passed;
};
static_assert(sizeof(struct wire_go) == sizeof(struct note), "one size of part for both ways");

NO_ARRAYS static void carrier_begin(struct carrier *carrier, void *bytes, int fd)
{
    carrier->part = (struct iovec){.iov_base = bytes, .iov_len = sizeof(struct note)};
    carrier->message = (struct msghdr){.msg_iov = &carrier->part,
                                       .msg_iovlen = 1,
                                       .msg_control = &carrier->passed,
                                       .msg_controllen = sizeof(carrier->passed)};
    carrier->passed.head.cmsg_len = CMSG_LEN(sizeof(int));
    carrier->passed.head.cmsg_level = SOL_SOCKET;
    carrier->passed.head.cmsg_type = SCM_RIGHTS;
    carrier->passed.fd = fd;
}

NO_ARRAYS int note_pass(const struct inside *inside, enum note_kind kind, int fd)
{
    struct note note = make_note(inside, kind, 0);
    struct carrier carrier;
    carrier_begin(&carrier, &note, fd);
    return sys_sendmsg(WIRE_FD, &carrier.message);
}

/* The room holds one control message of one descriptor, and the only other kind that could come,
 * credentials, is one that nobody asked for: when something has come, it is that descriptor. */
NO_ARRAYS int answer_receive(const struct inside *inside, int *ret_fd)
{
    struct wire_go go;
    struct carrier carrier;
    carrier_begin(&carrier, &go, *ret_fd);
    int size = sys_recvmsg(WIRE_FD, &carrier.message, MSG_CMSG_CLOEXEC);
    TRY(size);
    if (size == 0)
        sys_exit(EXIT_LAUNCHER); /* launcher is gone */
    *ret_fd = carrier.passed.fd;
    bool is_ours = size == sizeof(go) && go.magic == WIRE_MAGIC && go.op == inside->op;
    return is_ours ? 0 : -EPROTO;
}

NO_ARRAYS int answer_await(const struct inside *inside)
{
    int no_fd = -1;
    return answer_receive(inside, &no_fd);
}
