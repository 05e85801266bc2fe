#include "execute.h"

#include <string.h>

#include "inside.h"

static const uint8_t STATUSES[CAUSE_COUNT] = {
    [CAUSE_ERRNO] = EXIT_NOT_EXECUTABLE,
#define CAUSE(KIND, STATUS, REASON, HINT) [CAUSE_##KIND] = (STATUS),
#include "../shared/exec_causes.def"
#undef CAUSE
};

int exec_causes_status(enum exec_cause cause)
{
    return STATUSES[cause];
}

/* An element of PATH and the name behind it. An empty element is the working directory. */
static bool join(struct candidates *candidates, size_t directory_length)
{
    size_t name_length = strlen(candidates->name);
    if (directory_length + 1 + name_length >= sizeof(candidates->path))
        return false;
    char *at = candidates->path;
    memcpy(at, candidates->search_path, directory_length);
    at += directory_length;
    if (directory_length > 0)
        *at++ = '/';
    (void)stpcpy(at, candidates->name);
    return true;
}

static const char *next_in_path(struct candidates *candidates)
{
    while (candidates->search_path != NULL) {
        const char *end = strchrnul(candidates->search_path, ':');
        bool fits = join(candidates, (size_t)(end - candidates->search_path));
        candidates->search_path = *end == ':' ? end + 1 : NULL;
        if (fits)
            return candidates->path;
    }
    return NULL;
}

static const char *next(struct candidates *candidates)
{
    if (candidates->list != NULL)
        return *candidates->list != NULL ? *candidates->list++ : NULL;
    if (candidates->search_path == NULL || strchr(candidates->name, '/') == NULL)
        return next_in_path(candidates);
    candidates->search_path = NULL;
    return candidates->name;
}

static void examine(const char *path, int error, struct exec_failure *failure)
{
    failure->error = error;
    failure->cause = doctor_examine(path, error, failure->object);
}

/* A file that is there and yet "not found" is a program whose interpreter is missing. Where none is
 * there, a lone candidate is named all the same. */
static void examine_missing(const struct candidates *candidates, struct exec_failure *failure)
{
    struct candidates again = *candidates;
    const char *path = next(&again);
    while (path != NULL && sys_access(path, F_OK) < 0)
        path = next(&again);
    examine(path, -ENOENT, failure);
}

/* What execve(2) would say, as far as it can be seen: a directory has the right to execute as well. */
static int probe(const char *path)
{
    AUTO_FD int directory_fd = sys_open(path, O_PATH | O_DIRECTORY);
    return directory_fd >= 0 ? -EACCES : sys_access(path, X_OK);
}

void execute(const struct candidates *candidates, char *const *argv, char *const *environment,
             struct exec_failure *ret_failure)
{
    struct candidates left = *candidates;
    const char *path;
    *ret_failure = (struct exec_failure){.error = 0};
    while ((path = next(&left)) != NULL) {
        int error = argv != NULL ? sys_execve(path, argv, environment) : probe(path);
        if (error >= 0) {
            ret_failure->error = 0;
            return;
        }
        if (error == -ENOENT || error == -ENOTDIR || (error == -EACCES && ret_failure->error != 0))
            continue;
        examine(path, error, ret_failure);
        if (error != -EACCES)
            return;
    }
    if (ret_failure->error == 0)
        examine_missing(candidates, ret_failure);
}
