#include "publish.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

union address {
    struct sockaddr any;
    struct sockaddr_in ip4;
    struct sockaddr_in6 ip6;
};

static socklen_t address_of(const struct spec_port *port, int family, union address *ret_address)
{
    *ret_address = (union address){.ip6 = {.sin6_family = (sa_family_t)family}};
    if (family == AF_INET) {
        ret_address->ip4.sin_port = htons(port->host_port);
        ret_address->ip4.sin_addr = port->ip4; /* all zero for every address */
        return sizeof(ret_address->ip4);
    }
    ret_address->ip6.sin6_port = htons(port->host_port);
    ret_address->ip6.sin6_addr = port->ip6;
    return sizeof(ret_address->ip6);
}

static const char *port_text(const struct spec_port *port, int family, const union address *address,
                             char text[INET6_ADDRSTRLEN + 16])
{
    char number[INET6_ADDRSTRLEN] = "";
    const void *bytes = family == AF_INET ? (const void *)&address->ip4.sin_addr
                                          : (const void *)&address->ip6.sin6_addr;
    (void)inet_ntop(family, bytes, number, sizeof(number)); /* every address has a text */
    (void)snprintf(text, INET6_ADDRSTRLEN + 16, family == AF_INET ? "%s:%u/%s" : "[%s]:%u/%s",
                   number, port->host_port, port->udp ? "udp" : "tcp");
    return text;
}

static int hint_for_port(const struct spec_port *port, struct fail *fail)
{
    if (fail->code == -EADDRINUSE)
        return fail_hint(fail,
                         "ss --listening --processes 'sport = :%u' shows who has it; another "
                         "container may have published it",
                         port->host_port);
    if (fail->code == -EADDRNOTAVAIL)
        return fail_hint(fail, "a port is published at an address of this host: ip address shows "
                               "them");
    return fail->code;
}

static int hold_in(const struct spec_port *port, int family, int *ret_fd, struct fail *fail)
{
    const int on = 1;
    union address address;
    char text[INET6_ADDRSTRLEN + 16];
    socklen_t size = address_of(port, family, &address);
    AUTO_FD int fd = socket(family, (port->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail_sys(fail, "opening a socket for a published port");
    /* Else the IPv6 socket would take IPv4 as well, which has one of its own. */
    if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
        return fail_sys(fail, "setting up a socket for a published port");
    if (bind(fd, &address.any, size) < 0) {
        (void)fail_sys(fail, "publishing the port %s", port_text(port, family, &address, text));
        return hint_for_port(port, fail);
    }
    *ret_fd = take_fd(&fd);
    return 0;
}

static int hold_port(const struct spec_port *port, bool ip6, struct port_holder *holder,
                     struct fail *fail)
{
    if (port->family != AF_INET6)
        TRY(hold_in(port, AF_INET, &holder->fds[holder->count++], fail));
    if (port->family == AF_INET6 || (port->family == AF_UNSPEC && ip6))
        TRY(hold_in(port, AF_INET6, &holder->fds[holder->count++], fail));
    return 0;
}

int publish_hold(const struct spec_port *ports, size_t count, bool ip6, struct arena *arena,
                 struct port_holder *ret_holder, struct fail *fail)
{
    struct port_holder holder = {.fds = arena_alloc(arena, (2 * count + 1) * sizeof(int))};
    int result = 0;
    for (size_t i = 0; i < 2 * count; i++)
        holder.fds[i] = -1;
    for (size_t i = 0; i < count && result >= 0; i++)
        result = hold_port(&ports[i], ip6, &holder, fail);
    if (result < 0)
        publish_let_go(&holder);
    *ret_holder = holder;
    return result;
}

void publish_let_go(struct port_holder *holder)
{
    for (size_t i = 0; i < holder->count; i++)
        own_close(&holder->fds[i]);
    holder->count = 0;
}
