/* Ending what is in a cgroup, and removing it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "driver.h"
#include "freeze.h"

enum { REMOVE_TIMEOUT_MS = 10 * 1000 }; /* only a process stuck in the kernel takes that long */

/* A place in a tree of cgroups, on the way to remove it from the leaves up. */
struct walk {
    const struct cgroup_driver *driver;
    struct cgroup_dir dir;
    size_t depth;
    int64_t deadline_ms;
};

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The first cgroup below the one at `fd`; "" when there is none. */
static int first_child(int fd, char name[NAME_MAX + 1])
{
    name[0] = '\0';
    AUTO_FD int listed = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = listed < 0 ? NULL : fdopendir(listed);
    if (stream == NULL)
        return -errno;
    (void)take_fd(&listed); /* closedir closes it */
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        if (entry->d_type != DT_DIR || is_dots(entry->d_name))
            continue;
        (void)strcpy(name, entry->d_name);
        break;
    }
    (void)closedir(stream);
    return 0;
}

static int step_into(struct walk *walk, const char *name, struct fail *fail)
{
    int next = openat(walk->dir.fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (next < 0)
        return fail_sys(fail, "open %s in the cgroup %s", name, walk->dir.path);
    own_close(&walk->dir.fd);
    walk->dir.fd = next;
    return 0;
}

static int descend(struct walk *walk, const char *name, struct fail *fail)
{
    TRY(step_into(walk, name, fail));
    walk->depth++;
    return walk->driver->empty(&walk->dir, walk->deadline_ms, fail);
}

/* One step: removes a leaf, goes down to one, or goes back up. 1: there is nothing left below. */
static int remove_step(struct walk *walk, struct fail *fail)
{
    char name[NAME_MAX + 1];
    int result = first_child(walk->dir.fd, name);
    if (result == -ENOENT) /* somebody else has removed it meanwhile */
        return 1;
    if (result < 0)
        return fail_code(fail, result, "list the cgroup %s", walk->dir.path);
    if (name[0] == '\0' && walk->depth == 0)
        return 1;
    if (name[0] == '\0') {
        walk->depth--;
        return step_into(walk, "..", fail);
    }
    if (unlinkat(walk->dir.fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return 0;
    if (errno != EBUSY || milliseconds_left(walk->deadline_ms) == 0)
        return fail_sys(fail, "remove %s in the cgroup %s", name, walk->dir.path);
    return descend(walk, name, fail);
}

/* Ends all processes of a cgroup and removes the cgroups that the payload made below it. One fd is
 * held at a time, and there is no recursion: how deep the tree is was the payload's choice.
 * One that is kept must stay as it is. That goes for pids.max, and it forbids cgroup.kill: from Linux
 * 6.15 on every process dies that CLONE_INTO_CGROUP starts in a cgroup which was ever killed so; the
 * kernel compares the count of kills of that cgroup with the one of the parent's. */
static int clear_tree(const char *path, bool kept, int64_t deadline_ms, struct fail *fail)
{
    AUTO_FD int top_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (top_fd < 0)
        return errno == ENOENT ? 0 : fail_sys(fail, "open the cgroup %s", path);
    const struct cgroup_driver *driver = driver_of(top_fd);
    if (driver == NULL)
        return fail_set(fail, "remove the cgroup %s: this is no cgroup", path);
    struct walk walk = {.driver = driver, .deadline_ms = deadline_ms};
    walk.dir = (struct cgroup_dir){.fd = take_fd(&top_fd), .path = path};
    int result = kept ? cgroup_kill_listed(&walk.dir, deadline_ms, fail)
                      : driver->empty(&walk.dir, deadline_ms, fail);
    while (result == 0)
        result = remove_step(&walk, fail);
    own_close(&walk.dir.fd);
    return result < 0 ? result : 0;
}

/* In the normal case the container's processes died with its PID 1, and one rmdir(2) is all. On v1
 * a process that has just ended can hold its cgroup for a moment more, and no event tells when it
 * lets go: yield and ask again. */
static int remove_path(const char *path, int64_t deadline_ms, struct fail *fail)
{
    while (rmdir(path) != 0) {
        if (errno == ENOENT)
            return 0;
        if (errno != EBUSY || milliseconds_left(deadline_ms) == 0)
            return fail_sys(fail, "remove the cgroup %s", path);
        TRY(clear_tree(path, false, deadline_ms, fail));
        (void)sched_yield(); /* it always works on Linux */
    }
    return 0;
}

static bool is_v1_freezer(const char *path)
{
    char file[PATH_MAX];
    (void)snprintf(file, sizeof(file), "%s/freezer.state", path);
    return access(file, F_OK) == 0;
}

/* What v1 has frozen can't be killed, in whichever hierarchy that is tried, and what is kept must not
 * be frozen when the next container enters it. A cgroup of v2 that goes needs no thawing. */
static void thaw_first(const struct cgroup_path *paths, size_t path_count)
{
    for (size_t i = 0; i < path_count; i++)
        if (paths[i].kept || is_v1_freezer(paths[i].path))
            cgroup_thaw(&paths[i], 1);
}

/* Where nobody is in it any more, nobody is frozen. */
static bool remove_empty(const struct cgroup_path *paths, size_t path_count)
{
    for (size_t i = 0; i < path_count; i++)
        if (paths[i].kept || (rmdir(paths[i].path) < 0 && errno != ENOENT))
            return false;
    return true;
}

int cgroup_remove(const struct cgroup_path *paths, size_t path_count, struct fail *fail)
{
    int64_t deadline_ms = monotonic_ms() + REMOVE_TIMEOUT_MS;
    int first_code = 0;
    if (remove_empty(paths, path_count))
        return 0;
    thaw_first(paths, path_count);
    for (size_t i = 0; i < path_count; i++) {
        struct fail one = {0};
        int result = paths[i].kept ? clear_tree(paths[i].path, true, deadline_ms, &one)
                                   : remove_path(paths[i].path, deadline_ms, &one);
        if (result < 0 && first_code == 0) {
            *fail = one; /* the first reason is told, but the other paths go all the same */
            first_code = one.code;
        }
    }
    return first_code;
}
