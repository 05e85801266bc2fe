#include "../spec/network_text.h"
#include "../spec/port_text.h"
#include "run_rows.h"

/* Networks add up; the other modes are the whole answer. */
static int check_together(const struct run_context *run, const struct net_text *net,
                          struct fail *fail)
{
    if (!run->options->net_given)
        return 0;
    if (run->spec->network.mode == NET_BRIDGE && net->mode == NET_BRIDGE)
        return 0;
    (void)fail_set(fail, "%s and %s exclude each other",
                   run->options->net_container != NULL ? "container:ID"
                                                       : net_mode_name(run->spec->network.mode),
                   net->container != NULL ? "container:ID" : net_mode_name(net->mode));
    return fail_hint(fail, "only networks can be given several times: --net a --net b");
}

static int take_net(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    struct spec_network *network = &run->spec->network;
    struct net_text net;
    TRY(parse_net(value, run->arena, &net, fail));
    TRY(check_together(run, &net, fail));
    network->mode = net.mode;
    network->join = net.join;
    network->pasta_options = net.pasta_options;
    network->pasta_option_count = net.pasta_option_count;
    if (net.mode == NET_BRIDGE)
        *ARENA_APPEND(run->arena, network->interfaces, network->interface_count) = net.interface;
    run->options->net_given = true;
    run->options->net_container = net.container;
    return 0;
}

static int take_publish(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    struct spec_network *network = &run->spec->network;
    return parse_publish(value, run->arena, &network->ports, &network->port_count, fail);
}

static int take_dns(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    struct spec_network *network = &run->spec->network;
    TRY(check_dns_server(value, fail));
    *ARENA_APPEND(run->arena, network->dns_servers, network->dns_server_count) = value;
    return 0;
}

static int take_dns_search(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    struct spec_network *network = &run->spec->network;
    TRY(check_dns_search(value, fail));
    *ARENA_APPEND(run->arena, network->dns_searches, network->dns_search_count) = value;
    return 0;
}

static int take_dns_option(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    struct spec_network *network = &run->spec->network;
    TRY(check_dns_option(value, fail));
    *ARENA_APPEND(run->arena, network->dns_options, network->dns_option_count) = value;
    return 0;
}

static int take_added_host(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    struct spec_network *network = &run->spec->network;
    struct spec_pair host;
    TRY(parse_added_host(value, run->arena, &host, fail));
    *ARENA_APPEND(run->arena, network->hosts, network->host_count) = host;
    return 0;
}

static const struct option_row rows[] = {
    {.name = "net",
     .aliases = "--network",
     .value = "MODE",
     .handle = take_net,
     .help = "none, host, bridge[:NETWORK], container:ID, ns:PATH or pasta"},
    {.name = "publish",
     .letter = 'p',
     .value = "[IP:]HOST:CTR[/udp]",
     .handle = take_publish,
     .help = "make port CTR of the container reachable at port HOST of the host"},
    {.name = "dns",
     .value = "ADDRESS",
     .handle = take_dns,
     .help = "a name server for the container (default: the host's)"},
    {.name = "dns-search",
     .value = "DOMAIN",
     .handle = take_dns_search,
     .help = "where to look for short names; \".\": nowhere"},
    {.name = "dns-option",
     .value = "OPTION",
     .handle = take_dns_option,
     .help = "an option of resolv.conf: ndots:2, timeout:1 ..."},
    {.name = "add-host",
     .value = "NAME:ADDRESS",
     .handle = take_added_host,
     .help = "one more line of the container's /etc/hosts"},
};
const struct option_section network_section = SECTION("Network", rows);
