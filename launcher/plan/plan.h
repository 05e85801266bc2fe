/* plan.h - PURE: from a spec to everything that will be done, in order. No system call is made here.
 *
 * A plan has two halves: the steps of launcher on the host, and the init program, the steps of
 * cinit inside the container. `launcher plan` prints it, `launcher run` applies it.
 */
#ifndef LAUNCHER_PLAN_H
#define LAUNCHER_PLAN_H

#include "../spec/spec.h"

enum host_step_kind {
#define HOST(KIND, ...) HOST_##KIND,
#define OP(KIND, ...)
#include "../../shared/steps.def"
#undef HOST
#undef OP
    HOST_STEP_COUNT,
};

struct host_step {
    enum host_step_kind kind;
    const char *object; /* the two texts of the sentence in steps.def, never NULL */
    const char *detail;
};

struct program {
    unsigned char *bytes;
    size_t size;
};

/* The ops where cinit waits for launcher; WIRE_NO_OP: it doesn't. */
struct plan_barriers {
    uint32_t net;          /* for the container's interfaces */
    uint32_t create_hooks; /* for what is run before the root is changed: all is made but that */
    uint32_t start_hooks;  /* for what is run in the container before the payload */
};

struct plan {
    struct host_step *steps;
    size_t step_count;
    uint64_t clone_flags; /* CLONE_NEW* */
    bool needs_cgroup;
    bool by_systemd;  /* which makes the cgroup when there is a process to be moved there */
    bool sends_netns; /* launcher makes or opens the network namespace while cinit is at work */
    struct program program;
    struct plan_barriers barriers;
    uint32_t start; /* the op where cinit waits for launcher start; WIRE_NO_OP */
};

/* The namespace of this type that the container's first process is cloned in; NULL: none of others. The
 * network namespace is here only when others are, or a user namespace is new: else cinit joins it,
 * which spares a process. */
const struct spec_namespace *plan_joined(const struct spec *spec, enum namespace_type type);

/* Why launcher itself makes a mount tree, before the container's mounts are cut off from the host's,
 * and passes it to cinit, which attaches it. */
enum passed_kind {
    PASSED_NOT,
    PASSED_BIND,    /* the host's mounts are to reach it, or its mounts the host */
    PASSED_IDMAP,   /* with mapped ids, which takes rights over the file system */
    PASSED_COPY_UP, /* a tmpfs with a copy of what lies below it */
};
enum passed_kind plan_passed(const struct spec *spec, const struct spec_mount *mount,
                             struct arena *arena);

/* Builds the plan of a validated spec; everything in it lives in the arena.
 * Errors: a spec that can't be had, with a sentence (-EINVAL). */
MUST_CHECK int plan_build(const struct spec *spec, struct arena *arena, struct plan *ret_plan,
                          struct fail *fail);

/* The plan of one more process in a container that runs: `spec` is that of the container, with the
 * process that is wanted. There are no host steps, run/exec.c has them. With `spec->init` cinit stays
 * beside the process and reaps what it leaves behind; else it becomes the process. */
MUST_CHECK int plan_build_exec(const struct spec *spec, bool tied, struct arena *arena,
                               struct plan *ret_plan, struct fail *fail);

#endif
