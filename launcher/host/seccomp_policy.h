/* seccomp_policy.h - from the table of system calls, seccomp_policy.def, to a BPF program.
 *
 * Used twice: by tools/compile-seccomp.c while launcher is built, for the default capabilities, and
 * by launcher for every other set.
 */
#ifndef LAUNCHER_SECCOMP_POLICY_H
#define LAUNCHER_SECCOMP_POLICY_H

#include <linux/capability.h>
#include <linux/filter.h>
#include <stdint.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"

#define SECCOMP_CAPABILITY(name) (UINT64_C(1) << CAP_##name)

/* What docker leaves to a container, and the set whose filter is compiled while we are built. */
#define SECCOMP_DEFAULT_CAPABILITIES                                                             \
    (SECCOMP_CAPABILITY(CHOWN) | SECCOMP_CAPABILITY(DAC_OVERRIDE) | SECCOMP_CAPABILITY(FSETID) | \
     SECCOMP_CAPABILITY(FOWNER) | SECCOMP_CAPABILITY(MKNOD) | SECCOMP_CAPABILITY(NET_RAW) |      \
     SECCOMP_CAPABILITY(SETGID) | SECCOMP_CAPABILITY(SETUID) | SECCOMP_CAPABILITY(SETFCAP) |     \
     SECCOMP_CAPABILITY(SETPCAP) | SECCOMP_CAPABILITY(NET_BIND_SERVICE) |                        \
     SECCOMP_CAPABILITY(SYS_CHROOT) | SECCOMP_CAPABILITY(KILL) | SECCOMP_CAPABILITY(AUDIT_WRITE))

/* The capabilities that the policy asks for: two sets that agree in these bits get one filter. */
uint64_t seccomp_policy_capabilities(void);

/* Compiles the policy for a container with `capabilities` (bit n is capability n) for this machine
 * and its 32-bit siblings. The filter lives in the arena. */
MUST_CHECK int seccomp_policy_compile(uint64_t capabilities, struct arena *arena,
                                      const struct sock_filter **ret_filter, size_t *ret_count,
                                      struct fail *fail);

#endif
