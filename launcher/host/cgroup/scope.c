#include "scope.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool has_v1(const struct cgroup_layout *layout)
{
    bool has = false;
    for (enum controller i = 0; i < CONTROLLER_COUNT; i++)
        has = has || layout->v1[i].mount_point != NULL;
    return has;
}

/* There the scope has a cgroup in some of the hierarchies, as systemd needs them. */
static int check_layout(const struct cgroup_layout *layout, struct fail *fail)
{
    if (layout->unified.mount_point != NULL && !has_v1(layout))
        return 0;
    (void)fail_code(fail, -EOPNOTSUPP,
                    "managing cgroups by systemd on a host with cgroup version 1");
    return fail_hint(fail, "launcher does that with version 2 alone: leave --systemd-cgroup out; "
                           "podman --cgroup-manager=cgroupfs, dockerd --exec-opt "
                           "native.cgroupdriver=cgroupfs");
}

static int add_annotations(const struct spec *spec, struct cgroup *cgroup, struct fail *fail)
{
    for (size_t i = 0; i < spec->oci.annotation_count; i++)
        TRY(property_list_add_annotation(&cgroup->scope.properties, spec->oci.annotations[i].key,
                                         spec->oci.annotations[i].value, cgroup->arena, fail));
    return 0;
}

/* --cgroup-parent names the slice alone. */
static const char *place_text(const struct spec *spec, struct arena *arena)
{
    const struct spec_cgroup *where = &spec->cgroup;
    return where->parent != NULL ? arena_printf(arena, "%s:launcher:%s", where->parent, spec->id)
                                 : where->path;
}

int scope_find(const struct spec *spec, struct arena *arena, struct unit_name *ret_unit,
               const char **ret_path, struct fail *fail)
{
    const char *manager = "";
    bool of_user = spec->cgroup.of_user;
    TRY(unit_name_parse(place_text(spec, arena), spec->id, of_user, arena, ret_unit, fail));
    TRY(unit_manager_cgroup(of_user, arena, &manager, fail));
    const char *below_root = manager + (*manager == '/' ? 1 : 0);
    *ret_path =
        arena_printf(arena, "%s%s%s", below_root, *below_root != '\0' ? "/" : "", ret_unit->path);
    return 0;
}

/* Seen before anything is put on record: what is on record is ours to end. A scope that has failed has no
 * cgroup any more, and systemd is asked to forget it. */
static int check_free(const struct cgroup_layout *layout, const struct unit_name *unit,
                      const char *path, struct arena *arena, struct fail *fail)
{
    const char *directory = arena_printf(arena, "%s/%s", layout->unified.mount_point, path);
    if (access(directory, F_OK) != 0)
        return 0;
    (void)fail_code(fail, -EEXIST, "make the scope %s", unit->name);
    return fail_hint(fail, "systemctl status %s shows what has this name", unit->name);
}

int scope_place(const struct spec *spec, const struct cgroup_layout *layout, struct cgroup *cgroup,
                const char **ret_path, struct fail *fail)
{
    struct unit_order *scope = &cgroup->scope;
    TRY(check_layout(layout, fail));
    scope->of_user = spec->cgroup.of_user;
    scope->description = arena_printf(cgroup->arena, "container %s", spec->id);
    TRY(scope_find(spec, cgroup->arena, &scope->unit, ret_path, fail));
    TRY(check_free(layout, &scope->unit, *ret_path, cgroup->arena, fail));
    return add_annotations(spec, cgroup, fail);
}

int scope_create(const struct cgroup *cgroup, const struct spec_resources *resources,
                 struct fail *fail)
{
    struct unit_order order = cgroup->scope;
    struct property_list limits = limits_systemd(resources, cgroup->arena);
    for (size_t i = 0; i < limits.count; i++)
        property_list_add(&order.properties, cgroup->arena, limits.properties[i]);
    if (unit_start(&order, cgroup->arena, fail) >= 0)
        return 0;
    if (fail->code == -EEXIST)
        (void)fail_hint(fail, "systemctl status %s shows what has this name", order.unit.name);
    return fail_context(fail, "start the scope %s", order.unit.name);
}

int scope_update(const char *name, bool of_user, const struct spec_resources *resources,
                 struct arena *arena, struct fail *fail)
{
    struct property_list limits = limits_systemd(resources, arena);
    return unit_set_properties(name, of_user, &limits, arena, fail);
}
