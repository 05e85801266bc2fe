/* wire.h - what launcher and cinit say to each other over the sync pipe (fd 3 of cinit).
 *
 * launcher -> cinit: one init program, cut into packets of at most WIRE_PACKET bytes, and later
 *                    one struct wire_go for each BARRIER op.
 * cinit -> launcher: notes. A peer that dies is EOF, never a timeout.
 *
 * The program is one flat buffer in the byte order of the machine:
 *
 *     struct program_header | ops, one after the other | lists, blobs | strings, a NUL at the end
 *
 * Nothing in it is a pointer: a string is the offset of its first byte from the start of the
 * buffer, 0 meaning "none". Because the buffer ends with a NUL, a string is sound when it begins in
 * the last part, and because lists lie in rising order, none overlaps another. Every op starts with
 * a struct op_head; then come its strings, its lists, its blobs and last its numbers. How many of
 * each is said once, in steps.def, and that is all that the decoder needs to check every bound.
 */
#ifndef SHARED_WIRE_H
#define SHARED_WIRE_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WIRE_FD = 3,             /* the descriptor on which cinit finds the sync pipe */
    WIRE_MAGIC = 0x74696e63, /* "cnit" */
    WIRE_VERSION = 1,
    WIRE_PACKET = 64 * 1024, /* a packet must fit into net.core.wmem_default */
    WIRE_PROGRAM_MAX = 16 * 1024 * 1024,
    WIRE_OPS_MAX = 65536,
    WIRE_OBJECT_MAX = 256, /* the text that a FAILED note may carry */
};

/* ---- program ---- */

enum program_flags {
    PROGRAM_TRACE = 1u << 0, /* send a BEGUN note before every op */
};

struct program_header {
    uint32_t magic;
    uint16_t version;
    uint16_t flags; /* enum program_flags */
    uint32_t size;  /* of the whole buffer, header included */
    uint32_t op_count;
    uint32_t spans;   /* offset of the lists and blobs: the end of the ops */
    uint32_t strings; /* offset of the strings: the end of the lists and blobs */
};
static_assert(sizeof(struct program_header) == 24, "wire format");
static_assert(offsetof(struct program_header, spans) == 16, "wire format");

enum op_kind {
    OP_NONE = 0, /* so that a zeroed buffer is no valid program */
#define OP(KIND, ...) OP_##KIND,
#define HOST(KIND, ...)
#include "steps.def"
#undef OP
#undef HOST
    OP_KIND_COUNT,
};

struct op_head {
    uint16_t kind;  /* enum op_kind */
    uint16_t flags; /* the op's own, named enum NAME_flags below */
    uint32_t size;  /* of the whole op, head included; a multiple of 8 */
};

typedef uint32_t wire_str; /* offset of a NUL-terminated string; 0: none */

/* `count` slots of 8 bytes at offset `at`, and a zero slot behind them. On the wire a slot holds a
 * string's offset (0: none); the decoder turns each into a char * in place, so that a list is then
 * what execve(2) takes for argv. */
struct wire_list {
    uint32_t at;
    uint32_t count;
};
static_assert(sizeof(char *) == 8, "a slot holds an offset first and a pointer later");

struct wire_blob {
    uint32_t at; /* a multiple of 8 */
    uint32_t size;
};

/* Ops without strings, lists, blobs or numbers: the head says it all. */
struct op_plain {
    struct op_head head;
};
static_assert(sizeof(struct op_plain) == 8, "wire format");

/* Ops with one path, name or text: HOSTNAME, DOMAINNAME, MASK, READONLY, MKDIR, CHROOT. */
struct op_text {
    struct op_head head;
    wire_str text;
    uint32_t reserved;
};
static_assert(sizeof(struct op_text) == 16, "wire format");

/* Ops with one number: UMASK, PERSONALITY, UNSHARE ... */
struct op_number {
    struct op_head head;
    int64_t value;
};
static_assert(sizeof(struct op_number) == 16, "wire format");

/* ROOT: source is a path of the host. */
enum root_flags {
    ROOT_RECURSIVE = 1u << 0, /* take the mounts below the directory along */
    ROOT_PRIVATE = 1u << 1,   /* no mount event of the host reaches them */
    ROOT_IN_PLACE = 1u << 2,  /* no mount of its own: the mount namespace is shared with others */
};
struct op_root {
    struct op_head head;
    wire_str path;
    uint32_t reserved;
    uint64_t attr_set; /* MOUNT_ATTR_*, of the mounts below too */
};
static_assert(sizeof(struct op_root) == 24, "wire format");

enum mount_flags {
    MOUNT_MAKE_TARGET = 1u << 0,    /* make the target when it is missing */
    MOUNT_NO_SYMLINKS = 1u << 1,    /* refuse a target that is reached through a symlink */
    MOUNT_RECURSIVE = 1u << 2,      /* BIND: take the mounts below the source along */
    MOUNT_ATTR_RECURSIVE = 1u << 3, /* BIND: attributes for those below too (rro, rnosuid ...) */
    MOUNT_PASSED = 1u << 5,         /* BIND: launcher has copied the tree, and sends it */
    MOUNT_OVER_PROC = 1u << 4,      /* the target may be on a procfs; without it that is EXDEV */
};

/* MOUNT: a new file system by fsopen(2). `options` holds pairs: key, value (none: a flag). */
struct op_mount {
    struct op_head head;
    wire_str fstype;
    wire_str source;
    wire_str target;
    uint32_t reserved;
    struct wire_list options;
    uint64_t attributes;  /* MOUNT_ATTR_* of fsmount(2) */
    uint64_t propagation; /* MS_PRIVATE, MS_SLAVE, MS_SHARED or 0, mount_setattr(2) */
};
static_assert(sizeof(struct op_mount) == 48, "wire format");
static_assert(offsetof(struct op_mount, options) == 24, "wire format");

/* BIND: a file or directory of the host by open_tree(2). */
struct op_bind {
    struct op_head head;
    wire_str source;
    wire_str target;
    uint64_t attr_set; /* MOUNT_ATTR_*, mount_setattr(2) */
    uint64_t attr_clear;
    uint64_t propagation;
};
static_assert(sizeof(struct op_bind) == 40, "wire format");

/* REMOUNT: attributes of the mount at `path` ("/" for the root itself). */
struct op_remount {
    struct op_head head;
    wire_str path;
    uint32_t reserved;
    uint64_t attr_set;
    uint64_t attr_clear;
    uint64_t propagation;
};
static_assert(sizeof(struct op_remount) == 40, "wire format");

/* MKDEV: `mode` holds type and permissions as for mknod(2). */
struct op_mkdev {
    struct op_head head;
    wire_str path;
    uint32_t mode;
    uint32_t major;
    uint32_t minor;
    uint32_t uid;
    uint32_t gid;
};
static_assert(sizeof(struct op_mkdev) == 32, "wire format");

struct op_symlink {
    struct op_head head;
    wire_str target; /* what the link says */
    wire_str path;   /* where the link is */
};
static_assert(sizeof(struct op_symlink) == 16, "wire format");

/* SYSCTL, OOM_SCORE, LABEL: `value` is written to the file `path` of a procfs. */
struct op_procfs {
    struct op_head head;
    wire_str path;
    wire_str value;
    wire_str name; /* for the sentence only */
    uint32_t reserved;
};
static_assert(sizeof(struct op_procfs) == 24, "wire format");

/* CONSOLE: a pty of the container; the master goes to launcher with the CONSOLE note. */
struct op_console {
    struct op_head head;
    uint16_t rows;
    uint16_t columns;
    uint32_t uid; /* who owns the terminal */
};
static_assert(sizeof(struct op_console) == 16, "wire format");

struct op_rlimit {
    struct op_head head;
    wire_str name; /* for the sentence only */
    uint32_t resource;
    uint64_t soft;
    uint64_t hard;
};
static_assert(sizeof(struct op_rlimit) == 32, "wire format");

/* SPAWN */
enum spawn_flags {
    SPAWN_REAP_ALL = 1u << 0, /* stay, also without launcher, until all that came of it has ended */
};

/* SCHEDULER: behind the head it is struct sched_attr of sched_setattr(2), its first version. */
struct op_scheduler {
    struct op_head head;
    uint32_t size; /* of what is from here on: 48 */
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns;
    uint64_t deadline_ns;
    uint64_t period_ns;
};
static_assert(offsetof(struct op_scheduler, period_ns) == 48, "wire format");
static_assert(sizeof(struct op_scheduler) == 56, "wire format");

/* AFFINITY: `mask` is what sched_setaffinity(2) takes. */
struct op_affinity {
    struct op_head head;
    wire_str cpus; /* for the sentence only */
    uint32_t reserved;
    struct wire_blob mask;
};
static_assert(sizeof(struct op_affinity) == 24, "wire format");

/* USER: `groups` are gid_t values, the supplementary groups. */
enum user_flags {
    USER_KEEP_GROUPS = 1u << 0, /* setgroups(2) is denied in this user namespace */
};
struct op_user {
    struct op_head head;
    struct wire_blob groups;
    uint32_t uid;
    uint32_t gid;
};
static_assert(sizeof(struct op_user) == 24, "wire format");

/* BOUNDING and CAPS: bit n is capability n, capabilities(7). */
struct op_caps {
    struct op_head head;
    uint64_t effective;
    uint64_t permitted;
    uint64_t inheritable;
    uint64_t ambient;
};
static_assert(sizeof(struct op_caps) == 40, "wire format");

/* PROBE: is there a command at all? `paths` as in EXEC. */
struct op_probe {
    struct op_head head;
    struct wire_list paths;
};
static_assert(sizeof(struct op_probe) == 16, "wire format");

/* SECCOMP: `filter` is an array of struct sock_filter, `head.flags` goes to seccomp(2). Where that makes
 * a listener, it goes to launcher with the LISTENER note, whose answer is waited for. */
struct op_seccomp {
    struct op_head head;
    struct wire_blob filter;
};
static_assert(sizeof(struct op_seccomp) == 16, "wire format");

enum cwd_flags {
    CWD_MAKE = 1u << 0, /* make the directory when it is missing */
};

/* EXEC: `paths` are tried in order, as execvp(3) walks PATH. `signal_mask` is the blocked set that
 * the payload starts with, bit n-1 for signal n. */
enum exec_flags {
    EXEC_SIGCHLD_IGNORED =
        1u << 0,              /* the caller of launcher ignored SIGCHLD: so shall the payload */
    EXEC_PRESERVED_SHIFT = 1, /* the bits from here on: how many descriptors the payload gets, at
                               * WIRE_FD and behind it; cinit has each one number higher */
};
struct op_exec {
    struct op_head head;
    struct wire_list paths;
    struct wire_list argv;
    struct wire_list environment;
    uint64_t signal_mask;
};
static_assert(sizeof(struct op_exec) == 40, "wire format");
static_assert(offsetof(struct op_exec, signal_mask) == 32, "wire format");

/* ---- notes ---- */

enum note_kind {
    NOTE_BEGUN = 1, /* op `op` begins (only with PROGRAM_TRACE) */
    NOTE_FAILED,    /* op `op` failed: `error` is errno; EXEC: `cause`, and its object as text */
    NOTE_BARRIER,   /* op `op` waits for launcher's wire_go */
    NOTE_CONSOLE,   /* carries the master of the pty as SCM_RIGHTS */
    NOTE_LISTENER, /* carries the descriptor of seccomp_unotify(2), and waits for launcher's wire_go */
    NOTE_STARTED, /* the payload's execve(2) worked (with cinit as PID 1) */
    NOTE_ENDED, /* the payload ended: `error` is its wait(2) status, `op` counts the orphans reaped */
    NOTE_LEFT, /* the same, and cinit stays for the orphans that are left (SPAWN_REAP_ALL) */
};

/* Why a program can't be executed, as found by looking at the file: the rows of exec_causes.def. */
enum exec_cause {
    CAUSE_ERRNO = 0, /* nothing better than errno */
#define CAUSE(KIND, ...) CAUSE_##KIND,
#include "exec_causes.def"
#undef CAUSE
    CAUSE_COUNT,
};

struct note {
    uint8_t kind;  /* enum note_kind */
    uint8_t cause; /* enum exec_cause */
    uint16_t error;
    uint32_t op;
};
static_assert(sizeof(struct note) == 8, "wire format");

/* A BEGUN note says when. The clock is CLOCK_REALTIME: the monotonic ones may have an offset in the
 * container, time_namespaces(7). */
struct note_begun {
    struct note note;
    int64_t time_us;
};
static_assert(sizeof(struct note_begun) == 16, "wire format");

/* A FAILED note may be followed, in the same packet, by up to WIRE_OBJECT_MAX bytes of text. */
struct note_packet {
    struct note note;
    char object[WIRE_OBJECT_MAX];
};
static_assert(sizeof(struct note_packet) == 8 + WIRE_OBJECT_MAX, "wire format");

/* Stands for "before the first op" in notes and answers. */
#define WIRE_NO_OP UINT32_MAX

/* launcher's answer to a BARRIER or LISTENER note; with WIRE_NO_OP it releases the cloned child before that
 * becomes cinit. For JOIN_NET it carries the namespace's descriptor as SCM_RIGHTS, for a BIND that is
 * MOUNT_PASSED that of the detached mount tree, for START the listening socket to which the launcher
 * that starts the payload will connect: from there on that connection is the sync pipe, and the answer
 * is given once more on it. Answers come in the order of the ops. */
struct wire_go {
    uint32_t magic; /* WIRE_MAGIC */
    uint32_t op;
};
static_assert(sizeof(struct wire_go) == 8, "wire format");

#endif
