/* etc_files.h - the files of the host that one container sees as /etc/resolv.conf and /etc/hosts:
 * ID.resolv and ID.hosts in the state root.
 *
 * Both are bind-mounted, so they keep their inode for life: a change is a write in place. ID.hosts
 * exists for containers with several networks or with --add-host only (all others see NAME.leases of
 * their network):
 *
 *     # networks: front back
 *     127.0.0.1 localhost
 *     ::1 localhost ip6-localhost ip6-loopback
 *     10.0.0.5 db                      --add-host
 *     # network front
 *     10.111.0.2 web                   the lines of front.leases
 *     # network back
 *     ...
 *
 * Its first line says which networks it follows, the lines before the first "# network" are its own:
 * so whoever changes a network can write it anew without knowing the container.
 * All functions want the lock of the state root to be held (networks_lock), but for the removal.
 */
#ifndef LAUNCHER_ETC_FILES_H
#define LAUNCHER_ETC_FILES_H

#include "../../../shared/arena.h"
#include "../../../shared/fail.h"
#include "../../spec/spec.h"

/* Names of the files in the state root: ETC_RESOLV or ETC_HOSTS behind the id. */
#define ETC_RESOLV ".resolv"
#define ETC_HOSTS ".hosts"

/* Makes ID.resolv, or writes it anew. */
MUST_CHECK int etc_resolv_write(int root_fd, const char *id, const char *text, struct fail *fail);

/* Makes ID.hosts from --add-host and the leases of the interfaces' networks, or writes it anew. A
 * network whose leases can't be read has none. */
MUST_CHECK int etc_hosts_write(int root_fd, const char *id, const struct spec_network *network,
                               struct arena *arena, struct fail *fail);

/* Writes every ID.hosts that follows `network` anew after a change of it: what each says itself stays, the
 * leases are read again. Finds them by reading the state root. */
MUST_CHECK int etc_hosts_refresh_all(int root_fd, const char *network, struct arena *arena,
                                     struct fail *fail);

/* Removes what there is of both. Never fails: gc gets what stays. */
void etc_files_remove(int root_fd, const char *id);

/* ---- PURE, for the functions above and their tests ---- */

/* The lines of a NAME.leases without its header: no comments, no empty lines, no localhost. */
const char *etc_lease_lines(const char *leases, struct arena *arena);

/* The own part of an ID.hosts: all up to the first "# network NAME". */
const char *etc_hosts_own(const struct spec_network *network, struct arena *arena);

/* The names in its first line, NULL-terminated; none when the line isn't one of ours. */
const char **etc_hosts_networks(const char *text, struct arena *arena);

#endif
