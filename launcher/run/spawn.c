#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../../shared/fully.h"
#include "../../shared/wire.h"
#include "../host/idmap.h"
#include "../spec/parse.h"
#include "cinit_image.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3: says that this memfd is meant to be executed */
#endif

/* cinit enters the container only as a sealed copy: a payload that opens /proc/1/exe for writing
 * finds nothing that it could change, and never a file of the host (CVE-2019-5736). */
int spawn_cinit_memfd(struct fail *fail)
{
    AUTO_FD int fd = memfd_create("cinit", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
    if (fd < 0 && errno == EINVAL) /* before Linux 6.3 */
        fd = memfd_create("cinit", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return fail_sys(fail, "creating the memory file for cinit");

    size_t size = (size_t)(cinit_image_end - cinit_image);
    if (write_fully(fd, cinit_image, size) < 0)
        return fail_sys(fail, "copying cinit into its memory file");
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
        return fail_sys(fail, "sealing cinit's memory file");
    return take_fd(&fd);
}

/* ---- in the child, until cinit is executed ---- */

/* `doing`: what failed, when it is not cinit's start as such. */
static void report_failed(int sync_fd, const char *doing)
{
    struct note_packet packet = {
        .note = {.kind = NOTE_FAILED, .error = (uint16_t)errno, .op = WIRE_NO_OP}};
    size_t length = strlen(doing);
    memcpy(packet.object, doing, length);
    /* EOF tells the rest */
    (void)send(sync_fd, &packet, sizeof(packet.note) + length, MSG_NOSIGNAL);
    _exit(EXIT_LAUNCHER);
}

static void report_and_exit(int sync_fd)
{
    report_failed(sync_fd, "");
}

static void wait_for_go(int sync_fd)
{
    struct wire_go go;
    if (recv(sync_fd, &go, sizeof(go), 0) != sizeof(go))
        _exit(EXIT_LAUNCHER); /* launcher died or gave up */
}

/* In a new user namespace the child has every capability, but loses them all at execve when its
 * user id is not mapped or not 0: so the ids come first, then cinit. */
static void become_root_of_namespace(int sync_fd)
{
    if (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0)
        report_and_exit(sync_fd);
}

enum { NODES_MAX = 1024, LONG_BITS = 8 * sizeof(long) }; /* as the largest kernel has them */

/* The clocks must be set while no process is in the time namespace: the execve(2) of cinit enters it,
 * since Linux 6.0. */
static void set_clocks(const char *offsets, int sync_fd)
{
    if (syscall(SYS_unshare, CLONE_NEWTIME) < 0)
        report_failed(sync_fd, "creating a time namespace");
    int fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, offsets, strlen(offsets)) < 0)
        report_failed(sync_fd, "setting the clocks in /proc/self/timens_offsets");
    (void)close(fd);
}

/* A policy stays with a process across execve(2), and with what it forks. */
static void set_memory_policy(const struct spec_memory_policy *policy, int sync_fd)
{
    unsigned long nodes[NODES_MAX / LONG_BITS] = {0};
    struct fail bad = {0};
    size_t used = 0;
    bool some = policy->nodes != NULL && policy->nodes[0] != '\0';
    if (some &&
        parse_cpu_list(policy->nodes, (unsigned char *)nodes, sizeof(nodes), &used, &bad) < 0) {
        errno = -bad.code;
        report_failed(sync_fd, "reading linux.memoryPolicy.nodes");
    }
    /* the kernel looks at one bit less than it is told, get_nodes in mm/mempolicy.c */
    if (syscall(SYS_set_mempolicy, policy->mode | policy->flags, some ? nodes : NULL,
                some ? NODES_MAX + 1 : 0) < 0)
        report_failed(sync_fd, "setting the memory policy that linux.memoryPolicy says");
}

/* What the new process begins with. */
struct birth {
    const struct spawn_options *options;
    int memfd;
    int sync_fd, parents_end;
    int procs_fd; /* cgroup.procs of the v2 cgroup, where CLONE_INTO_CGROUP can't be had; else -1 */
};

/* The first act of the child: what it does from here on is bounded and accounted. */
static void enter_cgroup(const struct birth *birth)
{
    if (birth->procs_fd >= 0 && write(birth->procs_fd, "0", 1) < 0)
        report_and_exit(birth->sync_fd);
    int result = cgroup_enter(birth->options->cgroup);
    if (result == 0)
        return;
    errno = -result;
    report_and_exit(birth->sync_fd);
}

static int move_above(int fd, int least, int sync_fd)
{
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, least);
    if (moved < 0)
        report_failed(sync_fd, "moving launcher's descriptors behind those that are preserved");
    return moved;
}

/* The sync pipe takes the first number from which on the payload is to have descriptors of the caller:
 * they go one higher, until cinit's EXEC, and the highest first. */
static void move_descriptors(int preserved, int *memfd, int *sync_fd)
{
    if (preserved > 0) {
        *memfd = move_above(*memfd, WIRE_FD + preserved + 1, *sync_fd);
        *sync_fd = move_above(*sync_fd, WIRE_FD + preserved + 1, *sync_fd);
    }
    for (int fd = WIRE_FD + preserved; fd > WIRE_FD; fd--)
        if (dup2(fd - 1, fd) < 0)
            report_failed(*sync_fd, "moving the descriptors that are preserved");
    if (*sync_fd == WIRE_FD ? fcntl(*sync_fd, F_SETFD, 0) < 0 : dup2(*sync_fd, WIRE_FD) < 0)
        report_and_exit(*sync_fd);
    /* Nothing else that a caller of launcher left open gets further than this (CVE-2024-21626). */
    if (syscall(SYS_close_range, WIRE_FD + preserved + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        report_and_exit(WIRE_FD);
}

static void take_stdio(const int *stdio, int sync_fd)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (dup2(stdio[fd], fd) < 0)
            report_failed(sync_fd, "taking stdin, stdout and stderr");
}

static void change_root(int root_fd, int sync_fd)
{
    if (fchdir(root_fd) < 0 || chroot(".") < 0)
        report_failed(sync_fd, "taking the root of the container");
}

static void run_child(void *argument)
{
    const struct birth *birth = argument;
    const struct spawn_options *options = birth->options;
    int sync_fd = birth->sync_fd, memfd = birth->memfd;
    char name[] = "cinit", mode[] = "--program";
    char *const argv[] = {name, mode, NULL};
    char *const environment[] = {NULL};

    (void)close(birth->parents_end); /* else the child would hold its own EOF back */
    enter_cgroup(birth);
    if (options->wait_for_go)
        wait_for_go(sync_fd);
    if (options->clone_flags & CLONE_NEWUSER)
        become_root_of_namespace(sync_fd);
    if (options->root_fd != NULL)
        change_root(*options->root_fd, sync_fd);
    if (options->subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        report_failed(sync_fd, "becoming the one who reaps what the command leaves behind");
    if (options->memory_policy != NULL && options->memory_policy->set)
        set_memory_policy(options->memory_policy, sync_fd);
    if (options->clock_offsets != NULL)
        set_clocks(options->clock_offsets, sync_fd);
    if (options->stdio != NULL)
        take_stdio(options->stdio, sync_fd);
    move_descriptors((int)options->preserved_fds, &memfd, &sync_fd);
    (void)syscall(SYS_execveat, memfd, "", argv, environment, AT_EMPTY_PATH);
    report_and_exit(WIRE_FD);
}

/* ---- in launcher ---- */

static int make_sync_pipe(int pair[2], struct fail *fail)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return fail_sys(fail, "creating the sync pipe");
    return 0;
}

/* What clone3 says of the cgroup that the child is to be born in. */
static void hint_for_cgroup(struct fail *fail)
{
    if (fail->code == -EOPNOTSUPP)
        (void)fail_hint(fail,
                        "the cgroup is threaded, or below one that is: a container can't live "
                        "there, cgroups(7)");
    else if (fail->code == -EBUSY)
        (void)fail_hint(fail, "the cgroup hands controllers down, so no process may be in it");
    else if (fail->code == -EACCES)
        (void)fail_hint(fail, "an ordinary user may start processes only within the part of the "
                              "tree that was handed to him, and from within it, cgroups(7)");
}

int spawn_hint_for_clone(struct fail *fail, uint64_t flags)
{
    if (flags & CLONE_INTO_CGROUP)
        hint_for_cgroup(fail);
    if (fail->code == -EPERM && (flags & CLONE_NEWUSER))
        (void)fail_hint(fail, "run launcher as root, or let ordinary users create user namespaces: "
                              "sysctl kernel.unprivileged_userns_clone=1, and on Ubuntu "
                              "kernel.apparmor_restrict_unprivileged_userns=0");
    else if (fail->code == -EPERM)
        (void)fail_hint(fail, "creating namespaces needs CAP_SYS_ADMIN: run launcher as root, or "
                              "add --ns +user");
    else if (fail->code == -ENOSYS)
        (void)fail_hint(fail, "a seccomp policy hides clone3, docker's for one: for a container in "
                              "a container run the outer one with --seccomp unconfined");
    else if (fail->code == -ENOSPC)
        (void)fail_hint(fail,
                        "this user may have no more namespaces: raise user.max_user_namespaces "
                        "and user.max_*_namespaces with sysctl, or run launcher as root");
    else if (fail->code == -EINVAL)
        (void)fail_hint(fail, "this kernel lacks one of these namespaces: compare /proc/self/ns");
    return fail->code;
}

/* To be born in a cgroup takes the right to write to its directory, and where the file system is mounted
 * with nsdelegate that we ourselves are below the root of our cgroup namespace, cgroups(7). Both are
 * looked at as they are after namespaces were joined. A file that launcher opened before keeps
 * launcher's. */
static bool judged_as_another(const struct join_set *joins)
{
    for (size_t i = 0; i < joins->count; i++)
        if (joins->joins[i].flags & (CLONE_NEWUSER | CLONE_NEWCGROUP))
            return true;
    return false;
}

static int choose_way_into_cgroup(const struct spawn_options *options, struct birth *birth,
                                  struct clone_args *arguments, struct fail *fail)
{
    int cgroup_fd = options->cgroup->unified_fd;
    if (cgroup_fd < 0)
        return 0;
    if (!judged_as_another(options->joins)) {
        arguments->flags |= CLONE_INTO_CGROUP;
        arguments->cgroup = (unsigned)cgroup_fd;
        return 0;
    }
    birth->procs_fd = openat(cgroup_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
    return birth->procs_fd >= 0 ? 0 : fail_sys(fail, "opening the cgroup's cgroup.procs");
}

static int clone_as_we_are(struct clone_args *arguments, struct birth *birth,
                           struct child *ret_child, struct fail *fail)
{
    arguments->pidfd = (uint64_t)(uintptr_t)&ret_child->pidfd;
    arguments->exit_signal = SIGCHLD;
    long pid = syscall(SYS_clone3, arguments, sizeof(*arguments));
    if (pid < 0) {
        (void)fail_sys(fail, "clone3");
        return spawn_hint_for_clone(fail, arguments->flags);
    }
    if (pid == 0)
        run_child(birth);
    ret_child->pid = (pid_t)pid;
    return 0;
}

static int clone_child(const struct spawn_options *options, struct birth *birth,
                       struct child *ret_child, struct fail *fail)
{
    struct clone_args arguments = {.flags = options->clone_flags | CLONE_PIDFD};
    TRY(choose_way_into_cgroup(options, birth, &arguments, fail));
    if (options->joins->count == 0)
        return clone_as_we_are(&arguments, birth, ret_child, fail);
    return join_clone(options->joins, &arguments, run_child, birth, &ret_child->pid,
                      &ret_child->pidfd, fail);
}

int spawn_child(const struct spawn_options *options, struct child *ret_child, struct fail *fail)
{
    AUTO_FD int memfd = spawn_cinit_memfd(fail);
    if (memfd < 0)
        return memfd;
    int pair[2];
    TRY(make_sync_pipe(pair, fail));
    AUTO_FD int ours = pair[0];
    AUTO_FD int theirs = pair[1];
    struct birth birth = {
        .options = options, .memfd = memfd, .sync_fd = theirs, .parents_end = ours, .procs_fd = -1};
    int result = clone_child(options, &birth, ret_child, fail);
    own_close(&birth.procs_fd);
    TRY(result);
    ret_child->sync_fd = take_fd(&ours);
    return 0;
}

static int deny_setgroups(const struct child *child, struct fail *fail)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/setgroups", (int)child->pid);
    AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_sys(fail, "opening %s", path);
    return write(fd, "deny", 4) < 0 ? fail_sys(fail, "writing \"deny\" to %s", path) : 0;
}

int spawn_map_ids(const struct child *child, const struct spec *spec, struct fail *fail)
{
    if (spec->deny_setgroups)
        TRY(deny_setgroups(child, fail));
    TRY(idmap_write(child->pid, "uid_map", spec->uid_mappings, spec->uid_mapping_count, fail));
    return idmap_write(child->pid, "gid_map", spec->gid_mappings, spec->gid_mapping_count, fail);
}

int spawn_go(const struct child *child, struct fail *fail)
{
    struct wire_go go = {.magic = WIRE_MAGIC, .op = WIRE_NO_OP};
    if (send(child->sync_fd, &go, sizeof(go), MSG_NOSIGNAL) < 0)
        return fail_sys(fail, "telling the container's first process to go on");
    return 0;
}

void spawn_destroy(struct child *child)
{
    own_close(&child->sync_fd);
    if (child->pid > 0) {
        (void)syscall(SYS_pidfd_send_signal, child->pidfd, SIGKILL, NULL, 0); /* may be a zombie */
        while (waitid(P_PIDFD, (id_t)child->pidfd, &(siginfo_t){0}, WEXITED) < 0 && errno == EINTR)
            continue;
    }
    own_close(&child->pidfd);
    child->pid = 0;
}
