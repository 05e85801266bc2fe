/* PURE: no system call is made in this file. */
#include "plan.h"

#include <string.h>

#include "plan_program.h"

static void add_step(struct plan *plan, struct arena *arena, enum host_step_kind kind,
                     const char *object, const char *detail)
{
    *ARENA_APPEND(arena, plan->steps, plan->step_count) =
        (struct host_step){.kind = kind, .object = object, .detail = detail};
}

static uint64_t clone_flags(const struct spec *spec)
{
    uint64_t flags = 0;
    for (enum namespace_type type = 0; type < NS_COUNT; type++)
        if (spec->namespaces[type].create && type != NS_CGROUP)
            flags |= namespace_clone_flag(type);
    if (plan_makes_netns(spec))
        flags &= ~namespace_clone_flag(NS_NET);
    return flags;
}

/* "pid, mnt, net": the cgroup namespace is missing because cinit makes it, see plan_program.c. */
static const char *namespace_list(uint64_t flags, struct arena *arena)
{
    const char *list = "no new";
    for (enum namespace_type type = 0; type < NS_COUNT; type++)
        if (flags & namespace_clone_flag(type))
            list = list[0] == 'n' && list[1] == 'o' && list[2] == ' '
                       ? namespace_name(type)
                       : arena_printf(arena, "%s, %s", list, namespace_name(type));
    return list;
}

static const char *limit_text(struct arena *arena, const char *so_far, const char *name,
                              struct limit limit, const char *unit)
{
    if (!limit.set)
        return so_far;
    const char *comma = so_far[0] == '\0' ? "" : ", ";
    if (limit.value < 0)
        return arena_printf(arena, "%s%s%s unlimited", so_far, comma, name);
    return arena_printf(arena, "%s%s%s %lld%s", so_far, comma, name, (long long)limit.value, unit);
}

static const char *limits_text(const struct spec_resources *resources, struct arena *arena)
{
    const char *text = limit_text(arena, "", "memory", resources->memory_max, " bytes");
    text = limit_text(arena, text, "cpu", resources->cpu_quota_us, " us");
    text = limit_text(arena, text, "in periods of", resources->cpu_period_us, " us");
    return limit_text(arena, text, "pids", resources->pids_max, "");
}

static const char *mappings_text(const struct spec *spec, struct arena *arena)
{
    const char *text = "";
    for (size_t i = 0; i < spec->uid_mapping_count; i++) {
        const struct spec_id_mapping *map = &spec->uid_mappings[i];
        text = arena_printf(arena, "%s%s%u to %u (%u of them)", text, i > 0 ? ", " : "",
                            map->container_id, map->host_id, map->size);
    }
    return text;
}

static void add_host_steps(const struct spec *spec, struct arena *arena, struct plan *plan)
{
    const char *cgroup = arena_printf(arena, "launcher-%s", spec->id);
    add_step(plan, arena, HOST_STATE, spec->id, "");
    if (plan->needs_cgroup)
        add_step(plan, arena, HOST_CGROUP, cgroup, limits_text(&spec->resources, arena));
    const char *place = plan->needs_cgroup ? arena_printf(arena, " in the cgroup %s", cgroup) : "";
    add_step(plan, arena, HOST_CLONE, namespace_list(plan->clone_flags, arena), place);
    if (spec->uid_mapping_count > 0)
        add_step(plan, arena, HOST_IDMAP, mappings_text(spec, arena), "");
    uint32_t op_count = ((const struct program_header *)(void *)plan->program.bytes)->op_count;
    add_step(plan, arena, HOST_SEND, arena_printf(arena, "%u", op_count), "");
    if (plan->makes_netns)
        add_step(plan, arena, HOST_NETNS, "", "");
    add_step(plan, arena, HOST_SUPERVISE, "", "");
}

int plan_build(const struct spec *spec, struct arena *arena, struct plan *ret_plan,
               struct fail *fail)
{
    struct plan plan = {
        .clone_flags = clone_flags(spec),
        .needs_cgroup = resources_wanted(&spec->resources),
        .makes_netns = plan_makes_netns(spec),
    };
    TRY(plan_program(spec, arena, &plan.program, fail));
    add_host_steps(spec, arena, &plan);
    *ret_plan = plan;
    return 0;
}
