/* Networks, addresses and ports as text: what is taken, and above all what is refused. */
#include <arpa/inet.h>
#include <string.h>

#include "../../launcher/spec/address_text.h"
#include "../../launcher/spec/network_text.h"
#include "../../launcher/spec/port_text.h"
#include "tap.h"

/* ---- --net ---- */

static void test_modes(void)
{
    static const struct {
        const char *text;
        enum net_mode mode;
        const char *rest; /* the interface, the path, the container, the options */
    } rows[] = {
        {"none", NET_NONE, NULL},
        {"host", NET_HOST, NULL},
        {"bridge", NET_BRIDGE, "launcher0"},
        {"bridge:web", NET_BRIDGE, "web"},
        {"web", NET_BRIDGE, "web"},
        {"0", NET_BRIDGE, "0"},
        {"nonesuch", NET_BRIDGE, "nonesuch"},
        {"a2345678901234z", NET_BRIDGE, "a2345678901234z"},
        {"bridge,ip=10.0.0.9", NET_BRIDGE, "launcher0,ip=10.0.0.9"},
        {"bridge:web,name=wan0", NET_BRIDGE, "web,name=wan0"},
        {"web,name=x,mac=02:4C:0a:6f:00:09,ip6=FD00::9,ip=10.0.0.9", NET_BRIDGE,
         "web,ip=10.0.0.9,ip6=fd00::9,mac=02:4c:0a:6f:00:09,name=x"},
        {"ns:/run/netns/a:b,c", NET_JOIN, "/run/netns/a:b,c"},
        {"container:web.1", NET_JOIN, "web.1"},
        {"pasta", NET_PASTA, NULL},
        {"pasta,-a,10.0.0.2,--mtu=1500", NET_PASTA, "-a"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        AUTO_ARENA struct arena arena = {0};
        struct fail fail = {0};
        struct net_text net = {0};
        char buffer[INTERFACE_TEXT_SIZE];
        is_int(parse_net(rows[i].text, &arena, &net, &fail), 0, rows[i].text);
        is_int(net.mode, rows[i].mode, rows[i].text);
        const char *rest = net.mode == NET_BRIDGE        ? interface_text(&net.interface, buffer)
                           : net.join != NULL            ? net.join
                           : net.pasta_option_count != 0 ? net.pasta_options[0]
                                                         : net.container;
        is_str(rest, rows[i].rest, rows[i].text);
    }
}

static void test_bad_modes(void)
{
    static const char *const rows[][2] = {
        {"", "\"\" is neither a mode nor the name of a network"},
        {",ip=10.0.0.9", "\",ip=10.0.0.9\" is neither a mode nor the name of a network"},
        {"bridg:web", "\"bridg:web\" is neither a mode nor the name of a network"},
        {"none,ip=10.0.0.9", "none stands alone, without \",ip=10.0.0.9\""},
        {"host:", "host stands alone, without \":\""},
        {"bridge:", "\"\" can't be the name of a network"},
        {"bridge:none", "\"none\" can't be the name of a network: it is a mode of --net"},
        {"bridge:pasta", "\"pasta\" can't be the name of a network: it is a mode of --net"},
        {"a23456789012345z", "\"a23456789012345z\" can't be the name of a network"},
        {".web", "\".web\" can't be the name of a network"},
        {"-web", "\"-web\" can't be the name of a network"},
        {"a/b", "\"a/b\" can't be the name of a network"},
        {"a b", "\"a b\" can't be the name of a network"},
        {"lo", "\"lo\" can't be the name of a network"},
        {"all", "\"all\" can't be the name of a network"},
        {"web,", "\"\" says nothing about an interface"},
        {"web,ip", "\"ip\" says nothing about an interface"},
        {"web,i=1", "\"i=1\" says nothing about an interface"},
        {"web,ipx=1", "\"ipx=1\" says nothing about an interface"},
        {"web,IP=10.0.0.9", "\"IP=10.0.0.9\" says nothing about an interface"},
        {"web,ip=", "ip: \"\" is not an IPv4 address"},
        {"web,ip=10.0.0.9,ip=10.0.0.8", "ip: it is given twice"},
        {"web,ip6=fd00::1,ip6=fd00::1", "ip6: it is given twice"},
        {"web,name=a,name=b", "name: it is given twice"},
        {"web,mac=02:4c:00:00:00:01,mac=02:4c:00:00:00:02", "mac: it is given twice"},
        {"web,ip=fd00::9", "ip: fd00::9 is an IPv6 address"},
        {"web,ip6=10.0.0.9", "ip6: 10.0.0.9 is an IPv4 address"},
        {"web,ip=127.0.0.2", "ip: 127.0.0.2 can't be an interface's address: it is a loopback "
                             "address"},
        {"web,name=lo", "name: \"lo\" can't be the name of an interface"},
        {"ns", "\"ns\" is not ns:PATH with an absolute path"},
        {"ns:", "\"ns:\" is not ns:PATH with an absolute path"},
        {"ns:web", "\"ns:web\" is not ns:PATH with an absolute path"},
        {"ns:/a\nb", "the path \"/a\nb\" contains control characters"},
        {"container", "whose network? container:ID"},
        {"container:", "\"\" can't be the name of a container"},
        {"container:../x", "\"../x\" can't be the name of a container"},
        {"pasta:-a", "pasta's options follow a comma: pasta,-a,10.0.0.2"},
        {"pasta,", "an option of pasta is empty or contains control characters"},
        {"pasta,-a,", "an option of pasta is empty or contains control characters"},
        {"pasta,1234", "\"1234\" is not an option of pasta: it begins without a dash"},
        {"pasta,-a,ip=10.0.0.9", "ip=10.0.0.9 is said about a bridge's interface, not to pasta"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        AUTO_ARENA struct arena arena = {0};
        struct fail fail = {0};
        struct net_text net = {0};
        ok(parse_net(rows[i][0], &arena, &net, &fail) < 0, rows[i][0]);
        is_str(fail.text, rows[i][1], rows[i][0]);
    }
}

/* ---- --publish ---- */

static void test_ports(void)
{
    static const struct {
        const char *text;
        size_t count;
        const char *first, *last;
    } rows[] = {
        {"8080:80", 1, "8080:80/tcp", "8080:80/tcp"},
        {"8080:80/tcp", 1, "8080:80/tcp", "8080:80/tcp"},
        {"53:5353/udp", 1, "53:5353/udp", "53:5353/udp"},
        {"1:65535", 1, "1:65535/tcp", "1:65535/tcp"},
        {"127.0.0.1:8080:80", 1, "127.0.0.1:8080:80/tcp", "127.0.0.1:8080:80/tcp"},
        {"0.0.0.0:8080:80", 1, "0.0.0.0:8080:80/tcp", "0.0.0.0:8080:80/tcp"},
        {"[::1]:8080:80", 1, "[::1]:8080:80/tcp", "[::1]:8080:80/tcp"},
        {"[::]:8080:80/udp", 1, "[::]:8080:80/udp", "[::]:8080:80/udp"},
        {"8000-8009:80-89", 10, "8000:80/tcp", "8009:89/tcp"},
        {"8000-8000:80", 1, "8000:80/tcp", "8000:80/tcp"},
        {"10.0.0.1:65000-65535:1-536/udp", 536, "10.0.0.1:65000:1/udp", "10.0.0.1:65535:536/udp"},
        {"1-4096:1-4096", 4096, "1:1/tcp", "4096:4096/tcp"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        AUTO_ARENA struct arena arena = {0};
        struct fail fail = {0};
        struct spec_port *ports = NULL;
        size_t count = 0;
        char text[PORT_TEXT_SIZE];
        is_int(parse_publish(rows[i].text, &arena, &ports, &count, &fail), 0, rows[i].text);
        if (!is_int((long long)count, (long long)rows[i].count, rows[i].text) || count == 0)
            continue;
        is_str(port_text(&ports[0], text), rows[i].first, rows[i].text);
        is_str(port_text(&ports[count - 1], text), rows[i].last, rows[i].text);
    }
}

static void test_bad_ports(void)
{
#define NO_FORM(text) "\"" text "\" is not [IP:]HOST:CONTAINER[/tcp|/udp]"
    static const char *const rows[][2] = {
        {"", NO_FORM("")},
        {"80", NO_FORM("80")},
        {":80", NO_FORM(":80")},
        {"80:", NO_FORM("80:")},
        {"10.0.0.1::80", NO_FORM("10.0.0.1::80")},
        {"::1:8080:80", NO_FORM("::1:8080:80")},
        {"[::1]8080:80", NO_FORM("[::1]8080:80")},
        {"[::1:8080:80", NO_FORM("[::1:8080:80")},
        {"[::1]:80", NO_FORM("[::1]:80")},
        {"[::1]:1:2:3", NO_FORM("[::1]:1:2:3")},
        {"0:80", "\"0\" is not a port, 1 to 65535"},
        {"80:0", "\"0\" is not a port, 1 to 65535"},
        {"65536:80", "\"65536\" is not a port, 1 to 65535"},
        {"80:65536", "\"65536\" is not a port, 1 to 65535"},
        {"18446744073709551617:80", "\"18446744073709551617\" is not a port, 1 to 65535"},
        {"080:80", "\"080\" is not a port, 1 to 65535"},
        {"+80:80", "\"+80\" is not a port, 1 to 65535"},
        {" 80:80", "\" 80\" is not a port, 1 to 65535"},
        {"-80:80", "\"\" is not a port, 1 to 65535"},
        {"80-:80", "\"\" is not a port, 1 to 65535"},
        {"1-2-3:1-3", "\"2-3\" is not a port, 1 to 65535"},
        {"http:80", "\"http\" is not a port, 1 to 65535"},
        {"9-8:9-8", "the range 9-8 runs backwards"},
        {"8-9:9-8", "the range 9-8 runs backwards"},
        {"8000-8009:80-88",
         "\"8000-8009:80-88\": 10 ports of the host can't lead to 9 of the container"},
        {"8000-8009:80", "\"8000-8009:80\": 10 ports of the host can't lead to 1 of the container"},
        {"65530-65536:1-7", "\"65536\" is not a port, 1 to 65535"},
        {"80:80/sctp", "there is no protocol \"sctp\": tcp and udp"},
        {"80:80/TCP", "there is no protocol \"TCP\": tcp and udp"},
        {"80:80/", "there is no protocol \"\": tcp and udp"},
        {"80:80/tcp/udp", "there is no protocol \"tcp/udp\": tcp and udp"},
        {"80/tcp:80", "there is no protocol \"tcp:80\": tcp and udp"},
        {"10.0.0:8080:80", "\"10.0.0\" is not an IPv4 address"},
        {"localhost:8080:80", "\"localhost\" is not an IPv4 address"},
        {"224.0.0.1:80:80", "a port can't be published at 224.0.0.1: it is a multicast address"},
        {"255.255.255.255:80:80", "a port can't be published at 255.255.255.255: it is a reserved "
                                  "address (240.0.0.0/4)"},
        {"[10.0.0.1]:80:80", "\"10.0.0.1\" is not an IPv6 address"},
        {"[ff02::1]:80:80", "a port can't be published at ff02::1: it is a multicast address"},
        {"[::ffff:10.0.0.1]:80:80",
         "a port can't be published at ::ffff:10.0.0.1: it is an IPv4 address in IPv6 form"},
        {"[fe80::1%eth0]:80:80", "\"fe80::1%eth0\" is not an IPv6 address"},
        {"1-4097:1-4097", "a container can publish 4096 ports, not more"},
        {"1-65535:1-65535", "a container can publish 4096 ports, not more"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        AUTO_ARENA struct arena arena = {0};
        struct fail fail = {0};
        struct spec_port *ports = NULL;
        size_t count = 0;
        ok(parse_publish(rows[i][0], &arena, &ports, &count, &fail) < 0, rows[i][0]);
        is_str(fail.text, rows[i][1], rows[i][0]);
        is_int((long long)count, 0, rows[i][0]);
    }
}

static void test_collisions(void)
{
    static const struct {
        const char *one, *other;
        bool collide;
    } rows[] = {
        {"80:1", "80:2", true},
        {"80:1", "81:1", false},
        {"80:1/tcp", "80:1/udp", false},
        {"80:1", "127.0.0.1:80:1", true},
        {"80:1", "[::1]:80:1", true},
        {"0.0.0.0:80:1", "127.0.0.1:80:1", true},
        {"0.0.0.0:80:1", "[::]:80:1", false},
        {"0.0.0.0:80:1", "[::1]:80:1", false},
        {"[::]:80:1", "[::1]:80:1", true},
        {"127.0.0.1:80:1", "127.0.0.2:80:1", false},
        {"127.0.0.1:80:1", "127.0.0.1:80:2", true},
        {"[::1]:80:1", "[fd00::1]:80:1", false},
        {"[fd00::1]:80:1", "[FD00:0::1]:80:2", true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        AUTO_ARENA struct arena arena = {0};
        struct fail fail = {0};
        struct spec_port *ports = NULL;
        size_t count = 0;
        int result = parse_publish(rows[i].one, &arena, &ports, &count, &fail);
        result |= parse_publish(rows[i].other, &arena, &ports, &count, &fail);
        if (!is_int(result, 0, rows[i].other))
            continue;
        is_int(ports_collide(&ports[0], &ports[1]), rows[i].collide, rows[i].other);
        is_int(ports_collide(&ports[1], &ports[0]), rows[i].collide, rows[i].other);
    }
}

static void test_interface_names(void)
{
    static const struct {
        const char *name;
        bool fits;
    } rows[] = {
        {"eth0", true},
        {"a", true},
        {"a23456789012345", true},
        {"wan-0.1_x@y", true},
        {"all0", true},
        {"", false},
        {"a234567890123456", false},
        {".", false},
        {"..", false},
        {"...", true},
        {"lo", false},
        {"lo0", true},
        {"all", false},
        {"default", false},
        {"a/b", false},
        {"a:b", false},
        {"eth%d", false},
        {"a b", false},
        {"a\tb", false},
        {"a\n", false},
        {"a\x7f", false},
        {"\xc3\xa4", false},
        {"a\xa0z", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fail fail = {0};
        is_int(check_interface_name(rows[i].name, &fail) == 0, rows[i].fits, rows[i].name);
    }
}

typedef int check_text(const char *text, struct fail *fail);

static void test_resolver_words(void)
{
    static const struct {
        check_text *check;
        const char *text;
        bool fits;
    } rows[] = {
        {check_dns_server, "9.9.9.9", true},     {check_dns_server, "127.0.0.53", true},
        {check_dns_server, "2620:fe::fe", true}, {check_dns_server, "::1", true},
        {check_dns_server, "0.0.0.0", false},    {check_dns_server, "224.0.0.251", false},
        {check_dns_server, "::", false},         {check_dns_server, "ff02::fb", false},
        {check_dns_server, "", false},           {check_dns_server, "dns.example", false},
        {check_dns_server, "9.9.9.9:53", false}, {check_dns_server, "9.9.9.9\nsearch x", false},
        {check_dns_search, "example.org", true}, {check_dns_search, ".", true},
        {check_dns_search, "a-b.c_d", true},     {check_dns_search, "example.org.", true},
        {check_dns_search, "", false},           {check_dns_search, "..", false},
        {check_dns_search, ".org", false},       {check_dns_search, "a..b", false},
        {check_dns_search, "a b", false},        {check_dns_search, "a\nnameserver x", false},
        {check_dns_option, "ndots:2", true},     {check_dns_option, "rotate", true},
        {check_dns_option, "use-vc", true},      {check_dns_option, "", false},
        {check_dns_option, "a b", false},        {check_dns_option, "a\n", false},
        {check_dns_option, "#x", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fail fail = {0};
        is_int(rows[i].check(rows[i].text, &fail) == 0, rows[i].fits, rows[i].text);
    }
}

static void test_added_hosts(void)
{
    static const char *const rows[][3] = {
        {"db:10.1.0.7", "db", "10.1.0.7"},
        {"db.example:fd00::7", "db.example", "fd00::7"},
        {"ads:0.0.0.0", "ads", "0.0.0.0"},
        {"self:::1", "self", "::1"},
        {"db", NULL, "\"db\" is not NAME:ADDRESS"},
        {"", NULL, "\"\" is not NAME:ADDRESS"},
        {":10.1.0.7", NULL, "\":10.1.0.7\" is not NAME:ADDRESS"},
        {"d b:10.1.0.7", NULL, "\"d b:10.1.0.7\" is not NAME:ADDRESS"},
        {"d#b:10.1.0.7", NULL, "\"d#b:10.1.0.7\" is not NAME:ADDRESS"},
        {"db:", NULL, "\"\" is not an IPv4 or IPv6 address"},
        {"db:10.1.0", NULL, "\"10.1.0\" is not an IPv4 or IPv6 address"},
        {"db:10.1.0.7:x", NULL, "\"10.1.0.7:x\" is not an IPv4 or IPv6 address"},
        {"db:10.1.0.7\n1.1.1.1 x", NULL, "\"10.1.0.7\n1.1.1.1 x\" is not an IPv4 or IPv6 address"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        AUTO_ARENA struct arena arena = {0};
        struct fail fail = {0};
        struct spec_pair host = {0};
        int result = parse_added_host(rows[i][0], &arena, &host, &fail);
        is_int(result == 0, rows[i][1] != NULL, rows[i][0]);
        is_str(host.key, rows[i][1], rows[i][0]);
        is_str(result == 0 ? host.value : fail.text, rows[i][2], rows[i][0]);
    }
}

/* The longest of each fits into its buffer. */
static void test_longest_texts(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct fail fail = {0};
    struct net_text net;
    struct spec_port *ports = NULL;
    size_t count = 0;
    char text[INTERFACE_TEXT_SIZE], port[PORT_TEXT_SIZE];
    static const char longest[] =
        "a23456789012345,ip=100.100.100.100,ip6=1111:2222:3333:4444:5555:6666:7777:8888,"
        "mac=02:4c:0a:6f:00:02,name=a23456789012345";
    static const char longest_port[] = "[1111:2222:3333:4444:5555:6666:7777:8888]:10000:10000/tcp";
    CHECK_INT(parse_net(longest, &arena, &net, &fail), 0);
    CHECK_STR(interface_text(&net.interface, text), longest);
    CHECK_INT(parse_publish(longest_port, &arena, &ports, &count, &fail), 0);
    CHECK_STR(count == 1 ? port_text(&ports[0], port) : NULL, longest_port);
}

int main(void)
{
    test_modes();
    test_bad_modes();
    test_ports();
    test_bad_ports();
    test_collisions();
    test_interface_names();
    test_resolver_words();
    test_added_hosts();
    test_longest_texts();
    return done_testing();
}
