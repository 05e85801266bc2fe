#include "idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "namespace.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

enum { MAP_TEXT_MAX = 4096 }; /* the kernel takes at most one page, user_namespaces(7) */

/* One write(2) for the whole map: the kernel takes no second one. */
static int write_text(pid_t pid, const char *file, const char *text, struct fail *fail)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
    AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_sys(fail, "opening %s", path);
    if (write(fd, text, strlen(text)) < 0)
        return fail_sys(fail, "writing \"%s\" to %s", text, path);
    return 0;
}

int idmap_write(pid_t pid, const char *file, const struct spec_id_mapping *mappings, size_t count,
                struct fail *fail)
{
    char text[MAP_TEXT_MAX];
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        int length = snprintf(text + used, sizeof(text) - used, "%u %u %u\n",
                              mappings[i].container_id, mappings[i].host_id, mappings[i].size);
        if (length < 0 || (size_t)length >= sizeof(text) - used)
            return fail_set(fail, "writing %s: %zu mappings are more than one page of text", file,
                            count);
        used += (size_t)length;
    }
    return write_text(pid, file, text, fail);
}

/* ---- mounts ---- */

static int furnish(pid_t pid, const struct spec_idmap *map, int *ret_fd, struct fail *fail)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
    TRY(idmap_write(pid, "uid_map", map->uids, map->uid_count, fail));
    TRY(idmap_write(pid, "gid_map", map->gids, map->gid_count, fail));
    return namespace_open(NS_USER, path, ret_fd, fail);
}

/* A user namespace lives as long as a descriptor of it, but only a process can make one. */
static int new_user_namespace(const struct spec_idmap *map, int *ret_fd, struct fail *fail)
{
    long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (pid < 0)
        return fail_sys(fail, "creating a user namespace for the ids of a mount");
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            (void)pause();
    }
    int result = furnish((pid_t)pid, map, ret_fd, fail);
    (void)kill((pid_t)pid, SIGKILL); /* ours until it is waited for */
    while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    return result;
}

static int find_user_namespace(const struct spec *spec, const struct spec_idmap *map, int *ret_fd,
                               struct fail *fail)
{
    struct spec_idmap container = {spec->uid_mappings, spec->gid_mappings, spec->uid_mapping_count,
                                   spec->gid_mapping_count, false};
    if (map->uid_count + map->gid_count > 0)
        return new_user_namespace(map, ret_fd, fail);
    if (spec->namespaces[NS_USER].path != NULL)
        return namespace_open(NS_USER, spec->namespaces[NS_USER].path, ret_fd, fail);
    if (spec->namespaces[NS_USER].create)
        return new_user_namespace(&container, ret_fd, fail);
    return fail_set(fail,
                    "its ids can't be mapped: neither the mount has mappings nor the container "
                    "a user namespace");
}

int idmap_tree(int tree_fd, const struct spec *spec, const struct spec_mount *mount, bool recursive,
               struct fail *fail)
{
    AUTO_FD int user_fd = -1;
    TRY(find_user_namespace(spec, &mount->idmap, &user_fd, fail));
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint32_t)user_fd};
    unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0u);
    if (syscall(SYS_mount_setattr, tree_fd, "", flags, &attr, sizeof(attr)) == 0)
        return 0;
    (void)fail_sys(fail, "mapping the ids of %.200s", mount->source);
    if (fail->code == -EINVAL)
        (void)fail_hint(fail, "its file system can't do that, or its ids are mapped already");
    else if (fail->code == -EPERM)
        (void)fail_hint(fail,
                        "this needs CAP_SYS_ADMIN over the file system, and mappings of at least "
                        "one id");
    return fail->code;
}
