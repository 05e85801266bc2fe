/* The working directory and the last step of all. */
#include <limits.h>
#include <linux/close_range.h>
#include <string.h>

#include "apply.h"
#include "execute.h"

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

static char *const *slots_of(const struct inside *inside, struct wire_list list)
{
    return (char *const *)(void *)(inside->program + list.at);
}

static int refuse(struct inside *inside, const struct exec_failure *failure)
{
    inside->failure.note.cause = (uint8_t)failure->cause;
    memcpy(inside->failure.object, failure->object, sizeof(failure->object));
    inside->exit_status = exec_causes_status(failure->cause);
    return failure->error;
}

/* Who creates a container wants to know then, not when it is started. What only the payload's user may
 * not execute shows at EXEC. */
int apply_PROBE(struct inside *inside, const struct op_probe *op)
{
    struct candidates candidates = {.list = slots_of(inside, op->paths)};
    struct exec_failure failure;
    execute(&candidates, NULL, NULL, &failure);
    return failure.error < 0 ? refuse(inside, &failure) : 0;
}

/* What the payload gets takes the place of the sync pipe, a copy of which stays behind it: execve(2)
 * may fail. Rising, because each number is the place of the one below it. Returns the copy. Without
 * any, nothing is called that a seccomp filter could refuse. */
static int move_preserved(int count)
{
    if (count == 0)
        return WIRE_FD;
    int sync_fd = sys_3(SYS_fcntl, WIRE_FD, F_DUPFD_CLOEXEC, WIRE_FD + count + 1);
    TRY(sync_fd);
    for (int fd = WIRE_FD; fd < WIRE_FD + count; fd++)
        (void)sys_3(SYS_dup3, fd + 1, fd, 0); /* both are open: it can't fail */
    return sync_fd;
}

int apply_EXEC(struct inside *inside, const struct op_exec *op)
{
    /* Everything is O_CLOEXEC from birth, and main did this for what was inherited. Once more, in
     * case that a descriptor slipped through; a seccomp filter may forbid it. */
    (void)sys_close_range(WIRE_FD, ~0u, CLOSE_RANGE_CLOEXEC);
    if (!inside->umask_given)
        sys_umask(S_IWGRP | S_IWOTH);
    if (op->head.flags & EXEC_SIGCHLD_IGNORED)
        (void)sys_set_disposition(SIGCHLD, SIG_IGN);
    TRY(sys_set_signal_mask(op->signal_mask));

    int sync_fd = move_preserved(op->head.flags >> EXEC_PRESERVED_SHIFT);
    TRY(sync_fd);

    struct candidates candidates = {.list = slots_of(inside, op->paths)};
    struct exec_failure failure;
    execute(&candidates, slots_of(inside, op->argv), slots_of(inside, op->environment), &failure);
    (void)sys_3(SYS_dup3, sync_fd, WIRE_FD, O_CLOEXEC); /* the same one: -EINVAL, and it is right */
    return refuse(inside, &failure);
}
