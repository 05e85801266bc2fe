/* Looking after the command: asleep in one system call, forwarding what is sent, reaping what is left.
 * All signals stay blocked, so there are no handlers and no races with them. */
#include <sys/wait.h>

#include "inside.h"
#include "life.h"

static const uint64_t ALL_SIGNALS = ~UINT64_C(0);

static void orphan_ended(struct life *life, int pid)
{
    struct text_number room;
    life->orphans_reaped++;
    if (life->policy->warn_on_reap || life->policy->verbose)
        TEXT_SAY("reaped process ", text_decimal(&room, pid));
}

static void payload_ended(struct life *life, int status)
{
    if (life->policy->verbose)
        TEXT_SAY("the command has ended");
    life->payload = 0;
    life->status = status;
    stop_orphans(life);
}

/* Until there is nothing left: any number of children that end together raise one SIGCHLD. */
NO_ARRAYS static void reap(struct life *life)
{
    int options = WNOHANG | (life->tty_fd >= 0 ? WUNTRACED : 0);
    for (;;) {
        int status = 0;
        int pid = sys_wait_any(&status, options);
        life->childless = pid < 0; /* ECHILD, the only error that there can be */
        if (pid <= 0)
            return;
        bool is_payload = pid == life->payload;
        if (WIFSTOPPED(status) && is_payload)
            terminal_stopped(life, WSTOPSIG(status));
        else if (!WIFSTOPPED(status) && is_payload)
            payload_ended(life, status);
        else if (!WIFSTOPPED(status))
            orphan_ended(life, pid);
    }
}

static void forward(struct life *life, int came, const siginfo_t *info)
{
    int number = life->policy->rewritten[came] != 0 ? life->policy->rewritten[came] : came;
    if (number == SIGNAL_DROPPED || life->payload == 0)
        return;
    if (number == SIGCONT && life->tty_fd >= 0)
        terminal_continue(life);
    char room[SIGNAL_NAME_MAX];
    if (life->policy->verbose)
        TEXT_SAY("forwarding ", signal_name(number, room));
    processes_signal(life, life->policy->forward, number, info);
}

/* A SIGCHLD that the kernel did not make, somebody has sent: to the command. */
static void take_signal(struct life *life, int number, const siginfo_t *info)
{
    if (number == SIGCHLD) {
        reap(life);
        stop_repeat_kill(life);
        if (info->si_code > 0)
            return;
    }
    if (!terminal_has_sent(life, info) && !stop_requested(life, number))
        forward(life, number, info);
}

static bool is_over(const struct life *life)
{
    bool waits = life->policy->orphans != ORPHANS_KEEP && !life->childless && !life->stop_exhausted;
    return life->payload == 0 && !waits;
}

NO_ARRAYS int supervise(struct life *life)
{
    while (!is_over(life)) {
        siginfo_t info;
        struct timespec room;
        int number = sys_wait_signal(ALL_SIGNALS, &info, stop_timeout(life, &room));
        if (number == -EAGAIN)
            stop_next_step(life);
        else if (number > 0)
            take_signal(life, number, &info);
    }
    return life->status;
}

void supervise_pause(struct life *life)
{
    siginfo_t info;
    int number = 0;
    while (number != SIGTERM && number != SIGINT) {
        number = sys_wait_signal(ALL_SIGNALS, &info, NULL);
        if (number == SIGCHLD)
            reap(life);
    }
}
