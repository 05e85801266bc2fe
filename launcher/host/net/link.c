#include "link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

/* netdevice(7): a netlink socket takes these as any other does. */
uint32_t link_index(const struct netlink *netlink, const char *name)
{
    struct ifreq request = {.ifr_ifindex = 0};
    (void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    return ioctl(netlink->fd, SIOCGIFINDEX, &request) == 0 ? (uint32_t)request.ifr_ifindex : 0;
}

void link_make_mac(struct in_addr address, unsigned char ret_mac[ETH_ALEN])
{
    ret_mac[0] = 0x02; /* locally administered */
    ret_mac[1] = 0x4c;
    memcpy(&ret_mac[2], &address, sizeof(address));
}

/* ---- links ---- */

static const struct ifinfomsg UP = {
    .ifi_family = AF_UNSPEC, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};

static const struct ifinfomsg DOWN = {.ifi_family = AF_UNSPEC};

static void put_peer(struct netlink_batch *batch, const struct link_veth *veth)
{
    struct nlattr *peer = netlink_nest(batch, VETH_INFO_PEER);
    netlink_put_header(batch, &DOWN, sizeof(DOWN));
    netlink_put_text(batch, IFLA_IFNAME, veth->peer_name);
    if (veth->peer_mac != NULL)
        netlink_put(batch, IFLA_ADDRESS, veth->peer_mac, ETH_ALEN);
    if (veth->peer_netns_fd >= 0)
        netlink_put_u32(batch, IFLA_NET_NS_FD, (uint32_t)veth->peer_netns_fd);
    netlink_nest_end(batch, peer);
}

void link_add_veth(struct netlink_batch *batch, struct arena *arena, const struct link_veth *veth)
{
    netlink_begin(batch, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &DOWN, sizeof(DOWN),
                  arena_printf(arena, "making the link %s with its other end %s", veth->host_name,
                               veth->peer_name));
    netlink_put_text(batch, IFLA_IFNAME, veth->host_name);
    if (veth->bridge_index != 0)
        netlink_put_u32(batch, IFLA_MASTER, veth->bridge_index);
    struct nlattr *info = netlink_nest(batch, IFLA_LINKINFO);
    netlink_put_text(batch, IFLA_INFO_KIND, "veth");
    struct nlattr *data = netlink_nest(batch, IFLA_INFO_DATA);
    put_peer(batch, veth);
    netlink_nest_end(batch, data);
    netlink_nest_end(batch, info);
}

void link_add_bridge(struct netlink_batch *batch, struct arena *arena, const char *name,
                     const unsigned char mac[ETH_ALEN])
{
    netlink_begin(batch, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &DOWN, sizeof(DOWN),
                  arena_printf(arena, "making the bridge %s", name));
    netlink_put_text(batch, IFLA_IFNAME, name);
    /* Without one of its own a bridge takes the lowest of its ports', and changes it as they come. */
    netlink_put(batch, IFLA_ADDRESS, mac, ETH_ALEN);
    struct nlattr *info = netlink_nest(batch, IFLA_LINKINFO);
    netlink_put_text(batch, IFLA_INFO_KIND, "bridge");
    netlink_nest_end(batch, info);
}

void link_set_up(struct netlink_batch *batch, struct arena *arena, const char *name, uint32_t index)
{
    struct ifinfomsg family = UP;
    family.ifi_index = (int)index;
    netlink_begin(batch, RTM_NEWLINK, 0, &family, sizeof(family),
                  arena_printf(arena, "bringing up %s", name));
    if (index == 0)
        netlink_put_text(batch, IFLA_IFNAME, name);
}

void link_set_hairpin(struct netlink_batch *batch, struct arena *arena, const char *name,
                      uint32_t index)
{
    const struct ifinfomsg family = {.ifi_family = AF_BRIDGE, .ifi_index = (int)index};
    netlink_begin(batch, RTM_SETLINK, 0, &family, sizeof(family),
                  arena_printf(arena, "setting the hairpin mode of %s", name));
    struct nlattr *port = netlink_nest(batch, IFLA_PROTINFO);
    netlink_put_u8(batch, IFLA_BRPORT_MODE, 1);
    netlink_nest_end(batch, port);
}

void link_delete(struct netlink_batch *batch, struct arena *arena, const char *name)
{
    const struct ifinfomsg family = {.ifi_family = AF_UNSPEC};
    netlink_begin(batch, RTM_DELLINK, 0, &family, sizeof(family),
                  arena_printf(arena, "removing the link %s", name));
    netlink_pass_over(batch, -ENODEV);
    netlink_put_text(batch, IFLA_IFNAME, name);
}

/* ---- addresses and routes ---- */

static size_t address_size(int family)
{
    return family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
}

static const char *address_text(struct arena *arena, struct link_address address)
{
    char text[INET6_ADDRSTRLEN] = "";
    (void)inet_ntop(address.family, address.bytes, text, sizeof(text)); /* the two families fit */
    return arena_printf(arena, "%s", text);
}

void link_add_address(struct netlink_batch *batch, struct arena *arena, const char *name,
                      uint32_t index, struct link_address address)
{
    const struct ifaddrmsg family = {
        .ifa_family = (unsigned char)address.family,
        .ifa_prefixlen = (unsigned char)address.prefix,
        .ifa_flags = address.family == AF_INET6 ? IFA_F_NODAD : 0,
        .ifa_index = index,
    };
    size_t size = address_size(address.family);
    netlink_begin(
        batch, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &family, sizeof(family),
        arena_printf(arena, "giving %s the address %s", name, address_text(arena, address)));
    netlink_put(batch, IFA_LOCAL, address.bytes, size);
    netlink_put(batch, IFA_ADDRESS, address.bytes, size);
    if (address.family != AF_INET)
        return;
    uint32_t mask = address.prefix == 0 ? 0 : UINT32_MAX << (32 - address.prefix);
    uint32_t broadcast = *(const uint32_t *)address.bytes | htonl(~mask);
    netlink_put(batch, IFA_BROADCAST, &broadcast, sizeof(broadcast));
}

void link_move(struct netlink_batch *batch, struct arena *arena, const char *host_name,
               uint32_t index, int netns_fd, const char *name)
{
    const struct ifinfomsg family = {.ifi_family = AF_UNSPEC, .ifi_index = (int)index};
    netlink_begin(
        batch, RTM_SETLINK, 0, &family, sizeof(family),
        arena_printf(arena, "moving the interface %s into the container as %s", host_name, name));
    netlink_put_u32(batch, IFLA_NET_NS_FD, (uint32_t)netns_fd);
    netlink_put_text(batch, IFLA_IFNAME, name);
}

/* ---- the addresses of a link ---- */

struct address_list {
    struct arena *arena;
    uint32_t index;
    struct link_owned_address *addresses;
    size_t count;
};

static bool copy_address(const struct nlattr *attribute, size_t size, unsigned char bytes[16])
{
    bool fits = attribute != NULL && (size_t)nla_len(attribute) == size;
    if (fits)
        memcpy(bytes, nla_data(attribute), size);
    return fits;
}

/* With a peer, IFA_ADDRESS is that; without, IPv6 has no IFA_LOCAL. */
static void note_address(struct address_list *list, const struct ifaddrmsg *header,
                         struct nlattr *const attributes[IFA_MAX + 1], uint32_t flags)
{
    size_t size = address_size(header->ifa_family);
    struct link_owned_address address = {
        .family = header->ifa_family, .prefix = header->ifa_prefixlen, .flags = flags};
    if (!copy_address(attributes[IFA_ADDRESS], size, address.peer))
        return;
    if (!copy_address(attributes[IFA_LOCAL], size, address.local))
        memcpy(address.local, address.peer, size);
    address.has_broadcast = copy_address(attributes[IFA_BROADCAST], size, address.broadcast);
    *ARENA_APPEND(list->arena, list->addresses, list->count) = address;
}

static int take_address(void *subject, const struct nlmsghdr *message, struct fail *fail)
{
    struct address_list *list = subject;
    const struct ifaddrmsg *header = nlmsg_data(message);
    struct nlattr *attributes[IFA_MAX + 1] = {NULL};
    (void)fail;
    if (message->nlmsg_type != RTM_NEWADDR || header->ifa_index != list->index ||
        (header->ifa_family != AF_INET && header->ifa_family != AF_INET6) ||
        nlmsg_parse((struct nlmsghdr *)(uintptr_t)message, sizeof(*header), attributes, IFA_MAX,
                    NULL) < 0)
        return 0;
    uint32_t flags =
        attributes[IFA_FLAGS] != NULL ? nla_get_u32(attributes[IFA_FLAGS]) : header->ifa_flags;
    if ((flags & IFA_F_PERMANENT) != 0 && header->ifa_scope == RT_SCOPE_UNIVERSE)
        note_address(list, header, attributes, flags);
    return 0;
}

int link_addresses(struct netlink *netlink, uint32_t index, struct arena *arena,
                   struct link_owned_address **ret_addresses, size_t *ret_count, struct fail *fail)
{
    struct address_list list = {.arena = arena, .index = index};
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    const struct ifaddrmsg family = {.ifa_family = AF_UNSPEC};
    netlink_begin(&batch, RTM_GETADDR, NLM_F_DUMP, &family, sizeof(family),
                  "reading the addresses of an interface");
    TRY(netlink_ask(netlink, &batch, take_address, &list, fail));
    *ret_addresses = list.addresses;
    *ret_count = list.count;
    return 0;
}

void link_give_back_address(struct netlink_batch *batch, struct arena *arena, const char *name,
                            uint32_t index, const struct link_owned_address *address)
{
    enum { GIVEN = IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN };
    struct link_address local = {address->family, address->local, address->prefix};
    const struct ifaddrmsg family = {
        .ifa_family = (unsigned char)address->family,
        .ifa_prefixlen = (unsigned char)address->prefix,
        .ifa_scope = RT_SCOPE_UNIVERSE,
        .ifa_index = index,
    };
    size_t size = address_size(address->family);
    netlink_begin(
        batch, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &family, sizeof(family),
        arena_printf(arena, "giving %s its address %s again", name, address_text(arena, local)));
    netlink_put(batch, IFA_LOCAL, address->local, size);
    netlink_put(batch, IFA_ADDRESS, address->peer, size);
    netlink_put_u32(batch, IFA_FLAGS, address->flags & GIVEN);
    if (address->has_broadcast)
        netlink_put(batch, IFA_BROADCAST, address->broadcast, size);
}

/* ---- routes ---- */

void link_add_default_route(struct netlink_batch *batch, struct arena *arena,
                            struct link_address gateway, uint32_t index)
{
    const struct rtmsg family = {
        .rtm_family = (unsigned char)gateway.family,
        .rtm_table = RT_TABLE_MAIN,
        .rtm_protocol = RTPROT_STATIC,
        .rtm_scope = RT_SCOPE_UNIVERSE,
        .rtm_type = RTN_UNICAST,
    };
    netlink_begin(
        batch, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &family, sizeof(family),
        arena_printf(arena, "setting the default route by %s", address_text(arena, gateway)));
    netlink_put(batch, RTA_GATEWAY, gateway.bytes, address_size(gateway.family));
    netlink_put_u32(batch, RTA_OIF, index);
}

/* ---- the routes of the host ---- */

struct route_list {
    struct arena *arena;
    struct link_route *routes;
    size_t count;
};

static int take_route(void *subject, const struct nlmsghdr *message, struct fail *fail)
{
    struct route_list *list = subject;
    const struct rtmsg *route = nlmsg_data(message);
    struct nlattr *attributes[RTA_MAX + 1] = {NULL};
    (void)fail;
    if (message->nlmsg_type != RTM_NEWROUTE || route->rtm_dst_len == 0 ||
        route->rtm_table != RT_TABLE_MAIN || route->rtm_type != RTN_UNICAST ||
        nlmsg_parse((struct nlmsghdr *)(uintptr_t)message, sizeof(*route), attributes, RTA_MAX,
                    NULL) < 0 ||
        attributes[RTA_DST] == NULL)
        return 0;
    struct link_route *row = ARENA_APPEND(list->arena, list->routes, list->count);
    *row = (struct link_route){.family = route->rtm_family, .prefix = route->rtm_dst_len};
    size_t size = (size_t)nla_len(attributes[RTA_DST]);
    if (size <= sizeof(row->destination))
        memcpy(row->destination, nla_data(attributes[RTA_DST]), size);
    if (attributes[RTA_OIF] != NULL)
        row->index = nla_get_u32(attributes[RTA_OIF]);
    return 0;
}

int link_routes(struct netlink *netlink, struct arena *arena, struct link_route **ret_routes,
                size_t *ret_count, struct fail *fail)
{
    struct route_list list = {.arena = arena};
    static const unsigned char families[] = {AF_INET, AF_INET6};
    for (size_t i = 0; i < sizeof(families); i++) {
        AUTO_BATCH struct netlink_batch batch = {.count = 0};
        const struct rtmsg family = {.rtm_family = families[i]};
        netlink_begin(&batch, RTM_GETROUTE, NLM_F_DUMP, &family, sizeof(family),
                      "reading the routes of the host");
        TRY(netlink_ask(netlink, &batch, take_route, &list, fail));
    }
    *ret_routes = list.routes;
    *ret_count = list.count;
    return 0;
}
