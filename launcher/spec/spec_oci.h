/* spec_oci.h - what a config.json can say beyond what flags can: the rest of runtime-spec 1.3,
 * config.md and config-linux.md. A part of struct spec, see spec.h.
 */
#ifndef LAUNCHER_SPEC_OCI_H
#define LAUNCHER_SPEC_OCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spec_pair;
struct spec_id_mapping;

/* ---- hooks, config.md, "POSIX-platform Hooks" ---- */

enum spec_hook_kind {
    HOOK_PRESTART, /* deprecated, but what docker's network is made with */
    HOOK_CREATE_RUNTIME,
    HOOK_CREATE_CONTAINER,
    HOOK_START_CONTAINER,
    HOOK_POSTSTART,
    HOOK_POSTSTOP,
    HOOK_KIND_COUNT
};

struct spec_hook {
    const char *path; /* absolute; execve(2) takes it as it is */
    const char **args;
    size_t arg_count;
    const char **environment; /* "K=V" */
    size_t environment_count;
    uint32_t timeout_s; /* 0: none */
};

struct spec_hook_list {
    struct spec_hook *hooks;
    size_t count;
};

/* ---- seccomp, config-linux.md, "Seccomp" ---- */

struct spec_seccomp_argument {
    uint32_t index;
    uint32_t operation; /* enum scmp_compare of libseccomp */
    uint64_t value, value_two;
};

struct spec_seccomp_rule {
    const char **names;
    size_t name_count;
    uint32_t action; /* SECCOMP_RET_*, without its data */
    bool has_errno;
    uint32_t errno_return;
    struct spec_seccomp_argument *arguments;
    size_t argument_count;
};

struct spec_seccomp {
    uint32_t default_action; /* SECCOMP_RET_* */
    bool has_default_errno;
    uint32_t default_errno;
    uint32_t *architectures; /* AUDIT_ARCH_* */
    size_t architecture_count;
    uint32_t flags; /* SECCOMP_FILTER_FLAG_* */
    const char *listener_path, *listener_metadata;
    struct spec_seccomp_rule *rules;
    size_t rule_count;
};

/* ---- Linux ---- */

/* time_namespaces(7) */
struct spec_time_offset {
    const char *clock; /* "monotonic" or "boottime" */
    int64_t seconds;
    uint32_t nanoseconds;
};

/* set_mempolicy(2) */
struct spec_memory_policy {
    bool set;
    uint32_t mode;     /* MPOL_* */
    uint32_t flags;    /* MPOL_F_* */
    const char *nodes; /* "0-3,7"; NULL: none */
};

/* An interface of the host that moves into the container. */
struct spec_net_device {
    const char *host_name;
    const char *name; /* inside; NULL: the same; at its end %d is the first number that is free */
};

/* resctrl, "Intel Resource Director Technology" */
struct spec_intel_rdt {
    bool set;
    const char *closid, *l3_schema, *mem_bw_schema;
    const char **schemata;
    size_t schema_count;
    bool enable_monitoring;
};

/* Which ids the files of one mount have inside; mount_setattr(2), MOUNT_ATTR_IDMAP. */
struct spec_idmap {
    struct spec_id_mapping *uids, *gids;
    size_t uid_count, gid_count;
    bool recursive;
};

struct spec_oci {
    const char *version; /* ociVersion; NULL: the spec is not from a config.json */
    const char *bundle;  /* absolute directory */
    const char *config;  /* the text of config.json */
    size_t config_size;
    struct spec_hook_list hooks[HOOK_KIND_COUNT];
    struct spec_pair *annotations;
    size_t annotation_count;
    struct spec_seccomp *seccomp; /* NULL: no filter */
    struct spec_time_offset *time_offsets;
    size_t time_offset_count;
    struct spec_memory_policy memory_policy;
    struct spec_net_device *net_devices;
    size_t net_device_count;
    struct spec_intel_rdt intel_rdt;
    const char *apparmor_profile, *selinux_label, *mount_label; /* NULL: none, unconfined */
    const char *exec_affinity_initial, *exec_affinity_final;    /* of exec: CPU lists */
};

#endif
