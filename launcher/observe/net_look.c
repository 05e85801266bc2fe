#include "net_look.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

/* libnl's readers take messages that could be written to. */
static struct nlmsghdr *writable(const struct nlmsghdr *message)
{
    return (struct nlmsghdr *)(uintptr_t)message;
}

static uint32_t number_of(struct nlattr *attribute)
{
    return attribute != NULL ? nla_get_u32(attribute) : 0;
}

/* ---- links ---- */

struct link_reader {
    struct look_link *link;
    bool first; /* of a dump: the first one that is no loopback */
};

static void read_kind(struct nlattr *info, struct look_link *link)
{
    struct nlattr *kind =
        info != NULL ? nla_find(nla_data(info), nla_len(info), IFLA_INFO_KIND) : NULL;
    if (kind != NULL)
        (void)nla_strlcpy(link->kind, kind, sizeof(link->kind));
}

static int take_link(void *subject, const struct nlmsghdr *message, struct fail *fail)
{
    const struct link_reader *reader = subject;
    const struct ifinfomsg *family = nlmsg_data(message);
    struct nlattr *attributes[IFLA_MAX + 1] = {NULL};
    (void)fail;
    if (message->nlmsg_type != RTM_NEWLINK ||
        (reader->first && (reader->link->index != 0 || (family->ifi_flags & IFF_LOOPBACK))) ||
        nlmsg_parse(writable(message), sizeof(*family), attributes, IFLA_MAX, NULL) < 0)
        return 0;
    *reader->link = (struct look_link){
        .index = (uint32_t)family->ifi_index,
        .peer = number_of(attributes[IFLA_LINK]),
        .master = number_of(attributes[IFLA_MASTER]),
        .up = (family->ifi_flags & IFF_UP) != 0,
    };
    if (attributes[IFLA_IFNAME] != NULL)
        (void)nla_strlcpy(reader->link->name, attributes[IFLA_IFNAME], sizeof(reader->link->name));
    read_kind(attributes[IFLA_LINKINFO], reader->link);
    return 0;
}

int look_link(struct netlink *netlink, const char *name, uint32_t index, struct look_link *ret_link,
              struct fail *fail)
{
    const struct ifinfomsg family = {.ifi_index = (int)index};
    struct link_reader reader = {.link = ret_link};
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    *ret_link = (struct look_link){.index = 0};
    netlink_begin(&batch, RTM_GETLINK, 0, &family, sizeof(family), "looking for a link");
    if (name != NULL)
        netlink_put_text(&batch, IFLA_IFNAME, name);
    netlink_pass_over(&batch, -ENODEV);
    return netlink_ask(netlink, &batch, take_link, &reader, fail);
}

int look_first_link(struct netlink *netlink, struct look_link *ret_link, struct fail *fail)
{
    const struct ifinfomsg family = {.ifi_family = AF_UNSPEC};
    struct link_reader reader = {.link = ret_link, .first = true};
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    *ret_link = (struct look_link){.index = 0};
    netlink_begin(&batch, RTM_GETLINK, NLM_F_DUMP, &family, sizeof(family), "reading the links");
    return netlink_ask(netlink, &batch, take_link, &reader, fail);
}

/* ---- addresses ---- */

struct address_list {
    struct arena *arena;
    struct look_address *addresses;
    size_t count;
};

/* IFA_LOCAL is this end's address where the link goes to one other only; IPv6 has IFA_ADDRESS. */
static int take_address(void *subject, const struct nlmsghdr *message, struct fail *fail)
{
    struct address_list *list = subject;
    const struct ifaddrmsg *family = nlmsg_data(message);
    struct nlattr *attributes[IFA_MAX + 1] = {NULL};
    (void)fail;
    if (message->nlmsg_type != RTM_NEWADDR ||
        nlmsg_parse(writable(message), sizeof(*family), attributes, IFA_MAX, NULL) < 0)
        return 0;
    struct nlattr *bytes =
        attributes[IFA_LOCAL] != NULL ? attributes[IFA_LOCAL] : attributes[IFA_ADDRESS];
    struct look_address address = {
        .index = family->ifa_index, .family = family->ifa_family, .prefix = family->ifa_prefixlen};
    if (bytes == NULL || (size_t)nla_len(bytes) > sizeof(address.bytes))
        return 0;
    memcpy(address.bytes, nla_data(bytes), (size_t)nla_len(bytes));
    *ARENA_APPEND(list->arena, list->addresses, list->count) = address;
    return 0;
}

int look_addresses(struct netlink *netlink, struct arena *arena,
                   struct look_address **ret_addresses, size_t *ret_count, struct fail *fail)
{
    const struct ifaddrmsg family = {.ifa_family = AF_UNSPEC};
    struct address_list list = {.arena = arena};
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    netlink_begin(&batch, RTM_GETADDR, NLM_F_DUMP, &family, sizeof(family),
                  "reading the addresses");
    TRY(netlink_ask(netlink, &batch, take_address, &list, fail));
    *ret_addresses = list.addresses;
    *ret_count = list.count;
    return 0;
}

/* ---- routes ---- */

struct route_reader {
    struct look_route *route;
    struct in_addr gateway; /* the one that is looked for */
    bool any;               /* not only default routes */
};

static int take_route(void *subject, const struct nlmsghdr *message, struct fail *fail)
{
    const struct route_reader *reader = subject;
    const struct rtmsg *family = nlmsg_data(message);
    struct nlattr *attributes[RTA_MAX + 1] = {NULL};
    (void)fail;
    bool is_default = family->rtm_dst_len == 0 && family->rtm_table == RT_TABLE_MAIN;
    if (message->nlmsg_type != RTM_NEWROUTE || family->rtm_type != RTN_UNICAST ||
        !(reader->any || is_default) ||
        nlmsg_parse(writable(message), sizeof(*family), attributes, RTA_MAX, NULL) < 0)
        return 0;
    struct look_route route = {.found = true, .index = number_of(attributes[RTA_OIF])};
    if (attributes[RTA_GATEWAY] != NULL)
        route.gateway.s_addr = nla_get_u32(attributes[RTA_GATEWAY]);
    if (!reader->route->found || route.gateway.s_addr == reader->gateway.s_addr)
        *reader->route = route;
    return 0;
}

int look_default_route(struct netlink *netlink, struct in_addr gateway,
                       struct look_route *ret_route, struct fail *fail)
{
    const struct rtmsg family = {.rtm_family = AF_INET};
    struct route_reader reader = {.route = ret_route, .gateway = gateway};
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    *ret_route = (struct look_route){.found = false};
    netlink_begin(&batch, RTM_GETROUTE, NLM_F_DUMP, &family, sizeof(family), "reading the routes");
    return netlink_ask(netlink, &batch, take_route, &reader, fail);
}

int look_route_to(struct netlink *netlink, struct in_addr destination, struct look_route *ret_route,
                  struct fail *fail)
{
    enum { ALL_BITS = 32 };
    const struct rtmsg family = {.rtm_family = AF_INET, .rtm_dst_len = ALL_BITS};
    struct route_reader reader = {.route = ret_route, .any = true};
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    *ret_route = (struct look_route){.found = false};
    netlink_begin(&batch, RTM_GETROUTE, 0, &family, sizeof(family), "looking for a route");
    netlink_put(&batch, RTA_DST, &destination, sizeof(destination));
    return netlink_ask(netlink, &batch, take_route, &reader, fail);
}

/* ---- neighbours ---- */

struct neighbour_reader {
    uint32_t index;
    struct in_addr address;
    bool known;
};

static int take_neighbour(void *subject, const struct nlmsghdr *message, struct fail *fail)
{
    enum { KNOWN = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT };
    struct neighbour_reader *reader = subject;
    const struct ndmsg *family = nlmsg_data(message);
    struct nlattr *attributes[NDA_MAX + 1] = {NULL};
    (void)fail;
    if (message->nlmsg_type == RTM_NEWNEIGH && (uint32_t)family->ndm_ifindex == reader->index &&
        (family->ndm_state & KNOWN) &&
        nlmsg_parse(writable(message), sizeof(*family), attributes, NDA_MAX, NULL) >= 0 &&
        attributes[NDA_DST] != NULL && number_of(attributes[NDA_DST]) == reader->address.s_addr)
        reader->known = true;
    return 0;
}

int look_neighbour(struct netlink *netlink, uint32_t index, struct in_addr address, bool *ret_known,
                   struct fail *fail)
{
    const struct ndmsg family = {.ndm_family = AF_INET};
    struct neighbour_reader reader = {.index = index, .address = address};
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    netlink_begin(&batch, RTM_GETNEIGH, NLM_F_DUMP, &family, sizeof(family),
                  "reading the neighbours");
    TRY(netlink_ask(netlink, &batch, take_neighbour, &reader, fail));
    *ret_known = reader.known;
    return 0;
}

/* ---- nftables ---- */

/* The numbers of linux/netfilter.h, which can't be included together with netinet/in.h. */
enum { FAMILY_INET = 1, FAMILY_IP4 = 2, HOOK_FORWARD = 2, POLICY_DROP = 0 };

struct chain_reader {
    const char *own; /* table */
    struct arena *arena;
    const char *name; /* of the chain found */
};

static uint32_t number_in(struct nlattr *nest, int type)
{
    struct nlattr *attribute = nla_find(nla_data(nest), nla_len(nest), type);
    return attribute != NULL ? ntohl(nla_get_u32(attribute)) : UINT32_MAX;
}

static int take_chain(void *subject, const struct nlmsghdr *message, struct fail *fail)
{
    struct chain_reader *reader = subject;
    const struct nfgenmsg *family = nlmsg_data(message);
    struct nlattr *parts[NFTA_CHAIN_MAX + 1] = {NULL};
    (void)fail;
    if ((family->nfgen_family != FAMILY_INET && family->nfgen_family != FAMILY_IP4) ||
        nlmsg_parse(writable(message), sizeof(*family), parts, NFTA_CHAIN_MAX, NULL) < 0 ||
        parts[NFTA_CHAIN_HOOK] == NULL || parts[NFTA_CHAIN_POLICY] == NULL ||
        parts[NFTA_CHAIN_TABLE] == NULL || parts[NFTA_CHAIN_NAME] == NULL)
        return 0; /* of another family, or called by others only */
    bool forward = number_in(parts[NFTA_CHAIN_HOOK], NFTA_HOOK_HOOKNUM) == HOOK_FORWARD;
    bool drops = ntohl(nla_get_u32(parts[NFTA_CHAIN_POLICY])) == POLICY_DROP;
    bool inet = family->nfgen_family == FAMILY_INET;
    const char *table = nla_get_string(parts[NFTA_CHAIN_TABLE]);
    if (reader->name == NULL && forward && drops && !(inet && strcmp(table, reader->own) == 0))
        reader->name = arena_printf(reader->arena, "%s %s %s", inet ? "inet" : "ip", table,
                                    nla_get_string(parts[NFTA_CHAIN_NAME]));
    return 0;
}

int look_dropping_chain(struct netlink *netlink, const char *own, struct arena *arena,
                        const char **ret_name, struct fail *fail)
{
    const struct nfgenmsg family = {.version = NFNETLINK_V0}; /* of all families */
    struct chain_reader reader = {.own = own, .arena = arena};
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    netlink_begin(&batch, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN, NLM_F_DUMP, &family,
                  sizeof(family), "reading the chains of nftables");
    TRY(netlink_ask(netlink, &batch, take_chain, &reader, fail));
    *ret_name = reader.name;
    return 0;
}
