#include "network.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "../state_root.h"
#include "firewall.h"
#include "forwarding.h"
#include "lease.h"
#include "link.h"
#include "subnet.h"

int networks_lock(struct arena *arena, struct networks *ret_networks, struct fail *fail)
{
    AUTO_FD int root_fd = -1;
    TRY(state_root_open(arena, &root_fd, fail));
    TRY(state_root_lock(root_fd, LOCK_EX, fail));
    *ret_networks = (struct networks){.root_fd = take_fd(&root_fd), .arena = arena};
    return 0;
}

void networks_unlock(struct networks *networks)
{
    own_close(&networks->root_fd); /* the lock goes with it */
}

/* ---- the record ---- */

#define RECORD_SUFFIX ".network"

static const char *record_name(const struct networks *networks, const char *name)
{
    return arena_printf(networks->arena, "%s" RECORD_SUFFIX, name);
}

static void read_address(const json_t *json, const char *key, int family, void *ret_address)
{
    const char *text = json_string_value(json_object_get(json, key));
    if (text != NULL)
        (void)inet_pton(family, text, ret_address); /* we wrote it */
}

static struct network network_from_json(const json_t *json, const char *name)
{
    struct network network = {
        .name = name,
        .prefix = (unsigned)json_integer_value(json_object_get(json, "prefix")),
        .has_ip6 = json_object_get(json, "subnet6") != NULL,
        .kept = json_is_true(json_object_get(json, "kept")),
        .internal = json_is_true(json_object_get(json, "internal")),
        .complete = json_is_true(json_object_get(json, "complete")),
        .followed = json_is_true(json_object_get(json, "followed")),
    };
    const json_t *before = json_object_get(json, "forwardingBefore");
    for (size_t i = 0; i < 2; i++)
        network.forward_before[i] = (int)json_integer_value(json_array_get(before, i));
    read_address(json, "subnet", AF_INET, &network.subnet);
    read_address(json, "gateway", AF_INET, &network.gateway);
    read_address(json, "subnet6", AF_INET6, &network.subnet6);
    read_address(json, "gateway6", AF_INET6, &network.gateway6);
    return network;
}

static json_t *address_to_json(int family, const void *address)
{
    char text[INET6_ADDRSTRLEN] = "";
    (void)inet_ntop(family, address, text, sizeof(text)); /* every address has a text */
    return json_string(text);
}

static json_t *network_to_json(const struct network *network)
{
    json_t *json = json_pack(
        "{s:s, s:o, s:i, s:o, s:b, s:b, s:b, s:b, s:[i, i]}", "name", network->name, "subnet",
        address_to_json(AF_INET, &network->subnet), "prefix", (int)network->prefix, "gateway",
        address_to_json(AF_INET, &network->gateway), "kept", network->kept, "internal",
        network->internal, "complete", network->complete, "followed", network->followed,
        "forwardingBefore", network->forward_before[0], network->forward_before[1]);
    if (!network->has_ip6)
        return json;
    (void)json_object_set_new(json, "subnet6", address_to_json(AF_INET6, &network->subnet6));
    (void)json_object_set_new(json, "gateway6", address_to_json(AF_INET6, &network->gateway6));
    return json;
}

static int write_record(const struct networks *networks, const struct network *network,
                        struct fail *fail)
{
    json_t *json = network_to_json(network);
    AUTO_FREE char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    AUTO_FD int fd = openat(networks->root_fd, record_name(networks, network->name),
                            O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    size_t size = text != NULL ? strlen(text) : 0;
    if (fd < 0 || write(fd, text, size) != (ssize_t)size)
        return fail_sys(fail, "recording the network %s", network->name);
    return 0;
}

static int no_such_network(const char *name, struct fail *fail)
{
    (void)fail_set(fail, "finding the network %s: there is none of that name", name);
    fail->code = -ENOENT;
    return fail_hint(fail, "launcher net ls lists them; launcher net create %s makes it", name);
}

int network_find(const struct networks *networks, const char *name, struct network *ret_network,
                 struct fail *fail)
{
    json_error_t error;
    char *text = NULL;
    struct fail missing = {0};
    int result = state_root_read(networks->root_fd, record_name(networks, name), networks->arena,
                                 &text, NULL, &missing);
    if (result == -ENOENT)
        return no_such_network(name, fail);
    if (result < 0) {
        *fail = missing;
        return result;
    }
    state_root_seed_json();
    json_t *json = json_loads(text, 0, &error);
    *ret_network = network_from_json(json, arena_strdup(networks->arena, name));
    json_decref(json);
    if (ret_network->prefix != 0)
        return 0;
    (void)fail_set(fail, "reading the record of the network %s: %s", name, error.text);
    return fail_hint(fail, "launcher net rm %s removes it", name);
}

static int compare_names(const void *left, const void *right)
{
    const char *const *one = left, *const *other = right;
    return strcmp(*one, *other);
}

int network_list(const struct networks *networks, const char ***ret_names, size_t *ret_count,
                 struct fail *fail)
{
    const char **names = NULL;
    size_t count = 0;
    AUTO_FD int fd = openat(networks->root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    if (entries == NULL)
        return fail_sys(fail, "reading the state directory");
    (void)take_fd(&fd); /* closedir closes it */
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        const char *suffix = strstr(entry->d_name, RECORD_SUFFIX);
        if (suffix != NULL && suffix[sizeof(RECORD_SUFFIX) - 1] == '\0')
            *ARENA_APPEND(networks->arena, names, count) =
                arena_copy(networks->arena, entry->d_name, (size_t)(suffix - entry->d_name));
    }
    (void)closedir(entries); /* it was only read */
    if (count > 0)
        qsort(names, count, sizeof(*names), compare_names);
    *ret_names = names;
    *ret_count = count;
    return 0;
}

int network_propose(const struct networks *networks, const char *name, struct network *ret_network,
                    struct fail *fail)
{
    *ret_network = (struct network){.name = name, .forward_before = {-1, -1}};
    TRY(subnet_propose_ip6(ret_network, fail));
    return subnet_propose(networks, ret_network, fail);
}

/* ---- the bridge ---- */

static int hint_for_bridge(struct fail *fail)
{
    if (fail->code == -EOPNOTSUPP)
        return fail_hint(fail, "this kernel lacks bridges or veth: modprobe bridge veth, or run "
                               "with --net none");
    if (fail->code == -EPERM)
        return fail_hint(fail, "launcher needs CAP_NET_ADMIN for a bridge: run it as root, or with "
                               "--net none");
    return fail->code;
}

static bool is_there(const char *name)
{
    return if_nametoindex(name) != 0;
}

/* The link-local address is the one by which a router asks for its neighbours, RFC 4861; one that comes
 * by itself is checked only when there is a container, and for a second nobody reaches that. */
static void add_ip6(struct netlink_batch *batch, const struct networks *networks,
                    const struct network *network, uint32_t index)
{
    static const struct in6_addr link_local = {.s6_addr = {0xfe, 0x80, [15] = 1}};
    link_add_address(batch, networks->arena, network->name, index,
                     (struct link_address){AF_INET6, &link_local, 64});
    link_add_address(batch, networks->arena, network->name, index,
                     (struct link_address){AF_INET6, &network->gateway6, 64});
}

static int make_bridge(const struct networks *networks, const struct network *network,
                       struct fail *fail)
{
    unsigned char mac[ETH_ALEN];
    AUTO_NETLINK struct netlink netlink = NETLINK_NONE;
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    link_make_mac(network->gateway, mac);
    TRY(netlink_open(NETLINK_ROUTE, &netlink, fail));
    link_add_bridge(&batch, networks->arena, network->name, mac);
    netlink_pass_over(&batch, -EEXIST);
    if (netlink_send(&netlink, &batch, fail) < 0)
        return hint_for_bridge(fail);
    uint32_t index = link_index(&netlink, network->name);
    forwarding_quieten(network->name);
    link_set_up(&batch, networks->arena, network->name, index);
    link_add_address(&batch, networks->arena, network->name, index,
                     (struct link_address){AF_INET, &network->gateway, network->prefix});
    if (network->has_ip6)
        add_ip6(&batch, networks, network, index);
    return netlink_send(&netlink, &batch, fail);
}

static int establish_rules(const struct network *network, struct fail *fail)
{
    bool ready = false;
    AUTO_NETLINK struct netlink netlink = NETLINK_NONE;
    TRY(firewall_open(&netlink, fail));
    TRY(firewall_is_ready(&netlink, network->name, &ready, fail));
    return ready ? 0 : firewall_establish(&netlink, network->name, network->internal, fail);
}

static bool is_on_record(const struct networks *networks, const char *name)
{
    return faccessat(networks->root_fd, record_name(networks, name), F_OK, 0) == 0;
}

/* A link of this name that we know nothing of is somebody else's. */
static int check_name_is_free(const struct network *network, struct fail *fail)
{
    if (!is_there(network->name))
        return 0;
    (void)fail_set(fail, "making the network %s: there is a link of that name already",
                   network->name);
    fail->code = -EEXIST;
    return fail_hint(fail, "choose another name; if it was left by launcher: ip link delete %s",
                     network->name);
}

static int record(const struct networks *networks, const struct network *network, struct fail *fail)
{
    TRY(check_name_is_free(network, fail));
    TRY(subnet_check(networks, network, fail));
    return write_record(networks, network, fail);
}

/* The record says that a bridge is complete when it is: who was killed in between left one that is
 * not, and the next one goes through all of it again. */
static int complete_bridge(const struct networks *networks, struct network *network,
                           struct fail *fail)
{
    int before[2];
    /* Before there is a bridge: the host must take no routes from containers (CVE-2020-13401), and
     * what keeps it listening to its own routers would make it listen to the bridge as well. */
    TRY(forwarding_enable(network->has_ip6, before, fail));
    TRY(make_bridge(networks, network, fail));
    for (size_t i = 0; i < 2; i++)
        if (network->forward_before[i] < 0)
            network->forward_before[i] = before[i];
    network->complete = true;
    return write_record(networks, network, fail);
}

static int establish(const struct networks *networks, struct network *network, struct fail *fail)
{
    if (!network->complete || !is_there(network->name))
        TRY(complete_bridge(networks, network, fail));
    return establish_rules(network, fail);
}

int network_establish(const struct networks *networks, struct network *network, struct fail *fail)
{
    struct fail second = {0};
    bool is_new = !is_on_record(networks, network->name);
    if (is_new)
        TRY(record(networks, network, fail));
    int result = establish(networks, network, fail);
    if (result >= 0)
        return 0;
    if (is_new && network_remove(networks, network->name, &second) < 0)
        (void)fail_hint(fail, "launcher net rm %s removes what is left of it", network->name);
    return fail_context(fail, "setting up the network %s", network->name);
}

int network_follow(const struct networks *networks, struct network *network, struct fail *fail)
{
    if (network->followed)
        return 0;
    network->followed = true;
    return write_record(networks, network, fail);
}

/* ---- the end ---- */

static int remove_bridge(const struct networks *networks, const char *name, struct fail *fail)
{
    AUTO_NETLINK struct netlink netlink = NETLINK_NONE;
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    TRY(netlink_open(NETLINK_ROUTE, &netlink, fail));
    link_delete(&batch, networks->arena, name);
    return netlink_send(&netlink, &batch, fail);
}

/* Where nftables can't be had, nothing was made there. */
static int remove_rules(const struct networks *networks, const char *name, struct fail *fail)
{
    const char **names = NULL;
    size_t count = 0;
    struct fail refused = {0};
    AUTO_NETLINK struct netlink netlink = NETLINK_NONE;
    TRY(network_list(networks, &names, &count, fail));
    int result = firewall_open(&netlink, &refused);
    if (result == -EPROTONOSUPPORT)
        return 0;
    if (result < 0) {
        *fail = refused;
        return result;
    }
    bool last = count == 0 || (count == 1 && strcmp(names[0], name) == 0);
    return last ? firewall_remove(&netlink, fail) : firewall_forget(&netlink, name, fail);
}

static int remove_file(const struct networks *networks, const char *file, struct fail *fail)
{
    if (unlinkat(networks->root_fd, file, 0) < 0 && errno != ENOENT)
        return fail_sys(fail, "removing the record %s", file);
    return 0;
}

static int raise_in_use(const struct network *network, const struct lease_table *table,
                        struct arena *arena, struct fail *fail)
{
    (void)fail_set(fail, "removing the network %s: %zu container%s in it, %s for one",
                   network->name, table->count, table->count == 1 ? " is" : "s are",
                   lease_owner(&table->leases[0], arena));
    fail->code = -EBUSY;
    return fail_hint(fail, "end them first; launcher gc frees what a killed launcher left");
}

int network_remove(const struct networks *networks, const char *name, struct fail *fail)
{
    struct network network = {.name = name};
    struct lease_table table = {.before = ""};
    struct fail unreadable = {0};
    int found = network_find(networks, name, &network, &unreadable);
    if (found == -ENOENT) {
        *fail = unreadable;
        return found;
    }
    if (found >= 0)
        TRY(lease_read(networks, &network, &table, fail));
    if (table.count > 0)
        return raise_in_use(&network, &table, networks->arena, fail);
    TRY(remove_rules(networks, name, fail));
    TRY(remove_bridge(networks, name, fail));
    TRY(remove_file(networks, arena_printf(networks->arena, "%s.leases", name), fail));
    return remove_file(networks, record_name(networks, name), fail);
}

int network_leases(const struct networks *networks, const char *name, struct lease **ret_leases,
                   size_t *ret_count, struct fail *fail)
{
    struct network network;
    struct lease_table table;
    TRY(network_find(networks, name, &network, fail));
    TRY(lease_read(networks, &network, &table, fail));
    *ret_leases = table.leases;
    *ret_count = table.count;
    return 0;
}
