#include "address_text.h"

#include <arpa/inet.h>
#include <string.h>

#include "parse.h"

#define DIGITS "0123456789"

enum { MAC_SIZE = 6, MAC_TEXT_SIZE = 17 };

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
const char *address_kind_ip4(struct in_addr address)
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

const char *address_kind_ip6(const struct in6_addr *address)
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
    const char *kind = address_kind_ip4(*ret_address);
    if (kind != NULL)
        return fail_set(fail, "%.60s can't be an interface's address: it is %s", text, kind);
    return 0;
}

int parse_interface_ip6(const char *text, struct in6_addr *ret_address, struct fail *fail)
{
    TRY(parse_ip6(text, ret_address, fail));
    const char *kind = address_kind_ip6(ret_address);
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
    const char *kind = address_kind_ip4(subnet);
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
    const char *kind = address_kind_ip6(&subnet);
    if (kind != NULL)
        return fail_set(fail, "%.60s can't be a network's subnet: it begins with %s", text, kind);
    *ret_subnet = subnet;
    return 0;
}
