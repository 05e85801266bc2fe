/* Hooks: real programs, what they find, and each way in which they can go wrong. And the state that
 * they find. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../../launcher/host/hooks.h"
#include "../../launcher/host/process.h"
#include "../../launcher/run/state_json.h"
#include "tap.h"

static char directory[] = "/tmp/test-hooks-XXXXXX";

static const char *file(const char *name, struct arena *arena)
{
    return arena_printf(arena, "%s/%s", directory, name);
}

static void write_file(const char *name, const char *text, mode_t mode, struct arena *arena)
{
    AUTO_FD int fd = open(file(name, arena), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode) < 0)
        printf("# can't write %s: %s\n", name, strerror(errno));
}

/* What is in a file, and the file is gone; "" when there is none. */
static const char *take_file(const char *name, struct arena *arena)
{
    const char *path = file(name, arena);
    struct stat status;
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0)
        return "";
    char *text = arena_alloc(arena, (size_t)status.st_size + 1);
    if (read(fd, text, (size_t)status.st_size) < 0)
        return "";
    (void)unlink(path);
    return text;
}

/* A hook that runs a line of shell in the test's directory, which it knows as $1. */
struct shell {
    const char *args[5];
    const char *environment[1];
};

static struct spec_hook shell_hook(const char *line, struct shell *shell)
{
    *shell = (struct shell){.args = {"sh", "-c", line, "hook", directory},
                            .environment = {"PATH=/usr/bin:/bin"}};
    return (struct spec_hook){.path = "/bin/sh",
                              .args = shell->args,
                              .arg_count = COUNT(shell->args),
                              .environment = shell->environment,
                              .environment_count = COUNT(shell->environment)};
}

static const struct hook_options on_host = {.state = "{}", .container_pidfd = -1};

static int run_one(struct spec_hook hook, const struct hook_options *options, struct fail *fail)
{
    struct spec_hook_list list = {.hooks = &hook, .count = 1};
    *fail = (struct fail){.code = 0};
    return hooks_run(HOOK_CREATE_RUNTIME, &list, options, fail);
}

static int run_shell(const char *line, const struct hook_options *options, struct fail *fail)
{
    struct shell shell;
    return run_one(shell_hook(line, &shell), options, fail);
}

static void test_order(struct arena *arena)
{
    struct fail fail = {.code = 0};
    struct shell shells[4];
    struct spec_hook hooks[] = {
        shell_hook("sleep 0.1; echo one >>$1/order", &shells[0]),
        shell_hook("echo two >>$1/order", &shells[1]),
        shell_hook("echo three >>$1/order; exit 3", &shells[2]),
        shell_hook("echo four >>$1/order", &shells[3]),
    };
    struct spec_hook_list list = {.hooks = hooks, .count = COUNT(hooks)};
    is_int(hooks_run(HOOK_PRESTART, &list, &on_host, &fail), -EIO, "the third hook fails");
    is_str(take_file("order", arena), "one\ntwo\nthree\n", "  in turn, and none after it");
    is_str(fail.text, "running the hook /bin/sh (hooks.prestart[2]): it ended with status 3",
           "  it is named");
    is_int(hooks_run_one(HOOK_POSTSTOP, &list, 3, &on_host, &fail), 0, "one of a list");
    is_str(take_file("order", arena), "four\n", "  and no other");
}

static void test_surroundings(struct arena *arena)
{
    struct fail fail;
    struct hook_options options = on_host;
    options.state = "{\"id\":\"x\"}";
    (void)setenv("LD_PRELOAD_OF_OURS", "1", 1);
    int leaked = open("/", O_RDONLY | O_DIRECTORY); /* NOLINT: to be inherited */
    is_int(
        run_shell("cat >$1/state; env | sed 's/=.*//' | sort | tr '\\n' ' ' >$1/env; pwd >$1/cwd; "
                  "ls /proc/self/fd | tr '\\n' ' ' >$1/fds; echo lost; readlink /proc/self/fd/1 "
                  ">>$1/env",
                  &options, &fail),
        0, "a hook looks around");
    (void)close(leaked);
    is_str(take_file("state", arena), "{\"id\":\"x\"}", "  stdin is the state");
    is_str(take_file("cwd", arena), "/\n", "  the working directory is /");
    is_str(take_file("fds", arena), "0 1 2 3 ", "  no descriptor is inherited (3 is that of ls)");
    const char *environment = take_file("env", arena);
    ok(strstr(environment, "OURS") == NULL, "  nor a variable");

    struct spec_hook bare = {.path = file("bare", arena)};
    write_file("bare",
               arena_printf(arena,
                            "#!/bin/sh\n/usr/bin/tr '\\0' ' ' </proc/$$/environ >%s/env\n"
                            "/usr/bin/tr '\\0' ' ' </proc/$$/cmdline >%s/args\n"
                            "exec /bin/grep -E '^Sig(Blk|Ign)' /proc/self/status >%s/signals\n",
                            directory, directory, directory),
               0700, arena);
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, &before);
    (void)signal(SIGPIPE, SIG_IGN);
    is_int(run_one(bare, &on_host, &fail), 0, "without arguments and environment");
    (void)signal(SIGPIPE, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    is_str(take_file("env", arena), "", "  the environment is empty");
    ok(strstr(take_file("args", arena), "/bare ") != NULL, "  the path is its name");
    is_str(take_file("signals", arena), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n",
           "  no signal is blocked or ignored");
}

static void test_sizes(struct arena *arena)
{
    enum { MEGABYTES = 8 << 20 };
    struct fail fail;
    struct hook_options options = on_host;
    char *state = arena_alloc(arena, MEGABYTES + 1);
    memset(state, 'x', MEGABYTES);
    options.state = state;
    is_int(run_shell("exit 0", &options, &fail), 0, "8 MiB of state that nobody reads");
    is_int(run_shell("wc -c >$1/size", &options, &fail), 0, "  or that is read");
    is_str(take_file("size", arena), "8388608\n", "  as a whole");
    is_int(run_shell("head -c 8000000 /dev/zero; head -c 8000000 /dev/zero >&2; echo the end >&2",
                     &on_host, &fail),
           0, "megabytes on stdout and stderr");
    is_int(run_shell("head -c 8000000 /dev/zero | tr '\\0' a >&2; printf 'the\\nend\\033\\n' >&2; "
                     "exit 1",
                     &on_host, &fail),
           -EIO, "  and a failure");
    const char *end = strlen(fail.text) > 12 ? fail.text + strlen(fail.text) - 12 : "";
    is_str(end, "aaaaathe end", "  of which the end is told, on one line");
}

static void test_failures(struct arena *arena)
{
    struct fail fail;
    is_int(run_shell("echo because >&2; exit 7", &on_host, &fail), -EIO,
           "a hook says why it fails");
    is_str(fail.text,
           "running the hook /bin/sh (hooks.createRuntime[0]): it ended with status 7: because",
           "  and so does the error");
    is_int(run_shell("kill -9 $$", &on_host, &fail), -EIO, "a hook dies");
    ok(strstr(fail.text, "it was ended by signal 9 (Killed)") != NULL, "  of a signal");

    struct spec_hook hook = {.path = "/nosuch/hook"};
    is_int(run_one(hook, &on_host, &fail), -ENOENT, "a program that is not there");
    is_str(fail.text,
           "running the hook /nosuch/hook (hooks.createRuntime[0]): executing it: No such file or "
           "directory",
           "  is named");
    ok(fail.hint[0] != '\0', "  with a hint");
    write_file("plain", "#!/bin/sh\n", 0600, arena);
    hook.path = file("plain", arena);
    is_int(run_one(hook, &on_host, &fail), -EACCES, "a file that is not executable");
    write_file("words", "no program", 0700, arena);
    hook.path = file("words", arena);
    is_int(run_one(hook, &on_host, &fail), -ENOEXEC, "a file that is no program");
    is_int(waitpid(-1, NULL, WNOHANG), -1, "no process is left unreaped");
}

static bool is_alive(const char *pid)
{
    return pid[0] != '\0' && kill((pid_t)strtol(pid, NULL, 10), 0) == 0;
}

static void test_timeout(struct arena *arena)
{
    struct fail fail;
    struct shell shell;
    struct spec_hook hook = shell_hook(
        "sleep 100 & echo $! >$1/child; echo waiting >&2; while :; do sleep 9; done", &shell);
    hook.timeout_s = 1;
    int64_t began = process_now_ms();
    is_int(run_one(hook, &on_host, &fail), -ETIMEDOUT, "a hook that hangs");
    int64_t took = process_now_ms() - began;
    ok(took >= 1000 && took < 8000, "  is killed when its time is over");
    is_str(
        fail.text,
        "running the hook /bin/sh (hooks.createRuntime[0]): it took longer than its timeout of 1 "
        "s: waiting",
        "  the error says so");
    const char *child = take_file("child", arena);
    for (int i = 0; i < 100 && is_alive(child); i++)
        (void)usleep(20000); /* init reaps it */
    ok(child[0] != '\0' && !is_alive(child), "  with what it has started");
    hook = shell_hook("while :; do echo more >&2; done", &shell);
    hook.timeout_s = 1;
    is_int(run_one(hook, &on_host, &fail), -ETIMEDOUT, "one that never stops to talk");
    hook = shell_hook("exit 0", &shell);
    hook.timeout_s = INT32_MAX;
    is_int(run_one(hook, &on_host, &fail), 0, "a timeout of 68 years");
}

static void test_background(struct arena *arena)
{
    struct fail fail;
    int64_t began = process_now_ms();
    is_int(run_shell("sleep 30 & echo $! >$1/child", &on_host, &fail), 0,
           "a hook that leaves a process with its stderr");
    ok(process_now_ms() - began < 10000, "  is over when it ends itself");
    const char *child = take_file("child", arena);
    ok(is_alive(child), "  and that process lives on");
    (void)kill((pid_t)strtol(child, NULL, 10), SIGKILL);
}

static void test_interruption(void)
{
    struct fail fail;
    struct hook_options options = on_host;
    sigset_t term, pending, before;
    (void)sigemptyset(&term);
    (void)sigaddset(&term, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &term, &before);
    (void)kill(getpid(), SIGTERM);
    is_int(run_shell("sleep 0.2", &options, &fail), 0, "a hook that must not be interrupted");
    options.interruptible = true;
    is_int(run_shell("sleep 30", &options, &fail), -EINTR, "one that may");
    (void)sigpending(&pending);
    ok(sigismember(&pending, SIGTERM) == 1, "  the signal is there for others");
    int number = 0;
    (void)sigwait(&term, &number);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
}

/* ---- in a container ---- */

/* A process in namespaces of its own, which waits until it is killed. */
static pid_t start_container(int *ret_pidfd)
{
    int ready[2];
    if (pipe(ready) < 0) /* NOLINT: not inherited by a program */
        return -1;
    pid_t middle = fork();
    if (middle == 0) {
        if (unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC) < 0 ||
            sethostname("inside", 6) < 0)
            _exit(1);
        pid_t pid = fork();
        if (pid == 0) {
            (void)signal(SIGTERM, SIG_DFL);
            while (true)
                (void)pause();
        }
        (void)!write(ready[1], &pid, sizeof(pid));
        _exit(0);
    }
    pid_t pid = -1;
    (void)close(ready[1]);
    if (read(ready[0], &pid, sizeof(pid)) != sizeof(pid))
        pid = -1;
    (void)close(ready[0]);
    (void)waitpid(middle, NULL, 0);
    *ret_pidfd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    return pid;
}

static void test_inside(struct arena *arena)
{
    struct fail fail;
    AUTO_FD int pidfd = -1;
    pid_t pid = start_container(&pidfd);
    struct hook_options options = {.state = "{}", .container_pid = pid, .container_pidfd = pidfd};
    if (!ok(pidfd >= 0, "a process in other namespaces"))
        return;
    is_int(run_shell("hostname >$1/inside; echo $$ >>$1/inside; cat >>$1/inside", &options, &fail),
           0, "a hook in its namespaces");
    is_str(take_file("inside", arena), "inside\n2\n{}", "  the PID namespace among them");
    is_int(run_shell("echo no >&2; exit 9", &options, &fail), -EIO, "its status comes back");
    ok(strstr(fail.text, "it ended with status 9: no") != NULL, "  with what it said");
    struct spec_hook missing = {.path = "/nosuch/hook"};
    is_int(run_one(missing, &options, &fail), -ENOENT, "a program that is not there");
    struct shell shell;
    struct spec_hook hanging = shell_hook("sleep 100", &shell);
    hanging.timeout_s = 1;
    is_int(run_one(hanging, &options, &fail), -ETIMEDOUT, "one that hangs");

    struct spec spec = {.process = {.no_new_privileges = true, .user = {.uid = 7, .gid = 8}}};
    spec.process.capabilities = (struct spec_capabilities){.bounding = 0x3};
    options.confined_as = &spec;
    (void)chmod(directory, 0777);
    is_int(
        run_shell("grep -E '^(Uid|Groups|Cap(Prm|Eff|Bnd)|NoNewPrivs)' /proc/self/status | tr -s "
                  "'\\t ' ' ' >$1/rights",
                  &options, &fail),
        0, "one that may no more than the payload");
    is_str(take_file("rights", arena),
           "Uid: 7 7 7 7\nGroups: \nCapPrm: 0000000000000000\nCapEff: 0000000000000000\nCapBnd: "
           "0000000000000003\nNoNewPrivs: 1\n",
           "  has its user, capabilities and no_new_privs");
    (void)kill(pid, SIGKILL);
    for (int i = 0; i < 100 && kill(pid, 0) == 0; i++)
        (void)usleep(20000);
    options.confined_as = NULL;
    is_int(run_shell("exit 0", &options, &fail), -ESRCH, "the process is gone");
    is_int(waitpid(-1, NULL, WNOHANG), -1, "no process is left unreaped");
}

/* ---- the state ---- */

static void test_state(struct arena *arena)
{
    struct spec_pair annotations[] = {{"a\"b", "\\ \n\x01 \xc3\xa4"}, {"", ""}};
    struct state_view view = {.id = "web", .status = STATUS_CREATING, .bundle = "/b"};
    is_str(state_json(&view, arena),
           "{\"ociVersion\":\"1.3.0\",\"id\":\"web\",\"status\":\"creating\",\"bundle\":\"/b\"}",
           "the least that there is");
    view.pid = 42;
    view.status = STATUS_STOPPED;
    view.annotations = annotations;
    view.annotation_count = COUNT(annotations);
    view.rootfs = "/r";
    view.created = "2026-01-02T03:04:05Z";
    view.owner = "root";
    json_t *json = json_loads(state_json(&view, arena), JSON_REJECT_DUPLICATES, NULL);
    is_int(json_integer_value(json_object_get(json, "pid")), 42, "all that there is");
    is_str(json_string_value(json_object_get(json, "status")), "stopped", "  the status");
    is_str(json_string_value(json_object_get(json, "created")), "2026-01-02T03:04:05Z",
           "  created");
    const json_t *got = json_object_get(json, "annotations");
    is_str(json_string_value(json_object_get(got, "a\"b")), annotations[0].value,
           "  an annotation");
    is_str(json_string_value(json_object_get(got, "")), "", "  an empty one");
    json_decref(json);
    char *large = arena_alloc(arena, 100001);
    memset(large, '"', 100000);
    view.bundle = large;
    json = json_loads(state_json(&view, arena), 0, NULL);
    is_str(json_string_value(json_object_get(json, "bundle")), large, "a very long text");
    json_decref(json);
}

int main(void)
{
    AUTO_ARENA struct arena arena = {0};
    if (mkdtemp(directory) == NULL)
        return 1;
    test_state(&arena);
    test_order(&arena);
    test_surroundings(&arena);
    test_sizes(&arena);
    test_failures(&arena);
    test_timeout(&arena);
    test_background(&arena);
    test_interruption();
    test_inside(&arena);
    (void)system(arena_printf(&arena, "rm -rf %s", directory)); /* NOLINT: a name of ours */
    return done_testing();
}
