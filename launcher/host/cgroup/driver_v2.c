/* The unified hierarchy: Documentation/admin-guide/cgroup-v2.rst. */
#include "devices.h"
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- controllers ---- */

/* "+pids +memory": all in one write, for the kernel takes all words of a write or none. */
static void enabling_text(uint32_t controllers, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (enum controller i = 0; i < CONTROLLER_COUNT && used < size; i++)
        if (controllers & ~CONTROLLERS_WITHOUT_NAME & CONTROLLER_BIT(i))
            used += (size_t)snprintf(text + used, size - used, "%s+%s", used > 0 ? " " : "",
                                     controller_name(i));
}

enum { LEVELS_MAX = 32, UP_MAX = LEVELS_MAX * 3 + 32 };

/* "../../FILE": `file` of the cgroup that many levels above. */
static const char *file_above(unsigned levels, const char *file, char path[UP_MAX])
{
    size_t used = 0;
    for (; levels > 0; levels--)
        used += (size_t)snprintf(path + used, UP_MAX - used, "../");
    (void)snprintf(path + used, UP_MAX - used, "%s", file);
    return path;
}

/* How many cgroups are above this one, as far as they are mounted. */
static unsigned count_levels(const struct cgroup_dir *dir)
{
    char path[UP_MAX];
    unsigned levels = 0;
    while (levels < LEVELS_MAX &&
           faccessat(dir->fd, file_above(levels + 1, "cgroup.subtree_control", path), F_OK, 0) == 0)
        levels++;
    return levels;
}

static int refuse_busy(const char *place, const char *text, const char *pids, struct fail *fail)
{
    (void)fail_code(fail, -EBUSY, "write %s to %s/cgroup.subtree_control", text, place);
    return fail_hint(fail,
                     "it holds processes (%.60s), so it can't hand controllers down "
                     "(cgroups(7), \"no internal processes\"): move them into a cgroup below "
                     "it, or run without limits",
                     pids);
}

static int hint_for_enabling(struct fail *fail)
{
    if (fail->code == -EOPNOTSUPP)
        return fail_hint(fail, "that cgroup is threaded, and no container can live in or below it: "
                               "name another one with --cgroup-parent");
    return fail_hint(fail, "be root, or have these controllers delegated: every cgroup above must "
                           "hand them down");
}

/* Only the root of the whole hierarchy, which has no cgroup.type, may both hold processes and hand
 * controllers down. Elsewhere the kernel refuses memory, but takes cpu and pids: it turns the
 * cgroup into the root of a threaded subtree then, in which no container can be started. */
static int enable_level(const struct cgroup_dir *dir, unsigned levels, uint32_t controllers,
                        struct fail *fail)
{
    char path[UP_MAX], text[256], pids[160] = "", place[400];
    int length = (int)strlen(dir->path);
    for (unsigned i = 0; i < levels; i++)
        while (length > 0 && dir->path[--length] != '/')
            continue;
    (void)snprintf(place, sizeof(place), "%.*s", length, dir->path);
    controllers &= ~CONTROLLERS_WITHOUT_NAME;
    if (cgroup_read(dir->fd, file_above(levels, "cgroup.subtree_control", path), text,
                    sizeof(text)) == 0 &&
        (controllers & ~controller_set(text, " \n")) == 0)
        return 0;
    enabling_text(controllers, text, sizeof(text));
    if (faccessat(dir->fd, file_above(levels, "cgroup.type", path), F_OK, 0) == 0)
        cgroup_list_pids(dir->fd, file_above(levels, "cgroup.procs", path), pids, sizeof(pids));
    if (pids[0] != '\0')
        return refuse_busy(place, text, pids, fail);
    int result = cgroup_write(dir->fd, file_above(levels, "cgroup.subtree_control", path), text);
    if (result >= 0)
        return 0;
    (void)fail_code(fail, result, "write %s to %s/cgroup.subtree_control", text, place);
    return hint_for_enabling(fail);
}

/* A v2 cgroup has a controller's files only when its parent hands that controller down, and the
 * parent has it only when its own does: from the top down. An ordinary user may write the lower ones
 * only, which is enough when the upper ones have done it. */
static int enable(const struct cgroup_dir *dir, uint32_t controllers, struct fail *fail)
{
    int result = 0;
    for (unsigned levels = count_levels(dir); levels > 0; levels--) {
        struct fail one = {0};
        int level_result = enable_level(dir, levels, controllers, &one);
        if (level_result >= 0 && levels == 1)
            return 0;
        if (level_result < 0 && result == 0) {
            result = level_result;
            *fail = one;
        }
    }
    return result;
}

/* ---- emptying ---- */

/* kernfs: a read from offset 0 arms the next POLLPRI, and a change before poll(2) ends that poll at
 * once. So reading first and polling after can't miss the change. */
static int wait_until_unpopulated(const struct cgroup_dir *dir, int64_t deadline_ms,
                                  struct fail *fail)
{
    AUTO_FD int fd = openat(dir->fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : fail_sys(fail, "open %s/cgroup.events", dir->path);
    for (;;) {
        char text[128];
        ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
        if (got < 0 && errno == ENODEV) /* somebody else has removed it: its launcher, for one */
            return 0;
        if (got < 0)
            return fail_sys(fail, "read %s/cgroup.events", dir->path);
        text[got] = '\0';
        if (strstr(text, "populated 0") != NULL)
            return 0;
        struct pollfd change = {.fd = fd, .events = POLLPRI};
        int left = milliseconds_left(deadline_ms);
        if (left == 0)
            return fail_code(fail, -ETIMEDOUT, "wait for the processes in %s to end", dir->path);
        if (poll(&change, 1, left) < 0 && errno != EINTR)
            return fail_sys(fail, "poll %s/cgroup.events", dir->path);
    }
}

/* cgroup.kill reaches the cgroups below too, and no fork can outrun it. A threaded cgroup refuses
 * it (EOPNOTSUPP): its processes belong to the domain above, which was emptied before. One that is gone
 * (ENOENT, ENODEV) is as empty as can be. */
static int empty(const struct cgroup_dir *dir, int64_t deadline_ms, struct fail *fail)
{
    int result = cgroup_write(dir->fd, "cgroup.kill", "1");
    if (result < 0 && result != -EOPNOTSUPP && result != -ENOENT && result != -ENODEV)
        return fail_code(fail, result, "write 1 to %s/cgroup.kill", dir->path);
    return wait_until_unpopulated(dir, deadline_ms, fail);
}

const struct cgroup_driver CGROUP_V2 = {
    .magic = CGROUP2_SUPER_MAGIC,
    .enter_file = NULL,
    .attach_file = "cgroup.procs",
    .limits = limits_v2,
    .enable = enable,
    .prepare = NULL,
    .filter_devices = devices_attach,
    .empty = empty,
};
