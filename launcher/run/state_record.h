/* state_record.h - what the record of a container says, and its form as JSON. */
#ifndef LAUNCHER_STATE_RECORD_H
#define LAUNCHER_STATE_RECORD_H

#include <sys/types.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"
#include "../host/cgroup/cgroup.h"
#include "../host/resctrl.h"

/* What is put on record at the end, before the cgroups go with their counts: `launcher events` could
 * come too late to read them. */
struct state_end {
    bool set;
    struct limit status;     /* exit status, 128 + n for signal n; not set: launcher failed */
    struct limit finished_s; /* since the epoch */
    struct limit restarts;   /* how often a monitor had started it again */
    struct limit ooms, oom_kills, memory_high_hits, pids_refused;
};

/* What `launcher start` has to know of a container that create has made. */
struct state_start {
    uint32_t op;            /* the op where cinit waits for it */
    const char **sentences; /* of the ops behind that, the first one is number op + 1 */
    size_t sentence_count;
    const char *command; /* the payload's argv[0] */
};

/* What the file says. */
struct state_record {
    const char *text; /* as it was read; NULL: it was not */
    const char *id;
    const char *rootfs;
    const char *bundle;  /* NULL: not from a config.json */
    const char *created; /* RFC 3339 */
    uid_t owner;
    struct spec_pair *annotations;
    size_t annotation_count;
    const char *command; /* its arguments, shortened; NULL: not on record */
    bool detached;       /* of create: no launcher looks after it, its file stays until delete */
    bool monitored;      /* of run --detach: a monitor looks after it; its file stays until rm */
    struct state_start start;
    pid_t init_pid;          /* 0: not started yet */
    uint64_t init_starttime; /* in clock ticks, proc_pid_stat(5): tells a reused pid */
    struct cgroup_path cgroups[CGROUP_PATHS_MAX];
    size_t cgroup_count;
    const char *scope;                      /* of systemd's, whose cgroup it is; NULL: none */
    bool scope_of_user;                     /* of the manager of the user who called launcher */
    const char *resctrl[RESCTRL_OWNED_MAX]; /* directories to be removed, in this order */
    size_t resctrl_count;
    struct state_end end;
    bool leftovers; /* it ended, and not all of it could be removed: for gc */
    bool plain;     /* of create: neither start nor delete has to look at its config.json */
};

/* Reads the record from the descriptor's position on. An empty or unfinished file is that of a container
 * that owns nothing yet. */
struct state_record state_record_read(int file_fd, const char *id, struct arena *arena);

/* Reads it once more, into a record that was read before: what has not changed is not taken apart again. */
void state_record_read_again(int file_fd, struct arena *arena, struct state_record *record);

/* The text of the file. Free it with free(3); NULL: no memory. */
char *state_record_text(const struct state_record *record);

#endif
