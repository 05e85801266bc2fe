/* cinit - PID 1 of a container. Two stories begin here:
 *
 *   program.c   launcher's: it sends a program of ops on fd 3, shared/wire.h, that builds the inside
 *   alone.c     anybody's: `cinit [OPTION...] -- COMMAND` looks after a command
 *
 * and both end in supervise.c. cinit allocates nothing and is linked with no C library.
 */
#include <string.h>

#include "alone.h"
#include "inside.h"
#include "program.h"
#include "start.h"

NO_ARRAYS int main(int argc, char **argv, char **environment)
{
    /* The first thing of all: whatever is sent from now on waits until it can be forwarded. An ignored
     * SIGCHLD would make every wait fail, wait(2). */
    struct caller caller = {.signal_mask = sys_block_signals()};
    caller.sigchld_ignored = sys_set_disposition(SIGCHLD, SIG_DFL);

    /* Whoever starts us decides what we do: as a set-user-ID program we would do it as root. */
    const Elf64_auxv_t *secure = start_find_aux(environment, AT_SECURE);
    if (secure != NULL && secure->a_un.a_val != 0) {
        TEXT_SAY("must not be setuid, setgid or have file capabilities");
        return EXIT_LAUNCHER;
    }
    if (argc == 2 && strcmp(argv[1], "--program") == 0)
        program_run();
    return alone_run(&caller, argc, argv, environment);
}
