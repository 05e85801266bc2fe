/* firewall_rules.h - PURE: the policy of our tables, read by firewall.c. */
#ifndef LAUNCHER_FIREWALL_RULES_H
#define LAUNCHER_FIREWALL_RULES_H

#include "firewall.h"

/* Bytes in keys and data of the sets; each part begins a cell. */
enum { LINK_SIZE = 16, CELL = 4, IP4_SIZE = 4, IP6_SIZE = 16 };

extern const struct nft_chain FIREWALL_CHAINS[];
extern const struct nft_set FIREWALL_SETS[];
extern const struct nft_rule FIREWALL_RULES[];
extern const size_t FIREWALL_CHAIN_COUNT, FIREWALL_SET_COUNT, FIREWALL_RULE_COUNT;

/* The table `bridge launcher`, its one chain and rule. */
extern const struct nft_table QUIET_TABLE;
extern const struct nft_chain QUIET_CHAIN;
extern const struct nft_rule QUIET_RULE;

#endif
