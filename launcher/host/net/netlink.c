#include "netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

enum {
    MESSAGE_MAX = 2048,     /* one of ours; the largest, a rule of nftables, has 700 bytes */
    ANSWER_MAX = 32 * 1024, /* netlink(7): what a dump fills in one go */
};

#ifndef NETLINK_EXT_ACK
#define NETLINK_EXT_ACK 11
#endif
#ifndef NETLINK_CAP_ACK
#define NETLINK_CAP_ACK 10
#endif

int netlink_open(int protocol, struct netlink *ret_netlink, struct fail *fail)
{
    const int on = 1;
    AUTO_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (fd < 0)
        return fail_sys(fail, "opening a netlink socket");
    /* Errors in the kernel's own words, and without the request in them. Only the words get worse when
     * a kernel has not got these. */
    (void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
    (void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
    *ret_netlink = (struct netlink){.fd = take_fd(&fd), .procfs_fd = -1};
    return 0;
}

void netlink_close(struct netlink *netlink)
{
    own_close(&netlink->fd);
    own_close(&netlink->procfs_fd);
}

/* ---- building ---- */

static void begin(struct netlink_batch *batch, int type, int flags, const void *family,
                  size_t family_size, const char *doing)
{
    struct nl_msg *message =
        batch->count < NETLINK_BATCH_MAX ? nlmsg_alloc_size(MESSAGE_MAX) : NULL;
    if (message == NULL) {
        batch->full = true;
        return;
    }
    batch->messages[batch->count] = message;
    batch->doing[batch->count] = doing;
    batch->passed_over[batch->count] = 0;
    batch->count++;
    (void)nlmsg_put(message, 0, 0, type, 0, NLM_F_REQUEST | flags); /* 16 bytes fit */
    netlink_put_header(batch, family, family_size);
}

void netlink_begin(struct netlink_batch *batch, int type, int flags, const void *family,
                   size_t family_size, const char *doing)
{
    begin(batch, type, NLM_F_ACK | flags, family, family_size, doing);
}

/* The marks at both ends are not acknowledged, or only by newer kernels. */
static void put_mark(struct netlink_batch *batch, int type, const char *doing)
{
    const struct nfgenmsg family = {.version = NFNETLINK_V0, .res_id = htons(batch->subsystem)};
    begin(batch, type, 0, &family, sizeof(family), doing);
}

void netlink_begin_transaction(struct netlink_batch *batch, uint16_t subsystem, const char *doing)
{
    batch->subsystem = subsystem;
    put_mark(batch, NFNL_MSG_BATCH_BEGIN, doing);
}

/* NULL: there is none, and `full` is set. */
static struct nl_msg *current(struct netlink_batch *batch)
{
    return batch->full ? NULL : batch->messages[batch->count - 1];
}

void netlink_pass_over(struct netlink_batch *batch, int error)
{
    if (current(batch) != NULL)
        batch->passed_over[batch->count - 1] = error;
}

void netlink_put(struct netlink_batch *batch, int type, const void *data, size_t size)
{
    struct nl_msg *message = current(batch);
    if (message != NULL && nla_put(message, type, (int)size, data) < 0)
        batch->full = true;
}

void netlink_put_text(struct netlink_batch *batch, int type, const char *text)
{
    netlink_put(batch, type, text, strlen(text) + 1);
}

void netlink_put_u8(struct netlink_batch *batch, int type, uint8_t number)
{
    netlink_put(batch, type, &number, sizeof(number));
}

void netlink_put_u32(struct netlink_batch *batch, int type, uint32_t number)
{
    netlink_put(batch, type, &number, sizeof(number));
}

void netlink_put_u32_be(struct netlink_batch *batch, int type, uint32_t number)
{
    netlink_put_u32(batch, type, htonl(number));
}

struct nlattr *netlink_nest(struct netlink_batch *batch, int type)
{
    struct nl_msg *message = current(batch);
    struct nlattr *nest = message != NULL ? nla_nest_start(message, type | NLA_F_NESTED) : NULL;
    if (nest == NULL)
        batch->full = true;
    return nest;
}

void netlink_nest_end(struct netlink_batch *batch, struct nlattr *nest)
{
    struct nl_msg *message = current(batch);
    if (message != NULL && nest != NULL)
        (void)nla_nest_end(message, nest); /* never fails in a message that is not full */
}

void netlink_put_header(struct netlink_batch *batch, const void *header, size_t size)
{
    struct nl_msg *message = current(batch);
    void *place = message != NULL ? nlmsg_reserve(message, size, NLMSG_ALIGNTO) : NULL;
    if (place == NULL)
        batch->full = true;
    else
        memcpy(place, header, size);
}

void netlink_discard(struct netlink_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        nlmsg_free(batch->messages[i]);
    *batch = (struct netlink_batch){.count = 0};
}

/* ---- sending ---- */

static int send_all(struct netlink *netlink, struct netlink_batch *batch, struct fail *fail)
{
    struct iovec parts[NETLINK_BATCH_MAX];
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    struct msghdr all = {.msg_name = &kernel,
                         .msg_namelen = sizeof(kernel),
                         .msg_iov = parts,
                         .msg_iovlen = (uint16_t)batch->count};
    if (batch->full)
        return fail_code(fail, -EMSGSIZE, "building netlink messages");
    for (size_t i = 0; i < batch->count; i++) {
        struct nlmsghdr *header = nlmsg_hdr(batch->messages[i]);
        header->nlmsg_seq = ++netlink->sequence;
        parts[i] = (struct iovec){.iov_base = header, .iov_len = NLMSG_ALIGN(header->nlmsg_len)};
    }
    if (sendmsg(netlink->fd, &all, 0) < 0)
        return fail_sys(fail, "%s", batch->count > 0 ? batch->doing[0] : "sending a request");
    return 0;
}

/* The reason in the words of the kernel, where it has more than a number for it. */
static const char *words_of(const struct nlmsghdr *header)
{
    struct nlattr *attributes[NLMSGERR_ATTR_MAX + 1] = {NULL};
    const int size = (int)sizeof(struct nlmsgerr);
    if (!(header->nlmsg_flags & NLM_F_ACK_TLVS) || !(header->nlmsg_flags & NLM_F_CAPPED) ||
        nlmsg_parse((struct nlmsghdr *)(uintptr_t)header, size, attributes, NLMSGERR_ATTR_MAX,
                    NULL) < 0 ||
        attributes[NLMSGERR_ATTR_MSG] == NULL)
        return NULL;
    return nla_get_string(attributes[NLMSGERR_ATTR_MSG]);
}

static int raise(const struct nlmsghdr *header, int error, const char *doing, struct fail *fail)
{
    const char *words = words_of(header);
    (void)fail_code(fail, error, "%s", doing);
    if (words == NULL)
        return fail->code;
    (void)fail_set(fail, "%s: %s (%s)", doing, words, strerror(-error));
    fail->code = error;
    return error;
}

/* What is being read: answers to the messages after `first`. */
struct reading {
    const struct netlink_batch *batch;
    uint32_t first;
    size_t answered;
    netlink_visitor *visitor; /* NULL: only answers are expected */
    void *subject;
    bool done;
};

/* The acknowledgement is an error message, whose number is 0 when there was none. The first error
 * stays; the answers behind it are read as well, so that they don't wait for the next request. */
static int take_answer(struct reading *reading, const struct nlmsghdr *header, struct fail *fail)
{
    const struct nlmsgerr *answer = nlmsg_data(header);
    uint32_t index = header->nlmsg_seq - reading->first;
    const struct netlink_batch *batch = reading->batch;
    if (header->nlmsg_len < NLMSG_LENGTH(sizeof(*answer)) || index >= batch->count)
        return 0; /* not an answer to one of ours */
    reading->answered++;
    reading->done = true;
    if (answer->error == 0 || answer->error == batch->passed_over[index] || fail->code < 0)
        return 0;
    return raise(header, answer->error, batch->doing[index], fail);
}

static int take_message(struct reading *reading, const struct nlmsghdr *header, struct fail *fail)
{
    if (header->nlmsg_type == NLMSG_ERROR)
        return take_answer(reading, header, fail);
    if (header->nlmsg_type == NLMSG_DONE)
        reading->done = true;
    else if (reading->visitor != NULL)
        return reading->visitor(reading->subject, header, fail);
    return 0;
}

/* One recv(2), which brings one or more messages. Returns the bytes, 0 when there is nothing. */
static int read_some(struct netlink *netlink, struct reading *reading, int flags, struct fail *fail)
{
    _Alignas(struct nlmsghdr) unsigned char bytes[ANSWER_MAX];
    ssize_t size = recv(netlink->fd, bytes, sizeof(bytes), flags);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return errno == EINTR;
    if (size < 0)
        return fail_sys(fail, "reading the kernel's answer");
    int result = 0;
    int left = (int)size;
    for (struct nlmsghdr *header = (void *)bytes; nlmsg_ok(header, left);
         header = nlmsg_next(header, &left)) {
        int taken = take_message(reading, header, fail);
        result = result < 0 ? result : taken;
    }
    return result < 0 && reading->visitor != NULL ? result : (int)size;
}

/* Everything has been answered when sendmsg returns: what is not there will not come. */
static int read_answers(struct netlink *netlink, struct reading *reading, struct fail *fail)
{
    struct fail first = {0};
    int got;
    do
        got = read_some(netlink, reading, MSG_DONTWAIT, &first);
    while (got > 0);
    if (first.code < 0) {
        *fail = first;
        return first.code;
    }
    return got;
}

static size_t expected_answers(const struct netlink_batch *batch)
{
    return batch->count - (batch->subsystem != 0 ? 2 : 0);
}

int netlink_send(struct netlink *netlink, struct netlink_batch *batch, struct fail *fail)
{
    if (batch->count == 0)
        return 0;
    if (batch->subsystem != 0)
        put_mark(batch, NFNL_MSG_BATCH_END, batch->doing[0]);
    struct reading reading = {.batch = batch, .first = netlink->sequence + 1};
    int result = send_all(netlink, batch, fail);
    if (result >= 0)
        result = read_answers(netlink, &reading, fail);
    if (result >= 0 && reading.answered < expected_answers(batch))
        result = fail_code(fail, -EIO, "%s: the kernel gave no answer", batch->doing[0]);
    netlink_discard(batch);
    return result < 0 ? result : 0;
}

int netlink_ask(struct netlink *netlink, struct netlink_batch *batch, netlink_visitor *visitor,
                void *subject, struct fail *fail)
{
    struct reading reading = {
        .batch = batch, .first = netlink->sequence + 1, .visitor = visitor, .subject = subject};
    struct fail own = {0};
    int result = send_all(netlink, batch, &own);
    while (result >= 0 && !reading.done)
        result = read_some(netlink, &reading, 0, &own);
    netlink_discard(batch);
    if (own.code >= 0)
        return 0;
    *fail = own;
    return own.code;
}
