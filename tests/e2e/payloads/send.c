/* send PID SIGNAL [VALUE] - kill(2), or with a value sigqueue(3), for any signal from 1 to 64: shells
 * and libc leave some of them out. PID may be "self". */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long queue(pid_t pid, int number, int value)
{
    siginfo_t info = {.si_signo = number, .si_code = SI_QUEUE};
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_int = value;
    return syscall(SYS_rt_sigqueueinfo, pid, number, &info);
}

/* glibc's posix_spawn(3), by which make(1) starts its commands, has 32 and 33 ignored in them. */
static void set_to_default(int number)
{
    struct {
        void (*handler)(int);
        unsigned long rest[3];
    } action = {.handler = SIG_DFL};
    (void)syscall(SYS_rt_sigaction, number, &action, NULL, 8); /* KILL and STOP have it anyway */
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    bool self = strcmp(argv[1], "self") == 0;
    pid_t pid = self ? getpid() : (pid_t)strtol(argv[1], NULL, 10);
    int number = (int)strtol(argv[2], NULL, 10);
    if (self)
        set_to_default(number);
    long result = argc > 3 ? queue(pid, number, (int)strtol(argv[3], NULL, 10))
                           : syscall(SYS_kill, pid, number);
    if (result == 0)
        return 0;
    (void)fprintf(stderr, "send: %s\n", strerror(errno));
    return 1;
}
