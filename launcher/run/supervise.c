#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../host/cgroup/freeze.h"
#include "container.h"
#include "container_hooks.h"
#include "listener.h"
#include "monitor.h"

/* These stay with launcher: faults are its own, and the stop signals of a terminal stop launcher,
 * not the container. SIGCHLD is not needed: the pidfd tells. */
static const int NOT_FORWARDED[] = {SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGTRAP, SIGSYS,
                                    SIGABRT, SIGTSTP, SIGTTIN, SIGTTOU, SIGCHLD};

enum { KERNEL_SIGSET_SIZE = 64 / 8 }; /* sigset_t of a C library has room for more */

int supervise_take_signals(int *ret_signal_fd, struct fail *fail)
{
    sigset_t signals;
    /* By hand and by the plain system call: sigfillset leaves out the signals that the C library uses
     * itself, and so does glibc's sigprocmask. */
    memset(&signals, 0xff, sizeof(signals));
    for (size_t i = 0; i < sizeof(NOT_FORWARDED) / sizeof(NOT_FORWARDED[0]); i++)
        (void)sigdelset(&signals, NOT_FORWARDED[i]);
    if (syscall(SYS_rt_sigprocmask, SIG_BLOCK, &signals, NULL, KERNEL_SIGSET_SIZE) < 0)
        return fail_sys(fail, "blocking signals");
    *ret_signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (*ret_signal_fd < 0)
        return fail_sys(fail, "opening a descriptor for signals");
    return 0;
}

/* The value that came with sigqueue(3) goes on with it. */
static void forward_signal(const struct container *container, const struct signalfd_siginfo *info)
{
    siginfo_t queued = {
        .si_signo = (int)info->ssi_signo, .si_code = SI_QUEUE, .si_errno = info->ssi_errno};
    queued.si_value.sival_ptr = (void *)(uintptr_t)info->ssi_ptr;
    siginfo_t *carried = info->ssi_code == SI_QUEUE ? &queued : NULL;
    /* An error can only mean that the container ended meanwhile. */
    (void)syscall(SYS_pidfd_send_signal, container->child.pidfd, info->ssi_signo, carried, 0);
}

/* Whoever asks a paused container to end wants it to end: as docker stop, it is resumed, and the signal
 * that waits ends it. Nor is it started again. */
static void let_end(const struct container *container)
{
    struct cgroup_path paths[CGROUP_PATHS_MAX];
    if (container->monitor != NULL)
        container->monitor->stop_wanted = true;
    cgroup_thaw(paths, cgroup_paths(&container->cgroup, paths));
}

/* Before the payload runs there is nobody to forward to: the start is given up. */
static void interrupt_start(struct container *container, int signal_number)
{
    container->interrupted_by = signal_number;
    (void)syscall(SYS_pidfd_send_signal, container->child.pidfd, SIGKILL, NULL, 0);
}

bool supervise_asks_to_end(int signal_number)
{
    return signal_number == SIGINT || signal_number == SIGTERM || signal_number == SIGHUP ||
           signal_number == SIGQUIT;
}

static void handle_signal(struct container *container, const struct signalfd_siginfo *info)
{
    int number = (int)info->ssi_signo;
    if (number == SIGPIPE && info->ssi_pid == (uint32_t)getpid())
        return; /* our own: the write that raised it has failed and was dealt with */
    if (number == SIGWINCH && container->tty.master >= 0)
        tty_resize(&container->tty);
    else if (container->phase == PHASE_RUNNING)
        forward_signal(container, info);
    else if (supervise_asks_to_end(number))
        interrupt_start(container, number);
    if (supervise_asks_to_end(number))
        let_end(container);
}

static void handle_signals(struct container *container)
{
    struct signalfd_siginfo info;
    while (read(container->signal_fd, &info, sizeof(info)) == sizeof(info))
        handle_signal(container, &info);
}

static int wait_status_of(const siginfo_t *info)
{
    /* waitid(2) tells in parts what wait(2) tells in one number. */
    return info->si_code == CLD_EXITED ? (info->si_status & 0xff) << 8 : info->si_status & 0x7f;
}

static int reap(struct container *container, struct fail *fail)
{
    siginfo_t info = {0};
    if (waitid(P_PIDFD, (id_t)container->child.pidfd, &info, WEXITED | WNOHANG) < 0)
        return errno == EINTR ? 0 : fail_sys(fail, "waiting for the container");
    if (info.si_pid == 0)
        return 0;
    /* What it said last may have come after our last look, and may be the reason for its end. */
    TRY(conversation_receive(container, fail));
    container->child.pid = 0;
    container->phase = PHASE_GONE;
    if (!container->ended)
        container->wait_status = wait_status_of(&info);
    tty_drain(&container->tty);
    return 0;
}

enum {
    POLL_SYNC,
    POLL_CHILD,
    POLL_SIGNALS,
    POLL_TTY,
    POLL_MONITOR = POLL_TTY + TTY_POLL_FDS,
    POLL_COUNT = POLL_MONITOR + MONITOR_POLL_FDS,
};

/* A note that nobody waits for wakes nobody: without a terminal, a trace or a report all notes can
 * be read when something else has happened. Each spared wake-up is time for the payload. */
static bool waits_for_notes(const struct container *container)
{
    return container->spec->process.terminal || container->trace->on || container->joined ||
           container->spec->awaits_start ||
           container->report_fd >= 0 || /* which tells when the payload began */
           container_has_hooks(container->spec) || listener_wanted(container->spec);
}

static int wait_for_poll(struct container *container, struct pollfd fds[POLL_COUNT])
{
    if (container->monitor != NULL)
        return monitor_poll(container->monitor, fds, POLL_MONITOR);
    return poll(fds, POLL_MONITOR, -1);
}

static int wait_for_something(struct container *container, struct pollfd fds[POLL_COUNT],
                              struct fail *fail)
{
    int sync_fd = waits_for_notes(container) ? container->child.sync_fd : -1;
    fds[POLL_SYNC] = (struct pollfd){.fd = sync_fd, .events = POLLIN};
    fds[POLL_CHILD] = (struct pollfd){.fd = container->child.pidfd, .events = POLLIN};
    fds[POLL_SIGNALS] = (struct pollfd){.fd = container->signal_fd, .events = POLLIN};
    tty_poll_prepare(&container->tty, &fds[POLL_TTY]);
    while (wait_for_poll(container, fds) < 0)
        if (errno != EINTR)
            return fail_sys(fail, "waiting for the container");
    return 0;
}

static bool is_over(const struct container *container)
{
    return container->phase == PHASE_GONE || container->phase == PHASE_CREATED || container->left;
}

int supervise(struct container *container, struct fail *fail)
{
    while (!is_over(container)) {
        struct pollfd fds[POLL_COUNT];
        TRY(wait_for_something(container, fds, fail));
        /* Notes first: a signal that came after STARTED is forwarded, not taken for an abort. */
        TRY(conversation_receive(container, fail));
        if (fds[POLL_SIGNALS].revents != 0)
            handle_signals(container);
        tty_poll_handle(&container->tty, &fds[POLL_TTY]);
        if (container->monitor != NULL)
            monitor_poll_handle(container->monitor, &fds[POLL_MONITOR]);
        if (fds[POLL_CHILD].revents != 0)
            TRY(reap(container, fail));
    }
    if (container->left)
        tty_drain(&container->tty);
    return 0;
}
