/* The process: its tie to launcher, its session, its limits, and its division into PID 1 and the
 * payload's process. */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "apply.h"
#include "life.h"

enum { IOPRIO_WHO_PROCESS = 1 }; /* ioprio_set(2); no header of the C library has it */

/* The death signal comes first and the look at the sync pipe second: in the other order, a launcher
 * that dies in between would leave a container without a master. */
NO_ARRAYS int process_tie(void)
{
    TRY(sys_prctl(PR_SET_PDEATHSIG, SIGKILL, 0));
    struct pollfd sync = {.fd = WIRE_FD};
    TRY(sys_poll_once(&sync, 1));
    if (sync.revents & (POLLHUP | POLLERR | POLLNVAL))
        sys_exit(EXIT_LAUNCHER);
    return 0;
}

int process_credentials_changed(const struct inside *inside)
{
    TRY(sys_prctl(PR_SET_DUMPABLE, 0, 0));
    return inside->tied ? process_tie() : 0;
}

int apply_TIE(struct inside *inside, const struct op_plain *op)
{
    (void)op;
    inside->tied = true;
    return process_tie();
}

int apply_SESSION(struct inside *inside, const struct op_plain *op)
{
    (void)op;
    inside->session = true;
    return sys_setsid();
}

int apply_BARRIER(struct inside *inside, const struct op_text *op)
{
    (void)op;
    note_send(inside, NOTE_BARRIER, 0);
    return answer_await(inside);
}

/* The launcher that created the container ends now; the one that is to start it comes by the listening
 * socket, and takes its place on the sync pipe. */
int apply_START(struct inside *inside, const struct op_plain *op)
{
    (void)op;
    AUTO_FD int listening_fd = -1;
    note_send(inside, NOTE_BARRIER, 0);
    TRY(answer_receive(inside, &listening_fd));
    AUTO_FD int starter_fd = sys_4(SYS_accept4, listening_fd, NULL, NULL, 0);
    TRY(starter_fd);
    TRY(sys_3(SYS_dup3, starter_fd, WIRE_FD, O_CLOEXEC));
    return answer_await(inside);
}

static int begin_payload(struct inside *inside)
{
    if (inside->session)
        TRY(sys_setsid());
    return console_attach(inside);
}

/* The payload's process shares the memory until execve(2), and its own frames lie below this one:
 * it must not return from here. */
static _Noreturn void become_payload(struct inside *inside, const struct op_plain *op)
{
    int result = begin_payload(inside);
    if (result < 0)
        note_failed(inside, result);
    inside->op++;
    apply_from(inside, program_next(inside->program, &op->head));
}

/* Without 0, 1 and 2 we hold no end of a pipe whose reader waits for the payload to close it. */
static int drop_resources(const struct inside *inside)
{
    TRY(sys_close_range(0, WIRE_FD - 1, 0));
    TRY(sys_close_range(WIRE_FD + 1, ~0u, 0));
    return sys_2(SYS_munmap, inside->program, inside->program_size);
}

/* The payload's process has changed user while it shared our memory, so what follows a change of
 * credentials is due here as well. */
static int become_init(const struct inside *inside)
{
    TRY(privilege_keep_kill());
    TRY(process_credentials_changed(inside));
    return drop_resources(inside);
}

/* Whoever the command left behind is ours to reap, and not PID 1's, which may be somebody else's program.
 * launcher need not be there for that. */
NO_ARRAYS static void reap_the_rest(struct life *life, struct policy *policy)
{
    policy->orphans = ORPHANS_WAIT;
    (void)supervise(life);
}

/* The payload's init from here to its end. */
NO_ARRAYS static _Noreturn void look_after(struct inside *inside, int payload, bool stay)
{
    int status;
    if (inside->failed) {
        (void)sys_wait_any(&status, 0); /* PID 1 may be none that would do it for us */
        sys_exit(inside->exit_status);
    }
    int result = become_init(inside);
    if (result < 0)
        note_failed(inside, result);
    note_send(inside, NOTE_STARTED, 0);

    struct policy policy = {.forward = FORWARD_MAIN};
    struct life life = {
        .policy = &policy, .payload = payload, .own_pid = sys_getpid(), .tty_fd = -1};
    status = supervise(&life);
    stay = stay && !life.childless;
    if (stay)
        (void)sys_prctl(PR_SET_PDEATHSIG, 0, 0);
    inside->op = life.orphans_reaped;
    note_send(inside, stay ? NOTE_LEFT : NOTE_ENDED, (unsigned)status);
    if (stay)
        reap_the_rest(&life, &policy);
    sys_exit(life_exit_status(status));
}

/* vfork(2) holds PID 1 until the payload's execve worked or its process ended. So PID 1 knows which
 * of the two it was without a pipe, and signals that come meanwhile wait for it, blocked: none can
 * reach a process that is not the payload yet. */
int apply_SPAWN(struct inside *inside, const struct op_plain *op)
{
    uint32_t own_op = inside->op;
    int payload = sys_vfork();
    TRY(payload);
    if (payload == 0)
        become_payload(inside, op);
    inside->op = own_op;
    look_after(inside, payload, op->head.flags & SPAWN_REAP_ALL);
}

/* soft and hard lie in the op as in struct rlimit64. */
int apply_RLIMIT(struct inside *inside, const struct op_rlimit *op)
{
    (void)inside;
    return sys_4(SYS_prlimit64, 0, op->resource, &op->soft, NULL);
}

/* From its size on the op is a struct sched_attr. */
int apply_SCHEDULER(struct inside *inside, const struct op_scheduler *op)
{
    (void)inside;
    return sys_3(SYS_sched_setattr, 0, &op->size, 0);
}

int apply_IO_PRIORITY(struct inside *inside, const struct op_number *op)
{
    (void)inside;
    return sys_3(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, (long)op->value);
}

int apply_AFFINITY(struct inside *inside, const struct op_affinity *op)
{
    const void *mask = program_blob(inside->program, op->mask);
    return sys_3(SYS_sched_setaffinity, 0, (long)op->mask.size, mask);
}

int apply_PERSONALITY(struct inside *inside, const struct op_number *op)
{
    (void)inside;
    int before = sys_1(SYS_personality, op->value);
    return before < 0 ? before : 0;
}

int apply_UMASK(struct inside *inside, const struct op_number *op)
{
    sys_umask((unsigned)op->value);
    inside->umask_given = true;
    return 0;
}
