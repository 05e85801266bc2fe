/* type-into-tty - CVE-2017-5226: types a command into the terminal of whoever started the
 * container, which his shell reads when the container has ended.
 *
 * Prints to the file /tmp/typed (its terminal is what it attacks) a line each: "WHERE WHAT: reason"
 * or "WHERE WHAT: SUCCEEDED". With the argument "own" it makes a terminal of its own first, and
 * types into that: there is nothing in the way then but the seccomp filter.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TIOCL_PASTE = 3 }; /* ioctl_console(2) */

static void report(FILE *out, const char *where, const char *what, long result)
{
    (void)fprintf(out, "%s %s: %s\n", where, what, result < 0 ? strerror(errno) : "SUCCEEDED");
}

static void type_into(FILE *out, const char *where, int fd)
{
    char paste = TIOCL_PASTE;
    char key = 'x';
    report(out, where, "TIOCSTI", ioctl(fd, TIOCSTI, &key));
    report(out, where, "TIOCSTI with high bits",
           syscall(SYS_ioctl, fd, 0xffffffff00000000UL | TIOCSTI, &key));
    report(out, where, "TIOCLINUX", ioctl(fd, TIOCLINUX, &paste));
}

/* A terminal that is this process's controlling one: the kernel allows typing into that. */
static int open_own_terminal(void)
{
    int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
        return -1;
    (void)setsid();
    return open(ptsname(master), O_RDWR | O_CLOEXEC);
}

int main(int argc, char **argv)
{
    FILE *out = fopen("/tmp/typed", "we");
    if (out == NULL)
        return EXIT_FAILURE;
    if (argc > 1 && strcmp(argv[1], "own") == 0) {
        int fd = open_own_terminal();
        report(out, "own", "open", fd);
        type_into(out, "own", fd);
        return fclose(out) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    report(out, "stdin", "TIOCSCTTY", ioctl(STDIN_FILENO, TIOCSCTTY, 0));
    report(out, "/dev/tty", "open", open("/dev/tty", O_RDWR | O_CLOEXEC));
    type_into(out, "stdin", STDIN_FILENO);
    return fclose(out) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
