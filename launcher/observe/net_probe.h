/* net_probe.h - packets that find out whether somebody answers.
 *
 * Each takes sockets that are open already, so it does not matter which network namespace they belong
 * to. A name server has a second to answer; packets that a neighbour's hardware address has to be
 * found for are sent again, for two seconds and a half in all.
 */
#ifndef LAUNCHER_NET_PROBE_H
#define LAUNCHER_NET_PROBE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "../../shared/fail.h"

/* Sends an echo request, RFC 792. `fd`: SOCK_RAW of IPPROTO_ICMP. */
MUST_CHECK int probe_echo(int fd, struct in_addr address, bool *ret_answered, struct fail *fail);

/* A name server's address, as of connect(2). */
union probe_server {
    struct sockaddr any;
    struct sockaddr_in ip4;
    struct sockaddr_in6 ip6;
};

/* Asks a name server for the servers of the root, RFC 1035; any answer counts. `fd`: SOCK_DGRAM of
 * the server's family. Errors: no answer (-ETIMEDOUT), nobody listens there (-ECONNREFUSED), no way
 * (-ENETUNREACH): without a sentence. `*ret_ms`: how long it took. */
MUST_CHECK int probe_resolver(int fd, const union probe_server *server, int *ret_ms);

/* An address that is nobody's, RFC 5737. */
struct in_addr probe_nobody(void);

/* Sees what leaves this host for probe_nobody(): SOCK_DGRAM of AF_PACKET, packet(7). */
MUST_CHECK int probe_open_watch(int *ret_fd, struct fail *fail);

/* Sends a packet to probe_nobody() from a socket inside (SOCK_DGRAM of AF_INET) and waits whether it
 * leaves the host. It goes no further than the next router. */
MUST_CHECK int probe_forwarding(int fd, int watch_fd, bool *ret_left, struct fail *fail);

#endif
