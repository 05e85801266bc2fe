#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../spec/spec_print.h"
#include "container_end.h"
#include "container_hooks.h"
#include "sleep_small.h"
#include "state_files.h"
#include "state_socket.h"

/* How the start went, for the launcher that was called: one packet. */
struct outcome {
    bool runs;
    int result; /* < 0: an error, in `fail` */
    int exit_status;
    struct fail fail;
};

/* ---- the caller's side ---- */

static int hear_outcome(int fd, const char *id, int *ret_exit_status, struct fail *fail)
{
    struct outcome outcome;
    ssize_t size;
    do
        size = recv(fd, &outcome, sizeof(outcome), 0);
    while (size < 0 && errno == EINTR);
    if (size != sizeof(outcome))
        return fail_set(fail, "starting the container %s: its monitor was killed", id);
    *ret_exit_status = outcome.exit_status;
    if (outcome.result < 0)
        *fail = outcome.fail;
    return outcome.result;
}

/* ---- what the monitor has ---- */

/* What else the caller has open is his: a monitor that kept the end of a pipe would make him wait for
 * its end of file. */
static int keep_only(int *fd, struct fail *fail)
{
    int kept = dup3(*fd, STDERR_FILENO + 1, O_CLOEXEC);
    if (kept < 0 && errno == EINVAL)
        kept = *fd; /* it was the first one already */
    if (kept < 0 || syscall(SYS_close_range, kept + 1, ~0U, 0) < 0)
        return fail_sys(fail, "closing the descriptors of the caller");
    *fd = kept;
    return 0;
}

static int save_spec(const struct monitor *monitor, struct fail *fail)
{
    json_t *json = spec_to_json(monitor->job->spec);
    AUTO_FREE char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (text == NULL)
        return 0; /* it holds what is not UTF-8: inspect will have to do without */
    return state_file_write(&monitor->state, FILE_SPEC, text, strlen(text), monitor->arena, fail);
}

static int save_filter(const struct monitor *monitor, struct fail *fail)
{
    const struct spec *spec = monitor->job->spec;
    if (spec->seccomp_filter == NULL)
        return 0;
    return state_file_write(&monitor->state, FILE_FILTER, spec->seccomp_filter,
                            spec->seccomp_filter_size, monitor->arena, fail);
}

static int furnish(struct monitor *monitor, struct fail *fail)
{
    const struct monitor_job *job = monitor->job;
    int listen_fd = -1;
    state_files_remove(&monitor->state, monitor->arena); /* of this name, from long ago */
    TRY(container_log_open(&monitor->state, job->options, monitor->arena, &monitor->log, fail));
    TRY(state_socket_listen(SOCKET_MONITOR, &monitor->state, monitor->arena, &listen_fd, fail));
    monitor_clients_begin(&monitor->clients, listen_fd);
    monitor->clients.hello = (struct monitor_hello){
        .terminal = job->spec->process.terminal,
        .has_input = job->spec->process.terminal || job->interactive,
    };
    TRY(save_spec(monitor, fail));
    return save_filter(monitor, fail);
}

static int begin(struct monitor *monitor, struct fail *fail)
{
    const char *id = monitor->job->spec->id;
    TRY(keep_only(&monitor->outcome_fd, fail));
    int result = state_create(id, monitor->arena, &monitor->state, fail);
    if (result >= 0)
        result = furnish(monitor, fail);
    return result < 0 ? fail_context(fail, "recording the container %s", id) : 0;
}

static void finish(struct monitor *monitor, bool keep)
{
    monitor_clients_close(&monitor->clients);
    container_log_close(&monitor->log);
    if (monitor->state.root_fd < 0)
        return;
    state_socket_remove(SOCKET_MONITOR, &monitor->state, monitor->arena);
    if (keep) {
        state_abandon(&monitor->state);
        return;
    }
    state_files_remove(&monitor->state, monitor->arena);
    state_remove(&monitor->state);
}

/* ---- while the container lives ---- */

/* From here on nobody is at our stdio: what is to be said is said in the log, by the record or not at
 * all. */
static void let_go_of_terminal(struct monitor *monitor)
{
    AUTO_FD int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        (void)dup2(null_fd, fd);
    (void)setsid();
    (void)chdir("/"); /* else the file system of the caller's directory could not be unmounted */
    monitor->trace = (struct trace){.quiet = true};
}

static bool stop_is_wanted(const struct monitor *monitor)
{
    AUTO_ARENA struct arena arena = {.blocks = NULL}; /* this is asked again and again */
    return monitor->stop_wanted || state_file_exists(&monitor->state, FILE_STOP, &arena);
}

int monitor_payload_started(struct monitor *monitor, const struct container *container,
                            struct fail *fail)
{
    struct outcome outcome = {.runs = true};
    /* Whoever wants it stopped may have looked when there was nothing to be ended. */
    if (stop_is_wanted(monitor))
        (void)syscall(SYS_pidfd_send_signal, container->child.pidfd, SIGKILL, NULL, 0);
    if (monitor->outcome_fd < 0)
        return 0;
    if (send(monitor->outcome_fd, &outcome, sizeof(outcome), MSG_NOSIGNAL) < 0)
        return fail_sys(fail, "telling the launcher that was called that the payload runs");
    own_close(&monitor->outcome_fd);
    let_go_of_terminal(monitor);
    return 0;
}

/* A monitor that has nothing to do for so long gives its memory back, and then sleeps for good. */
enum { REST_MS = 500 };

int monitor_poll(struct monitor *monitor, struct pollfd *fds, size_t count)
{
    detached_io_poll_prepare(&monitor->io, &fds[count]);
    monitor_clients_poll_prepare(&monitor->clients, monitor->io.input, &fds[count + OUTPUTS]);
    count += MONITOR_POLL_FDS;
    int ready = poll(fds, count, REST_MS);
    return ready != 0 ? ready : sleep_small(fds, count);
}

void monitor_poll_handle(struct monitor *monitor, const struct pollfd fds[MONITOR_POLL_FDS])
{
    detached_io_poll_handle(&monitor->io, fds, &monitor->log);
    monitor_clients_poll_handle(&monitor->clients, monitor->io.input, &fds[OUTPUTS]);
}

/* ---- one life of it, and the next ---- */

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The caller has gone: the log is where somebody will look for the reason. */
static void log_failure(struct monitor *monitor, const struct fail *reason)
{
    AUTO_ARENA struct arena arena = {.blocks = NULL};
    const char *line = arena_printf(&arena, "launcher: %s\n", reason->text);
    container_log_write(&monitor->log, LOG_STDERR, line, strlen(line));
}

static void record_end(struct monitor *monitor, struct container *container, int exit_status)
{
    struct fail lost = {0};
    struct state_record *record = &container->record;
    record->leftovers = container->leftovers;
    record->end = container_end(container);
    record->end.status = (struct limit){.set = true, .value = exit_status};
    record->end.finished_s = (struct limit){.set = true, .value = time(NULL)};
    record->end.restarts = (struct limit){.set = true, .value = monitor->restarts};
    if (state_write(&monitor->state, record, &lost) < 0)
        log_failure(monitor, &lost);
}

/* Where nobody asked for a report, it is kept for launcher inspect. */
static int open_report(const struct monitor *monitor, struct container *container,
                       struct fail *fail)
{
    if (monitor->job->spec->report != NULL)
        return 0;
    return state_file_create(&monitor->state, FILE_REPORT, container->arena, &container->report_fd,
                             fail);
}

/* How one life of the container went. */
struct life {
    int result;
    int exit_status;
    struct fail fail; /* result < 0 */
};

static void live_once(struct monitor *monitor, struct life *life)
{
    const struct monitor_job *job = monitor->job;
    AUTO_ARENA struct arena arena = {.blocks = NULL}; /* each life has its own: there may be many */
    struct container container = container_new(job->spec, job->plan, &monitor->trace, &arena);
    struct fail *fail = &life->fail;
    container.monitor = monitor;
    container.state = monitor->state;
    life->result =
        detached_io_open(job->spec->process.terminal, job->interactive, &monitor->io, fail);
    if (life->result >= 0)
        life->result = open_report(monitor, &container, fail);
    if (life->result >= 0)
        life->result = container_live(&container, &life->exit_status, fail);
    detached_io_drain(&monitor->io, &monitor->log);
    detached_io_close(&monitor->io);
    if (life->result < 0)
        life->exit_status = fail->exit_status != 0 ? fail->exit_status : EXIT_LAUNCHER;
    record_end(monitor, &container, life->exit_status);
}

static void heed_signals(struct monitor *monitor, int signal_fd)
{
    struct signalfd_siginfo info;
    while (read(signal_fd, &info, sizeof(info)) == sizeof(info))
        monitor->stop_wanted = monitor->stop_wanted || supervise_asks_to_end((int)info.ssi_signo);
}

/* Between two lives there is nobody to be talked with; launcher stop knocks, so that we look. */
static bool pause_before_restart(struct monitor *monitor, int delay_ms)
{
    AUTO_FD int signal_fd = -1;
    struct fail fail = {0};
    if (supervise_take_signals(&signal_fd, &fail) < 0)
        return false;
    int64_t end_ms = now_ms() + delay_ms;
    while (!stop_is_wanted(monitor)) {
        struct pollfd fds[CLIENTS_POLL_FDS + 1] = {{.fd = signal_fd, .events = POLLIN}};
        int64_t left_ms = end_ms - now_ms();
        if (left_ms <= 0)
            return true;
        monitor_clients_poll_prepare(&monitor->clients, -1, &fds[1]);
        if (poll(fds, CLIENTS_POLL_FDS + 1, (int)left_ms) <= 0)
            continue;
        heed_signals(monitor, signal_fd);
        monitor_clients_poll_handle(&monitor->clients, -1, &fds[1]);
    }
    return false;
}

static void tell_failed_start(struct monitor *monitor, const struct life *life)
{
    struct outcome outcome = {
        .result = life->result, .exit_status = life->exit_status, .fail = life->fail};
    (void)send(monitor->outcome_fd, &outcome, sizeof(outcome), MSG_NOSIGNAL); /* or nobody waits */
}

/* From one life to the next, until it is not to be started again. `ret_life`: the last one. A first start
 * that failed ends it too, and then the caller still waits. */
static void live(struct monitor *monitor, struct life *ret_life)
{
    const struct restart_policy *policy = &monitor->job->options->restart;
    for (unsigned short_lives = 0;; monitor->restarts++) {
        struct life life = {.result = 0};
        int64_t began_ms = now_ms();
        live_once(monitor, &life);
        *ret_life = life;
        if (monitor->outcome_fd >= 0)
            return;
        if (life.result < 0)
            log_failure(monitor, &life.fail);
        short_lives = now_ms() - began_ms >= RESTART_LONG_RUN_MS ? 0 : short_lives + 1;
        if (stop_is_wanted(monitor) ||
            !restart_is_due(policy, life.exit_status, monitor->restarts) ||
            !pause_before_restart(monitor, restart_delay_ms(short_lives)))
            return;
    }
}

static void monitor_main(const struct monitor_job *job, int outcome_fd)
{
    struct monitor *monitor = arena_alloc(job->arena, sizeof(*monitor));
    struct life life = {.result = 0};
    *monitor = (struct monitor){.job = job,
                                .arena = job->arena,
                                .trace = *job->trace,
                                .state = STATE_NONE,
                                .log = LOG_NONE,
                                .io = DETACHED_IO_NONE,
                                .outcome_fd = outcome_fd};
    monitor_clients_begin(&monitor->clients, -1);
    life.result = begin(monitor, &life.fail);
    if (life.result >= 0)
        live(monitor, &life);
    bool ran = monitor->outcome_fd < 0;
    finish(monitor, ran && !job->options->remove);
    if (!ran)
        tell_failed_start(monitor, &life); /* when nothing of it is left */
}

int monitor_run(const struct monitor_job *job, int *ret_exit_status, struct fail *fail)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return fail_sys(fail, "creating a socket to the monitor");
    AUTO_FD int ours = pair[0];
    AUTO_FD int theirs = pair[1];
    pid_t pid = fork();
    if (pid < 0)
        return fail_sys(fail, "creating the monitor's process");
    if (pid == 0) {
        own_close(&ours);
        monitor_main(job, take_fd(&theirs));
        _exit(0);
    }
    own_close(&theirs);
    return hear_outcome(ours, job->spec->id, ret_exit_status, fail);
}
