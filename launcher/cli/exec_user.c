#include "exec_user.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../spec/parse.h"
#include "../spec/resolve_user.h"
#include "../spec/userdb.h"

/* UID[:GID]. Without a group it stays that of the container's own process. */
static int set_ids(const char *text, struct spec_user *user, struct arena *arena, struct fail *fail)
{
    const char *colon = strchr(text, ':');
    const char *uid = colon == NULL ? text : arena_copy(arena, text, (size_t)(colon - text));
    TRY(parse_id(uid, &user->uid, fail));
    return colon == NULL ? 0 : parse_id(colon + 1, &user->gid, fail);
}

static bool is_by_ids(const char *text)
{
    const char *colon = strchr(text, ':');
    return looks_like_id(text) && strchr(text, ',') == NULL &&
           (colon == NULL || looks_like_id(colon + 1));
}

/* The files are those that its first process sees. Afterwards it has to be there still: else its number
 * may have been another's. */
static int set_by_name(const char *text, const struct existing *existing, struct spec *spec,
                       const char **ret_home, struct fail *fail)
{
    const struct container *container = &existing->container;
    const struct run_options options = {.user = text};
    const char *path = arena_printf(container->arena, "/proc/%d/root", (int)container->child.pid);
    AUTO_FD int root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root_fd < 0)
        return fail_sys(fail, "option --user: opening the root of the container %s",
                        container->record.id);
    if (status_await_process(container->child.pidfd, 0))
        return fail_code(fail, -ESRCH, "option --user: looking into the container %s",
                         container->record.id);
    spec->process.user.additional_gids = NULL;
    spec->process.user.additional_gid_count = 0;
    return resolve_user(spec, &options, root_fd, container->arena, ret_home, fail);
}

/* What execve(2) leaves to a user other than root. */
static void set_capabilities(struct spec_process *process)
{
    struct spec_capabilities *caps = &process->capabilities;
    caps->permitted = process->user.uid == 0 ? caps->bounding : 0;
    caps->effective = caps->permitted;
}

int exec_user_set(const char *text, const struct existing *existing, struct spec *spec,
                  const char **ret_home, struct fail *fail)
{
    *ret_home = NULL;
    if (!is_by_ids(text))
        TRY(set_by_name(text, existing, spec, ret_home, fail));
    else if (set_ids(text, &spec->process.user, existing->container.arena, fail) < 0)
        return fail_context(fail, "option --user");
    if (!existing->container.record.detached)
        set_capabilities(&spec->process);
    return 0;
}
