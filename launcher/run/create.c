#include "create.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../../shared/decode.h"
#include "../plan/sentence.h"
#include "container_end.h"
#include "container_hooks.h"
#include "listener.h"
#include "pid_file.h"
#include "state_files.h"
#include "state_socket.h"

/* ---- what is put on record ---- */

/* What launcher start will see fail, it can only name: the program is gone with us. */
static struct state_start describe_start(const struct container *container)
{
    const void *program = container->plan->program.bytes;
    const struct spec_process *process = &container->spec->process;
    struct state_start start = {.op = container->plan->start,
                                .command = process->arg_count > 0 ? process->args[0] : NULL};
    uint32_t index = 0;
    for (const struct op_head *op = NULL; (op = program_next(program, op)) != NULL; index++) {
        char sentence[SENTENCE_MAX];
        if (index <= start.op)
            continue;
        op_sentence(program, op, sentence);
        *ARENA_APPEND(container->arena, start.sentences, start.sentence_count) =
            arena_strdup(container->arena, sentence);
    }
    return start;
}

/* Hooks are told of it, and so is a seccomp agent. */
static bool is_plain(const struct spec *spec)
{
    return !container_has_hooks(spec) && !listener_wanted(spec);
}

static void describe(struct container *container)
{
    struct state_record *record = &container->record;
    const struct spec_oci *oci = &container->spec->oci;
    record->detached = true;
    record->plain = is_plain(container->spec);
    record->bundle = oci->bundle;
    record->annotations = oci->annotations;
    record->annotation_count = oci->annotation_count;
    record->start = describe_start(container);
    record->init_pid = container->child.pid;
    record->init_starttime = state_starttime(container->child.pid);
}

static void undo_files(void *subject)
{
    struct container *container = subject;
    state_socket_remove(SOCKET_START, &container->state, container->arena);
    state_files_remove(&container->state, container->arena);
}

/* While cinit is at work. Nobody takes the container for created: its record does not say so yet. */
static int prepare(struct container *container, int *ret_socket_fd, struct fail *fail)
{
    const struct spec_oci *oci = &container->spec->oci;
    undo_push(&container->undo, undo_files, container);
    TRY(state_socket_listen(SOCKET_START, &container->state, container->arena, ret_socket_fd,
                            fail));
    TRY(state_file_write(&container->state, FILE_CONFIG, oci->config, oci->config_size,
                         container->arena, fail));
    describe(container);
    return 0;
}

/* From the moment at which it is sent, the socket is all that the payload waits for. */
static int hand_over(struct container *container, int socket_fd, struct fail *fail)
{
    TRY(state_write(&container->state, &container->record, fail));
    return conversation_send_start_socket(container, socket_fd, fail);
}

static int ended_too_early(const struct container *container, struct fail *fail)
{
    if (container->failed || container->interrupted_by != 0)
        return -ECANCELED; /* container_judge has the error */
    return fail_set(fail, "creating the container %s: its first process has ended",
                    container->spec->id);
}

int container_await_created(struct container *container, struct fail *fail)
{
    AUTO_FD int socket_fd = -1;
    if (prepare(container, &socket_fd, fail) < 0)
        return fail_context(fail, "creating the container %s", container->spec->id);
    TRY(supervise(container, fail));
    if (container->phase != PHASE_CREATED)
        return ended_too_early(container, fail);
    if (hand_over(container, socket_fd, fail) < 0)
        return fail_context(fail, "creating the container %s", container->spec->id);
    return 0;
}

/* ---- all of it ---- */

static int create(struct container *container, const struct create_options *options,
                  struct fail *fail)
{
    TRY(container_apply(container, fail));
    if (options->pid_file == NULL)
        return 0;
    return pid_file_write(options->pid_file, container->child.pid, container->arena, fail);
}

static void let_go(struct container *container)
{
    cgroup_close(&container->cgroup);
    own_close(&container->child.sync_fd);
    own_close(&container->child.pidfd);
    own_close(&container->signal_fd);
    state_abandon(&container->state);
}

int container_create(const struct spec *spec, const struct plan *plan,
                     const struct create_options *options, const struct trace *trace,
                     struct arena *arena, int *ret_exit_status, struct fail *fail)
{
    struct container container = container_new(spec, plan, trace, arena);
    container.console_socket = options->console_socket;
    TRY(supervise_take_signals(&container.signal_fd, fail));
    int result = create(&container, options, fail);
    if (result >= 0) {
        let_go(&container);
        return 0;
    }
    undo_all(&container.undo);
    own_close(&container.signal_fd);
    container_hooks_poststop(&container);
    bool said = result != -ECANCELED || container.failed;
    return said ? fail->code : container_judge(&container, ret_exit_status, fail);
}
