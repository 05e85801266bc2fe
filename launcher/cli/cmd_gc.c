#include <stdio.h>
#include <string.h>

#include "../host/seccomp_cache.h"
#include "../host/state_root.h"
#include "../run/state.h"
#include "verbs.h"

static const char HELP[] =
    "Usage: launcher gc\n\n"
    "Removes what containers left behind whose launcher was killed: processes, cgroups and\n"
    "records. Containers that are looked after are not touched. Prints how many it removed.\n"
    "The seccomp filters that are kept for the next start of a bundle go too.\n";

static void clear_cache(struct arena *arena)
{
    struct fail none = {.code = 0};
    AUTO_FD int root_fd = -1;
    if (state_root_find(arena, &root_fd, &none) >= 0)
        seccomp_cache_clear(root_fd);
}

int cmd_gc(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    *ret_exit_status = 0;
    if (invocation->argc > 0 && strcmp(invocation->argv[0], "--help") == 0) {
        (void)fputs(HELP, stdout);
        return 0;
    }
    if (invocation->argc > 0)
        return fail_set(fail, "reading the command line: gc takes no \"%s\"", invocation->argv[0]);
    size_t removed = 0;
    TRY(state_collect_garbage(invocation->arena, &removed, fail));
    clear_cache(invocation->arena);
    (void)printf("%zu\n", removed);
    return 0;
}
