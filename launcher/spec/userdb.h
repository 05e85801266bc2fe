/* userdb.h - PURE: passwd(5) and group(5) of a container, read as text, and the --user request.
 *
 * The C library's getpwnam(3) must not be used for these: it would read the host's files, and its
 * NSS would load libraries of whatever root it is pointed at (CVE-2019-14271).
 */
#ifndef LAUNCHER_USERDB_H
#define LAUNCHER_USERDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"

/* --user name[:group][,group...], cut into its pieces. */
struct user_request {
    const char *user;
    const char *group; /* NULL: the user's own */
    const char **more_groups;
    size_t more_group_count;
};

/* Errors: an empty piece, a second colon (CVE-2026-30892: never fall back to 0). */
MUST_CHECK int parse_user_request(const char *text, struct arena *arena,
                                  struct user_request *ret_request, struct fail *fail);

/* True when the text must be an id: it begins like a number, so it is never looked up as a name. */
bool looks_like_id(const char *text);

struct passwd_entry {
    const char *name;
    uint32_t uid, gid;
    const char *home; /* NULL: none that could be used */
};

/* Looks a user up by name, or by uid when `name` is NULL. `text` is the content of /etc/passwd.
 * `*ret_found` is false when there is no such user. Errors: the entry is malformed. */
MUST_CHECK int passwd_find(const char *text, const char *name, uint32_t uid, struct arena *arena,
                           struct passwd_entry *ret_entry, bool *ret_found, struct fail *fail);

/* The gid of a group by name, in the content of /etc/group. */
MUST_CHECK int group_find(const char *text, const char *name, struct arena *arena,
                          uint32_t *ret_gid, bool *ret_found, struct fail *fail);

/* Appends the gids of all groups that list `user` as a member. Malformed lines are skipped: a
 * supplementary group that is not gained can't do harm. */
void group_memberships(const char *text, const char *user, struct arena *arena, uint32_t **gids,
                       size_t *gid_count);

#endif
