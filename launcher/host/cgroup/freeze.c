#include "freeze.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>

#include "driver.h"

enum { FREEZE_TIMEOUT_MS = 10 * 1000 }; /* only a process stuck in the kernel takes that long */

struct freezer;
typedef int settle_function(const struct freezer *freezer, bool frozen, int64_t deadline_ms,
                            struct fail *fail);

struct freezer_kind {
    const char *file, *frozen, *thawed; /* what is written */
    const char *asked_file;             /* "0": it is not told to freeze */
    settle_function *settle;
};

/* The freezer of one container. */
struct freezer {
    const struct freezer_kind *kind;
    struct cgroup_dir dir;
};

/* kernfs: a read from offset 0 arms the next POLLPRI; reading first and polling after misses
 * nothing. */
static int settle_v2(const struct freezer *freezer, bool frozen, int64_t deadline_ms,
                     struct fail *fail)
{
    const char *path = freezer->dir.path;
    AUTO_FD int fd = openat(freezer->dir.fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_sys(fail, "open %s/cgroup.events", path);
    for (;;) {
        char text[128];
        ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
        if (got < 0)
            return fail_sys(fail, "read %s/cgroup.events", path);
        text[got] = '\0';
        if (strstr(text, frozen ? "frozen 1" : "frozen 0") != NULL)
            return 0;
        if (strstr(text, "populated 0") != NULL)
            return fail_code(fail, -ESRCH, "find a process in the cgroup %s", path);
        int left = milliseconds_left(deadline_ms);
        if (left == 0)
            return fail_code(fail, -ETIMEDOUT, "wait until %s/cgroup.events says \"frozen %d\"",
                             path, frozen ? 1 : 0);
        struct pollfd change = {.fd = fd, .events = POLLPRI};
        if (poll(&change, 1, left) < 0 && errno != EINTR)
            return fail_sys(fail, "poll %s/cgroup.events", path);
    }
}

/* v1 tells nobody when it is done, and a fork at the wrong moment leaves it FREEZING until somebody
 * asks again: so write, read, yield. The last write of all changes nothing, but is an event for
 * inotify(7): `launcher events` waits for it. */
static int settle_v1(const struct freezer *freezer, bool frozen, int64_t deadline_ms,
                     struct fail *fail)
{
    const char *wanted = frozen ? freezer->kind->frozen : freezer->kind->thawed;
    const char *path = freezer->dir.path;
    for (;;) {
        char text[32];
        int result = cgroup_read(freezer->dir.fd, freezer->kind->file, text, sizeof(text));
        if (result < 0)
            return fail_code(fail, result, "read %s/%s", path, freezer->kind->file);
        bool settled = strncmp(text, wanted, strlen(wanted)) == 0;
        result = cgroup_write(freezer->dir.fd, freezer->kind->file, wanted);
        if (result < 0)
            return fail_code(fail, result, "write %s to %s/%s", wanted, path, freezer->kind->file);
        if (settled)
            return 0;
        if (milliseconds_left(deadline_ms) == 0)
            return fail_code(fail, -ETIMEDOUT, "wait until %s/%s says %s", path,
                             freezer->kind->file, wanted);
        (void)sched_yield(); /* it always works on Linux */
    }
}

static const struct freezer_kind KINDS[] = {
    {"cgroup.freeze", "1", "0", .asked_file = "cgroup.freeze", .settle = settle_v2},
    {"freezer.state", "FROZEN", "THAWED", .asked_file = "freezer.self_freezing",
     .settle = settle_v1},
};

enum { KIND_COUNT = sizeof(KINDS) / sizeof(KINDS[0]) };

static void close_freezer(struct freezer *freezer)
{
    own_close(&freezer->dir.fd);
}

#define AUTO_FREEZER __attribute__((cleanup(close_freezer)))

static void thaw(const struct freezer *freezer)
{
    int ignored = cgroup_write(freezer->dir.fd, freezer->kind->file, freezer->kind->thawed);
    (void)ignored; /* it has ended, or what goes on with it tells */
}

/* Opens the cgroup at `path`; false: it has no freezer. */
static bool open_freezer(const char *path, struct freezer *ret_freezer)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    for (size_t i = 0; fd >= 0 && i < KIND_COUNT; i++)
        if (faccessat(fd, KINDS[i].file, F_OK, 0) == 0) {
            *ret_freezer = (struct freezer){&KINDS[i], {.fd = take_fd(&fd), .path = path}};
            return true;
        }
    return false;
}

/* The first one: where v2 is mounted, its cgroup comes first. */
static bool find_freezer(const struct cgroup_path *paths, size_t path_count,
                         struct freezer *ret_freezer)
{
    for (size_t i = 0; i < path_count; i++)
        if (open_freezer(paths[i].path, ret_freezer))
            return true;
    return false;
}

int cgroup_is_frozen(const struct cgroup_path *paths, size_t path_count, bool *ret_frozen)
{
    char text[32];
    AUTO_FREEZER struct freezer freezer = {.dir = {.fd = -1}};
    *ret_frozen = false;
    if (!find_freezer(paths, path_count, &freezer))
        return -ENOENT;
    int result = cgroup_read(freezer.dir.fd, freezer.kind->asked_file, text, sizeof(text));
    *ret_frozen = result >= 0 && text[0] != '0';
    return result;
}

static int write_state(const struct freezer *freezer, bool frozen, struct fail *fail)
{
    const char *text = frozen ? freezer->kind->frozen : freezer->kind->thawed;
    int result = cgroup_write(freezer->dir.fd, freezer->kind->file, text);
    if (result >= 0)
        return 0;
    (void)fail_code(fail, result, "write %s to %s/%s", text, freezer->dir.path,
                    freezer->kind->file);
    if (result == -EACCES || result == -EPERM || result == -EROFS)
        return fail_hint(fail, "be root, or the user who has this cgroup delegated");
    return result;
}

static int hint_for_stuck(bool frozen, struct fail *fail)
{
    if (fail->code != -ETIMEDOUT)
        return fail->code;
    return fail_hint(fail, frozen ? "one of its processes is stuck in the kernel (ps shows it in "
                                    "state D); it was let go on"
                                  : "a cgroup above it may be frozen");
}

int cgroup_freeze(const struct cgroup_path *paths, size_t path_count, bool frozen,
                  struct fail *fail)
{
    AUTO_FREEZER struct freezer freezer = {.dir = {.fd = -1}};
    int64_t deadline_ms = monotonic_ms() + FREEZE_TIMEOUT_MS;
    if (!find_freezer(paths, path_count, &freezer))
        return fail_code(fail, -ENOENT, "find a freezer among its cgroups");
    TRY(write_state(&freezer, frozen, fail));
    int result = freezer.kind->settle(&freezer, frozen, deadline_ms, fail);
    if (result >= 0)
        return 0;
    if (frozen)
        thaw(&freezer);
    return hint_for_stuck(frozen, fail);
}

void cgroup_thaw(const struct cgroup_path *paths, size_t path_count)
{
    for (size_t i = 0; i < path_count; i++) {
        AUTO_FREEZER struct freezer freezer = {.dir = {.fd = -1}};
        if (open_freezer(paths[i].path, &freezer))
            thaw(&freezer);
    }
}
