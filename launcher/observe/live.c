#include "live.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>

#include "../host/cgroup/driver.h"
#include "../host/cgroup/freeze.h"

static int has_ended(const char *id, struct fail *fail)
{
    (void)fail_code(fail, -ESRCH, "finding the first process of the container %s", id);
    return fail_hint(fail, "it has ended; launcher gc removes what is left of one whose launcher "
                           "was killed");
}

bool live_runs(const struct live *live)
{
    struct pollfd end = {.fd = live->pidfd, .events = POLLIN};
    int ready;
    do
        ready = poll(&end, 1, 0);
    while (ready < 0 && errno == EINTR);
    return ready == 0;
}

/* A pid is only a number: the descriptor first, then see whether what it holds is the process that
 * was recorded. */
static int hold_process(struct live *live, struct fail *fail)
{
    const struct state_record *record = &live->record;
    if (record->init_pid <= 0) {
        (void)fail_code(fail, -EAGAIN, "finding the first process of the container %s", record->id);
        return fail_hint(fail, "it is just being started: try again in a moment");
    }
    live->pidfd = (int)syscall(SYS_pidfd_open, record->init_pid, 0);
    if (live->pidfd < 0 && errno != ESRCH)
        return fail_sys(fail, "opening process %d of the container %s", (int)record->init_pid,
                        record->id);
    bool same = live->pidfd >= 0 && state_starttime(record->init_pid) == record->init_starttime;
    return same && live_runs(live) ? 0 : has_ended(record->id, fail);
}

/* One that is not there was left out with --best-effort, or nobody needs it. */
struct cgroup live_cgroup(const struct state_record *record, struct arena *arena)
{
    struct cgroup cgroup = CGROUP_NONE;
    cgroup.arena = arena;
    for (size_t i = 0; i < record->cgroup_count; i++) {
        const struct cgroup_path *at = &record->cgroups[i];
        AUTO_FD int fd = open(at->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        const struct cgroup_driver *driver = fd < 0 ? NULL : driver_of(fd);
        if (driver != NULL)
            cgroup.places[cgroup.place_count++] =
                (struct cgroup_place){.at = *at, .driver = driver, .enter_fd = -1};
    }
    return cgroup;
}

int live_open(const char *id, struct arena *arena, struct live *ret_live, struct fail *fail)
{
    *ret_live = LIVE_NONE;
    TRY(state_find(id, arena, &ret_live->record, fail));
    int result = hold_process(ret_live, fail);
    if (result < 0) {
        live_close(ret_live);
        return result;
    }
    ret_live->cgroup = live_cgroup(&ret_live->record, arena);
    return 0;
}

void live_close(struct live *live)
{
    own_close(&live->pidfd);
}

int live_need_cgroup(const struct live *live, const char *doing, struct fail *fail)
{
    if (live->cgroup.place_count > 0)
        return 0;
    (void)fail_code(fail, -ENOENT, "%s the container %s: finding its cgroup", doing,
                    live->record.id);
    return fail_hint(fail, "it was started without one, or its files are not mounted here: "
                           "launcher run --live makes one, and so does any limit");
}

static int no_freezer(const struct live *live, const char *doing, struct fail *fail)
{
    (void)fail_code(fail, -ENOENT, "%s the container %s: finding a freezer among its cgroups",
                    doing, live->record.id);
    return fail_hint(fail, "this host needs cgroup v2 or the controller \"freezer\" of version 1, "
                           "mounted when the container starts");
}

static int so_already(const struct live *live, const char *doing, bool frozen, struct fail *fail)
{
    (void)fail_set(fail, "%s the container %s: it is %s", doing, live->record.id,
                   frozen ? "paused already" : "not paused");
    fail->code = -EALREADY;
    return frozen ? fail_hint(fail, "launcher resume %s lets it go on", live->record.id)
                  : fail->code;
}

int live_freeze(const struct live *live, bool frozen, struct fail *fail)
{
    const char *doing = frozen ? "pausing" : "resuming";
    struct cgroup_path paths[CGROUP_PATHS_MAX];
    bool is_frozen = false;
    TRY(live_need_cgroup(live, doing, fail));
    size_t count = cgroup_paths(&live->cgroup, paths);
    int result = cgroup_is_frozen(paths, count, &is_frozen);
    if (result == -ENOENT)
        return no_freezer(live, doing, fail);
    if (result < 0)
        return fail_code(fail, result, "%s the container %s: asking its freezer", doing,
                         live->record.id);
    if (is_frozen == frozen)
        return so_already(live, doing, frozen, fail);
    if (cgroup_freeze(paths, count, frozen, fail) < 0)
        return fail_context(fail, "%s the container %s", doing, live->record.id);
    return 0;
}

const char *live_unified_path(const struct live *live)
{
    for (size_t i = 0; i < live->cgroup.place_count; i++)
        if (live->cgroup.places[i].driver == &CGROUP_V2)
            return live->cgroup.places[i].at.path;
    return NULL;
}
