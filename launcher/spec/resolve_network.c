#include "resolve_network.h"

#include <linux/capability.h>
#include <string.h>

#include "../host/net/pasta.h"
#include "network_text.h"
#include "parse.h"

static bool is_name_taken(const struct spec_network *network, const char *name)
{
    for (size_t i = 0; i < network->interface_count; i++)
        if (network->interfaces[i].name != NULL && strcmp(network->interfaces[i].name, name) == 0)
            return true;
    return false;
}

void name_interfaces(struct spec_network *network, struct arena *arena)
{
    unsigned next = 0;
    for (size_t i = 0; i < network->interface_count; i++)
        while (network->interfaces[i].name == NULL) {
            const char *name = arena_printf(arena, "eth%u", next++);
            if (!is_name_taken(network, name))
                network->interfaces[i].name = name;
        }
}

static bool can_have_bridge(const struct host *host)
{
    return host->privileged && (host->capabilities >> CAP_NET_ADMIN & 1) != 0;
}

/* Nobody asked for a mode, so a host that lacks it is no error; but who publishes a port has asked
 * for a network that can be reached. */
static void choose_mode(struct spec *spec, const struct host *host, struct arena *arena)
{
    struct spec_network *network = &spec->network;
    if (can_have_bridge(host)) {
        network->mode = NET_BRIDGE;
        *ARENA_APPEND(arena, network->interfaces, network->interface_count) =
            (struct spec_interface){.network = NETWORK_DEFAULT};
    } else if (!host->privileged) {
        network->mode = pasta_installed() ? NET_PASTA : NET_NONE;
    }
    network->by_default = network->port_count == 0;
}

/* The files of /etc are those of the container whose network it is. */
static int check_shared_files(const struct spec_network *network, struct fail *fail)
{
    size_t dns = network->dns_server_count + network->dns_search_count + network->dns_option_count;
    if (dns > 0 || network->host_count > 0)
        return fail_set(fail,
                        "--%s and --net container:ID exclude each other: names are resolved "
                        "as that container does",
                        dns > 0 ? "dns" : "add-host");
    return 0;
}

void join_network(struct spec *spec, const struct run_options *options, const char *path)
{
    spec->network.join = path;
    if (options->namespaces[NS_NET] == WISH_AUTO)
        spec->namespaces[NS_NET] = (struct spec_namespace){.path = path};
}

int resolve_network(struct spec *spec, const struct run_options *options, const struct host *host,
                    struct arena *arena, struct fail *fail)
{
    struct spec_network *network = &spec->network;
    struct spec_namespace *net = &spec->namespaces[NS_NET];
    if (!options->net_given && net->path != NULL) {
        network->mode = NET_JOIN;
        network->join = net->path;
        network->join_pid = net->pid;
        network->join_starttime = net->starttime;
    } else if (!options->net_given && !net->create) {
        network->mode = NET_HOST;
    } else if (!options->net_given) {
        choose_mode(spec, host, arena);
    }

    if (network->mode == NET_BRIDGE && !can_have_bridge(host)) {
        (void)fail_set(fail, "the network %s needs CAP_NET_ADMIN", network->interfaces[0].network);
        return fail_hint(fail, "run launcher as root, or with --net pasta; a container around this "
                               "one needs --cap-add net_admin");
    }
    if (network->mode == NET_HOST && options->namespaces[NS_NET] == WISH_AUTO)
        net->create = false;
    if (options->net_container != NULL)
        TRY(check_shared_files(network, fail));
    if (network->mode == NET_JOIN)
        join_network(spec, options, network->join);
    name_interfaces(network, arena);
    return 0;
}
