/* The process: its tie to launcher, its session, its limits, and its division into PID 1 and the
 * payload's process. */
#include <linux/sched/types.h>
#include <poll.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "apply.h"
#include "sys.h"

enum { IOPRIO_WHO_PROCESS = 1 }; /* ioprio_set(2); no header of the C library has it */

/* The death signal comes first and the look at the sync pipe second: in the other order, a launcher
 * that dies in between would leave a container without a master. */
int process_tie(void)
{
    TRY(sys_prctl(PR_SET_PDEATHSIG, SIGKILL, 0));
    struct pollfd sync = {.fd = WIRE_FD};
    if (poll(&sync, 1, 0) < 0)
        return -errno;
    if (sync.revents & (POLLHUP | POLLERR | POLLNVAL))
        _exit(EXIT_LAUNCHER);
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
    return sys_result(setsid());
}

int apply_BARRIER(struct inside *inside, const struct op_text *op)
{
    (void)op;
    note_send(inside, NOTE_BARRIER, 0);
    int no_fd = -1;
    return answer_receive(inside, &no_fd);
}

static int begin_payload(struct inside *inside)
{
    if (inside->session && setsid() < 0)
        return -errno;
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

/* vfork(2) holds PID 1 until the payload's execve worked or its process ended. So PID 1 knows which
 * of the two it was without a pipe, and signals that come meanwhile wait for it, blocked: none can
 * reach a process that is not the payload yet. */
int apply_SPAWN(struct inside *inside, const struct op_plain *op)
{
    uint32_t own_op = inside->op;
    pid_t payload = vfork();
    if (payload < 0)
        return -errno;
    if (payload == 0)
        become_payload(inside, op);
    inside->op = own_op;
    supervise(inside, payload);
}

int apply_RLIMIT(struct inside *inside, const struct op_rlimit *op)
{
    (void)inside;
    struct {
        uint64_t soft, hard;
    } limit = {op->soft, op->hard};
    return sys_result(syscall(SYS_prlimit64, 0, op->resource, &limit, NULL));
}

int apply_SCHEDULER(struct inside *inside, const struct op_scheduler *op)
{
    (void)inside;
    struct sched_attr attr = {
        .size = sizeof(attr),
        .sched_policy = op->policy,
        .sched_flags = op->flags,
        .sched_nice = op->nice,
        .sched_priority = op->priority,
        .sched_runtime = op->runtime_ns,
        .sched_deadline = op->deadline_ns,
        .sched_period = op->period_ns,
    };
    return sys_result(syscall(SYS_sched_setattr, 0, &attr, 0));
}

int apply_IO_PRIORITY(struct inside *inside, const struct op_number *op)
{
    (void)inside;
    return sys_result(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, (long)op->value));
}

int apply_AFFINITY(struct inside *inside, const struct op_affinity *op)
{
    const void *mask = program_blob(inside->program, op->mask);
    return sys_result(syscall(SYS_sched_setaffinity, 0, (long)op->mask.size, mask));
}

int apply_PERSONALITY(struct inside *inside, const struct op_number *op)
{
    (void)inside;
    return sys_result(personality((unsigned long)op->value)) < 0 ? -errno : 0;
}

int apply_UMASK(struct inside *inside, const struct op_number *op)
{
    (void)umask((mode_t)op->value); /* can't fail */
    inside->umask_given = true;
    return 0;
}
