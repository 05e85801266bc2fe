/* nft.h - nf_tables as nfnetlink messages: tables, chains, sets, rules and elements of one table.
 *
 * A rule is a row of expressions. Each loads something into registers, compares registers, or acts;
 * the first one that doesn't hold ends the rule. Registers are 32 bits wide here, as in the kernel:
 * an IPv6 address or the name of an interface takes four, and what stands in a row of registers is
 * the key of a set whose type is a concatenation. See linux/netfilter/nf_tables.h.
 */
#ifndef LAUNCHER_NFT_H
#define LAUNCHER_NFT_H

#include <linux/netfilter/nf_tables.h>

#include "netlink.h"

/* The numbers of linux/netfilter.h, which brings a struct in_addr of its own along: that can't be
 * included together with netinet/in.h. */
enum nft_hook { NFT_PREROUTING, NFT_INPUT, NFT_FORWARD, NFT_OUTPUT, NFT_POSTROUTING };
enum nft_family {
    NFT_FAMILY_INET = 1,
    NFT_FAMILY_IP4 = 2,
    NFT_FAMILY_BRIDGE = 7,
    NFT_FAMILY_IP6 = 10,
};
enum nft_verdict { NFT_DROP, NFT_ACCEPT };

struct nft_table {
    const char *name;
    enum nft_family family;
};

enum nft_expression_kind {
    NFT_LOAD_META,     /* number: NFT_META_*; into the registers from `reg` on */
    NFT_LOAD_CT,       /* number: NFT_CT_* */
    NFT_LOAD_PAYLOAD,  /* number: NFT_PAYLOAD_* header; offset, size */
    NFT_LOAD_FIB_TYPE, /* RTN_* type of the destination address */
    NFT_MASK,          /* number: and-ed with a register */
    NFT_COMPARE,       /* equal: to the number, in `size` bytes; else unequal to it */
    NFT_LOOK_UP,       /* set: the registers from `reg` on are a key; equal: are in it */
    NFT_MAP,           /* set: the same, and the data found goes into the registers from 0 on */
    NFT_DNAT, /* number: enum nft_family; to the address in register 0 on, the port in `reg` */
    NFT_MASQUERADE_AS, /* the source becomes the address of the link that it leaves by */
    NFT_VERDICT,       /* number: enum nft_verdict */
};

struct nft_expression {
    enum nft_expression_kind kind;
    unsigned reg; /* 0 to 15 */
    uint32_t number;
    unsigned offset, size; /* bytes */
    bool equal;
    const char *set;
};

enum { NFT_RULE_EXPRESSIONS_MAX = 10 };

struct nft_rule {
    const char *chain;
    struct nft_expression expressions[NFT_RULE_EXPRESSIONS_MAX];
    size_t count;
};

struct nft_chain {
    const char *name;
    const char *type; /* "filter", "nat" */
    enum nft_hook hook;
    int priority;
};

/* Types as nft(8) numbers them, for its listings; the kernel looks at the sizes only. */
struct nft_set {
    const char *name;
    uint32_t key_type, key_size;   /* bytes */
    uint32_t data_type, data_size; /* 0: a set, else a map */
    bool key_is_text;
};

/* A piece of memory: a key, or data. */
struct nft_bytes {
    const void *bytes;
    size_t size;
};

/* All of these put messages into a batch that is a transaction; What is
 * there already stays, but a rule is added in any case. */
void nft_add_table(struct netlink_batch *batch, const struct nft_table *table);
void nft_delete_table(struct netlink_batch *batch, const struct nft_table *table);
void nft_add_chain(struct netlink_batch *batch, const struct nft_table *table,
                   const struct nft_chain *chain);
void nft_flush_chain(struct netlink_batch *batch, const struct nft_table *table, const char *chain);
void nft_add_set(struct netlink_batch *batch, const struct nft_table *table,
                 const struct nft_set *set, uint32_t id);
void nft_add_rule(struct netlink_batch *batch, const struct nft_table *table,
                  const struct nft_rule *rule);

/* `doing`: the sentence of its error. An element with other data than asked for is an error
 * (-EEXIST). */
void nft_add_element(struct netlink_batch *batch, const struct nft_table *table, const char *set,
                     struct nft_bytes key, struct nft_bytes data, const char *doing);
void nft_delete_element(struct netlink_batch *batch, const struct nft_table *table, const char *set,
                        struct nft_bytes key, const char *doing);

/* Begins such a batch. */
void nft_begin(struct netlink_batch *batch, const char *doing);

/* The number of rules in a chain; -ENOENT without a sentence when there is no such chain or table. */
MUST_CHECK int nft_count_rules(struct netlink *netlink, const struct nft_table *table,
                               const char *chain, uint32_t *ret_count, struct fail *fail);

/* The number of all its rules; 0 when there is no such table. */
MUST_CHECK int nft_count_table(struct netlink *netlink, const struct nft_table *table,
                               uint32_t *ret_count, struct fail *fail);

/* Takes one element of a set. */
typedef int nft_element_visitor(void *subject, struct nft_bytes key, struct nft_bytes data,
                                struct fail *fail);

/* Shows all elements of a set. No such set or table: none. */
MUST_CHECK int nft_elements(struct netlink *netlink, const struct nft_table *table, const char *set,
                            nft_element_visitor *visitor, void *subject, struct fail *fail);

#endif
