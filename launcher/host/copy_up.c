#include "copy_up.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../plan/mount_options.h"

enum { DEPTH_MAX = 100, NAMES_MAX = 4096, VALUE_MAX = 4096, CHUNK = 1 << 20 };

/* ---- what belongs to a file besides its content ---- */

/* An attribute that a tmpfs has no room for stays behind; the kernel keeps ACLs as attributes too. */
static int copy_attributes(int from, int to, struct fail *fail)
{
    char names[NAMES_MAX], value[VALUE_MAX];
    ssize_t size = flistxattr(from, names, sizeof(names));
    for (const char *name = names; size > 0 && name < names + size; name += strlen(name) + 1) {
        ssize_t length = fgetxattr(from, name, value, sizeof(value));
        if (length >= 0 && fsetxattr(to, name, value, (size_t)length, 0) < 0 &&
            errno != EOPNOTSUPP && errno != EPERM)
            return fail_sys(fail, "setting the attribute %.100s", name);
    }
    return 0;
}

/* chown(2) takes set-user-ID bits and file capabilities away, so it comes first. */
static int copy_metadata(int from, int to, const struct stat *status, struct fail *fail)
{
    const struct timespec times[] = {status->st_atim, status->st_mtim};
    if (fchown(to, status->st_uid, status->st_gid) < 0)
        return fail_sys(fail, "setting the owner");
    if (fchmod(to, status->st_mode & 07777) < 0)
        return fail_sys(fail, "setting the mode");
    TRY(copy_attributes(from, to, fail));
    return futimens(to, times) < 0 ? fail_sys(fail, "setting the times") : 0;
}

/* ---- one entry of a directory ---- */

struct place {
    int from, to; /* directories */
    const char *name;
    unsigned depth;
};

static int copy_directory(int from, int to, unsigned depth, struct fail *fail);

static int copy_content(int from, int to, struct fail *fail)
{
    ssize_t sent = 0;
    do
        sent = sendfile(to, from, NULL, CHUNK);
    while (sent > 0 || (sent < 0 && errno == EINTR));
    return sent < 0 ? fail_sys(fail, "copying the content") : 0;
}

/* Opened without following a link and without waiting for a writer: it may be another file by now. */
static int copy_file(const struct place *place, struct fail *fail)
{
    struct stat status;
    AUTO_FD int from =
        openat(place->from, place->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (from < 0 || fstat(from, &status) < 0)
        return fail_sys(fail, "opening");
    if (!S_ISREG(status.st_mode))
        return fail_set(fail, "it changed while it was copied");
    AUTO_FD int to = openat(place->to, place->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (to < 0)
        return fail_sys(fail, "making the file");
    TRY(copy_content(from, to, fail));
    return copy_metadata(from, to, &status, fail);
}

static int copy_subdirectory(const struct place *place, struct fail *fail)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    struct stat status;
    if (place->depth == DEPTH_MAX)
        return fail_set(fail, "directories are more than %d deep", DEPTH_MAX);
    AUTO_FD int from = openat(place->from, place->name, flags);
    if (from < 0 || fstat(from, &status) < 0)
        return fail_sys(fail, "opening");
    if (mkdirat(place->to, place->name, 0700) < 0)
        return fail_sys(fail, "making the directory");
    AUTO_FD int to = openat(place->to, place->name, flags);
    if (to < 0)
        return fail_sys(fail, "opening the new directory");
    TRY(copy_directory(from, to, place->depth + 1, fail));
    return copy_metadata(from, to, &status, fail);
}

static int set_owner_and_times(const struct place *place, const struct stat *status,
                               struct fail *fail)
{
    const struct timespec times[] = {status->st_atim, status->st_mtim};
    if (fchownat(place->to, place->name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
        return fail_sys(fail, "setting the owner");
    if (utimensat(place->to, place->name, times, AT_SYMLINK_NOFOLLOW) < 0)
        return fail_sys(fail, "setting the times");
    return 0;
}

static int copy_link(const struct place *place, const struct stat *status, struct fail *fail)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(place->from, place->name, target, sizeof(target) - 1);
    if (length < 0)
        return fail_sys(fail, "reading the link");
    target[length] = '\0';
    if (symlinkat(target, place->to, place->name) < 0)
        return fail_sys(fail, "making the link");
    return set_owner_and_times(place, status, fail);
}

/* In a user namespace a device can't be made, and none would work there. */
static int copy_node(const struct place *place, const struct stat *status, struct fail *fail)
{
    mode_t kind = status->st_mode & S_IFMT;
    if (mknodat(place->to, place->name, kind | 0600, status->st_rdev) < 0)
        return errno == EPERM ? 0 : fail_sys(fail, "making the node");
    /* chown(2) first, for the reason above; the name is one that we have just made in our own tree */
    TRY(set_owner_and_times(place, status, fail));
    return fchmodat(place->to, place->name, status->st_mode & 07777, 0) < 0
               ? fail_sys(fail, "setting the mode")
               : 0;
}

static int copy_entry(const struct place *place, struct fail *fail)
{
    struct stat status;
    if (fstatat(place->from, place->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : fail_sys(fail, "looking at it");
    if (S_ISDIR(status.st_mode))
        return copy_subdirectory(place, fail);
    if (S_ISREG(status.st_mode))
        return copy_file(place, fail);
    if (S_ISLNK(status.st_mode))
        return copy_link(place, &status, fail);
    return copy_node(place, &status, fail);
}

static int copy_entries(DIR *directory, int to, unsigned depth, struct fail *fail)
{
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        const struct place place = {dirfd(directory), to, entry->d_name, depth};
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (copy_entry(&place, fail) < 0)
            return fail_context(fail, "%.60s", entry->d_name);
    }
    return 0;
}

static int copy_directory(int from, int to, unsigned depth, struct fail *fail)
{
    int own = fcntl(from, F_DUPFD_CLOEXEC, 0); /* closedir(3) closes it */
    DIR *directory = own < 0 ? NULL : fdopendir(own);
    if (directory == NULL) {
        own_close(&own);
        return fail_sys(fail, "reading the directory");
    }
    int result = copy_entries(directory, to, depth, fail);
    (void)closedir(directory);
    return result;
}

/* ---- the tmpfs ---- */

static int set_option(int fs_fd, unsigned command, const char *key, const char *value,
                      struct fail *fail)
{
    if (syscall(SYS_fsconfig, fs_fd, command, key, value, 0) == 0)
        return 0;
    (void)fail_sys(fail, "setting its option %.60s", key != NULL ? key : "none");
    return fail_hint(fail,
                     "the file system has no such option, or not with this value: see mount(8)");
}

static int new_tmpfs(const struct mount_options *options, int *ret_fd, struct fail *fail)
{
    AUTO_FD int fs_fd = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
    if (fs_fd < 0)
        return fail_sys(fail, "opening a tmpfs");
    for (size_t i = 0; i + 1 < options->pair_count; i += 2) {
        const char *value = options->pairs[i + 1];
        TRY(set_option(fs_fd, value != NULL ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
                       options->pairs[i], value, fail));
    }
    TRY(set_option(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, fail));
    *ret_fd = (int)syscall(SYS_fsmount, fs_fd, FSMOUNT_CLOEXEC, 0);
    return *ret_fd >= 0 ? 0 : fail_sys(fail, "making a mount of the tmpfs");
}

/* -1: there is none. */
static int open_below(const char *root, const char *destination)
{
    AUTO_FD int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
                           .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    if (root_fd < 0)
        return -1;
    return (int)syscall(SYS_openat2, root_fd, destination, &how, sizeof(how));
}

static bool has_option(const struct mount_options *options, const char *key)
{
    for (size_t i = 0; i < options->pair_count; i += 2)
        if (strcmp(options->pairs[i], key) == 0)
            return true;
    return false;
}

/* What the options say about the top directory holds; else it is as the image has it. */
static int fill(int from, int mount_fd, const struct mount_options *options, struct fail *fail)
{
    struct stat status, top;
    AUTO_FD int to = openat(mount_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (to < 0 || fstat(from, &status) < 0 || fstat(to, &top) < 0)
        return fail_sys(fail, "opening the new tmpfs");
    TRY(copy_directory(from, to, 0, fail));
    status.st_uid = has_option(options, "uid") ? top.st_uid : status.st_uid;
    status.st_gid = has_option(options, "gid") ? top.st_gid : status.st_gid;
    status.st_mode = has_option(options, "mode") ? top.st_mode : status.st_mode;
    return copy_metadata(from, to, &status, fail);
}

int copy_up(const struct spec *spec, const struct spec_mount *mount, struct arena *arena,
            int *ret_fd, struct fail *fail)
{
    struct mount_options options = mount_options_sort(mount, arena);
    AUTO_FD int mount_fd = -1;
    AUTO_FD int from = open_below(spec->root.path, mount->destination);
    if (from < 0 && errno != ENOENT)
        return fail_sys(fail, "opening %.200s of the root file system", mount->destination);
    if (new_tmpfs(&options, &mount_fd, fail) < 0)
        return fail_context(fail, "the tmpfs for %.200s", mount->destination);
    if (from >= 0 && fill(from, mount_fd, &options, fail) < 0)
        return fail_context(fail, "copying %.200s of the root file system", mount->destination);
    *ret_fd = take_fd(&mount_fd);
    return 0;
}
