#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SIGNAL_COUNT = 64, KERNEL_SIGSET_SIZE = 8 }; /* of the kernel */

/* By the plain system call: a C library keeps two or three signals to itself, and one that was ignored
 * by our caller would stay so. All zero is SIG_DFL. */
void process_reset_signals(void)
{
    static const unsigned char by_default[4 * sizeof(long)]; /* struct sigaction of the kernel */
    for (int number = 1; number <= SIGNAL_COUNT;
         number++) /* SIGKILL and SIGSTOP can't be changed */
        (void)syscall(SYS_rt_sigaction, number, by_default, NULL, KERNEL_SIGSET_SIZE);
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL); /* can't fail with a valid set */
}

int process_move_up(int *fd, struct fail *fail)
{
    if (*fd > STDERR_FILENO)
        return 0;
    int moved = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (moved < 0)
        return fail_sys(fail, "duplicating a descriptor for another program");
    own_close(fd);
    *fd = moved;
    return 0;
}

int64_t process_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
