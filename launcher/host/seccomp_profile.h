/* seccomp_profile.h - PURE: the system call profile of a config.json as a BPF program; seccomp(2),
 * config-linux.md "Seccomp".
 *
 * Means what it means for runc, which gives it to libseccomp, but is compiled here: libseccomp needs
 * milliseconds for a profile of 400 calls, and an engine starts every container with one. From the
 * library come the names and numbers of the calls.
 */
#ifndef LAUNCHER_SECCOMP_PROFILE_H
#define LAUNCHER_SECCOMP_PROFILE_H

#include <linux/filter.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"
#include "../spec/spec_oci.h"

/* The filter lives in the arena. When several rules fit a call, the strictest counts, as between
 * filters in the kernel. Names that no machine knows are passed over, as newer profiles have them;
 * calls that are newer than all of a profile get ENOSYS instead of its errno, so that programs fall
 * back to older ones. Errors: the program would be longer than the kernel takes (-EINVAL). */
MUST_CHECK int seccomp_profile_compile(const struct spec_seccomp *profile, struct arena *arena,
                                       const struct sock_filter **ret_filter, size_t *ret_count,
                                       struct fail *fail);

#endif
