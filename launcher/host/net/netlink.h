/* netlink.h - the one netlink room: requests to the kernel's network, many in one system call.
 *
 * Messages are built with libnl's message builder and sent together: rtnetlink(7) works them off one
 * after the other, nfnetlink takes them as one transaction, all or nothing. The kernel does its work
 * within sendmsg(2), so every answer is there when that returns and nothing is waited for.
 */
#ifndef LAUNCHER_NETLINK_H
#define LAUNCHER_NETLINK_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>

#include "../../../shared/arena.h"
#include "../../../shared/fail.h"

struct netlink {
    int fd;
    uint32_t sequence; /* of the last message */
    int procfs_fd;     /* of netns.c: closing it takes its time, so it is done with the socket */
};

#define NETLINK_NONE ((struct netlink){.fd = -1, .procfs_fd = -1})
#define AUTO_NETLINK __attribute__((cleanup(netlink_close)))

/* A socket of this protocol (NETLINK_ROUTE, NETLINK_NETFILTER) in the network namespace of the caller,
 * to which it belongs for ever. */
MUST_CHECK int netlink_open(int protocol, struct netlink *ret_netlink, struct fail *fail);
void netlink_close(struct netlink *netlink);

enum { NETLINK_BATCH_MAX = 64 };

/* Requests that go out together. */
struct netlink_batch {
    struct nl_msg *messages[NETLINK_BATCH_MAX];
    const char
        *doing[NETLINK_BATCH_MAX];      /* the sentence of its error, lives as long as the batch */
    int passed_over[NETLINK_BATCH_MAX]; /* an error that is none here, as -EEXIST; 0: none is */
    size_t count;
    uint16_t subsystem; /* of the transaction; 0: it is none */
    bool full;          /* more was put in than fits: an error when it is sent */
};

#define AUTO_BATCH __attribute__((cleanup(netlink_discard)))

/* The first thing put into a batch for nfnetlink: its messages are done all or not at all. */
void netlink_begin_transaction(struct netlink_batch *batch, uint16_t subsystem, const char *doing);

/* Begins a message with its family header (struct ifinfomsg, nfgenmsg ...). `flags`: NLM_F_CREATE ...
 * beside NLM_F_REQUEST and NLM_F_ACK. What follows is put into this message. */
void netlink_begin(struct netlink_batch *batch, int type, int flags, const void *family,
                   size_t family_size, const char *doing);

/* The kernel's answer `error` (-EEXIST, -ENOENT ...) to this message is as good as success. */
void netlink_pass_over(struct netlink_batch *batch, int error);

/* Attributes of the message. Numbers are in the order of this machine, those of _be in the network's. */
void netlink_put(struct netlink_batch *batch, int type, const void *data, size_t size);
void netlink_put_text(struct netlink_batch *batch, int type, const char *text);
void netlink_put_u8(struct netlink_batch *batch, int type, uint8_t number);
void netlink_put_u32(struct netlink_batch *batch, int type, uint32_t number);
void netlink_put_u32_be(struct netlink_batch *batch, int type, uint32_t number);

/* An attribute that holds others: what is put until the closing is in it. */
struct nlattr *netlink_nest(struct netlink_batch *batch, int type);
void netlink_nest_end(struct netlink_batch *batch, struct nlattr *nest);

/* What stands in front of attributes within one, as the struct ifinfomsg of a veth's peer. */
void netlink_put_header(struct netlink_batch *batch, const void *header, size_t size);

/* Sends all messages in one system call, reads all answers and empties the batch. Errors: the first
 * that the kernel reported, with the sentence of its message and the kernel's own words. */
MUST_CHECK int netlink_send(struct netlink *netlink, struct netlink_batch *batch,
                            struct fail *fail);

void netlink_discard(struct netlink_batch *batch);

/* Takes one message of an answer; a negative return ends the reading with it. */
typedef int netlink_visitor(void *subject, const struct nlmsghdr *message, struct fail *fail);

/* Sends the one message of the batch, which asks for something (NLM_F_DUMP, or one object), and shows
 * every message of the answer to the visitor. */
MUST_CHECK int netlink_ask(struct netlink *netlink, struct netlink_batch *batch,
                           netlink_visitor *visitor, void *subject, struct fail *fail);

#endif
