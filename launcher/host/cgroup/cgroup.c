/* Making the container's cgroup, with its limits, and entering it. */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devices.h"
#include "driver.h"
#include "hand_over.h"
#include "scope.h"

static int open_directory(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* What a host can lack; any other error is one of the values, or of the moment. */
static bool is_lack(int code)
{
    return code == -ENOENT || code == -EACCES || code == -EPERM || code == -EROFS ||
           code == -EOPNOTSUPP;
}

/* With --best-effort, what the host can't do becomes a warning. */
static int forgive(struct cgroup *cgroup, int code, struct fail *fail)
{
    if (!cgroup->best_effort || !is_lack(code))
        return code;
    *ARENA_APPEND(cgroup->arena, cgroup->warnings, cgroup->warning_count) =
        arena_strdup(cgroup->arena, fail->text);
    *fail = (struct fail){.code = 0};
    return 0;
}

/* ---- the directory ---- */

/* One that was there is taken when nobody is in it, nor below it: the limits of a container must
 * not fall on others. */
static int take_existing(const struct cgroup_place *place, struct fail *fail)
{
    char pids[200], events[128];
    AUTO_FD int fd = open_directory(place->at.path);
    if (fd < 0)
        return fail_sys(fail, "open the cgroup %s", place->at.path);
    if (driver_of(fd) == NULL)
        return fail_code(fail, -ENOTDIR, "use %s: this is no cgroup", place->at.path);
    cgroup_list_pids(fd, "cgroup.procs", pids, sizeof(pids));
    bool below = cgroup_read(fd, "cgroup.events", events, sizeof(events)) == 0 &&
                 strstr(events, "populated 1") != NULL;
    if (pids[0] == '\0' && !below)
        return 0;
    (void)fail_code(fail, -EBUSY, "use the cgroup %s", place->at.path);
    if (pids[0] == '\0')
        return fail_hint(fail, "there are processes in the cgroups below it: launcher cgroup tree "
                               "shows them");
    return fail_hint(fail, "these processes are in it: %s", pids);
}

/* What is missing above the container's cgroup, from the top down; it stays. What can't be made is
 * seen by the mkdir of the cgroup itself. */
static void make_parents(const struct cgroup *cgroup, const struct cgroup_place *place)
{
    struct fail ignored = {0};
    char *path = arena_strdup(cgroup->arena, place->at.path);
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool made = mkdir(path, 0755) == 0;
        AUTO_FD int fd = made && place->driver->prepare != NULL ? open_directory(path) : -1;
        if (fd >= 0)
            (void)place->driver->prepare(&(struct cgroup_dir){.fd = fd, .path = path},
                                         place->required | place->useful, &ignored);
        *slash = '/';
    }
}

static int make_directory(const struct cgroup *cgroup, const struct cgroup_place *place,
                          struct fail *fail)
{
    if (place->at.kept)
        return take_existing(place, fail);
    if (mkdir(place->at.path, 0755) == 0)
        return 0;
    if (errno == ENOENT && cgroup->make_parents) {
        make_parents(cgroup, place);
        if (mkdir(place->at.path, 0755) == 0)
            return 0;
    }
    int code = fail_sys(fail, "create the cgroup %s", place->at.path);
    if (code == -EEXIST)
        return fail_hint(fail, "a container of this name runs, or an earlier one was not cleaned "
                               "up: launcher gc removes what nobody uses");
    if (code == -EACCES || code == -EPERM || code == -EROFS)
        return fail_hint(fail, "limits need a writable cgroup: be root, or have one delegated");
    if (code == -ENOENT && cgroup->inside_others)
        return fail_hint(fail, "the cgroup above it does not exist here: launcher cgroup create "
                               "makes it in every hierarchy");
    return code;
}

/* In a threaded domain, or below one, a cgroup can hold threads only. Only one that somebody else
 * made can be that: the root of a hierarchy never is. */
static int refuse_threaded(const struct cgroup_dir *dir, struct fail *fail)
{
    char type[32];
    if (cgroup_read(dir->fd, "cgroup.type", type, sizeof(type)) < 0 ||
        strcmp(type, "domain\n") == 0)
        return 0;
    (void)fail_code(fail, -EOPNOTSUPP, "use the cgroup %s, whose type is \"%.*s\"", dir->path,
                    (int)strcspn(type, "\n"), type);
    return fail_hint(fail, "a container can't live in a threaded cgroup or below one, cgroups(7): "
                           "name another one");
}

/* ---- controllers ---- */

/* v2: only a cgroup without processes may hand memory down. When launcher itself is the only one in
 * there, it can step aside, into a leaf. */
static int step_aside(struct cgroup *cgroup, const struct cgroup_dir *dir, struct fail *fail)
{
    char pids[32], own[32];
    (void)snprintf(own, sizeof(own), "%d\n", (int)getpid());
    if (cgroup->leaf != NULL || faccessat(dir->fd, "../cgroup.type", F_OK, 0) != 0 ||
        cgroup_read(dir->fd, "../cgroup.procs", pids, sizeof(pids)) < 0 || strcmp(pids, own) != 0)
        return 0;
    cgroup->leaf =
        arena_printf(cgroup->arena, "%.*s/launcher-self-%d",
                     (int)(strrchr(dir->path, '/') - dir->path), dir->path, (int)getpid());
    if (mkdir(cgroup->leaf, 0755) < 0)
        return fail_sys(fail, "create the cgroup %s for launcher itself", cgroup->leaf);
    AUTO_FD int fd = open_directory(cgroup->leaf);
    int result = fd < 0 ? -errno : cgroup_write(fd, "cgroup.procs", "0");
    if (result < 0)
        return fail_code(fail, result, "move launcher itself to the cgroup %s", cgroup->leaf);
    return 0;
}

void cgroup_step_back(struct cgroup *cgroup)
{
    char controllers[256], text[512] = "";
    AUTO_FD int fd = cgroup->leaf != NULL ? open_directory(cgroup->leaf) : -1;
    if (fd < 0)
        return;
    /* As long as the parent hands any controller down, nobody can get back into it. */
    if (cgroup_read(fd, "../cgroup.subtree_control", controllers, sizeof(controllers)) == 0) {
        size_t used = 0;
        char *rest = controllers;
        for (const char *name; (name = strsep(&rest, " \n")) != NULL;)
            if (*name != '\0' && used < sizeof(text))
                used += (size_t)snprintf(text + used, sizeof(text) - used, "-%s ", name);
        if (cgroup_write(fd, "../cgroup.subtree_control", text) < 0)
            return;
    }
    if (cgroup_write(fd, "../cgroup.procs", "0") == 0)
        (void)rmdir(cgroup->leaf);
    cgroup->leaf = NULL;
}

static int enable(struct cgroup *cgroup, const struct cgroup_place *place,
                  const struct cgroup_dir *dir, uint32_t controllers, struct fail *fail)
{
    TRY(step_aside(cgroup, dir, fail));
    return place->driver->enable(dir, controllers, fail);
}

static uint32_t listed_controllers(int dir_fd, const char *file)
{
    char text[256];
    return cgroup_read(dir_fd, file, text, sizeof(text)) < 0 ? 0 : controller_set(text, " \n");
}

/* What is only useful is enabled where that is possible, and nobody hears of it where it is not. */
static void enable_useful(struct cgroup *cgroup, const struct cgroup_place *place,
                          const struct cgroup_dir *dir)
{
    struct fail ignored = {0};
    uint32_t useful = place->useful & ~CONTROLLERS_WITHOUT_NAME;
    if (place->driver->enable == NULL || useful == 0)
        return;
    uint32_t missing = useful & ~listed_controllers(dir->fd, "cgroup.controllers") &
                       listed_controllers(dir->fd, "../cgroup.controllers");
    if (missing != 0)
        (void)enable(cgroup, place, dir, missing, &ignored);
}

/* ---- limits ---- */

int limit_unsupported(const struct limit_write *write, struct fail *fail)
{
    (void)fail_code(fail, -EOPNOTSUPP,
                    "limit %s: this host has the controller \"%s\" in cgroup version 1, which "
                    "knows no such limit",
                    write->name, controller_name(write->controller));
    return fail_hint(fail, "--best-effort goes on without it");
}

/* The first container with a limit since boot may find that a controller is not enabled yet: its
 * file is missing then. Asking for the file is how to see that, and costs the others nothing. */
static int write_file(struct cgroup *cgroup, const struct cgroup_place *place,
                      const struct cgroup_dir *dir, const struct limit_write *write,
                      struct fail *fail)
{
    int result = cgroup_write(dir->fd, write->file, write->text);
    bool may_enable =
        result == -ENOENT && place->driver->enable != NULL &&
        write->controller < CONTROLLER_COUNT &&
        !(listed_controllers(dir->fd, "cgroup.controllers") & CONTROLLER_BIT(write->controller));
    if (may_enable) {
        TRY(enable(cgroup, place, dir, place->required, fail));
        result = cgroup_write(dir->fd, write->file, write->text);
    }
    if (result == -ENOENT && write->other_file != NULL)
        result = cgroup_write(dir->fd, write->other_file, write->other_text);
    if (result == -ENOENT && write->optional)
        return 0;
    return result < 0 ? fail_code(fail, result, "write %.100s to %s/%s", write->text, dir->path,
                                  write->file)
                      : 0;
}

/* What the kernel means when it refuses a value. */
static const struct {
    enum controller controller;
    int code;
    const char *hint;
} HINTS[] = {
    {CONTROLLER_MEMORY, -EBUSY, "more memory than that is in use there already"},
    {CONTROLLER_CPUSET, -EINVAL, "this machine has no such CPU or node"},
    {CONTROLLER_CPUSET, -ERANGE, "this machine has no such CPU or node"},
    {CONTROLLER_CPUSET, -EACCES, "the cgroup above it does not have these CPUs or nodes"},
    {CONTROLLER_CPUSET, -ENODEV, "no such CPU or node is online"},
    {CONTROLLER_IO, -ENODEV, "this machine has no such disk; lsblk(8) lists them with MAJ:MIN"},
    {CONTROLLER_CPU, -EINVAL, "a cgroup above it may have less, or a burst more than the quota"},
    {CONTROLLER_RDMA, -ENODEV, "this machine has no such RDMA device; rdma(8) lists them"},
    {CONTROLLER_NET_PRIO, -ENODEV, "launcher's own network has no interface of that name"},
    {CONTROLLER_MISC, -EINVAL,
     "this machine has no such resource; misc.capacity of the root "
     "cgroup lists them"},
};

int limit_hint(const struct limit_write *write, struct fail *fail)
{
    for (size_t i = 0; i < sizeof(HINTS) / sizeof(HINTS[0]); i++)
        if (HINTS[i].controller == write->controller && HINTS[i].code == fail->code)
            return fail_hint(fail, "%s", HINTS[i].hint);
    if (fail->code == -ENOENT && write->controller < CONTROLLER_COUNT)
        return fail_hint(fail, "the controller \"%s\" of this kernel has no such file",
                         controller_name(write->controller));
    return fail->code;
}

static int write_limit(struct cgroup *cgroup, const struct cgroup_place *place,
                       const struct cgroup_dir *dir, const struct limit_write *write,
                       struct fail *fail)
{
    if (write->file == NULL)
        return limit_unsupported(write, fail);
    int result = write_file(cgroup, place, dir, write, fail);
    return result < 0 ? limit_hint(write, fail) : 0;
}

/* The settings that every cgroup has go to the first one. */
static bool belongs_here(const struct cgroup *cgroup, const struct cgroup_place *place,
                         const struct limit_write *write)
{
    if (write->controller == CONTROLLER_COUNT)
        return place == cgroup->places;
    return place->required & CONTROLLER_BIT(write->controller);
}

static int write_limits(struct cgroup *cgroup, const struct cgroup_place *place,
                        const struct cgroup_dir *dir, const struct spec_resources *resources,
                        struct fail *fail)
{
    struct limit_list list = place->driver->limits(resources, cgroup->arena);
    for (size_t i = 0; i < list.count; i++) {
        int result = belongs_here(cgroup, place, &list.writes[i])
                         ? write_limit(cgroup, place, dir, &list.writes[i], fail)
                         : 0;
        if (result < 0)
            TRY(forgive(cgroup, result, fail));
    }
    return 0;
}

static int filter_devices(struct cgroup *cgroup, const struct cgroup_place *place,
                          const struct cgroup_dir *dir, struct fail *fail)
{
    struct fail refused = {0};
    bool here = (place->required | place->useful) & CONTROLLER_BIT(CONTROLLER_DEVICES);
    if (!here || cgroup->filter == NULL)
        return 0;
    int result = place->driver->filter_devices(dir, cgroup->filter, cgroup->arena, &refused);
    if (result >= 0 || !cgroup->devices_required)
        return 0; /* the walls of docs/decisions/006-no-devices.md stand without it */
    *fail = refused;
    return forgive(cgroup, result, fail);
}

/* ---- delegation ---- */

/* The container gets a cgroup below the one that has the limits: a root of its namespace whose
 * files it may write, while the limits stay out of its sight. */
static int delegate(struct cgroup *cgroup, const struct cgroup_dir *dir, int *ret_fd,
                    struct fail *fail)
{
    const char *path = arena_printf(cgroup->arena, "%s/payload", dir->path);
    if (mkdirat(dir->fd, "payload", 0755) < 0)
        return fail_sys(fail, "create the cgroup %s", path);
    AUTO_FD int fd = openat(dir->fd, "payload", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail_sys(fail, "open the cgroup %s", path);
    struct cgroup_dir below = {.fd = fd, .path = path};
    uint32_t controllers = listed_controllers(dir->fd, "cgroup.controllers");
    if (controllers != 0)
        TRY(CGROUP_V2.enable(&below, controllers, fail));
    if (cgroup->has_owner)
        TRY(cgroup_hand_over(&below, cgroup->owner, cgroup->owner_group, fail));
    *ret_fd = take_fd(&fd);
    return 0;
}

/* ---- all of it ---- */

static int open_entrance(struct cgroup *cgroup, struct cgroup_place *place, struct cgroup_dir *dir,
                         struct fail *fail)
{
    const char *enter_file = place->driver->enter_file;
    if (enter_file == NULL && cgroup->delegate)
        return delegate(cgroup, dir, &cgroup->unified_fd, fail);
    if (enter_file == NULL) {
        cgroup->unified_fd = take_fd(&dir->fd);
        return 0;
    }
    place->enter_fd = openat(dir->fd, enter_file, O_WRONLY | O_CLOEXEC);
    if (place->enter_fd < 0)
        return fail_sys(fail, "open %s/%s", dir->path, enter_file);
    return 0;
}

static int set_up_open(struct cgroup *cgroup, struct cgroup_place *place, struct cgroup_dir *dir,
                       const struct spec_resources *resources, struct fail *fail)
{
    if (cgroup->inside_others && place->driver == &CGROUP_V2)
        TRY(refuse_threaded(dir, fail));
    if (place->driver->prepare != NULL)
        TRY(place->driver->prepare(dir, place->required | place->useful, fail));
    TRY(write_limits(cgroup, place, dir, resources, fail));
    enable_useful(cgroup, place, dir);
    TRY(filter_devices(cgroup, place, dir, fail));
    return open_entrance(cgroup, place, dir, fail);
}

static int set_up_directory(struct cgroup *cgroup, struct cgroup_place *place,
                            const struct spec_resources *resources, struct fail *fail)
{
    struct cgroup_dir dir = {.fd = open_directory(place->at.path), .path = place->at.path};
    if (dir.fd < 0)
        return fail_sys(fail, "open the cgroup %s", place->at.path);
    int result = set_up_open(cgroup, place, &dir, resources, fail);
    own_close(&dir.fd);
    return result;
}

int cgroup_end_scope(struct cgroup *cgroup, struct fail *fail)
{
    const struct unit_order *scope = &cgroup->scope;
    return scope->unit.name == NULL
               ? 0
               : unit_stop(scope->unit.name, scope->of_user, cgroup->arena, fail);
}

/* Takes back the first `made` directories, and makes the caller forget the rest: one that was there
 * before belongs to somebody else. */
static int give_up(struct cgroup *cgroup, size_t made, struct fail *fail)
{
    struct fail second = {0};
    struct cgroup_path paths[CGROUP_PATHS_MAX];
    (void)cgroup_paths(cgroup, paths);
    cgroup_close(cgroup);
    if (cgroup_remove(paths, made, &second) < 0 || cgroup_end_scope(cgroup, &second) < 0)
        fail_hint(fail, "what was made could not be removed: %.180s", second.text);
    cgroup_step_back(cgroup);
    cgroup->place_count = 0;
    return fail->code;
}

/* A hierarchy that no limit needs, or that may be missed, is left out. */
static void leave_out(struct cgroup *cgroup, size_t index)
{
    struct fail left = {0};
    struct cgroup_place *place = &cgroup->places[index];
    if (place->enter_fd < 0 && place->driver->enter_file == NULL)
        own_close(&cgroup->unified_fd);
    own_close(&place->enter_fd);
    if (!place->at.kept && cgroup_remove(&place->at, 1, &left) < 0)
        *ARENA_APPEND(cgroup->arena, cgroup->warnings, cgroup->warning_count) =
            arena_strdup(cgroup->arena, left.text);
    cgroup->place_count--;
    memmove(place, place + 1, (cgroup->place_count - index) * sizeof(*place));
}

/* No limit needs this hierarchy, so the container can do without; but a cgroup that the user named
 * may be missing from it only, not fail there. */
static bool is_dispensable(const struct cgroup *cgroup, const struct cgroup_place *place, int code)
{
    bool lack = cgroup->named ? code == -ENOENT : is_lack(code);
    return place->required == 0 && lack && !cgroup->delegate;
}

/* A scope that was there before is somebody else's, who goes on. */
static int make_place(struct cgroup *cgroup, const struct cgroup_place *place,
                      const struct spec_resources *resources, struct fail *fail)
{
    if (cgroup->scope.unit.name == NULL)
        return make_directory(cgroup, place, fail);
    int result = scope_create(cgroup, resources, fail);
    if (result < 0)
        cgroup->scope.unit.name = NULL;
    return result;
}

/* Returns 1 when the place is made, 0 when it is left out. */
static int create_place(struct cgroup *cgroup, size_t index, const struct spec_resources *resources,
                        struct fail *fail)
{
    struct cgroup_place *place = &cgroup->places[index];
    int made = make_place(cgroup, place, resources, fail);
    int result = made < 0 ? made : set_up_directory(cgroup, place, resources, fail);
    if (result >= 0)
        return 1;
    if (!is_dispensable(cgroup, place, result) && forgive(cgroup, result, fail) < 0)
        return give_up(cgroup, made < 0 ? index : index + 1, fail);
    if (made < 0)
        place->at.kept = true; /* it is not ours to remove */
    leave_out(cgroup, index);
    return 0;
}

int cgroup_create(struct cgroup *cgroup, const struct spec_resources *resources, struct fail *fail)
{
    struct fail last = {0};
    for (size_t i = 0; i < cgroup->place_count;) {
        struct fail one = {0};
        int result = create_place(cgroup, i, resources, &one);
        if (result < 0) {
            *fail = one;
            return result;
        }
        last = result == 0 ? one : last;
        i += (size_t)result;
    }
    if (cgroup->place_count > 0 || !cgroup->named || cgroup->best_effort)
        return 0;
    *fail = last; /* it is nowhere */
    return last.code;
}

void cgroup_close(struct cgroup *cgroup)
{
    own_close(&cgroup->unified_fd);
    for (size_t i = 0; i < cgroup->place_count; i++)
        own_close(&cgroup->places[i].enter_fd);
}

/* ---- entering ---- */

static int open_place(struct cgroup *cgroup, struct cgroup_place *place, struct fail *fail)
{
    struct cgroup_dir dir = {.path = place->at.path};
    dir.fd = open(dir.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir.fd < 0)
        return fail_sys(fail, "opening the cgroup %s", dir.path);
    int result = open_entrance(cgroup, place, &dir, fail);
    own_close(&dir.fd);
    return result;
}

int cgroup_open(struct cgroup *cgroup, struct fail *fail)
{
    for (size_t i = 0; i < cgroup->place_count; i++)
        TRY(open_place(cgroup, &cgroup->places[i], fail));
    return 0;
}

int cgroup_enter(const struct cgroup *cgroup)
{
    for (size_t i = 0; i < cgroup->place_count; i++)
        if (cgroup->places[i].enter_fd >= 0 && write(cgroup->places[i].enter_fd, "0", 1) < 0)
            return -errno;
    return 0;
}
