/* net_floor.c - the floor of plugging a container into a bridge: nothing but the requests.
 *
 *     net_floor BRIDGE [ROUNDS]
 *
 * Makes a network namespace and, by turns of netlink requests that are the same as launcher's, a veth
 * pair with one end in it, its addresses and default routes, IPv4 and IPv6, and the two questions to
 * nftables by which launcher knows that its rules are there. Everything is put together before the
 * clock starts. Prints the median of the time that they take in microseconds. Needs the bridge, and
 * launcher's table.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HOST_END "netfloor0"

enum { ROUNDS_MAX = 1000, BUFFER_SIZE = 4096, ANSWER_SIZE = 32768, FAMILY_INET = 1 };

struct request {
    _Alignas(struct nlmsghdr) unsigned char bytes[BUFFER_SIZE];
    size_t size, message; /* begin of the message that is being put together */
};

static void die(const char *doing)
{
    (void)fprintf(stderr, "net_floor: %s: %s\n", doing, strerror(errno));
    exit(EXIT_FAILURE);
}

/* ---- messages ---- */

static void put(struct request *request, const void *data, size_t size)
{
    if (size > 0)
        memcpy(request->bytes + request->size, data, size);
    request->size += NLMSG_ALIGN(size);
}

static void begin(struct request *request, int type, int flags, const void *family, size_t size)
{
    struct nlmsghdr header = {.nlmsg_type = (uint16_t)type,
                              .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags)};
    request->message = request->size;
    put(request, &header, sizeof(header));
    put(request, family, size);
}

static size_t attribute(struct request *request, int type, const void *data, size_t size)
{
    struct nlattr header = {.nla_type = (uint16_t)type,
                            .nla_len = (uint16_t)(sizeof(header) + size)};
    size_t at = request->size;
    put(request, &header, sizeof(header));
    put(request, data, size);
    return at;
}

static void end_nest(struct request *request, size_t at)
{
    uint16_t size = (uint16_t)(request->size - at);
    memcpy(request->bytes + at, &size, sizeof(size));
}

static void end(struct request *request)
{
    uint32_t size = (uint32_t)(request->size - request->message);
    memcpy(request->bytes + request->message, &size, sizeof(size));
}

static struct request veth(uint32_t bridge, int netns_fd)
{
    static const struct ifinfomsg up = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP}, plain;
    static const unsigned char mac[] = {2, 0x4c, 10, 111, 255, 254};
    struct request request = {.size = 0};
    begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &up, sizeof(up));
    (void)attribute(&request, IFLA_IFNAME, HOST_END, sizeof(HOST_END));
    (void)attribute(&request, IFLA_MASTER, &bridge, sizeof(bridge));
    size_t info = attribute(&request, IFLA_LINKINFO, NULL, 0);
    (void)attribute(&request, IFLA_INFO_KIND, "veth", 5);
    size_t data = attribute(&request, IFLA_INFO_DATA, NULL, 0);
    size_t peer = attribute(&request, VETH_INFO_PEER, NULL, 0);
    put(&request, &plain, sizeof(plain));
    (void)attribute(&request, IFLA_IFNAME, "eth0", 5);
    (void)attribute(&request, IFLA_ADDRESS, mac, sizeof(mac));
    (void)attribute(&request, IFLA_NET_NS_FD, &netns_fd, sizeof(netns_fd));
    end_nest(&request, peer);
    end_nest(&request, data);
    end_nest(&request, info);
    end(&request);
    return request;
}

static void bring_up(struct request *request, int index)
{
    const struct ifinfomsg up = {.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    begin(request, RTM_NEWLINK, 0, &up, sizeof(up));
    end(request);
}

static void address(struct request *request, int family, const char *text, unsigned char prefix,
                    int index)
{
    unsigned char bytes[16];
    size_t size = family == AF_INET ? 4 : 16;
    const struct ifaddrmsg head = {.ifa_family = (unsigned char)family,
                                   .ifa_prefixlen = prefix,
                                   .ifa_flags = family == AF_INET6 ? IFA_F_NODAD : 0,
                                   .ifa_index = (uint32_t)index};
    (void)inet_pton(family, text, bytes);
    begin(request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &head, sizeof(head));
    (void)attribute(request, IFA_LOCAL, bytes, size);
    (void)attribute(request, IFA_ADDRESS, bytes, size);
    end(request);
}

static void route(struct request *request, int family, const char *text, int index)
{
    unsigned char bytes[16];
    const struct rtmsg head = {.rtm_family = (unsigned char)family,
                               .rtm_table = RT_TABLE_MAIN,
                               .rtm_protocol = RTPROT_STATIC,
                               .rtm_type = RTN_UNICAST};
    (void)inet_pton(family, text, bytes);
    begin(request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
    (void)attribute(request, RTA_GATEWAY, bytes, family == AF_INET ? 4 : 16);
    (void)attribute(request, RTA_OIF, &index, sizeof(index));
    end(request);
}

static struct request inside(int index)
{
    struct request request = {.size = 0};
    bring_up(&request, 1);
    bring_up(&request, index);
    address(&request, AF_INET, "10.111.255.254", 16, index);
    address(&request, AF_INET6, "fd4c::a6f:fffe", 64, index);
    route(&request, AF_INET, "10.111.0.1", index);
    route(&request, AF_INET6, "fd4c::1", index);
    return request;
}

static struct request question(int kind, int flags, int table, int object, const char *name)
{
    const struct nfgenmsg family = {.nfgen_family = FAMILY_INET, .version = NFNETLINK_V0};
    struct request request = {.size = 0};
    begin(&request, NFNL_SUBSYS_NFTABLES << 8 | kind, flags, &family, sizeof(family));
    (void)attribute(&request, table, "launcher", sizeof("launcher"));
    (void)attribute(&request, object, name, strlen(name) + 1);
    end(&request);
    return request;
}

/* ---- sockets ---- */

static void send_all(int fd, const struct request *request, const char *doing)
{
    unsigned char answer[ANSWER_SIZE];
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    if (sendto(fd, request->bytes, request->size, 0, (const struct sockaddr *)&kernel,
               sizeof(kernel)) < 0)
        die(doing);
    while (recv(fd, answer, sizeof(answer), MSG_DONTWAIT) > 0) {
        const struct nlmsghdr *header = (const void *)answer;
        const struct nlmsgerr *error = (const void *)(answer + NLMSG_HDRLEN);
        if (header->nlmsg_type == NLMSG_ERROR && error->error != 0) {
            errno = -error->error;
            die(doing);
        }
    }
}

static int open_socket(int protocol)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (fd < 0)
        die("opening a netlink socket");
    return fd;
}

static int index_of(int fd, const char *name)
{
    struct ifreq request = {.ifr_ifindex = 0};
    (void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    if (ioctl(fd, SIOCGIFINDEX, &request) < 0)
        die(name);
    return request.ifr_ifindex;
}

/* ---- measuring ---- */

static double now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

struct namespaces {
    int home, container, inside; /* `inside`: a socket */
};

static struct namespaces make_namespace(void)
{
    struct namespaces made = {.home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)};
    if (made.home < 0 || unshare(CLONE_NEWNET) < 0)
        die("making a network namespace");
    made.inside = open_socket(NETLINK_ROUTE);
    made.container = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (made.container < 0 || setns(made.home, CLONE_NEWNET) < 0)
        die("returning");
    return made;
}

static double measure(int bridge)
{
    struct namespaces made = make_namespace();
    struct request pair = veth((uint32_t)bridge, made.container);
    struct request chain =
        question(NFT_MSG_GETCHAIN, 0, NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME, "forward");
    struct request set = question(NFT_MSG_GETSETELEM, NLM_F_DUMP, NFTA_SET_ELEM_LIST_TABLE,
                                  NFTA_SET_ELEM_LIST_SET, "bridges");
    double start = now_us();
    int rules = open_socket(NETLINK_NETFILTER);
    send_all(rules, &chain, "asking for a chain");
    send_all(rules, &set, "asking for a set");
    int host = open_socket(NETLINK_ROUTE);
    send_all(host, &pair, "making the veth pair");
    struct request rest = inside(index_of(made.inside, "eth0"));
    send_all(made.inside, &rest, "configuring eth0");
    double took = now_us() - start;
    const int all[] = {rules, host, made.inside, made.container, made.home};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        (void)close(all[i]);
    return took;
}

/* The kernel removes the pair with its namespace, in the background. */
static void wait_until_gone(void)
{
    while (if_nametoindex(HOST_END) != 0)
        (void)usleep(1000);
}

static int compare(const void *left, const void *right)
{
    double one = *(const double *)left, other = *(const double *)right;
    return (one > other) - (one < other);
}

int main(int argc, char **argv)
{
    static double times[ROUNDS_MAX];
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 1;
    if (argc < 2 || rounds < 1 || rounds > ROUNDS_MAX) {
        (void)fprintf(stderr, "usage: net_floor BRIDGE [ROUNDS]\n");
        return EXIT_FAILURE;
    }
    int probe = open_socket(NETLINK_ROUTE);
    int bridge = index_of(probe, argv[1]);
    for (int i = 0; i < rounds; i++) {
        times[i] = measure(bridge);
        wait_until_gone();
    }
    qsort(times, (size_t)rounds, sizeof(times[0]), compare);
    (void)printf("%.0f\n", times[rounds / 2]);
    return 0;
}
