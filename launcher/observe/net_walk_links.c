/* Steps of the walk: what the container itself has. */
#include <arpa/inet.h>
#include <string.h>

#include "../spec/address_text.h"
#include "net_walk.h"

static int pid_of(const struct walk *walk)
{
    return (int)walk->live.record.init_pid;
}

int walk_loopback(struct walk *walk, const char **ret_found, struct fail *fail)
{
    struct look_link link;
    TRY(look_link(&walk->inside, "lo", 0, &link, fail));
    if (link.up) {
        *ret_found = "lo is up";
        return 0;
    }
    (void)fail_set(fail, "lo is down: the container can't reach itself as 127.0.0.1");
    return fail_hint(fail, "nsenter -t %d -n ip link set lo up", pid_of(walk));
}

int walk_no_link(struct walk *walk, const char **ret_found, struct fail *fail)
{
    (void)walk, (void)fail;
    *ret_found = "none but lo, as --net none makes it; --net bridge gives it one";
    return WALK_SKIP;
}

int walk_some_link(struct walk *walk, const char **ret_found, struct fail *fail)
{
    struct look_link link;
    TRY(look_first_link(&walk->inside, &link, fail));
    if (link.up) {
        *ret_found = arena_printf(walk->arena, "%s is up", link.name);
        return 0;
    }
    (void)fail_set(fail, "%s in the container is down", link.name);
    return fail_hint(fail, "nsenter -t %d -n ip link set %s up", pid_of(walk), link.name);
}

/* ---- links of our networks ---- */

static int check_bridge_is_there(struct walk *walk, struct walk_leg *leg, struct fail *fail)
{
    const char *name = leg->network.name;
    TRY(look_link(&walk->host, name, 0, &leg->bridge, fail));
    if (leg->bridge.index != 0)
        return 0;
    (void)fail_set(fail, "the bridge %s is gone", name);
    return fail_hint(fail, "end its containers and start them again: the first one makes it anew");
}

static int check_host_end(struct walk *walk, struct walk_leg *leg, struct fail *fail)
{
    const char *name = leg->host_name;
    TRY(look_link(&walk->host, name, 0, &leg->host, fail));
    if (leg->host.index == 0) {
        (void)fail_set(fail,
                       "the link from the container to %s is gone, with its end %s on the "
                       "host",
                       leg->network.name, name);
        return fail_hint(fail, "end the container and start it again");
    }
    if (!leg->host.up) {
        (void)fail_set(fail, "%s, the link's end on the host, is down", name);
        return fail_hint(fail, "ip link set %s up", name);
    }
    if (leg->host.master == leg->bridge.index)
        return 0;
    (void)fail_set(fail, "%s, the link's end on the host, is not in the bridge %s", name,
                   leg->network.name);
    return fail_hint(fail, "ip link set %s master %s", name, leg->network.name);
}

static int check_inner_end(struct walk *walk, struct walk_leg *leg, struct fail *fail)
{
    TRY(look_link(&walk->inside, NULL, leg->host.peer, &leg->inside, fail));
    if (leg->inside.index == 0) {
        (void)fail_set(fail, "the other end of %s is not in the container", leg->host_name);
        return fail_hint(fail, "it was moved elsewhere: end the container and start it again");
    }
    if (leg->inside.up)
        return 0;
    (void)fail_set(fail, "%s in the container is down", leg->inside.name);
    return fail_hint(fail, "nsenter -t %d -n ip link set %s up, and its default route anew",
                     pid_of(walk), leg->inside.name);
}

int walk_links(struct walk *walk, const char **ret_found, struct fail *fail)
{
    const char *found = "";
    for (size_t i = 0; i < walk->leg_count; i++) {
        struct walk_leg *leg = &walk->legs[i];
        TRY(check_bridge_is_there(walk, leg, fail));
        TRY(check_host_end(walk, leg, fail));
        TRY(check_inner_end(walk, leg, fail));
        found = arena_printf(walk->arena, "%s%s%s is up, as %s in %s", found, i > 0 ? "; " : "",
                             leg->inside.name, leg->host_name, leg->network.name);
    }
    *ret_found = found;
    return 0;
}

/* ---- addresses and routes ---- */

static bool has_address(const struct look_address *addresses, size_t count, uint32_t index,
                        const struct look_address *wanted)
{
    for (size_t i = 0; i < count; i++)
        if (addresses[i].index == index && addresses[i].family == wanted->family &&
            addresses[i].prefix == wanted->prefix &&
            memcmp(addresses[i].bytes, wanted->bytes, sizeof(wanted->bytes)) == 0)
            return true;
    return false;
}

static int check_address(const struct walk *walk, const struct walk_leg *leg,
                         const struct look_address *addresses, size_t count,
                         const struct look_address *wanted, struct fail *fail)
{
    if (has_address(addresses, count, leg->inside.index, wanted))
        return 0;
    const char *address = walk_text(walk, wanted->family, wanted->bytes);
    (void)fail_set(fail, "%s has not got %s/%u, which is on record for the container",
                   leg->inside.name, address, wanted->prefix);
    return fail_hint(fail,
                     "nsenter -t %d -n ip address add %s/%u dev %s, and the default route anew",
                     pid_of(walk), address, wanted->prefix, leg->inside.name);
}

static int check_addresses(const struct walk *walk, const struct walk_leg *leg,
                           const struct look_address *addresses, size_t count, struct fail *fail)
{
    struct look_address ip4 = {.family = AF_INET, .prefix = leg->network.prefix};
    struct look_address ip6 = {.family = AF_INET6, .prefix = SUBNET6_PREFIX};
    memcpy(ip4.bytes, &leg->address, sizeof(leg->address));
    memcpy(ip6.bytes, &leg->address6, sizeof(leg->address6));
    TRY(check_address(walk, leg, addresses, count, &ip4, fail));
    return leg->network.has_ip6 ? check_address(walk, leg, addresses, count, &ip6, fail) : 0;
}

int walk_addresses(struct walk *walk, const char **ret_found, struct fail *fail)
{
    struct look_address *addresses = NULL;
    size_t count = 0;
    const char *found = "";
    TRY(look_addresses(&walk->inside, walk->arena, &addresses, &count, fail));
    for (size_t i = 0; i < walk->leg_count; i++) {
        const struct walk_leg *leg = &walk->legs[i];
        TRY(check_addresses(walk, leg, addresses, count, fail));
        found = arena_printf(walk->arena, "%s%s%s has %s/%u", found, i > 0 ? "; " : "",
                             leg->inside.name, walk_text(walk, AF_INET, &leg->address),
                             leg->network.prefix);
    }
    *ret_found = found;
    return 0;
}

/* The way out may be by any network that has one. */
static const struct walk_leg *find_leg_of(const struct walk *walk, const struct look_route *route)
{
    for (size_t i = 0; i < walk->leg_count; i++)
        if (!walk->legs[i].network.internal &&
            walk->legs[i].network.gateway.s_addr == route->gateway.s_addr &&
            walk->legs[i].inside.index == route->index)
            return &walk->legs[i];
    return NULL;
}

static const struct walk_leg *first_way_out(const struct walk *walk)
{
    for (size_t i = 0; i < walk->leg_count; i++)
        if (!walk->legs[i].network.internal)
            return &walk->legs[i];
    return NULL;
}

int walk_default_route(struct walk *walk, const char **ret_found, struct fail *fail)
{
    struct look_route route;
    const struct walk_leg *leg = first_way_out(walk);
    if (leg == NULL) {
        walk->no_way_out = true;
        *ret_found = "none, because its networks are internal";
        return WALK_SKIP;
    }
    const char *gateway = walk_text(walk, AF_INET, &leg->network.gateway);
    TRY(look_default_route(&walk->inside, leg->network.gateway, &route, fail));
    if (route.found && find_leg_of(walk, &route) != NULL) {
        *ret_found = arena_printf(walk->arena, "by %s, the gateway of %s",
                                  walk_text(walk, AF_INET, &route.gateway),
                                  find_leg_of(walk, &route)->network.name);
        return 0;
    }
    if (route.found)
        (void)fail_set(fail,
                       "the container's default route is by %s, which is no gateway of its "
                       "networks",
                       walk_text(walk, AF_INET, &route.gateway));
    else
        (void)fail_set(fail, "the container has no default route");
    return fail_hint(fail, "nsenter -t %d -n ip route replace default via %s", pid_of(walk),
                     gateway);
}

int walk_some_default_route(struct walk *walk, const char **ret_found, struct fail *fail)
{
    struct look_route route;
    TRY(look_default_route(&walk->inside, (struct in_addr){.s_addr = 0}, &route, fail));
    if (route.found) {
        *ret_found = arena_printf(walk->arena, "by %s", walk_text(walk, AF_INET, &route.gateway));
        return 0;
    }
    if (walk->shape == WALK_OTHER) {
        walk->no_way_out = true;
        *ret_found = "none, in a network that is not of launcher's making";
        return WALK_SKIP;
    }
    (void)fail_set(fail, "the container has no default route");
    return fail_hint(fail, "pasta copies the host's when it starts: the host needs one by then");
}
