#include "state_root.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/stat.h>

/* An ordinary user, who is root only in a user namespace of his: podman's, for one. */
static bool is_mapped_root(void)
{
    static const char WHOLE[] = "         0          0 4294967295\n";
    char map[sizeof(WHOLE)];
    AUTO_FD int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, map, sizeof(WHOLE) - 1);
    return size > 0 && strncmp(map, WHOLE, (size_t)size) != 0;
}

const char *state_root(struct arena *arena)
{
    const char *chosen = getenv("LAUNCHER_ROOT");
    if (chosen != NULL && chosen[0] == '/')
        return chosen;
    const char *runtime_dir = getenv("XDG_RUNTIME_DIR");
    bool has_own = runtime_dir != NULL && runtime_dir[0] == '/';
    if (geteuid() == 0 && !(has_own && is_mapped_root()))
        return "/run/launcher";
    if (!has_own)
        return arena_printf(arena, "/tmp/launcher-%u", (unsigned)geteuid());
    return arena_printf(arena, "%s/launcher", runtime_dir);
}

/* The directory must be ours and closed to others: it decides what gc kills and removes. */
static int check_owner(int fd, const char *path, struct fail *fail)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return fail_sys(fail, "looking at the state directory %s", path);
    if (status.st_uid == geteuid() && (status.st_mode & 022) == 0)
        return 0;
    (void)fail_set(fail, "using the state directory %s: it belongs to or is writable by others",
                   path);
    return fail_hint(fail, "chmod 700 it if it is yours; it decides what launcher gc kills");
}

int state_root_find(struct arena *arena, int *ret_fd, struct fail *fail)
{
    const char *path = state_root(arena);
    AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return fail_sys(fail, "opening the state directory %s", path);
    TRY(check_owner(fd, path, fail));
    *ret_fd = take_fd(&fd);
    return 0;
}

/* With the directories above it: engines name one that is not there yet. */
static int make_directories(const char *path, struct arena *arena)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return 0;
    const char *slash = strrchr(path, '/');
    if (errno != ENOENT || slash == NULL || slash == path)
        return -1;
    if (make_directories(arena_copy(arena, path, (size_t)(slash - path)), arena) < 0)
        return -1;
    return mkdir(path, 0700) < 0 && errno != EEXIST ? -1 : 0;
}

int state_root_open(struct arena *arena, int *ret_fd, struct fail *fail)
{
    struct fail missing = {0};
    const char *path = state_root(arena);
    int result = state_root_find(arena, ret_fd, &missing);
    if (result == -ENOENT) {
        if (make_directories(path, arena) < 0)
            return fail_sys(fail, "creating the state directory %s", path);
        return state_root_find(arena, ret_fd, fail);
    }
    if (result < 0)
        *fail = missing;
    return result;
}

/* gc and creators hold the root's lock: so neither gc nor another creator of the same name sees a file
 * between its creation and its lock, and takes it for a leftover. */
int state_root_lock(int root_fd, int operation, struct fail *fail)
{
    while (flock(root_fd, operation) < 0)
        if (errno != EINTR)
            return fail_sys(fail, "locking the state directory");
    return 0;
}

bool state_root_lives(int root_fd, const char *id, struct arena *arena)
{
    AUTO_FD int fd =
        openat(root_fd, arena_printf(arena, "%s.json", id), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0;
}

enum { FILE_SIZE_MAX = 8 * 1024 * 1024 }; /* the leases of a full /16 with long names */

int state_root_read(int root_fd, const char *name, struct arena *arena, char **ret_text,
                    size_t *ret_size, struct fail *fail)
{
    struct stat status;
    AUTO_FD int fd = openat(root_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &status) < 0)
        return fail_sys(fail, "opening the record %s", name);
    if (status.st_size > FILE_SIZE_MAX)
        return fail_code(fail, -EFBIG, "reading the record %s", name);
    char *text = arena_alloc(arena, (size_t)status.st_size + 1);
    ssize_t size = pread(fd, text, (size_t)status.st_size, 0);
    if (size < 0)
        return fail_sys(fail, "reading the record %s", name);
    text[size] = '\0';
    *ret_text = text;
    if (ret_size != NULL)
        *ret_size = (size_t)size;
    return 0;
}

void state_root_seed_json(void)
{
    size_t seed = 0;
    const void *random = (const void *)getauxval(AT_RANDOM); /* NOLINT: the kernel hands a number */
    if (random != NULL)
        memcpy(&seed, random, sizeof(seed));
    json_object_seed(seed);
}
