/* tree.h - mount trees that launcher makes in the host's namespaces and passes to cinit. */
#ifndef LAUNCHER_TREE_H
#define LAUNCHER_TREE_H

#include "../plan/plan.h"

/* Makes the detached tree of a mount; with it cinit does what it does with a copy of its own. */
MUST_CHECK int tree_make(enum passed_kind kind, const struct spec *spec,
                         const struct spec_mount *mount, struct arena *arena, int *ret_fd,
                         struct fail *fail);

/* A detached copy of the host's mount at the source of `mount`, with those below it if it is
 * recursive; open_tree(2). */
MUST_CHECK int tree_copy(const struct spec_mount *mount, struct arena *arena, int *ret_fd,
                         struct fail *fail);

#endif
