/* Where the container's cgroups will be. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "devices.h"
#include "driver.h"
#include "path.h"
#include "scope.h"

/* What is asked of this host. */
struct wants {
    const struct spec *spec;
    struct cgroup_layout layout;
    const char *path; /* of the cgroup itself, below the mount point; NULL: below `parent` */
    const char *parent;
    uint32_t required, useful;
};

/* ---- what is needed ---- */

static bool device_rules_asked(const struct spec *spec)
{
    bool asked = spec->resources.device_rule_count > 0;
    for (size_t i = 0; i < spec->device_count; i++)
        asked = asked || spec->devices[i].access != NULL;
    return asked;
}

/* What v2 has nothing like has no row there. */
static uint32_t controllers_of_v1(const struct spec_resources *resources)
{
    bool memory = resources->memory_swappiness.set || resources->memory_oom_kill_disabled;
    bool cpu = resources->cpu_rt_period_us.set || resources->cpu_rt_runtime_us.set;
    return (memory ? CONTROLLER_BIT(CONTROLLER_MEMORY) : 0) |
           (cpu ? CONTROLLER_BIT(CONTROLLER_CPU) : 0) |
           (resources->net_class.set ? CONTROLLER_BIT(CONTROLLER_NET_CLS) : 0) |
           (resources->net_priority_count > 0 ? CONTROLLER_BIT(CONTROLLER_NET_PRIO) : 0);
}

/* Every other limit has a row for v2, so its list tells what the limits need. */
static void find_wants(struct wants *wants, struct arena *arena)
{
    const struct spec *spec = wants->spec;
    struct limit_list limits = limits_v2(&spec->resources, arena);
    wants->required = limits_controllers(&limits) | controllers_of_v1(&spec->resources);
    if (device_rules_asked(spec))
        wants->required |= CONTROLLER_BIT(CONTROLLER_DEVICES);
    if (!spec->in_user_namespace && devices_reachable(spec))
        wants->useful |= CONTROLLER_BIT(CONTROLLER_DEVICES);
    /* v1's is a hierarchy of its own; on v2 it costs nothing and is in every cgroup. */
    wants->useful |= CONTROLLER_BIT(CONTROLLER_FREEZER);
    if (spec->cgroup.live)
        wants->useful |=
            (CONTROLLER_BIT(CONTROLLER_COUNT) - 1) & ~CONTROLLER_BIT(CONTROLLER_DEVICES);
    if (spec->report != NULL)
        wants->useful |= CONTROLLER_BIT(CONTROLLER_MEMORY) | CONTROLLER_BIT(CONTROLLER_PIDS) |
                         CONTROLLER_BIT(CONTROLLER_CPU) | CONTROLLER_BIT(CONTROLLER_IO) |
                         CONTROLLER_BIT(CONTROLLER_CPUACCT);
    /* what was set in a cgroup that the user names is to hold, in every hierarchy */
    for (enum controller i = 0; i < CONTROLLER_COUNT; i++)
        if ((wants->path != NULL || wants->parent != NULL) &&
            wants->layout.v1[i].mount_point != NULL)
            wants->useful |= CONTROLLER_BIT(i);
    wants->useful &= ~wants->required;
}

/* A raw file must belong to a controller, or to every cgroup. */
static int check_raw_files(const struct spec_resources *resources, struct fail *fail)
{
    for (size_t i = 0; i < resources->unified_count; i++) {
        const char *key = resources->unified[i].key;
        bool core = strncmp(key, "cgroup.", 7) == 0 || strchr(key, '.') == NULL;
        if (core || controller_of_file(key) != CONTROLLER_COUNT)
            continue;
        (void)fail_set(fail, "there is no cgroup controller \"%.*s\" for the file %.60s",
                       (int)strcspn(key, "."), key, key);
        return fail_hint(fail, "the controllers are cpu, cpuset, memory, io, pids, hugetlb, rdma "
                               "and misc");
    }
    return 0;
}

static int missing_controller(const struct cgroup_layout *layout, enum controller controller,
                              struct fail *fail)
{
    const char *name = controller_name(controller);
    bool none = layout->unified.mount_point == NULL;
    for (unsigned i = 0; i < CONTROLLER_COUNT; i++)
        none = none && layout->v1[i].mount_point == NULL;
    (void)fail_code(fail, -ENOENT, "find the cgroup controller \"%s\" on this host", name);
    if (none)
        return fail_hint(fail, "no cgroup file system is mounted: "
                               "mount -t cgroup2 cgroup2 /sys/fs/cgroup; or go on without with "
                               "--best-effort");
    if (CONTROLLERS_OF_V1 & CONTROLLER_BIT(controller))
        return fail_hint(fail, "only cgroup v1 has it: mkdir DIR && mount -t cgroup -o %s %s DIR",
                         name, name);
    return fail_hint(fail, "neither cgroup v2 nor v1 has it here; see /proc/cgroups and the kernel "
                           "option cgroup_disable=; --best-effort goes on without it");
}

/* ---- where ---- */

static bool is_free(const char *directory)
{
    char pids[64] = "";
    AUTO_FD int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        cgroup_list_pids(fd, "cgroup.procs", pids, sizeof(pids));
    return fd >= 0 && pids[0] == '\0';
}

static bool is_writable(const char *directory)
{
    return faccessat(AT_FDCWD, directory, W_OK, AT_EACCESS) == 0;
}

/* An ordinary user can make cgroups only where one was handed to him. On v2 it must be one that no
 * process is in: the nearest such one above launcher, else launcher's own, where it has to step
 * aside. Where nothing was handed to him, the root's error tells why. */
static int own_parent(const struct wants *wants, enum controller controller,
                      const char *mount_point, struct arena *arena, const char **ret_parent,
                      struct fail *fail)
{
    const char *own = NULL;
    TRY(layout_own_directory(&wants->layout, controller, arena, &own, fail));
    *ret_parent = mount_point;
    if (own == NULL)
        return 0;
    if (is_writable(own))
        *ret_parent = own;
    char *at = arena_strdup(arena, own);
    bool unified = controller == CONTROLLER_COUNT;
    for (; unified && strlen(at) > strlen(mount_point); *strrchr(at, '/') = '\0') {
        if (!is_writable(at) || !is_free(at))
            continue;
        *ret_parent = arena_strdup(arena, at);
        break;
    }
    return 0;
}

/* The directory that the container's will be made in. `controller` CONTROLLER_COUNT: the unified
 * hierarchy. */
static int find_parent(const struct wants *wants, enum controller controller,
                       const char *mount_point, struct arena *arena, const char **ret_parent,
                       struct fail *fail)
{
    *ret_parent = mount_point;
    if (wants->parent != NULL && wants->parent[0] != '\0')
        *ret_parent = arena_printf(arena, "%s/%s", mount_point, wants->parent);
    else if (wants->parent == NULL && geteuid() != 0)
        return own_parent(wants, controller, mount_point, arena, ret_parent, fail);
    return 0;
}

static int find_directory(const struct wants *wants, enum controller controller,
                          const char *mount_point, struct arena *arena, const char **ret_directory,
                          struct fail *fail)
{
    const char *parent = NULL;
    if (wants->path != NULL) {
        *ret_directory = arena_printf(arena, "%s/%s", mount_point, wants->path);
        return 0;
    }
    TRY(find_parent(wants, controller, mount_point, arena, &parent, fail));
    *ret_directory = arena_printf(arena, "%s/launcher-%s", parent, wants->spec->id);
    return 0;
}

static struct cgroup_place *place_at(struct cgroup *cgroup, const char *path)
{
    for (size_t i = 0; i < cgroup->place_count; i++)
        if (strcmp(cgroup->places[i].at.path, path) == 0)
            return &cgroup->places[i];
    return NULL;
}

/* Co-mounted controllers (v1 "cpu,cpuacct"), and all of v2, share one directory. */
static int add_place(struct cgroup *cgroup, const struct wants *wants, enum controller controller,
                     bool unified, struct fail *fail)
{
    const char *path = NULL;
    const struct cgroup_hierarchy *hierarchy =
        unified ? &wants->layout.unified : &wants->layout.v1[controller];
    TRY(find_directory(wants, unified ? CONTROLLER_COUNT : controller, hierarchy->mount_point,
                       cgroup->arena, &path, fail));
    struct cgroup_place *place = place_at(cgroup, path);
    if (place == NULL) {
        place = &cgroup->places[cgroup->place_count++];
        *place = (struct cgroup_place){
            .at = {.path = path, .kept = cgroup->exact && access(path, F_OK) == 0},
            .driver = unified ? &CGROUP_V2 : &CGROUP_V1,
            .enter_fd = -1,
        };
    }
    if (controller < CONTROLLER_COUNT) {
        place->required |= wants->required & CONTROLLER_BIT(controller);
        place->useful |= wants->useful & CONTROLLER_BIT(controller);
    }
    return 0;
}
static_assert((int)CONTROLLER_COUNT + 1 <= (int)CGROUP_PATHS_MAX, "at worst a hierarchy each");

static int add_controller(struct cgroup *cgroup, const struct wants *wants,
                          enum controller controller, struct fail *fail)
{
    bool unified = false;
    bool required = wants->required & CONTROLLER_BIT(controller);
    if (layout_find(&wants->layout, controller, &unified) != NULL)
        return add_place(cgroup, wants, controller, unified, fail);
    if (!required)
        return 0;
    struct fail missing = {0};
    int code = missing_controller(&wants->layout, controller, &missing);
    if (!cgroup->best_effort) {
        *fail = missing;
        return code;
    }
    *ARENA_APPEND(cgroup->arena, cgroup->warnings, cgroup->warning_count) =
        arena_strdup(cgroup->arena, missing.text);
    return 0;
}

static int read_place(struct wants *wants, struct cgroup *cgroup, struct fail *fail)
{
    const struct spec_cgroup *where = &wants->spec->cgroup;
    if (where->manager == MANAGER_SYSTEMD)
        return scope_place(wants->spec, &wants->layout, cgroup, &wants->path, fail);
    if (where->path != NULL)
        TRY(cgroup_path_parse(where->path, &wants->layout, cgroup->arena, &wants->path, fail));
    if (where->parent != NULL)
        TRY(cgroup_path_parse(where->parent, &wants->layout, cgroup->arena, &wants->parent, fail));
    return 0;
}

static int read_wishes(struct wants *wants, struct cgroup *cgroup, struct fail *fail)
{
    TRY(check_raw_files(&wants->spec->resources, fail));
    TRY(layout_read(cgroup->arena, &wants->layout, fail));
    TRY(read_place(wants, cgroup, fail));
    if (wants->path != NULL && wants->path[0] == '\0')
        return fail_set(fail, "the root of the hierarchies can't be the cgroup of a container");
    find_wants(wants, cgroup->arena);
    return 0;
}

static int check_delegation(const struct wants *wants, struct fail *fail)
{
    if (!wants->spec->cgroup.delegate || wants->layout.unified.mount_point != NULL)
        return 0;
    (void)fail_code(fail, -ENOENT, "hand a cgroup to the container");
    return fail_hint(fail, "that takes cgroup v2, which is not mounted here: limits of version 1 "
                           "would not hold");
}

/* The container's root, as the host sees it. */
static void find_owner(const struct spec *spec, struct cgroup *cgroup)
{
    for (size_t i = 0; i < spec->uid_mapping_count; i++)
        if (spec->uid_mappings[i].container_id == 0) {
            cgroup->has_owner = true;
            cgroup->owner = spec->uid_mappings[i].host_id;
        }
    for (size_t i = 0; i < spec->gid_mapping_count; i++)
        if (spec->gid_mappings[i].container_id == 0)
            cgroup->owner_group = spec->gid_mappings[i].host_id;
}

int cgroup_place(const struct spec *spec, struct arena *arena, struct cgroup *ret_cgroup,
                 struct fail *fail)
{
    struct wants wants = {.spec = spec};
    *ret_cgroup = CGROUP_NONE;
    ret_cgroup->arena = arena;
    TRY(read_wishes(&wants, ret_cgroup, fail));
    TRY(check_delegation(&wants, fail));
    struct device_filter *filter = arena_alloc(arena, sizeof(*filter));
    *filter = devices_filter(spec, arena);
    ret_cgroup->exact = wants.path != NULL && spec->cgroup.manager == MANAGER_CGROUPFS;
    ret_cgroup->named = wants.path != NULL || wants.parent != NULL;
    ret_cgroup->inside_others = ret_cgroup->named || geteuid() != 0;
    ret_cgroup->make_parents = spec->cgroup.make_parents;
    ret_cgroup->delegate = spec->cgroup.delegate;
    find_owner(spec, ret_cgroup);
    ret_cgroup->best_effort = spec->cgroup.best_effort;
    ret_cgroup->devices_required = wants.required & CONTROLLER_BIT(CONTROLLER_DEVICES);
    ret_cgroup->filter = devices_all_allowed(filter) ? NULL : filter;

    if (wants.layout.unified.mount_point != NULL)
        TRY(add_place(ret_cgroup, &wants, CONTROLLER_COUNT, true, fail));
    for (enum controller i = 0; i < CONTROLLER_COUNT; i++)
        if ((wants.required | wants.useful) & CONTROLLER_BIT(i))
            TRY(add_controller(ret_cgroup, &wants, i, fail));
    return 0;
}

size_t cgroup_paths(const struct cgroup *cgroup, struct cgroup_path paths[CGROUP_PATHS_MAX])
{
    for (size_t i = 0; i < cgroup->place_count; i++)
        paths[i] = cgroup->places[i].at;
    return cgroup->place_count;
}
