/* Job control, termios(3) and credentials(7). The command is a job of ours as we are a job of the shell
 * that started us: it has a process group of its own, which is in the foreground when ours was.
 *
 * With a caller on the same terminal there is a simpler way: the command stays in our group, and the
 * terminal's ^C and ^Z reach both of us, just as they would reach the command alone. It is not taken
 * as a session's leader (in a container, nobody is behind us): there kill(0, SIG) of the command would
 * come back to it through us. Nor where signals are meant for a group; but when our own is outside of
 * our PID namespace, it has no number there by which it could get the terminal back. */
#include <sys/ioctl.h>
#include <unistd.h>

#include "inside.h"
#include "life.h"

/* One of ours that is the controlling terminal, for a /dev without tty. */
NO_ARRAYS static int own_terminal(void)
{
    int group;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (sys_ioctl(fd, TIOCGPGRP, &group) == 0)
            return fd;
    return -1;
}

/* The numbers of process groups don't tell: in a PID namespace of our own, the caller's and its
 * shell's are both 0. But the kernel refuses to let a background process read, even nothing; our
 * SIGTTIN is blocked, so that is an error and no signal. */
static bool is_foreground(int tty_fd)
{
    return sys_read(tty_fd, NULL, 0) != -EIO;
}

static bool leads_session(int own_pid)
{
    return sys_1(SYS_getsid, 0) == own_pid;
}

void terminal_open(struct life *life)
{
    enum forward_to scope = life->policy->forward;
    life->tty_fd = sys_open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY);
    if (life->tty_fd < 0)
        life->tty_fd = own_terminal();
    bool leads = leads_session(life->own_pid);
    bool has_number = sys_1(SYS_getpgid, 0) != 0;
    life->shares_group = life->tty_fd >= 0 && scope != FORWARD_SESSION && !leads &&
                         (scope == FORWARD_MAIN || !has_number);
    life->hands_session_over = life->tty_fd >= 0 && scope == FORWARD_SESSION && leads;
}

/* A session's leader that lets go of its terminal gets SIGHUP and SIGCONT for it, tty_ioctl(4). They
 * are not meant for the command. */
static void let_go_of_terminal(int tty_fd)
{
    uint64_t raised = 1u << (SIGHUP - 1) | 1u << (SIGCONT - 1);
    const struct timespec at_once = {0};
    siginfo_t info;
    if (sys_ioctl(tty_fd, TIOCNOTTY, NULL) < 0)
        return;
    while (sys_wait_signal(raised, &info, &at_once) > 0)
        continue;
}

void terminal_before_payload(const struct life *life)
{
    if (life->hands_session_over)
        let_go_of_terminal(life->tty_fd);
}

NO_ARRAYS static void to_foreground(int tty_fd, int group)
{
    (void)sys_ioctl(tty_fd, TIOCSPGRP,
                    &group); /* else it stays in the background: no less than before */
}

void terminal_begin_payload(const struct life *life)
{
    if (life->policy->forward == FORWARD_SESSION) {
        (void)sys_setsid(); /* a new process leads no group: this can't fail */
        if (life->tty_fd >= 0)
            (void)sys_ioctl(life->tty_fd, TIOCSCTTY, NULL); /* refused while others have it */
        return;
    }
    if (life->shares_group)
        return;
    bool was_foreground = life->tty_fd >= 0 && is_foreground(life->tty_fd);
    (void)sys_2(SYS_setpgid, 0, 0); /* as setsid above */
    if (was_foreground)
        to_foreground(life->tty_fd, sys_getpid());
}

void terminal_after_payload(struct life *life)
{
    if (life->hands_session_over)
        own_close(&life->tty_fd);
}

bool terminal_has_sent(const struct life *life, const siginfo_t *info)
{
    return life->shares_group && info->si_code == SI_KERNEL;
}

/* Stops whoever gets this SIGTSTP, us among them, unless the kernel finds that nobody is there who
 * could continue us (an orphaned process group, or PID 1). Returns whether we were stopped: somebody
 * must then have sent SIGCONT. */
NO_ARRAYS static bool stop_with(int pid)
{
    uint64_t pending = 0;
    (void)sys_kill(pid, SIGTSTP);
    (void)sys_set_signal_mask(~(UINT64_C(1) << (SIGTSTP - 1)));
    (void)sys_block_signals();
    (void)sys_2(SYS_rt_sigpending, &pending, SYS_SIGSET_SIZE);
    return (pending & UINT64_C(1) << (SIGCONT - 1)) != 0;
}

int terminal_signal(const struct life *life, int signal_number, const siginfo_t *info)
{
    bool stops = signal_number >= SIGTSTP && signal_number <= SIGTTOU;
    bool is_lost = life->policy->forward == FORWARD_SESSION && info->si_code == SI_KERNEL;
    return stops && is_lost ? SIGSTOP : signal_number;
}

NO_ARRAYS void terminal_continue(const struct life *life)
{
    if (life->shares_group)
        return;
    if (is_foreground(life->tty_fd))
        to_foreground(life->tty_fd, life->payload);
    (void)sys_kill(-life->payload, SIGCONT);
}

void terminal_stopped(const struct life *life, int signal_number)
{
    /* A shell says nothing when it puts a running job into the foreground. */
    bool wants_terminal = signal_number == SIGTTIN || signal_number == SIGTTOU;
    if (wants_terminal && !life->shares_group && is_foreground(life->tty_fd)) {
        terminal_continue(life);
        return;
    }
    bool stopped = stop_with(life->shares_group ? life->own_pid : 0);
    /* ^Z with nobody behind us would be the end of the conversation. */
    if (!stopped && !life->shares_group && signal_number == SIGTSTP)
        (void)sys_kill(-life->payload, SIGCONT);
}

NO_ARRAYS void terminal_close(const struct life *life, int payload)
{
    int group = 0;
    if (life->tty_fd >= 0 && sys_ioctl(life->tty_fd, TIOCGPGRP, &group) == 0 && group == payload)
        to_foreground(life->tty_fd, sys_1(SYS_getpgid, 0));
}
