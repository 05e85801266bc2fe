#include "events.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include "../host/cgroup/driver.h"
#include "../host/cgroup/freeze.h"
#include "ticker.h"

/* ---- the counters that are watched ---- */

/* The file is of the container's v2 cgroup, or of v1's. A counter that has grown is an event. */
static const struct counter_row {
    const char *file, *key, *type;
    size_t end_offset; /* of its last value in struct state_end */
} COUNTERS[] = {
    {"memory.events", "oom", "oom", offsetof(struct state_end, ooms)},
    {"memory.events", "oom_kill", "oom_kill", offsetof(struct state_end, oom_kills)},
    {"memory.events", "high", "memory_high", offsetof(struct state_end, memory_high_hits)},
    {"memory.oom_control", "oom_kill", "oom_kill", offsetof(struct state_end, oom_kills)},
    {"pids.events", "max", "pids_max", offsetof(struct state_end, pids_refused)},
};

enum { COUNTER_COUNT = sizeof(COUNTERS) / sizeof(COUNTERS[0]) };

struct counter {
    int fd; /* -1: this container doesn't have it, or it is gone */
    int64_t value;
};

struct follower {
    const struct live *live;
    struct arena *arena;
    FILE *file;
    int record_fd, signal_fd;
    struct counter counters[COUNTER_COUNT];
    int freeze_fd; /* v2: cgroup.events, v1: an inotify descriptor */
    bool v1_freezer;
    bool frozen;
    int oom_fd; /* v1: an eventfd */
    const struct pressure_trigger *triggers;
    int *trigger_fds;
    size_t trigger_count;
};

static void close_follower(struct follower *follower)
{
    own_close(&follower->record_fd);
    own_close(&follower->signal_fd);
    own_close(&follower->freeze_fd);
    own_close(&follower->oom_fd);
    for (size_t i = 0; i < COUNTER_COUNT; i++)
        own_close(&follower->counters[i].fd);
    for (size_t i = 0; i < follower->trigger_count; i++)
        own_close(&follower->trigger_fds[i]);
}

/* ---- printing ---- */

/* Takes `data` over. */
static int print_event(const struct follower *follower, const char *type, json_t *data,
                       struct fail *fail)
{
    json_t *json =
        json_pack("{s:s, s:s, s:o}", "type", type, "id", follower->live->record.id, "data", data);
    AUTO_FREE char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (text == NULL)
        return fail_code(fail, -ENOMEM, "printing an event");
    (void)fprintf(follower->file, "%s\n", text);
    if (fflush(follower->file) == 0 && !ferror(follower->file))
        return 0;
    return fail_sys(fail, "writing an event to stdout");
}

static int note_value(struct follower *follower, size_t index, int64_t value, struct fail *fail)
{
    int64_t before = follower->counters[index].value;
    if (value <= before)
        return 0;
    follower->counters[index].value = value;
    return print_event(
        follower, COUNTERS[index].type,
        json_pack("{s:I, s:I}", "count", (json_int_t)value, "new", (json_int_t)(value - before)),
        fail);
}

/* ---- reading ---- */

/* kernfs: a read from offset 0 arms the next POLLPRI. A file of a cgroup that is gone is closed. */
static bool read_armed(int *fd, char *text, size_t size)
{
    ssize_t got = *fd < 0 ? -1 : pread(*fd, text, size - 1, 0);
    if (got < 0) {
        own_close(fd);
        return false;
    }
    text[got] = '\0';
    return true;
}

/* "key N" at the beginning of a line. */
static int64_t value_of(const char *text, const char *key)
{
    size_t size = strlen(key);
    for (const char *line = text; line != NULL;) {
        if (strncmp(line, key, size) == 0 && line[size] == ' ')
            return strtoll(line + size + 1, NULL, 10);
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    return 0;
}

static bool read_counter(struct follower *follower, size_t index, int64_t *ret_value)
{
    char text[1024];
    if (!read_armed(&follower->counters[index].fd, text, sizeof(text)))
        return false;
    *ret_value = value_of(text, COUNTERS[index].key);
    return true;
}

static int check_counter(struct follower *follower, size_t index, struct fail *fail)
{
    int64_t value = 0;
    return read_counter(follower, index, &value) ? note_value(follower, index, value, fail) : 0;
}

static bool read_frozen(struct follower *follower, bool *ret_frozen)
{
    char text[256];
    struct cgroup_path paths[CGROUP_PATHS_MAX];
    if (!follower->v1_freezer) {
        if (!read_armed(&follower->freeze_fd, text, sizeof(text)))
            return false;
        *ret_frozen = value_of(text, "frozen") == 1;
        return true;
    }
    (void)!read(follower->freeze_fd, text, sizeof(text)); /* which event: there is only one */
    size_t count = cgroup_paths(&follower->live->cgroup, paths);
    return cgroup_is_frozen(paths, count, ret_frozen) >= 0;
}

static int check_frozen(struct follower *follower, struct fail *fail)
{
    bool frozen = false;
    if (!read_frozen(follower, &frozen) || frozen == follower->frozen)
        return 0;
    follower->frozen = frozen;
    return print_event(follower, frozen ? "frozen" : "thawed", json_object(), fail);
}

/* ---- version 1's notice of an OOM ---- */

enum { OOM_CONTROL = 3 };

/* v1 gives notice before it kills, and none after: read again until the kill is counted. It may be
 * that none follows, when somebody freed memory meanwhile. */
static int await_kill(struct follower *follower, struct fail *fail)
{
    enum { PATIENCE_MS = 1000 };
    int64_t deadline_ms = monotonic_ms() + PATIENCE_MS, value = 0;
    while (read_counter(follower, OOM_CONTROL, &value) &&
           value == follower->counters[OOM_CONTROL].value && milliseconds_left(deadline_ms) > 0)
        (void)sched_yield(); /* it always works on Linux */
    return note_value(follower, OOM_CONTROL, value, fail);
}

/* The removal of the cgroup gives notice as well. */
static int check_oom(struct follower *follower, struct fail *fail)
{
    uint64_t notices = 0;
    int64_t value = 0;
    if (read(follower->oom_fd, &notices, sizeof(notices)) != sizeof(notices))
        return 0;
    bool removed = !read_counter(follower, OOM_CONTROL, &value);
    notices -= removed ? 1 : 0;
    if (removed)
        own_close(&follower->oom_fd);
    if (notices == 0)
        return 0;
    TRY(print_event(follower, "oom", json_pack("{s:I}", "new", (json_int_t)notices), fail));
    return removed ? 0 : await_kill(follower, fail);
}

/* ---- opening ---- */

/* Where the container has this file: only one of its cgroups does. */
static int open_file(const struct live *live, const char *file, int flags, int *ret_dir_index)
{
    for (size_t i = 0; i < live->cgroup.place_count; i++) {
        AUTO_FD int dir_fd =
            open(live->cgroup.places[i].at.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int fd = dir_fd < 0 ? -1 : openat(dir_fd, file, flags | O_CLOEXEC);
        *ret_dir_index = (int)i;
        if (fd >= 0)
            return fd;
    }
    return -1;
}

static int register_oom(struct follower *follower, struct fail *fail)
{
    char text[64];
    int index = 0;
    AUTO_FD int control_fd = open_file(follower->live, "memory.oom_control", O_RDONLY, &index);
    if (control_fd < 0)
        return 0; /* v2, or no memory controller */
    const char *path = follower->live->cgroup.places[index].at.path;
    AUTO_FD int dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO_FD int oom_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (dir_fd < 0 || oom_fd < 0)
        return fail_sys(fail, "watching %s/memory.oom_control", path);
    (void)snprintf(text, sizeof(text), "%d %d", oom_fd, control_fd);
    int result = cgroup_write(dir_fd, "cgroup.event_control", text);
    if (result < 0)
        return fail_code(fail, result, "asking %s/cgroup.event_control for notices of OOMs", path);
    follower->oom_fd = take_fd(&oom_fd);
    return 0;
}

static int watch_freezer(struct follower *follower, struct fail *fail)
{
    int index = 0;
    follower->freeze_fd = open_file(follower->live, "cgroup.events", O_RDONLY, &index);
    AUTO_FD int state_fd = follower->freeze_fd >= 0
                               ? -1
                               : open_file(follower->live, "freezer.state", O_RDONLY, &index);
    if (state_fd >= 0) {
        char path[64];
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", state_fd);
        follower->v1_freezer = true;
        follower->freeze_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        if (follower->freeze_fd < 0 || inotify_add_watch(follower->freeze_fd, path, IN_MODIFY) < 0)
            return fail_sys(fail, "watching freezer.state of the container");
    }
    if (follower->freeze_fd >= 0 && !read_frozen(follower, &follower->frozen))
        follower->frozen = false;
    return 0;
}

static int hint_for_trigger(struct fail *fail)
{
    if (fail->code == -EINVAL)
        return fail_hint(fail, "without CAP_SYS_RESOURCE the window must be a multiple of 2 s; an "
                               "older kernel lets nobody else set one");
    return fail->code;
}

static int open_trigger(const char *unified, const struct pressure_trigger *trigger, int *ret_fd,
                        struct arena *arena, struct fail *fail)
{
    char text[64];
    const char *path =
        arena_printf(arena, "%s/%s.pressure", unified, psi_resource_names[trigger->resource]);
    int length = snprintf(text, sizeof(text), "%s %lld %lld", psi_kind_names[trigger->kind],
                          (long long)trigger->stall_us, (long long)trigger->window_us);
    *ret_fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (*ret_fd < 0)
        return psi_fail(-errno, "opening", path, fail);
    if (write(*ret_fd, text, (size_t)length + 1) >= 0)
        return 0;
    (void)fail_sys(fail, "writing \"%s\" to %s", text, path);
    return hint_for_trigger(fail);
}

static int open_triggers(struct follower *follower, struct fail *fail)
{
    const char *unified = live_unified_path(follower->live);
    if (unified == NULL && follower->trigger_count > 0) {
        (void)fail_code(fail, -ENOENT, "option --pressure: finding a v2 cgroup of the container %s",
                        follower->live->record.id);
        return fail_hint(fail, "cgroup v2 must be mounted, and the container started with --live "
                               "or a limit");
    }
    for (size_t i = 0; i < follower->trigger_count; i++)
        TRY(open_trigger(unified, &follower->triggers[i], &follower->trigger_fds[i],
                         follower->arena, fail));
    return 0;
}

static int say_watching(struct follower *follower, struct fail *fail)
{
    json_t *data = json_pack("{s:b}", "frozen", follower->frozen);
    for (size_t i = 0; i < COUNTER_COUNT; i++)
        if (follower->counters[i].fd >= 0)
            (void)json_object_set_new(data, COUNTERS[i].type,
                                      json_integer(follower->counters[i].value));
    return print_event(follower, "watching", data, fail);
}

/* Records have names only: but as long as the container runs, the one of its name is its own. */
static int open_record(struct follower *follower, struct fail *fail)
{
    const char *id = follower->live->record.id;
    TRY(state_open_record(id, follower->arena, &follower->record_fd, fail));
    if (live_runs(follower->live))
        return 0;
    return fail_code(fail, -ESRCH, "opening the record of the container %s, which ended", id);
}

/* All is armed before the first value is read. */
static int open_follower(struct follower *follower, struct fail *fail)
{
    int index = 0;
    TRY(ticker_take_signals(&follower->signal_fd, fail));
    TRY(open_record(follower, fail));
    TRY(open_triggers(follower, fail));
    TRY(register_oom(follower, fail));
    TRY(watch_freezer(follower, fail));
    for (size_t i = 0; i < COUNTER_COUNT; i++) {
        follower->counters[i].fd = open_file(follower->live, COUNTERS[i].file, O_RDONLY, &index);
        (void)read_counter(follower, i, &follower->counters[i].value);
    }
    return say_watching(follower, fail);
}

/* ---- the end ---- */

/* What came too late to be read from the cgroup. */
static int note_end(struct follower *follower, const struct state_end *end, struct fail *fail)
{
    for (size_t i = 0; i < COUNTER_COUNT; i++) {
        struct limit last;
        bool watched = follower->counters[i].value >= 0;
        memcpy(&last, (const char *)end + COUNTERS[i].end_offset, sizeof(last));
        if (watched && last.set)
            TRY(note_value(follower, i, last.value, fail));
    }
    json_t *status = end->status.set ? json_integer(end->status.value) : json_null();
    return print_event(follower, "exit", json_pack("{s:o}", "status", status), fail);
}

static int finish(struct follower *follower, struct fail *fail)
{
    struct state_end end = {.set = false};
    if (follower->oom_fd >= 0)
        TRY(check_oom(follower, fail));
    TRY(state_await_end(follower->record_fd, follower->arena, &end, fail));
    return note_end(follower, &end, fail);
}

/* ---- the loop ---- */

enum {
    POLL_EXIT,
    POLL_SIGNALS,
    POLL_READER,
    POLL_FREEZE,
    POLL_OOM,
    POLL_COUNTERS,
    POLL_TRIGGERS = POLL_COUNTERS + COUNTER_COUNT,
};

/* v1 has no poll(2) for memory.oom_control: its eventfd stands for it. */
static void prepare_poll(const struct follower *follower, struct pollfd *fds)
{
    fds[POLL_EXIT] = (struct pollfd){.fd = follower->live->pidfd, .events = POLLIN};
    fds[POLL_SIGNALS] = (struct pollfd){.fd = follower->signal_fd, .events = POLLIN};
    fds[POLL_READER] = (struct pollfd){.fd = fileno(follower->file)}; /* POLLERR: it went */
    fds[POLL_FREEZE] = (struct pollfd){.fd = follower->freeze_fd,
                                       .events = follower->v1_freezer ? POLLIN : POLLPRI};
    fds[POLL_OOM] = (struct pollfd){.fd = follower->oom_fd, .events = POLLIN};
    for (size_t i = 0; i < COUNTER_COUNT; i++)
        fds[POLL_COUNTERS + i] = (struct pollfd){
            .fd = i == OOM_CONTROL ? -1 : follower->counters[i].fd, .events = POLLPRI};
    for (size_t i = 0; i < follower->trigger_count; i++)
        fds[POLL_TRIGGERS + i] = (struct pollfd){.fd = follower->trigger_fds[i], .events = POLLPRI};
}

static int check_trigger(struct follower *follower, size_t index, short revents, struct fail *fail)
{
    const struct pressure_trigger *trigger = &follower->triggers[index];
    if (revents & POLLERR) { /* its cgroup is gone */
        own_close(&follower->trigger_fds[index]);
        return 0;
    }
    return print_event(
        follower, "pressure",
        json_pack("{s:s, s:s, s:I, s:I}", "resource", psi_resource_names[trigger->resource], "kind",
                  psi_kind_names[trigger->kind], "stall_us", (json_int_t)trigger->stall_us,
                  "window_us", (json_int_t)trigger->window_us),
        fail);
}

static int handle(struct follower *follower, const struct pollfd *fds, struct fail *fail)
{
    if (fds[POLL_FREEZE].revents != 0)
        TRY(check_frozen(follower, fail));
    if (fds[POLL_OOM].revents != 0)
        TRY(check_oom(follower, fail));
    for (size_t i = 0; i < COUNTER_COUNT; i++)
        if (fds[POLL_COUNTERS + i].revents != 0)
            TRY(check_counter(follower, i, fail));
    for (size_t i = 0; i < follower->trigger_count; i++)
        if (fds[POLL_TRIGGERS + i].revents != 0)
            TRY(check_trigger(follower, i, fds[POLL_TRIGGERS + i].revents, fail));
    return 0;
}

static int loop(struct follower *follower, struct fail *fail)
{
    size_t count = POLL_TRIGGERS + follower->trigger_count;
    struct pollfd *fds = arena_alloc(follower->arena, count * sizeof(*fds));
    for (;;) {
        prepare_poll(follower, fds);
        while (poll(fds, count, -1) < 0)
            if (errno != EINTR)
                return fail_sys(fail, "waiting for an event of the container");
        TRY(handle(follower, fds, fail));
        if (fds[POLL_EXIT].revents != 0)
            return finish(follower, fail);
        if (fds[POLL_SIGNALS].revents != 0 || fds[POLL_READER].revents != 0)
            return 0;
    }
}

int events_follow(const struct live *live, const struct pressure_trigger *triggers,
                  size_t trigger_count, struct arena *arena, FILE *file, struct fail *fail)
{
    __attribute__((cleanup(close_follower))) struct follower follower = {
        .live = live,
        .arena = arena,
        .file = file,
        .record_fd = -1,
        .signal_fd = -1,
        .freeze_fd = -1,
        .oom_fd = -1,
        .triggers = triggers,
        .trigger_fds = arena_alloc(arena, (trigger_count + 1) * sizeof(int)),
        .trigger_count = trigger_count,
    };
    for (size_t i = 0; i < COUNTER_COUNT; i++)
        follower.counters[i] = (struct counter){.fd = -1, .value = -1};
    for (size_t i = 0; i < trigger_count; i++)
        follower.trigger_fds[i] = -1;
    TRY(open_follower(&follower, fail));
    return loop(&follower, fail);
}
