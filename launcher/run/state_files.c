#include "state_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../host/state_root.h"

static const struct {
    const char *suffix;
    const char *what;
} FILES[FILE_KINDS] = {
    [FILE_CONFIG] = {"config", "a copy of its config.json"},
    [FILE_SPEC] = {"spec", "its spec"},
    [FILE_FILTER] = {"filter", "its system call filter"},
    [FILE_REPORT] = {"report", "its report"},
    [FILE_LOG] = {"log", "its log"},
    [FILE_STOP] = {"stop", "the wish to stop it"},
};

const char *state_file_name(const char *id, enum state_file kind, unsigned age, struct arena *arena)
{
    if (age > 0)
        return arena_printf(arena, "%s.%s.%u", id, FILES[kind].suffix, age);
    return arena_printf(arena, "%s.%s", id, FILES[kind].suffix);
}

int state_hint_for_space(struct fail *fail)
{
    if (fail->code == -ENOSPC || fail->code == -EROFS || fail->code == -EDQUOT)
        return fail_hint(fail,
                         "launcher keeps a small file for each container in /run/launcher or where "
                         "--root says, an ordinary user's in $XDG_RUNTIME_DIR: make room there");
    return fail->code;
}

int state_file_create(const struct state *state, enum state_file kind, struct arena *arena,
                      int *ret_fd, struct fail *fail)
{
    const char *name = state_file_name(state->id, kind, 0, arena);
    *ret_fd =
        openat(state->root_fd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*ret_fd >= 0)
        return 0;
    (void)fail_sys(fail, "keeping %s", FILES[kind].what);
    return state_hint_for_space(fail);
}

int state_file_write(const struct state *state, enum state_file kind, const char *text, size_t size,
                     struct arena *arena, struct fail *fail)
{
    AUTO_FD int fd = -1;
    TRY(state_file_create(state, kind, arena, &fd, fail));
    ssize_t written = write(fd, text, size);
    if (written >= 0 && (size_t)written == size)
        return 0;
    (void)fail_code(fail, written < 0 ? -errno : -ENOSPC, "keeping %s", FILES[kind].what);
    return state_hint_for_space(fail);
}

int state_file_read(const struct state *state, enum state_file kind, struct arena *arena,
                    char **ret_text, size_t *ret_size, struct fail *fail)
{
    return state_root_read(state->root_fd, state_file_name(state->id, kind, 0, arena), arena,
                           ret_text, ret_size, fail);
}

bool state_file_exists(const struct state *state, enum state_file kind, struct arena *arena)
{
    struct stat status;
    return fstatat(state->root_fd, state_file_name(state->id, kind, 0, arena), &status,
                   AT_SYMLINK_NOFOLLOW) == 0;
}

void state_file_remove(const struct state *state, enum state_file kind, struct arena *arena)
{
    (void)unlinkat(state->root_fd, state_file_name(state->id, kind, 0, arena), 0);
}

/* Those put aside have consecutive numbers. */
static void remove_old_logs(const struct state *state, struct arena *arena)
{
    for (unsigned age = 1; age < LOG_FILES_MAX; age++)
        if (unlinkat(state->root_fd, state_file_name(state->id, FILE_LOG, age, arena), 0) < 0)
            return;
}

void state_files_remove(const struct state *state, struct arena *arena)
{
    for (enum state_file kind = 0; kind < FILE_KINDS; kind++) {
        int result = unlinkat(state->root_fd, state_file_name(state->id, kind, 0, arena), 0);
        if (result == 0 && kind == FILE_LOG)
            remove_old_logs(state, arena);
    }
}
