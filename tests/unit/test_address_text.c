/* Addresses, hardware addresses and subnets as text: what is taken, and above all what is refused. */
#include <arpa/inet.h>
#include <string.h>

#include "../../launcher/spec/address_text.h"
#include "../../launcher/spec/network_text.h"
#include "tap.h"

static void test_addresses(void)
{
    static const struct {
        const char *text;
        bool ip4, ip6;               /* it is one */
        bool interface4, interface6; /* an interface can have it */
    } rows[] = {
        {"10.111.0.2", true, false, true, false},
        {"255.255.255.255", true, false, false, false},
        {"240.0.0.1", true, false, false, false},
        {"239.1.2.3", true, false, false, false},
        {"224.0.0.0", true, false, false, false},
        {"223.255.255.254", true, false, true, false},
        {"127.255.255.255", true, false, false, false},
        {"128.0.0.1", true, false, true, false},
        {"0.0.0.0", true, false, false, false},
        {"0.1.2.3", true, false, false, false},
        {"1.2.3", false, false, false, false},
        {"1.2.3.4.5", false, false, false, false},
        {"1.2.3.256", false, false, false, false},
        {"01.2.3.4", false, false, false, false},
        {"0x1.2.3.4", false, false, false, false},
        {"1.2.3.4 ", false, false, false, false},
        {" 1.2.3.4", false, false, false, false},
        {"1.2.3.4\n", false, false, false, false},
        {"1.2.3.4/24", false, false, false, false},
        {"167772161", false, false, false, false},
        {"", false, false, false, false},
        {"fd00::1", false, true, false, true},
        {"2001:db8::1", false, true, false, true},
        {"fd00:0:0:0:0:0:0:1", false, true, false, true},
        {"::", false, true, false, false},
        {"::1", false, true, false, false},
        {"ff02::1", false, true, false, false},
        {"fe80::1", false, true, false, false},
        {"febf::1", false, true, false, false},
        {"::ffff:10.0.0.1", false, true, false, false},
        {"fe80::1%1", false, false, false, false},
        {"[fd00::1]", false, false, false, false},
        {"fd00::1::2", false, false, false, false},
        {"fd00:1:2:3:4:5:6:7:8", false, false, false, false},
        {"fd00::12345", false, false, false, false},
        {"fd00::1/64", false, false, false, false},
        {"fd00::g", false, false, false, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fail fail = {0};
        struct in_addr ip4;
        struct in6_addr ip6;
        is_int(parse_ip4(rows[i].text, &ip4, &fail) == 0, rows[i].ip4, rows[i].text);
        is_int(parse_ip6(rows[i].text, &ip6, &fail) == 0, rows[i].ip6, rows[i].text);
        is_int(parse_interface_ip4(rows[i].text, &ip4, &fail) == 0, rows[i].interface4,
               rows[i].text);
        is_int(parse_interface_ip6(rows[i].text, &ip6, &fail) == 0, rows[i].interface6,
               rows[i].text);
    }
}

static void test_macs(void)
{
    static const struct {
        const char *text;
        bool fits;
    } rows[] = {
        {"02:4c:0a:6f:00:02", true},   {"02:4C:0A:6F:00:FE", true},
        {"00:00:00:00:00:01", true},   {"fe:ff:ff:ff:ff:ff", true},
        {"00:00:00:00:00:00", false},  {"01:00:5e:00:00:01", false},
        {"33:33:00:00:00:01", false},  {"ff:ff:ff:ff:ff:ff", false},
        {"02:4c:0a:6f:00", false},     {"02:4c:0a:6f:00:02:03", false},
        {"2:4c:0a:6f:00:02", false},   {"02-4c-0a-6f-00-02", false},
        {"024c0a6f0002", false},       {"02:4c:0a:6f:00:0g", false},
        {"02:4c:0a:6f:00:02 ", false}, {" 2:4c:0a:6f:00:02", false},
        {"02:4c:0a:6f:0002:", false},  {"", false},
        {"+2:4c:0a:6f:00:02", false},  {":::::::::::::::::", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fail fail = {0};
        unsigned char mac[6] = {0};
        is_int(parse_mac(rows[i].text, mac, &fail) == 0, rows[i].fits, rows[i].text);
        ok(rows[i].fits || mac[5] == 0, rows[i].text);
    }
    struct fail fail = {0};
    unsigned char mac[6];
    static const unsigned char expected[6] = {0x02, 0x4c, 0xaB, 0xF9, 0x00, 0xfe};
    CHECK(parse_mac("02:4c:aB:F9:00:fe", mac, &fail) == 0);
    CHECK(memcmp(mac, expected, sizeof(mac)) == 0);
}

/* ---- subnets ---- */

static void test_subnets(void)
{
    static const struct {
        const char *text, *subnet; /* NULL: refused */
        unsigned prefix;
    } rows[] = {
        {"10.1.0.0/16", "10.1.0.0", 16},
        {"10.0.0.0/8", "10.0.0.0", 8},
        {"192.168.7.248/29", "192.168.7.248", 29},
        {"192.168.7.128/25", "192.168.7.128", 25},
        {"10.1.0.0/7", NULL, 0},
        {"192.168.7.252/30", "192.168.7.252", 30},
        {"192.168.7.252/31", NULL, 0},
        {"10.1.0.1/32", NULL, 0},
        {"10.1.0.0/33", NULL, 0},
        {"0.0.0.0/0", NULL, 0},
        {"10.1.0.0/-1", NULL, 0},
        {"10.1.0.0/016", NULL, 0},
        {"10.1.0.0/", NULL, 0},
        {"10.1.0.0", NULL, 0},
        {"/16", NULL, 0},
        {"", NULL, 0},
        {"10.1.0.0/16/16", NULL, 0},
        {"10.1.0.0/255.255.0.0", NULL, 0},
        {"10.1.0.1/16", NULL, 0},
        {"10.1.128.0/16", NULL, 0},
        {"10.1/16", NULL, 0},
        {"127.0.0.0/8", NULL, 0},
        {"0.0.0.0/8", NULL, 0},
        {"224.0.0.0/8", NULL, 0},
        {"255.255.255.0/24", NULL, 0},
        {"fd00::/64", NULL, 0},
        {"10.1.0.0/16 ", NULL, 0},
        {"1111111111111111111111111111111111111111111111111111.1.0.0/16", NULL, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fail fail = {0};
        struct in_addr subnet = {0};
        char text[INET_ADDRSTRLEN];
        unsigned prefix = 0;
        int result = parse_subnet4(rows[i].text, &subnet, &prefix, &fail);
        is_int(result == 0, rows[i].subnet != NULL, rows[i].text);
        is_int(prefix, rows[i].prefix, rows[i].text);
        if (result == 0)
            is_str(inet_ntop(AF_INET, &subnet, text, sizeof(text)), rows[i].subnet, rows[i].text);
    }
    struct fail fail = {0};
    struct in_addr subnet;
    unsigned prefix;
    CHECK(parse_subnet4("10.1.129.3/17", &subnet, &prefix, &fail) < 0);
    CHECK_STR(fail.text, "10.1.129.3/17 is an address in a subnet, not the subnet");
    CHECK_STR(fail.hint, "the subnet is 10.1.128.0/17");
}

static void test_subnets6(void)
{
    static const struct {
        const char *text;
        bool fits;
    } rows[] = {
        {"fd00:1:2:3::/64", true},
        {"2001:db8::/64", true},
        {"fd00:1:2:3::/63", false},
        {"fd00:1:2:3::/65", false},
        {"fd00:1:2:3::/064", false},
        {"fd00:1:2:3::/", false},
        {"fd00:1:2:3::", false},
        {"fd00:1:2:3::1/64", false},
        {"fd00:1:2:3:8000::/64", false},
        {"::/64", false},
        {"fe80::/64", false},
        {"ff00::/64", false},
        {"10.1.0.0/64", false},
        {"", false},
        {"/64", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fail fail = {0};
        struct in6_addr subnet;
        is_int(parse_subnet6(rows[i].text, &subnet, &fail) == 0, rows[i].fits, rows[i].text);
    }
}

/* ---- names ---- */

int main(void)
{
    test_addresses();
    test_macs();
    test_subnets();
    test_subnets6();
    return done_testing();
}
