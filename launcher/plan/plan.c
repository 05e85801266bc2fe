/* PURE: no system call is made in this file. */
#include "plan.h"

#include <string.h>

#include "../../shared/decode.h"
#include "../spec/name_mounts.h"
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
    if (spec->oci.time_offset_count > 0) /* made by the child: no process may be in it yet */
        flags &= ~namespace_clone_flag(NS_TIME);
    if (plan_sends_netns(spec))
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

static const char *join(struct arena *arena, const char *so_far, const char *piece)
{
    return so_far[0] == '\0' ? piece : arena_printf(arena, "%s, %s", so_far, piece);
}

static const char *numbers_text(const struct spec_resources *resources, struct arena *arena)
{
    const char *text = "";
    for (const struct resource_row *row = resource_rows; row->label != NULL; row++) {
        struct limit limit = resource_limit(resources, row);
        if (limit.set && limit.value < 0)
            text = join(arena, text, arena_printf(arena, "%s unlimited", row->label));
        else if (limit.set)
            text = join(
                arena, text,
                arena_printf(arena, "%s %lld%s", row->label, (long long)limit.value, row->unit));
    }
    return text;
}

static const char *limits_text(const struct spec_resources *resources, struct arena *arena)
{
    const struct {
        const char *word;
        size_t count;
    } lists[] = {
        {"CPUs", resources->cpuset_cpus != NULL},
        {"NUMA nodes", resources->cpuset_mems != NULL},
        {"disks", resources->io_device_count},
        {"huge pages", resources->hugepage_count},
        {"RDMA devices", resources->rdma_count},
        {"misc resources", resources->misc_count},
        {"network priorities", resources->net_priority_count},
        {"device rules", resources->device_rule_count},
        {"raw files", resources->unified_count},
    };
    const char *text = numbers_text(resources, arena);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        if (lists[i].count > 0)
            text = join(arena, text, lists[i].word);
    return text[0] == '\0' ? "no limits" : text;
}

static bool device_access_limited(const struct spec *spec)
{
    bool limited = false;
    for (size_t i = 0; i < spec->device_count; i++) {
        const char *access = spec->devices[i].access;
        limited = limited ||
                  (access != NULL && (strchr(access, 'r') == NULL || strchr(access, 'w') == NULL));
    }
    return limited;
}

static bool needs_cgroup(const struct spec *spec)
{
    const struct spec_cgroup *cgroup = &spec->cgroup;
    if (cgroup->manager != MANAGER_CGROUPFS)
        return cgroup->manager == MANAGER_SYSTEMD;
    return resources_wanted(&spec->resources) || cgroup->path != NULL || cgroup->parent != NULL ||
           cgroup->delegate || cgroup->live || spec->report != NULL || device_access_limited(spec);
}

static const char *slice_name(const struct spec *spec)
{
    if (spec->cgroup.parent != NULL)
        return spec->cgroup.parent;
    return spec->cgroup.of_user ? "user.slice" : "system.slice";
}

static const char *cgroup_name(const struct spec *spec, struct arena *arena)
{
    if (spec->cgroup.path != NULL)
        return spec->cgroup.path;
    if (spec->cgroup.manager == MANAGER_SYSTEMD)
        return arena_printf(arena, "%s:launcher:%s", slice_name(spec), spec->id);
    if (spec->cgroup.parent != NULL)
        return arena_printf(arena, "%s/launcher-%s", spec->cgroup.parent, spec->id);
    return arena_printf(arena, "launcher-%s", spec->id);
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

/* "an address in launcher0 and the host's ports 8080, 53" */
static const char *network_text(const struct spec *spec, struct arena *arena)
{
    const struct spec_network *network = &spec->network;
    const char *networks = "", *ports = "";
    for (size_t i = 0; i < network->interface_count; i++)
        networks = join(arena, networks, network->interfaces[i].network);
    for (size_t i = 0; i < network->port_count; i++)
        ports = join(arena, ports, arena_printf(arena, "%u", network->ports[i].host_port));
    const char *host = network->port_count > 0 ? " and the host's ports " : "";
    return arena_printf(arena, "an address in %s%s%s", networks, host, ports);
}

static const char *interfaces_text(const struct spec *spec, struct arena *arena)
{
    const char *text = "";
    for (size_t i = 0; i < spec->network.interface_count; i++)
        text = join(arena, text,
                    arena_printf(arena, "%s in %s", spec->network.interfaces[i].name,
                                 spec->network.interfaces[i].network));
    return text;
}

static const char *netns_text(const struct spec *spec, struct arena *arena)
{
    switch (spec->network.mode) {
    case NET_BRIDGE:
        return arena_printf(arena, "creating the network namespace with %s",
                            interfaces_text(spec, arena));
    case NET_JOIN:
        return arena_printf(arena, "opening the network namespace %s", spec->network.join);
    case NET_PASTA:
        return "starting pasta for the network namespace";
    case NET_NONE:
    case NET_HOST:
        break;
    }
    return spec->in_user_namespace ? "opening the network namespace"
                                   : "creating the network namespace, loopback up,";
}

/* " and moves eth7 into it" */
static const char *devices_text(const struct spec *spec, struct arena *arena)
{
    const char *text = "";
    for (size_t i = 0; i < spec->oci.net_device_count; i++)
        text = join(arena, text, spec->oci.net_devices[i].host_name);
    return text[0] == '\0' ? "" : arena_printf(arena, ", and moving %s there", text);
}

/* "ipc /proc/71/ns/ipc, uts /proc/71/ns/uts" */
static const char *joined_text(const struct spec *spec, struct arena *arena)
{
    const char *text = "";
    for (enum namespace_type type = 0; type < NS_COUNT; type++) {
        const struct spec_namespace *joined = plan_joined(spec, type);
        if (joined != NULL)
            text =
                join(arena, text, arena_printf(arena, "%s %s", namespace_name(type), joined->path));
    }
    return text;
}

/* "/data, /cache" */
static const char *passed_text(const struct program *program, struct arena *arena)
{
    const char *text = "";
    for (const struct op_head *op = NULL; (op = program_next(program->bytes, op)) != NULL;) {
        const struct op_bind *bind = (const struct op_bind *)(const void *)op;
        if (op->kind == OP_BIND && (op->flags & MOUNT_PASSED) != 0)
            text = join(arena, text, (const char *)program->bytes + bind->target);
    }
    return text;
}

/* The files that the container does not share with others. */
static const char *names_text(const struct spec *spec)
{
    bool hosts = has_own_hosts(spec);
    bool resolver = spec->network.resolv_text != NULL;
    return hosts && resolver ? "/etc/hosts and /etc/resolv.conf"
           : hosts           ? "/etc/hosts"
           : resolver        ? "/etc/resolv.conf"
                             : "";
}

static void add_host_steps(const struct spec *spec, struct arena *arena, struct plan *plan)
{
    const char *cgroup = cgroup_name(spec, arena);
    const char *limits = limits_text(&spec->resources, arena);
    add_step(plan, arena, HOST_STATE, spec->id, "");
    if (plan->needs_cgroup && !plan->by_systemd)
        add_step(plan, arena, HOST_CGROUP, cgroup, limits);
    if (spec->network.mode == NET_BRIDGE)
        add_step(plan, arena, HOST_NETWORK, network_text(spec, arena), "");
    if (names_text(spec)[0] != '\0')
        add_step(plan, arena, HOST_ETC, names_text(spec), "");
    const char *passed = passed_text(&plan->program, arena);
    const char *joined = joined_text(spec, arena);
    if (passed[0] != '\0')
        add_step(plan, arena, HOST_TREES, passed, "");
    if (joined[0] != '\0')
        add_step(plan, arena, HOST_JOIN, joined, "");
    bool born_there = plan->needs_cgroup && !plan->by_systemd;
    const char *place = born_there ? arena_printf(arena, " in the cgroup %s", cgroup) : "";
    uint64_t time = spec->oci.time_offset_count > 0 ? namespace_clone_flag(NS_TIME) : 0;
    add_step(plan, arena, HOST_CLONE, namespace_list(plan->clone_flags | time, arena), place);
    if (plan->by_systemd)
        add_step(plan, arena, HOST_SCOPE, cgroup, limits);
    if (plan->clone_flags & namespace_clone_flag(NS_USER))
        add_step(plan, arena, HOST_IDMAP, mappings_text(spec, arena), "");
    const struct spec_intel_rdt *rdt = &spec->oci.intel_rdt;
    if (rdt->set)
        add_step(plan, arena, HOST_RDT, rdt->closid != NULL ? rdt->closid : spec->id,
                 rdt->enable_monitoring ? ", with a monitor of its own" : "");
    uint32_t op_count = ((const struct program_header *)(void *)plan->program.bytes)->op_count;
    add_step(plan, arena, HOST_SEND, arena_printf(arena, "%u", op_count), "");
    if (plan->sends_netns || spec->network.mode == NET_BRIDGE || spec->network.mode == NET_PASTA ||
        spec->oci.net_device_count > 0)
        add_step(plan, arena, HOST_NETNS, netns_text(spec, arena), devices_text(spec, arena));
    if (spec->awaits_start)
        add_step(plan, arena, HOST_CREATED, spec->id, "");
    else
        add_step(plan, arena, HOST_SUPERVISE, "", "");
}

int plan_build_exec(const struct spec *spec, bool tied, struct arena *arena, struct plan *ret_plan,
                    struct fail *fail)
{
    *ret_plan = (struct plan){.start = WIRE_NO_OP};
    return plan_program_exec(spec, tied, arena, ret_plan, fail);
}

int plan_build(const struct spec *spec, struct arena *arena, struct plan *ret_plan,
               struct fail *fail)
{
    struct plan plan = {
        .clone_flags = clone_flags(spec),
        .needs_cgroup = needs_cgroup(spec),
        .by_systemd = spec->cgroup.manager == MANAGER_SYSTEMD,
        .sends_netns = plan_sends_netns(spec),
    };
    TRY(plan_program(spec, arena, &plan, fail));
    add_host_steps(spec, arena, &plan);
    *ret_plan = plan;
    return 0;
}
