/* The unified hierarchy: Documentation/admin-guide/cgroup-v2.rst. */
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool memory_max(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX])
{
    return limit_text(resources->memory_max, "max", text);
}

/* memory.max bounds RAM alone: with swap free, a hog is swapped out instead of killed, and drags
 * the whole host down. No swap makes the one number mean what the user takes it for. */
static bool memory_swap_max(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX])
{
    struct limit swap = resources->memory_max;
    swap.value = swap.value > 0 ? 0 : swap.value;
    return limit_text(swap, "max", text);
}

static bool cpu_max(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX])
{
    struct limit quota = resources->cpu_quota_us, period = resources->cpu_period_us;
    if (!limit_text(quota, "max", text)) {
        if (!period.set)
            return false;
        (void)strcpy(text, "max");
    }
    size_t used = strlen(text);
    if (period.set) /* otherwise the kernel keeps its own, 100,000 us */
        (void)snprintf(text + used, LIMIT_TEXT_MAX - used, " %lld", (long long)period.value);
    return true;
}

static bool pids_max(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX])
{
    return limit_text(resources->pids_max, "max", text);
}

/* memory.swap.max is missing where the kernel was built without swap, or doesn't account for it. */
static const struct limit_file LIMITS[] = {
    {CONTROLLER_PIDS, "pids.max", pids_max, .optional = false},
    {CONTROLLER_MEMORY, "memory.max", memory_max, .optional = false},
    {CONTROLLER_MEMORY, "memory.swap.max", memory_swap_max, .optional = true},
    {CONTROLLER_CPU, "cpu.max", cpu_max, .optional = false},
};

/* ---- controllers ---- */

/* "+pids +memory": all in one write, for the kernel takes all words of a write or none. */
static void enabling_text(uint32_t controllers, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (enum controller i = 0; i < CONTROLLER_COUNT && used < size; i++)
        if (controllers & CONTROLLER_BIT(i))
            used += (size_t)snprintf(text + used, size - used, "%s+%s", used > 0 ? " " : "",
                                     controller_name(i));
}

/* Only the root of the whole hierarchy, which has no cgroup.type, may both hold processes and hand
 * controllers down. Elsewhere the kernel refuses memory, but takes cpu and pids: it turns the
 * cgroup into the root of a threaded subtree then, in which no container can be started. */
static bool parent_holds_processes(const struct cgroup_dir *dir)
{
    char text[32];
    return cgroup_read(dir->fd, "../cgroup.type", text, sizeof(text)) == 0 &&
           cgroup_read(dir->fd, "../cgroup.procs", text, sizeof(text)) == 0 && text[0] != '\0';
}

/* A v2 cgroup has a controller's files only when its parent hands that controller down. */
static int enable(const struct cgroup_dir *dir, uint32_t controllers, struct fail *fail)
{
    char text[128];
    enabling_text(controllers, text, sizeof(text));
    bool busy = parent_holds_processes(dir);
    int result = busy ? -EBUSY : cgroup_write(dir->fd, "../cgroup.subtree_control", text);
    if (result >= 0)
        return 0;
    int parent_length = (int)(strrchr(dir->path, '/') - dir->path);
    fail_code(fail, result, "write %s to %.*s/cgroup.subtree_control", text, parent_length,
              dir->path);
    if (busy)
        return fail_hint(fail, "that cgroup holds processes, so it can't hand controllers down "
                               "(cgroups(7), \"no internal processes\"; usual inside a container): "
                               "move them into a cgroup below it, or run without limits");
    return fail_hint(fail, "be root, or have these controllers delegated: every cgroup above must "
                           "hand them down");
}

/* ---- emptying ---- */

/* kernfs: a read from offset 0 arms the next POLLPRI, and a change before poll(2) ends that poll at
 * once. So reading first and polling after can't miss the change. */
static int wait_until_unpopulated(const struct cgroup_dir *dir, int64_t deadline_ms,
                                  struct fail *fail)
{
    AUTO_FD int fd = openat(dir->fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_sys(fail, "open %s/cgroup.events", dir->path);
    for (;;) {
        char text[128];
        ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
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
 * it (EOPNOTSUPP): its processes belong to the domain above, which was emptied before. */
static int empty(const struct cgroup_dir *dir, int64_t deadline_ms, struct fail *fail)
{
    int result = cgroup_write(dir->fd, "cgroup.kill", "1");
    if (result < 0 && result != -EOPNOTSUPP)
        return fail_code(fail, result, "write 1 to %s/cgroup.kill", dir->path);
    return wait_until_unpopulated(dir, deadline_ms, fail);
}

const struct cgroup_driver CGROUP_V2 = {
    .magic = CGROUP2_SUPER_MAGIC,
    .enter_file = NULL,
    .limits = LIMITS,
    .limit_count = sizeof(LIMITS) / sizeof(LIMITS[0]),
    .enable = enable,
    .empty = empty,
};
