#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <time.h>

void process_reset_signals(void)
{
    for (int number = 1; number < NSIG; number++)
        (void)signal(number, SIG_DFL); /* SIGKILL and SIGSTOP fail, and have it already */
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
