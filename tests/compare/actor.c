/* actor.c - the command that runs under the inits which are compared.
 *
 *     actor MODE [ARGUMENT]
 *
 * It is static and small, so that little time passes between its execve(2) and its first line.
 * Where it has something to tell, it writes to standard output.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    EXIT_DRAINED = 7,
    WORK_MS = 300,
    MAX_ORPHANS = 100000,
    ORPHAN_STACK = 4096,
};

static void say(const char *text)
{
    ssize_t length = (ssize_t)strlen(text);
    if (write(STDOUT_FILENO, text, (size_t)length) != length)
        _exit(EXIT_FAILURE);
}

static void pause_ms(long time_ms)
{
    const struct timespec time = {.tv_sec = time_ms / 1000, .tv_nsec = time_ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL); /* nothing interrupts it: all signals are blocked here */
}

static void block_all(void)
{
    sigset_t all;
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, NULL); /* fails only for an unknown `how` */
}

static void wait_for_signal(int number)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, number);
    while (sigwaitinfo(&set, NULL) != number) {
    }
}

/* Did SIGTERM arrive before SIGPWR? The kernel hands out the lowest pending signal first, so an init
 * that holds both forwards TERM first; and signals of one sender become pending in his order. So
 * once PWR is here, TERM is pending, or was lost. Says "u" when it is ready, then "T" or "L". */
static int run_race(const char *unused)
{
    (void)unused;
    sigset_t pending;
    block_all();
    say("u");
    wait_for_signal(SIGPWR);
    (void)sigpending(&pending);
    say(sigismember(&pending, SIGTERM) ? "T" : "L");
    return EXIT_SUCCESS;
}

/* Has a straggler in a session of its own, which on SIGTERM has some work to do before it ends; it
 * says "d" when that is done. We end at once. */
static int run_drain(const char *unused)
{
    (void)unused;
    block_all();
    pid_t straggler = fork();
    if (straggler < 0)
        return EXIT_FAILURE;
    if (straggler == 0) {
        if (setsid() < 0)
            _exit(EXIT_FAILURE);
        say("u");
        wait_for_signal(SIGTERM);
        pause_ms(WORK_MS);
        say("d");
        _exit(EXIT_SUCCESS);
    }
    wait_for_signal(SIGTERM);
    return EXIT_DRAINED;
}

/* The lines of /proc/self/status from SigBlk to SigCgt, SigIgn among them: exactly what we were
 * given, also for the signals that the C library hides. */
static int run_signals(const char *unused)
{
    (void)unused;
    char text[4096];
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (length < 0)
        return EXIT_FAILURE;
    text[length] = '\0';
    char *first = strstr(text, "SigBlk:"), *end = strstr(text, "CapInh:");
    if (!first || !end)
        return EXIT_FAILURE;
    *end = '\0';
    say(first);
    return EXIT_SUCCESS;
}

static int run_exit(const char *code)
{
    return code ? (int)strtol(code, NULL, 10) : EXIT_SUCCESS;
}

static int run_sleep(const char *unused)
{
    (void)unused;
    say("u");
    for (;;) /* a handled signal would end pause(2), but there is no handler */
        (void)pause();
    return EXIT_FAILURE;
}

/* ---- orphans */

struct orphans {
    int count;
    int alive[2]; /* the orphans hold the write end, so its EOF is the end of them all */
    pid_t pids[MAX_ORPHANS];
};

/* An orphan ends when our caller closes the write end of what is our standard input. */
static int wait_for_release(void *unused)
{
    (void)unused;
    char byte;
    ssize_t length = read(STDIN_FILENO, &byte, 1);
    return length == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* The parent that they lose. With CLONE_VM they share its memory: 10,000 copies of a page table
 * would cost more time than what is measured. */
_Noreturn static void bear_orphans(struct orphans *orphans)
{
    size_t size = (size_t)orphans->count * ORPHAN_STACK;
    char *stacks = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stacks == MAP_FAILED)
        _exit(EXIT_FAILURE);
    for (int i = 0; i < orphans->count; i++) {
        char *top = stacks + (size_t)(i + 1) * ORPHAN_STACK;
        orphans->pids[i] = clone(wait_for_release, top, CLONE_VM | SIGCHLD, NULL);
        if (orphans->pids[i] < 0)
            _exit(EXIT_FAILURE);
    }
    _exit(EXIT_SUCCESS);
}

/* Shared memory: their parent, a process of its own, writes the pids into it. */
static struct orphans *make_orphans(int count)
{
    struct orphans *orphans =
        mmap(NULL, sizeof *orphans, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (orphans == MAP_FAILED || pipe(orphans->alive) < 0)
        return NULL;
    orphans->count = count;
    pid_t parent = fork();
    if (parent == 0)
        bear_orphans(orphans);
    int status;
    if (parent < 0 || waitpid(parent, &status, 0) != parent || status != 0)
        return NULL;
    (void)close(orphans->alive[1]); /* now only they have it */
    return orphans;
}

/* A zombie still takes signal 0; a reaped process has no pid any more. Naps in between, because the
 * init must have a CPU for itself. */
static void wait_until_reaped(const struct orphans *orphans)
{
    const struct timespec nap = {.tv_nsec = 100000};
    for (int i = 0; i < orphans->count; i++) {
        while (kill(orphans->pids[i], 0) == 0)
            (void)nanosleep(&nap, NULL); /* ended early by a signal: a shorter nap */
    }
}

/* Says "u" when there are COUNT orphans, "z" when all have ended, "d" when all have been reaped. */
static int run_orphans(const char *argument)
{
    long count = argument ? strtol(argument, NULL, 10) : 0;
    if (count < 1 || count > MAX_ORPHANS)
        return EXIT_FAILURE;
    struct orphans *orphans = make_orphans((int)count);
    if (!orphans)
        return EXIT_FAILURE;
    say("u");
    char byte;
    if (read(orphans->alive[0], &byte, 1) != 0)
        return EXIT_FAILURE;
    say("z");
    wait_until_reaped(orphans);
    say("d");
    (void)pause(); /* our end would be one more child to reap: the init is still looked at */
    return EXIT_SUCCESS;
}

static const struct mode {
    const char *name;
    int (*run)(const char *argument);
} modes[] = {
    {"race", run_race}, {"drain", run_drain}, {"signals", run_signals},
    {"exit", run_exit}, {"sleep", run_sleep}, {"orphans", run_orphans},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(argv[1], modes[i].name) == 0)
            return modes[i].run(argv[2]);
    }
    (void)fprintf(stderr, "usage: actor race|drain|signals|exit|sleep|orphans [ARGUMENT]\n");
    return EXIT_FAILURE;
}
