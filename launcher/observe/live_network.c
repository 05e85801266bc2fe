#include "live_network.h"

#include <string.h>

#include "../host/net/lease.h"
#include "../host/state_root.h"
#include "live.h"

static const char *own_file(const struct networks *networks, const char *id, const char *suffix)
{
    const char *file = arena_printf(networks->arena, "%s%s", id, suffix);
    if (faccessat(networks->root_fd, file, F_OK, 0) < 0)
        return NULL;
    return arena_printf(networks->arena, "%s/%s", state_root(networks->arena), file);
}

static bool has_lease(const struct networks *networks, const char *network, const char *id)
{
    struct lease *leases = NULL;
    size_t count = 0;
    struct fail unreadable = {0};
    if (network_leases(networks, network, &leases, &count, &unreadable) < 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (lease_is_of(&leases[i], id))
            return true;
    return false;
}

/* NULL: that container is in no network. */
static int find_hosts(const struct networks *networks, const char *id, const char **ret_file,
                      struct fail *fail)
{
    const char **names = NULL;
    size_t count = 0;
    *ret_file = own_file(networks, id, ".hosts");
    if (*ret_file != NULL)
        return 0;
    TRY(network_list(networks, &names, &count, fail));
    for (size_t i = 0; i < count && *ret_file == NULL; i++)
        if (has_lease(networks, names[i], id))
            *ret_file = own_file(networks, names[i], ".leases");
    return 0;
}

int live_network(const char *id, struct spec_network *network, struct arena *arena,
                 struct fail *fail)
{
    AUTO_LIVE struct live live = LIVE_NONE;
    AUTO_NETWORKS struct networks networks = NETWORKS_NONE;
    TRY(live_open(id, arena, &live, fail));
    TRY(networks_lock(arena, &networks, fail));
    TRY(find_hosts(&networks, id, &network->hosts_file, fail));
    network->resolv_conf = own_file(&networks, id, ".resolv");
    network->join = arena_printf(arena, "/proc/%d/ns/net", (int)live.record.init_pid);
    network->join_pid = live.record.init_pid;
    network->join_starttime = live.record.init_starttime;
    return 0;
}
