/* exec_user.h - exec --user: ids, as engines give them, or names of the container's /etc/passwd and
 * /etc/group. */
#ifndef LAUNCHER_EXEC_USER_H
#define LAUNCHER_EXEC_USER_H

#include "../run/existing.h"

/* Sets the user of `spec`. In a container of launcher run a user other than root has no capabilities, as its
 * own command would have none; in one of create they are what its config.json says. `ret_home`: of a user who
 * was named; NULL: by id. */
MUST_CHECK int exec_user_set(const char *text, const struct existing *existing, struct spec *spec,
                             const char **ret_home, struct fail *fail);

#endif
