#include "log_follow.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../run/state_socket.h"
#include "../run/status.h"

/* The kernel tells who listens at the socket, unix(7), SO_PEERCRED; and as long as the connection stands,
 * that process has not ended, so its number can't be another's. */
static int open_monitor(int socket_fd)
{
    struct ucred monitor;
    socklen_t size = sizeof(monitor);
    if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERCRED, &monitor, &size) < 0)
        return -1;
    AUTO_FD int pidfd = (int)syscall(SYS_pidfd_open, monitor.pid, 0);
    struct pollfd line = {.fd = socket_fd, .events = 0};
    return poll(&line, 1, 0) == 0 ? take_fd(&pidfd) : -1;
}

int log_follow_open(const struct state *state, struct arena *arena, struct log_follow *ret_follow,
                    struct fail *fail)
{
    struct fail ended = {.code = 0};
    AUTO_FD int socket_fd = -1;
    *ret_follow = LOG_FOLLOW_NONE;
    ret_follow->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (ret_follow->inotify_fd < 0)
        return fail_sys(fail, "watching the log of the container %s", state->id);
    if (state_socket_connect(SOCKET_MONITOR, state, arena, &socket_fd, &ended) >= 0)
        ret_follow->monitor_fd = open_monitor(socket_fd);
    return 0;
}

bool log_follow_ended(const struct log_follow *follow)
{
    return follow->monitor_fd < 0 || status_await_process(follow->monitor_fd, 0);
}

/* Put aside, removed: all of it is told. */
static void watch(struct log_follow *follow, const struct log_reader *reader)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", reader->fd);
    if (follow->watch >= 0)
        (void)inotify_rm_watch(follow->inotify_fd, follow->watch);
    follow->watch =
        inotify_add_watch(follow->inotify_fd, path, IN_MODIFY | IN_MOVE_SELF | IN_ATTRIB);
}

bool log_follow_rearm(struct log_follow *follow, const struct log_reader *reader)
{
    struct stat file;
    if (fstat(reader->fd, &file) < 0 || (follow->watch >= 0 && file.st_ino == follow->watched))
        return false;
    watch(follow, reader);
    follow->watched = file.st_ino;
    return true;
}

void log_follow_heard(const struct log_follow *follow)
{
    char events[4096];
    while (read(follow->inotify_fd, events, sizeof(events)) > 0)
        continue;
}

void log_follow_close(struct log_follow *follow)
{
    own_close(&follow->inotify_fd);
    own_close(&follow->monitor_fd);
}
