/* The working directory and the last step of all. */
#include <errno.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sys/stat.h>

#include "apply.h"
#include "sys.h"

/* A working directory outside the root would be a door to the host (CVE-2024-21626). The path is
 * resolved below the root and without magic links such as /proc/self/fd/7, and yet the result is
 * checked: the kernel itself says whether "." can be reached from "/". */
static int verify_cwd(void)
{
    char path[PATH_MAX];
    TRY(sys_getcwd(path, sizeof(path)));
    return path[0] == '/' ? 0 : -EXDEV; /* "(unreachable)/..." */
}

int apply_CWD(struct inside *inside, const struct op_text *op)
{
    const char *path = inside_text(inside, op->text);
    AUTO_FD int fd = op->head.flags & CWD_MAKE
                         ? path_make(inside->root_fd, path, S_IFDIR, 0)
                         : path_open(inside->root_fd, path, O_PATH | O_DIRECTORY, 0);
    TRY(fd);
    TRY(sys_fchdir(fd));
    return verify_cwd();
}

struct payload {
    char *const *paths, *const *argv, *const *environment; /* NULL-terminated */
};

/* As execvp(3) walks PATH: what is not there is passed over, what may not be executed is
 * remembered, anything else ends the search. Returns the error to report, and in `ret_failed` the
 * path that it is about; NULL when nothing was found. */
static int execute_first(const struct payload *payload, const char **ret_failed)
{
    *ret_failed = NULL;
    for (char *const *path = payload->paths; *path != NULL; path++) {
        (void)execve(*path, payload->argv, payload->environment);
        if (errno == ENOENT || errno == ENOTDIR)
            continue;
        if (errno != EACCES || *ret_failed == NULL)
            *ret_failed = *path;
        if (errno != EACCES)
            return -errno;
    }
    return *ret_failed == NULL ? -ENOENT : -EACCES;
}

static int exit_status_of(enum exec_cause cause)
{
    return cause == CAUSE_NOT_FOUND ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

static char *const *slots_of(const struct inside *inside, struct wire_list list)
{
    return (char *const *)(void *)(inside->program + list.at);
}

int apply_EXEC(struct inside *inside, const struct op_exec *op)
{
    /* Everything is O_CLOEXEC from birth, and main did this for what was inherited. Once more, in
     * case that a descriptor slipped through; a seccomp filter may forbid it. */
    (void)sys_close_range(WIRE_FD, ~0u, CLOSE_RANGE_CLOEXEC);
    if (!inside->umask_given)
        (void)umask(S_IWGRP | S_IWOTH); /* can't fail */
    if (op->head.flags & EXEC_SIGCHLD_IGNORED)
        TRY(sys_set_disposition(SIGCHLD, SIG_IGN));
    TRY(sys_set_signal_mask(op->signal_mask));

    struct payload payload = {
        .paths = slots_of(inside, op->paths),
        .argv = slots_of(inside, op->argv),
        .environment = slots_of(inside, op->environment),
    };
    const char *failed;
    int error = execute_first(&payload, &failed);
    if (failed == NULL)
        failed = doctor_find(payload.paths);
    enum exec_cause cause = doctor_examine(failed, error, inside->failure.object);
    inside->failure.note.cause = (uint8_t)cause;
    inside->exit_status = exit_status_of(cause);
    return error;
}
