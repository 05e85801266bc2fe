/* spec.h - what is wanted: one container, with the meaning of the OCI runtime-spec.
 *
 * Flags, presets and config.json are three ways to fill this struct; nothing downstream knows which
 * one was used. All strings and arrays live in the arena of the command, and a spec that
 * spec_validate has passed needs no second check anywhere.
 * Names are those of runtime-spec config.md and config-linux.md.
 */
#ifndef LAUNCHER_SPEC_H
#define LAUNCHER_SPEC_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"
#include "spec_oci.h"

enum root_mode { ROOT_PIVOT, ROOT_CHROOT };

enum namespace_type {
    NS_USER,
    NS_PID,
    NS_MNT,
    NS_NET,
    NS_IPC,
    NS_UTS,
    NS_CGROUP,
    NS_TIME,
    NS_COUNT
};

enum seccomp_mode { SECCOMP_DEFAULT_POLICY, SECCOMP_FROM_FILE, SECCOMP_UNCONFINED };

/* Whose network the container has: its own with loopback only, the host's, its own with interfaces on
 * bridges, another namespace's, its own with pasta(1) as its way out. */
enum net_mode { NET_NONE, NET_HOST, NET_BRIDGE, NET_JOIN, NET_PASTA };

/* A number that may be absent: absent means "leave the kernel's default". -1 is "unlimited". */
struct limit {
    bool set;
    int64_t value;
};

struct spec_namespace {
    bool create;        /* a new one */
    const char *path;   /* else join this one; NULL: the host's */
    bool others;        /* it was looked at: launcher itself is not in the one to join */
    pid_t pid;          /* whose it is, when it is a container's; 0: nobody's in particular */
    uint64_t starttime; /* proc_pid_stat(5): tells a reused pid */
};

struct spec_id_mapping {
    uint32_t container_id;
    uint32_t host_id;
    uint32_t size;
};

struct spec_mount {
    const char *destination; /* absolute, in the container */
    const char *type;        /* "bind", or a file system type */
    const char *source;      /* bind: absolute path of the host */
    const char **options;    /* as in fstab(5): "ro", "nosuid", "size=64k", "rslave" ... */
    size_t option_count;
    bool standard; /* one of launcher's own (/proc, /dev ...), not asked for by the user */
    struct spec_idmap idmap;
};

struct spec_device {
    const char *path;   /* in the container */
    const char *source; /* the host's node, for a bind where mknod is not allowed */
    char type;          /* 'c' or 'b' */
    uint32_t major, minor;
    uint32_t mode; /* permissions */
    uint32_t uid, gid;
    const char *access; /* some of "rwm": what the device cgroup allows; NULL: all */
};

struct spec_rlimit {
    const char *name;    /* "nofile" */
    int resource;        /* RLIMIT_NOFILE */
    uint64_t soft, hard; /* RLIM_INFINITY: unlimited */
};

struct spec_pair {
    const char *key;
    const char *value;
};

/* Bit n is capability n, capabilities(7). */
struct spec_capabilities {
    uint64_t bounding, effective, permitted, inheritable, ambient;
};

struct spec_user {
    uint32_t uid, gid;
    uint32_t *additional_gids;
    size_t additional_gid_count;
    struct limit umask;
};

/* sched_setattr(2) */
struct spec_scheduler {
    bool set;
    uint32_t policy; /* SCHED_OTHER ... */
    int32_t nice;
    uint32_t priority;
    uint64_t flags, runtime_ns, deadline_ns, period_ns;
};

enum { PRESERVED_FDS_MAX = 512 };

struct spec_process {
    bool terminal; /* a pty of the container */
    uint16_t rows, columns;
    struct spec_user user;
    const char **args;
    size_t arg_count;
    const char **environment; /* "K=V" */
    size_t environment_count;
    const char *cwd; /* absolute */
    bool make_cwd;   /* make the directory when it is missing */
    struct spec_rlimit *rlimits;
    size_t rlimit_count;
    struct spec_capabilities capabilities;
    bool no_new_privileges;
    struct limit oom_score_adj;
    struct spec_scheduler scheduler;
    struct limit io_priority;               /* ioprio_set(2): class << 13 | level */
    const char *cpu_affinity;               /* "0-1,4"; NULL: the caller's */
    const unsigned char *cpu_affinity_mask; /* as for sched_setaffinity(2) */
    size_t cpu_affinity_size;
    struct limit personality; /* personality(2) */
    uint64_t signal_mask;     /* blocked in the payload: bit n-1 for signal n */
    bool sigchld_ignored;     /* the caller ignored SIGCHLD, and so shall the payload */
    unsigned preserved_fds;   /* descriptors of the caller, from 3 on, that the payload gets */
};

struct spec_root {
    const char *path; /* absolute, of the host */
    bool readonly;
    enum root_mode mode;
    uint64_t propagation; /* MS_PRIVATE, MS_SLAVE or MS_SHARED */
};

/* A block device and what may pass to and from it, a second. */
struct spec_io_device {
    const char
        *path; /* as written: a node, or any file of the disk; NULL: the numbers were given */
    uint32_t major, minor; /* of the whole disk */
    struct limit rbps, wbps, riops, wiops;
    struct limit weight; /* 1 to 10,000, as io.weight */
};

struct spec_hugepage_limit {
    const char *page_size; /* as the kernel spells it: "2MB", "1GB" */
    struct limit max;      /* bytes */
};

struct spec_rdma_limit {
    const char *device; /* "mlx5_0" */
    struct limit handles, objects;
};

/* What leaves by an interface of launcher's own network namespace. */
struct spec_net_priority {
    const char *interface;
    uint32_t priority;
};

/* Rules are read from top to bottom, and the last one that fits decides. */
struct spec_device_rule {
    bool allow;
    char type;                 /* 'c', 'b', or 'a' for both */
    struct limit major, minor; /* not set: any */
    const char *access;        /* some of "rwm" */
};

/* config-linux.md, Resources; where the OCI has no name for it, the one of cgroup v2. Bytes and
 * microseconds, -1 is unlimited. */
struct spec_resources {
    struct limit memory_max, memory_high, memory_min;
    struct limit memory_low;       /* memory.reservation */
    struct limit memory_swap;      /* memory and swap together, as in the OCI */
    bool memory_swap_implied;      /* follows from memory_max: where the kernel doesn't account for
                                      swap, it is passed over */
    struct limit memory_oom_group; /* 1: an OOM kill ends the whole container */
    struct limit cpu_quota_us;     /* in one period */
    struct limit cpu_period_us;    /* default 100,000 */
    struct limit cpu_burst_us;
    struct limit cpu_shares;               /* 2 to 262,144: v1's scale */
    struct limit cpu_weight;               /* 1 to 10,000: v2's; wins over the shares */
    struct limit cpu_idle;                 /* 1: runs only when nobody else wants to */
    const char *cpuset_cpus, *cpuset_mems; /* "0-1,4"; NULL: the parent's */
    /* what v2 has nothing like; there they do nothing, as with runc */
    struct limit memory_swappiness;                   /* 0 to 100 */
    bool memory_oom_kill_disabled;                    /* who runs out of memory waits */
    struct limit cpu_rt_period_us, cpu_rt_runtime_us; /* for SCHED_FIFO and SCHED_RR */
    struct limit net_class;                           /* net_cls; v1 only, as the next */
    struct spec_net_priority *net_priorities;
    size_t net_priority_count;
    struct limit pids_max;
    struct limit blkio_weight; /* 10 to 1,000: v1's scale */
    struct limit io_weight;    /* 1 to 10,000: v2's; wins */
    struct spec_io_device *io_devices;
    size_t io_device_count;
    struct spec_hugepage_limit *hugepages;
    size_t hugepage_count;
    struct spec_rdma_limit *rdma;
    size_t rdma_count;
    struct spec_pair *misc; /* "sev" = "10", "max" */
    size_t misc_count;
    struct spec_device_rule
        *device_rules; /* the user's own; the default ones are in every filter */
    size_t device_rule_count;
    bool device_rules_first;   /* of a config.json: before the default ones, which so always hold */
    struct spec_pair *unified; /* raw files of the cgroup: "memory.high" = "80M" */
    size_t unified_count;
};

/* An interface of the container, and the network (its bridge on the host) that it is plugged into. */
struct spec_interface {
    const char *network;            /* the bridge's name */
    const char *name;               /* inside: "eth0" */
    bool has_ip4, has_ip6, has_mac; /* else they are given out */
    struct in_addr ip4;
    struct in6_addr ip6;
    unsigned char mac[6];
};

/* One port of the host that leads to one of the container. */
struct spec_port {
    int family; /* AF_INET, AF_INET6; AF_UNSPEC: every address of the host, both families */
    struct in_addr ip4;
    struct in6_addr ip6; /* all zero: every address of its family */
    uint16_t host_port, container_port;
    bool udp;
};

struct spec_network {
    enum net_mode mode;
    bool by_default;         /* nobody asked for this mode: a host that can't have it is no error */
    const char *join;        /* NET_JOIN: path of the namespace */
    pid_t join_pid;          /* whose it is, when it is a container's; 0: nobody's in particular */
    uint64_t join_starttime; /* proc_pid_stat(5): tells a reused pid */
    struct spec_interface *interfaces; /* NET_BRIDGE: at least one */
    size_t interface_count;
    struct spec_port *ports;
    size_t port_count;
    const char **pasta_options; /* NET_PASTA: passed on as they are */
    size_t pasta_option_count;
    const char **dns_servers; /* none: the host's */
    size_t dns_server_count;
    const char **dns_searches, **dns_options;
    size_t dns_search_count, dns_option_count;
    struct spec_pair *hosts; /* lines for /etc/hosts: name = address */
    size_t host_count;
    const char *hosts_file;  /* of another container, to be shared; NULL: by the mode */
    const char *resolv_conf; /* file of the host that is mounted on /etc/resolv.conf; NULL: none */
    const char *resolv_text; /* instead of that: what ID.resolv in the state root is to say */
    const char *resolv_warning,
        *resolv_hint; /* no name will be resolved, and the cure; NULL: fine */
};

/* Who makes the container's cgroup. */
enum cgroup_manager {
    MANAGER_CGROUPFS, /* launcher, in the file systems of cgroups */
    MANAGER_SYSTEMD,  /* systemd, as that of a scope */
    MANAGER_DISABLED, /* nobody: there is none, whatever is asked for */
};

/* Where the container's cgroup is to be. */
struct spec_cgroup {
    const char *path;   /* exactly this one; NULL: launcher-ID below the parent; for systemd
                           SLICE:PREFIX:NAME */
    const char *parent; /* NULL: the root of the hierarchy; an ordinary user's is found */
    bool make_parents;  /* the cgroups above the path too, where they are missing */
    bool delegate;      /* the payload may divide it further, cgroups(7), "Delegation" */
    bool best_effort;   /* what the host can't limit is a warning */
    enum cgroup_manager manager;
    bool of_user; /* that of the user who called launcher */
    bool live;    /* made even without a limit, with all controllers, for later */
};

struct spec {
    const char *id;
    struct spec_root root;
    struct spec_process process;
    const char *hostname;   /* NULL: leave it */
    bool hostname_chosen;   /* by the user, not by default */
    const char *domainname; /* NULL: leave it */
    struct spec_namespace namespaces[NS_COUNT];
    struct spec_id_mapping *uid_mappings, *gid_mappings;
    size_t uid_mapping_count, gid_mapping_count;
    bool privileged;        /* launcher has CAP_SYS_ADMIN: it may copy the host's mounts */
    bool in_user_namespace; /* launcher is in one, or the container gets one of its own */
    bool deny_setgroups; /* an unprivileged caller must give setgroups(2) up, user_namespaces(7) */
    struct spec_mount *mounts;
    size_t mount_count;
    struct spec_device *devices;
    size_t device_count;
    const char **masked_paths;
    size_t masked_path_count;
    const char **readonly_paths;
    size_t readonly_path_count;
    struct spec_pair *sysctls;
    size_t sysctl_count;
    struct spec_resources resources;
    struct spec_cgroup cgroup;
    const char *report; /* file, or number of a descriptor, for the exit report; NULL: none */
    enum seccomp_mode seccomp;
    const char *seccomp_file;   /* of SECCOMP_FROM_FILE */
    const void *seccomp_filter; /* array of struct sock_filter; NULL: none */
    size_t seccomp_filter_size; /* bytes */
    struct spec_network network;
    struct spec_oci oci;
    bool init; /* cinit stays as PID 1 */
    bool
        awaits_start; /* create: the payload waits for launcher start, and outlives this launcher */
    bool trace;       /* -v: report every step as it begins */
};

/* The name used in --ns and in /proc/PID/ns: "pid", "mnt", ... */
const char *namespace_name(enum namespace_type type);

/* The CLONE_NEW* flag of clone(2). */
uint64_t namespace_clone_flag(enum namespace_type type);

/* True when any limit is set, so that the container needs a cgroup of its own. */
bool resources_wanted(const struct spec_resources *resources);

/* One number among the resources, with its words. */
struct resource_row {
    const char *label;                /* in `launcher plan` and the trace */
    const char *unit;                 /* behind the number: " bytes" */
    size_t offset;                    /* of its struct limit in struct spec_resources */
    const char *oci_object, *oci_key; /* where config.json has it; object "unified": a raw file */
};

/* All of them, ended by a row whose label is NULL. */
extern const struct resource_row resource_rows[];

struct limit resource_limit(const struct spec_resources *resources, const struct resource_row *row);

#endif
