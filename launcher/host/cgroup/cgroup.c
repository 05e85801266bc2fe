#include "cgroup.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "driver.h"

/* ---- placing ---- */

/* Every limit has a file on v2, so its table tells what the limits need. */
static uint32_t wanted_controllers(const struct spec_resources *resources)
{
    uint32_t wanted = 0;
    char text[LIMIT_TEXT_MAX];
    for (size_t i = 0; i < CGROUP_V2.limit_count; i++)
        if (CGROUP_V2.limits[i].text(resources, text))
            wanted |= CONTROLLER_BIT(CGROUP_V2.limits[i].controller);
    return wanted;
}

static int missing_controller(const struct cgroup_layout *layout, const char *name,
                              struct fail *fail)
{
    bool none = layout->unified.mount_point == NULL;
    for (unsigned i = 0; i < CONTROLLER_COUNT; i++)
        none = none && layout->v1[i].mount_point == NULL;
    (void)fail_code(fail, -ENOENT, "find the cgroup controller \"%s\" on this host", name);
    if (none)
        return fail_hint(fail, "no cgroup file system is mounted: "
                               "mount -t cgroup2 cgroup2 /sys/fs/cgroup");
    return fail_hint(fail, "neither cgroup v2 nor v1 has it here; see /proc/cgroups and the kernel "
                           "option cgroup_disable=");
}

/* Co-mounted controllers (v1 "cpu,cpuacct"), and all of v2, share one directory. */
static void add_place(struct cgroup *cgroup, const char *path, const struct cgroup_driver *driver,
                      enum controller controller)
{
    size_t i = 0;
    while (i < cgroup->path_count && strcmp(cgroup->paths[i], path) != 0)
        i++;
    if (i == cgroup->path_count)
        cgroup->path_count++;
    cgroup->paths[i] = path;
    cgroup->drivers[i] = driver;
    cgroup->enter_fds[i] = -1;
    cgroup->controllers[i] |= CONTROLLER_BIT(controller);
}
static_assert((int)CONTROLLER_COUNT <= (int)CGROUP_PATHS_MAX, "at worst a hierarchy a controller");

int cgroup_place(const char *id, const struct spec_resources *resources, struct arena *arena,
                 struct cgroup *ret_cgroup, struct fail *fail)
{
    *ret_cgroup = CGROUP_NONE;
    uint32_t wanted = wanted_controllers(resources);
    if (wanted == 0)
        return 0;
    struct cgroup_layout layout;
    TRY(layout_read(arena, &layout, fail));
    for (enum controller i = 0; i < CONTROLLER_COUNT; i++) {
        if (!(wanted & CONTROLLER_BIT(i)))
            continue;
        bool unified = layout.unified_controllers & CONTROLLER_BIT(i);
        const char *mount_point = unified ? layout.unified.mount_point : layout.v1[i].mount_point;
        if (mount_point == NULL)
            return missing_controller(&layout, controller_name(i), fail);
        add_place(ret_cgroup, arena_printf(arena, "%s/launcher-%s", mount_point, id),
                  unified ? &CGROUP_V2 : &CGROUP_V1, i);
    }
    return 0;
}

/* ---- creating ---- */

static int open_directory(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int make_directory(const char *path, struct fail *fail)
{
    if (mkdir(path, 0755) == 0)
        return 0;
    int code = fail_sys(fail, "create the cgroup %s", path);
    if (code == -EEXIST)
        return fail_hint(fail, "a container of this name runs, or an earlier one was not cleaned "
                               "up: launcher gc removes what nobody uses");
    if (code == -EACCES || code == -EPERM || code == -EROFS)
        return fail_hint(fail, "limits need a writable cgroup: be root, or have one delegated");
    return code;
}

/* The first container with a limit since boot may find that a controller is not enabled yet: its
 * file is missing then. Asking for the file is how to see that, and costs the others nothing. */
static int write_limit(const struct cgroup_dir *dir, const struct cgroup_driver *driver,
                       uint32_t controllers, const struct limit_file *limit, const char *text,
                       struct fail *fail)
{
    int result = cgroup_write(dir->fd, limit->name, text);
    if (result == -ENOENT && !limit->optional && driver->enable != NULL) {
        TRY(driver->enable(dir, controllers, fail));
        result = cgroup_write(dir->fd, limit->name, text);
    }
    if (result == -ENOENT && limit->optional)
        return 0;
    if (result < 0)
        return fail_code(fail, result, "write %s to %s/%s", text, dir->path, limit->name);
    return 0;
}

static int write_limits(const struct cgroup_dir *dir, const struct cgroup_driver *driver,
                        uint32_t controllers, const struct spec_resources *resources,
                        struct fail *fail)
{
    char text[LIMIT_TEXT_MAX];
    for (size_t i = 0; i < driver->limit_count; i++) {
        const struct limit_file *limit = &driver->limits[i];
        if ((controllers & CONTROLLER_BIT(limit->controller)) && limit->text(resources, text))
            TRY(write_limit(dir, driver, controllers, limit, text, fail));
    }
    return 0;
}

static int set_up_directory(struct cgroup *cgroup, size_t index,
                            const struct spec_resources *resources, struct fail *fail)
{
    const char *path = cgroup->paths[index];
    const struct cgroup_driver *driver = cgroup->drivers[index];
    AUTO_FD int fd = open_directory(path);
    if (fd < 0)
        return fail_sys(fail, "open the cgroup %s", path);
    struct cgroup_dir dir = {.fd = fd, .path = path};
    TRY(write_limits(&dir, driver, cgroup->controllers[index], resources, fail));
    if (driver->enter_file == NULL) {
        cgroup->unified_fd = take_fd(&fd);
        return 0;
    }
    cgroup->enter_fds[index] = openat(fd, driver->enter_file, O_WRONLY | O_CLOEXEC);
    if (cgroup->enter_fds[index] < 0)
        return fail_sys(fail, "open %s/%s", path, driver->enter_file);
    return 0;
}

/* Takes back the first `made` directories, and makes the caller forget the rest: one that was there
 * before belongs to somebody else. */
static int give_up(struct cgroup *cgroup, size_t made, struct fail *fail)
{
    struct fail second = {0};
    cgroup_close(cgroup);
    if (cgroup_remove(cgroup->paths, made, &second) < 0)
        fail_hint(fail, "what was made could not be removed: %.180s", second.text);
    cgroup->path_count = 0;
    return fail->code;
}

int cgroup_create(struct cgroup *cgroup, const struct spec_resources *resources, struct fail *fail)
{
    for (size_t i = 0; i < cgroup->path_count; i++) {
        if (make_directory(cgroup->paths[i], fail) < 0)
            return give_up(cgroup, i, fail);
        if (set_up_directory(cgroup, i, resources, fail) < 0)
            return give_up(cgroup, i + 1, fail);
    }
    return 0;
}

void cgroup_close(struct cgroup *cgroup)
{
    own_close(&cgroup->unified_fd);
    for (size_t i = 0; i < cgroup->path_count; i++)
        own_close(&cgroup->enter_fds[i]);
}

/* ---- entering ---- */

int cgroup_enter(const struct cgroup *cgroup)
{
    for (size_t i = 0; i < cgroup->path_count; i++)
        if (cgroup->enter_fds[i] >= 0 && write(cgroup->enter_fds[i], "0", 1) < 0)
            return -errno;
    return 0;
}
/* ---- removing ---- */

enum { REMOVE_TIMEOUT_MS = 10 * 1000 }; /* only a process stuck in the kernel takes that long */

/* A place in a tree of cgroups, on the way to remove it from the leaves up. */
struct walk {
    const struct cgroup_driver *driver;
    struct cgroup_dir dir;
    size_t depth;
    int64_t deadline_ms;
};

static const struct cgroup_driver *driver_of(int fd)
{
    struct statfs info;
    if (fstatfs(fd, &info) != 0)
        return NULL;
    if ((uint64_t)info.f_type == CGROUP_V2.magic)
        return &CGROUP_V2;
    return (uint64_t)info.f_type == CGROUP_V1.magic ? &CGROUP_V1 : NULL;
}

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
 * held at a time, and there is no recursion: how deep the tree is was the payload's choice. */
static int clear_tree(const char *path, int64_t deadline_ms, struct fail *fail)
{
    AUTO_FD int top_fd = open_directory(path);
    if (top_fd < 0)
        return errno == ENOENT ? 0 : fail_sys(fail, "open the cgroup %s", path);
    const struct cgroup_driver *driver = driver_of(top_fd);
    if (driver == NULL)
        return fail_set(fail, "remove the cgroup %s: this is no cgroup", path);
    struct walk walk = {.driver = driver, .deadline_ms = deadline_ms};
    walk.dir = (struct cgroup_dir){.fd = take_fd(&top_fd), .path = path};
    int result = walk.driver->empty(&walk.dir, deadline_ms, fail);
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
        TRY(clear_tree(path, deadline_ms, fail));
        (void)sched_yield(); /* it always works on Linux */
    }
    return 0;
}

int cgroup_remove(const char *const *paths, size_t path_count, struct fail *fail)
{
    int64_t deadline_ms = monotonic_ms() + REMOVE_TIMEOUT_MS;
    int first_code = 0;
    for (size_t i = 0; i < path_count; i++) {
        struct fail one = {0};
        if (remove_path(paths[i], deadline_ms, &one) < 0 && first_code == 0) {
            *fail = one; /* the first reason is told, but the other paths go all the same */
            first_code = one.code;
        }
    }
    return first_code;
}
