/* PID 1 while the payload runs: it sleeps in one system call, forwards what it is sent and reaps
 * what is left to it. All signals stay blocked, so there are no handlers and no races with them. */
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "inside.h"
#include "sys.h"

static const uint64_t ALL_SIGNALS = ~(uint64_t)0;

/* What is left: the right to signal a payload of another user. The payload's process has changed
 * user while it shared our memory, so what follows a change of credentials is due here as well. */
static int drop_privileges(const struct inside *inside)
{
    struct op_caps kill_only = {.effective = 1u << CAP_KILL, .permitted = 1u << CAP_KILL};
    TRY(sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0));
    TRY(privilege_set_capabilities(&kill_only));
    return process_credentials_changed(inside);
}

/* Without 0, 1 and 2 we hold no end of a pipe whose reader waits for the payload to close it. */
static int drop_resources(const struct inside *inside)
{
    TRY(sys_close_range(0, WIRE_FD - 1, 0));
    TRY(sys_close_range(WIRE_FD + 1, ~0u, 0));
    return sys_result(munmap(inside->program, inside->program_size));
}

static _Noreturn void end_as_payload(const struct inside *inside, int status)
{
    note_send(inside, NOTE_ENDED, (unsigned)status);
    _exit(WIFSIGNALED(status) ? EXIT_SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status));
}

/* Until there is nothing left: any number of children that end together raise one SIGCHLD. */
static void reap(const struct inside *inside, pid_t payload)
{
    for (;;) {
        int status;
        pid_t ended = waitpid(-1, &status, WNOHANG);
        if (ended <= 0)
            return;
        if (ended == payload)
            end_as_payload(inside, status);
    }
}

/* A value from sigqueue(3) is kept; the kernel lets nobody else pass on what it or kill(2) sent. A
 * payload that has ended meanwhile is no error: its SIGCHLD is on the way. */
static void forward(pid_t payload, int signal_number, siginfo_t *info)
{
    if (info->si_code == SI_QUEUE)
        (void)syscall(SYS_rt_sigqueueinfo, payload, signal_number, info);
    else
        (void)kill(payload, signal_number);
}

_Noreturn void supervise(struct inside *inside, pid_t payload)
{
    if (inside->failed)
        _exit(inside->exit_status);
    int result = drop_privileges(inside);
    if (result == 0)
        result = drop_resources(inside);
    if (result < 0)
        note_failed(inside, result);
    note_send(inside, NOTE_STARTED, 0);

    for (;;) {
        siginfo_t info;
        int signal_number = sys_wait_signal(ALL_SIGNALS, &info);
        if (signal_number == SIGCHLD)
            reap(inside, payload);
        else if (signal_number > 0)
            forward(payload, signal_number, &info);
    }
}
