#include "status.h"

#include <errno.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/syscall.h>

#include "../host/cgroup/freeze.h"
#include "state_socket.h"

bool status_await_process(int pidfd, int timeout_ms)
{
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    int ready;
    do
        ready = poll(&end, 1, timeout_ms);
    while (ready < 0 && errno == EINTR);
    return ready != 0;
}

int status_open_process(const struct state_record *record)
{
    if (record->init_pid <= 0)
        return -1;
    AUTO_FD int pidfd = (int)syscall(SYS_pidfd_open, record->init_pid, 0);
    if (pidfd < 0 || state_starttime(record->init_pid) != record->init_starttime ||
        status_await_process(pidfd, 0))
        return -1;
    return take_fd(&pidfd);
}

/* Before there is a process on record, a launcher at work holds the lock. */
static enum container_status status_without_process(const struct state *state)
{
    if (flock(state->file_fd, LOCK_SH | LOCK_NB) < 0)
        return STATUS_CREATING;
    (void)flock(state->file_fd, LOCK_UN);
    return STATUS_STOPPED;
}

enum container_status status_of(const struct state *state, const struct state_record *record,
                                struct arena *arena)
{
    bool frozen = false;
    if (record->init_pid == 0)
        return status_without_process(state);
    AUTO_FD int pidfd = status_open_process(record);
    if (pidfd < 0)
        return STATUS_STOPPED;
    if (state_socket_exists(SOCKET_START, state, arena))
        return STATUS_CREATED;
    if (cgroup_is_frozen(record->cgroups, record->cgroup_count, &frozen) < 0 || !frozen)
        return STATUS_RUNNING;
    return STATUS_PAUSED;
}

int status_view(const char *id, struct arena *arena, struct container_view *ret_view,
                struct fail *fail)
{
    *ret_view = VIEW_NONE;
    TRY(state_open(id, arena, &ret_view->state, &ret_view->record, fail));
    ret_view->status = status_of(&ret_view->state, &ret_view->record, arena);
    return 0;
}

/* Nobody tells of it: whoever wants a container that is not there yet asks again. */
int status_await_creation(struct container_view *view, struct arena *arena, struct fail *fail)
{
    enum { PAUSE_MS = 10 };
    while (view->status == STATUS_CREATING) {
        (void)poll(NULL, 0, PAUSE_MS);
        TRY(state_read_again(&view->state, arena, &view->record, fail));
        view->status = status_of(&view->state, &view->record, arena);
    }
    return 0;
}

void status_view_close(struct container_view *view)
{
    state_abandon(&view->state);
}

const char *status_json(const struct container_view *view, struct arena *arena)
{
    const struct state_record *record = &view->record;
    bool ended = view->status == STATUS_STOPPED;
    struct state_view state = {
        .id = record->id,
        .status = view->status,
        .pid = ended ? 0 : record->init_pid,
        .bundle = record->bundle != NULL ? record->bundle : "",
        .annotations = record->annotations,
        .annotation_count = record->annotation_count,
        .rootfs = record->rootfs,
        .created = record->created,
        .owner = "",
    };
    return state_json(&state, arena);
}
