/* The network of one container: taken before there is a process, connected while cinit mounts. */
#include "container_network.h"

#include <errno.h>

#include "../host/net/devices.h"
#include "../host/net/etc_files.h"
#include "../host/net/netns.h"
#include "../spec/name_mounts.h"
#include "spread.h"

/* ---- the inverses ---- */

static void undo_network(void *subject)
{
    struct container *container = subject;
    struct fail fail = {0};
    if (attach_release(&container->network, container->arena, &fail) == 0)
        return;
    container->leftovers = true;
    trace_warning(container->trace, fail.text, "launcher gc tries again");
}

static void undo_names(void *subject)
{
    const struct container *container = subject;
    etc_files_remove(container->state.root_fd, container->spec->id);
}

static void undo_pasta(void *subject)
{
    pasta_stop(subject);
}

/* ---- taking ---- */

/* Nobody asked for a network by name, and this host can't have it: a container without one is better
 * than none. The plan is made anew; up to this step the two are the same. */
static int go_without_network(struct container *container, const struct fail *refused,
                              struct fail *fail)
{
    struct spec *spec = arena_alloc(container->arena, sizeof(*spec));
    struct plan *plan = arena_alloc(container->arena, sizeof(*plan));
    *spec = spec_without_network(container->spec, container->arena);
    TRY(plan_build(spec, container->arena, plan, fail));
    trace_warning(
        container->trace, refused->text,
        "the container has no network; --net none asks for that, --net bridge for an error");
    container->spec = spec;
    container->plan = plan;
    return 0;
}

/* What the host has not got is one thing; what it has run out of, and what is broken, is another. */
static bool can_do_without(const struct spec_network *network, int error)
{
    return network->by_default && error != -ENOSPC && error != -EDQUOT && error != -EINVAL;
}

int container_take_network(struct container *container, struct fail *fail)
{
    struct fail refused = {0};
    undo_push(&container->undo, undo_network, container);
    int result = attach_prepare(container->spec, container->arena, &container->network, &refused);
    if (result >= 0)
        return 0;
    if (can_do_without(&container->spec->network, result))
        return go_without_network(container, &refused, fail);
    *fail = refused;
    return result;
}

int container_write_names(struct container *container, struct fail *fail)
{
    const struct spec *spec = container->spec;
    AUTO_NETWORKS struct networks networks = NETWORKS_NONE;
    undo_push(&container->undo, undo_names, container);
    TRY(networks_lock(container->arena, &networks, fail));
    if (spec->network.resolv_text != NULL)
        TRY(etc_resolv_write(networks.root_fd, spec->id, spec->network.resolv_text, fail));
    if (!has_own_hosts(spec))
        return 0;
    return etc_hosts_write(networks.root_fd, spec->id, &spec->network, container->arena, fail);
}

/* ---- connecting ---- */

static int join_netns(const struct spec_network *network, int *ret_netns_fd, struct fail *fail)
{
    TRY(netns_open(network->join, ret_netns_fd, fail));
    if (network->join_pid == 0 || state_starttime(network->join_pid) == network->join_starttime)
        return 0;
    return fail_code(fail, -ESRCH, "joining the container's network");
}

/* Without the right to bring up an interface, the one who asked for nothing gets a network without
 * even loopback. */
static int create_netns(struct container *container, int *ret_netns_fd, struct fail *fail)
{
    struct fail down = {0};
    int result = netns_create(ret_netns_fd, NULL, &down);
    if (result >= 0)
        return 0;
    if (container->spec->network.by_default && result == -EPERM && *ret_netns_fd >= 0) {
        trace_warning(container->trace, down.text, down.hint);
        return 0;
    }
    *fail = down;
    return result;
}

/* Of a namespace that launcher makes, or that clone3(2) has made with the child. */
static int open_netns(struct container *container, struct netlink *ret_inside, int *ret_netns_fd,
                      struct fail *fail)
{
    const struct spec_network *network = &container->spec->network;
    bool connected = network->mode == NET_BRIDGE;
    if (network->mode == NET_JOIN)
        return join_netns(network, ret_netns_fd, fail);
    if (container->plan->sends_netns && !connected)
        return create_netns(container, ret_netns_fd, fail);
    if (container->plan->sends_netns)
        return netns_create(ret_netns_fd, ret_inside, fail);
    const char *path = arena_printf(container->arena, "/proc/%d/ns/net", (int)container->child.pid);
    TRY(netns_open(path, ret_netns_fd, fail));
    return connected ? netns_furnish(*ret_netns_fd, ret_inside, fail) : 0;
}

/* Nobody asked for it by name: then loopback is enough. */
static int start_pasta(struct container *container, struct fail *fail)
{
    struct fail refused = {0};
    const struct spec_network *network = &container->spec->network;
    undo_push(&container->undo, undo_pasta, &container->pasta);
    int result = pasta_start(network, container->child.pid, &container->pasta, &refused);
    if (result >= 0)
        return 0;
    if (network->by_default) {
        trace_warning(container->trace, refused.text, refused.hint);
        return 0;
    }
    *fail = refused;
    return result;
}

static int connect_network(struct container *container, int netns_fd, struct netlink *inside,
                           struct fail *fail)
{
    const struct spec_network *network = &container->spec->network;
    if (network->mode == NET_BRIDGE)
        TRY(attach_connect(&container->network, netns_fd, inside, container->arena, fail));
    if (network->mode == NET_PASTA)
        TRY(start_pasta(container, fail));
    TRY(devices_move_in(container->spec->oci.net_devices, container->spec->oci.net_device_count,
                        netns_fd, container->arena, fail));
    return conversation_open_net_barrier(container, fail);
}

/* While this runs, cinit mounts. It gets the namespace as soon as there is one, and waits before it
 * leaves the host's root until there is something in it. */
int container_make_netns(struct container *container, struct fail *fail)
{
    const struct spec_network *network = &container->spec->network;
    AUTO_FD int netns_fd = -1;
    AUTO_NETLINK struct netlink inside = NETLINK_NONE;
    TRY(open_netns(container, &inside, &netns_fd, fail));
    if (container->spread)
        spread_end(container->child.pid);
    if (container->plan->sends_netns)
        TRY(conversation_send_netns(container, netns_fd, fail));
    TRY(conversation_send_trees(container, false, fail));
    if (network->resolv_warning != NULL && (!network->by_default || container->trace->on))
        trace_warning(container->trace, network->resolv_warning, network->resolv_hint);
    return connect_network(container, netns_fd, &inside, fail);
}
