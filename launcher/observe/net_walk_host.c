/* Steps of the walk: what the host has to do with the container's packets. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>

#include "../host/net/firewall.h"
#include "../host/net/forwarding.h"
#include "../host/net/nft.h"
#include "net_probe.h"
#include "net_walk.h"

/* ---- the bridge ---- */

static bool has_gateway(const struct look_address *addresses, size_t count,
                        const struct walk_leg *leg)
{
    for (size_t i = 0; i < count; i++)
        if (addresses[i].index == leg->bridge.index && addresses[i].family == AF_INET &&
            addresses[i].prefix == leg->network.prefix &&
            memcmp(addresses[i].bytes, &leg->network.gateway, sizeof(leg->network.gateway)) == 0)
            return true;
    return false;
}

static int check_bridge(const struct walk *walk, const struct walk_leg *leg,
                        const struct look_address *addresses, size_t count, struct fail *fail)
{
    const char *name = leg->network.name;
    const char *gateway = walk_text(walk, AF_INET, &leg->network.gateway);
    if (!leg->bridge.up) {
        (void)fail_set(fail, "the bridge %s is down", name);
        return fail_hint(fail, "ip link set %s up", name);
    }
    if (has_gateway(addresses, count, leg))
        return 0;
    (void)fail_set(fail, "the bridge %s has not got its address %s/%u", name, gateway,
                   leg->network.prefix);
    return fail_hint(fail, "ip address add %s/%u dev %s", gateway, leg->network.prefix, name);
}

int walk_bridges(struct walk *walk, const char **ret_found, struct fail *fail)
{
    struct look_address *addresses = NULL;
    size_t count = 0;
    const char *found = "";
    TRY(look_addresses(&walk->host, walk->arena, &addresses, &count, fail));
    for (size_t i = 0; i < walk->leg_count; i++) {
        const struct walk_leg *leg = &walk->legs[i];
        TRY(check_bridge(walk, leg, addresses, count, fail));
        found = arena_printf(walk->arena, "%s%s%s is up with %s/%u", found, i > 0 ? "; " : "",
                             leg->network.name, walk_text(walk, AF_INET, &leg->network.gateway),
                             leg->network.prefix);
    }
    *ret_found = found;
    return 0;
}

int walk_forwarding(struct walk *walk, const char **ret_found, struct fail *fail)
{
    bool ip6 = false;
    for (size_t i = 0; i < walk->leg_count; i++)
        ip6 = ip6 || walk->legs[i].network.has_ip6;
    if (!forwarding_is_on(false)) {
        (void)fail_set(fail, "net.ipv4.ip_forward is 0: the host forwards no packets");
        return fail_hint(fail, "sysctl -w net.ipv4.ip_forward=1; launcher had set it");
    }
    if (!forwarding_is_on(ip6)) {
        (void)fail_set(fail,
                       "net.ipv6.conf.all.forwarding is 0: the host forwards no IPv6 packets");
        return fail_hint(fail, "sysctl -w net.ipv6.conf.all.forwarding=1; launcher had set it");
    }
    *ret_found = ip6 ? "on, for IPv4 and IPv6" : "on, for IPv4";
    return 0;
}

/* ---- rules ---- */

/* A chain that is there and has rules; those of a table that somebody edited may differ. */
static int check_chain(struct netlink *netlink, const char *chain, struct fail *fail)
{
    uint32_t rules = 0;
    struct fail missing = {0};
    int result = nft_count_rules(netlink, &FIREWALL_TABLE, chain, &rules, &missing);
    if (result >= 0 && rules > 0)
        return 0;
    return fail_set(fail, "the chain %s of the table inet " FIREWALL_NAME " %s", chain,
                    result < 0 ? "is gone" : "has no rules");
}

static int check_rules(struct netlink *netlink, const char *bridge, struct fail *fail)
{
    static const char *const chains[] = {"guard", "prerouting", "output", "postrouting", "forward"};
    bool ready = false;
    for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++)
        TRY(check_chain(netlink, chains[i], fail));
    TRY(firewall_is_ready(netlink, bridge, &ready, fail));
    return ready ? 0
                 : fail_set(fail, "the table inet " FIREWALL_NAME " lacks %s in its sets", bridge);
}

int walk_rules(struct walk *walk, const char **ret_found, struct fail *fail)
{
    AUTO_NETLINK struct netlink netlink = NETLINK_NONE;
    TRY(firewall_open(&netlink, fail));
    for (size_t i = 0; i < walk->leg_count; i++)
        if (check_rules(&netlink, walk->legs[i].network.name, fail) < 0)
            return fail_hint(fail,
                             "somebody changed it: the next container that starts in %s writes it "
                             "anew",
                             walk->legs[i].network.name);
    *ret_found = "the table inet " FIREWALL_NAME " has its rules";
    return 0;
}

/* A policy alone says little, for a rule before it may accept our packets: so one is sent. */
static int try_forwarding(const struct walk *walk, bool *ret_left, struct fail *fail)
{
    AUTO_FD int watch_fd = -1;
    AUTO_FD int fd = -1;
    TRY(probe_open_watch(&watch_fd, fail));
    TRY(walk_socket(walk, AF_INET, SOCK_DGRAM, 0, &fd, fail));
    return probe_forwarding(fd, watch_fd, ret_left, fail);
}

/* The network that its default route leads to. */
static const struct walk_leg *way_out(const struct walk *walk)
{
    for (size_t i = 0; i < walk->leg_count; i++)
        if (!walk->legs[i].network.internal)
            return &walk->legs[i];
    return NULL;
}

/* docker makes its own chain for such rules, which it never flushes. */
static int blame(const char *chain, const char *bridge, struct fail *fail)
{
    bool iptables = strcmp(chain, "ip filter FORWARD") == 0;
    (void)fail_set(fail, "the chain %s has the policy drop, and nothing gets from %s through it",
                   chain, bridge);
    if (!iptables)
        return fail_hint(fail,
                         "let that firewall accept what is forwarded from %s (iifname) and "
                         "to it (oifname)",
                         bridge);
    return fail_hint(fail,
                     "iptables -I DOCKER-USER -i %s -j ACCEPT; iptables -I DOCKER-USER -o %s "
                     "-j ACCEPT; without docker: FORWARD in place of DOCKER-USER",
                     bridge, bridge);
}

int walk_other_rules(struct walk *walk, const char **ret_found, struct fail *fail)
{
    const char *chain = NULL;
    bool left = false;
    const struct walk_leg *leg = way_out(walk);
    AUTO_NETLINK struct netlink netlink = NETLINK_NONE;
    if (leg == NULL) {
        *ret_found = "not looked at, because its networks are internal";
        return WALK_SKIP;
    }
    TRY(firewall_open(&netlink, fail));
    TRY(look_dropping_chain(&netlink, FIREWALL_NAME, walk->arena, &chain, fail));
    if (chain == NULL) {
        *ret_found = "none drops what is forwarded";
        return 0;
    }
    walk->dropping_chain = chain;
    TRY(try_forwarding(walk, &left, fail));
    if (!left)
        return blame(chain, leg->network.name, fail);
    *ret_found = arena_printf(walk->arena, "%s has the policy drop, but lets %s through", chain,
                              leg->network.name);
    return 0;
}

/* ---- further out ---- */

/* The host may well refuse to answer an echo request; that its hardware address is known is enough. */
static int check_gateway(struct walk *walk, const struct walk_leg *leg, const char **ret_how,
                         struct fail *fail)
{
    bool answered = false, known = false;
    struct in_addr gateway = leg->network.gateway;
    AUTO_FD int fd = -1;
    TRY(walk_socket(walk, AF_INET, SOCK_RAW, IPPROTO_ICMP, &fd, fail));
    TRY(probe_echo(fd, gateway, &answered, fail));
    TRY(look_neighbour(&walk->inside, leg->inside.index, gateway, &known, fail));
    *ret_how = answered ? "answers" : "is there, but answers no ping";
    if (answered || known)
        return 0;
    (void)fail_set(fail, "%s, the gateway of %s, does not answer",
                   walk_text(walk, AF_INET, &gateway), leg->network.name);
    return fail_hint(fail,
                     "something between %s and %s drops frames: bridge -d link show dev %s; "
                     "nft list ruleset bridge",
                     leg->host_name, leg->network.name, leg->host_name);
}

int walk_gateways(struct walk *walk, const char **ret_found, struct fail *fail)
{
    const char *found = "";
    for (size_t i = 0; i < walk->leg_count; i++) {
        const struct walk_leg *leg = &walk->legs[i];
        const char *how = NULL;
        TRY(check_gateway(walk, leg, &how, fail));
        found = arena_printf(walk->arena, "%s%s%s %s", found, i > 0 ? "; " : "",
                             walk_text(walk, AF_INET, &leg->network.gateway), how);
    }
    *ret_found = found;
    return 0;
}

int walk_host_route(struct walk *walk, const char **ret_found, struct fail *fail)
{
    struct look_route route;
    struct look_link link;
    struct fail none = {0};
    if (walk->no_way_out) {
        *ret_found = "not needed: the container has no way out";
        return WALK_SKIP;
    }
    int result = look_route_to(&walk->host, probe_nobody(), &route, &none);
    if (result < 0 || !route.found) {
        (void)fail_set(fail, "the host itself has no default route%s%s", result < 0 ? ": " : "",
                       result < 0 ? strerror(-result) : "");
        return fail_hint(fail, "containers get no further than their host does: ip route");
    }
    TRY(look_link(&walk->host, NULL, route.index, &link, fail));
    *ret_found = route.gateway.s_addr == 0
                     ? arena_printf(walk->arena, "by %s", link.name)
                     : arena_printf(walk->arena, "by %s on %s",
                                    walk_text(walk, AF_INET, &route.gateway), link.name);
    return 0;
}
