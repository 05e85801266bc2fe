#include "devices.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "link.h"
#include "netns.h"

/* One on its way. */
struct traveller {
    const char *host_name;
    char name[IFNAMSIZ]; /* inside */
    uint32_t index;      /* on the host */
    struct link_owned_address *addresses;
    size_t address_count;
};

struct journey {
    struct netlink host, inside;
    int netns_fd;
    struct traveller *travellers;
    size_t count;
    struct arena *arena;
};

/* ---- before: what would fail ---- */

static bool is_taken(const struct journey *journey, const char *name)
{
    for (size_t i = 0; i < journey->count; i++)
        if (strcmp(journey->travellers[i].name, name) == 0)
            return true;
    return link_index(&journey->inside, name) != 0;
}

/* "eth%d" is the first of eth0, eth1 ... that is free, as the kernel itself would choose. */
static bool choose_name(const struct journey *journey, const char *wanted, char name[IFNAMSIZ])
{
    enum { NUMBERS = 32768 }; /* the kernel's own limit, __dev_alloc_name */
    size_t size = strlen(wanted);
    bool template = size > 2 && strcmp(wanted + size - 2, "%d") == 0;
    (void)snprintf(name, IFNAMSIZ, "%s", wanted);
    for (int i = 0; template && i < NUMBERS; i++) {
        (void)snprintf(name, IFNAMSIZ, "%.*s%d", (int)size - 2, wanted, i);
        if (!is_taken(journey, name))
            return true;
    }
    return !template && !is_taken(journey, name);
}

static int look_at(struct journey *journey, const struct spec_net_device *device, struct fail *fail)
{
    const char *wanted = device->name != NULL ? device->name : device->host_name;
    struct traveller traveller = {.host_name = device->host_name};
    traveller.index = link_index(&journey->host, device->host_name);
    if (traveller.index == 0) {
        (void)fail_code(fail, -ENODEV, "moving the interface %s into the container",
                        device->host_name);
        return fail_hint(fail, "this host has no interface of that name: ip link lists them");
    }
    if (!choose_name(journey, wanted, traveller.name)) {
        (void)fail_code(fail, -EEXIST, "moving the interface %s into the container as %s",
                        device->host_name, wanted);
        return fail_hint(fail, "there is one of that name in there; \"name\" gives it another, and "
                               "one that ends with %%d takes the first number that is free");
    }
    TRY(link_addresses(&journey->host, traveller.index, journey->arena, &traveller.addresses,
                       &traveller.address_count, fail));
    *ARENA_APPEND(journey->arena, journey->travellers, journey->count) = traveller;
    return 0;
}

/* ---- the move ---- */

static int move_all(struct journey *journey, struct fail *fail)
{
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    for (size_t i = 0; i < journey->count; i++) {
        const struct traveller *traveller = &journey->travellers[i];
        link_move(&batch, journey->arena, traveller->host_name, traveller->index, journey->netns_fd,
                  traveller->name);
        TRY(netlink_send(&journey->host, &batch, fail));
    }
    return 0;
}

/* On its way it went down and lost its addresses, and it may have got another index. */
static int settle(struct journey *journey, const struct traveller *traveller, struct fail *fail)
{
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    uint32_t index = link_index(&journey->inside, traveller->name);
    for (size_t i = 0; i < traveller->address_count; i++) {
        link_give_back_address(&batch, journey->arena, traveller->name, index,
                               &traveller->addresses[i]);
        TRY(netlink_send(&journey->inside, &batch, fail));
    }
    link_set_up(&batch, journey->arena, traveller->name, index);
    return netlink_send(&journey->inside, &batch, fail);
}

static int travel(struct journey *journey, const struct spec_net_device *devices, size_t count,
                  struct fail *fail)
{
    for (size_t i = 0; i < count; i++)
        TRY(look_at(journey, &devices[i], fail));
    TRY(move_all(journey, fail));
    for (size_t i = 0; i < count; i++)
        TRY(settle(journey, &journey->travellers[i], fail));
    return 0;
}

int devices_move_in(const struct spec_net_device *devices, size_t count, int netns_fd,
                    struct arena *arena, struct fail *fail)
{
    struct journey journey = {
        .host = NETLINK_NONE, .inside = NETLINK_NONE, .netns_fd = netns_fd, .arena = arena};
    int result = count == 0 ? 0 : netlink_open(NETLINK_ROUTE, &journey.host, fail);
    if (result >= 0 && count > 0)
        result = netns_open_inside(netns_fd, &journey.inside, fail);
    if (result >= 0 && count > 0)
        result = travel(&journey, devices, count, fail);
    netlink_close(&journey.host);
    netlink_close(&journey.inside);
    if (result == -EPERM)
        return fail_hint(fail, "this needs CAP_NET_ADMIN on the host: an ordinary user can't move "
                               "its interfaces");
    return result;
}
