/* seccomp_file.h - PURE: a system call profile in a file of its own: run --seccomp FILE. It is what
 * linux.seccomp of a config.json is, or what docker and podman take, whose rules may have conditions
 * ("includes", "excludes") and whose architectures may be in an "archMap".
 */
#ifndef LAUNCHER_SECCOMP_FILE_H
#define LAUNCHER_SECCOMP_FILE_H

#include "spec.h"

/* Of "includes" a rule needs all, of "excludes" one is enough to lose it. */
struct seccomp_conditions {
    uint64_t capabilities; /* bit n is capability n */
    const char **machines; /* "amd64", by the names of Go */
    size_t machine_count;
    const char *least_kernel; /* "4.8" */
};

struct seccomp_file_rule {
    struct spec_seccomp_rule rule;
    struct seccomp_conditions includes, excludes;
};

/* The architectures that come with one that is the machine's own. */
struct seccomp_file_map {
    uint32_t native; /* AUDIT_ARCH_* */
    uint32_t *others;
    size_t other_count;
};

/* The file as it is written. */
struct seccomp_file {
    struct spec_seccomp profile;
    struct seccomp_file_map *maps;
    size_t map_count;
    struct seccomp_file_rule *rules;
    size_t rule_count;
};

/* What the conditions are about. */
struct seccomp_circumstances {
    uint64_t capabilities; /* the container's bounding set */
    const char *kernel;    /* uname(2) release */
};

/* Reads the text of such a file, and leaves out the rules that don't apply. Errors: "FILE:LINE:COLUMN:
 * FIELD: ..." (-EINVAL). */
MUST_CHECK int seccomp_file_read(const char *file, const char *text, size_t size,
                                 const struct seccomp_circumstances *circumstances,
                                 struct arena *arena, struct spec_seccomp *ret_profile,
                                 struct fail *fail);

#endif
