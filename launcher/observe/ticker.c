#include "ticker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

int ticker_take_signals(int *ret_signal_fd, struct fail *fail)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t signals;
    (void)sigemptyset(&signals); /* neither can fail for these */
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        (void)sigaddset(&signals, ends[i]);
    *ret_signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (*ret_signal_fd < 0 || sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
        return fail_sys(fail, "opening a descriptor for signals");
    return 0;
}

int ticker_open(struct ticker *ret_ticker, struct fail *fail)
{
    const struct itimerspec second = {.it_interval = {.tv_sec = 1}, .it_value = {.tv_sec = 1}};
    *ret_ticker = TICKER_NONE;
    TRY(ticker_take_signals(&ret_ticker->signal_fd, fail));
    ret_ticker->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (ret_ticker->timer_fd < 0 || timerfd_settime(ret_ticker->timer_fd, 0, &second, NULL) < 0)
        return fail_sys(fail, "setting a timer");
    return 0;
}

int ticker_wait(const struct ticker *ticker, bool *ret_stop, struct fail *fail)
{
    struct pollfd fds[] = {{.fd = ticker->timer_fd, .events = POLLIN},
                           {.fd = ticker->signal_fd, .events = POLLIN}};
    uint64_t expired;
    while (poll(fds, sizeof(fds) / sizeof(fds[0]), -1) < 0)
        if (errno != EINTR)
            return fail_sys(fail, "waiting for the next second");
    *ret_stop = fds[1].revents != 0;
    (void)!read(ticker->timer_fd, &expired, sizeof(expired)); /* how many seconds: no matter */
    return 0;
}

void ticker_close(struct ticker *ticker)
{
    own_close(&ticker->timer_fd);
    own_close(&ticker->signal_fd);
}
