/* ticker.h - once a second, until SIGINT, SIGTERM or SIGHUP: for what refreshes itself. */
#ifndef LAUNCHER_TICKER_H
#define LAUNCHER_TICKER_H

#include <stdbool.h>

#include "../../shared/fail.h"

struct ticker {
    int timer_fd, signal_fd;
};

#define TICKER_NONE ((struct ticker){-1, -1})

/* From here on these signals end nothing but the waiting: they are blocked, and arrive on
 * signal_fd. */
MUST_CHECK int ticker_take_signals(int *ret_signal_fd, struct fail *fail);

MUST_CHECK int ticker_open(struct ticker *ret_ticker, struct fail *fail);

/* Waits for the next second; `*ret_stop`: somebody wants it to end. */
MUST_CHECK int ticker_wait(const struct ticker *ticker, bool *ret_stop, struct fail *fail);

void ticker_close(struct ticker *ticker);

#define AUTO_TICKER __attribute__((cleanup(ticker_close)))

#endif
