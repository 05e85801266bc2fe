#include "firewall.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>

#include "firewall_rules.h"

/* ---- bridges ---- */

static int hint_for_nftables(struct fail *fail)
{
    if (fail->code == -EPROTONOSUPPORT || fail->code == -EINVAL || fail->code == -EOPNOTSUPP ||
        fail->code == -ENOENT)
        return fail_hint(fail, "this kernel may lack nf_tables, nft_nat, nft_masq or nft_fib: "
                               "modprobe them, or run with --net none");
    if (fail->code == -EPERM)
        return fail_hint(fail, "launcher needs CAP_NET_ADMIN for a bridge: run it as root, or with "
                               "--net none");
    return fail->code;
}

int firewall_open(struct netlink *ret_netlink, struct fail *fail)
{
    if (netlink_open(NETLINK_NETFILTER, ret_netlink, fail) >= 0)
        return 0;
    (void)fail_context(fail, "changing nftables");
    return hint_for_nftables(fail);
}

/* The key of a set of links; twice: of a set of pairs. */
struct link_key {
    char names[2][LINK_SIZE];
};

static struct link_key key_of(const char *bridge)
{
    struct link_key key = {.names = {{0}}};
    for (size_t i = 0; i < 2; i++)
        memcpy(key.names[i], bridge, strnlen(bridge, LINK_SIZE - 1));
    return key;
}

static int find_key(void *subject, struct nft_bytes key, struct nft_bytes data, struct fail *fail)
{
    const char **wanted = subject;
    (void)data, (void)fail;
    if (*wanted != NULL && strncmp(key.bytes, *wanted, key.size) == 0)
        *wanted = NULL; /* found */
    return 0;
}

int firewall_is_ready(struct netlink *netlink, const char *bridge, bool *ret_ready,
                      struct fail *fail)
{
    uint32_t rules = 0;
    const char *wanted = bridge;
    *ret_ready = false;
    TRY(nft_count_table(netlink, &FIREWALL_TABLE, &rules, fail));
    if (rules != FIREWALL_RULE_COUNT)
        return 0;
    TRY(nft_elements(netlink, &FIREWALL_TABLE, "bridges", find_key, &wanted, fail));
    *ret_ready = wanted == NULL;
    return 0;
}

static void put_bridge(struct netlink_batch *batch, const char *bridge, bool internal)
{
    static const char doing[] = "adding the bridge to the nftables sets";
    const struct nft_bytes none = {.size = 0};
    struct link_key key = key_of(bridge);
    nft_add_element(batch, &FIREWALL_TABLE, "bridges", (struct nft_bytes){&key, LINK_SIZE}, none,
                    doing);
    nft_add_element(batch, &FIREWALL_TABLE, "same", (struct nft_bytes){&key, sizeof(key)}, none,
                    doing);
    if (internal)
        nft_add_element(batch, &FIREWALL_TABLE, "internal", (struct nft_bytes){&key, LINK_SIZE},
                        none, doing);
}

/* A kernel without tables of the family bridge is only slower. */
static void keep_quiet(struct netlink *netlink)
{
    struct fail refused = {0};
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    nft_begin(&batch, "changing nftables");
    nft_add_table(&batch, &QUIET_TABLE);
    nft_add_chain(&batch, &QUIET_TABLE, &QUIET_CHAIN);
    nft_flush_chain(&batch, &QUIET_TABLE, QUIET_CHAIN.name);
    nft_add_rule(&batch, &QUIET_TABLE, &QUIET_RULE);
    if (netlink_send(netlink, &batch, &refused) < 0)
        return;
}

int firewall_establish(struct netlink *netlink, const char *bridge, bool internal,
                       struct fail *fail)
{
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    nft_begin(&batch, "changing nftables");
    nft_add_table(&batch, &FIREWALL_TABLE);
    for (size_t i = 0; i < FIREWALL_SET_COUNT; i++)
        nft_add_set(&batch, &FIREWALL_TABLE, &FIREWALL_SETS[i], (uint32_t)i + 1);
    for (size_t i = 0; i < FIREWALL_CHAIN_COUNT; i++) {
        nft_add_chain(&batch, &FIREWALL_TABLE, &FIREWALL_CHAINS[i]);
        nft_flush_chain(&batch, &FIREWALL_TABLE, FIREWALL_CHAINS[i].name);
    }
    for (size_t i = 0; i < FIREWALL_RULE_COUNT; i++)
        nft_add_rule(&batch, &FIREWALL_TABLE, &FIREWALL_RULES[i]);
    put_bridge(&batch, bridge, internal);
    if (netlink_send(netlink, &batch, fail) < 0)
        return hint_for_nftables(fail);
    keep_quiet(netlink);
    return 0;
}

/* An element is deleted by a transaction of its own: one that is not there is no error then. */
static int forget_in(struct netlink *netlink, const char *set, struct nft_bytes key,
                     struct fail *fail)
{
    static const char doing[] = "taking the bridge out of the nftables sets";
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    struct fail failed = {0};
    nft_begin(&batch, doing);
    nft_delete_element(&batch, &FIREWALL_TABLE, set, key, doing);
    int result = netlink_send(netlink, &batch, &failed);
    if (result >= 0 || result == -ENOENT)
        return 0;
    *fail = failed;
    return result;
}

int firewall_forget(struct netlink *netlink, const char *bridge, struct fail *fail)
{
    struct link_key key = key_of(bridge);
    TRY(forget_in(netlink, "internal", (struct nft_bytes){&key, LINK_SIZE}, fail));
    TRY(forget_in(netlink, "same", (struct nft_bytes){&key, sizeof(key)}, fail));
    return forget_in(netlink, "bridges", (struct nft_bytes){&key, LINK_SIZE}, fail);
}

static int remove_table(struct netlink *netlink, const struct nft_table *table, struct fail *fail)
{
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    struct fail failed = {0};
    nft_begin(&batch, "changing nftables");
    nft_delete_table(&batch, table);
    int result = netlink_send(netlink, &batch, &failed);
    if (result >= 0 || result == -ENOENT || result == -EOPNOTSUPP)
        return 0;
    *fail = failed;
    return result;
}

int firewall_remove(struct netlink *netlink, struct fail *fail)
{
    TRY(remove_table(netlink, &QUIET_TABLE, fail));
    return remove_table(netlink, &FIREWALL_TABLE, fail);
}

/* ---- published ports ---- */

/* Keys and data as the registers hold them: each part begins a cell of four bytes. */
struct cells {
    unsigned char bytes[IP6_SIZE + 2 * CELL];
    size_t size;
};

static void put_cell(struct cells *cells, const void *part, size_t size)
{
    memcpy(cells->bytes + cells->size, part, size);
    cells->size += (size + CELL - 1) / CELL * CELL;
}

static struct nft_bytes bytes_of(const struct cells *cells)
{
    return (struct nft_bytes){cells->bytes, cells->size};
}

static bool is_any(const struct spec_port *port, int family)
{
    static const struct in6_addr any6 = IN6ADDR_ANY_INIT;
    if (port->family == AF_UNSPEC)
        return true;
    return family == AF_INET ? port->ip4.s_addr == INADDR_ANY
                             : memcmp(&port->ip6, &any6, sizeof(any6)) == 0;
}

static struct cells key_of_port(const struct spec_port *port, int family)
{
    struct cells key = {.size = 0};
    const unsigned char protocol = port->udp ? IPPROTO_UDP : IPPROTO_TCP;
    const uint16_t number = htons(port->host_port);
    if (!is_any(port, family) && family == AF_INET)
        put_cell(&key, &port->ip4, sizeof(port->ip4));
    if (!is_any(port, family) && family == AF_INET6)
        put_cell(&key, &port->ip6, sizeof(port->ip6));
    put_cell(&key, &protocol, sizeof(protocol));
    put_cell(&key, &number, sizeof(number));
    return key;
}

static struct cells data_of_port(const struct spec_port *port, int family,
                                 const struct firewall_target *target)
{
    struct cells data = {.size = 0};
    const uint16_t number = htons(port->container_port);
    if (family == AF_INET)
        put_cell(&data, &target->address, sizeof(target->address));
    else
        put_cell(&data, &target->address6, sizeof(target->address6));
    put_cell(&data, &number, sizeof(number));
    return data;
}

static const char *map_of_port(const struct spec_port *port, int family)
{
    if (family == AF_INET)
        return is_any(port, family) ? "published4" : "published4_at";
    return is_any(port, family) ? "published6" : "published6_at";
}

static void publish_in(struct netlink_batch *batch, const struct spec_port *port, int family,
                       const struct firewall_target *target)
{
    struct cells key = key_of_port(port, family);
    struct cells data = data_of_port(port, family, target);
    nft_add_element(batch, &FIREWALL_TABLE, map_of_port(port, family), bytes_of(&key),
                    bytes_of(&data), "publishing a port");
}

static void publish_port(struct netlink_batch *batch, const struct spec_port *port,
                         const struct firewall_target *target)
{
    if (port->family != AF_INET6)
        publish_in(batch, port, AF_INET, target);
    if (port->family != AF_INET && target->has_ip6)
        publish_in(batch, port, AF_INET6, target);
}

/* The pair of addresses of a packet from a container to itself. */
struct itself {
    struct in_addr ip4[2];
    struct in6_addr ip6[2];
};

static struct itself itself_of(const struct firewall_target *target)
{
    return (struct itself){.ip4 = {target->address, target->address},
                           .ip6 = {target->address6, target->address6}};
}

static void publish_to_itself(struct netlink_batch *batch, const struct itself *itself,
                              bool has_ip6)
{
    static const char doing[] = "letting the container call its own ports";
    const struct nft_bytes none = {.size = 0};
    nft_add_element(batch, &FIREWALL_TABLE, "itself4",
                    (struct nft_bytes){itself->ip4, sizeof(itself->ip4)}, none, doing);
    if (has_ip6)
        nft_add_element(batch, &FIREWALL_TABLE, "itself6",
                        (struct nft_bytes){itself->ip6, sizeof(itself->ip6)}, none, doing);
}

/* A range may be larger than a batch: then it is several. */
int firewall_publish(struct netlink *netlink, const struct spec_port *ports, size_t count,
                     const struct firewall_target *target, struct fail *fail)
{
    enum { AT_ONCE = (NETLINK_BATCH_MAX - 4) / 2 };
    struct itself itself = itself_of(target);
    for (size_t done = 0; done < count; done += AT_ONCE) {
        AUTO_BATCH struct netlink_batch batch = {.count = 0};
        nft_begin(&batch, "publishing ports");
        publish_to_itself(&batch, &itself, target->has_ip6);
        for (size_t i = done; i < count && i < done + AT_ONCE; i++)
            publish_port(&batch, &ports[i], target);
        TRY(netlink_send(netlink, &batch, fail));
    }
    return 0;
}

struct unpublishing {
    const struct firewall_target *target;
    struct arena *arena;
    struct nft_bytes *keys;
    size_t count;
};

static bool leads_to(struct nft_bytes data, const struct firewall_target *target)
{
    if (data.size == IP4_SIZE + CELL)
        return memcmp(data.bytes, &target->address, IP4_SIZE) == 0;
    return data.size == IP6_SIZE + CELL && target->has_ip6 &&
           memcmp(data.bytes, &target->address6, IP6_SIZE) == 0;
}

static int take_published(void *subject, struct nft_bytes key, struct nft_bytes data,
                          struct fail *fail)
{
    struct unpublishing *work = subject;
    (void)fail;
    if (leads_to(data, work->target))
        *ARENA_APPEND(work->arena, work->keys, work->count) =
            (struct nft_bytes){arena_copy(work->arena, key.bytes, key.size), key.size};
    return 0;
}

static int delete_keys(struct netlink *netlink, const char *map, const struct unpublishing *work,
                       struct fail *fail)
{
    enum { AT_ONCE = NETLINK_BATCH_MAX - 2 };
    for (size_t done = 0; done < work->count; done += AT_ONCE) {
        AUTO_BATCH struct netlink_batch batch = {.count = 0};
        nft_begin(&batch, "taking back published ports");
        for (size_t i = done; i < work->count && i < done + AT_ONCE; i++)
            nft_delete_element(&batch, &FIREWALL_TABLE, map, work->keys[i],
                               "taking back a published port");
        TRY(netlink_send(netlink, &batch, fail));
    }
    return 0;
}

int firewall_unpublish(struct netlink *netlink, const struct firewall_target *target,
                       struct fail *fail)
{
    struct itself itself = itself_of(target);
    TRY(forget_in(netlink, "itself4", (struct nft_bytes){itself.ip4, sizeof(itself.ip4)}, fail));
    TRY(forget_in(netlink, "itself6", (struct nft_bytes){itself.ip6, sizeof(itself.ip6)}, fail));
    for (size_t i = 0; i < FIREWALL_SET_COUNT; i++) {
        AUTO_ARENA struct arena arena = {0};
        struct unpublishing work = {.target = target, .arena = &arena};
        if (FIREWALL_SETS[i].data_size == 0)
            continue;
        TRY(nft_elements(netlink, &FIREWALL_TABLE, FIREWALL_SETS[i].name, take_published, &work,
                         fail));
        TRY(delete_keys(netlink, FIREWALL_SETS[i].name, &work, fail));
    }
    return 0;
}
