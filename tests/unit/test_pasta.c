/* pasta's command line: above all what is published, and that nothing else is. */
#include <arpa/inet.h>
#include <string.h>

#include "../../launcher/host/net/pasta.h"
#include "tap.h"

/* All words behind `from`, a blank between. */
static const char *command_line(const struct spec_network *network, bool own_user_namespace,
                                const char *from, struct arena *arena)
{
    const char *text = "";
    for (char **word = pasta_words(network, 42, own_user_namespace, arena); *word != NULL; word++)
        text = arena_printf(arena, "%s%s%s", text, *text != '\0' ? " " : "", *word);
    const char *found = strstr(text, from);
    return found != NULL ? found : text;
}

static void test_ports(struct arena *arena)
{
    struct spec_port ports[] = {
        {.host_port = 8080, .container_port = 80},
        {.host_port = 8081, .container_port = 81},
        {.host_port = 8082, .container_port = 82, .udp = true},
        {.host_port = 8083, .container_port = 82, .udp = true},
        {.family = AF_INET, .ip4.s_addr = htonl(0xc0000201), .host_port = 1, .container_port = 1},
        {.family = AF_INET, .ip4.s_addr = htonl(0xc0000202), .host_port = 2, .container_port = 2},
        {.family = AF_INET, .host_port = 65534, .container_port = 1},
        {.family = AF_INET, .host_port = 65535, .container_port = 2},
        {.family = AF_INET6, .ip6 = IN6ADDR_LOOPBACK_INIT, .host_port = 9, .container_port = 8},
    };
    struct spec_network network = {.mode = NET_PASTA, .ports = ports, .port_count = COUNT(ports)};
    (void)is_str(command_line(&network, true, "-t ", arena),
                 "-t 8080-8081:80-81 -t 192.0.2.1/1:1 -t 192.0.2.2/2:2 -t "
                 "0.0.0.0/65534-65535:1-2 -t ::1/9:8 -u 8082:82 -u 8083:82",
                 "ports in a row are a range, of one address and protocol");
}

int main(void)
{
    AUTO_ARENA struct arena arena = {0};
    const char *options[] = {"--mtu", "1400"}, *renamed[] = {"-I", "tap0"};
    struct spec_network network = {.mode = NET_PASTA};
    (void)is_str(command_line(&network, true, "-t ", &arena), "-t none -u none",
                 "without ports nothing is published");
    (void)ok(strstr(command_line(&network, true, "pasta", &arena), "--no-map-gw -T none -U none") !=
                 NULL,
             "the host's loopback is out of reach, but for its resolver");
    (void)ok(strstr(command_line(&network, true, "pasta", &arena), "--userns /proc/42/ns/user"),
             "a user namespace of its own is joined");
    (void)ok(strstr(command_line(&network, false, "pasta", &arena), "--netns-only"),
             "launcher's is not");
    test_ports(&arena);
    network.pasta_options = options;
    network.pasta_option_count = 2;
    (void)is_str(command_line(&network, true, "-u ", &arena), "-u none --mtu 1400",
                 "the user's options come last");
    network.pasta_options = renamed;
    (void)ok(!strstr(command_line(&network, true, "pasta", &arena), "--ns-ifname"),
             "a name that the user gives is the only one");
    (void)ok(!strstr(command_line(&network, true, "pasta", &arena), "--dns-forward"),
             "a server that can be reached needs no help");
    network.resolv_text = "nameserver " PASTA_DNS "\n";
    (void)ok(strstr(command_line(&network, true, "pasta", &arena), "--dns-forward " PASTA_DNS),
             "one on the host's loopback is reached through pasta");
    return done_testing();
}
