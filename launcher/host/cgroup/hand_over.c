#include "hand_over.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The files of /sys/kernel/cgroup/delegate that divide and move, and of v1 those of the same use.
 * Those that set what the whole cgroup gets (memory.max ...) are not among them. */
static const char *const FILES[] = {
    "cgroup.procs",          "cgroup.subtree_control", "cgroup.threads",
    "memory.oom.group",      "memory.reclaim",         "tasks",
    "cgroup.clone_children",
};

int cgroup_hand_over(const struct cgroup_dir *dir, uid_t uid, gid_t gid, struct fail *fail)
{
    if (fchown(dir->fd, uid, gid) < 0)
        return fail_sys(fail, "make user %u the owner of the cgroup %s", (unsigned)uid, dir->path);
    for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++)
        if (fchownat(dir->fd, FILES[i], uid, gid, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
            return fail_sys(fail, "make user %u the owner of %s/%s", (unsigned)uid, dir->path,
                            FILES[i]);
    return 0;
}
