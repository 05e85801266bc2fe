/* masked BLOCKED IGNORED COMMAND... - executes it with exactly these signals blocked and ignored, all
 * others unblocked and at their defaults. Sets of signals are as in /proc/PID/status. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SIGNAL_COUNT = 64, SIZE = 8 };

struct kernel_sigaction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    uint64_t mask;
};

/* Not sigaction(3): libc keeps some signals to itself. */
static void set_dispositions(uint64_t ignored)
{
    for (int number = 1; number <= SIGNAL_COUNT; number++) {
        struct kernel_sigaction action = {
            .handler = (ignored >> (number - 1)) & 1 ? SIG_IGN : SIG_DFL,
        };
        /* It fails for SIGKILL and SIGSTOP, which are what they are. */
        (void)syscall(SYS_rt_sigaction, number, &action, NULL, SIZE);
    }
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    uint64_t blocked = strtoull(argv[1], NULL, 16);
    set_dispositions(strtoull(argv[2], NULL, 16));
    (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &blocked, NULL, SIZE);
    (void)execvp(argv[3], argv + 3);
    perror(argv[3]);
    return 127;
}
