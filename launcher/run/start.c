#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "../observe/live.h"
#include "container_hooks.h"
#include "existing.h"
#include "listener.h"
#include "notes.h"
#include "state_socket.h"

/* ---- what cinit says ---- */

static const char *sentence_of(const struct state_start *start, uint32_t op)
{
    uint32_t index = op - start->op - 1;
    return index < start->sentence_count ? start->sentences[index] : "starting the payload";
}

static int raise_failure(const struct existing *existing, const struct note_packet *packet,
                         size_t object_length, struct fail *fail)
{
    const struct state_start *start = &existing->container.record.start;
    const struct note *note = &packet->note;
    char object[WIRE_OBJECT_MAX + 1] = "";
    memcpy(object, packet->object, object_length);
    bool executes = start->sentence_count > 0 && note->op == start->op + start->sentence_count;
    if (executes)
        op_failure_raise_exec(start->command != NULL ? start->command : "", note, object, fail);
    else
        (void)fail_code(fail, -note->error, "%s", sentence_of(start, note->op));
    return fail->code != 0 ? fail->code : -EIO;
}

static int handle_note(struct existing *existing, const struct received *received,
                       struct fail *fail)
{
    struct container *container = &existing->container;
    const struct note *note = &received->packet.note;
    switch ((enum note_kind)note->kind) {
    case NOTE_FAILED:
        return raise_failure(existing, &received->packet, received->length - sizeof(*note), fail);
    case NOTE_LISTENER:
        TRY(listener_send(container, received->fd, fail));
        return conversation_answer(container, note->op, fail);
    case NOTE_BEGUN:
        TRACE(container->trace, "start", "%s", sentence_of(&container->record.start, note->op));
        return 0;
    default:
        return 0;
    }
}

/* End of file: execve(2) closed the connection, so it worked; or the process was killed. */
static int hear(struct existing *existing, struct fail *fail)
{
    int result = 0;
    while (result >= 0) {
        struct received received = {.fd = -1};
        result = notes_receive(existing->container.child.sync_fd, 0, &received, fail);
        if (result == NOTES_END)
            return 0;
        if (result == NOTES_ONE)
            result = handle_note(existing, &received, fail);
        own_close(&received.fd);
    }
    return result;
}

/* ---- starting ---- */

static int let_begin(struct existing *existing, struct fail *fail)
{
    struct container *container = &existing->container;
    struct wire_go go = {.magic = WIRE_MAGIC, .op = container->record.start.op};
    /* Only we can get this far, by the lock. From here on the container is started, or ends. */
    state_socket_remove(SOCKET_START, &container->state, container->arena);
    if (send(container->child.sync_fd, &go, sizeof(go), MSG_NOSIGNAL) < 0)
        return fail_sys(fail, "telling the payload to begin");
    return hear(existing, fail);
}

/* A hook that failed, or that a signal ended, ends the container. */
static int run_hooks(struct existing *existing, struct fail *fail)
{
    bool interrupted = false;
    struct container *container = &existing->container;
    if (existing->spec.oci.hooks[HOOK_START_CONTAINER].count == 0)
        return 0;
    container->cgroup = live_cgroup(&container->record, container->arena);
    TRY(container_hooks_start(container, &interrupted, fail));
    return interrupted ? fail_code(fail, -EINTR, "running the startContainer hooks") : 0;
}

static void kill_container(const struct container *container)
{
    (void)syscall(SYS_pidfd_send_signal, container->child.pidfd, SIGKILL, NULL,
                  0); /* or it is gone */
}

static int start(struct existing *existing, struct fail *fail)
{
    struct container *container = &existing->container;
    TRY(supervise_take_signals(&container->signal_fd, fail));
    TRY(state_socket_connect(SOCKET_START, &container->state, container->arena,
                             &container->child.sync_fd, fail));
    container->report.times.cloned = trace_now_us();
    container->status = STATUS_CREATED;
    int result = run_hooks(existing, fail);
    if (result >= 0)
        result = let_begin(existing, fail);
    if (result >= 0)
        result = container_hooks_poststart(container, fail);
    if (result < 0)
        kill_container(container);
    return result;
}

int existing_start(struct existing *existing, struct fail *fail)
{
    if (existing->status != STATUS_CREATED)
        return existing_wrong_status(existing, "starting",
                                     "only a container that launcher create has made, and nobody "
                                     "started yet, can be started",
                                     fail);
    int result = start(existing, fail);
    if (result < 0 && fail->exit_status == 0)
        return fail_context(fail, "starting the container %s", existing->container.record.id);
    return result;
}
