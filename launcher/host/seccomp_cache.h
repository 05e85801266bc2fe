/* seccomp_cache.h - filters that were compiled before: an engine starts every container with the same
 * profile of 400 calls.
 *
 * Files seccomp-HASH.bpf in the state root, which is its owner's alone. A file holds the profile
 * itself and the filter, and is used for exactly that profile, compared byte by byte: the hash does no
 * more than to name the file, so that nobody gains by two profiles with one hash. It is used by exactly
 * that launcher too: another build may compile otherwise.
 *
 * Whatever is wrong (no directory, a full disk, a damaged file) only means that there is no cache.
 * At most SECCOMP_CACHE_FILES are kept; `launcher gc` and the end of /run remove them.
 */
#ifndef LAUNCHER_SECCOMP_CACHE_H
#define LAUNCHER_SECCOMP_CACHE_H

#include <linux/filter.h>
#include <stdbool.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"
#include "../spec/spec_oci.h"

enum { SECCOMP_CACHE_FILES = 64 };

/* `root_fd`: the state root, state_root.h. The filter lives in the arena. */
MUST_CHECK bool seccomp_cache_find(int root_fd, const struct spec_seccomp *profile,
                                   struct arena *arena, const struct sock_filter **ret_filter,
                                   size_t *ret_count);

/* Keeps the filter of a profile; the oldest goes when there are too many. */
void seccomp_cache_keep(int root_fd, const struct spec_seccomp *profile,
                        const struct sock_filter *filter, size_t count, struct arena *arena);

/* Removes all of them. */
void seccomp_cache_clear(int root_fd);

#endif
