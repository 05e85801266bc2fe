#include "net_probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { PACKET_MAX = 2048, DISCARD_PORT = 9, DNS_PORT = 53 };

enum {
    RESOLVER_MS = 1000,
    ATTEMPTS = 3, /* the first packet is lost when the kernel has just given its neighbour up */
    ATTEMPT_MS = 800,
};

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* this clock is always there */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* True when something can be read before the deadline. */
static bool wait_until(int fd, int64_t deadline_ms)
{
    struct pollfd answer = {.fd = fd, .events = POLLIN};
    while (true) {
        int64_t left = deadline_ms - now_ms();
        int ready = poll(&answer, 1, left > 0 ? (int)left : 0);
        if (ready >= 0 || errno != EINTR)
            return ready > 0;
    }
}

/* ---- the gateway ---- */

/* RFC 1071; the header and its data have an even size. */
static uint16_t checksum(const void *bytes, size_t size)
{
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < size; i += 2) {
        uint16_t word;
        memcpy(&word, (const unsigned char *)bytes + i, sizeof(word));
        sum += word;
    }
    sum = (sum >> 16) + (sum & 0xffff);
    sum += sum >> 16;
    return (uint16_t)~sum;
}

static bool is_reply(const unsigned char *packet, size_t size, struct in_addr from,
                     const struct icmphdr *request)
{
    struct iphdr ip;
    struct icmphdr reply;
    if (size < sizeof(ip))
        return false;
    memcpy(&ip, packet, sizeof(ip));
    if (size < (size_t)ip.ihl * 4 + sizeof(reply))
        return false;
    memcpy(&reply, packet + (size_t)ip.ihl * 4, sizeof(reply));
    return ip.saddr == from.s_addr && reply.type == ICMP_ECHOREPLY &&
           reply.un.echo.id == request->un.echo.id;
}

static bool await_reply(int fd, struct in_addr from, const struct icmphdr *request)
{
    unsigned char packet[PACKET_MAX];
    int64_t deadline_ms = now_ms() + ATTEMPT_MS;
    while (wait_until(fd, deadline_ms)) {
        ssize_t size = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);
        if (size > 0 && is_reply(packet, (size_t)size, from, request))
            return true;
    }
    return false;
}

int probe_echo(int fd, struct in_addr address, bool *ret_answered, struct fail *fail)
{
    const struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = address};
    struct icmphdr request = {.type = ICMP_ECHO};
    if (getrandom(&request.un.echo.id, sizeof(request.un.echo.id), 0) < 0)
        return fail_sys(fail, "choosing a number");
    request.checksum = checksum(&request, sizeof(request));
    *ret_answered = false;
    for (int i = 0; i < ATTEMPTS && !*ret_answered; i++) {
        if (sendto(fd, &request, sizeof(request), 0, (const struct sockaddr *)&to, sizeof(to)) < 0)
            return fail_sys(fail, "sending an echo request");
        *ret_answered = await_reply(fd, address, &request);
    }
    return 0;
}

/* ---- the name servers ---- */

struct dns_question {
    uint16_t id, flags, questions, answers, authorities, additionals;
    unsigned char name;          /* of the root: an empty label */
    unsigned char type[2];       /* NS */
    unsigned char class_code[2]; /* Internet */
} __attribute__((packed));

enum { DNS_RECURSE = 0x0100, DNS_NS = 2, DNS_INTERNET = 1, DNS_HEADER = 12 };

int probe_resolver(int fd, const union probe_server *server, int *ret_ms)
{
    struct dns_question question = {.flags = htons(DNS_RECURSE),
                                    .questions = htons(1),
                                    .type = {0, DNS_NS},
                                    .class_code = {0, DNS_INTERNET}};
    unsigned char answer[PACKET_MAX];
    int64_t start_ms = now_ms();
    socklen_t size = server->any.sa_family == AF_INET ? sizeof(server->ip4) : sizeof(server->ip6);
    if (getrandom(&question.id, sizeof(question.id), 0) < 0 ||
        connect(fd, &server->any, size) < 0 || send(fd, &question, sizeof(question), 0) < 0)
        return -errno;
    while (wait_until(fd, start_ms + RESOLVER_MS)) {
        ssize_t got = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
        if (got < 0 && errno != EAGAIN && errno != EINTR)
            return -errno; /* what an ICMP error said */
        *ret_ms = (int)(now_ms() - start_ms);
        if (got >= DNS_HEADER && memcmp(answer, &question.id, sizeof(question.id)) == 0)
            return 0;
    }
    return -ETIMEDOUT;
}

/* ---- what is forwarded ---- */

enum { NOBODY = 0xc0000201 }; /* 192.0.2.1 */

struct in_addr probe_nobody(void)
{
    return (struct in_addr){.s_addr = htonl(NOBODY)};
}

/* All that a busy host sends must not come by here: only IPv4 packets to that address do. */
static int filter(int fd)
{
    enum { ADDRESS_AT = 16 }; /* in the header of IPv4 */
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ADDRESS_AT),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NOBODY, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, PACKET_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog all = {.len = sizeof(program) / sizeof(program[0]), .filter = program};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &all, sizeof(all));
}

/* Only a socket for all protocols sees what goes out. It gets none until it is bound. */
int probe_open_watch(int *ret_fd, struct fail *fail)
{
    const struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    AUTO_FD int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || filter(fd) < 0 || bind(fd, (const struct sockaddr *)&all, sizeof(all)) < 0)
        return fail_sys(fail, "opening a packet socket");
    *ret_fd = take_fd(&fd);
    return 0;
}

struct parcel {
    unsigned char random[16];
};

static bool holds(const unsigned char *packet, size_t size, const struct parcel *parcel)
{
    struct iphdr ip;
    if (size < sizeof(ip))
        return false;
    memcpy(&ip, packet, sizeof(ip));
    size_t at = (size_t)ip.ihl * 4 + sizeof(struct udphdr);
    return size >= at + sizeof(*parcel) && memcmp(packet + at, parcel, sizeof(*parcel)) == 0;
}

/* On its way to the host it comes in by the bridge; it goes out by no link but when it is forwarded. */
static bool see_it_leave(int watch_fd, const struct parcel *parcel)
{
    unsigned char packet[PACKET_MAX];
    int64_t deadline_ms = now_ms() + ATTEMPT_MS;
    while (wait_until(watch_fd, deadline_ms)) {
        struct sockaddr_ll by = {.sll_family = AF_PACKET};
        socklen_t by_size = sizeof(by);
        ssize_t size = recvfrom(watch_fd, packet, sizeof(packet), MSG_DONTWAIT,
                                (struct sockaddr *)&by, &by_size);
        if (size > 0 && by.sll_pkttype == PACKET_OUTGOING && holds(packet, (size_t)size, parcel))
            return true;
    }
    return false;
}

int probe_forwarding(int fd, int watch_fd, bool *ret_left, struct fail *fail)
{
    const int hops = 2; /* this host and the next router, which drops it */
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(DISCARD_PORT), .sin_addr = probe_nobody()};
    struct parcel parcel;
    if (getrandom(&parcel, sizeof(parcel), 0) < 0)
        return fail_sys(fail, "choosing a number");
    if (setsockopt(fd, IPPROTO_IP, IP_TTL, &hops, sizeof(hops)) < 0)
        return fail_sys(fail, "limiting how far a packet goes");
    *ret_left = false;
    for (int i = 0; i < ATTEMPTS && !*ret_left; i++) {
        if (sendto(fd, &parcel, sizeof(parcel), 0, (const struct sockaddr *)&to, sizeof(to)) < 0)
            return fail_sys(fail, "sending a packet");
        *ret_left = see_it_leave(watch_fd, &parcel);
    }
    return 0;
}
