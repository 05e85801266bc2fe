/* within.c - runs a command as process 1 of a PID namespace, and nothing else.
 *
 *     within COMMAND [ARGUMENT...]
 *
 * For the benchmark: unshare(1) does more, and takes longer than what is measured. Ends with the
 * command's exit status.
 */
#include "tests/compare/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc < 2) {
        (void)fprintf(stderr, "usage: within COMMAND [ARGUMENT...]\n");
        return EXIT_FAILURE;
    }
    const struct start start = {.argv = argv + 1, .terminal = -1, .stdin_fd = -1, .stdout_fd = -1};
    return wait_for(start_process_1(&start));
}
