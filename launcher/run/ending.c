#include "ending.h"

#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "../host/cgroup/freeze.h"
#include "signalling.h"
#include "state_files.h"
#include "state_socket.h"

/* A launcher or a monitor looks after it, and will clear away. */
static bool is_looked_after(const struct container_view *view)
{
    if (view->record.detached)
        return false;
    if (flock(view->state.file_fd, LOCK_SH | LOCK_NB) < 0)
        return errno == EWOULDBLOCK;
    (void)flock(view->state.file_fd, LOCK_UN); /* can't fail for a lock that we hold */
    return false;
}

/* ---- waiting ---- */

static int await_end(const struct container_view *view, struct arena *arena,
                     struct limit *ret_status, struct fail *fail)
{
    struct state_end end;
    *ret_status = (struct limit){.set = false};
    if (view->record.detached) {
        AUTO_FD int pidfd = status_open_process(&view->record);
        if (pidfd >= 0)
            (void)status_await_process(pidfd, -1);
        return 0;
    }
    TRY(state_await_end(view->state.file_fd, arena, &end, fail));
    *ret_status = end.status;
    return 0;
}

int container_await(const char *id, struct arena *arena, struct limit *ret_status,
                    struct fail *fail)
{
    AUTO_VIEW struct container_view view = VIEW_NONE;
    TRY(status_view(id, arena, &view, fail));
    return await_end(&view, arena, ret_status, fail);
}

/* ---- stopping ---- */

/* The monitor looks for this before it starts the container again, and once more when it has; so between
 * this and the look at the record there is no gap. */
static int forbid_restart(const struct container_view *view, struct arena *arena, struct fail *fail)
{
    struct stat status;
    AUTO_FD int file_fd = -1;
    AUTO_FD int knock_fd = -1;
    struct fail asleep = {.code = 0};
    TRY(state_file_create(&view->state, FILE_STOP, arena, &file_fd, fail));
    if (fstat(view->state.file_fd, &status) < 0 || status.st_nlink == 0)
        state_file_remove(&view->state, FILE_STOP, arena); /* it went meanwhile */
    /* One that pauses before a restart wakes up; for all others it makes no difference. */
    int knocked = state_socket_connect(SOCKET_MONITOR, &view->state, arena, &knock_fd, &asleep);
    (void)knocked; /* one that has just gone needs no knock */
    return 0;
}

static int end_process(const struct container_view *view, const struct stop_options *options,
                       struct fail *fail)
{
    struct fail ended = {.code = 0};
    AUTO_FD int pidfd = status_open_process(&view->record);
    if (pidfd < 0)
        return 0;
    int result = signal_first(view, options->signal_number, &ended);
    if (result < 0 && result != -ESRCH) {
        *fail = ended;
        return result;
    }
    /* As docker stop: a paused one is resumed, to do what it does at its end. */
    cgroup_thaw(view->record.cgroups, view->record.cgroup_count);
    if (status_await_process(pidfd, options->timeout_ms))
        return 0;
    (void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL,
                  0); /* it may have ended: as wanted */
    if (status_await_process(pidfd, STATUS_KILL_WAIT_MS))
        return 0;
    return fail_code(fail, -ETIMEDOUT, "killing process %d of the container %s",
                     (int)view->record.init_pid, view->record.id);
}

static int stop(const char *id, const struct stop_options *options, struct arena *arena,
                struct fail *fail)
{
    struct limit status;
    AUTO_VIEW struct container_view view = VIEW_NONE;
    TRY(status_view(id, arena, &view, fail));
    TRY(status_await_creation(&view, arena, fail));
    TRY(end_process(&view, options, fail));
    return is_looked_after(&view) ? await_end(&view, arena, &status, fail) : 0;
}

int container_stop(const char *id, const struct stop_options *options, struct arena *arena,
                   struct fail *fail)
{
    AUTO_VIEW struct container_view view = VIEW_NONE;
    TRY(status_view(id, arena, &view, fail));
    if (view.record.monitored && is_looked_after(&view)) {
        int result = forbid_restart(&view, arena, fail);
        if (result >= 0)
            result = stop(id, options, arena, fail);
        return result == -ENOENT ? 0 : result; /* --rm: it went meanwhile */
    }
    return stop(id, options, arena, fail);
}
