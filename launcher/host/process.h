/* process.h - what every program that launcher starts beside the container needs (pasta, hooks). */
#ifndef LAUNCHER_PROCESS_H
#define LAUNCHER_PROCESS_H

#include <stdint.h>

#include "../../shared/fail.h"

/* In the child: default dispositions and an empty mask, both of which survive execve(2), signal(7). */
void process_reset_signals(void);

/* Moves a descriptor above the standard ones, so that a dup2(2) to 0, 1 and 2 overwrites none before
 * its turn: a launcher that was started without standard descriptors would get such numbers. The new
 * one is close-on-exec. */
MUST_CHECK int process_move_up(int *fd, struct fail *fail);

/* CLOCK_MONOTONIC in milliseconds, for deadlines. */
int64_t process_now_ms(void);

#endif
