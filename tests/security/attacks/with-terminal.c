/* with-terminal COMMAND [ARGUMENT...] - plays the person at a terminal: starts the command in a
 * session with a new terminal as 0, 1 and 2, as a shell's child. When it has ended, prints how many
 * bytes wait to be read by whoever reads the terminal next, and the command's exit status:
 * "typed N" and "status N". */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* Not by lines: what was typed counts before Enter, too. */
static int open_terminal(int *ret_master)
{
    struct termios raw;
    *ret_master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*ret_master < 0 || grantpt(*ret_master) < 0 || unlockpt(*ret_master) < 0)
        return -1;
    int slave = open(ptsname(*ret_master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0 || tcgetattr(slave, &raw) < 0)
        return -1;
    cfmakeraw(&raw);
    return tcsetattr(slave, TCSANOW, &raw) < 0 ? -1 : slave;
}

/* This process is the shell: it leads the session, and the command shares the terminal with it. */
static int take_terminal(int slave)
{
    if (setsid() < 0)
        return -1;
    return ioctl(slave, TIOCSCTTY, 0);
}

static pid_t start(char **command, int slave)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (dup2(slave, fd) < 0)
            _exit(EXIT_FAILURE);
    (void)execv(command[0], command);
    _exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    int master;
    int slave = open_terminal(&master);
    if (argc < 2 || slave < 0)
        return EXIT_FAILURE;
    pid_t shell = fork(); /* setsid(2) is not for the leader of a process group */
    if (shell != 0)
        return shell > 0 && waitpid(shell, NULL, 0) == shell ? EXIT_SUCCESS : EXIT_FAILURE;

    int status;
    int typed;
    if (take_terminal(slave) < 0)
        return EXIT_FAILURE;
    pid_t pid = start(argv + 1, slave);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || ioctl(slave, FIONREAD, &typed) < 0)
        return EXIT_FAILURE;
    (void)printf("typed %d\nstatus %d\n", typed, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return EXIT_SUCCESS;
}
