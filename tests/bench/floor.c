/* floor.c - the floor of a container start: nothing but the system calls that can't be left out.
 *
 *     floor [--cgroup DIR]... ROOTFS COMMAND [ARGUMENT...]
 *
 * One clone3(2) with launcher's namespaces, the mounts of launcher's default container,
 * pivot_root(2), execve(2), wait. No cgroup, capabilities, seccomp filter, device nodes or init,
 * and lo stays down. A runtime can't do less for the same isolation, so the benchmark measures
 * launcher as a multiple of this. With --cgroup, for each hierarchy of cgroup v1 that a runtime joins,
 * one directory more is made in DIR, entered and removed. Everything that makes the floor lower without mounting less is
 * welcome:
 *
 *  - CLONE_VM|CLONE_VFORK: the child borrows our memory until execve, so no page table is copied,
 *    no page faults on the first write, and the scheduler has one runnable process, not two.
 *  - mount(2), not fsopen..move_mount: one trap to the kernel for each mount, not four.
 *  - A bind mount inherits the per-mount flags of its source. So procfs is mounted read-only first,
 *    the read-only paths are bound from it, and one remount makes /proc itself writable again: that
 *    saves a remount for each path.
 *  - One empty read-only tmpfs covers all masked directories, bound once for each: making a
 *    superblock costs twice what a bind does.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_FLOOR = 125, EXIT_NO_EXEC = 126, EXIT_NO_COMMAND = 127, EXIT_BY_SIGNAL = 128 };

#define NONE (MS_NOSUID | MS_NODEV | MS_NOEXEC)

enum row_kind { DIRECTORY, MOUNT, READONLY_PATH, MASKED_FILE, MASKED_DIRECTORY };

/* Targets are relative to the root file system, which is the working directory meanwhile. */
struct row {
    enum row_kind kind;
    const char *target;
    const char *fstype;
    unsigned long flags;
    const char *data;
};

/* The order matters: the read-only paths stand between the read-only mount of procfs and the
 * remount that makes it writable, and a directory of /dev needs the tmpfs below it. */
static const struct row rows[] = {
    {MOUNT, "proc", "proc", NONE | MS_RDONLY, NULL},
    {READONLY_PATH, "proc/bus", NULL, MS_BIND, NULL},
    {READONLY_PATH, "proc/fs", NULL, MS_BIND, NULL},
    {READONLY_PATH, "proc/irq", NULL, MS_BIND, NULL},
    {READONLY_PATH, "proc/sys", NULL, MS_BIND, NULL},
    {READONLY_PATH, "proc/sysrq-trigger", NULL, MS_BIND, NULL},
    {MOUNT, "proc", NULL, NONE | MS_REMOUNT, NULL},
    {MOUNT, "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"},
    {DIRECTORY, "dev/pts", NULL, 0, NULL},
    {DIRECTORY, "dev/mqueue", NULL, 0, NULL},
    {DIRECTORY, "dev/shm", NULL, 0, NULL},
    {MOUNT, "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
     "newinstance,ptmxmode=0666,mode=0620,gid=5"},
    {MOUNT, "dev/mqueue", "mqueue", NONE, NULL},
    {MOUNT, "dev/shm", "tmpfs", NONE, "mode=1777,size=65536k"},
    {MOUNT, "sys", "sysfs", NONE | MS_RDONLY, NULL},
    {MASKED_FILE, "proc/interrupts", NULL, MS_BIND, NULL},
    {MASKED_FILE, "proc/kcore", NULL, MS_BIND, NULL},
    {MASKED_FILE, "proc/keys", NULL, MS_BIND, NULL},
    {MASKED_FILE, "proc/latency_stats", NULL, MS_BIND, NULL},
    {MASKED_FILE, "proc/sched_debug", NULL, MS_BIND, NULL},
    {MASKED_FILE, "proc/timer_list", NULL, MS_BIND, NULL},
    {MASKED_FILE, "proc/timer_stats", NULL, MS_BIND, NULL},
    {MASKED_DIRECTORY, "proc/acpi", "tmpfs", MS_RDONLY, NULL},
    {MASKED_DIRECTORY, "proc/asound", "tmpfs", MS_RDONLY, NULL},
    {MASKED_DIRECTORY, "proc/scsi", "tmpfs", MS_RDONLY, NULL},
    {MASKED_DIRECTORY, "sys/devices/virtual/powercap", "tmpfs", MS_RDONLY, NULL},
    {MASKED_DIRECTORY, "sys/firmware", "tmpfs", MS_RDONLY, NULL},
};

enum { CGROUPS_MAX = 16 };

struct cgroup {
    char path[4096];
    int tasks_fd; /* "0" written here moves the writer in */
};

struct container {
    const char *root;
    char **command;
    struct cgroup cgroups[CGROUPS_MAX];
    int cgroup_count;
};

/* Used in the child too, so it must not run the handlers of exit(3): it shares our memory. */
_Noreturn static void die(const char *doing, const char *object)
{
    (void)dprintf(STDERR_FILENO, "floor: %s %s: %s\n", doing, object, strerror(errno));
    _exit(EXIT_FLOOR);
}

/* The first masked directory makes the tmpfs, the others bind it. *mask is that first one. */
static int mask_directory(const struct row *row, const char **mask)
{
    if (*mask)
        return mount(*mask, row->target, NULL, MS_BIND, NULL);
    int result = mount("tmpfs", row->target, row->fstype, row->flags, "size=0k,nr_inodes=1");
    if (result == 0)
        *mask = row->target;
    return result;
}

static int apply(const struct row *row, const char **mask)
{
    switch (row->kind) {
    case DIRECTORY:
        return mkdir(row->target, 0755);
    case MOUNT:
        return mount(row->fstype, row->target, row->fstype, row->flags, row->data);
    case READONLY_PATH:
        return mount(row->target, row->target, NULL, row->flags, NULL);
    case MASKED_FILE:
        return mount("/dev/null", row->target, NULL, row->flags, NULL);
    case MASKED_DIRECTORY:
        return mask_directory(row, mask);
    }
    return -1;
}

/* Kernels differ in what they have below /proc and /sys: nothing is there to hide then. */
static int may_be_absent(const struct row *row)
{
    return row->kind >= READONLY_PATH && errno == ENOENT;
}

static void build_root(const char *root)
{
    const char *mask = NULL;

    /* Private first: else a mount of the container shows up on the host where / is shared. */
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        die("make private", "/");
    /* pivot_root(2) wants a mount point. */
    if (mount(root, root, NULL, MS_BIND | MS_REC, NULL) < 0)
        die("bind", root);
    if (chdir(root) < 0)
        die("enter", root);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (apply(&rows[i], &mask) < 0 && !may_be_absent(&rows[i]))
            die("mount", rows[i].target);
    }
    /* Both arguments ".": the old root is stacked on the new one, and one umount2 uncovers it. */
    if (syscall(SYS_pivot_root, ".", ".") < 0)
        die("pivot_root to", root);
    if (umount2(".", MNT_DETACH) < 0)
        die("unmount", "the old root");
    if (chdir("/") < 0)
        die("enter", "/");
}

/* What a cpuset has not got by itself, cpuset(7): the parent's. */
static void inherit(const char *parent, const char *path, const char *file)
{
    char name[4200], value[4096];
    (void)snprintf(name, sizeof name, "%s/%s", parent, file);
    int source_fd = open(name, O_RDONLY | O_CLOEXEC);
    (void)snprintf(name, sizeof name, "%s/%s", path, file);
    int target_fd = open(name, O_WRONLY | O_CLOEXEC);
    if (source_fd < 0 && target_fd < 0)
        return; /* of another controller */
    ssize_t size = read(source_fd, value, sizeof value);
    if (size < 0 || write(target_fd, value, (size_t)size) != size)
        die("copy the parent's value to", name);
    (void)close(source_fd);
    (void)close(target_fd);
}

static void make_cgroup(const char *parent, struct cgroup *cgroup)
{
    char tasks[4200];
    (void)snprintf(cgroup->path, sizeof cgroup->path, "%s/floor-%d", parent, (int)getpid());
    (void)snprintf(tasks, sizeof tasks, "%s/tasks", cgroup->path);
    if (mkdir(cgroup->path, 0755) < 0)
        die("make", cgroup->path);
    if (strstr(parent, "cpuset") != NULL) {
        inherit(parent, cgroup->path, "cpuset.cpus");
        inherit(parent, cgroup->path, "cpuset.mems");
    }
    cgroup->tasks_fd = open(tasks, O_WRONLY | O_CLOEXEC);
    if (cgroup->tasks_fd < 0)
        die("open", tasks);
}

static void enter_cgroups(const struct container *container)
{
    for (int i = 0; i < container->cgroup_count; i++)
        if (write(container->cgroups[i].tasks_fd, "0", 1) < 0)
            die("enter", container->cgroups[i].path);
}

static void remove_cgroups(const struct container *container)
{
    for (int i = 0; i < container->cgroup_count; i++)
        if (rmdir(container->cgroups[i].path) < 0)
            die("remove", container->cgroups[i].path);
}

_Noreturn static void become_payload(const struct container *container)
{
    enter_cgroups(container);
    build_root(container->root);
    execv(container->command[0], container->command);
    int status = errno == ENOENT ? EXIT_NO_COMMAND : EXIT_NO_EXEC;
    (void)dprintf(STDERR_FILENO, "floor: execute %s: %s\n", container->command[0], strerror(errno));
    _exit(status);
}

/* Inlined into a caller that never returns in the child: with CLONE_VM and no stack of its own, the
 * child runs on ours, and a return from here would leave its frames over our return address. */
__attribute__((always_inline)) static inline long clone3_vfork(struct clone_args *args)
{
#ifdef __x86_64__
    long result;
    args->flags |= CLONE_VM | CLONE_VFORK;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"((long)SYS_clone3), "D"(args), "S"(sizeof *args)
                     : "rcx", "r11", "memory");
    if (result >= 0)
        return result;
    errno = (int)-result;
    return -1;
#else
    return syscall(SYS_clone3, args, sizeof *args);
#endif
}

/* Returns the pid. */
__attribute__((noinline)) static pid_t start(const struct container *container)
{
    struct clone_args args = {
        .flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET |
                 CLONE_NEWCGROUP,
        .exit_signal = SIGCHLD,
    };
    long pid = clone3_vfork(&args);
    if (pid == 0)
        become_payload(container);
    return (pid_t)pid;
}

/* Takes the options; what follows them is the root file system and the command. */
static char **read_options(char **argv, struct container *container)
{
    char **word = argv + 1;
    for (; word[0] != NULL && strcmp(word[0], "--cgroup") == 0 && word[1] != NULL; word += 2) {
        if (container->cgroup_count == CGROUPS_MAX) {
            errno = E2BIG;
            die("take the option", "--cgroup");
        }
        make_cgroup(word[1], &container->cgroups[container->cgroup_count++]);
    }
    return word;
}

int main(int argc, char **argv)
{
    struct container container = {.root = NULL};
    char **words = argc > 0 ? read_options(argv, &container) : argv;
    if (words[0] == NULL || words[1] == NULL) {
        (void)fprintf(stderr, "usage: floor [--cgroup DIR]... ROOTFS COMMAND [ARGUMENT...]\n");
        return EXIT_FLOOR;
    }
    container.root = words[0];
    container.command = words + 1;
    pid_t pid = start(&container);
    if (pid < 0)
        die("clone3", "the container");
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            die("wait for", container.command[0]);
    }
    remove_cgroups(&container);
    return WIFSIGNALED(status) ? EXIT_BY_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}
