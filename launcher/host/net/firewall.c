#include "firewall.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- the policy ---- */

/* Fields are compared in the order of their bytes on the wire. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BYTES(one, two, three, four) \
    ((uint32_t)(one) | (uint32_t)(two) << 8 | (uint32_t)(three) << 16 | (uint32_t)(four) << 24)
#else
#define BYTES(one, two, three, four) \
    ((uint32_t)(four) | (uint32_t)(three) << 8 | (uint32_t)(two) << 16 | (uint32_t)(one) << 24)
#endif

const struct nft_table FIREWALL_TABLE = {FIREWALL_NAME, NFT_FAMILY_INET};

static const struct nft_chain CHAINS[] = {
    {"guard", "filter", NFT_PREROUTING, -300}, /* "raw": before any address is translated */
    {"prerouting", "nat", NFT_PREROUTING, -100},  {"output", "nat", NFT_OUTPUT, -100},
    {"postrouting", "nat", NFT_POSTROUTING, 100}, {"forward", "filter", NFT_FORWARD, 0},
};

/* Types of nft(8), six bits each. */
enum {
    TYPE_IP4 = 7,
    TYPE_IP6 = 8,
    TYPE_PROTOCOL = 12,
    TYPE_PORT = 13,
    TYPE_LINK = 41,
};

#define PAIR(one, other) ((one) << 6 | (other))
#define TRIPLE(one, two, three) (PAIR(one, two) << 6 | (three))

enum { LINK_SIZE = 16, CELL = 4, IP4_SIZE = 4, IP6_SIZE = 16 };

static const struct nft_set SETS[] = {
    {"bridges", TYPE_LINK, LINK_SIZE, 0, 0, true},
    {"internal", TYPE_LINK, LINK_SIZE, 0, 0, true},
    {"same", PAIR(TYPE_LINK, TYPE_LINK), 2 * LINK_SIZE, 0, 0, false},
    {"itself4", PAIR(TYPE_IP4, TYPE_IP4), 2 * IP4_SIZE, 0, 0, false},
    {"itself6", PAIR(TYPE_IP6, TYPE_IP6), 2 * IP6_SIZE, 0, 0, false},
    {"published4_at", TRIPLE(TYPE_IP4, TYPE_PROTOCOL, TYPE_PORT), IP4_SIZE + 2 * CELL,
     PAIR(TYPE_IP4, TYPE_PORT), IP4_SIZE + CELL, false},
    {"published4", PAIR(TYPE_PROTOCOL, TYPE_PORT), 2 * CELL, PAIR(TYPE_IP4, TYPE_PORT),
     IP4_SIZE + CELL, false},
    {"published6_at", TRIPLE(TYPE_IP6, TYPE_PROTOCOL, TYPE_PORT), IP6_SIZE + 2 * CELL,
     PAIR(TYPE_IP6, TYPE_PORT), IP6_SIZE + CELL, false},
    {"published6", PAIR(TYPE_PROTOCOL, TYPE_PORT), 2 * CELL, PAIR(TYPE_IP6, TYPE_PORT),
     IP6_SIZE + CELL, false},
};

/* The links that a packet comes in and goes out by; a name takes four registers. */
#define IN_BY                                                       \
    {                                                               \
        .kind = NFT_LOAD_META, .number = NFT_META_IIFNAME, .reg = 0 \
    }
#define OUT_BY                                                      \
    {                                                               \
        .kind = NFT_LOAD_META, .number = NFT_META_OIFNAME, .reg = 4 \
    }
#define IN_IS(name)                                                 \
    {                                                               \
        .kind = NFT_LOOK_UP, .set = (name), .reg = 0, .equal = true \
    }
#define OUT_IS(name)                                                \
    {                                                               \
        .kind = NFT_LOOK_UP, .set = (name), .reg = 4, .equal = true \
    }
#define OUT_IS_NOT(name)                             \
    {                                                \
        .kind = NFT_LOOK_UP, .set = (name), .reg = 4 \
    }

#define IS_FAMILY(family)                                                           \
    {.kind = NFT_LOAD_META, .number = NFT_META_NFPROTO, .reg = 8},                  \
    {                                                                               \
        .kind = NFT_COMPARE, .number = (family), .size = 1, .equal = true, .reg = 8 \
    }

/* The first byte of an IPv4 address in the header: 127.0.0.0/8 */
enum { FROM_ADDRESS = 12, TO_ADDRESS = 16, FROM_ADDRESS6 = 8, TO_ADDRESS6 = 24 };
#define IS_LOOPBACK(which)                                                                     \
    {.kind = NFT_LOAD_PAYLOAD,                                                                 \
     .number = NFT_PAYLOAD_NETWORK_HEADER,                                                     \
     .offset = (which),                                                                        \
     .size = 1,                                                                                \
     .reg = 8},                                                                                \
    {                                                                                          \
        .kind = NFT_COMPARE, .number = BYTES(127, 0, 0, 0), .size = 1, .equal = true, .reg = 8 \
    }

#define HAS_CT(key, bits)                                     \
    {.kind = NFT_LOAD_CT, .number = (key), .reg = 8},         \
        {.kind = NFT_MASK, .number = (bits), .reg = 8},       \
    {                                                         \
        .kind = NFT_COMPARE, .number = 0, .size = 4, .reg = 8 \
    }

#define IS_KNOWN \
    HAS_CT(NFT_CT_STATE, NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED))
#define IS_PUBLISHED HAS_CT(NFT_CT_STATUS, IPS_DST_NAT)

#define TO_THIS_HOST                                                                 \
    {.kind = NFT_LOAD_FIB_TYPE, .reg = 8},                                           \
    {                                                                                \
        .kind = NFT_COMPARE, .number = RTN_LOCAL, .size = 4, .equal = true, .reg = 8 \
    }

/* Protocol and port of the destination into two registers. */
#define LOAD_PORT(first)                                                                          \
    {.kind = NFT_LOAD_META, .number = NFT_META_L4PROTO, .reg = (first)},                          \
    {                                                                                             \
        .kind = NFT_LOAD_PAYLOAD, .number = NFT_PAYLOAD_TRANSPORT_HEADER, .offset = 2, .size = 2, \
        .reg = (first) + 1                                                                        \
    }
#define LOAD_ADDRESS(at, bytes)                                                         \
    {                                                                                   \
        .kind = NFT_LOAD_PAYLOAD, .number = NFT_PAYLOAD_NETWORK_HEADER, .offset = (at), \
        .size = (bytes), .reg = 0                                                       \
    }

#define ACCEPT                                    \
    {                                             \
        .kind = NFT_VERDICT, .number = NFT_ACCEPT \
    }
#define DROP                                    \
    {                                           \
        .kind = NFT_VERDICT, .number = NFT_DROP \
    }
#define MASQUERADE                \
    {                             \
        .kind = NFT_MASQUERADE_AS \
    }
#define MAP(name)                      \
    {                                  \
        .kind = NFT_MAP, .set = (name) \
    }
#define DNAT(family, port)                                  \
    {                                                       \
        .kind = NFT_DNAT, .number = (family), .reg = (port) \
    }

#define RULE(chain_name, ...)                                                                   \
    {                                                                                           \
        .chain = (chain_name), .expressions = {__VA_ARGS__},                                    \
        .count = sizeof((struct nft_expression[]){__VA_ARGS__}) / sizeof(struct nft_expression) \
    }

/* A port that is published for one address of the host goes before one that is for all of them. */
#define PUBLISHED(chain_name)                                                                      \
    RULE(chain_name, IS_FAMILY(NFT_FAMILY_IP4), TO_THIS_HOST, LOAD_ADDRESS(TO_ADDRESS, IP4_SIZE),  \
         LOAD_PORT(1), MAP("published4_at"), DNAT(NFT_FAMILY_IP4, 1)),                             \
        RULE(chain_name, IS_FAMILY(NFT_FAMILY_IP4), TO_THIS_HOST, LOAD_PORT(0), MAP("published4"), \
             DNAT(NFT_FAMILY_IP4, 1)),                                                             \
        RULE(chain_name, IS_FAMILY(NFT_FAMILY_IP6), TO_THIS_HOST,                                  \
             LOAD_ADDRESS(TO_ADDRESS6, IP6_SIZE), LOAD_PORT(4), MAP("published6_at"),              \
             DNAT(NFT_FAMILY_IP6, 4)),                                                             \
        RULE(chain_name, IS_FAMILY(NFT_FAMILY_IP6), TO_THIS_HOST, LOAD_PORT(0), MAP("published6"), \
             DNAT(NFT_FAMILY_IP6, 4))

static const struct nft_rule RULES[] = {
    /* Ports published on 127.0.0.1 need route_localnet on the bridge, which would open the services
     * that listen on the host's loopback to every container (CVE-2020-8558). */
    RULE("guard", IS_FAMILY(NFT_FAMILY_IP4), IN_BY, IN_IS("bridges"), IS_LOOPBACK(TO_ADDRESS),
         DROP),

    PUBLISHED("prerouting"), /* from outside and from containers */
    PUBLISHED("output"),     /* from the host itself */

    RULE("postrouting", IN_BY, OUT_BY, IN_IS("bridges"), OUT_IS_NOT("bridges"), MASQUERADE),
    /* A container that calls a published port: its neighbour would answer past the translation. */
    RULE("postrouting", IN_BY, OUT_BY, IN_IS("bridges"), OUT_IS("bridges"), IS_PUBLISHED,
         MASQUERADE),
    /* One that calls a port of its own: where bridged packets come here (br_netfilter), no link is known
     * that they came in by. It would take its own address for a forgery. */
    RULE("postrouting", IS_FAMILY(NFT_FAMILY_IP4), LOAD_ADDRESS(FROM_ADDRESS, 2 * IP4_SIZE),
         IN_IS("itself4"), MASQUERADE),
    RULE("postrouting", IS_FAMILY(NFT_FAMILY_IP6), LOAD_ADDRESS(FROM_ADDRESS6, 2 * IP6_SIZE),
         IN_IS("itself6"), MASQUERADE),
    RULE("postrouting", IS_FAMILY(NFT_FAMILY_IP4), OUT_BY, OUT_IS("bridges"),
         IS_LOOPBACK(FROM_ADDRESS), MASQUERADE),

    RULE("forward", IS_KNOWN, ACCEPT),
    RULE("forward", IS_PUBLISHED, ACCEPT),
    RULE("forward", IN_BY, OUT_BY, IN_IS("same"), ACCEPT),
    /* What is not published is reached neither from outside nor from another network. */
    RULE("forward", OUT_BY, OUT_IS("bridges"), DROP),
    RULE("forward", IN_BY, IN_IS("internal"), DROP),
};

enum { FORWARD_RULES = 5 };

/* ---- quiet on the bridge ---- */

static const struct nft_table QUIET_TABLE = {FIREWALL_NAME, NFT_FAMILY_BRIDGE};
static const struct nft_chain QUIET_CHAIN = {"quiet", "filter", NFT_PREROUTING, -300};

enum { FROM_MAC = 6, ETHERTYPE = 12 };

#define FIELD_IS(header, at, bytes, value)                                                     \
    {.kind = NFT_LOAD_PAYLOAD, .number = (header), .offset = (at), .size = (bytes), .reg = 8}, \
    {                                                                                          \
        .kind = NFT_COMPARE, .number = (value), .size = (bytes), .equal = true, .reg = 8       \
    }

/* An interface that comes up reports its multicast groups to ff02::16 (MLDv2, RFC 3810), and the bridge
 * hands the report to every other port: each start would be work for all containers that run. Nobody
 * listens: there is no multicast router on the bridge, and without one all groups are flooded. Ours
 * are known by their hardware addresses, link_make_mac. */
static const struct nft_rule QUIET_RULE =
    RULE("quiet", FIELD_IS(NFT_PAYLOAD_LL_HEADER, FROM_MAC, 2, BYTES(0x02, 0x4c, 0, 0)),
         FIELD_IS(NFT_PAYLOAD_LL_HEADER, ETHERTYPE, 2, BYTES(0x86, 0xdd, 0, 0)),
         FIELD_IS(NFT_PAYLOAD_NETWORK_HEADER, TO_ADDRESS6, 4, BYTES(0xff, 0x02, 0, 0)),
         FIELD_IS(NFT_PAYLOAD_NETWORK_HEADER, TO_ADDRESS6 + 12, 4, BYTES(0, 0, 0, 0x16)), DROP);

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
    struct fail missing = {0};
    const char *wanted = bridge;
    *ret_ready = false;
    int result = nft_count_rules(netlink, &FIREWALL_TABLE, "forward", &rules, &missing);
    if (result == -ENOENT || (result >= 0 && rules != FORWARD_RULES))
        return 0;
    if (result < 0) {
        *fail = missing;
        return result;
    }
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
    for (size_t i = 0; i < COUNT(SETS); i++)
        nft_add_set(&batch, &FIREWALL_TABLE, &SETS[i], (uint32_t)i + 1);
    for (size_t i = 0; i < COUNT(CHAINS); i++) {
        nft_add_chain(&batch, &FIREWALL_TABLE, &CHAINS[i]);
        nft_flush_chain(&batch, &FIREWALL_TABLE, CHAINS[i].name);
    }
    for (size_t i = 0; i < COUNT(RULES); i++)
        nft_add_rule(&batch, &FIREWALL_TABLE, &RULES[i]);
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
    for (size_t i = 0; i < COUNT(SETS); i++) {
        AUTO_ARENA struct arena arena = {0};
        struct unpublishing work = {.target = target, .arena = &arena};
        if (SETS[i].data_size == 0)
            continue;
        TRY(nft_elements(netlink, &FIREWALL_TABLE, SETS[i].name, take_published, &work, fail));
        TRY(delete_keys(netlink, SETS[i].name, &work, fail));
    }
    return 0;
}
