#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../shared/decode.h"
#include "../plan/sentence.h"
#include "container.h"

/* Why a program can't be executed. A %s in the reason is the object of the note. */
struct cause_row {
    int exit_status;
    const char *reason;
    const char *hint;
};

static const struct cause_row CAUSES[CAUSE_COUNT] = {
#define CAUSE(KIND, STATUS, REASON, HINT) [CAUSE_##KIND] = {STATUS, REASON, HINT},
#include "../../shared/exec_causes.def"
#undef CAUSE
};

/* Cures for errors of cinit's steps; 0 as errno: whatever the error is. */
static const struct {
    enum op_kind kind;
    int error;
    const char *hint;
} HINTS[] = {
    {OP_MOUNT, ELOOP,
     "this path is a symbolic link in the root file system, and launcher mounts "
     "/proc, /sys and /dev over real directories only: make it one"},
    {OP_MOUNT, EROFS,
     "the mount point is missing and the root file system is read-only: create the "
     "empty directory in it first"},
    {OP_BIND, EROFS,
     "the mount point is missing and the root file system is read-only: create it "
     "there first"},
    {OP_MOUNT, EXDEV,
     "a symbolic link in the root file system leads this path into /proc, where "
     "nothing may be mounted"},
    {OP_BIND, EXDEV,
     "a symbolic link in the root file system leads this path into /proc, where "
     "nothing may be mounted"},
    {OP_MOUNT, ENOTDIR, "the mount point is no directory in this root file system"},
    {OP_MOUNT, ENOSPC,
     "the file system of the root is full, or the kernel's limit on mounts "
     "(/proc/sys/fs/mount-max) is reached"},
    {OP_BIND, ENOSPC,
     "the file system of the root is full, or the kernel's limit on mounts "
     "(/proc/sys/fs/mount-max) is reached"},
    {OP_BIND, ENOTDIR, "a directory can be mounted on a directory only"},
    {OP_BIND, EINVAL, "a file can be mounted on a file only"},
    {OP_BIND, ENOENT,
     "the mount point leads through a symbolic link of the image to nothing, or the "
     "source went away on the host"},
    {OP_MOUNT, ENODEV, "this kernel knows no such file system: compare /proc/filesystems"},
    {OP_MOUNT, EPERM,
     "in a user namespace /proc and /sys can be mounted only with their own pid and net "
     "namespaces, "
     "and where the host's are fully visible: a container around this one needs --unmask all"},
    {OP_MOUNT, EINVAL, "the file system has no such option, or not with this value: see mount(8)"},
    {OP_ROOT, EACCES, "an ordinary user must be able to search every directory of the path"},
    {OP_LOOPBACK, EPERM,
     "this needs CAP_NET_ADMIN: inside another container give that one "
     "--cap-add net_admin, or this one --net host"},
    {OP_PIVOT, EPERM,
     "a seccomp policy forbids pivot_root, docker's for one: for a container in a "
     "container run the outer one with --seccomp unconfined"},
    {OP_SPAWN, EAGAIN,
     "a limit on processes is reached (--pids, cinit counts as one; or this user's "
     "RLIMIT_NPROC)"},
    {OP_RLIMIT, EPERM, "to raise a hard limit launcher needs CAP_SYS_RESOURCE"},
    {OP_OOM_SCORE, EACCES, "to lower the OOM score launcher needs CAP_SYS_RESOURCE"},
    {OP_SCHEDULER, EPERM, "this policy or priority needs CAP_SYS_NICE"},
    {OP_IO_PRIORITY, EPERM, "this I/O class needs CAP_SYS_NICE or CAP_SYS_ADMIN"},
    {OP_USER, EINVAL, "this id is not mapped in the container's user namespace"},
    {OP_CAPS, EPERM, "a capability was asked for that launcher does not have itself"},
    {OP_CWD, ENOTDIR, "the working directory (-w) must be a directory of the container"},
    {OP_CWD, EACCES,
     "the container's user must have the x permission on every directory of the path"},
    {OP_CWD, EROFS,
     "the directory is missing and the root file system is read-only: create it there "
     "first"},
    {OP_CWD, ENOSPC, "the directory is missing and the root file system is full"},
    {OP_MKDEV, EPERM,
     "device nodes need CAP_MKNOD: a container around this one needs --cap-add mknod"},
    {OP_MKDEV, EROFS,
     "the directory of the device is missing and the root file system is read-only: "
     "create it there first"},
    {OP_EXEC, E2BIG,
     "arguments and environment together may take a quarter of the stack limit "
     "(--ulimit stack=...), execve(2)"},
    {OP_SECCOMP, EBUSY,
     "a process has one seccomp listener at most, and launcher itself runs under one"},
    {OP_SECCOMP, EINVAL,
     "this kernel may lack a flag: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs Linux 5.19"},
    {OP_LABEL, ENOENT,
     "no such profile is loaded: aa-status lists those that are, apparmor_parser loads one"},
    {OP_LABEL, EINVAL, "the policy that is loaded knows no such label"},
    {OP_LABEL, EACCES, "launcher is itself confined, and may not change to it"},
    {OP_SYSCTL, ENOENT, "this kernel has no such sysctl in the container's namespaces"},
    {OP_SYSCTL, EINVAL, "the kernel refuses this value"},
};

static void raise_cause(enum exec_cause cause, const char *sentence, const char *object,
                        struct fail *fail)
{
    const struct cause_row *row = &CAUSES[cause];
    char reason[400];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the rows above, with one %s at most */
    (void)snprintf(reason, sizeof(reason), row->reason, object);
#pragma GCC diagnostic pop
    (void)fail_set(fail, "%s: %s", sentence, reason);
    fail->exit_status = row->exit_status;
    if (row->hint != NULL)
        (void)fail_hint(fail, "%s", row->hint);
}

static void add_hint(const struct op_head *op, int error, struct fail *fail)
{
    for (size_t i = 0; i < sizeof(HINTS) / sizeof(HINTS[0]); i++)
        if (HINTS[i].kind == op->kind && HINTS[i].error == error)
            (void)fail_hint(fail, "%s", HINTS[i].hint);
}

/* Only a name without a slash is looked for in PATH, execvp(3). */
static void hint_where_it_was_sought(const char *command, struct fail *fail)
{
    if (strchr(command, '/') == NULL)
        (void)fail_hint(fail, "a name without a slash is looked for in the PATH that the container "
                              "gets (-e PATH=...)");
    else
        (void)fail_hint(fail, "the path is one of the container, not of the host");
}

static bool executes(const struct op_head *op)
{
    return op->kind == OP_EXEC || op->kind == OP_PROBE;
}

/* execve(2) failed for a reason that looking at the file does not show. */
static void set_exec_status(const struct op_head *op, int error, struct fail *fail)
{
    if (executes(op))
        fail->exit_status = error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

/* What Go's os/exec says, lower case included: podman, containerd and docker look for these words to
 * choose between 126 and 127. */
static const struct {
    int error;
    const char *words;
} ENGINE_WORDS[] = {
    {ENOENT, "no such file or directory"}, {EACCES, "permission denied"},
    {ENOEXEC, "exec format error"},        {ENOTDIR, "not a directory"},
    {E2BIG, "argument list too long"},     {ELOOP, "too many levels of symbolic links"},
    {EPERM, "operation not permitted"},    {ETXTBSY, "text file busy"},
};

static const char *engine_words(int error)
{
    for (size_t i = 0; i < sizeof(ENGINE_WORDS) / sizeof(ENGINE_WORDS[0]); i++)
        if (ENGINE_WORDS[i].error == error)
            return ENGINE_WORDS[i].words;
    return strerror(error);
}

void op_failure_raise_exec(const char *command, const struct note *note, const char *object,
                           struct fail *fail)
{
    enum exec_cause cause = note->cause < CAUSE_COUNT ? note->cause : CAUSE_ERRNO;
    const char *words = engine_words(note->error);
    char sentence[300];
    (void)snprintf(sentence, sizeof(sentence), "exec: \"%.200s\"", command);
    if (cause == CAUSE_ERRNO) {
        (void)fail_set(fail, "%s: %s", sentence, words);
    } else if (cause != CAUSE_NOT_FOUND) {
        raise_cause(cause, sentence, object, fail);
        (void)fail_append(fail, ": %s", words);
    } else if (strchr(command, '/') != NULL) {
        (void)fail_set(fail, "%s: stat %.200s: %s", sentence, command, words);
    } else {
        (void)fail_set(fail, "%s: executable file not found in $PATH", sentence);
    }
    fail->code = -note->error;
    fail->exit_status = note->error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

/* What spawn.c does in the child before it is cinit. */
static void raise_before_cinit(int error, const char *doing, struct fail *fail)
{
    (void)fail_code(fail, -error, "%s",
                    doing[0] != '\0' ? doing : "starting cinit in the container's first process");
    if (error == ERANGE)
        (void)fail_hint(fail,
                        "no clock may be set to before 0: a negative offset is at most the time "
                        "that the host has been up");
}

void op_failure_raise(const struct container *container, const struct note_packet *packet,
                      size_t object_length, struct fail *fail)
{
    const struct note *note = &packet->note;
    const void *program = container->plan->program.bytes;
    const struct op_head *op = program_op(program, note->op);
    char sentence[SENTENCE_MAX], object[WIRE_OBJECT_MAX + 1] = "";
    memcpy(object, packet->object, object_length);
    if (op == NULL) {
        raise_before_cinit(note->error, object, fail);
        return;
    }

    op_sentence(program, op, sentence);
    if (container->spec->oci.version != NULL && executes(op)) {
        op_failure_raise_exec(container->spec->process.args[0], note, object, fail);
        return;
    }
    if (note->cause != CAUSE_ERRNO && note->cause < CAUSE_COUNT) {
        raise_cause(note->cause, sentence, object, fail);
        if (note->cause == CAUSE_NOT_FOUND)
            hint_where_it_was_sought(container->spec->process.args[0], fail);
        return;
    }
    (void)fail_code(fail, -note->error, "%s", sentence);
    set_exec_status(op, note->error, fail);
    add_hint(op, note->error, fail);
}
