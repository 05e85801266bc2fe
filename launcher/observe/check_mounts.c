/* Checks: file systems and the system calls that mount them. Every child has a mount namespace. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "../run/spawn.h"
#include "check.h"

/* A directory that is there wherever launcher can work. */
static const char PLACE[] = "/proc";

static int hint_for_mount(const char *type, struct fail *fail)
{
    if (fail->code == -ENODEV)
        return fail_hint(fail, "the kernel lacks this file system: modprobe %s", type);
    if (fail->code == -ENOSYS)
        return fail_hint(fail, "a seccomp policy around launcher hides the system calls of mount");
    if (fail->code == -EPERM && strcmp(type, "proc") == 0)
        return fail_hint(fail, "a container around this one covers parts of /proc: run it with "
                               "--unmask all, podman's and docker's with --security-opt "
                               "systempaths=unconfined");
    if (fail->code == -EPERM || fail->code == -EACCES)
        return fail_hint(fail, "mounting takes CAP_SYS_ADMIN, and a security module that allows "
                               "it: look for AppArmor or SELinux in the kernel's log");
    return fail->code;
}

/* `options`: key and value in turn, ended by NULL. */
static int new_file_system(const char *type, const char *const *options, int *ret_fd,
                           struct fail *fail)
{
    AUTO_FD int context_fd = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
    if (context_fd < 0) {
        (void)fail_sys(fail, "fsopen of %s", type);
        return hint_for_mount(type, fail);
    }
    for (; options != NULL && options[0] != NULL; options += 2)
        if (syscall(SYS_fsconfig, context_fd, FSCONFIG_SET_STRING, options[0], options[1], 0) < 0)
            return fail_sys(fail, "setting %s of %s", options[0], type);
    int fd = -1;
    if (syscall(SYS_fsconfig, context_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0 ||
        (fd = (int)syscall(SYS_fsmount, context_fd, FSMOUNT_CLOEXEC, 0)) < 0) {
        (void)fail_sys(fail, "mounting %s", type);
        return hint_for_mount(type, fail);
    }
    *ret_fd = fd;
    return 0;
}

/* Makes a new tmpfs the working directory, a mount of the child's namespace. */
static int enter_tmpfs(struct fail *fail)
{
    AUTO_FD int fd = -1;
    TRY(new_file_system("tmpfs", NULL, &fd, fail));
    if (syscall(SYS_move_mount, fd, "", AT_FDCWD, PLACE, MOVE_MOUNT_F_EMPTY_PATH) < 0) {
        (void)fail_sys(fail, "move_mount to %s", PLACE);
        return hint_for_mount("tmpfs", fail);
    }
    return fchdir(fd) < 0 ? fail_sys(fail, "entering a tmpfs") : 0;
}

static int clone_mount(const char *path, int *ret_fd, struct fail *fail)
{
    int fd = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (fd < 0) {
        (void)fail_sys(fail, "open_tree of %s", path);
        return hint_for_mount("tmpfs", fail);
    }
    *ret_fd = fd;
    return 0;
}

static int check_mount_calls(const struct check_row *row, const struct check_host *host,
                             char found[CHECK_FOUND_MAX], struct fail *fail)
{
    AUTO_FD int fd = -1;
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
    (void)row, (void)host;
    TRY(enter_tmpfs(fail));
    TRY(clone_mount(".", &fd, fail));
    if (syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) < 0) {
        (void)fail_sys(fail, "mount_setattr");
        return hint_for_mount("tmpfs", fail);
    }
    return check_found(found, "fsopen, fsmount, move_mount, open_tree, mount_setattr");
}

static int check_pivot_root(const struct check_row *row, const struct check_host *host,
                            char found[CHECK_FOUND_MAX], struct fail *fail)
{
    (void)row, (void)host;
    TRY(enter_tmpfs(fail));
    if (syscall(SYS_pivot_root, ".", ".") == 0)
        return check_found(found, "works");
    (void)fail_sys(fail, "pivot_root");
    if (fail->code == -EINVAL)
        return fail_hint(fail, "the root here is the initial ramdisk, which can't be left, or a "
                               "chroot: mount a root file system and switch_root to it");
    return hint_for_mount("tmpfs", fail);
}

static int check_file_system(const struct check_row *row, const struct check_host *host,
                             char found[CHECK_FOUND_MAX], struct fail *fail)
{
    AUTO_FD int fd = -1;
    (void)host;
    TRY(new_file_system(row->word, NULL, &fd, fail));
    return check_found(found, "can be mounted");
}

static int check_overlay(const struct check_row *row, const struct check_host *host,
                         char found[CHECK_FOUND_MAX], struct fail *fail)
{
    static const char *const options[] = {"lowerdir", "lower",   "upperdir", "upper",
                                          "workdir",  "working", NULL};
    AUTO_FD int fd = -1;
    (void)row, (void)host;
    TRY(enter_tmpfs(fail));
    if (mkdir("lower", 0700) < 0 || mkdir("upper", 0700) < 0 || mkdir("working", 0700) < 0)
        return fail_sys(fail, "making directories in a tmpfs");
    TRY(new_file_system("overlay", options, &fd, fail));
    return check_found(found, "a writable layer over another");
}

/* ---- idmapped mounts ---- */

/* A user namespace outlives its process while somebody has it open. */
static int open_user_namespace(const struct check_host *host, int *ret_fd, struct fail *fail)
{
    struct spec_id_mapping mapping = {.host_id = 100000, .size = 1};
    struct spec spec = {.uid_mappings = &mapping,
                        .uid_mapping_count = 1,
                        .gid_mappings = &mapping,
                        .gid_mapping_count = 1};
    struct clone_args arguments = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
    pid_t pid = 0;
    int status = 0;
    if (check_sleeper(&arguments, &pid, fail) < 0)
        return spawn_hint_for_clone(fail, CLONE_NEWUSER);
    struct child child = {.pid = pid};
    int result = spawn_map_ids(&child, &spec, fail);
    const char *path = arena_printf(host->arena, "/proc/%d/ns/user", (int)pid);
    if (result >= 0 && (*ret_fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        result = fail_sys(fail, "opening %s", path);
    (void)kill(pid, SIGKILL);
    struct fail second = {0};
    return check_reap(pid, &status, &second) < 0 && result >= 0 ? second.code : result;
}

static int check_idmapped(const struct check_row *row, const struct check_host *host,
                          char found[CHECK_FOUND_MAX], struct fail *fail)
{
    AUTO_FD int user_fd = -1, fd = -1;
    if (open_user_namespace(host, &user_fd, fail) < 0)
        return fail_hint(fail, "that takes root of the host, not of a user namespace");
    TRY(clone_mount(row->word, &fd, fail));
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_IDMAP,
                                    .userns_fd = (uint64_t)(unsigned)user_fd};
    if (syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) == 0)
        return check_found(found, "the file system of %s takes them", row->word);
    (void)fail_sys(fail, "idmapping a mount of %s", row->word);
    if (fail->code == -EINVAL)
        return fail_hint(fail, "its file system has no idmapped mounts: keep root file systems on "
                               "ext4, xfs or btrfs; tmpfs has them from Linux 6.3 on, overlay from "
                               "5.19");
    return hint_for_mount("tmpfs", fail);
}

#define FILE_SYSTEM(NAME, FLAGS, PURPOSE)                                         \
    {                                                                             \
        .name = (NAME), .purpose = (PURPOSE), .function = check_file_system,      \
        .for_root = CHECK_REQUIRED, .for_ordinary = CHECK_REQUIRED,               \
        .namespaces = CLONE_NEWNS | (FLAGS), .as_container = true, .word = (NAME) \
    }

static const struct check_row ROWS[] = {
    {.name = "mount API",
     .purpose = "mounts that no change of a path can lead astray",
     .function = check_mount_calls,
     .for_root = CHECK_REQUIRED,
     .for_ordinary = CHECK_REQUIRED,
     .namespaces = CLONE_NEWNS,
     .as_container = true},
    {.name = "pivot_root",
     .purpose = "leaving the host's root",
     .function = check_pivot_root,
     .for_root = CHECK_REQUIRED,
     .for_ordinary = CHECK_REQUIRED,
     .namespaces = CLONE_NEWNS,
     .as_container = true},
    FILE_SYSTEM("proc", CLONE_NEWPID, "/proc"),
    FILE_SYSTEM("sysfs", CLONE_NEWNET, "/sys"),
    FILE_SYSTEM("tmpfs", 0, "/dev, /dev/shm and --tmpfs"),
    FILE_SYSTEM("devpts", 0, "terminals"),
    FILE_SYSTEM("mqueue", CLONE_NEWIPC, "/dev/mqueue"),
    {.name = "overlay",
     .purpose = "containers that share a root file system",
     .function = check_overlay,
     .for_root = CHECK_USEFUL,
     .namespaces = CLONE_NEWNS},
    {.name = "overlay, rootless",
     .purpose = "the same for ordinary users",
     .function = check_overlay,
     .for_root = CHECK_USEFUL,
     .for_ordinary = CHECK_USEFUL,
     .namespaces = CLONE_NEWNS | CLONE_NEWUSER},
    {.name = "idmapped mounts",
     .purpose = "a root file system in a user namespace without a chown",
     .function = check_idmapped,
     .for_root = CHECK_USEFUL,
     .namespaces = CLONE_NEWNS,
     .word = "/"},
};

const struct check_section CHECK_MOUNTS = {
    .title = "File systems", .rows = ROWS, .row_count = sizeof(ROWS) / sizeof(ROWS[0])};
