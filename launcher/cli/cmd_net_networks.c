/* The commands of `launcher net` on networks: ls, create, rm, inspect. */
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "../host/net/lease.h"
#include "../host/net/subnet.h"
#include "../spec/address_text.h"
#include "../spec/network_text.h"
#include "../spec/parse.h"
#include "cmd_net.h"

/* ---- showing ---- */

static const char *address_text(struct arena *arena, int family, const void *address)
{
    char text[INET6_ADDRSTRLEN] = "";
    (void)inet_ntop(family, address, text, sizeof(text)); /* every address has a text */
    return arena_strdup(arena, text);
}

static const char *subnet_text(struct arena *arena, const struct network *network)
{
    return arena_printf(arena, "%s/%u", address_text(arena, AF_INET, &network->subnet),
                        network->prefix);
}

static const char *subnet6_text(struct arena *arena, const struct network *network)
{
    if (!network->has_ip6)
        return NULL;
    return arena_printf(arena, "%s/64", address_text(arena, AF_INET6, &network->subnet6));
}

static json_t *lease_to_json(struct arena *arena, const struct network *network,
                             const struct lease *lease)
{
    struct in6_addr ip6 = lease_ip6(lease);
    json_t *names = json_array();
    const char *text = arena_copy(arena, lease->names, lease->names_size);
    for (const char *cursor = text; cursor != NULL;)
        (void)json_array_append_new(names, json_string(next_piece(arena, &cursor, ' ')));
    return json_pack("{s:s, s:s, s:s*, s:o}", "id", lease_owner(lease, arena), "ip",
                     address_text(arena, AF_INET, &lease->address), "ip6",
                     network->has_ip6 ? address_text(arena, AF_INET6, &ip6) : NULL, "names", names);
}

/* null: launcher has not looked, because it needed none. */
static json_t *switch_to_json(int before)
{
    return before < 0 ? json_null() : json_boolean(before != 0);
}

static json_t *network_to_json(struct arena *arena, const struct network *network,
                               const struct lease *leases, size_t count)
{
    json_t *containers = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(containers, lease_to_json(arena, network, &leases[i]));
    return json_pack("{s:s, s:s, s:s, s:s*, s:s*, s:b, s:b, s:{s:o, s:o}, s:o}", "name",
                     network->name, "subnet", subnet_text(arena, network), "gateway",
                     address_text(arena, AF_INET, &network->gateway), "subnet6",
                     subnet6_text(arena, network), "gateway6",
                     network->has_ip6 ? address_text(arena, AF_INET6, &network->gateway6) : NULL,
                     "kept", network->kept, "internal", network->internal, "forwardingBefore",
                     "ip4", switch_to_json(network->forward_before[0]), "ip6",
                     switch_to_json(network->forward_before[1]), "containers", containers);
}

static void print_row(struct arena *arena, const struct network *network, size_t containers)
{
    const char *subnet6 = subnet6_text(arena, network);
    (void)printf("%-15s  %-18s  %-26s  %10zu%s%s\n", network->name, subnet_text(arena, network),
                 subnet6 != NULL ? subnet6 : "-", containers, network->kept ? "  kept" : "",
                 network->internal ? "  internal" : "");
}

static int list(const struct networks *networks, const char *const *names, size_t name_count,
                struct fail *fail)
{
    (void)puts("NAME             SUBNET              IPV6                        CONTAINERS");
    for (size_t i = 0; i < name_count; i++) {
        struct network network;
        struct lease *leases = NULL;
        size_t count = 0;
        TRY(network_find(networks, names[i], &network, fail));
        TRY(network_leases(networks, names[i], &leases, &count, fail));
        print_row(networks->arena, &network, count);
    }
    return 0;
}

static int add_all(const struct networks *networks, const char *const *names, size_t name_count,
                   json_t *array, struct fail *fail)
{
    for (size_t i = 0; i < name_count; i++) {
        struct network network;
        struct lease *leases = NULL;
        size_t count = 0;
        TRY(check_network_word(names[i], fail));
        TRY(network_find(networks, names[i], &network, fail));
        TRY(network_leases(networks, names[i], &leases, &count, fail));
        (void)json_array_append_new(array,
                                    network_to_json(networks->arena, &network, leases, count));
    }
    return 0;
}

/* All or nothing: half an array would be no JSON. */
static int print_json(const struct networks *networks, const char *const *names, size_t name_count,
                      struct fail *fail)
{
    json_t *array = json_array();
    int result = add_all(networks, names, name_count, array, fail);
    AUTO_FREE char *text = json_dumps(array, JSON_INDENT(2));
    json_decref(array);
    if (result >= 0 && text == NULL)
        return fail_code(fail, -ENOMEM, "writing JSON");
    if (result >= 0)
        (void)puts(text);
    return result;
}

int net_ls(struct net_request *request, struct fail *fail)
{
    const char **names = NULL;
    size_t count = 0;
    AUTO_NETWORKS struct networks networks = NETWORKS_NONE;
    TRY(networks_lock(request->arena, &networks, fail));
    TRY(network_list(&networks, &names, &count, fail));
    return request->given & NET_OPTION_JSON ? print_json(&networks, names, count, fail)
                                            : list(&networks, names, count, fail);
}

int net_inspect(struct net_request *request, struct fail *fail)
{
    AUTO_NETWORKS struct networks networks = NETWORKS_NONE;
    TRY(networks_lock(request->arena, &networks, fail));
    return print_json(&networks, request->words, request->word_count, fail);
}

/* ---- making ---- */

static uint32_t mask_of(const struct network *network)
{
    return UINT32_MAX << (32 - network->prefix);
}

static int take_subnet(const struct net_request *request, struct network *network,
                       struct fail *fail)
{
    if (request->subnet == NULL)
        return 0;
    TRY(parse_subnet4(request->subnet, &network->subnet, &network->prefix, fail));
    network->gateway.s_addr = network->subnet.s_addr | htonl(1);
    return 0;
}

static int take_gateway(const struct net_request *request, struct network *network,
                        struct fail *fail)
{
    if (request->gateway == NULL)
        return 0;
    TRY(parse_interface_ip4(request->gateway, &network->gateway, fail));
    uint32_t host = ntohl(network->gateway.s_addr) & ~mask_of(network);
    if ((ntohl(network->gateway.s_addr) & mask_of(network)) == ntohl(network->subnet.s_addr) &&
        host != 0 && host != ~mask_of(network))
        return 0;
    return fail_set(fail, "\"%.60s\" is no host's address in %s", request->gateway,
                    subnet_text(request->arena, network));
}

static int take_subnet6(const struct net_request *request, struct network *network,
                        struct fail *fail)
{
    if (request->given & NET_OPTION_NO_IP6)
        network->has_ip6 = false;
    if (request->subnet6 == NULL)
        return 0;
    if (request->given & NET_OPTION_NO_IP6)
        return fail_set(fail, "not together with --no-ip6");
    TRY(parse_subnet6(request->subnet6, &network->subnet6, fail));
    network->has_ip6 = true;
    network->gateway6 = network->subnet6;
    network->gateway6.s6_addr[15] = 1;
    return 0;
}

static int take_wishes(const struct net_request *request, struct network *network,
                       struct fail *fail)
{
    if (take_subnet(request, network, fail) < 0)
        return fail_context(fail, "reading --subnet");
    if (take_gateway(request, network, fail) < 0)
        return fail_context(fail, "reading --gateway");
    if (take_subnet6(request, network, fail) < 0)
        return fail_context(fail, "reading --subnet6");
    network->kept = true;
    network->internal = (request->given & NET_OPTION_INTERNAL) != 0;
    return 0;
}

static int refuse_existing(const struct networks *networks, const char *name, struct fail *fail)
{
    struct network there;
    struct fail missing = {0};
    int found = network_find(networks, name, &there, &missing);
    if (found == -ENOENT)
        return 0;
    if (found < 0) {
        *fail = missing;
        return found;
    }
    (void)fail_set(fail, "making the network %s: there is one of that name already", name);
    fail->code = -EEXIST;
    return fail_hint(fail, "launcher net inspect %s shows it, launcher net rm %s removes it", name,
                     name);
}

/* What is not said is proposed. */
static int begin_network(const struct networks *networks, const struct net_request *request,
                         const char *name, struct network *ret_network, struct fail *fail)
{
    bool ip6_said = (request->given & (NET_OPTION_SUBNET6 | NET_OPTION_NO_IP6)) != 0;
    *ret_network = (struct network){.name = name, .forward_before = {-1, -1}};
    if (!ip6_said)
        TRY(subnet_propose_ip6(ret_network, fail));
    return request->subnet == NULL ? subnet_propose(networks, ret_network, fail) : 0;
}

int net_create(struct net_request *request, struct fail *fail)
{
    struct network network;
    const char *name = request->words[0];
    AUTO_NETWORKS struct networks networks = NETWORKS_NONE;
    TRY(check_network_word(name, fail));
    TRY(networks_lock(request->arena, &networks, fail));
    TRY(refuse_existing(&networks, name, fail));
    TRY(begin_network(&networks, request, name, &network, fail));
    TRY(take_wishes(request, &network, fail));
    return network_establish(&networks, &network, fail);
}

int net_rm(struct net_request *request, struct fail *fail)
{
    AUTO_NETWORKS struct networks networks = NETWORKS_NONE;
    TRY(networks_lock(request->arena, &networks, fail));
    for (size_t i = 0; i < request->word_count; i++) {
        TRY(check_network_word(request->words[i], fail));
        TRY(network_remove(&networks, request->words[i], fail));
    }
    return 0;
}
