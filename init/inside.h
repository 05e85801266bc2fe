/* inside.h - what cinit knows while it builds the inside of a container, and what its files share.
 *
 * Every function returns 0 (or a descriptor), or a negative errno: cinit formats no text, launcher
 * makes the sentence from the op that failed.
 */
#ifndef INIT_INSIDE_H
#define INIT_INSIDE_H

#include <stdbool.h>
#include <sys/types.h>

#include "sys.h"
#include "text.h"

#include "../shared/decode.h"
#include "../shared/fail.h"

/* All descriptors are O_CLOEXEC and -1 while there is none. */
struct inside {
    unsigned char *program; /* checked and relocated */
    size_t program_size;
    uint32_t op; /* the index of the op being applied */
    bool trace;  /* say when an op begins */
    bool spawns; /* the program has a SPAWN: the payload is a process of its own */

    int root_fd;    /* every path of the container is resolved below it */
    int devnull_fd; /* the host's /dev/null, O_PATH */
    int proc_fd;    /* the container's procfs where it is mounted */
    int procfs_fd;  /* a private copy of it, which nothing is mounted over; made when needed */
    int empty_fd;   /* the mount that hides the first masked directory; the others are its copies */
    int console_fd; /* the slave of the container's terminal */

    int directory_fd;        /* where the last node or link was made, until the next mount; */
    const char *directory;   /* its path in the container, not terminated, */
    size_t directory_length; /* and the length of that */

    bool tied;        /* die with launcher */
    bool session;     /* the payload leads a session */
    bool umask_given; /* by the program */

    struct note_packet failure; /* cause and object, when an op knows more than errno */
    int exit_status;            /* what cinit exits with when an op fails */
    bool failed; /* written by the payload's process, read by PID 1: vfork shares the memory */
};

/* The text of an op; "" where the program has none, so that no op has to look for NULL. */
static inline const char *inside_text(const struct inside *inside, wire_str at)
{
    return at == 0 ? "" : program_text(inside->program, at);
}

/* ---- note.c ---- */

/* Sends a note about the current op. Errors are not reported: the only reader is gone then, and
 * being tied to it is what ends cinit, not this. */
void note_send(const struct inside *inside, enum note_kind kind, unsigned error);

/* Says that the current op begins, and when. */
void note_begun(const struct inside *inside);

/* Sends the current op's FAILED note with inside->failure, and ends the process. `error` is a
 * negative errno. */
_Noreturn void note_failed(struct inside *inside, int error);

/* Sends a note with the descriptor `fd`, SCM_RIGHTS of unix(7). */
MUST_CHECK int note_pass(const struct inside *inside, enum note_kind kind, int fd);

/* Waits for launcher's answer to the current op. A descriptor that comes with it is handed to the
 * caller in `ret_fd`, which stays as it was when none does. Ends the process when launcher is gone. */
MUST_CHECK int answer_receive(const struct inside *inside, int *ret_fd);

/* The same for an answer without one. */
MUST_CHECK int answer_await(const struct inside *inside);

/* ---- path.c ---- */

/* Opens `path` as the container sees it: neither a symlink nor ".." leads out of `root_fd`, and
 * magic links (proc(5), /proc/PID/fd/N) are refused; openat2(2). `open_flags` as of open(2),
 * O_CLOEXEC is added; `resolve` adds RESOLVE_* flags. Returns a descriptor. */
MUST_CHECK int path_open(int root_fd, const char *path, int open_flags, uint64_t resolve);

/* The same as an O_PATH descriptor, after making what is missing: directories (0755), and last an
 * empty file (0644) when `type` is S_IFREG, or a directory when it is S_IFDIR. */
MUST_CHECK int path_make(int root_fd, const char *path, mode_t type, uint64_t resolve);

/* Opens, and makes if need be, the directory that holds the last component of `path`, which is
 * returned in `ret_name` and points into `path`. */
MUST_CHECK int path_make_parent(int root_fd, const char *path, const char **ret_name);

/* ---- apply_mount.c ---- */

/* A detached copy of the mount that `fd` is on, from there downwards; `recursive`: 0, or AT_RECURSIVE
 * for the mounts below it too. Returns a descriptor. */
MUST_CHECK int mount_copy(int fd, unsigned recursive);

/* Makes the file system that `fs_fd` describes, fsopen(2), and a detached mount of it with these
 * MOUNT_ATTR_*. */
MUST_CHECK int mount_create(int fs_fd, uint64_t attributes);

/* Attaches the detached mount `mount_fd` over `target_fd`. */
MUST_CHECK int mount_attach(int mount_fd, int target_fd);

/* ---- procfs.c ---- */

/* A procfs for writing, opened once: a private copy of the container's, or a new one when the
 * container has none. Nothing can be mounted over it, so a write can't be led elsewhere by a mount
 * or symlink in the container (CVE-2025-52881). The descriptor stays with `inside`. */
MUST_CHECK int procfs_open(struct inside *inside);

/* 0 when `fd` is on a procfs, else -EXDEV. */
MUST_CHECK int procfs_verify(int fd);

/* ---- apply_process.c ---- */

/* Asks the kernel for SIGKILL when launcher dies, and ends the process if it is dead already. */
MUST_CHECK int process_tie(void);

/* To be called after every change of user or capabilities: the kernel then forgets the death signal
 * and makes the process dumpable as fs.suid_dumpable says (commit_creds in kernel/cred.c). */
MUST_CHECK int process_credentials_changed(const struct inside *inside);

/* ---- apply_privilege.c ---- */

/* Sets all sets of the calling process but the bounding one: capset(2), PR_CAP_AMBIENT. */
MUST_CHECK int privilege_set_capabilities(const struct op_caps *caps);

/* For an init: no privilege is left but to signal a payload of another user, and none can be gained. */
MUST_CHECK int privilege_keep_kill(void);

/* ---- apply_dev.c ---- */

/* Makes the container's terminal the process's controlling terminal and its 0, 1 and 2. */
MUST_CHECK int console_attach(struct inside *inside);

#endif
