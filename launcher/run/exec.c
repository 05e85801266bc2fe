/* One more process in a container: what launcher run does with new namespaces, done with those that are
 * there. cinit takes the same road to the payload, only a shorter one. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../observe/live.h"
#include "container_end.h"
#include "existing.h"
#include "pid_file.h"

/* ---- where ---- */

static bool same_namespace(const char *mine, const char *theirs)
{
    char first[64], second[64];
    ssize_t length = readlink(mine, first, sizeof(first));
    return length > 0 && readlink(theirs, second, sizeof(second)) == length &&
           memcmp(first, second, (size_t)length) == 0;
}

/* Those that are not ours anyway: to join one's own user namespace is an error, setns(2). */
static uint64_t foreign_namespaces(pid_t pid)
{
    uint64_t flags = 0;
    for (unsigned type = 0; type < NS_COUNT; type++) {
        char mine[64], theirs[64];
        const char *name = namespace_name((enum namespace_type)type);
        (void)snprintf(mine, sizeof(mine), "/proc/self/ns/%s", name);
        (void)snprintf(theirs, sizeof(theirs), "/proc/%d/ns/%s", (int)pid, name);
        if (!same_namespace(mine, theirs))
            flags |= namespace_clone_flag((enum namespace_type)type);
    }
    return flags;
}

/* user_namespaces(7): whoever gave setgroups(2) up gets it back nowhere in that namespace. */
static bool setgroups_denied(pid_t pid)
{
    char path[64], word[8] = "";
    (void)snprintf(path, sizeof(path), "/proc/%d/setgroups", (int)pid);
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd >= 0 && read(fd, word, sizeof(word) - 1) > 0 && strncmp(word, "deny", 4) == 0;
}

/* Who joins a mount namespace is at its root, setns(2). That is the host's when the container's own was
 * made by chroot(2). */
static int open_root(pid_t pid, int *ret_fd, struct fail *fail)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
    *ret_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return *ret_fd >= 0 ? 0 : fail_sys(fail, "opening the root of the container, %s", path);
}

/* A container that is being made is still at the host's root: a process would find itself there too. */
static int check_root(const struct state_record *record, int root_fd, struct fail *fail)
{
    struct stat theirs, ours;
    if (fstat(root_fd, &theirs) < 0 || stat("/", &ours) < 0)
        return fail_sys(fail, "looking at the root of the container");
    bool same = theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
    if (!same || (record->rootfs != NULL && strcmp(record->rootfs, "/") == 0))
        return 0;
    (void)fail_code(fail, -EAGAIN, "the container is being made");
    return fail_hint(fail, "try again in a moment");
}

/* What has ended meanwhile may have left its pid to another process: the pidfd was taken first. */
static int find_container(const struct existing *existing, struct join_set *ret_joins,
                          int *ret_root_fd, struct fail *fail)
{
    const struct child *init = &existing->container.child;
    struct join *join = &ret_joins->joins[0];
    *join = (struct join){.fd = init->pidfd,
                          .flags = foreign_namespaces(init->pid),
                          .name = "the container's namespaces"};
    ret_joins->count = join->flags != 0 ? 1 : 0;
    TRY(open_root(init->pid, ret_root_fd, fail));
    TRY(check_root(&existing->container.record, *ret_root_fd, fail));
    struct pollfd end = {.fd = init->pidfd, .events = POLLIN};
    if (poll(&end, 1, 0) > 0)
        return fail_set(fail, "the container has ended");
    return 0;
}

/* ---- the process ---- */

/* Where it is to be. */
struct place {
    struct join_set joins;
    int root_fd;
};

static int spawn(struct container *process, const struct place *place, struct fail *fail)
{
    const struct spec *spec = process->spec;
    const struct spawn_options options = {
        .joins = &place->joins,
        .cgroup = &process->cgroup,
        .subreaper = spec->init,
        .root_fd = &place->root_fd,
        .preserved_fds = spec->process.preserved_fds,
    };
    TRY(spawn_child(&options, &process->child, fail));
    TRY(conversation_send_program(process, fail));
    process->phase = PHASE_APPLYING;
    return 0;
}

/* Who reaps it is our parent, an engine: so we only listen. */
static int await_execution(struct container *process, struct fail *fail)
{
    while (process->phase == PHASE_APPLYING && !process->failed) {
        struct pollfd sync = {.fd = process->child.sync_fd, .events = POLLIN};
        while (poll(&sync, 1, -1) < 0)
            if (errno != EINTR)
                return fail_sys(fail, "waiting for the process");
        TRY(conversation_receive(process, fail));
    }
    return process->failed ? fail->code : 0;
}

static int detach(struct container *process, const struct exec_options *options, struct fail *fail)
{
    TRY(await_execution(process, fail));
    if (options->pid_file != NULL)
        TRY(pid_file_write(options->pid_file, process->child.pid, process->arena, fail));
    own_close(&process->child.pidfd);
    process->child.pid = 0; /* no longer ours to end */
    return 0;
}

static int run(struct container *process, const struct place *place,
               const struct exec_options *options, int *ret_exit_status, struct fail *fail)
{
    TRY(cgroup_open(&process->cgroup, fail));
    TRY(spawn(process, place, fail));
    cgroup_close(&process->cgroup);
    if (options->detach)
        return detach(process, options, fail);
    if (options->pid_file != NULL)
        TRY(pid_file_write(options->pid_file, process->child.pid, process->arena, fail));
    TRY(supervise(process, fail));
    return container_judge(process, ret_exit_status, fail);
}

static int run_and_clean_up(struct container *process, const struct place *place,
                            const struct exec_options *options, int *ret_exit_status,
                            struct fail *fail)
{
    if (!options->detach)
        TRY(supervise_take_signals(&process->signal_fd, fail));
    int result = run(process, place, options, ret_exit_status, fail);
    tty_end(&process->tty);
    cgroup_close(&process->cgroup);
    if (!process->left) /* else it reaps them */
        spawn_destroy(&process->child);
    own_close(&process->child.sync_fd);
    own_close(&process->signal_fd);
    return result;
}

static int exec(struct existing *existing, struct spec *spec, const struct exec_options *options,
                int *ret_exit_status, struct fail *fail)
{
    struct place place = {.root_fd = -1};
    struct plan plan;
    AUTO_FD int root_fd = -1;
    const struct container *container = &existing->container;
    TRY(find_container(existing, &place.joins, &root_fd, fail));
    place.root_fd = root_fd;
    spec->deny_setgroups = setgroups_denied(container->child.pid);
    spec->init = !options->detach;
    spec->awaits_start = false;
    TRY(plan_build_exec(spec, !options->detach, container->arena, &plan, fail));
    struct container process = container_new(spec, &plan, container->trace, container->arena);
    process.cgroup = live_cgroup(&container->record, container->arena);
    process.status = existing->status;
    process.record.init_pid = container->child.pid;
    process.console_socket = options->console_socket;
    process.joined = true;
    return run_and_clean_up(&process, &place, options, ret_exit_status, fail);
}

int existing_exec(struct existing *existing, struct spec *spec, const struct exec_options *options,
                  int *ret_exit_status, struct fail *fail)
{
    bool can = existing->status == STATUS_RUNNING || existing->status == STATUS_CREATED ||
               existing->status == STATUS_PAUSED;
    if (!can)
        return existing_wrong_status(existing, "executing a process in",
                                     "only a container that runs can take one more process", fail);
    int result = exec(existing, spec, options, ret_exit_status, fail);
    if (result < 0 && fail->exit_status == 0)
        return fail_context(fail, "executing a process in the container %s",
                            existing->container.record.id);
    return result;
}
