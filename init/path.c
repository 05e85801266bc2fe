/* Paths of the container. Its root file system may belong to somebody else, who renames directories
 * and plants symlinks while we look (CVE-2021-30465, CVE-2024-45310). So no path is looked up twice
 * and none is trusted: each is resolved once, below the root, to a descriptor, and all acts are on
 * that descriptor. */
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "inside.h"
#include "sys.h"

/* The kernel gives up a resolution below a root with EAGAIN when a rename or mount anywhere could
 * have led it out; openat2(2). Somebody who renames without end gets an error, not a hang. */
enum { RESOLVE_ATTEMPTS = 256 };

NO_ARRAYS int path_open(int root_fd, const char *path, int open_flags, uint64_t resolve)
{
    struct open_how how = {
        .flags = (unsigned)(open_flags | O_CLOEXEC),
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve,
    };
    int fd = -EAGAIN;
    for (int i = 0; i < RESOLVE_ATTEMPTS && fd == -EAGAIN; i++)
        fd = sys_openat2(root_fd, path, &how);
    return fd;
}

static int open_parent(int root_fd, char *path, const char **ret_name, uint64_t resolve)
{
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        return -EINVAL;
    *ret_name = slash + 1;
    *slash = '\0';
    int fd = path_open(root_fd, slash == path ? "/" : path, O_PATH | O_DIRECTORY, resolve);
    *slash = '/';
    return fd;
}

/* mkdirat and mknodat take one component below a descriptor and never follow a symlink there. An
 * entry that exists is left alone: whoever opens the path next sees whether it is of use. */
static int make_entry(int root_fd, char *path, mode_t type, uint64_t resolve)
{
    const char *name;
    AUTO_FD int parent_fd = open_parent(root_fd, path, &name, resolve);
    TRY(parent_fd);
    int result = type == S_IFDIR ? sys_3(SYS_mkdirat, parent_fd, name, 0755)
                                 : sys_mknodat(parent_fd, name, S_IFREG | 0644, 0);
    return result == -EEXIST ? 0 : result;
}

/* Each component is made below its own parent, which is resolved anew from the root: a symlink on
 * the way leads where it would lead the container. */
static int make_entries(int root_fd, const char *path, mode_t type, uint64_t resolve)
{
    char walked[PATH_MAX];
    size_t length = strlen(path);
    while (length > 0 && path[length - 1] == '/')
        length--;
    if (length + 2 > sizeof(walked))
        return -ENAMETOOLONG;
    walked[0] = '/';
    memcpy(walked + 1, path, length);
    walked[1 + length] = '\0';

    for (char *end = walked; *end != '\0';) {
        while (*end == '/')
            end++;
        while (*end != '/' && *end != '\0')
            end++;
        char behind = *end;
        *end = '\0';
        int result = make_entry(root_fd, walked, behind == '\0' ? type : S_IFDIR, resolve);
        *end = behind;
        TRY(result);
    }
    return 0;
}

int path_make(int root_fd, const char *path, mode_t type, uint64_t resolve)
{
    int flags = type == S_IFDIR ? O_PATH | O_DIRECTORY : O_PATH;
    int fd = path_open(root_fd, path, flags, resolve);
    if (fd != -ENOENT)
        return fd;
    TRY(make_entries(root_fd, path, type, resolve));
    return path_open(root_fd, path, flags, resolve);
}

int path_make_parent(int root_fd, const char *path, const char **ret_name)
{
    const char *slash = strrchr(path, '/');
    *ret_name = slash == NULL ? path : slash + 1;

    char parent[PATH_MAX];
    size_t length = (size_t)(*ret_name - path);
    if (length + 1 > sizeof(parent))
        return -ENAMETOOLONG;
    memcpy(parent, path, length);
    parent[length] = '\0';
    return path_make(root_fd, length == 0 ? "." : parent, S_IFDIR, 0);
}
