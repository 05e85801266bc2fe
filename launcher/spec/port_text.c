#include "port_text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "address_text.h"
#include "parse.h"

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
        return bad_listener(text, address_kind_ip4(port->ip4), fail);
    return 0;
}

static int take_listener6(const char *text, struct spec_port *port, struct fail *fail)
{
    TRY(parse_ip6(text, &port->ip6, fail));
    port->family = AF_INET6;
    bool fits = IN6_IS_ADDR_UNSPECIFIED(&port->ip6) || IN6_IS_ADDR_LOOPBACK(&port->ip6);
    const char *kind = fits ? NULL : address_kind_ip6(&port->ip6);
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
