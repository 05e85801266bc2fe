#include "update.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "driver.h"
#include "usage.h"

enum { OLD_MAX = 4096 };

/* One limit on its way from its old value to the new one. */
struct change {
    const struct cgroup_place *place;
    struct limit_write write;
    const char *old; /* what restores it; NULL: nothing to restore */
    bool done;
    struct fail failure; /* of the last try */
};

struct update {
    struct arena *arena;
    struct change *changes;
    size_t count;
};

/* ---- which place has which controller ---- */

static bool is_below(const char *path, const char *mount_point)
{
    size_t size = mount_point != NULL ? strlen(mount_point) : 0;
    return mount_point != NULL && strncmp(path, mount_point, size) == 0 && path[size] == '/';
}

/* The record has paths only. */
static int find_controllers(struct cgroup *cgroup, struct fail *fail)
{
    struct cgroup_layout layout;
    TRY(layout_read(cgroup->arena, &layout, fail));
    for (size_t i = 0; i < cgroup->place_count; i++) {
        struct cgroup_place *place = &cgroup->places[i];
        place->required = place->driver == &CGROUP_V2 ? layout.unified_controllers : 0;
        for (enum controller c = 0; place->driver == &CGROUP_V1 && c < CONTROLLER_COUNT; c++)
            if (is_below(place->at.path, layout.v1[c].mount_point))
                place->required |= CONTROLLER_BIT(c);
    }
    return 0;
}

static int check_controllers(const struct cgroup *cgroup, const struct spec_resources *resources,
                             struct fail *fail)
{
    struct limit_list list = limits_v2(resources, cgroup->arena);
    uint32_t missing = limits_controllers(&list);
    for (size_t i = 0; i < cgroup->place_count; i++)
        missing &= ~cgroup->places[i].required;
    for (enum controller c = 0; c < CONTROLLER_COUNT; c++)
        if (missing & CONTROLLER_BIT(c)) {
            (void)fail_code(fail, -ENOENT, "finding its cgroup of the controller \"%s\"",
                            controller_name(c));
            return fail_hint(fail, "version 1 has a hierarchy for each controller, and it was "
                                   "started without this one: launcher run --live makes them all");
        }
    return 0;
}

/* ---- what is not said ---- */

/* cpu.max holds quota and period, and swap is counted together with memory: one half alone needs the
 * other. */
static int complete(const struct cgroup *cgroup, struct spec_resources *resources,
                    struct fail *fail)
{
    struct cgroup_usage usage;
    cgroup_measure(cgroup, &usage);
    if (resources->memory_swap.set && resources->memory_swap.value >= 0 &&
        !resources->memory_max.set) {
        if (!usage.memory_limit.set || usage.memory_limit.value < 0) {
            (void)fail_set(fail, "limiting memory and swap together: memory has no limit");
            return fail_hint(fail, "set it with --memory in the same call");
        }
        resources->memory_max = usage.memory_limit;
    }
    for (size_t i = 0; i < cgroup->place_count; i++) {
        char text[64];
        AUTO_FD int fd = open(cgroup->places[i].at.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (!resources->cpu_period_us.set || resources->cpu_quota_us.set || fd < 0 ||
            cgroup_read(fd, "cpu.max", text, sizeof(text)) < 0)
            continue;
        bool unlimited = strncmp(text, "max", 3) == 0;
        resources->cpu_quota_us =
            (struct limit){.set = true, .value = unlimited ? -1 : strtoll(text, NULL, 10)};
    }
    return 0;
}

/* ---- old values ---- */

/* Files with a line for each device or resource, and what takes such a line away. */
static const struct {
    const char *file; /* begins so */
    const char *none;
} KEYED[] = {
    {"io.max", "rbps=max wbps=max riops=max wiops=max"},
    {"io.weight", "default"},
    {"io.bfq.weight", "default"},
    {"rdma.max", "hca_handle=max hca_object=max"},
    {"misc.max", "max"},
    {"blkio.throttle.", "0"},
    {"blkio.bfq.weight_device", "0"},
};

static const char *line_of(const char *text, const char *key, size_t key_size, struct arena *arena)
{
    for (const char *line = text; *line != '\0';) {
        size_t size = strcspn(line, "\n");
        if (strncmp(line, key, key_size) == 0 && line[key_size] == ' ')
            return arena_copy(arena, line, size);
        line += size + (line[size] == '\n' ? 1 : 0);
    }
    return NULL;
}

/* What to write so that the limit is again as in `text`. */
static const char *restoring_text(const struct limit_write *write, const char *text,
                                  struct arena *arena)
{
    for (size_t i = 0; i < sizeof(KEYED) / sizeof(KEYED[0]); i++) {
        if (strncmp(write->file, KEYED[i].file, strlen(KEYED[i].file)) != 0)
            continue;
        size_t key_size = strcspn(write->text, " ");
        const char *line = line_of(text, write->text, key_size, arena);
        return line != NULL
                   ? line
                   : arena_printf(arena, "%.*s %s", (int)key_size, write->text, KEYED[i].none);
    }
    return arena_strdup(arena, text);
}

/* On v2 a file is missing when its controller is not handed down yet. */
static int read_old(const struct change *change, const struct cgroup_dir *dir, char old[OLD_MAX],
                    struct fail *fail)
{
    const struct limit_write *write = &change->write;
    const struct cgroup_driver *driver = change->place->driver;
    int result = cgroup_read(dir->fd, write->file, old, OLD_MAX);
    if (result == -ENOENT && driver->enable != NULL && write->controller < CONTROLLER_COUNT) {
        struct fail refused = {0};
        if (driver->enable(dir, CONTROLLER_BIT(write->controller), &refused) >= 0)
            result = cgroup_read(dir->fd, write->file, old, OLD_MAX);
    }
    return result < 0 ? fail_code(fail, result, "read %s/%s", dir->path, write->file) : 0;
}

/* Adds one limit, with its old value; 0 also when the kernel lacks the file and needs none. */
static int add_change(struct update *update, const struct cgroup_place *place,
                      const struct cgroup_dir *dir, const struct limit_write *write,
                      struct fail *fail)
{
    char old[OLD_MAX];
    struct fail missing = {0};
    struct change change = {.place = place, .write = *write};
    if (write->file == NULL)
        return limit_unsupported(write, fail);
    int result = read_old(&change, dir, old, &missing);
    if (result == -ENOENT && write->other_file != NULL) {
        change.write.file = write->other_file;
        change.write.text = write->other_text;
        missing = (struct fail){.code = 0};
        result = read_old(&change, dir, old, &missing);
    }
    if (result == -ENOENT && write->optional)
        return 0;
    if (result < 0) {
        *fail = missing;
        return limit_hint(write, fail);
    }
    change.old = restoring_text(&change.write, old, update->arena);
    *ARENA_APPEND(update->arena, update->changes, update->count) = change;
    return 0;
}

static int collect(struct update *update, const struct cgroup *cgroup,
                   const struct spec_resources *resources, struct fail *fail)
{
    for (size_t i = 0; i < cgroup->place_count; i++) {
        const struct cgroup_place *place = &cgroup->places[i];
        struct limit_list list = place->driver->limits(resources, update->arena);
        AUTO_FD int fd = open(place->at.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct cgroup_dir dir = {.fd = fd, .path = place->at.path};
        if (fd < 0)
            return fail_sys(fail, "open the cgroup %s", place->at.path);
        for (size_t j = 0; j < list.count; j++) {
            enum controller controller = list.writes[j].controller;
            bool here = controller == CONTROLLER_COUNT
                            ? i == 0
                            : place->required & CONTROLLER_BIT(controller);
            if (here)
                TRY(add_change(update, place, &dir, &list.writes[j], fail));
        }
    }
    return 0;
}

/* ---- writing ---- */

static int write_text(const struct change *change, const char *text, struct fail *fail)
{
    const char *path = change->place->at.path;
    AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = fd < 0 ? -errno : cgroup_write(fd, change->write.file, text);
    if (result >= 0)
        return 0;
    (void)fail_code(fail, result, "write %.100s to %s/%s", text, path, change->write.file);
    if (result == -EACCES || result == -EPERM || result == -EROFS)
        return fail_hint(fail, "be root, or the user who has this cgroup delegated");
    return limit_hint(&change->write, fail);
}

/* Which of two limits must be written first depends on the old values: memory below memory and swap,
 * a burst below the quota. So what the kernel refuses is tried again when another one has changed.
 * Returns how many were written. */
static size_t write_round(struct update *update)
{
    size_t written = 0;
    for (size_t i = 0; i < update->count; i++) {
        struct change *change = &update->changes[i];
        if (change->done)
            continue;
        change->failure = (struct fail){.code = 0};
        change->done = write_text(change, change->write.text, &change->failure) >= 0;
        written += change->done ? 1 : 0;
    }
    return written;
}

static const struct change *first_failure(const struct update *update)
{
    for (size_t i = 0; i < update->count; i++)
        if (!update->changes[i].done)
            return &update->changes[i];
    return NULL;
}

/* Backwards, and as often as that helps, for the same reason. Returns the names of what stayed. */
static const char *restore(struct update *update)
{
    const char *kept = "";
    for (size_t restored = 1; restored > 0;) {
        restored = 0;
        for (size_t i = update->count; i-- > 0;) {
            struct change *change = &update->changes[i];
            struct fail ignored = {0};
            if (!change->done || write_text(change, change->old, &ignored) < 0)
                continue;
            change->done = false;
            restored++;
        }
    }
    for (size_t i = 0; i < update->count; i++)
        if (update->changes[i].done)
            kept = arena_printf(update->arena, "%s%s%s", kept, *kept != '\0' ? ", " : "",
                                update->changes[i].write.name);
    return kept;
}

int cgroup_update(struct cgroup *cgroup, struct spec_resources *resources, const char **ret_kept,
                  struct fail *fail)
{
    struct update update = {.arena = cgroup->arena};
    *ret_kept = "";
    TRY(find_controllers(cgroup, fail));
    TRY(complete(cgroup, resources, fail));
    TRY(check_controllers(cgroup, resources, fail));
    TRY(collect(&update, cgroup, resources, fail));
    while (first_failure(&update) != NULL && write_round(&update) > 0)
        continue;
    const struct change *failed = first_failure(&update);
    if (failed == NULL)
        return 0;
    *fail = failed->failure;
    *ret_kept = restore(&update);
    return fail->code;
}
