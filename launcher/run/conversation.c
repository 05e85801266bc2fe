#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "../../shared/decode.h"
#include "../observe/namespaces.h"
#include "../plan/sentence.h"
#include "console.h"
#include "container.h"
#include "container_hooks.h"
#include "listener.h"
#include "monitor.h"
#include "notes.h"
#include "pass_fd.h"

/* Then no more can be said, but what it said before is waiting for us. */
static bool peer_is_gone(void)
{
    return errno == EPIPE || errno == ECONNRESET;
}

int conversation_send_program(struct container *container, struct fail *fail)
{
    const struct program *program = &container->plan->program;
    for (size_t done = 0; done < program->size;) {
        size_t left = program->size - done;
        size_t size = left < WIRE_PACKET ? left : WIRE_PACKET;
        ssize_t sent = send(container->child.sync_fd, program->bytes + done, size, MSG_NOSIGNAL);
        if (sent < 0 && peer_is_gone())
            return 0;
        if (sent < 0 && errno != EINTR)
            return fail_sys(fail, "sending the init program to cinit");
        done += sent > 0 ? (size_t)sent : 0;
    }
    return 0;
}

static uint32_t index_of(const void *program, enum op_kind kind)
{
    uint32_t index = 0;
    const struct op_head *op = program_next(program, NULL);
    for (; op != NULL && op->kind != kind; op = program_next(program, op))
        index++;
    return index;
}

/* cinit's op `index` waits for the descriptor. */
static int send_fd(const struct container *container, uint32_t index, int fd, struct fail *fail)
{
    struct wire_go go = {.magic = WIRE_MAGIC, .op = index};
    int result = pass_fd(container->child.sync_fd, fd, &go, sizeof(go));
    if (result < 0 && result != -EPIPE && result != -ECONNRESET)
        return fail_code(fail, result, "sending a descriptor to cinit");
    return 0;
}

int conversation_send_netns(const struct container *container, int netns_fd, struct fail *fail)
{
    return send_fd(container, index_of(container->plan->program.bytes, OP_JOIN_NET), netns_fd,
                   fail);
}

int conversation_send_start_socket(const struct container *container, int socket_fd,
                                   struct fail *fail)
{
    return send_fd(container, container->plan->start, socket_fd, fail);
}

static bool waits_for_tree(const struct op_head *op)
{
    return op->kind == OP_BIND && (op->flags & MOUNT_PASSED) != 0;
}

int conversation_send_trees(struct container *container, bool before_join_net, struct fail *fail)
{
    const void *program = container->plan->program.bytes;
    uint32_t index = 0;
    size_t passed = 0;
    if (container->trees_sent == container->tree_count)
        return 0;
    for (const struct op_head *op = NULL; (op = program_next(program, op)) != NULL; index++) {
        if (op->kind == OP_JOIN_NET && before_join_net)
            return 0;
        if (!waits_for_tree(op) || passed++ < container->trees_sent)
            continue;
        TRY(send_fd(container, index, container->trees[container->trees_sent], fail));
        own_close(&container->trees[container->trees_sent++]);
    }
    return 0;
}

int conversation_answer(const struct container *container, uint32_t index, struct fail *fail)
{
    struct wire_go go = {.magic = WIRE_MAGIC, .op = index};
    if (send(container->child.sync_fd, &go, sizeof(go), MSG_NOSIGNAL) < 0 && !peer_is_gone())
        return fail_sys(fail, "telling cinit to go on");
    return 0;
}

int conversation_open_net_barrier(const struct container *container, struct fail *fail)
{
    uint32_t barrier = container->plan->barriers.net;
    return barrier == WIRE_NO_OP ? 0 : conversation_answer(container, barrier, fail);
}

static void trace_op(const struct container *container, const struct note_begun *begun)
{
    const void *program = container->plan->program.bytes;
    const struct op_head *op = program_op(program, begun->note.op);
    if (op == NULL || !container->trace->on)
        return;
    char sentence[SENTENCE_MAX];
    op_sentence(program, op, sentence);
    trace_line_at(container->trace, begun->time_us, op_tag(op->kind), sentence);
}

static int pass_barrier(struct container *container, const struct note *note, struct fail *fail)
{
    const struct plan_barriers *barriers = &container->plan->barriers;
    bool interrupted = false;
    if (note->op == barriers->net)
        return 0; /* conversation_open_net_barrier has answered, or will */
    if (note->op == container->plan->start) {
        container->phase = PHASE_CREATED; /* create.c answers, when the record is written */
        return 0;
    }
    if (note->op == barriers->create_hooks)
        TRY(container_hooks_create(container, &interrupted, fail));
    else if (note->op == barriers->start_hooks)
        TRY(container_hooks_start(container, &interrupted, fail));
    else
        namespaces_trace(container->trace, container->child.pid);
    return interrupted ? 0 : conversation_answer(container, note->op, fail);
}

static int payload_started(struct container *container, struct fail *fail)
{
    container->phase = PHASE_RUNNING;
    container->report.times.started = trace_now_us();
    TRACE(container->trace, "exec", "the payload runs%s",
          container->spec->init ? " under cinit" : " as PID 1");
    TRY(container_hooks_poststart(container, fail));
    return container->monitor != NULL ? monitor_payload_started(container->monitor, container, fail)
                                      : 0;
}

static int handle_note(struct container *container, struct received *received, struct fail *fail)
{
    const struct note *note = &received->packet.note;
    switch ((enum note_kind)note->kind) {
    case NOTE_BEGUN:
        trace_op(container, &received->begun);
        return 0;
    case NOTE_FAILED:
        container->failed = true;
        op_failure_raise(container, &received->packet, received->length - sizeof(*note), fail);
        return 0;
    case NOTE_BARRIER:
        return pass_barrier(container, note, fail);
    case NOTE_CONSOLE:
        if (container->console_socket != NULL)
            return console_send(container->console_socket, received->fd, fail);
        if (container->monitor != NULL)
            return detached_io_take_terminal(&container->monitor->io, take_fd(&received->fd), fail);
        return tty_begin(&container->tty, take_fd(&received->fd), fail);
    case NOTE_LISTENER:
        TRY(listener_send(container, received->fd, fail));
        return conversation_answer(container, note->op, fail);
    case NOTE_STARTED:
        return payload_started(container, fail);
    case NOTE_LEFT:
    case NOTE_ENDED:
        container->ended = true;
        container->left = note->kind == NOTE_LEFT;
        container->wait_status = note->error;
        container->report.orphans_reaped = (struct limit){.set = true, .value = note->op};
        return 0;
    }
    return fail_code(fail, -EPROTO, "reading a note of kind %u from cinit", note->kind);
}

int conversation_receive(struct container *container, struct fail *fail)
{
    while (container->child.sync_fd >= 0) {
        struct received received = {.fd = -1};
        int got = notes_receive(container->child.sync_fd, MSG_DONTWAIT, &received, fail);
        TRY(got);
        if (got == NOTES_END)
            own_close(&container->child.sync_fd);
        if (got != NOTES_ONE)
            break;
        int result = handle_note(container, &received, fail);
        own_close(&received.fd);
        TRY(result);
    }
    /* Without cinit nobody is left to say so: execve closed the pipe, so it worked. */
    bool closed = container->child.sync_fd < 0;
    if (closed && container->phase == PHASE_APPLYING && !container->spec->init &&
        !container->failed)
        TRY(payload_started(container, fail));
    return 0;
}
