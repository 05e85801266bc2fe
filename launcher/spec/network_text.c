#include "network_text.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "parse.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define DIGITS "0123456789"
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "_.-"

enum { DOMAIN_MAX = 253, MAC_SIZE = 6, MAC_TEXT_SIZE = 17 };

/* ---- addresses ---- */

int parse_ip4(const char *text, struct in_addr *ret_address, struct fail *fail)
{
    if (inet_pton(AF_INET, text, ret_address) == 1)
        return 0;
    (void)fail_set(fail, "\"%.60s\" is not an IPv4 address", text);
    return fail_hint(fail, "it has four numbers from 0 to 255: 10.111.0.9");
}

int parse_ip6(const char *text, struct in6_addr *ret_address, struct fail *fail)
{
    if (inet_pton(AF_INET6, text, ret_address) == 1)
        return 0;
    (void)fail_set(fail, "\"%.60s\" is not an IPv6 address", text);
    return fail_hint(fail, "it looks like fd00:1:2:3::9, without a zone and without brackets");
}

/* NULL: an interface can have it. */
static const char *kind_of_ip4(struct in_addr address)
{
    uint32_t number = ntohl(address.s_addr);
    if (number == 0)
        return "the unspecified address";
    if (number >> 24 == 0)
        return "an address of no network (0.0.0.0/8)";
    if (number >> 24 == 127)
        return "a loopback address";
    if (number >> 28 == 14)
        return "a multicast address";
    return number >> 28 == 15 ? "a reserved address (240.0.0.0/4)" : NULL;
}

static const char *kind_of_ip6(const struct in6_addr *address)
{
    if (IN6_IS_ADDR_UNSPECIFIED(address))
        return "the unspecified address";
    if (IN6_IS_ADDR_LOOPBACK(address))
        return "the loopback address";
    if (IN6_IS_ADDR_MULTICAST(address))
        return "a multicast address";
    if (IN6_IS_ADDR_LINKLOCAL(address))
        return "a link-local address, which every interface makes for itself";
    return IN6_IS_ADDR_V4MAPPED(address) ? "an IPv4 address in IPv6 form" : NULL;
}

int parse_interface_ip4(const char *text, struct in_addr *ret_address, struct fail *fail)
{
    TRY(parse_ip4(text, ret_address, fail));
    const char *kind = kind_of_ip4(*ret_address);
    if (kind != NULL)
        return fail_set(fail, "%.60s can't be an interface's address: it is %s", text, kind);
    return 0;
}

int parse_interface_ip6(const char *text, struct in6_addr *ret_address, struct fail *fail)
{
    TRY(parse_ip6(text, ret_address, fail));
    const char *kind = kind_of_ip6(ret_address);
    if (kind != NULL)
        return fail_set(fail, "%.60s can't be an interface's address: it is %s", text, kind);
    return 0;
}

static int value_of_hex(char character)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *at = character == '\0' ? NULL : strchr(digits, character);
    if (at == NULL)
        return -1;
    return (int)(at - digits) - (at - digits > 15 ? 6 : 0);
}

static bool read_mac(const char *text, unsigned char mac[MAC_SIZE])
{
    if (strlen(text) != MAC_TEXT_SIZE)
        return false;
    for (size_t i = 0; i < MAC_SIZE; i++) {
        const char *at = text + i * 3;
        int high = value_of_hex(at[0]), low = value_of_hex(at[1]);
        if (high < 0 || low < 0 || (at[2] != ':' && at[2] != '\0'))
            return false;
        mac[i] = (unsigned char)(high * 16 + low);
    }
    return true;
}

int parse_mac(const char *text, unsigned char ret_mac[6], struct fail *fail)
{
    static const unsigned char zero[MAC_SIZE];
    unsigned char mac[MAC_SIZE] = {0};
    if (!read_mac(text, mac)) {
        (void)fail_set(fail, "\"%.60s\" is not a MAC address", text);
        return fail_hint(fail, "it has six pairs of hex digits: 02:4c:0a:6f:00:09");
    }
    if ((mac[0] & 1) != 0) {
        (void)fail_set(fail, "%s is the MAC address of a multicast group", text);
        return fail_hint(fail, "the first byte must be even, 02 for example");
    }
    if (memcmp(mac, zero, MAC_SIZE) == 0)
        return fail_set(fail, "%s is no interface's MAC address", text);
    memcpy(ret_mac, mac, MAC_SIZE);
    return 0;
}

/* ---- subnets ---- */

static int not_a_subnet(const char *text, const char *example, struct fail *fail)
{
    (void)fail_set(fail, "\"%.60s\" is not a subnet", text);
    return fail_hint(fail, "a subnet is an address and the length of its prefix: %s", example);
}

/* Cuts "ADDRESS/PREFIX" in two; the address goes into `address`. Returns the prefix, NULL: it is
 * none of that form. */
static const char *cut_prefix(const char *text, char address[INET6_ADDRSTRLEN])
{
    size_t size = strcspn(text, "/");
    if (text[size] == '\0' || size >= INET6_ADDRSTRLEN)
        return NULL;
    memcpy(address, text, size);
    address[size] = '\0';
    return text + size + 1;
}

int parse_subnet4(const char *text, struct in_addr *ret_subnet, unsigned *ret_prefix,
                  struct fail *fail)
{
    char address[INET6_ADDRSTRLEN], masked[INET_ADDRSTRLEN];
    struct in_addr subnet;
    int64_t prefix = 0;
    const char *length = cut_prefix(text, address);
    if (length == NULL || inet_pton(AF_INET, address, &subnet) != 1)
        return not_a_subnet(text, "10.1.0.0/16", fail);
    if (parse_number(length, SUBNET_PREFIX_MIN, SUBNET_PREFIX_MAX, &prefix, fail) < 0)
        return fail_context(fail, "the prefix of %.60s", text);

    struct in_addr network = {htonl(ntohl(subnet.s_addr) & UINT32_MAX << (32 - prefix))};
    if (network.s_addr != subnet.s_addr) {
        (void)fail_set(fail, "%.60s is an address in a subnet, not the subnet", text);
        (void)inet_ntop(AF_INET, &network, masked, sizeof(masked));
        return fail_hint(fail, "the subnet is %s/%d", masked, (int)prefix);
    }
    const char *kind = kind_of_ip4(subnet);
    if (kind != NULL)
        return fail_set(fail, "%.60s can't be a network's subnet: it begins with %s", text, kind);
    *ret_subnet = subnet;
    *ret_prefix = (unsigned)prefix;
    return 0;
}

int parse_subnet6(const char *text, struct in6_addr *ret_subnet, struct fail *fail)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr subnet;
    const char *length = cut_prefix(text, address);
    if (length == NULL || inet_pton(AF_INET6, address, &subnet) != 1)
        return not_a_subnet(text, "fd00:1:2:3::/64", fail);
    if (strcmp(length, "64") != 0) {
        (void)fail_set(fail, "the prefix of %.60s is not 64", text);
        return fail_hint(fail, "the last 64 bits of an IPv6 address are the interface's");
    }
    for (size_t i = SUBNET6_PREFIX / 8; i < sizeof(subnet); i++)
        if (subnet.s6_addr[i] != 0)
            return fail_set(fail, "%.60s is an address in a subnet, not the subnet", text);
    const char *kind = kind_of_ip6(&subnet);
    if (kind != NULL)
        return fail_set(fail, "%.60s can't be a network's subnet: it begins with %s", text, kind);
    *ret_subnet = subnet;
    return 0;
}

/* ---- names ---- */

/* "all" and "default" are not devices below /proc/sys/net/ipv4/conf, so the kernel refuses them. */
static bool is_reserved_name(const char *name)
{
    static const char *const names[] = {".", "..", "lo", "all", "default"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool is_visible_ascii(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text >= 0x7f) /* bytes from 0x80 on are below 0 or above 0x7f */
            return false;
    return true;
}

int check_interface_name(const char *name, struct fail *fail)
{
    size_t size = strlen(name);
    if (size > 0 && size < IFNAMSIZ && is_visible_ascii(name) && strpbrk(name, "/:%") == NULL &&
        !is_reserved_name(name))
        return 0;
    (void)fail_set(fail, "\"%.60s\" can't be the name of an interface", name);
    return fail_hint(fail, "a name has 1 to 15 characters, none of them a blank, '/', ':' or '%%', "
                           "and lo is taken");
}

static const char *const mode_names[] = {
    [NET_NONE] = "none", [NET_HOST] = "host",   [NET_BRIDGE] = "bridge",
    [NET_JOIN] = "ns",   [NET_PASTA] = "pasta",
};

const char *net_mode_name(enum net_mode mode)
{
    return mode_names[mode];
}

static bool is_mode(const char *word)
{
    for (size_t i = 0; i < COUNT(mode_names); i++)
        if (strcmp(word, mode_names[i]) == 0)
            return true;
    return strcmp(word, "container") == 0;
}

int check_network_word(const char *name, struct fail *fail)
{
    size_t size = strlen(name);
    if (is_mode(name))
        return fail_set(fail, "\"%s\" can't be the name of a network: it is a mode of --net", name);
    if (size > 0 && size < IFNAMSIZ && strspn(name, NAME_CHARACTERS) == size &&
        strchr("_.-", name[0]) == NULL && !is_reserved_name(name))
        return 0;
    (void)fail_set(fail, "\"%.60s\" can't be the name of a network", name);
    return fail_hint(fail, "a name is a letter or digit and up to 14 of letters, digits, _ . -");
}

/* ---- --net ---- */

static int take_ip4(struct spec_interface *interface, const char *value, struct fail *fail)
{
    struct in6_addr other;
    if (interface->has_ip4)
        return fail_set(fail, "it is given twice");
    if (inet_pton(AF_INET6, value, &other) == 1) {
        (void)fail_set(fail, "%s is an IPv6 address", value);
        return fail_hint(fail, "ip6=%s", value);
    }
    interface->has_ip4 = true;
    return parse_interface_ip4(value, &interface->ip4, fail);
}

static int take_ip6(struct spec_interface *interface, const char *value, struct fail *fail)
{
    struct in_addr other;
    if (interface->has_ip6)
        return fail_set(fail, "it is given twice");
    if (inet_pton(AF_INET, value, &other) == 1) {
        (void)fail_set(fail, "%s is an IPv4 address", value);
        return fail_hint(fail, "ip=%s", value);
    }
    interface->has_ip6 = true;
    return parse_interface_ip6(value, &interface->ip6, fail);
}

static int take_mac(struct spec_interface *interface, const char *value, struct fail *fail)
{
    if (interface->has_mac)
        return fail_set(fail, "it is given twice");
    interface->has_mac = true;
    return parse_mac(value, interface->mac, fail);
}

static int take_name(struct spec_interface *interface, const char *value, struct fail *fail)
{
    if (interface->name != NULL)
        return fail_set(fail, "it is given twice");
    interface->name = value;
    return check_interface_name(value, fail);
}

static const struct interface_key {
    const char *name;
    int (*take)(struct spec_interface *interface, const char *value, struct fail *fail);
} interface_keys[] = {
    {"ip", take_ip4},
    {"ip6", take_ip6},
    {"mac", take_mac},
    {"name", take_name},
};

/* The key that `field` begins with, NULL: none. `*ret_value` becomes what follows the "=". */
static const struct interface_key *find_key(const char *field, const char **ret_value)
{
    size_t size = strcspn(field, "=");
    for (size_t i = 0; field[size] == '=' && i < COUNT(interface_keys); i++) {
        const struct interface_key *key = &interface_keys[i];
        if (strlen(key->name) != size || memcmp(key->name, field, size) != 0)
            continue;
        *ret_value = field + size + 1;
        return key;
    }
    return NULL;
}

static int take_field(struct spec_interface *interface, const char *field, struct fail *fail)
{
    const char *value = NULL;
    const struct interface_key *key = find_key(field, &value);
    if (key == NULL) {
        (void)fail_set(fail, "\"%.60s\" says nothing about an interface", field);
        return fail_hint(fail, "there are ip=ADDRESS, ip6=ADDRESS, mac=ADDRESS and name=NAME");
    }
    if (key->take(interface, value, fail) < 0)
        return fail_context(fail, "%s", key->name);
    return 0;
}

/* What follows the word of a mode: nothing, or a text that begins with ':' or ','. */
typedef int take_mode(const char *rest, struct arena *arena, struct net_text *net,
                      struct fail *fail);

static int take_plain(const char *rest, struct arena *arena, struct net_text *net,
                      struct fail *fail)
{
    (void)arena;
    if (*rest != '\0')
        return fail_set(fail, "%s stands alone, without \"%.60s\"", net_mode_name(net->mode), rest);
    return 0;
}

static int take_network(const char *text, struct arena *arena, struct net_text *net,
                        struct fail *fail)
{
    const char *cursor = text;
    struct spec_interface *interface = &net->interface;
    interface->network = next_piece(arena, &cursor, ',');
    TRY(check_network_word(interface->network, fail));
    for (char *field; (field = next_piece(arena, &cursor, ',')) != NULL;)
        TRY(take_field(interface, field, fail));
    return 0;
}

static int take_bridge(const char *rest, struct arena *arena, struct net_text *net,
                       struct fail *fail)
{
    if (*rest == ':')
        return take_network(rest + 1, arena, net, fail);
    return take_network(arena_printf(arena, "%s%s", NETWORK_DEFAULT, rest), arena, net, fail);
}

static int take_container(const char *rest, struct arena *arena, struct net_text *net,
                          struct fail *fail)
{
    (void)arena;
    if (*rest != ':')
        return fail_set(fail, "whose network? container:ID");
    TRY(check_container_id(rest + 1, fail));
    net->container = rest + 1;
    return 0;
}

static int take_path(const char *rest, struct arena *arena, struct net_text *net, struct fail *fail)
{
    (void)arena;
    if (rest[0] != ':' || rest[1] != '/') {
        (void)fail_set(fail, "\"%.200s\" is not ns:PATH with an absolute path",
                       arena_printf(arena, "ns%s", rest));
        return fail_hint(fail, "those of ip netns are in /run/netns: ns:/run/netns/NAME");
    }
    if (has_control_characters(rest))
        return fail_set(fail, "the path \"%.200s\" contains control characters", rest + 1);
    net->join = rest + 1;
    return 0;
}

/* A word without a dash would be the namespace that pasta is to serve: launcher says which. */
static int check_pasta_option(const struct net_text *net, const char *option, struct fail *fail)
{
    const char *value = NULL;
    if (find_key(option, &value) != NULL) {
        (void)fail_set(fail, "%.60s is said about a bridge's interface, not to pasta", option);
        return fail_hint(fail, "pasta has options of its own: --net pasta,-a,10.0.0.2");
    }
    if (*option == '\0' || has_control_characters(option))
        return fail_set(fail, "an option of pasta is empty or contains control characters");
    if (net->pasta_option_count == 0 && *option != '-')
        return fail_set(fail, "\"%.60s\" is not an option of pasta: it begins without a dash",
                        option);
    return 0;
}

static int take_pasta(const char *rest, struct arena *arena, struct net_text *net,
                      struct fail *fail)
{
    const char *cursor = *rest == '\0' ? NULL : rest + 1;
    if (*rest == ':')
        return fail_set(fail, "pasta's options follow a comma: pasta,-a,10.0.0.2");
    for (char *option; (option = next_piece(arena, &cursor, ',')) != NULL;) {
        TRY(check_pasta_option(net, option, fail));
        *ARENA_APPEND(arena, net->pasta_options, net->pasta_option_count) = option;
    }
    return 0;
}

static const struct mode_row {
    const char *word;
    enum net_mode mode;
    take_mode *take;
} mode_rows[] = {
    {"none", NET_NONE, take_plain},      {"host", NET_HOST, take_plain},
    {"bridge", NET_BRIDGE, take_bridge}, {"container", NET_JOIN, take_container},
    {"ns", NET_JOIN, take_path},         {"pasta", NET_PASTA, take_pasta},
};

static int not_a_mode(const char *text, struct fail *fail)
{
    (void)fail_set(fail, "\"%.60s\" is neither a mode nor the name of a network", text);
    return fail_hint(fail, "there are none, host, bridge[:NETWORK], container:ID, ns:PATH, pasta "
                           "and NETWORK");
}

int parse_net(const char *text, struct arena *arena, struct net_text *ret_net, struct fail *fail)
{
    size_t size = strcspn(text, ":,");
    struct net_text net = {.mode = NET_BRIDGE};
    int result = 1;
    for (size_t i = 0; i < COUNT(mode_rows) && result > 0; i++) {
        const struct mode_row *row = &mode_rows[i];
        if (strlen(row->word) != size || memcmp(row->word, text, size) != 0)
            continue;
        net.mode = row->mode;
        result = row->take(text + size, arena, &net, fail);
    }
    if (result > 0 && (size == 0 || text[size] == ':'))
        return not_a_mode(text, fail);
    TRY(result > 0 ? take_network(text, arena, &net, fail) : result);
    *ret_net = net;
    return 0;
}

/* ---- --publish ---- */

static int not_published(const char *text, struct fail *fail)
{
    (void)fail_set(fail, "\"%.100s\" is not [IP:]HOST:CONTAINER[/tcp|/udp]", text);
    return fail_hint(fail, "8080:80 leads from port 8080 of the host to 80; 127.0.0.1:8080:80, "
                           "[::1]:8080:80 and 8000-8009:80-89/udp are possible too");
}

static int take_protocol(char *text, struct spec_port *port, struct fail *fail)
{
    char *slash = strchr(text, '/');
    if (slash == NULL)
        return 0;
    *slash = '\0';
    port->udp = strcmp(slash + 1, "udp") == 0;
    if (!port->udp && strcmp(slash + 1, "tcp") != 0)
        return fail_set(fail, "there is no protocol \"%.60s\": tcp and udp", slash + 1);
    return 0;
}

static int bad_listener(const char *text, const char *kind, struct fail *fail)
{
    return fail_set(fail, "a port can't be published at %.60s: it is %s", text, kind);
}

static int take_listener4(const char *text, struct spec_port *port, struct fail *fail)
{
    TRY(parse_ip4(text, &port->ip4, fail));
    port->family = AF_INET;
    uint32_t number = ntohl(port->ip4.s_addr);
    if (number >> 29 == 7 || (number >> 24 == 0 && number != 0))
        return bad_listener(text, kind_of_ip4(port->ip4), fail);
    return 0;
}

static int take_listener6(const char *text, struct spec_port *port, struct fail *fail)
{
    TRY(parse_ip6(text, &port->ip6, fail));
    port->family = AF_INET6;
    bool fits = IN6_IS_ADDR_UNSPECIFIED(&port->ip6) || IN6_IS_ADDR_LOOPBACK(&port->ip6);
    const char *kind = fits ? NULL : kind_of_ip6(&port->ip6);
    return kind == NULL ? 0 : bad_listener(text, kind, fail);
}

/* Takes the address from the front. Returns 0 with what follows it in `*ret_ports`. */
static int take_listener(const char *whole, char *text, struct spec_port *port, char **ret_ports,
                         struct fail *fail)
{
    *ret_ports = text;
    if (*text == '[') {
        char *end = strchr(text, ']');
        if (end == NULL || end[1] != ':')
            return not_published(whole, fail);
        *end = '\0';
        *ret_ports = end + 2;
        return take_listener6(text + 1, port, fail);
    }
    char *first = strchr(text, ':'), *last = strrchr(text, ':');
    if (first == NULL || first == last)
        return 0; /* no address */
    *first = '\0';
    *ret_ports = first + 1;
    return strchr(first + 1, ':') == last ? take_listener4(text, port, fail)
                                          : not_published(whole, fail);
}

struct port_range {
    int64_t first, last;
};

static int parse_port(const char *text, int64_t *ret_port, struct fail *fail)
{
    if (parse_number(text, 1, UINT16_MAX, ret_port, fail) < 0)
        return fail_set(fail, "\"%.60s\" is not a port, 1 to 65535", text);
    return 0;
}

static int parse_range(char *text, struct port_range *ret_range, struct fail *fail)
{
    char *dash = strchr(text, '-');
    if (dash != NULL)
        *dash = '\0';
    TRY(parse_port(text, &ret_range->first, fail));
    ret_range->last = ret_range->first;
    if (dash != NULL)
        TRY(parse_port(dash + 1, &ret_range->last, fail));
    if (ret_range->last < ret_range->first)
        return fail_set(fail, "the range %s-%s runs backwards", text, dash + 1);
    return 0;
}

static int take_ranges(const char *whole, char *text, struct port_range *ret_host,
                       struct port_range *ret_container, struct fail *fail)
{
    char *colon = strchr(text, ':');
    if (colon == NULL || colon == text || colon[1] == '\0' || strchr(colon + 1, ':') != NULL)
        return not_published(whole, fail);
    *colon = '\0';
    TRY(parse_range(text, ret_host, fail));
    TRY(parse_range(colon + 1, ret_container, fail));
    long long host_count = ret_host->last - ret_host->first + 1;
    long long container_count = ret_container->last - ret_container->first + 1;
    if (host_count != container_count)
        return fail_set(fail,
                        "\"%.100s\": %lld ports of the host can't lead to %lld of the container",
                        whole, host_count, container_count);
    return 0;
}

int parse_publish(const char *text, struct arena *arena, struct spec_port **ports, size_t *count,
                  struct fail *fail)
{
    struct spec_port port = {.family = AF_UNSPEC};
    struct port_range host = {0}, container = {0};
    char *copy = arena_strdup(arena, text);
    TRY(take_protocol(copy, &port, fail));
    TRY(take_listener(text, copy, &port, &copy, fail));
    TRY(take_ranges(text, copy, &host, &container, fail));
    if (*count + (size_t)(host.last - host.first) >= PORTS_MAX)
        return fail_set(fail, "a container can publish %d ports, not more", PORTS_MAX);
    for (int64_t i = 0; i <= host.last - host.first; i++) {
        port.host_port = (uint16_t)(host.first + i);
        port.container_port = (uint16_t)(container.first + i);
        *ARENA_APPEND(arena, *ports, *count) = port;
    }
    return 0;
}

static bool is_everywhere(const struct spec_port *port)
{
    return port->family == AF_UNSPEC || (port->family == AF_INET && port->ip4.s_addr == 0) ||
           (port->family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&port->ip6));
}

bool ports_collide(const struct spec_port *one, const struct spec_port *other)
{
    if (one->host_port != other->host_port || one->udp != other->udp)
        return false;
    if (one->family != other->family)
        return one->family == AF_UNSPEC || other->family == AF_UNSPEC;
    if (is_everywhere(one) || is_everywhere(other))
        return true;
    if (one->family == AF_INET)
        return one->ip4.s_addr == other->ip4.s_addr;
    return IN6_ARE_ADDR_EQUAL(&one->ip6, &other->ip6);
}

/* ---- names of hosts ---- */

int check_dns_server(const char *text, struct fail *fail)
{
    struct in_addr ip4;
    struct in6_addr ip6;
    if (inet_pton(AF_INET, text, &ip4) == 1) {
        uint32_t number = ntohl(ip4.s_addr);
        if (number != 0 && number >> 29 != 7)
            return 0;
    } else if (inet_pton(AF_INET6, text, &ip6) == 1) {
        if (!IN6_IS_ADDR_UNSPECIFIED(&ip6) && !IN6_IS_ADDR_MULTICAST(&ip6))
            return 0;
    }
    return fail_set(fail, "\"%.60s\" is not the address of a name server", text);
}

static bool is_domain(const char *text)
{
    size_t size = strlen(text);
    return size > 0 && size <= DOMAIN_MAX && strspn(text, NAME_CHARACTERS) == size &&
           strchr(".-", text[0]) == NULL && strstr(text, "..") == NULL;
}

int check_dns_search(const char *text, struct fail *fail)
{
    if (strcmp(text, ".") == 0 || is_domain(text))
        return 0;
    return fail_set(fail, "\"%.60s\" is not a domain", text);
}

int check_dns_option(const char *text, struct fail *fail)
{
    size_t size = strlen(text);
    if (size > 0 && size <= 64 && strspn(text, NAME_CHARACTERS ":") == size)
        return 0;
    (void)fail_set(fail, "\"%.60s\" is not an option of a resolver", text);
    return fail_hint(fail, "resolv.conf(5) lists them: ndots:2, timeout:1, rotate ...");
}

int parse_added_host(const char *text, struct arena *arena, struct spec_pair *ret_host,
                     struct fail *fail)
{
    const char *cursor = text;
    struct in6_addr address; /* large enough for either kind */
    const char *name = next_piece(arena, &cursor, ':');
    if (cursor == NULL || !is_domain(name)) {
        (void)fail_set(fail, "\"%.100s\" is not NAME:ADDRESS", text);
        return fail_hint(fail, "db:10.1.0.7 and db:fd00::7 are such lines of /etc/hosts");
    }
    if (inet_pton(AF_INET, cursor, &address) != 1 && inet_pton(AF_INET6, cursor, &address) != 1)
        return fail_set(fail, "\"%.60s\" is not an IPv4 or IPv6 address", cursor);
    *ret_host = (struct spec_pair){.key = name, .value = cursor};
    return 0;
}

/* ---- and back ---- */

static void append(char *buffer, size_t size, const char *key, const char *value)
{
    size_t used = strlen(buffer);
    (void)snprintf(buffer + used, size - used, "%s%s", key, value);
}

const char *interface_text(const struct spec_interface *interface, char buffer[INTERFACE_TEXT_SIZE])
{
    char address[INET6_ADDRSTRLEN];
    const unsigned char *mac = interface->mac;
    (void)snprintf(buffer, INTERFACE_TEXT_SIZE, "%s", interface->network);
    if (interface->has_ip4)
        append(buffer, INTERFACE_TEXT_SIZE,
               ",ip=", inet_ntop(AF_INET, &interface->ip4, address, sizeof(address)));
    if (interface->has_ip6)
        append(buffer, INTERFACE_TEXT_SIZE,
               ",ip6=", inet_ntop(AF_INET6, &interface->ip6, address, sizeof(address)));
    if (interface->has_mac) {
        (void)snprintf(address, sizeof(address), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
                       mac[2], mac[3], mac[4], mac[5]);
        append(buffer, INTERFACE_TEXT_SIZE, ",mac=", address);
    }
    if (interface->name != NULL)
        append(buffer, INTERFACE_TEXT_SIZE, ",name=", interface->name);
    return buffer;
}

const char *port_text(const struct spec_port *port, char buffer[PORT_TEXT_SIZE])
{
    char address[INET6_ADDRSTRLEN] = "";
    const char *before = "", *behind = "";
    if (port->family == AF_INET) {
        (void)inet_ntop(AF_INET, &port->ip4, address, sizeof(address));
        behind = ":";
    } else if (port->family == AF_INET6) {
        (void)inet_ntop(AF_INET6, &port->ip6, address, sizeof(address));
        before = "[";
        behind = "]:";
    }
    (void)snprintf(buffer, PORT_TEXT_SIZE, "%s%s%s%u:%u/%s", before, address, behind,
                   port->host_port, port->container_port, port->udp ? "udp" : "tcp");
    return buffer;
}
