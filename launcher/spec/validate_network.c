#include <string.h>

#include "network_text.h"
#include "parse.h"
#include "port_text.h"
#include "spec_validate.h"

static int check_network_namespace(const struct spec *spec, struct fail *fail)
{
    const struct spec_namespace *net = &spec->namespaces[NS_NET];
    const struct spec_network *network = &spec->network;
    const char *mode = net_mode_name(network->mode);
    bool joins = network->mode == NET_JOIN;
    bool own = !joins && network->mode != NET_HOST;
    if (own && net->path == NULL && !net->create)
        return fail_set(fail, "--net %s and the host's network namespace exclude each other", mode);
    if (!own && net->create)
        return fail_set(fail, "--net %s and a network namespace of its own exclude each other",
                        mode);
    if (joins && (network->join == NULL || net->path == NULL)) /* else it would be the host's */
        return fail_set(fail, "--net ns and the host's network namespace exclude each other");
    if (net->path != NULL && (!joins || strcmp(network->join, net->path) != 0))
        return fail_set(fail, "--net %s and joining %.200s exclude each other", mode, net->path);
    if (joins && (network->join[0] != '/' || has_control_characters(network->join)))
        return fail_set(fail, "the net namespace \"%.200s\" is not an absolute path",
                        network->join);
    return 0;
}

static int check_interface(const struct spec_network *network, size_t index, struct fail *fail)
{
    const struct spec_interface *one = &network->interfaces[index];
    TRY(check_network_word(one->network, fail));
    TRY(check_interface_name(one->name, fail));
    for (size_t i = 0; i < index; i++) {
        const struct spec_interface *other = &network->interfaces[i];
        if (strcmp(one->network, other->network) == 0)
            return fail_set(fail, "two interfaces in the network %s", one->network);
        if (strcmp(one->name, other->name) == 0)
            return fail_set(fail, "two interfaces of the name %s", one->name);
        if (one->has_ip4 && other->has_ip4 && one->ip4.s_addr == other->ip4.s_addr)
            return fail_set(fail, "%s and %s have the same IPv4 address", other->name, one->name);
        if (one->has_ip6 && other->has_ip6 && IN6_ARE_ADDR_EQUAL(&one->ip6, &other->ip6))
            return fail_set(fail, "%s and %s have the same IPv6 address", other->name, one->name);
        if (one->has_mac && other->has_mac && memcmp(one->mac, other->mac, sizeof(one->mac)) == 0)
            return fail_set(fail, "%s and %s have the same MAC address", other->name, one->name);
    }
    return 0;
}

static int check_interfaces(const struct spec_network *network, struct fail *fail)
{
    if (network->mode != NET_BRIDGE && network->interface_count > 0)
        return fail_set(fail, "only --net bridge has interfaces to be described");
    if (network->mode == NET_BRIDGE && network->interface_count == 0)
        return fail_set(fail, "--net bridge without an interface");
    if (network->interface_count > INTERFACES_MAX)
        return fail_set(fail, "%zu networks are too many: a container can be in %d",
                        network->interface_count, INTERFACES_MAX);
    for (size_t i = 0; i < network->interface_count; i++)
        TRY(check_interface(network, i, fail));
    return 0;
}

/* An ordinary user has no network by default only where pasta is missing. */
static int hint_network(const struct spec_network *network, struct fail *fail)
{
    if (network->mode == NET_NONE)
        return fail_hint(fail, "--net bridge is for root, --net pasta for everybody: it is a "
                               "program that the package passt brings");
    return fail->code;
}

static int check_ports(const struct spec_network *network, struct fail *fail)
{
    char text[PORT_TEXT_SIZE], other[PORT_TEXT_SIZE];
    if (network->port_count > 0 && network->mode != NET_BRIDGE && network->mode != NET_PASTA) {
        (void)fail_set(fail, "--publish needs --net bridge or pasta, not %s",
                       net_mode_name(network->mode));
        return hint_network(network, fail);
    }
    if (network->port_count > PORTS_MAX)
        return fail_set(fail, "a container can publish %d ports, not more", PORTS_MAX);
    for (size_t i = 0; i < network->port_count; i++)
        for (size_t j = 0; j < i; j++)
            if (ports_collide(&network->ports[i], &network->ports[j]))
                return fail_set(fail, "--publish %s and %s take the same port of the host",
                                port_text(&network->ports[j], other),
                                port_text(&network->ports[i], text));
    return 0;
}

static int check_resolver(const struct spec_network *network, struct fail *fail)
{
    size_t dns = network->dns_server_count + network->dns_search_count + network->dns_option_count;
    if (network->mode != NET_NONE || (dns == 0 && network->host_count == 0))
        return 0;
    (void)fail_set(fail, "--%s needs a network, and --net none has none",
                   dns > 0 ? "dns" : "add-host");
    return hint_network(network, fail);
}

static const char *name_inside(const struct spec_net_device *device)
{
    return device->name != NULL ? device->name : device->host_name;
}

/* Several may have one template as their name. */
static int check_devices(const struct spec *spec, struct fail *fail)
{
    const struct spec_net_device *devices = spec->oci.net_devices;
    const struct spec_namespace *namespace = &spec->namespaces[NS_NET];
    if (spec->oci.net_device_count > 0 && !namespace->create && !namespace->others) {
        (void)fail_set(fail,
                       "linux.netDevices: the container has the host's network, where %s is "
                       "already",
                       devices[0].host_name);
        return fail_hint(fail, "add {\"type\": \"network\"} to linux.namespaces");
    }
    for (size_t i = 0; i < spec->oci.net_device_count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(name_inside(&devices[i]), name_inside(&devices[j])) == 0 &&
                strchr(name_inside(&devices[i]), '%') == NULL)
                return fail_set(fail, "linux.netDevices: %s and %s would both be %s",
                                devices[j].host_name, devices[i].host_name,
                                name_inside(&devices[i]));
    return 0;
}

int validate_network(const struct spec *spec, struct fail *fail)
{
    TRY(check_devices(spec, fail));
    TRY(check_network_namespace(spec, fail));
    TRY(check_interfaces(&spec->network, fail));
    TRY(check_ports(&spec->network, fail));
    return check_resolver(&spec->network, fail);
}
