/* A mount of type "cgroup" is what the OCI writes for "the container's cgroups, as this host has
 * them": one file system on a host with v2, a directory full of them on any other. */
#include <string.h>

#include "../host/cgroup/layout.h"
#include "../host/cgroup/path.h"
#include "../host/cgroup/scope.h"
#include "bundle.h"

static const char DIRECTORY[] = "/sys/fs/cgroup";

struct draft {
    const struct spec *spec;
    struct arena *arena;
    struct cgroup_layout layout;
    const char *path; /* of the container's cgroup, in each hierarchy; NULL: it has none */
    struct spec_mount *mounts;
    size_t count;
};

static bool is_own(const struct spec *spec)
{
    return spec->namespaces[NS_CGROUP].create;
}

static struct spec_mount *add_mount(struct draft *draft, const struct spec_mount *like,
                                    const char *type, const char *source, const char *destination)
{
    struct spec_mount *mount = ARENA_APPEND(draft->arena, draft->mounts, draft->count);
    *mount = (struct spec_mount){
        .type = type, .source = source, .destination = destination, .standard = true};
    for (size_t i = 0; i < like->option_count; i++)
        *ARENA_APPEND(draft->arena, mount->options, mount->option_count) = like->options[i];
    return mount;
}

static void add_option(struct draft *draft, struct spec_mount *mount, const char *option)
{
    *ARENA_APPEND(draft->arena, mount->options, mount->option_count) = option;
}

/* Its place below /sys/fs/cgroup: "memory", "cpu,cpuacct". NULL: it is mounted elsewhere. */
static const char *place_of(const struct cgroup_hierarchy *hierarchy)
{
    size_t size = sizeof(DIRECTORY) - 1;
    const char *mount_point = hierarchy->mount_point;
    bool below = mount_point != NULL && strncmp(mount_point, DIRECTORY, size) == 0 &&
                 mount_point[size] == '/' && strchr(mount_point + size + 1, '/') == NULL;
    return below ? mount_point + size + 1 : NULL;
}

/* Without a namespace of its own the container would see the whole hierarchy: it gets its directory
 * only. */
static struct spec_mount *add_hierarchy(struct draft *draft, const struct spec_mount *asked,
                                        const struct cgroup_hierarchy *hierarchy, const char *type)
{
    const char *place = place_of(hierarchy);
    const char *destination = arena_printf(draft->arena, "%s/%s", asked->destination, place);
    if (is_own(draft->spec))
        return add_mount(draft, asked, type, "cgroup", destination);
    const char *source = arena_printf(draft->arena, "%s/%s", hierarchy->mount_point, draft->path);
    return add_mount(draft, asked, "bind", source, destination);
}

static bool is_same(const struct cgroup_hierarchy *a, const struct cgroup_hierarchy *b)
{
    return a->mount_point != NULL && b->mount_point != NULL &&
           strcmp(a->mount_point, b->mount_point) == 0;
}

static bool seen_before(const struct cgroup_layout *layout, unsigned controller)
{
    for (unsigned i = 0; i < controller; i++)
        if (is_same(&layout->v1[i], &layout->v1[controller]))
            return true;
    return false;
}

/* A hierarchy of v1 is named by all of its controllers. One that the container has no cgroup of its
 * own in, because the same controller is in v2, would show the host's. */
static void add_v1(struct draft *draft, const struct spec_mount *asked, unsigned controller)
{
    const struct cgroup_hierarchy *rows = draft->layout.v1;
    bool unified = false;
    (void)layout_find(&draft->layout, (enum controller)controller, &unified);
    if (unified || place_of(&rows[controller]) == NULL || seen_before(&draft->layout, controller))
        return;
    struct spec_mount *mount = add_hierarchy(draft, asked, &rows[controller], "cgroup");
    for (unsigned i = controller; strcmp(mount->type, "cgroup") == 0 && i < CONTROLLER_COUNT; i++)
        if (is_same(&rows[i], &rows[controller]))
            add_option(draft, mount,
                       i == CONTROLLER_IO ? "blkio" : controller_name((enum controller)i));
}

static bool is_readonly(const struct spec_mount *mount)
{
    bool readonly = false;
    for (size_t i = 0; i < mount->option_count; i++)
        if (strcmp(mount->options[i], "ro") == 0 || strcmp(mount->options[i], "rw") == 0)
            readonly = mount->options[i][1] == 'o';
    return readonly;
}

static struct spec_mount *add_directory(struct draft *draft, const char *destination,
                                        const char *const *options, size_t count)
{
    const struct spec_mount none = {.option_count = 0};
    struct spec_mount *directory = add_mount(draft, &none, "tmpfs", "tmpfs", destination);
    for (size_t i = 0; i < count; i++)
        add_option(draft, directory, options[i]);
    return directory;
}

/* A directory of hierarchies, which becomes read-only when all of them are there. */
static void add_hierarchies(struct draft *draft, const struct spec_mount *asked)
{
    static const char *const options[] = {"nosuid", "nodev", "noexec", "mode=755", "size=64k"};
    static const char *const readonly[] = {"remount", "ro"};
    (void)add_directory(draft, asked->destination, options, sizeof(options) / sizeof(options[0]));
    for (unsigned i = 0; i < CONTROLLER_COUNT; i++)
        if (draft->layout.v1[i].mount_point != NULL)
            add_v1(draft, asked, i);
    if (place_of(&draft->layout.unified) != NULL)
        (void)add_hierarchy(draft, asked, &draft->layout.unified, "cgroup2");
    if (is_readonly(asked))
        (void)add_directory(draft, asked->destination, readonly, 2);
}

static bool has_v1(const struct cgroup_layout *layout)
{
    for (unsigned i = 0; i < CONTROLLER_COUNT; i++)
        if (layout->v1[i].mount_point != NULL)
            return true;
    return false;
}

/* Without a namespace of its own the container gets its directory only. */
static void add_v2(struct draft *draft, const struct spec_mount *asked)
{
    const struct cgroup_hierarchy *unified = &draft->layout.unified;
    if (is_own(draft->spec) || unified->mount_point == NULL) {
        (void)add_mount(draft, asked, "cgroup2", "cgroup", asked->destination);
        return;
    }
    const char *source = arena_printf(draft->arena, "%s/%s", unified->mount_point, draft->path);
    (void)add_mount(draft, asked, "bind", source, asked->destination);
}

/* It has no cgroup of its own: an ordinary user's, for one. Then it sees the host's, read-only
 * (CVE-2023-25809). */
static void add_host(struct draft *draft, const struct spec_mount *asked)
{
    struct spec_mount *mount = add_mount(draft, asked, "bind", DIRECTORY, asked->destination);
    add_option(draft, mount, "rbind");
    add_option(draft, mount, "rro");
}

static bool is_wanted(const struct spec *spec)
{
    for (size_t i = 0; i < spec->mount_count; i++)
        if (strcmp(spec->mounts[i].type, "cgroup") == 0)
            return true;
    return false;
}

/* In a namespace of its own the container needs no path to find it. */
static int find_path(struct draft *draft, struct fail *fail)
{
    const struct spec *spec = draft->spec;
    struct unit_name unit;
    bool by_systemd = spec->cgroup.manager == MANAGER_SYSTEMD;
    if (by_systemd && !is_own(spec))
        return scope_find(spec, draft->arena, &unit, &draft->path, fail);
    if (by_systemd || spec->cgroup.manager == MANAGER_DISABLED || spec->cgroup.path == NULL)
        return 0;
    return cgroup_path_parse(spec->cgroup.path, &draft->layout, draft->arena, &draft->path, fail);
}

int bundle_cgroup_mounts(struct spec *spec, struct arena *arena, struct fail *fail)
{
    struct draft draft = {.spec = spec, .arena = arena};
    if (!is_wanted(spec))
        return 0;
    TRY(layout_read(arena, &draft.layout, fail));
    TRY(find_path(&draft, fail));
    for (size_t i = 0; i < spec->mount_count; i++) {
        const struct spec_mount *mount = &spec->mounts[i];
        if (strcmp(mount->type, "cgroup") != 0)
            *ARENA_APPEND(arena, draft.mounts, draft.count) = *mount;
        else if (draft.path == NULL && !is_own(spec))
            add_host(&draft, mount);
        else if (has_v1(&draft.layout))
            add_hierarchies(&draft, mount);
        else
            add_v2(&draft, mount);
    }
    spec->mounts = draft.mounts;
    spec->mount_count = draft.count;
    return 0;
}
