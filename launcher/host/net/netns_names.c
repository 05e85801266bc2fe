#include "netns_names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>

static int hint_for_right(struct fail *fail)
{
    if (fail->code == -EPERM || fail->code == -EACCES)
        return fail_hint(fail, "that takes CAP_SYS_ADMIN: run it as root, or in a user namespace "
                               "that has a /run of its own");
    return fail->code;
}

int netns_name_path(const char *name, struct arena *arena, const char **ret_path, struct fail *fail)
{
    *ret_path = arena_printf(arena, NETNS_DIRECTORY "/%s", name);
    if (name[0] != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
        strcmp(name, "..") != 0 && strlen(name) <= NAME_MAX)
        return 0;
    (void)fail_set(fail, "\"%.60s\" can't be the name of a network namespace", name);
    return fail_hint(fail, "it is the name of a file in " NETNS_DIRECTORY ", without any \"/\"");
}

/* ---- the directory ---- */

/* Shared, so that a name that is taken away goes from every other mount namespace as well: a mount
 * that stays in one of them would hold the network namespace for ever; mount_namespaces(7). */
static int share_directory(struct fail *fail)
{
    if (mount("", NETNS_DIRECTORY, "none", MS_SHARED | MS_REC, NULL) == 0)
        return 0;
    if (errno != EINVAL)
        return fail_sys(fail, "sharing the mounts in " NETNS_DIRECTORY);
    /* It is no mount point yet. */
    if (mount(NETNS_DIRECTORY, NETNS_DIRECTORY, "none", MS_BIND | MS_REC, NULL) < 0)
        return fail_sys(fail, "mounting " NETNS_DIRECTORY " on itself");
    if (mount("", NETNS_DIRECTORY, "none", MS_SHARED | MS_REC, NULL) < 0)
        return fail_sys(fail, "sharing the mounts in " NETNS_DIRECTORY);
    return 0;
}

/* The lock is the one of ip(8): two that begin at the same time must not mount it twice, one over the
 * other. */
static int make_directory(struct fail *fail)
{
    if (mkdir(NETNS_DIRECTORY, 0755) < 0 && errno != EEXIST)
        return fail_sys(fail, "making the directory " NETNS_DIRECTORY);
    AUTO_FD int fd = open(NETNS_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail_sys(fail, "opening " NETNS_DIRECTORY);
    while (flock(fd, LOCK_EX) < 0)
        if (errno != EINTR)
            return fail_sys(fail, "locking " NETNS_DIRECTORY);
    return share_directory(fail);
}

/* ---- making one ---- */

/* Mode 0 until the namespace's own file covers it. */
static int make_file(const char *name, const char *path, struct fail *fail)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
    if (fd >= 0)
        return 0;
    if (errno != EEXIST)
        return fail_sys(fail, "making the file %s", path);
    (void)fail_set(fail, "making the network namespace %s: there is one of that name already",
                   name);
    fail->code = -EEXIST;
    return fail_hint(fail, "launcher net ns del %s removes it", name);
}

static int mount_new_namespace(const char *path, struct fail *fail)
{
    AUTO_FD int home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home_fd < 0)
        return fail_sys(fail, "opening /proc/self/ns/net");
    if (unshare(CLONE_NEWNET) < 0)
        return fail_sys(fail, "unshare");
    int result = mount("/proc/self/ns/net", path, "none", MS_BIND, NULL);
    if (result < 0)
        result = fail_sys(fail, "mounting the namespace on %s", path);
    if (setns(home_fd, CLONE_NEWNET) < 0)
        return fail_sys(fail, "returning to launcher's own network namespace");
    return result;
}

static int add(const char *name, const char *path, struct fail *fail)
{
    TRY(make_directory(fail));
    TRY(make_file(name, path, fail));
    int result = mount_new_namespace(path, fail);
    if (result < 0)
        (void)unlink(path); /* it is ours, and empty */
    return result;
}

int netns_name_add(const char *name, struct arena *arena, struct fail *fail)
{
    const char *path = NULL;
    TRY(netns_name_path(name, arena, &path, fail));
    return add(name, path, fail) < 0 ? hint_for_right(fail) : 0;
}

/* ---- removing and listing ---- */

/* A file without a mount is what a crash left: the name is free when it is gone too. */
static int take_away(const char *name, const char *path, struct fail *fail)
{
    if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL && errno != ENOENT)
        return fail_sys(fail, "unmounting %s", path);
    if (unlink(path) == 0)
        return 0;
    if (errno != ENOENT)
        return fail_sys(fail, "removing the file %s", path);
    (void)fail_set(fail, "removing the network namespace %s: there is none of that name", name);
    fail->code = -ENOENT;
    return fail_hint(fail, "launcher net ns ls lists them");
}

int netns_name_delete(const char *name, struct arena *arena, struct fail *fail)
{
    const char *path = NULL;
    TRY(netns_name_path(name, arena, &path, fail));
    if (take_away(name, path, fail) >= 0)
        return 0;
    if (fail->code == -EBUSY)
        return fail_hint(fail, "it is mounted in another mount namespace too: findmnt -N PID");
    return hint_for_right(fail);
}

static int compare_names(const void *left, const void *right)
{
    const char *const *one = left, *const *other = right;
    return strcmp(*one, *other);
}

int netns_name_list(struct arena *arena, const char ***ret_names, size_t *ret_count,
                    struct fail *fail)
{
    const char **names = NULL;
    size_t count = 0;
    DIR *entries = opendir(NETNS_DIRECTORY);
    if (entries == NULL && errno != ENOENT)
        return fail_sys(fail, "reading " NETNS_DIRECTORY);
    for (const struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            *ARENA_APPEND(arena, names, count) = arena_strdup(arena, entry->d_name);
    if (entries != NULL)
        (void)closedir(entries); /* it was only read */
    if (count > 0)
        qsort(names, count, sizeof(*names), compare_names);
    *ret_names = names;
    *ret_count = count;
    return 0;
}
