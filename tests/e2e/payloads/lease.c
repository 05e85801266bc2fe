/* lease FILE - makes an execve(2) of FILE last until a line comes from standard input: whoever opens
 * a file that another process has a write lease on (fcntl(2)) waits until that one gives it back.
 * Prints "leased", and "wanted" when somebody waits. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    sigset_t io;
    (void)sigemptyset(&io);
    (void)sigaddset(&io, SIGIO);
    (void)sigprocmask(SIG_BLOCK, &io, NULL);
    int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0 || fcntl(fd, F_SETLEASE, F_WRLCK) < 0) {
        perror("lease");
        return 1;
    }
    (void)puts("leased");
    (void)fflush(stdout);
    int number = 0;
    (void)sigwait(&io, &number);
    (void)puts("wanted");
    (void)fflush(stdout);
    char byte = 0;
    ssize_t ignored = read(STDIN_FILENO, &byte, 1);
    (void)ignored; /* the end of the input will do as well */
    (void)fcntl(fd, F_SETLEASE, F_UNLCK);
    return 0;
}
