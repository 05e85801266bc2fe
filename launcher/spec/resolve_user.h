/* resolve_user.h - --user against the files of the root file system. */
#ifndef LAUNCHER_RESOLVE_USER_H
#define LAUNCHER_RESOLVE_USER_H

#include "spec.h"
#include "wishes.h"

/* Fills spec->process.user. `root_fd` is the root file system's directory; its /etc/passwd and
 * /etc/group are read at most once each. `*ret_home` is the user's home directory, never NULL. */
MUST_CHECK int resolve_user(struct spec *spec, const struct run_options *options, int root_fd,
                            struct arena *arena, const char **ret_home, struct fail *fail);

#endif
