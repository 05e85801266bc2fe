/* spread.h - launcher and its child on different CPUs while both are at work.
 *
 * A child starts on the CPU of its parent unless the kernel balances at fork; where it does not (on
 * virtual machines without scheduling domains, for one), the child waits until launcher sleeps, and
 * nothing that the two do happens at the same time. So the child is told to start elsewhere, and
 * gets its freedom back before it goes on to the payload.
 */
#ifndef LAUNCHER_SPREAD_H
#define LAUNCHER_SPREAD_H

#include <stdbool.h>
#include <sys/types.h>

/* Keeps the child, which must be fresh from clone3(2), off our CPU. Does nothing, and returns
 * false, when launcher itself is bound to some CPUs, for what the user chose must reach the payload
 * as it is, and when no CPU is idle. */
bool spread_begin(pid_t child);

/* Lets the child run anywhere again. */
void spread_end(pid_t child);

#endif
