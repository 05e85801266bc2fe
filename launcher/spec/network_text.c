#include "network_text.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "address_text.h"
#include "parse.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define DIGITS "0123456789"
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "_.-"

enum { DOMAIN_MAX = 253 };

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
