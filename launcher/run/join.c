#include "join.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../host/namespace.h"
#include "spawn.h"

int join_add(struct join_set *set, enum namespace_type type, const char *path, struct arena *arena,
             struct fail *fail)
{
    struct join *join = &set->joins[set->count];
    TRY(namespace_open(type, path, &join->fd, fail));
    join->flags = namespace_clone_flag(type);
    join->name = arena_printf(arena, "the %s namespace %s", namespace_name(type), path);
    set->count++;
    return 0;
}

void join_close(struct join_set *set)
{
    for (; set->count > 0; set->count--)
        own_close(&set->joins[set->count - 1].fd);
}

/* ---- the joiner ---- */

enum stage { STAGE_JOINING, STAGE_BECOMING_ROOT, STAGE_CLONING };

/* Lies in memory that launcher and the joiner share. */
struct outcome {
    enum stage stage; /* how far it came, */
    size_t index;     /* with which namespace */
    int error;        /* 0: all went well */
    int pid, pidfd;
};

struct joiner {
    const struct join_set *set;
    struct clone_args arguments;
    void (*child)(void *argument);
    void *argument;
    struct outcome *outcome;
};

/* Exec in a user namespace loses every capability when the user is not its root. */
static int become_root(struct outcome *outcome)
{
    outcome->stage = STAGE_BECOMING_ROOT;
    if (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0)
        return -errno;
    return 0;
}

static int enter(const struct join *join, struct outcome *outcome)
{
    if (setns(join->fd, (int)join->flags) < 0)
        return -errno;
    return join->flags & CLONE_NEWUSER ? become_root(outcome) : 0;
}

/* A namespace may belong to the host, and then it takes the privileges that are lost in the user
 * namespace; or it belongs to that user namespace, and then an ordinary user may join it from there
 * only. So what launcher may join as it is comes first, then the user namespace, then the rest. */
static int enter_all(const struct join_set *set, struct outcome *outcome)
{
    bool entered[NS_COUNT] = {false};
    for (unsigned pass = 0; pass < 3; pass++) {
        for (size_t i = 0; i < set->count; i++) {
            bool is_user = (set->joins[i].flags & CLONE_NEWUSER) != 0;
            if (entered[i] || is_user != (pass == 1))
                continue;
            outcome->index = i;
            int result = enter(&set->joins[i], outcome);
            if (result < 0 && (result != -EPERM || pass > 0))
                return result;
            entered[i] = result == 0;
        }
    }
    return 0;
}

static int clone_for_launcher(const struct joiner *joiner)
{
    struct clone_args arguments = joiner->arguments;
    struct outcome *outcome = joiner->outcome;
    outcome->stage = STAGE_CLONING;
    arguments.flags |= CLONE_PARENT;
    arguments.exit_signal = 0; /* it takes that of the joiner, clone(2) */
    arguments.pidfd = (uint64_t)(uintptr_t)&outcome->pidfd;
    long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
    if (pid < 0)
        return -errno;
    if (pid == 0)
        joiner->child(joiner->argument);
    outcome->pid = (int)pid;
    return 0;
}

/* Who is root in the namespaces that we enter may see our child there, and would find the host's files
 * and launcher's descriptors in it: nobody may attach to it, nor look into it, until it is cinit, which
 * says the same (CVE-2016-9962). An ordinary user could then not write the maps of a new user namespace
 * any more: those files would be root's, proc(5). */
static void hide(const struct joiner *joiner)
{
    if (geteuid() == 0 || (joiner->arguments.flags & CLONE_NEWUSER) == 0)
        (void)prctl(PR_SET_DUMPABLE, 0); /* fails for wrong arguments only */
}

__attribute__((noreturn)) static void run_joiner(const struct joiner *joiner)
{
    hide(joiner);
    int result = enter_all(joiner->set, joiner->outcome);
    if (result == 0)
        result = clone_for_launcher(joiner);
    joiner->outcome->error = -result;
    _exit(0);
}

/* ---- launcher ---- */

static int explain(const struct joiner *joiner, struct fail *fail)
{
    const struct outcome *outcome = joiner->outcome;
    const char *name = joiner->set->joins[outcome->index].name;
    switch (outcome->stage) {
    case STAGE_JOINING:
        (void)fail_code(fail, -outcome->error, "joining %s", name);
        if (outcome->error == EPERM)
            (void)fail_hint(fail,
                            "this needs CAP_SYS_ADMIN, here and in the user namespace that it "
                            "belongs to");
        break;
    case STAGE_BECOMING_ROOT:
        (void)fail_code(fail, -outcome->error, "becoming root in %s", name);
        (void)fail_hint(fail, "its maps need a user and a group 0, user_namespaces(7)");
        break;
    case STAGE_CLONING:
        (void)fail_code(fail, -outcome->error, "clone3");
        return spawn_hint_for_clone(fail, joiner->arguments.flags);
    }
    return fail->code;
}

/* It shares the descriptors, so that the pidfd is launcher's at once. It does not share the memory:
 * setns(2) takes only a process whose memory is its own into a time namespace. CLONE_VFORK spares
 * launcher the wake-up in between. */
static int start_joiner(const struct joiner *joiner, struct fail *fail)
{
    long pid = syscall(SYS_clone, CLONE_FILES | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
    if (pid < 0)
        return fail_sys(fail, "starting a process to join namespaces");
    if (pid == 0)
        run_joiner(joiner);
    while (waitpid((pid_t)pid, NULL, 0) < 0)
        if (errno != EINTR)
            return fail_sys(fail, "waiting for the process that joins namespaces");
    return 0;
}

int join_clone(const struct join_set *set, const struct clone_args *arguments,
               void (*child)(void *argument), void *argument, pid_t *ret_pid, int *ret_pidfd,
               struct fail *fail)
{
    struct outcome *outcome =
        mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (outcome == MAP_FAILED)
        return fail_sys(fail, "mapping memory for the process that joins namespaces");
    *outcome = (struct outcome){.error = ECHILD, .pidfd = -1};
    struct joiner joiner = {.set = set,
                            .arguments = *arguments,
                            .child = child,
                            .argument = argument,
                            .outcome = outcome};
    int result = start_joiner(&joiner, fail);
    if (result == 0 && outcome->error != 0)
        result = explain(&joiner, fail);
    *ret_pid = outcome->pid;
    *ret_pidfd = outcome->pidfd;
    (void)munmap(outcome, sizeof(*outcome));
    return result;
}
