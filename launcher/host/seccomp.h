/* seccomp.h - the default system call policy as a compiled filter; seccomp(2), libseccomp.
 *
 * The policy is docker's: an allow-list, everything else is EPERM (unknown system calls: ENOSYS);
 * some calls are allowed only to a container that has a capability (mount with CAP_SYS_ADMIN ...).
 * The filter for docker's default capabilities is compiled at build time, any other set here, by
 * seccomp_policy.c with libseccomp's tables of names and numbers.
 */
#ifndef LAUNCHER_SECCOMP_H
#define LAUNCHER_SECCOMP_H

#include <stdint.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"

/* `capabilities`: the bounding set of the container, bit n is capability n. The filter is an array
 * of struct sock_filter, in static memory or in the arena. */
MUST_CHECK int seccomp_default_filter(uint64_t capabilities, struct arena *arena,
                                      const void **ret_filter, size_t *ret_size, struct fail *fail);

#endif
