/* PURE: no system call is made in this file.
 *
 * The order of the ops is the design of a container's inside, so it is written down once, here:
 *
 *   1. the process: tied to launcher, a session of its own, the cgroup namespace (only now is the
 *      process in its cgroup, which becomes the root that the namespace shows);
 *   2. the mounts, built below the new root while the host's root is still there to bind from, with
 *      devices, masks and read-only paths on top of them: first all that needs no network namespace,
 *      then the host name and the network, then sysfs, which shows it, and the rest;
 *   3. the terminal and the sysctls, in the new /dev and /proc; between them launcher runs the hooks
 *      that come before the change of root;
 *   4. the change of root; from here on no path of the host exists; then startContainer hooks;
 *   5. SPAWN: PID 1 goes on as init, PID 2 takes the rest;
 *   6. the payload's process: what needs privileges first, then the user, then the capabilities,
 *      the seccomp filter as late as it can be, and execve.
 */
#include "plan_program.h"

#include <linux/mount.h>
#include <sched.h>
#include <string.h>

#include "mount_options.h"

bool plan_joins(const struct spec *spec, enum namespace_type type)
{
    return type == NS_NET ? spec->network.mode == NET_JOIN : spec->namespaces[type].path != NULL;
}

/* In a user namespace cinit has no rights over a network namespace of the host's. */
static bool joins_net_early(const struct spec *spec)
{
    bool early = spec->namespaces[NS_USER].create;
    for (enum namespace_type type = 0; type < NS_COUNT; type++)
        early = early || (type != NS_NET && plan_joins(spec, type));
    return early;
}

const struct spec_namespace *plan_joined(const struct spec *spec, enum namespace_type type)
{
    if (!plan_joins(spec, type) || (type == NS_NET && !joins_net_early(spec)))
        return NULL;
    return &spec->namespaces[type];
}

/* pasta(1) is pointed at a process, which must be in its namespace then. */
bool plan_sends_netns(const struct spec *spec)
{
    if (spec->network.mode == NET_JOIN)
        return !joins_net_early(spec);
    return spec->namespaces[NS_NET].create && !spec->in_user_namespace &&
           spec->network.mode != NET_PASTA;
}

static void add_text(struct encoder *encoder, enum op_kind kind, const char *text)
{
    struct op_text *op = encode_op(encoder, kind, 0);
    op->text = encode_text(encoder, text);
}

static void add_number(struct encoder *encoder, enum op_kind kind, int64_t value)
{
    struct op_number *op = encode_op(encoder, kind, 0);
    op->value = value;
}

static void plan_process(const struct spec *spec, struct encoder *encoder)
{
    if (!spec->awaits_start)
        (void)encode_op(encoder, OP_TIE, 0);
    (void)encode_op(encoder, OP_SESSION, 0);
    if (spec->namespaces[NS_CGROUP].create)
        add_number(encoder, OP_UNSHARE, CLONE_NEWCGROUP);
}

/* A slave goes on receiving what is mounted on the host; a private mount can't become one later,
 * because it has left the host's peer group for good; mount_namespaces(7). Where launcher may copy the
 * host's mounts, it passes those that are slaves. */
static bool wants_host_mounts(const struct spec *spec, struct arena *arena)
{
    bool wanted = spec->root.propagation == MS_SLAVE;
    for (size_t i = 0; i < spec->mount_count && !spec->privileged; i++)
        wanted = wanted || mount_options_sort(&spec->mounts[i], arena).propagation == MS_SLAVE;
    return wanted;
}

/* The mounts of others, be it the host's, stay as they are; and pivot_root(2) would move everybody in
 * there. */
static bool shares_mounts(const struct spec *spec)
{
    return !spec->namespaces[NS_MNT].create;
}

static void plan_root(const struct spec *spec, struct encoder *encoder)
{
    if (shares_mounts(spec)) {
        struct op_root *place = encode_op(encoder, OP_ROOT, ROOT_IN_PLACE);
        place->path = encode_text(encoder, spec->root.path);
        return;
    }
    bool slave = wants_host_mounts(spec, encoder->arena);
    add_number(encoder, OP_PRIVATE, slave ? MS_SLAVE : MS_PRIVATE);
    bool private_root = slave && spec->root.propagation != MS_SLAVE;
    struct op_root *root =
        encode_op(encoder, OP_ROOT, ROOT_RECURSIVE | (private_root ? ROOT_PRIVATE : 0u));
    root->path = encode_text(encoder, spec->root.path);
    /* devices are in /dev; docs/decisions/006-no-devices.md */
    root->attr_set = plan_has_devices_in_root(spec) ? 0 : MOUNT_ATTR_NODEV;
}

/* Below /proc nothing of the user's is mounted, so its paths can be hidden early. */
static bool hidden_in(const struct spec *spec, const char *path, enum mount_half half)
{
    bool early = strncmp(path, "/proc/", 6) == 0 && plan_mounted_early(spec, "/proc");
    return early == (half == MOUNTS_BEFORE_NET);
}

static void plan_hidden_paths(const struct spec *spec, enum mount_half half,
                              struct encoder *encoder)
{
    for (size_t i = 0; i < spec->masked_path_count; i++)
        if (hidden_in(spec, spec->masked_paths[i], half))
            add_text(encoder, OP_MASK, spec->masked_paths[i]);
    for (size_t i = 0; i < spec->readonly_path_count; i++)
        if (hidden_in(spec, spec->readonly_paths[i], half))
            add_text(encoder, OP_READONLY, spec->readonly_paths[i]);
}

static int plan_file_systems(const struct spec *spec, enum mount_half half, struct encoder *encoder,
                             struct fail *fail)
{
    TRY(plan_mounts(spec, half, encoder, fail));
    plan_devices(spec, half, encoder);
    plan_hidden_paths(spec, half, encoder);
    return 0;
}

static void plan_network(const struct spec *spec, struct encoder *encoder)
{
    if (plan_sends_netns(spec))
        (void)encode_op(encoder, OP_JOIN_NET, 0);
    else if (spec->namespaces[NS_NET].create)
        (void)encode_op(encoder, OP_LOOPBACK, 0);
}

/* Returns the number of the op; WIRE_NO_OP when there is no need to wait. */
static uint32_t plan_barrier(struct encoder *encoder, bool wanted, const char *meanwhile)
{
    if (!wanted)
        return WIRE_NO_OP;
    add_text(encoder, OP_BARRIER, meanwhile);
    return encoder->op_count - 1;
}

/* Sysctls may be those of its interfaces, also of those that a hook makes. */
static void plan_network_ready(const struct spec *spec, struct plan_barriers *barriers,
                               struct encoder *encoder)
{
    const struct spec_hook_list *hooks = spec->oci.hooks;
    bool connected = spec->network.mode == NET_BRIDGE || spec->network.mode == NET_PASTA ||
                     spec->oci.net_device_count > 0;
    barriers->net = plan_barrier(encoder, connected, "its network is made ready");
    barriers->create_hooks =
        plan_barrier(encoder,
                     hooks[HOOK_PRESTART].count + hooks[HOOK_CREATE_RUNTIME].count +
                             hooks[HOOK_CREATE_CONTAINER].count >
                         0,
                     "its prestart, createRuntime and createContainer hooks run");
}

static void plan_console(const struct spec *spec, struct encoder *encoder)
{
    if (!spec->process.terminal)
        return;
    struct op_console *op = encode_op(encoder, OP_CONSOLE, 0);
    op->rows = spec->process.rows;
    op->columns = spec->process.columns;
    op->uid = spec->process.user.uid;
}

static void plan_names(const struct spec *spec, struct encoder *encoder)
{
    if (spec->hostname != NULL)
        add_text(encoder, OP_HOSTNAME, spec->hostname);
    if (spec->domainname != NULL)
        add_text(encoder, OP_DOMAINNAME, spec->domainname);
}

static void plan_sysctls(const struct spec *spec, struct encoder *encoder)
{
    for (size_t i = 0; i < spec->sysctl_count; i++) {
        const char *key = spec->sysctls[i].key;
        plan_procfs(encoder, OP_SYSCTL, arena_printf(encoder->arena, "sys/%s", key),
                    spec->sysctls[i].value, key);
    }
}

/* The attributes of the root come last: until then directories and files are made in it. They come
 * after PIVOT, because pivot_root(2) refuses a root whose propagation is shared. */
static void plan_change_of_root(const struct spec *spec, struct encoder *encoder)
{
    bool shared = shares_mounts(spec);
    bool pivot = spec->root.mode == ROOT_PIVOT && !shared;
    (void)encode_op(encoder, pivot ? OP_PIVOT : OP_CHROOT, 0);
    if (shared)
        return;
    bool private = spec->root.propagation == 0 || spec->root.propagation == MS_PRIVATE;
    if (!spec->root.readonly && private)
        return; /* as PRIVATE left it */
    struct op_remount *op = encode_op(encoder, OP_REMOUNT, 0);
    op->path = encode_text(encoder, "/");
    op->attr_set = spec->root.readonly ? MOUNT_ATTR_RDONLY : 0;
    op->propagation = spec->root.propagation;
}

/* The namespaces are compared while PID 1 stands still: a payload may be gone in a millisecond. */
static void plan_comparison(const struct spec *spec, struct encoder *encoder)
{
    if (spec->trace)
        add_text(encoder, OP_BARRIER, "its namespaces are compared with the host's");
}

static void plan_init(const struct spec *spec, unsigned spawn_flags, struct encoder *encoder)
{
    struct op_caps *op = encode_op(encoder, OP_BOUNDING, 0);
    op->permitted = spec->process.capabilities.bounding;
    if (spec->init)
        (void)encode_op(encoder, OP_SPAWN, spawn_flags);
}

int plan_program(const struct spec *spec, struct arena *arena, struct plan *plan, struct fail *fail)
{
    struct encoder encoder = encode_begin(arena);
    plan_process(spec, &encoder);
    plan_root(spec, &encoder);
    TRY(plan_file_systems(spec, MOUNTS_BEFORE_NET, &encoder, fail));
    plan_names(spec, &encoder);
    plan_network(spec, &encoder);
    TRY(plan_file_systems(spec, MOUNTS_AFTER_NET, &encoder, fail));
    plan_console(spec, &encoder);
    plan_network_ready(spec, &plan->barriers, &encoder);
    plan_sysctls(spec, &encoder);
    plan_change_of_root(spec, &encoder);
    plan_comparison(spec, &encoder);
    bool start_hooks = spec->oci.hooks[HOOK_START_CONTAINER].count > 0 && !spec->awaits_start;
    plan->barriers.start_hooks =
        plan_barrier(&encoder, start_hooks, "its startContainer hooks run");
    plan_init(spec, 0, &encoder);
    plan->start = plan_payload(spec, &encoder);
    return encode_finish(&encoder, spec->trace ? PROGRAM_TRACE : 0, &plan->program.bytes,
                         &plan->program.size, fail);
}

/* The inside is built: a process joins it, and becomes as the payload is. */
int plan_program_exec(const struct spec *spec, bool tied, struct arena *arena, struct plan *plan,
                      struct fail *fail)
{
    struct encoder encoder = encode_begin(arena);
    plan->barriers = (struct plan_barriers){WIRE_NO_OP, WIRE_NO_OP, WIRE_NO_OP};
    if (tied)
        (void)encode_op(&encoder, OP_TIE, 0);
    (void)encode_op(&encoder, OP_SESSION, 0);
    plan_console(spec, &encoder);
    plan_init(spec, SPAWN_REAP_ALL, &encoder);
    plan->start = plan_payload(spec, &encoder);
    return encode_finish(&encoder, spec->trace ? PROGRAM_TRACE : 0, &plan->program.bytes,
                         &plan->program.size, fail);
}
