#include "state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "../host/net/attach.h"
#include "../host/net/etc_files.h"
#include "../host/state_root.h"
#include "../spec/parse.h"
#include "state_files.h"
#include "state_socket.h"

/* ---- processes ---- */

/* The command name in field 2 may hold anything, spaces and parentheses included: fields are
 * counted from the last parenthesis on. */
static uint64_t parse_starttime(const char *stat)
{
    const char *field = strrchr(stat, ')');
    for (int number = 2; field != NULL && number < 22; number++) {
        field = strchr(field, ' ');
        field = field != NULL ? field + 1 : NULL;
    }
    return field != NULL ? strtoull(field, NULL, 10) : 0;
}

uint64_t state_starttime(pid_t pid)
{
    char path[64], stat[1024];
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, stat, sizeof(stat) - 1);
    if (length <= 0)
        return 0;
    stat[length] = '\0';
    return parse_starttime(stat);
}

/* ---- writing ---- */

static int write_text(const struct state *state, const char *text, struct fail *fail)
{
    size_t length = strlen(text);
    ssize_t written = pwrite(state->file_fd, text, length, 0);
    if (written >= 0 && (size_t)written == length)
        return 0;
    (void)fail_code(fail, written < 0 ? -errno : -ENOSPC, "writing its record");
    return state_hint_for_space(fail);
}

int state_write(const struct state *state, const struct state_record *record, struct fail *fail)
{
    AUTO_FREE char *text = state_record_text(record);
    if (text == NULL)
        return fail_code(fail, -ENOMEM, "recording the container %s", record->id);
    return write_text(state, text, fail);
}

/* ---- life of the file ---- */

static const char *file_name(const char *id, struct arena *arena)
{
    return arena_printf(arena, "%s.json", id);
}

static int open_locked(int root_fd, const char *name, int flags, int *ret_fd)
{
    AUTO_FD int fd = openat(root_fd, name, flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return -errno;
    *ret_fd = take_fd(&fd);
    return 0;
}

/* The name of the container whose record this is; NULL: it is none. */
static const char *id_of_file(const char *file, struct arena *arena)
{
    size_t length = strlen(file);
    if (length < 6 || strcmp(file + length - 5, ".json") != 0)
        return NULL;
    return arena_copy(arena, file, length - 5);
}

static void kill_survivor(const struct state_record *record)
{
    if (record->init_pid <= 0)
        return;
    AUTO_FD int pidfd = (int)syscall(SYS_pidfd_open, record->init_pid, 0);
    /* Compared after the pidfd is held: from here on it can't become another process. */
    if (pidfd < 0 || state_starttime(record->init_pid) != record->init_starttime)
        return;
    (void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0); /* it may be gone: as wanted */
}

int state_destroy(struct state *state, const struct state_record *record, struct arena *arena,
                  struct fail *fail)
{
    kill_survivor(record);
    TRY(cgroup_remove(record->cgroups, record->cgroup_count, fail));
    if (record->scope != NULL)
        TRY(unit_stop(record->scope, record->scope_of_user, arena, fail));
    TRY(resctrl_remove(record->resctrl, record->resctrl_count, fail));
    TRY(attach_collect(state->root_fd, state->id, arena, fail));
    etc_files_remove(state->root_fd, state->id);
    state_socket_remove(SOCKET_START, state, arena);
    state_socket_remove(SOCKET_MONITOR, state, arena);
    state_files_remove(state, arena);
    if (unlinkat(state->root_fd, state->name, 0) < 0 && errno != ENOENT)
        return fail_sys(fail, "removing the record %s", state->name);
    return 0;
}

static int name_in_use(const char *text, const char *hint, struct fail *fail)
{
    (void)fail_set(fail, "%s", text);
    fail->code = -EEXIST;
    return fail_hint(fail, "%s", hint);
}

/* What a dead launcher left. A container that create has finished is none of that, also when its
 * process has ended: it stays until delete. Nor is one whose monitor saw its end. */
static bool is_leftover(const struct state_record *record)
{
    if (record->leftovers)
        return true;
    return record->monitored ? !record->end.set : !record->detached || record->init_pid == 0;
}

/* The name is taken: by a container, or by what a dead launcher left. */
static int remove_predecessor(int root_fd, const char *id, struct arena *arena, struct fail *fail)
{
    const char *name = file_name(id, arena);
    AUTO_FD int file_fd = -1;
    int result = open_locked(root_fd, name, 0, &file_fd);
    if (result == -ENOENT)
        return 0; /* it ended just now */
    if (result == -EWOULDBLOCK)
        return name_in_use("a container of this name is running",
                           "choose another --name, or end the container that has this one", fail);
    if (result < 0)
        return fail_code(fail, result, "opening the record %s", name);
    struct state_record record = state_record_read(file_fd, id, arena);
    if (!is_leftover(&record))
        return name_in_use("a container of this name exists already",
                           "launcher delete removes it when it is stopped", fail);
    struct state state = {.id = id, .name = name, .root_fd = root_fd, .file_fd = file_fd};
    return state_destroy(&state, &record, arena, fail);
}

static int create_locked(int root_fd, const char *id, struct arena *arena, int *ret_fd,
                         struct fail *fail)
{
    const char *name = file_name(id, arena);
    int result = open_locked(root_fd, name, O_CREAT | O_EXCL, ret_fd);
    if (result == -EEXIST) {
        TRY(remove_predecessor(root_fd, id, arena, fail));
        result = open_locked(root_fd, name, O_CREAT | O_EXCL, ret_fd);
    }
    if (result >= 0)
        return 0;
    (void)fail_code(fail, result, "creating its record");
    return state_hint_for_space(fail);
}

int state_create(const char *id, struct arena *arena, struct state *ret_state, struct fail *fail)
{
    AUTO_FD int root_fd = -1;
    AUTO_FD int file_fd = -1;
    TRY(state_root_open(arena, &root_fd, fail));
    TRY(state_root_lock(root_fd, LOCK_EX, fail));
    TRY(create_locked(root_fd, id, arena, &file_fd, fail));
    TRY(state_root_lock(root_fd, LOCK_UN, fail));
    *ret_state = (struct state){.name = file_name(id, arena),
                                .id = id,
                                .root_fd = take_fd(&root_fd),
                                .file_fd = take_fd(&file_fd)};
    return 0;
}

void state_remove(struct state *state)
{
    if (state->file_fd >= 0)
        (void)unlinkat(state->root_fd, state->name, 0);
    state_abandon(state);
}

void state_abandon(struct state *state)
{
    own_close(&state->file_fd);
    own_close(&state->root_fd);
}

/* ---- looking ---- */

static int no_such_container(const char *id, struct arena *arena, struct fail *fail)
{
    (void)fail_set(fail, "finding the container %s: it does not exist", id);
    fail->code = -ENOENT;
    return fail_hint(fail,
                     "launcher list shows those that do; the records are in %s, where each user "
                     "sees his own",
                     state_root(arena));
}

static int find_record(const char *id, struct arena *arena, int *ret_root_fd, int *ret_fd,
                       struct fail *fail)
{
    struct fail missing = {0};
    TRY(check_container_id(id, fail));
    int result = state_root_find(arena, ret_root_fd, &missing);
    if (result == -ENOENT)
        return no_such_container(id, arena, fail);
    if (result < 0) {
        *fail = missing;
        return result;
    }
    *ret_fd = openat(*ret_root_fd, file_name(id, arena), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (*ret_fd < 0 && errno == ENOENT)
        return no_such_container(id, arena, fail);
    return *ret_fd < 0 ? fail_sys(fail, "opening the record of the container %s", id) : 0;
}

int state_open_record(const char *id, struct arena *arena, int *ret_fd, struct fail *fail)
{
    AUTO_FD int root_fd = -1;
    return find_record(id, arena, &root_fd, ret_fd, fail);
}

int state_find(const char *id, struct arena *arena, struct state_record *ret_record,
               struct fail *fail)
{
    AUTO_FD int fd = -1;
    TRY(state_open_record(id, arena, &fd, fail));
    *ret_record = state_record_read(fd, arena_strdup(arena, id), arena);
    return 0;
}

/* launcher's lock ends with launcher, whichever way that goes: waiting for it is an event. For the
 * moment that we hold it, the name seems to be in use. */
int state_await_end(int record_fd, struct arena *arena, struct state_end *ret_end,
                    struct fail *fail)
{
    while (flock(record_fd, LOCK_SH) < 0)
        if (errno != EINTR)
            return fail_sys(fail, "waiting for the launcher of the container");
    (void)flock(record_fd, LOCK_UN); /* can't fail for a lock that we hold */
    if (lseek(record_fd, 0, SEEK_SET) < 0)
        return fail_sys(fail, "reading the record of the container");
    *ret_end = state_record_read(record_fd, "", arena).end;
    return 0;
}

static int compare_ids(const void *left, const void *right)
{
    const char *const *one = left, *const *other = right;
    return strcmp(*one, *other);
}

int state_list(struct arena *arena, const char ***ret_ids, size_t *ret_count, struct fail *fail)
{
    struct fail missing = {0};
    AUTO_FD int root_fd = -1;
    *ret_ids = NULL;
    *ret_count = 0;
    int result = state_root_find(arena, &root_fd, &missing);
    if (result == -ENOENT)
        return 0;
    if (result < 0) {
        *fail = missing;
        return result;
    }
    DIR *entries = fdopendir(root_fd);
    if (entries == NULL)
        return fail_sys(fail, "reading the state directory %s", state_root(arena));
    (void)take_fd(&root_fd); /* closedir closes it */
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        const char *id = id_of_file(entry->d_name, arena);
        if (id != NULL)
            *ARENA_APPEND(arena, *ret_ids, *ret_count) = id;
    }
    (void)closedir(entries);
    if (*ret_count > 0)
        qsort(*ret_ids, *ret_count, sizeof(**ret_ids), compare_ids);
    return 0;
}

/* ---- taking over ---- */

/* A launcher that looks after its container holds the lock as long as that lives; the commands on a
 * created one hold it for a moment. */
static int lock_record(const struct state *state, const struct state_record *record,
                       struct fail *fail)
{
    if (flock(state->file_fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno != EWOULDBLOCK)
        return fail_sys(fail, "locking the record of the container %s", state->id);
    if (!record->detached) {
        (void)fail_set(fail, "the container %s is running, and another launcher looks after it",
                       state->id);
        fail->code = -EBUSY;
        return fail_hint(fail, "launcher stop ends it, delete --force does both");
    }
    while (flock(state->file_fd, LOCK_EX) < 0)
        if (errno != EINTR)
            return fail_sys(fail, "locking the record of the container %s", state->id);
    return 0;
}

/* It may have been deleted while we waited. */
static bool is_removed(int file_fd)
{
    struct stat status;
    return fstat(file_fd, &status) < 0 || status.st_nlink == 0;
}

int state_read_again(const struct state *state, struct arena *arena, struct state_record *record,
                     struct fail *fail)
{
    if (lseek(state->file_fd, 0, SEEK_SET) < 0)
        return fail_sys(fail, "reading the record of the container %s", state->id);
    state_record_read_again(state->file_fd, arena, record);
    return 0;
}

int state_open(const char *id, struct arena *arena, struct state *ret_state,
               struct state_record *ret_record, struct fail *fail)
{
    AUTO_FD int root_fd = -1;
    AUTO_FD int file_fd = -1;
    TRY(find_record(id, arena, &root_fd, &file_fd, fail));
    *ret_record = state_record_read(file_fd, id, arena);
    *ret_state = (struct state){.id = id,
                                .name = file_name(id, arena),
                                .root_fd = take_fd(&root_fd),
                                .file_fd = take_fd(&file_fd)};
    return 0;
}

static int take_opened(struct state *state, struct arena *arena, struct state_record *record,
                       struct fail *fail)
{
    TRY(lock_record(state, record, fail));
    if (is_removed(state->file_fd))
        return no_such_container(state->id, arena, fail);
    return state_read_again(state, arena, record, fail);
}

int state_take(const char *id, struct arena *arena, struct state *ret_state,
               struct state_record *ret_record, struct fail *fail)
{
    TRY(state_open(id, arena, ret_state, ret_record, fail));
    int result = take_opened(ret_state, arena, ret_record, fail);
    if (result < 0)
        state_abandon(ret_state);
    return result;
}

/* ---- gc ---- */

static int collect_one(int root_fd, const char *name, struct arena *arena, size_t *removed,
                       struct fail *fail)
{
    AUTO_FD int file_fd = -1;
    int result = open_locked(root_fd, name, 0, &file_fd);
    if (result == -EWOULDBLOCK || result == -ENOENT)
        return 0; /* alive, or removed by its launcher meanwhile */
    if (result < 0)
        return fail_code(fail, result, "opening the record %s", name);
    const char *id = id_of_file(name, arena);
    struct state_record record = state_record_read(file_fd, id, arena);
    if (!is_leftover(&record))
        return 0;
    struct state state = {.id = id, .name = name, .root_fd = root_fd, .file_fd = file_fd};
    TRY(state_destroy(&state, &record, arena, fail));
    *removed += 1;
    return 0;
}

static int collect_all(int root_fd, DIR *entries, struct arena *arena, size_t *removed,
                       struct fail *fail)
{
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (id_of_file(entry->d_name, arena) == NULL)
            continue;
        TRY(collect_one(root_fd, arena_strdup(arena, entry->d_name), arena, removed, fail));
    }
    return 0;
}

int state_collect_garbage(struct arena *arena, size_t *ret_removed, struct fail *fail)
{
    AUTO_FD int root_fd = -1;
    *ret_removed = 0;
    TRY(state_root_open(arena, &root_fd, fail));
    TRY(state_root_lock(root_fd, LOCK_EX, fail));
    DIR *entries = fdopendir(openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (entries == NULL)
        return fail_sys(fail, "reading the state directory %s", state_root(arena));
    int result = collect_all(root_fd, entries, arena, ret_removed, fail);
    (void)closedir(entries);
    return result < 0 ? result : attach_collect(root_fd, NULL, arena, fail);
}
