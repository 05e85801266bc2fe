/* print-signals - dumb-init: its table of signals had 32 entries, and Linux has 64 signals. Prints
 * the number of each signal that arrives; SIGTERM is the last one. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The plain system calls: a C library keeps some real-time signals for itself. */
int main(void)
{
    uint64_t all = ~(uint64_t)0;
    if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof(all)) < 0)
        return EXIT_FAILURE;
    (void)puts("ready");
    (void)fflush(stdout);
    for (long number = 0; number != SIGTERM;) {
        number = syscall(SYS_rt_sigtimedwait, &all, NULL, NULL, sizeof(all));
        (void)printf("%ld\n", number);
        (void)fflush(stdout);
    }
    return EXIT_SUCCESS;
}
