/* talk - the machines of the networks' lab talk by it, and it speaks as much HTTP and DNS as it takes.
 *
 *   talk serve TEXT [ADDRESS/]PORT...     answers "TEXT PEER" on TCP and UDP; without an address on
 *                                         all, IPv4 and IPv6
 *   talk ask tcp|udp HOST PORT [MS]       prints the answer, or why there is none and exits with 1
 *   talk dns NAME=ADDRESS...              a DNS server; of other names it says that there are none
 *
 * Servers say "up" when they can be asked.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { SOCKETS_MAX = 64, MESSAGE_MAX = 512, DEFAULT_TIMEOUT_MS = 5000 };

static int give_up(const char *doing, const char *reason)
{
    (void)fprintf(stderr, "talk: %s: %s\n", doing, reason);
    return 1;
}

static bool set_timeouts(int fd, int timeout_ms)
{
    struct timeval time = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000L};
    return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)) == 0 &&
           setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time)) == 0;
}

/* ---- servers */

/* All of both families, or the address that comes before a slash. */
static int open_server(const char *where, int type)
{
    char address[64] = "::";
    const char *slash = strchr(where, '/');
    if (slash)
        (void)snprintf(address, sizeof(address), "%.*s", (int)(slash - where), where);
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = type};
    struct addrinfo *found = NULL;
    if (getaddrinfo(address, slash ? slash + 1 : where, &hints, &found) != 0)
        return -1;
    int fd = socket(found->ai_family, type, 0);
    int on = 1;
    bool open = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
                (found->ai_family != AF_INET6 ||
                 setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) == 0) &&
                bind(fd, found->ai_addr, found->ai_addrlen) == 0 &&
                (type == SOCK_DGRAM || listen(fd, 128) == 0);
    freeaddrinfo(found);
    return open ? fd : -1;
}

static void format_answer(char *answer, size_t size, const char *text,
                          const struct sockaddr_storage *peer, socklen_t peer_size)
{
    char address[NI_MAXHOST] = "?";
    (void)getnameinfo((const struct sockaddr *)peer, peer_size, address, sizeof(address), NULL, 0,
                      NI_NUMERICHOST);
    bool mapped = strncmp(address, "::ffff:", 7) == 0;
    (void)snprintf(answer, size, "%s %s\n", text, mapped ? address + 7 : address);
}

static void answer_tcp(int listener, const char *text)
{
    struct sockaddr_storage peer;
    socklen_t peer_size = sizeof(peer);
    int fd = accept(listener, (struct sockaddr *)&peer, &peer_size);
    if (fd < 0)
        return;
    char request[MESSAGE_MAX], answer[MESSAGE_MAX];
    ssize_t length = set_timeouts(fd, 2000) ? read(fd, request, sizeof(request)) : -1;
    if (length > 0) {
        format_answer(answer, sizeof(answer), text, &peer, peer_size);
        if (length >= 4 && memcmp(request, "GET ", 4) == 0)
            (void)dprintf(fd, "HTTP/1.0 200 OK\r\n\r\n");
        (void)dprintf(fd, "%s", answer);
    }
    (void)close(fd);
}

/* A datagram, and from whom to whom it went. */
struct datagram {
    struct sockaddr_storage peer;
    struct iovec data;
    struct msghdr header;
    alignas(struct cmsghdr) char control[64];
    unsigned char bytes[MESSAGE_MAX];
};

static ssize_t receive(int fd, struct datagram *datagram)
{
    datagram->data = (struct iovec){.iov_base = datagram->bytes, .iov_len = MESSAGE_MAX};
    datagram->header = (struct msghdr){.msg_name = &datagram->peer,
                                       .msg_namelen = sizeof(datagram->peer),
                                       .msg_iov = &datagram->data,
                                       .msg_iovlen = 1,
                                       .msg_control = datagram->control,
                                       .msg_controllen = sizeof(datagram->control)};
    return recvmsg(fd, &datagram->header, 0);
}

/* The control message says which address was asked, and sent back that this one answers: the kernel
 * would take the one that is nearest to the peer. */
static void reply(int fd, const struct datagram *datagram, void *bytes, size_t size)
{
    struct iovec data = {.iov_base = bytes, .iov_len = size};
    struct msghdr header = datagram->header;
    header.msg_iov = &data;
    (void)sendmsg(fd, &header, 0);
}

static void answer_udp(int fd, const char *text)
{
    struct datagram datagram;
    char answer[MESSAGE_MAX];
    if (receive(fd, &datagram) < 0)
        return;
    format_answer(answer, sizeof(answer), text, &datagram.peer, datagram.header.msg_namelen);
    reply(fd, &datagram, answer, strlen(answer));
}

static int serve(const char *text, char **places, int count)
{
    struct pollfd sockets[SOCKETS_MAX] = {0};
    nfds_t used = 0;
    for (int i = 0; i < count && used + 2 <= SOCKETS_MAX; i++) {
        sockets[used++] =
            (struct pollfd){.fd = open_server(places[i], SOCK_STREAM), .events = POLLIN};
        sockets[used++] =
            (struct pollfd){.fd = open_server(places[i], SOCK_DGRAM), .events = POLLIN};
        if (sockets[used - 2].fd < 0 || sockets[used - 1].fd < 0)
            return give_up(places[i], strerror(errno));
    }
    (void)puts("up");
    (void)fflush(stdout);
    for (;;) {
        (void)poll(sockets, used, -1);
        for (nfds_t i = 0; i < used; i++) {
            if (sockets[i].revents == 0)
                continue;
            if (i % 2 == 0)
                answer_tcp(sockets[i].fd, text);
            else
                answer_udp(sockets[i].fd, text);
        }
    }
}

/* ---- a client */

static int ask(const char *protocol, const char *host, const char *port, int timeout_ms)
{
    bool udp = strcmp(protocol, "udp") == 0;
    struct addrinfo hints = {.ai_socktype = udp ? SOCK_DGRAM : SOCK_STREAM};
    struct addrinfo *found = NULL;
    int error = getaddrinfo(host, port, &hints, &found);
    if (error != 0)
        return give_up(host, gai_strerror(error));
    int fd = socket(found->ai_family, found->ai_socktype, 0);
    if (fd < 0 || !set_timeouts(fd, timeout_ms) ||
        connect(fd, found->ai_addr, found->ai_addrlen) < 0 || write(fd, "ask\n", 4) < 0)
        return give_up(host, strerror(errno));
    char answer[MESSAGE_MAX];
    ssize_t length = read(fd, answer, sizeof(answer));
    if (length <= 0)
        return give_up(host, length == 0 ? "no answer" : strerror(errno));
    (void)fwrite(answer, 1, (size_t)length, stdout);
    return 0;
}

/* ---- DNS, RFC 1035: one question, at most one answer */

enum { DNS_HEADER = 12, DNS_A = 1, DNS_AAAA = 28 };

/* The question's name with dots; where it ends, or 0: it makes no sense. */
static size_t dns_name(const unsigned char *query, size_t size, char *name, size_t name_size)
{
    size_t at = DNS_HEADER, used = 0;
    name[0] = '\0';
    while (at < size && query[at] != 0) {
        size_t length = query[at];
        if (at + 1 + length >= size || used + length + 2 > name_size)
            return 0;
        used += (size_t)snprintf(name + used, name_size - used, "%s%.*s", used > 0 ? "." : "",
                                 (int)length, (const char *)query + at + 1);
        at += 1 + length;
    }
    return at + 5 <= size ? at + 1 : 0;
}

/* Is the name known, and its address of that type. */
static bool dns_find(char **entries, int count, const char *name, int type, unsigned char *address,
                     size_t *ret_size)
{
    bool known = false;
    *ret_size = 0;
    for (int i = 0; i < count; i++) {
        const char *equals = strchr(entries[i], '=');
        size_t length = equals ? (size_t)(equals - entries[i]) : 0;
        if (length == 0 || strlen(name) != length || strncasecmp(entries[i], name, length) != 0)
            continue;
        known = true;
        unsigned char parsed[16]; /* a text of the other family is written half as well */
        size_t size = 0;
        if (type == DNS_A && inet_pton(AF_INET, equals + 1, parsed) == 1)
            size = 4;
        if (type == DNS_AAAA && inet_pton(AF_INET6, equals + 1, parsed) == 1)
            size = 16;
        if (size > 0) {
            memcpy(address, parsed, size);
            *ret_size = size;
        }
    }
    return known;
}

/* Turns the query into its reply and returns the reply's size; 0: it is none. */
static size_t dns_reply(unsigned char *message, size_t size, char **entries, int count)
{
    char name[256];
    unsigned char address[16] = {0};
    size_t after = size > DNS_HEADER ? dns_name(message, size, name, sizeof(name)) : 0;
    if (after == 0)
        return 0;
    int type = message[after] << 8 | message[after + 1];
    size_t address_size = 0;
    bool known = dns_find(entries, count, name, type, address, &address_size);
    message[2] = 0x84 | (message[2] & 1); /* an answer, with authority */
    message[3] = known ? 0x80 : 0x83;     /* NXDOMAIN */
    memset(message + 6, 0, 6);
    message[7] = address_size > 0;
    size_t end = after + 4;
    if (address_size > 0) {
        const unsigned char record[12] = {0xc0, DNS_HEADER, 0, (unsigned char)type,
                                          0,    1,          0, 0,
                                          0,    60,         0, (unsigned char)address_size};
        memcpy(message + end, record, sizeof(record));
        memcpy(message + end + sizeof(record), address, address_size);
        end += sizeof(record) + address_size;
    }
    return end;
}

static int serve_dns(char **entries, int count)
{
    int fd = open_server("53", SOCK_DGRAM);
    if (fd < 0)
        return give_up("port 53", strerror(errno));
    (void)puts("up");
    (void)fflush(stdout);
    for (;;) {
        struct datagram datagram;
        ssize_t size = receive(fd, &datagram);
        /* Room for the answer behind the question. */
        size_t length = size > 0 && size <= MESSAGE_MAX - 64
                            ? dns_reply(datagram.bytes, (size_t)size, entries, count)
                            : 0;
        if (length > 0)
            reply(fd, &datagram, datagram.bytes, length);
    }
}

int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc > 3 && strcmp(argv[1], "serve") == 0)
        return serve(argv[2], argv + 3, argc - 3);
    if (argc > 4 && strcmp(argv[1], "ask") == 0)
        return ask(argv[2], argv[3], argv[4],
                   argc > 5 ? (int)strtol(argv[5], NULL, 10) : DEFAULT_TIMEOUT_MS);
    if (argc > 2 && strcmp(argv[1], "dns") == 0)
        return serve_dns(argv + 2, argc - 2);
    return give_up("usage", "talk serve|ask|dns");
}
