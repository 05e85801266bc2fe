#include "attach.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "../../spec/name_mounts.h"
#include "../../spec/network_text.h"
#include "../state_root.h"
#include "etc_files.h"
#include "firewall.h"
#include "forwarding.h"
#include "lease.h"
#include "link.h"

/* The host's end of a container's link: it tells whose it is. */
static const char *link_name(struct in_addr address, struct arena *arena)
{
    return arena_printf(arena, "veth%08x", ntohl(address.s_addr));
}

/* Containers of several networks have an /etc/hosts of their own, which follows all of them. */
static int write_leases(const struct networks *networks, const struct network *network,
                        const struct lease_table *table, struct fail *fail)
{
    TRY(lease_write(networks, network, table, fail));
    if (!network->followed)
        return 0;
    return etc_hosts_refresh_all(networks->root_fd, network->name, networks->arena, fail);
}

/* ---- before ---- */

/* Only the default network makes itself: a misspelt name must not become a network. */
static int find_network(const struct networks *networks, const char *name,
                        struct network *ret_network, struct fail *fail)
{
    struct fail missing = {0};
    int result = network_find(networks, name, ret_network, &missing);
    if (result == -ENOENT && strcmp(name, NETWORK_DEFAULT) == 0)
        return network_propose(networks, name, ret_network, fail);
    if (result < 0)
        *fail = missing;
    return result;
}

/* What neighbours call it: its name, and its host name where it chose one. */
static const char *names_of(const struct spec *spec, struct arena *arena)
{
    if (!spec->hostname_chosen || strcmp(spec->hostname, spec->id) == 0)
        return spec->id;
    return arena_printf(arena, "%s %s", spec->id, spec->hostname);
}

/* When an address is missing, it may belong to a container that a killed launcher left. */
static int take_lease(const struct networks *networks, struct attached *attached, const char *names,
                      struct lease_table *table, struct fail *fail)
{
    struct fail taken = {0};
    const struct network *network = &attached->network;
    int result =
        lease_take(networks, network, table, attached->wanted, names, &attached->lease, &taken);
    if (result >= 0)
        return 0;
    if (result == -ENOSPC || result == -EADDRINUSE) {
        TRY(attach_collect(networks->root_fd, NULL, networks->arena, fail));
        TRY(network_establish(networks, &attached->network, fail)); /* it may have been the last */
        TRY(lease_read(networks, network, table, fail));
    }
    return lease_take(networks, network, table, attached->wanted, names, &attached->lease, fail);
}

static int take_address(const struct networks *networks, const struct spec *spec,
                        struct attached *attached, struct fail *fail)
{
    struct lease_table table;
    const struct network *network = &attached->network;
    TRY(lease_read(networks, network, &table, fail));
    TRY(take_lease(networks, attached, names_of(spec, networks->arena), &table, fail));
    TRY(write_leases(networks, network, &table, fail));
    attached->host_name = link_name(attached->lease.address, networks->arena);
    return 0;
}

static int take_addresses(struct attachment *attachment, struct arena *arena, struct fail *fail)
{
    const struct spec_network *wanted = &attachment->spec->network;
    AUTO_NETWORKS struct networks networks = NETWORKS_NONE;
    TRY(networks_lock(arena, &networks, fail));
    for (size_t i = 0; i < wanted->interface_count; i++) {
        struct attached *attached = &attachment->interfaces[i];
        attached->wanted = &wanted->interfaces[i];
        TRY(find_network(&networks, attached->wanted->network, &attached->network, fail));
        TRY(network_establish(&networks, &attached->network, fail));
        if (has_own_hosts(attachment->spec))
            TRY(network_follow(&networks, &attached->network, fail));
        attachment->count++;
        TRY(take_address(&networks, attachment->spec, attached, fail));
    }
    return 0;
}

int attach_prepare(const struct spec *spec, struct arena *arena, struct attachment *ret_attachment,
                   struct fail *fail)
{
    const struct spec_network *wanted = &spec->network;
    struct fail second = {0};
    *ret_attachment = (struct attachment){
        .spec = spec,
        .interfaces = arena_alloc(arena, wanted->interface_count * sizeof(struct attached)),
    };
    TRY(publish_hold(wanted->ports, wanted->port_count, forwarding_has_ip6(), arena,
                     &ret_attachment->ports, fail));
    int result = take_addresses(ret_attachment, arena, fail);
    if (result < 0 && attach_release(ret_attachment, arena, &second) < 0)
        (void)fail_hint(fail, "launcher gc removes what is left of it");
    return result;
}

/* ---- in between ---- */

static void put_link(struct netlink_batch *batch, const struct netlink *host,
                     const struct attached *attached, int netns_fd, struct arena *arena)
{
    unsigned char mac[ETH_ALEN];
    link_make_mac(attached->lease.address, mac);
    link_add_veth(batch, arena,
                  &(struct link_veth){
                      .host_name = attached->host_name,
                      .bridge_index = link_index(host, attached->network.name),
                      .peer_name = attached->wanted->name,
                      .peer_netns_fd = netns_fd,
                      .peer_mac = attached->wanted->has_mac ? attached->wanted->mac : mac,
                  });
}

/* The bridge is there already, so it is not what the kernel lacks. */
static int hint_for_veth(struct fail *fail)
{
    if (fail->code == -EOPNOTSUPP)
        return fail_hint(fail, "this kernel lacks veth: modprobe veth, or run with --net none");
    return fail->code;
}

/* A port of a bridge speaks no IPv6 itself. Left to itself it would get an address and two routes, in
 * tables that the kernel walks at each change: beside 500 others that costs a start 2 ms. So it is
 * brought up only then. */
static int make_links(const struct attachment *attachment, int netns_fd, struct arena *arena,
                      struct fail *fail)
{
    AUTO_NETLINK struct netlink host = NETLINK_NONE;
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    TRY(netlink_open(NETLINK_ROUTE, &host, fail));
    for (size_t i = 0; i < attachment->count; i++)
        put_link(&batch, &host, &attachment->interfaces[i], netns_fd, arena);
    if (netlink_send(&host, &batch, fail) < 0)
        return hint_for_veth(fail);
    for (size_t i = 0; i < attachment->count; i++) {
        forwarding_drop_ip6(attachment->interfaces[i].host_name);
        link_set_up(&batch, arena, attachment->interfaces[i].host_name, 0);
    }
    if (attachment->spec->network.port_count > 0) /* they lead to the first interface */
        link_set_hairpin(&batch, arena, attachment->interfaces[0].host_name,
                         link_index(&host, attachment->interfaces[0].host_name));
    return netlink_send(&host, &batch, fail);
}

static void add_addresses(struct netlink_batch *batch, struct netlink *inside,
                          const struct attached *attached, bool first, struct arena *arena)
{
    const struct network *network = &attached->network;
    const char *name = attached->wanted->name;
    uint32_t index = link_index(inside, name);
    link_set_up(batch, arena, name, index);
    link_add_address(batch, arena, name, index,
                     (struct link_address){AF_INET, &attached->lease.address, network->prefix});
    struct in6_addr ip6 = lease_ip6(&attached->lease);
    if (network->has_ip6)
        link_add_address(batch, arena, name, index, (struct link_address){AF_INET6, &ip6, 64});
    if (!first || network->internal)
        return;
    link_add_default_route(batch, arena, (struct link_address){AF_INET, &network->gateway, 0},
                           index);
    if (network->has_ip6)
        link_add_default_route(batch, arena, (struct link_address){AF_INET6, &network->gateway6, 0},
                               index);
}

static int configure_inside(const struct attachment *attachment, struct netlink *inside,
                            struct arena *arena, struct fail *fail)
{
    enum { LOOPBACK_INDEX = 1 };
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    bool first = true;
    link_set_up(&batch, arena, "lo", LOOPBACK_INDEX);
    for (size_t i = 0; i < attachment->count; i++) {
        const struct attached *attached = &attachment->interfaces[i];
        add_addresses(&batch, inside, attached, first, arena);
        first = first && attached->network.internal; /* the way out is by the first that has one */
    }
    return netlink_send(inside, &batch, fail);
}

static struct firewall_target target_of(const struct network *network, const struct lease *lease)
{
    return (struct firewall_target){
        .address = lease->address, .has_ip6 = network->has_ip6, .address6 = lease_ip6(lease)};
}

/* Ports lead to the first interface. */
static int publish(struct attachment *attachment, struct fail *fail)
{
    const struct spec_network *wanted = &attachment->spec->network;
    AUTO_NETLINK struct netlink netlink = NETLINK_NONE;
    if (wanted->port_count == 0)
        return 0;
    struct firewall_target target =
        target_of(&attachment->interfaces[0].network, &attachment->interfaces[0].lease);
    TRY(forwarding_route_localnet(attachment->interfaces[0].network.name, fail));
    TRY(firewall_open(&netlink, fail));
    attachment->published = true;
    return firewall_publish(&netlink, wanted->ports, wanted->port_count, &target, fail);
}

int attach_connect(struct attachment *attachment, int netns_fd, struct netlink *inside,
                   struct arena *arena, struct fail *fail)
{
    TRY(make_links(attachment, netns_fd, arena, fail));
    TRY(configure_inside(attachment, inside, arena, fail));
    return publish(attachment, fail);
}

/* ---- after ---- */

/* The kernel removes them too, when the container's namespace ends, but it takes its time. */
static int delete_links(const struct attachment *attachment, struct arena *arena, struct fail *fail)
{
    AUTO_NETLINK struct netlink host = NETLINK_NONE;
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    TRY(netlink_open(NETLINK_ROUTE, &host, fail));
    for (size_t i = 0; i < attachment->count; i++)
        if (attachment->interfaces[i].host_name != NULL)
            link_delete(&batch, arena, attachment->interfaces[i].host_name);
    return netlink_send(&host, &batch, fail);
}

static int unpublish(const struct firewall_target *target, struct fail *fail)
{
    AUTO_NETLINK struct netlink netlink = NETLINK_NONE;
    TRY(firewall_open(&netlink, fail));
    return firewall_unpublish(&netlink, target, fail);
}

static int give_back(const struct networks *networks, const char *name, const char *owner,
                     struct fail *fail)
{
    struct network network;
    struct lease_table table;
    struct fail missing = {0};
    if (network_find(networks, name, &network, &missing) < 0)
        return 0; /* somebody has removed it: nothing is left to give back */
    TRY(lease_read(networks, &network, &table, fail));
    if (lease_give_back(&table, owner))
        TRY(write_leases(networks, &network, &table, fail));
    return table.count == 0 && !network.kept ? network_remove(networks, name, fail) : 0;
}

static int give_all_back(const struct attachment *attachment, struct arena *arena,
                         struct fail *fail)
{
    AUTO_NETWORKS struct networks networks = NETWORKS_NONE;
    TRY(networks_lock(arena, &networks, fail));
    for (size_t i = 0; i < attachment->count; i++)
        TRY(give_back(&networks, attachment->interfaces[i].network.name, attachment->spec->id,
                      fail));
    return 0;
}

int attach_release(struct attachment *attachment, struct arena *arena, struct fail *fail)
{
    int result = 0;
    if (attachment->count > 0)
        result = delete_links(attachment, arena, fail);
    if (result >= 0 && attachment->published) {
        struct firewall_target target =
            target_of(&attachment->interfaces[0].network, &attachment->interfaces[0].lease);
        result = unpublish(&target, fail);
    }
    if (result >= 0 && attachment->count > 0)
        result = give_all_back(attachment, arena, fail);
    publish_let_go(&attachment->ports);
    attachment->count = 0;
    return result;
}

/* ---- long after ---- */

static int collect_lease(const struct networks *networks, const struct network *network,
                         const struct lease *lease, struct fail *fail)
{
    struct firewall_target target = target_of(network, lease);
    AUTO_NETLINK struct netlink host = NETLINK_NONE;
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    TRY(netlink_open(NETLINK_ROUTE, &host, fail));
    link_delete(&batch, networks->arena, link_name(lease->address, networks->arena));
    TRY(netlink_send(&host, &batch, fail));
    return unpublish(&target, fail);
}

/* Of one container, or of all that don't live. */
static bool is_to_go(const struct networks *networks, const struct lease *lease, const char *id)
{
    if (id != NULL)
        return lease_is_of(lease, id);
    const char *owner = lease_owner(lease, networks->arena);
    return !state_root_lives(networks->root_fd, owner, networks->arena);
}

static int collect_in(const struct networks *networks, const char *name, const char *id,
                      struct fail *fail)
{
    struct network network;
    struct lease_table table;
    size_t kept = 0;
    TRY(network_find(networks, name, &network, fail));
    TRY(lease_read(networks, &network, &table, fail));
    for (size_t i = 0; i < table.count; i++) {
        if (is_to_go(networks, &table.leases[i], id))
            TRY(collect_lease(networks, &network, &table.leases[i], fail));
        else
            table.leases[kept++] = table.leases[i];
    }
    bool changed = kept < table.count;
    table.count = kept;
    if (changed)
        TRY(write_leases(networks, &network, &table, fail));
    return kept == 0 && !network.kept ? network_remove(networks, name, fail) : 0;
}

int attach_collect(int root_fd, const char *id, struct arena *arena, struct fail *fail)
{
    const struct networks networks = {.root_fd = root_fd, .arena = arena};
    const char **names = NULL;
    size_t count = 0;
    TRY(state_root_lock(root_fd, LOCK_EX, fail));
    TRY(network_list(&networks, &names, &count, fail));
    for (size_t i = 0; i < count; i++)
        TRY(collect_in(&networks, names[i], id, fail));
    return 0;
}
