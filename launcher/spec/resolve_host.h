/* resolve_host.h - what launcher itself may do here: capabilities(7), user_namespaces(7). */
#ifndef LAUNCHER_RESOLVE_HOST_H
#define LAUNCHER_RESOLVE_HOST_H

#include "spec.h"

struct host {
    uint32_t uid, gid;     /* effective */
    bool privileged;       /* root with CAP_SYS_ADMIN: can make namespaces without a user one */
    uint64_t capabilities; /* permitted, bit n is capability n */
    bool
        in_user_namespace; /* not the first one: nodes can't be made, nor namespaces of others left */
    bool setgroups_denied;               /* in it, user_namespaces(7) */
    struct spec_id_mapping *uids, *gids; /* the ids that exist in launcher's user namespace */
    size_t uid_count, gid_count;
};

/* Reads the above from the kernel, all but the user ids, which few containers need. A host without
 * /proc counts as one with all ids. */
MUST_CHECK int read_host(struct arena *arena, struct host *ret_host, struct fail *fail);

/* Fills in the user ids. */
MUST_CHECK int read_host_uids(struct arena *arena, struct host *host, struct fail *fail);

#endif
