/* probe.c - one scenario of the comparison with one init; prints the verdict.
 *
 *     probe SCENARIO ACTOR INIT [OPTION...]
 *
 * drain            does a straggler in a session of its own finish its work after SIGTERM?
 * blocked          has the command the blocked signals that it has without the init?
 * blocked-caller   the same when the caller has some blocked
 * ignored          has it the ignored signals of the caller?
 * sigchld          which exit status comes when the caller ignores SIGCHLD?
 * stop-key         does ^Z in a shell bring the prompt back, and fg the command?
 * idle             wake-ups of the init in 5 s, and its Pss in KiB
 * reap             milliseconds of CPU time to reap 10,000 orphans that have all ended
 * reap-live        milliseconds from the moment when 10,000 are told to end until all are reaped
 *
 * The init is process 1 of a PID namespace in all but stop-key, where that is the shell.
 */
#include "tests/compare/process.h"
#include "tests/compare/terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_DRAINED = 7, EXIT_CHOSEN = 42, IDLE_MS = 5000, SETTLE_MS = 1000, ZOMBIE_MS = 100 };

struct scenario {
    const char *name;
    void (*run)(const struct scenario *scenario, char **init, const char *actor);
    uint64_t blocked, ignored; /* what the caller has */
};

/* Returns the pid and, in *ret_output, the read end of the command's standard output. */
static pid_t start_under(const struct scenario *scenario, char **argv, int *ret_output)
{
    int output[2];
    open_pipe(output);
    const struct start start = {
        .argv = argv,
        .terminal = -1,
        .stdin_fd = -1,
        .stdout_fd = output[1],
        .blocked = scenario->blocked,
        .ignored = scenario->ignored,
    };
    pid_t init = start_process_1(&start);
    (void)close(output[1]); /* the namespace has its copies: the end of them all is our EOF */
    *ret_output = output[0];
    return init;
}

static void must_be_up(int output, const char *init)
{
    if (read_byte(output) != 'u')
        die_saying("the command did not come up", init);
}

/* A straggler that is killed before its work is done says nothing more. */
static void run_drain(const struct scenario *scenario, char **init, const char *actor)
{
    int output;
    pid_t pid = start_under(scenario, command_under(init, actor, "drain", NULL), &output);
    must_be_up(output, init[0]);
    if (kill(pid, SIGTERM) < 0)
        die("signal", init[0]);
    bool drained = read_byte(output) == 'd';
    int status = wait_for(pid);
    if (status == EXIT_DRAINED)
        (void)puts(drained ? "yes" : "no");
    else
        (void)printf("%s, exit %d\n", drained ? "yes" : "no", status);
}

/* The line NAME of what the command says about its signals, as a number. */
static uint64_t signals_of(const struct scenario *scenario, char **argv, const char *name)
{
    char text[1024];
    int output;
    pid_t pid = start_under(scenario, argv, &output);
    read_all(output, text, sizeof text);
    (void)close(output);
    const char *line = strstr(text, name);
    if (wait_for(pid) != 0 || !line)
        die_saying("the command did not tell its signals", argv[0]);
    return strtoull(line + strlen(name), NULL, 16);
}

static void compare_signals(const struct scenario *scenario, char **init, const char *actor,
                            const char *name)
{
    char *bare[] = {strdup(actor), strdup("signals"), NULL};
    uint64_t wanted = signals_of(scenario, bare, name);
    uint64_t got = signals_of(scenario, command_under(init, actor, "signals", NULL), name);
    (void)puts(got == wanted ? "yes" : "no");
}

static void run_blocked(const struct scenario *scenario, char **init, const char *actor)
{
    compare_signals(scenario, init, actor, "SigBlk:");
}

static void run_ignored(const struct scenario *scenario, char **init, const char *actor)
{
    compare_signals(scenario, init, actor, "SigIgn:");
}

/* Without a child, asleep, and no signal on its way: nothing will ever wake it, but a timer. */
static bool hangs(pid_t init)
{
    return first_child(init) == 0 && is_quiet(init);
}

static int status_or_hang(pid_t init)
{
    for (int quiet_ms = 0; quiet_ms < QUIET_MS; quiet_ms += POLL_MS) {
        int status = has_ended(init);
        if (status >= 0)
            return status;
        if (!hangs(init))
            quiet_ms = 0;
        sleep_ms(POLL_MS);
    }
    return -1;
}

static void run_sigchld(const struct scenario *scenario, char **init, const char *actor)
{
    int output;
    pid_t pid = start_under(scenario, command_under(init, actor, "exit", "42"), &output);
    int status = status_or_hang(pid);
    if (status == EXIT_CHOSEN) {
        (void)puts("right");
    } else if (status >= 0) {
        (void)printf("exit %d\n", status);
    } else {
        (void)puts("hangs");
        kill_process_1(pid);
    }
}

static void run_stop_key(const struct scenario *scenario, char **init, const char *actor)
{
    (void)scenario;
    (void)puts(stop_key_returns_prompt(command_under(init, actor, "sleep", NULL)) ? "yes" : "no");
}

static long pss_kib(pid_t pid)
{
    char path[64], line[256];
    long kib = -1;
    (void)snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        die("open", path);
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "Pss:", 4) == 0)
            kib = strtol(line + 4, NULL, 10);
    }
    (void)fclose(file); /* nothing was written */
    if (kib < 0)
        die_saying("no Pss", path);
    return kib;
}

static void run_idle(const struct scenario *scenario, char **init, const char *actor)
{
    int output;
    pid_t pid = start_under(scenario, command_under(init, actor, "sleep", NULL), &output);
    must_be_up(output, init[0]);
    sleep_ms(SETTLE_MS); /* the last steps of the start are over */
    long before = read_status(pid).switches;
    sleep_ms(IDLE_MS);
    long after = read_status(pid).switches;
    (void)printf("%ld %ld\n", after - before, pss_kib(pid));
    kill_process_1(pid);
}

static double cpu_time_ms(pid_t pid)
{
    clockid_t clock;
    struct timespec time;
    int result = clock_getcpuclockid(pid, &clock);
    if (result != 0 || clock_gettime(clock, &time) < 0)
        die_saying("no CPU time can be had", strerror(result ? result : errno));
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void must_say(int output, int word)
{
    if (read_byte(output) != word)
        die_saying("the orphans did not end or were not reaped", "see the lines above, if any");
}

/* A wait(2) walks along the children that live until it finds one that has ended, so with orphans
 * that are about to end the time depends on their order, by a factor of four. An init that is
 * stopped meanwhile finds them all ended: what it then takes is its own. And that is CPU time,
 * because the kernel is still busy with the memory of what has ended. */
static double time_when_ended(pid_t pid, int output, int release)
{
    stop_process_1(pid);
    (void)close(release); /* to the orphans this is the end of the file */
    must_say(output, 'z');
    sleep_ms(ZOMBIE_MS); /* from the end of their descriptors to the very end */
    double before_ms = cpu_time_ms(pid);
    (void)kill(pid, SIGCONT); /* if it were gone, the next answer would not come */
    must_say(output, 'd');
    return cpu_time_ms(pid) - before_ms;
}

static double time_when_alive(int output, int release)
{
    double begin_us = now_us();
    (void)close(release);
    must_say(output, 'z');
    must_say(output, 'd');
    return (now_us() - begin_us) / 1e3;
}

static void run_reap(const struct scenario *scenario, char **init, const char *actor)
{
    int input[2], output[2];
    open_pipe(input);
    open_pipe(output);
    const struct start start = {
        .argv = command_under(init, actor, "orphans", "10000"),
        .terminal = -1,
        .stdin_fd = input[0],
        .stdout_fd = output[1],
    };
    pid_t pid = start_process_1(&start);
    (void)close(input[0]);
    (void)close(output[1]);
    must_be_up(output[0], init[0]);
    bool alive = strcmp(scenario->name, "reap-live") == 0;
    (void)printf("%.2f\n", alive ? time_when_alive(output[0], input[1])
                                 : time_when_ended(pid, output[0], input[1]));
    kill_process_1(pid);
}

/* Ordinary and real-time ones, and those which an init needs itself. */
#define SOME_BLOCKED                                                                        \
    (SIGNAL_BIT(SIGHUP) | SIGNAL_BIT(SIGTERM) | SIGNAL_BIT(SIGUSR1) | SIGNAL_BIT(SIGCHLD) | \
     SIGNAL_BIT(40))
#define SOME_IGNORED                                                                       \
    (SIGNAL_BIT(SIGHUP) | SIGNAL_BIT(SIGINT) | SIGNAL_BIT(SIGQUIT) | SIGNAL_BIT(SIGPIPE) | \
     SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU) | SIGNAL_BIT(SIGUSR1) | SIGNAL_BIT(40))

static const struct scenario scenarios[] = {
    {.name = "drain", .run = run_drain},
    {.name = "blocked", .run = run_blocked},
    {.name = "blocked-caller", .run = run_blocked, .blocked = SOME_BLOCKED},
    {.name = "ignored", .run = run_ignored, .ignored = SOME_IGNORED},
    {.name = "sigchld", .run = run_sigchld, .ignored = SIGNAL_BIT(SIGCHLD)},
    {.name = "stop-key", .run = run_stop_key},
    {.name = "idle", .run = run_idle},
    {.name = "reap", .run = run_reap},
    {.name = "reap-live", .run = run_reap},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 3 && i < sizeof scenarios / sizeof scenarios[0]; i++) {
        if (strcmp(argv[1], scenarios[i].name) != 0)
            continue;
        scenarios[i].run(&scenarios[i], argv + 3, argv[2]);
        return EXIT_SUCCESS;
    }
    (void)fprintf(stderr,
                  "usage: probe drain|blocked|blocked-caller|ignored|sigchld|stop-key|idle|reap|"
                  "reap-live ACTOR INIT [OPTION...]\n");
    return EXIT_FAILURE;
}
