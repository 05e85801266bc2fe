#include "hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "hook_process.h"
#include "process.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* Linux 6.3: some hosts refuse a memfd that could be executed */
#endif

enum {
    OUTPUT_KEPT = 1024, /* of what it says, the end tells why */
    OUTPUT_SHOWN = 240, /* of that, what an error has room for */
    OUTPUT_READS = 64, /* at the end: a pipe holds no more, and another process may go on writing */
    CHUNK = 4096,
};

static const struct {
    const char *name;
    bool in_container;
} kinds[HOOK_KIND_COUNT] = {
    [HOOK_PRESTART] = {"prestart", false},
    [HOOK_CREATE_RUNTIME] = {"createRuntime", false},
    [HOOK_CREATE_CONTAINER] = {"createContainer", true},
    [HOOK_START_CONTAINER] = {"startContainer", true},
    [HOOK_POSTSTART] = {"poststart", false},
    [HOOK_POSTSTOP] = {"poststop", false},
};

const char *hook_kind_name(enum spec_hook_kind kind)
{
    return kinds[kind].name;
}

bool hook_runs_in_container(enum spec_hook_kind kind)
{
    return kinds[kind].in_container;
}

/* A hook that runs. */
struct run {
    const struct spec_hook *hook;
    pid_t leader; /* of its process group. It is reaped last: until then its number stays its own */
    pid_t pid;    /* the hook: the leader, or its sibling. 0: not there yet */
    int pidfd;
    int notes_fd, output_fd;
    int interrupt_fd;    /* -1: nothing interrupts it */
    int64_t deadline_ms; /* 0: none */
    struct hook_note failure;
    char output[OUTPUT_KEPT];
    size_t output_used;
};

static void close_run(struct run *run)
{
    own_close(&run->pidfd);
    own_close(&run->notes_fd);
    own_close(&run->output_fd);
    own_close(&run->interrupt_fd);
}

/* ---- starting it ---- */

/* As large as it may be, and never waiting for a hook that reads nothing. */
static int open_state(const char *state, int *ret_fd, struct fail *fail)
{
    size_t size = strlen(state);
    AUTO_FD int fd = memfd_create("state", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create("state", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return fail_sys(fail, "creating the memory file for the container's state");
    for (size_t done = 0; done < size;) {
        ssize_t written = pwrite(fd, state + done, size - done, (off_t)done);
        if (written < 0)
            return fail_sys(fail, "writing the container's state");
        done += (size_t)written;
    }
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
        return fail_sys(fail, "sealing the container's state");
    *ret_fd = take_fd(&fd);
    return process_move_up(ret_fd, fail);
}

/* Only our end doesn't wait: the hook's is an ordinary one. */
static int open_pipe(int *ret_read, int *ret_write, struct fail *fail)
{
    int pair[2];
    if (pipe2(pair, O_CLOEXEC) < 0)
        return fail_sys(fail, "creating a pipe");
    *ret_read = pair[0];
    *ret_write = pair[1];
    if (fcntl(pair[0], F_SETFL, O_NONBLOCK) < 0)
        return fail_sys(fail, "preparing a pipe");
    return process_move_up(ret_write, fail);
}

/* Who blocks these signals takes them later: looking doesn't take them. */
static int watch_signals(struct run *run, struct fail *fail)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGHUP);
    (void)sigaddset(&signals, SIGQUIT);
    run->interrupt_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return run->interrupt_fd < 0 ? fail_sys(fail, "opening a descriptor for signals") : 0;
}

static int know_pid(struct run *run, pid_t pid, struct fail *fail)
{
    run->pid = pid;
    run->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    return run->pidfd < 0 ? fail_sys(fail, "watching it") : 0;
}

/* A list that execve(2) takes. */
static char *const *null_terminated(const char *const *words, size_t count, struct arena *arena)
{
    char **list = arena_alloc(arena, (count + 1) * sizeof(*list));
    for (size_t i = 0; i < count; i++)
        list[i] = arena_strdup(arena, words[i]);
    return list;
}

static int fork_hook(struct run *run, const struct hook_process *process, struct fail *fail)
{
    pid_t pid = fork();
    if (pid < 0)
        return fail_sys(fail, "starting a process for it");
    if (pid == 0)
        hook_process_run(process);
    run->leader = pid;
    return process->options->container_pidfd < 0 ? know_pid(run, pid, fail) : 0;
}

static int start(struct run *run, const struct hook_options *options, struct fail *fail)
{
    AUTO_ARENA struct arena arena = {0};
    AUTO_FD int state_fd = -1;
    AUTO_FD int output_fd = -1;
    AUTO_FD int notes_fd = -1;
    AUTO_FD int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    const struct spec_hook *hook = run->hook;
    const char *const path_only[] = {hook->path};
    if (null_fd < 0)
        return fail_sys(fail, "opening /dev/null");
    TRY(process_move_up(&null_fd, fail));
    TRY(open_state(options->state, &state_fd, fail));
    TRY(open_pipe(&run->output_fd, &output_fd, fail));
    TRY(open_pipe(&run->notes_fd, &notes_fd, fail));
    if (options->interruptible)
        TRY(watch_signals(run, fail));
    if (hook->timeout_s > 0)
        run->deadline_ms = process_now_ms() + (int64_t)hook->timeout_s * 1000;
    const char *const *args = hook->arg_count > 0 ? hook->args : path_only;
    size_t arg_count = hook->arg_count > 0 ? hook->arg_count : 1;
    struct hook_process process = {
        .path = hook->path,
        .argv = null_terminated(args, arg_count, &arena),
        .environment = null_terminated(hook->environment, hook->environment_count, &arena),
        .stdin_fd = state_fd,
        .stdout_fd = null_fd,
        .stderr_fd = output_fd,
        .notes_fd = notes_fd,
        .options = options,
    };
    return fork_hook(run, &process, fail);
}

/* ---- watching it ---- */

static void keep_output(struct run *run, const char *bytes, size_t size)
{
    if (size > OUTPUT_KEPT) {
        bytes += size - OUTPUT_KEPT;
        size = OUTPUT_KEPT;
    }
    size_t room = OUTPUT_KEPT - run->output_used;
    size_t lost = size > room ? size - room : 0;
    memmove(run->output, run->output + lost, run->output_used - lost);
    memcpy(run->output + run->output_used - lost, bytes, size);
    run->output_used += size - lost;
}

/* One read: a hook that never stops to talk must not keep us from looking at the clock. */
static bool take_output(struct run *run)
{
    char bytes[CHUNK];
    ssize_t got = read(run->output_fd, bytes, sizeof(bytes));
    if (got > 0)
        keep_output(run, bytes, (size_t)got);
    else if (got == 0)
        own_close(&run->output_fd);
    return got > 0;
}

static int take_notes(struct run *run, struct fail *fail)
{
    struct hook_note note;
    ssize_t got;
    while ((got = read(run->notes_fd, &note, sizeof(note))) == sizeof(note)) {
        if (note.stage == HOOK_FORKED)
            TRY(know_pid(run, note.value, fail));
        else
            run->failure = note;
    }
    if (got != 0)
        return 0;
    own_close(&run->notes_fd);
    if (run->pid != 0 || run->failure.value != 0)
        return 0;
    return fail_code(fail, -EIO, "the process that was to start it was killed");
}

enum { POLL_NOTES, POLL_OUTPUT, POLL_END, POLL_INTERRUPT, POLL_COUNT };

static int wait_for_something(const struct run *run, struct pollfd fds[POLL_COUNT],
                              struct fail *fail)
{
    const int watched[POLL_COUNT] = {run->notes_fd, run->output_fd, run->pidfd, run->interrupt_fd};
    for (int i = 0; i < POLL_COUNT; i++)
        fds[i] = (struct pollfd){.fd = watched[i], .events = POLLIN};
    while (true) {
        int64_t left_ms = run->deadline_ms == 0 ? -1 : run->deadline_ms - process_now_ms();
        bool late = run->deadline_ms != 0 && left_ms <= 0;
        int wait_ms = left_ms > INT32_MAX ? INT32_MAX : (int)left_ms;
        int ready = late ? 0 : poll(fds, POLL_COUNT, wait_ms);
        if (late) {
            (void)fail_set(fail, "it took longer than its timeout of %u s", run->hook->timeout_s);
            return fail->code = -ETIMEDOUT;
        }
        if (ready > 0)
            return 0;
        if (ready < 0 && errno != EINTR)
            return fail_sys(fail, "waiting for it");
    }
}

/* Until it has ended, or could not begin. */
static int watch(struct run *run, struct fail *fail)
{
    while (true) {
        struct pollfd fds[POLL_COUNT];
        TRY(wait_for_something(run, fds, fail));
        if (fds[POLL_NOTES].revents != 0)
            TRY(take_notes(run, fail));
        if (fds[POLL_OUTPUT].revents != 0)
            (void)take_output(run); /* an error of read(2) loses words of an error only */
        if (fds[POLL_END].revents != 0 || (run->pid == 0 && run->failure.value != 0))
            return 0;
        if (fds[POLL_INTERRUPT].revents != 0)
            return fail_code(fail, -EINTR, "ended by a signal to launcher");
    }
}

/* The last words, of notes and output, are in the pipes. */
static int take_rest(struct run *run, struct fail *fail)
{
    if (run->notes_fd >= 0)
        TRY(take_notes(run, fail));
    for (int i = 0; i < OUTPUT_READS && run->output_fd >= 0 && take_output(run); i++)
        continue;
    return 0;
}

/* ---- its end ---- */

static void reap(pid_t pid, siginfo_t *ret_info)
{
    while (waitid(P_PID, (id_t)pid, ret_info, WEXITED) < 0 && errno == EINTR)
        continue;
}

/* All that it has started and left in its group goes with it. */
static void end_early(const struct run *run)
{
    (void)kill(run->leader, SIGKILL); /* errors: they have ended, or not begun a group */
    if (run->pidfd >= 0)
        (void)syscall(SYS_pidfd_send_signal, run->pidfd, SIGKILL, NULL, 0);
    (void)kill(-run->leader, SIGKILL);
    while (waitid(P_PGID, (id_t)run->leader, &(siginfo_t){0}, WEXITED) == 0 || errno == EINTR)
        continue; /* with a sibling that nobody told us of; it ends with ECHILD */
}

static void reap_both(const struct run *run, siginfo_t *ret_info)
{
    if (run->pid != 0)
        reap(run->pid, ret_info);
    if (run->pid != run->leader)
        reap(run->leader, &(siginfo_t){0});
}

static const char *stage_text(int stage)
{
    static const char *const texts[] = {
        [HOOK_CGROUP] = "entering the container's cgroup",
        [HOOK_NAMESPACES] = "entering the container's namespaces",
        [HOOK_FORK] = "creating a process in the container's PID namespace",
        [HOOK_CONFINE] = "giving up what the payload may not do",
        [HOOK_EXEC] = "executing it",
    };
    bool known = stage > HOOK_FORKED && (size_t)stage < sizeof(texts) / sizeof(texts[0]);
    return known ? texts[stage] : "starting it";
}

/* Its last words behind an error: on one line, printable, and as much as there is room for. */
static int add_output(const struct run *run, struct fail *fail)
{
    char text[OUTPUT_SHOWN + 1];
    const char *output = run->output;
    size_t end = run->output_used, used = 0;
    while (end > 0 && (unsigned char)output[end - 1] <= ' ')
        end--;
    size_t begin = end > OUTPUT_SHOWN ? end - OUTPUT_SHOWN : 0;
    while (begin > 0 && begin < end && ((unsigned char)output[begin] & 0xc0) == 0x80)
        begin++; /* not in the middle of a character of UTF-8 */
    for (size_t i = begin; i < end; i++) {
        unsigned char byte = (unsigned char)output[i];
        text[used++] = byte < ' ' || byte == 0x7f ? ' ' : (char)byte;
    }
    text[used] = '\0';
    size_t length = strlen(fail->text);
    if (used > 0)
        (void)snprintf(fail->text + length, sizeof(fail->text) - length, ": %s", text);
    return fail->code;
}

static int judge(const struct run *run, const siginfo_t *info, struct fail *fail)
{
    if (run->failure.value != 0)
        return fail_code(fail, -run->failure.value, "%s", stage_text(run->failure.stage));
    if (info->si_code == CLD_EXITED && info->si_status == 0)
        return 0;
    if (info->si_code == CLD_EXITED)
        (void)fail_set(fail, "it ended with status %d", info->si_status);
    else
        (void)fail_set(fail, "it was ended by signal %d (%s)", info->si_status,
                       strsignal(info->si_status));
    fail->code = -EIO;
    return add_output(run, fail);
}

static int follow(struct run *run, int started, struct fail *fail)
{
    siginfo_t info = {0};
    if (started < 0 || watch(run, fail) < 0 || take_rest(run, fail) < 0) {
        end_early(run);
        reap_both(run, &info);
        return add_output(run, fail);
    }
    reap_both(run, &info);
    return judge(run, &info, fail);
}

/* ---- the hooks of a list ---- */

static void add_hint(enum spec_hook_kind kind, const struct run *run, struct fail *fail)
{
    if (fail->code == -ENOENT && run->failure.stage == HOOK_EXEC)
        (void)fail_hint(
            fail, "%s",
            kind == HOOK_START_CONTAINER
                ? "the paths of startContainer hooks are those of the container"
                : "the path is one of the host's; a script needs its interpreter there too");
}

int hooks_run_one(enum spec_hook_kind kind, const struct spec_hook_list *list, size_t index,
                  const struct hook_options *options, struct fail *fail)
{
    struct run run = {.hook = &list->hooks[index],
                      .pidfd = -1,
                      .notes_fd = -1,
                      .output_fd = -1,
                      .interrupt_fd = -1};
    int result = start(&run, options, fail);
    if (run.leader != 0)
        result = follow(&run, result, fail);
    close_run(&run);
    if (result >= 0)
        return 0;
    add_hint(kind, &run, fail);
    return fail_context(fail, "running the hook %.120s (hooks.%s[%zu])", run.hook->path,
                        kinds[kind].name, index);
}

int hooks_run(enum spec_hook_kind kind, const struct spec_hook_list *list,
              const struct hook_options *options, struct fail *fail)
{
    for (size_t i = 0; i < list->count; i++)
        TRY(hooks_run_one(kind, list, i, options, fail));
    return 0;
}
