#include "tree.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../plan/mount_options.h"
#include "copy_up.h"
#include "idmap.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

int tree_copy(const struct spec_mount *mount, struct arena *arena, int *ret_fd, struct fail *fail)
{
    bool recursive = mount_options_sort(mount, arena).recursive;
    unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0u);
    *ret_fd = (int)syscall(SYS_open_tree, AT_FDCWD, mount->source, flags);
    return *ret_fd >= 0 ? 0 : fail_sys(fail, "copying the mount of %.200s", mount->source);
}

static int copy_with_mapped_ids(const struct spec *spec, const struct spec_mount *mount,
                                struct arena *arena, int *ret_fd, struct fail *fail)
{
    AUTO_FD int fd = -1;
    struct mount_options options = mount_options_sort(mount, arena);
    TRY(tree_copy(mount, arena, &fd, fail));
    TRY(idmap_tree(fd, spec, mount, options.idmap_recursive, fail));
    *ret_fd = take_fd(&fd);
    return 0;
}

int tree_make(enum passed_kind kind, const struct spec *spec, const struct spec_mount *mount,
              struct arena *arena, int *ret_fd, struct fail *fail)
{
    switch (kind) {
    case PASSED_BIND:
        return tree_copy(mount, arena, ret_fd, fail);
    case PASSED_IDMAP:
        return copy_with_mapped_ids(spec, mount, arena, ret_fd, fail);
    case PASSED_COPY_UP:
        return copy_up(spec, mount, arena, ret_fd, fail);
    case PASSED_NOT:
        break;
    }
    return fail_set(fail, "making the mount on %.200s: launcher does not make it",
                    mount->destination);
}
