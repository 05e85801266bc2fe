/* swap A B - CVE-2021-30465, CVE-2024-45310: exchanges two paths as fast as the kernel can, until
 * SIGTERM. Then it prints how often it did. It ends with its parent, whatever happens. */
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;

static void stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

int main(int argc, char **argv)
{
    unsigned long count = 0;
    struct sigaction action = {.sa_handler = stop};
    if (argc != 3 || sigaction(SIGTERM, &action, NULL) < 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        return EXIT_FAILURE;
    for (; !stopped; count++)
        if (syscall(SYS_renameat2, AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) < 0) {
            perror("renameat2");
            return EXIT_FAILURE;
        }
    (void)printf("%lu\n", count);
    return EXIT_SUCCESS;
}
