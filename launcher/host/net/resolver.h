/* resolver.h - decides what the container sees as /etc/resolv.conf.
 *
 * The host's own file where that works inside too: it then follows the host, also when the host moves
 * to another network. A host's file that names loopback servers only (systemd-resolved, dnsmasq) is
 * of no use in another network namespace: there the file is taken from which that server has its own
 * servers, and only when there is none, a text is made.
 */
#ifndef LAUNCHER_RESOLVER_H
#define LAUNCHER_RESOLVER_H

#include "../../../shared/arena.h"
#include "../../../shared/fail.h"
#include "../../spec/spec.h"

/* Either path or text is set, never both. */
struct resolver {
    const char *path; /* file of the host, to be bind-mounted as it is, read-only */
    const char *text; /* to be written to ID.resolv, which is bind-mounted */
    const char
        *warning;     /* a sentence without a period: no name will be resolved; NULL: all is well */
    const char *hint; /* its cure */
};

/* `host_root` goes before every path that is read: "" on a real host, a directory in a test. With
 * NET_NONE and NET_JOIN the answer is as for NET_BRIDGE, but without a warning: names can't be
 * resolved anyway, or by what the other namespace has. A host's file that can't be read, or that
 * is longer than 64 KiB, is a warning like one that is missing. Errors: a --dns ADDR that is no
 * address (-EINVAL). */
MUST_CHECK int resolver_decide(const struct spec_network *network, const char *host_root,
                               struct arena *arena, struct resolver *ret_resolver,
                               struct fail *fail);

#endif
