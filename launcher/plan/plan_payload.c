/* PURE: no system call is made in this file. */
#include <string.h>

#include "plan_program.h"

static void plan_rlimits(const struct spec_process *process, struct encoder *encoder)
{
    for (size_t i = 0; i < process->rlimit_count; i++) {
        const struct spec_rlimit *rlimit = &process->rlimits[i];
        struct op_rlimit *op = encode_op(encoder, OP_RLIMIT, 0);
        op->name = encode_text(encoder, rlimit->name);
        op->resource = (uint32_t)rlimit->resource;
        op->soft = rlimit->soft;
        op->hard = rlimit->hard;
    }
}

void plan_procfs(struct encoder *encoder, enum op_kind kind, const char *path, const char *value,
                 const char *name)
{
    struct op_procfs *op = encode_op(encoder, kind, 0);
    op->path = encode_text(encoder, path);
    op->value = encode_text(encoder, value);
    op->name = encode_text(encoder, name);
}

static void plan_oom_score(const struct spec_process *process, struct encoder *encoder)
{
    if (process->oom_score_adj.set)
        plan_procfs(encoder, OP_OOM_SCORE, "self/oom_score_adj",
                    arena_printf(encoder->arena, "%lld", (long long)process->oom_score_adj.value),
                    NULL);
}

/* What the security module does at execve(2). What there is no profile for fails now, when the container
 * is created. Those that this host has not got are not in the spec any more, bundle_labels.c. */
static void plan_labels(const struct spec *spec, struct encoder *encoder)
{
    const char *profile = spec->oci.apparmor_profile, *label = spec->oci.selinux_label;
    struct arena *arena = encoder->arena;
    if (profile != NULL)
        plan_procfs(encoder, OP_LABEL, "self/attr/apparmor/exec",
                    arena_printf(arena, "exec %s", profile),
                    arena_printf(arena, "AppArmor profile %s", profile));
    if (label != NULL)
        plan_procfs(encoder, OP_LABEL, "self/attr/exec", label,
                    arena_printf(arena, "SELinux label %s", label));
}

static void add_limit(struct encoder *encoder, enum op_kind kind, struct limit limit)
{
    if (!limit.set)
        return;
    struct op_number *op = encode_op(encoder, kind, 0);
    op->value = limit.value;
}

static void plan_scheduling(const struct spec_process *process, struct encoder *encoder)
{
    if (process->scheduler.set) {
        struct op_scheduler *op = encode_op(encoder, OP_SCHEDULER, 0);
        op->size = sizeof(*op) - offsetof(struct op_scheduler, size);
        op->policy = process->scheduler.policy;
        op->nice = process->scheduler.nice;
        op->priority = process->scheduler.priority;
        op->flags = process->scheduler.flags;
        op->runtime_ns = process->scheduler.runtime_ns;
        op->deadline_ns = process->scheduler.deadline_ns;
        op->period_ns = process->scheduler.period_ns;
    }
    add_limit(encoder, OP_IO_PRIORITY, process->io_priority);
    if (process->cpu_affinity != NULL) {
        struct op_affinity *op = encode_op(encoder, OP_AFFINITY, 0);
        op->cpus = encode_text(encoder, process->cpu_affinity);
        op->mask = encode_blob(encoder, process->cpu_affinity_mask, process->cpu_affinity_size);
    }
}

static void plan_seccomp(const struct spec *spec, struct encoder *encoder)
{
    if (spec->seccomp_filter == NULL)
        return;
    unsigned flags = spec->oci.seccomp != NULL ? spec->oci.seccomp->flags : 0;
    struct op_seccomp *op = encode_op(encoder, OP_SECCOMP, flags);
    op->filter = encode_blob(encoder, spec->seccomp_filter, spec->seccomp_filter_size);
}

/* setresuid(2) from 0 to another user clears all capabilities, unless told otherwise first. */
static bool wants_caps_of_other_user(const struct spec_process *process)
{
    const struct spec_capabilities *caps = &process->capabilities;
    return process->user.uid != 0 && (caps->permitted | caps->inheritable | caps->ambient) != 0;
}

static void plan_user(const struct spec *spec, struct encoder *encoder)
{
    const struct spec_user *user = &spec->process.user;
    if (wants_caps_of_other_user(&spec->process))
        (void)encode_op(encoder, OP_KEEP_CAPS, 0);
    struct op_user *op = encode_op(encoder, OP_USER, spec->deny_setgroups ? USER_KEEP_GROUPS : 0);
    op->groups = encode_blob(encoder, user->additional_gids,
                             user->additional_gid_count * sizeof(*user->additional_gids));
    op->uid = user->uid;
    op->gid = user->gid;

    struct op_caps *caps = encode_op(encoder, OP_CAPS, 0);
    caps->effective = spec->process.capabilities.effective;
    caps->permitted = spec->process.capabilities.permitted;
    caps->inheritable = spec->process.capabilities.inheritable;
    caps->ambient = spec->process.capabilities.ambient;
}

static const char *payload_path(const struct spec_process *process)
{
    for (size_t i = 0; i < process->environment_count; i++)
        if (strncmp(process->environment[i], "PATH=", 5) == 0)
            return process->environment[i] + 5;
    return "/bin:/usr/bin"; /* as execvp(3) when PATH is not set */
}

/* An empty element of PATH is the working directory. */
static const char *candidate(struct arena *arena, const char *directory, size_t length,
                             const char *command)
{
    if (length == 0)
        return arena_printf(arena, "./%s", command);
    return arena_printf(arena, "%.*s/%s", (int)length, directory, command);
}

/* What execve(2) will try, in order: cinit splits no PATH. */
static struct wire_list command_candidates(const struct spec_process *process,
                                           struct encoder *encoder)
{
    const char *command = process->args[0];
    if (strchr(command, '/') != NULL || command[0] == '\0')
        return encode_list(encoder, &command, 1);

    const char **candidates = NULL;
    size_t count = 0;
    for (const char *directory = payload_path(process);;) {
        size_t length = strcspn(directory, ":");
        *ARENA_APPEND(encoder->arena, candidates, count) =
            candidate(encoder->arena, directory, length, command);
        if (directory[length] == '\0')
            break;
        directory += length + 1;
    }
    return encode_list(encoder, candidates, count);
}

static void plan_exec(const struct spec_process *process, struct encoder *encoder)
{
    unsigned flags = process->sigchld_ignored ? EXEC_SIGCHLD_IGNORED : 0;
    flags |= process->preserved_fds << EXEC_PRESERVED_SHIFT;
    struct op_exec *op = encode_op(encoder, OP_EXEC, flags);
    op->paths = command_candidates(process, encoder);
    op->argv = encode_list(encoder, process->args, process->arg_count);
    op->environment = encode_list(encoder, process->environment, process->environment_count);
    op->signal_mask = process->signal_mask;
}

/* The last moment at which the process has all rights, and no filter that could refuse a system call.
 * Returns the number of the op START. */
static uint32_t plan_start(const struct spec *spec, struct encoder *encoder)
{
    if (!spec->awaits_start)
        return WIRE_NO_OP;
    if (spec->process.arg_count > 0) {
        struct op_probe *op = encode_op(encoder, OP_PROBE, 0);
        op->paths = command_candidates(&spec->process, encoder);
    }
    (void)encode_op(encoder, OP_START, 0);
    return encoder->op_count - 1;
}

uint32_t plan_payload(const struct spec *spec, struct encoder *encoder)
{
    const struct spec_process *process = &spec->process;
    if (process->arg_count ==
        0) /* a config.json without a process: cinit ends when it is started */
        return plan_start(spec, encoder);
    plan_rlimits(process, encoder);
    plan_oom_score(process, encoder);
    plan_scheduling(process, encoder);
    add_limit(encoder, OP_PERSONALITY, process->personality);
    add_limit(encoder, OP_UMASK, process->user.umask);
    plan_labels(spec, encoder);

    struct op_text *cwd = encode_op(encoder, OP_CWD, process->make_cwd ? CWD_MAKE : 0);
    cwd->text = encode_text(encoder, process->cwd);

    uint32_t start = plan_start(spec, encoder);
    /* Without no_new_privs only CAP_SYS_ADMIN may install a filter: before it is given up. */
    if (!process->no_new_privileges)
        plan_seccomp(spec, encoder);
    plan_user(spec, encoder);
    if (process->no_new_privileges) {
        (void)encode_op(encoder, OP_NO_NEW_PRIVS, 0);
        plan_seccomp(spec, encoder);
    }
    plan_exec(process, encoder);
    return start;
}
