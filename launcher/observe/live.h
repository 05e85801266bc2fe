/* live.h - a container that runs, found by its name: what pause, update, stats and events begin
 * with. */
#ifndef LAUNCHER_LIVE_H
#define LAUNCHER_LIVE_H

#include "../run/state.h"

struct live {
    struct state_record record;
    int pidfd;            /* of its first process: from here on no other can take its place */
    struct cgroup cgroup; /* the places that are there; place_count 0: it has none */
};

#define LIVE_NONE ((struct live){.pidfd = -1})

/* Finds the container `id`, and makes sure that it runs: its first process is the one that was
 * recorded, by pid and start time. Errors: no such container (-ENOENT), it ended (-ESRCH), it is not
 * ready yet (-EAGAIN), each with a hint. */
MUST_CHECK int live_open(const char *id, struct arena *arena, struct live *ret_live,
                         struct fail *fail);

void live_close(struct live *live);

#define AUTO_LIVE __attribute__((cleanup(live_close)))

/* The cgroups on record that are there. */
struct cgroup live_cgroup(const struct state_record *record, struct arena *arena);

/* True while its first process has not ended. */
bool live_runs(const struct live *live);

/* An error (-ENOENT) when the container has no cgroup: `doing` is what can't be done then. */
MUST_CHECK int live_need_cgroup(const struct live *live, const char *doing, struct fail *fail);

/* Freezes the container or thaws it, freeze.h. One that is so already is an error (-EALREADY). */
MUST_CHECK int live_freeze(const struct live *live, bool frozen, struct fail *fail);

/* The directory of its v2 cgroup, NULL: it has none. */
const char *live_unified_path(const struct live *live);

#endif
