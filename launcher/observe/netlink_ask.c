#include "netlink_ask.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

enum { REQUEST_MAX = 512, REPLY_MAX = 4096 };

struct request {
    _Alignas(struct nlmsghdr) unsigned char bytes[REQUEST_MAX];
    size_t used;
};

/* Every part begins at a multiple of four, and three names are far from filling the buffer. */
static size_t put(struct request *request, const void *data, size_t size)
{
    size_t at = request->used;
    if (at + NLMSG_ALIGN(size) > sizeof(request->bytes))
        return at;
    if (size > 0)
        memcpy(request->bytes + at, data, size);
    request->used += NLMSG_ALIGN(size);
    return at;
}

static size_t begin_message(struct request *request, int type, int flags, const void *family,
                            size_t family_size)
{
    struct nlmsghdr header = {.nlmsg_type = (uint16_t)type,
                              .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags)};
    size_t at = put(request, &header, sizeof(header));
    (void)put(request, family, family_size);
    return at;
}

static void end_message(struct request *request, size_t at)
{
    uint32_t size = (uint32_t)(request->used - at);
    memcpy(request->bytes + at + offsetof(struct nlmsghdr, nlmsg_len), &size, sizeof(size));
}

static size_t put_attribute(struct request *request, int type, const void *data, size_t size)
{
    struct nlattr header = {.nla_type = (uint16_t)type,
                            .nla_len = (uint16_t)(sizeof(struct nlattr) + size)};
    size_t at = put(request, &header, sizeof(header));
    (void)put(request, data, size);
    return at;
}

static void end_attribute(struct request *request, size_t at)
{
    uint16_t size = (uint16_t)(request->used - at);
    memcpy(request->bytes + at + offsetof(struct nlattr, nla_len), &size, sizeof(size));
}

/* The acknowledgement is an error message, whose number is 0 when there was none. */
static int await_answer(int fd)
{
    _Alignas(struct nlmsghdr) unsigned char reply[REPLY_MAX];
    struct nlmsghdr header;
    struct nlmsgerr error;
    do {
        ssize_t size = recv(fd, reply, sizeof(reply), 0);
        if (size < 0)
            return -errno;
        if ((size_t)size < sizeof(header) + sizeof(error))
            return -EBADMSG;
        memcpy(&header, reply, sizeof(header));
    } while (header.nlmsg_type != NLMSG_ERROR);
    memcpy(&error, reply + NLMSG_HDRLEN, sizeof(error));
    return error.error;
}

static int ask(int protocol, const struct request *request)
{
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    AUTO_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (fd < 0 || sendto(fd, request->bytes, request->used, 0, (const struct sockaddr *)&kernel,
                         sizeof(kernel)) < 0)
        return -errno;
    return await_answer(fd);
}

int netlink_add_link(const char *kind, const char *name)
{
    struct request request = {.used = 0};
    const struct ifinfomsg family = {.ifi_family = AF_UNSPEC};
    size_t message = begin_message(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK,
                                   &family, sizeof(family));
    (void)put_attribute(&request, IFLA_IFNAME, name, strlen(name) + 1);
    size_t info = put_attribute(&request, IFLA_LINKINFO, NULL, 0);
    (void)put_attribute(&request, IFLA_INFO_KIND, kind, strlen(kind) + 1);
    end_attribute(&request, info);
    end_message(&request, message);
    return ask(NETLINK_ROUTE, &request);
}

/* nftables takes changes in batches only. */
int netlink_add_table(const char *name)
{
    struct request request = {.used = 0};
    const struct nfgenmsg batch = {.version = NFNETLINK_V0, .res_id = htons(NFNL_SUBSYS_NFTABLES)};
    const struct nfgenmsg family = {.nfgen_family = NFPROTO_INET, .version = NFNETLINK_V0};
    size_t message = begin_message(&request, NFNL_MSG_BATCH_BEGIN, 0, &batch, sizeof(batch));
    end_message(&request, message);
    message = begin_message(&request, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE,
                            NLM_F_CREATE | NLM_F_ACK, &family, sizeof(family));
    (void)put_attribute(&request, NFTA_TABLE_NAME, name, strlen(name) + 1);
    end_message(&request, message);
    message = begin_message(&request, NFNL_MSG_BATCH_END, 0, &batch, sizeof(batch));
    end_message(&request, message);
    return ask(NETLINK_NETFILTER, &request);
}
