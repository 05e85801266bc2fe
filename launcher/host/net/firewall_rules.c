#include "firewall_rules.h"

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/rtnetlink.h>

const struct nft_table FIREWALL_TABLE = {FIREWALL_NAME, NFT_FAMILY_INET};

/* Fields are compared in the order of their bytes on the wire. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BYTES(one, two, three, four) \
    ((uint32_t)(one) | (uint32_t)(two) << 8 | (uint32_t)(three) << 16 | (uint32_t)(four) << 24)
#else
#define BYTES(one, two, three, four) \
    ((uint32_t)(four) | (uint32_t)(three) << 8 | (uint32_t)(two) << 16 | (uint32_t)(one) << 24)
#endif

const struct nft_chain FIREWALL_CHAINS[] = {
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

const struct nft_set FIREWALL_SETS[] = {
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

const struct nft_rule FIREWALL_RULES[] = {
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

/* ---- quiet on the bridge ---- */

const struct nft_table QUIET_TABLE = {FIREWALL_NAME, NFT_FAMILY_BRIDGE};
const struct nft_chain QUIET_CHAIN = {"quiet", "filter", NFT_PREROUTING, -300};

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
const struct nft_rule QUIET_RULE =
    RULE("quiet", FIELD_IS(NFT_PAYLOAD_LL_HEADER, FROM_MAC, 2, BYTES(0x02, 0x4c, 0, 0)),
         FIELD_IS(NFT_PAYLOAD_LL_HEADER, ETHERTYPE, 2, BYTES(0x86, 0xdd, 0, 0)),
         FIELD_IS(NFT_PAYLOAD_NETWORK_HEADER, TO_ADDRESS6, 4, BYTES(0xff, 0x02, 0, 0)),
         FIELD_IS(NFT_PAYLOAD_NETWORK_HEADER, TO_ADDRESS6 + 12, 4, BYTES(0, 0, 0, 0x16)), DROP);

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const size_t FIREWALL_CHAIN_COUNT = COUNT(FIREWALL_CHAINS);
const size_t FIREWALL_SET_COUNT = COUNT(FIREWALL_SETS);
const size_t FIREWALL_RULE_COUNT = COUNT(FIREWALL_RULES);
