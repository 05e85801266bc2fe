/* network_text.h - PURE: networks and names as they are written on a command line.
 *
 * The rules of parse.h hold: the whole text or nothing, 0 or -EINVAL with a sentence. What is written
 * here can be read again: interface_text is the way back.
 */
#ifndef LAUNCHER_NETWORK_TEXT_H
#define LAUNCHER_NETWORK_TEXT_H

#include "../../shared/arena.h"
#include "../../shared/fail.h"
#include "spec.h"

#define NETWORK_DEFAULT "launcher0" /* what --net bridge means */

enum {
    INTERFACES_MAX = 16,       /* of one container */
    INTERFACE_TEXT_SIZE = 160, /* for interface_text, with the NUL */
};

/* One --net. */
struct net_text {
    enum net_mode mode;
    struct spec_interface interface; /* NET_BRIDGE; its name is NULL unless name= gave one */
    const char *join;                /* NET_JOIN: ns:PATH */
    const char *container;           /* NET_JOIN: container:ID */
    const char **pasta_options;      /* NET_PASTA */
    size_t pasta_option_count;
};

/* none | host | [bridge:]NETWORK[,ip=A][,ip6=A][,mac=M][,name=IFNAME] | bridge[,...] | container:ID |
 * ns:PATH | pasta[,OPTION...]. */
MUST_CHECK int parse_net(const char *text, struct arena *arena, struct net_text *ret_net,
                         struct fail *fail);

/* What the kernel takes for an interface other than lo. */
MUST_CHECK int check_interface_name(const char *name, struct fail *fail);

/* A network's name is its bridge's, a file's and a word of --net: up to 15 letters, digits, '_', '.'
 * and '-', the first of them a letter or digit, and none of the modes. */
MUST_CHECK int check_network_word(const char *name, struct fail *fail);

/* The address of a name server: any but multicast and unspecified ones. */
MUST_CHECK int check_dns_server(const char *text, struct fail *fail);

/* A domain for the search list of resolv.conf(5); "." alone: none. */
MUST_CHECK int check_dns_search(const char *text, struct fail *fail);

/* One word for the options line of resolv.conf(5): "ndots:2". */
MUST_CHECK int check_dns_option(const char *text, struct fail *fail);

/* NAME:ADDRESS, a line of hosts(5): the name is the key, the address the value. */
MUST_CHECK int parse_added_host(const char *text, struct arena *arena, struct spec_pair *ret_host,
                                struct fail *fail);

/* "launcher0,ip=10.111.0.9,name=eth0", as --net takes it. Returns `buffer`. */
const char *interface_text(const struct spec_interface *interface,
                           char buffer[INTERFACE_TEXT_SIZE]);

/* The word of --net: "bridge"; "ns" for NET_JOIN. */
const char *net_mode_name(enum net_mode mode);

#endif
