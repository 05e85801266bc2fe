#include "nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

static void begin(struct netlink_batch *batch, const struct nft_table *table, int kind, int flags,
                  const char *doing)
{
    const struct nfgenmsg family = {.nfgen_family = (unsigned char)table->family,
                                    .version = NFNETLINK_V0};
    netlink_begin(batch, NFNL_SUBSYS_NFTABLES << 8 | kind, flags, &family, sizeof(family), doing);
}

void nft_begin(struct netlink_batch *batch, const char *doing)
{
    netlink_begin_transaction(batch, NFNL_SUBSYS_NFTABLES, doing);
}

/* ---- tables, chains, sets ---- */

void nft_add_table(struct netlink_batch *batch, const struct nft_table *table)
{
    begin(batch, table, NFT_MSG_NEWTABLE, NLM_F_CREATE, "making the nftables table");
    netlink_put_text(batch, NFTA_TABLE_NAME, table->name);
}

void nft_delete_table(struct netlink_batch *batch, const struct nft_table *table)
{
    begin(batch, table, NFT_MSG_DELTABLE, 0, "removing the nftables table");
    netlink_put_text(batch, NFTA_TABLE_NAME, table->name);
}

void nft_add_chain(struct netlink_batch *batch, const struct nft_table *table,
                   const struct nft_chain *chain)
{
    begin(batch, table, NFT_MSG_NEWCHAIN, NLM_F_CREATE, "making an nftables chain");
    netlink_put_text(batch, NFTA_CHAIN_TABLE, table->name);
    netlink_put_text(batch, NFTA_CHAIN_NAME, chain->name);
    struct nlattr *hook = netlink_nest(batch, NFTA_CHAIN_HOOK);
    netlink_put_u32_be(batch, NFTA_HOOK_HOOKNUM, chain->hook);
    netlink_put_u32_be(batch, NFTA_HOOK_PRIORITY, (uint32_t)chain->priority);
    netlink_nest_end(batch, hook);
    netlink_put_text(batch, NFTA_CHAIN_TYPE, chain->type);
}

/* A deletion that names no rule deletes all of the chain. */
void nft_flush_chain(struct netlink_batch *batch, const struct nft_table *table, const char *chain)
{
    begin(batch, table, NFT_MSG_DELRULE, 0, "emptying an nftables chain");
    netlink_put_text(batch, NFTA_RULE_TABLE, table->name);
    netlink_put_text(batch, NFTA_RULE_CHAIN, chain);
}

/* For nft(8) alone, which else prints such a key backwards: the order of the key's bytes, a number of
 * four bytes, is this machine's. */
static const unsigned char TEXT_KEY[] = {0, 4, 1, 0, 0, 0};

void nft_add_set(struct netlink_batch *batch, const struct nft_table *table,
                 const struct nft_set *set, uint32_t id)
{
    begin(batch, table, NFT_MSG_NEWSET, NLM_F_CREATE, "making an nftables set");
    netlink_put_text(batch, NFTA_SET_TABLE, table->name);
    netlink_put_text(batch, NFTA_SET_NAME, set->name);
    netlink_put_u32_be(batch, NFTA_SET_FLAGS, set->data_size > 0 ? NFT_SET_MAP : 0);
    netlink_put_u32_be(batch, NFTA_SET_KEY_TYPE, set->key_type);
    netlink_put_u32_be(batch, NFTA_SET_KEY_LEN, set->key_size);
    netlink_put_u32_be(batch, NFTA_SET_ID, id);
    if (set->key_is_text)
        netlink_put(batch, NFTA_SET_USERDATA, TEXT_KEY, sizeof(TEXT_KEY));
    if (set->data_size == 0)
        return;
    netlink_put_u32_be(batch, NFTA_SET_DATA_TYPE, set->data_type);
    netlink_put_u32_be(batch, NFTA_SET_DATA_LEN, set->data_size);
}

/* ---- rules ---- */

static uint32_t register_number(unsigned reg)
{
    return NFT_REG32_00 + reg;
}

static void put_value(struct netlink_batch *batch, int type, const void *bytes, size_t size)
{
    struct nlattr *data = netlink_nest(batch, type);
    netlink_put(batch, NFTA_DATA_VALUE, bytes, size);
    netlink_nest_end(batch, data);
}

static void put_meta(struct netlink_batch *batch, const struct nft_expression *expression)
{
    netlink_put_u32_be(batch, NFTA_META_KEY, expression->number);
    netlink_put_u32_be(batch, NFTA_META_DREG, register_number(expression->reg));
}

static void put_ct(struct netlink_batch *batch, const struct nft_expression *expression)
{
    netlink_put_u32_be(batch, NFTA_CT_KEY, expression->number);
    netlink_put_u32_be(batch, NFTA_CT_DREG, register_number(expression->reg));
}

static void put_payload(struct netlink_batch *batch, const struct nft_expression *expression)
{
    netlink_put_u32_be(batch, NFTA_PAYLOAD_DREG, register_number(expression->reg));
    netlink_put_u32_be(batch, NFTA_PAYLOAD_BASE, expression->number);
    netlink_put_u32_be(batch, NFTA_PAYLOAD_OFFSET, expression->offset);
    netlink_put_u32_be(batch, NFTA_PAYLOAD_LEN, expression->size);
}

static void put_fib(struct netlink_batch *batch, const struct nft_expression *expression)
{
    netlink_put_u32_be(batch, NFTA_FIB_DREG, register_number(expression->reg));
    netlink_put_u32_be(batch, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
    netlink_put_u32_be(batch, NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR);
}

static void put_mask(struct netlink_batch *batch, const struct nft_expression *expression)
{
    const uint32_t none = 0;
    netlink_put_u32_be(batch, NFTA_BITWISE_SREG, register_number(expression->reg));
    netlink_put_u32_be(batch, NFTA_BITWISE_DREG, register_number(expression->reg));
    netlink_put_u32_be(batch, NFTA_BITWISE_LEN, sizeof(none));
    put_value(batch, NFTA_BITWISE_MASK, &expression->number, sizeof(expression->number));
    put_value(batch, NFTA_BITWISE_XOR, &none, sizeof(none));
}

static void put_compare(struct netlink_batch *batch, const struct nft_expression *expression)
{
    netlink_put_u32_be(batch, NFTA_CMP_SREG, register_number(expression->reg));
    netlink_put_u32_be(batch, NFTA_CMP_OP, expression->equal ? NFT_CMP_EQ : NFT_CMP_NEQ);
    put_value(batch, NFTA_CMP_DATA, &expression->number, expression->size);
}

static void put_lookup(struct netlink_batch *batch, const struct nft_expression *expression)
{
    netlink_put_text(batch, NFTA_LOOKUP_SET, expression->set);
    netlink_put_u32_be(batch, NFTA_LOOKUP_SREG, register_number(expression->reg));
    if (expression->kind == NFT_MAP)
        netlink_put_u32_be(batch, NFTA_LOOKUP_DREG, register_number(0));
    else if (!expression->equal)
        netlink_put_u32_be(batch, NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
}

static void put_dnat(struct netlink_batch *batch, const struct nft_expression *expression)
{
    netlink_put_u32_be(batch, NFTA_NAT_TYPE, NFT_NAT_DNAT);
    netlink_put_u32_be(batch, NFTA_NAT_FAMILY, expression->number);
    netlink_put_u32_be(batch, NFTA_NAT_REG_ADDR_MIN, register_number(0));
    netlink_put_u32_be(batch, NFTA_NAT_REG_PROTO_MIN, register_number(expression->reg));
}

static void put_masquerade(struct netlink_batch *batch, const struct nft_expression *expression)
{
    (void)batch, (void)expression; /* it has no arguments */
}

static void put_verdict(struct netlink_batch *batch, const struct nft_expression *expression)
{
    netlink_put_u32_be(batch, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
    struct nlattr *data = netlink_nest(batch, NFTA_IMMEDIATE_DATA);
    struct nlattr *verdict = netlink_nest(batch, NFTA_DATA_VERDICT);
    netlink_put_u32_be(batch, NFTA_VERDICT_CODE, expression->number);
    netlink_nest_end(batch, verdict);
    netlink_nest_end(batch, data);
}

static const struct {
    const char *name; /* the kernel's */
    void (*put)(struct netlink_batch *batch, const struct nft_expression *expression);
} EXPRESSIONS[] = {
    [NFT_LOAD_META] = {"meta", put_meta},
    [NFT_LOAD_CT] = {"ct", put_ct},
    [NFT_LOAD_PAYLOAD] = {"payload", put_payload},
    [NFT_LOAD_FIB_TYPE] = {"fib", put_fib},
    [NFT_MASK] = {"bitwise", put_mask},
    [NFT_COMPARE] = {"cmp", put_compare},
    [NFT_LOOK_UP] = {"lookup", put_lookup},
    [NFT_MAP] = {"lookup", put_lookup},
    [NFT_DNAT] = {"nat", put_dnat},
    [NFT_MASQUERADE_AS] = {"masq", put_masquerade},
    [NFT_VERDICT] = {"immediate", put_verdict},
};

static void put_expression(struct netlink_batch *batch, const struct nft_expression *expression)
{
    struct nlattr *element = netlink_nest(batch, NFTA_LIST_ELEM);
    netlink_put_text(batch, NFTA_EXPR_NAME, EXPRESSIONS[expression->kind].name);
    struct nlattr *data = netlink_nest(batch, NFTA_EXPR_DATA);
    EXPRESSIONS[expression->kind].put(batch, expression);
    netlink_nest_end(batch, data);
    netlink_nest_end(batch, element);
}

void nft_add_rule(struct netlink_batch *batch, const struct nft_table *table,
                  const struct nft_rule *rule)
{
    begin(batch, table, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, "adding an nftables rule");
    netlink_put_text(batch, NFTA_RULE_TABLE, table->name);
    netlink_put_text(batch, NFTA_RULE_CHAIN, rule->chain);
    struct nlattr *expressions = netlink_nest(batch, NFTA_RULE_EXPRESSIONS);
    for (size_t i = 0; i < rule->count; i++)
        put_expression(batch, &rule->expressions[i]);
    netlink_nest_end(batch, expressions);
}

/* ---- elements ---- */

static void put_element(struct netlink_batch *batch, const struct nft_table *table, const char *set,
                        struct nft_bytes key, struct nft_bytes data)
{
    netlink_put_text(batch, NFTA_SET_ELEM_LIST_TABLE, table->name);
    netlink_put_text(batch, NFTA_SET_ELEM_LIST_SET, set);
    struct nlattr *list = netlink_nest(batch, NFTA_SET_ELEM_LIST_ELEMENTS);
    struct nlattr *element = netlink_nest(batch, NFTA_LIST_ELEM);
    put_value(batch, NFTA_SET_ELEM_KEY, key.bytes, key.size);
    if (data.size > 0)
        put_value(batch, NFTA_SET_ELEM_DATA, data.bytes, data.size);
    netlink_nest_end(batch, element);
    netlink_nest_end(batch, list);
}

void nft_add_element(struct netlink_batch *batch, const struct nft_table *table, const char *set,
                     struct nft_bytes key, struct nft_bytes data, const char *doing)
{
    begin(batch, table, NFT_MSG_NEWSETELEM, NLM_F_CREATE, doing);
    put_element(batch, table, set, key, data);
}

void nft_delete_element(struct netlink_batch *batch, const struct nft_table *table, const char *set,
                        struct nft_bytes key, const char *doing)
{
    begin(batch, table, NFT_MSG_DELSETELEM, 0, doing);
    put_element(batch, table, set, key, (struct nft_bytes){.size = 0});
}

/* ---- asking ---- */

static int take_chain(void *subject, const struct nlmsghdr *message, struct fail *fail)
{
    uint32_t *count = subject;
    struct nlattr *attributes[NFTA_CHAIN_MAX + 1] = {NULL};
    (void)fail;
    if (nlmsg_parse((struct nlmsghdr *)(uintptr_t)message, sizeof(struct nfgenmsg), attributes,
                    NFTA_CHAIN_MAX, NULL) >= 0 &&
        attributes[NFTA_CHAIN_USE] != NULL)
        *count = ntohl(nla_get_u32(attributes[NFTA_CHAIN_USE]));
    return 0;
}

int nft_count_rules(struct netlink *netlink, const struct nft_table *table, const char *chain,
                    uint32_t *ret_count, struct fail *fail)
{
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    *ret_count = 0;
    begin(&batch, table, NFT_MSG_GETCHAIN, 0, "reading an nftables chain");
    netlink_put_text(&batch, NFTA_CHAIN_TABLE, table->name);
    netlink_put_text(&batch, NFTA_CHAIN_NAME, chain);
    return netlink_ask(netlink, &batch, take_chain, ret_count, fail);
}

static int count_rule(void *subject, const struct nlmsghdr *message, struct fail *fail)
{
    uint32_t *count = subject;
    (void)fail;
    if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE))
        (*count)++;
    return 0;
}

int nft_count_table(struct netlink *netlink, const struct nft_table *table, uint32_t *ret_count,
                    struct fail *fail)
{
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    *ret_count = 0;
    begin(&batch, table, NFT_MSG_GETRULE, NLM_F_DUMP, "reading the rules of nftables");
    netlink_put_text(&batch, NFTA_RULE_TABLE, table->name);
    return netlink_ask(netlink, &batch, count_rule, ret_count, fail);
}

struct element_reader {
    nft_element_visitor *visitor;
    void *subject;
};

static struct nft_bytes value_of(struct nlattr *attribute)
{
    struct nlattr *value = attribute != NULL
                               ? nla_find(nla_data(attribute), nla_len(attribute), NFTA_DATA_VALUE)
                               : NULL;
    if (value == NULL)
        return (struct nft_bytes){.size = 0};
    return (struct nft_bytes){nla_data(value), (size_t)nla_len(value)};
}

static int take_elements(void *subject, const struct nlmsghdr *message, struct fail *fail)
{
    struct element_reader *reader = subject;
    struct nlattr *list = nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)message,
                                          sizeof(struct nfgenmsg), NFTA_SET_ELEM_LIST_ELEMENTS);
    if (list == NULL)
        return 0;
    struct nlattr *element;
    int left;
    nla_for_each_nested(element, list, left)
    {
        struct nlattr *parts[NFTA_SET_ELEM_MAX + 1] = {NULL};
        if (nla_parse_nested(parts, NFTA_SET_ELEM_MAX, element, NULL) < 0)
            continue;
        TRY(reader->visitor(reader->subject, value_of(parts[NFTA_SET_ELEM_KEY]),
                            value_of(parts[NFTA_SET_ELEM_DATA]), fail));
    }
    return 0;
}

int nft_elements(struct netlink *netlink, const struct nft_table *table, const char *set,
                 nft_element_visitor *visitor, void *subject, struct fail *fail)
{
    struct element_reader reader = {visitor, subject};
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    begin(&batch, table, NFT_MSG_GETSETELEM, NLM_F_DUMP, "reading an nftables set");
    netlink_put_text(&batch, NFTA_SET_ELEM_LIST_TABLE, table->name);
    netlink_put_text(&batch, NFTA_SET_ELEM_LIST_SET, set);
    netlink_pass_over(&batch, -ENOENT);
    return netlink_ask(netlink, &batch, take_elements, &reader, fail);
}
