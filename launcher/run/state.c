#include "state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
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

/* ---- reading ---- */

/* "cgroups" are to be removed, "cgroupsKept" were there before and are only to be emptied. */
static void read_cgroups(const json_t *json, const char *key, bool kept, struct arena *arena,
                         struct state_record *record)
{
    size_t index;
    const json_t *path;
    json_array_foreach (json_object_get(json, key), index, path) {
        if (json_is_string(path) && record->cgroup_count < CGROUP_PATHS_MAX)
            record->cgroups[record->cgroup_count++] =
                (struct cgroup_path){arena_strdup(arena, json_string_value(path)), kept};
    }
}

static const struct {
    const char *key;
    size_t offset; /* of its struct limit in struct state_end */
} END_NUMBERS[] = {
    {"status", offsetof(struct state_end, status)},
    {"ooms", offsetof(struct state_end, ooms)},
    {"oomKills", offsetof(struct state_end, oom_kills)},
    {"memoryHighHits", offsetof(struct state_end, memory_high_hits)},
    {"pidsRefused", offsetof(struct state_end, pids_refused)},
};

enum { END_NUMBER_COUNT = sizeof(END_NUMBERS) / sizeof(END_NUMBERS[0]) };

static void read_end(const json_t *json, struct state_end *ret_end)
{
    const json_t *end = json_object_get(json, "end");
    *ret_end = (struct state_end){.set = end != NULL};
    for (size_t i = 0; i < END_NUMBER_COUNT; i++) {
        const json_t *value = json_object_get(end, END_NUMBERS[i].key);
        struct limit number = {.set = json_is_integer(value), .value = json_integer_value(value)};
        memcpy((char *)ret_end + END_NUMBERS[i].offset, &number, sizeof(number));
    }
}

static json_t *end_to_json(const struct state_end *end)
{
    json_t *json = end->set ? json_object() : NULL;
    for (size_t i = 0; end->set && i < END_NUMBER_COUNT; i++) {
        struct limit number;
        memcpy(&number, (const char *)end + END_NUMBERS[i].offset, sizeof(number));
        if (number.set)
            (void)json_object_set_new(json, END_NUMBERS[i].key, json_integer(number.value));
    }
    return json;
}

/* An empty or unfinished file is that of a container that owns nothing yet. */
static struct state_record read_record(int file_fd, const char *id, struct arena *arena)
{
    struct state_record record = {.id = id};
    json_error_t error;
    json_t *json = json_loadfd(file_fd, JSON_DISABLE_EOF_CHECK, &error);
    record.init_pid = (pid_t)json_integer_value(json_object_get(json, "pid"));
    record.init_starttime = (uint64_t)json_integer_value(json_object_get(json, "starttime"));
    read_cgroups(json, "cgroups", false, arena, &record);
    read_cgroups(json, "cgroupsKept", true, arena, &record);
    read_end(json, &record.end);
    json_decref(json);
    return record;
}

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

static json_t *record_to_json(const struct state_record *record)
{
    json_t *cgroups = json_array(), *kept = json_array();
    for (size_t i = 0; i < record->cgroup_count; i++)
        (void)json_array_append_new(record->cgroups[i].kept ? kept : cgroups,
                                    json_string(record->cgroups[i].path));
    json_t *rootfs = json_string(record->rootfs); /* NULL: not UTF-8, so JSON can't say it */
    return json_pack("{s:s, s:s, s:o*, s:i, s:I, s:o, s:o, s:o*}", "ociVersion", "1.3.0", "id",
                     record->id, "rootfs", rootfs, "pid", (int)record->init_pid, "starttime",
                     (json_int_t)record->init_starttime, "cgroups", cgroups, "cgroupsKept", kept,
                     "end", end_to_json(&record->end));
}

static int hint_for_record(struct fail *fail)
{
    if (fail->code == -ENOSPC || fail->code == -EROFS || fail->code == -EDQUOT)
        return fail_hint(fail,
                         "launcher keeps a small file for each container in /run/launcher, an "
                         "ordinary user's in $XDG_RUNTIME_DIR: make room there");
    return fail->code;
}

static int write_text(const struct state *state, const char *text, struct fail *fail)
{
    size_t length = strlen(text);
    ssize_t written = pwrite(state->file_fd, text, length, 0);
    if (written >= 0 && (size_t)written == length)
        return 0;
    (void)fail_code(fail, written < 0 ? -errno : -ENOSPC, "writing its record");
    return hint_for_record(fail);
}

int state_write(const struct state *state, const struct state_record *record, struct fail *fail)
{
    state_root_seed_json();
    json_t *json = record_to_json(record);
    AUTO_FREE char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
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

static int remove_leftovers(int root_fd, int file_fd, const char *name, struct arena *arena,
                            struct fail *fail)
{
    struct state_record record = read_record(file_fd, name, arena);
    kill_survivor(&record);
    TRY(cgroup_remove(record.cgroups, record.cgroup_count, fail));
    TRY(attach_collect(root_fd, id_of_file(name, arena), arena, fail));
    etc_files_remove(root_fd, id_of_file(name, arena));
    if (unlinkat(root_fd, name, 0) < 0 && errno != ENOENT)
        return fail_sys(fail, "removing the record %s", name);
    return 0;
}

/* The name is taken: by a living container, or by what a dead launcher left. */
static int remove_predecessor(int root_fd, const char *name, struct arena *arena, struct fail *fail)
{
    AUTO_FD int file_fd = -1;
    int result = open_locked(root_fd, name, 0, &file_fd);
    if (result == -ENOENT)
        return 0; /* it ended just now */
    if (result == -EWOULDBLOCK) {
        (void)fail_set(fail, "a container of this name is running");
        fail->code = -EEXIST;
        return fail_hint(fail, "choose another --name, or end the container that has this one");
    }
    if (result < 0)
        return fail_code(fail, result, "opening the record %s", name);
    return remove_leftovers(root_fd, file_fd, name, arena, fail);
}

static int create_locked(int root_fd, const char *id, struct arena *arena, int *ret_fd,
                         struct fail *fail)
{
    const char *name = file_name(id, arena);
    int result = open_locked(root_fd, name, O_CREAT | O_EXCL, ret_fd);
    if (result == -EEXIST) {
        TRY(remove_predecessor(root_fd, name, arena, fail));
        result = open_locked(root_fd, name, O_CREAT | O_EXCL, ret_fd);
    }
    if (result >= 0)
        return 0;
    (void)fail_code(fail, result, "creating its record");
    return hint_for_record(fail);
}

int state_create(const char *id, struct arena *arena, struct state *ret_state, struct fail *fail)
{
    AUTO_FD int root_fd = -1;
    AUTO_FD int file_fd = -1;
    TRY(state_root_open(arena, &root_fd, fail));
    TRY(state_root_lock(root_fd, LOCK_SH, fail));
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
    (void)fail_set(fail, "finding the container %s: there is no record of that name", id);
    fail->code = -ENOENT;
    return fail_hint(fail,
                     "launcher stats lists those that run; the records are in %s, where each user "
                     "sees his own",
                     state_root(arena));
}

int state_open_record(const char *id, struct arena *arena, int *ret_fd, struct fail *fail)
{
    struct fail missing = {0};
    AUTO_FD int root_fd = -1;
    TRY(check_container_id(id, fail));
    int result = state_root_find(arena, &root_fd, &missing);
    if (result == -ENOENT)
        return no_such_container(id, arena, fail);
    if (result < 0) {
        *fail = missing;
        return result;
    }
    *ret_fd = openat(root_fd, file_name(id, arena), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (*ret_fd < 0 && errno == ENOENT)
        return no_such_container(id, arena, fail);
    return *ret_fd < 0 ? fail_sys(fail, "opening the record of the container %s", id) : 0;
}

int state_find(const char *id, struct arena *arena, struct state_record *ret_record,
               struct fail *fail)
{
    AUTO_FD int fd = -1;
    TRY(state_open_record(id, arena, &fd, fail));
    *ret_record = read_record(fd, arena_strdup(arena, id), arena);
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
    *ret_end = read_record(record_fd, "", arena).end;
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
    TRY(remove_leftovers(root_fd, file_fd, name, arena, fail));
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
