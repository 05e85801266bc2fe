#include "tests/compare/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_NO_COMMAND = 127, EXIT_BY_SIGNAL = 128, LAST_SIGNAL = 64 };

/* As the kernel has it on most architectures. All zeros but the handler, so a layout without
 * `restorer` reads the same. */
struct kernel_action {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    uint64_t mask;
};

_Noreturn void die(const char *doing, const char *object)
{
    (void)fprintf(stderr, "compare: %s %s: %s\n", doing, object, strerror(errno));
    exit(EXIT_FAILURE);
}

_Noreturn void die_saying(const char *text, const char *object)
{
    (void)fprintf(stderr, "compare: %s: %s\n", text, object);
    exit(EXIT_FAILURE);
}

double now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* fails only for an unknown clock */
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

void sleep_ms(int time_ms)
{
    const struct timespec time = {.tv_sec = time_ms / 1000,
                                  .tv_nsec = (long)(time_ms % 1000) * 1000000};
    (void)nanosleep(&time, NULL); /* ended early by a signal: a shorter pause */
}

char **command_under(char **init, const char *actor, const char *mode, const char *argument)
{
    static char *words[MAX_WORDS];
    const char *tail[] = {"--", actor, mode, argument, NULL};
    size_t count = 0;
    for (; init[count]; count++) {
        if (count + sizeof tail / sizeof tail[0] >= MAX_WORDS)
            die_saying("too many words", init[0]);
        words[count] = init[count];
    }
    for (size_t i = 0; tail[i]; i++)
        words[count++] = strdup(tail[i]); /* lives as long as the program */
    words[count] = NULL;
    return words;
}

/* The caller's own signals must not matter: a shell has SIGINT ignored in the background. The kernel
 * is asked directly, for the signals that the C library hides, and because musl's sigaction(3)
 * blocks all signals while it looks at SIGABRT: `race` would take that for the mask of an init. */
static void set_signals(const struct start *start)
{
    for (int number = 1; number <= LAST_SIGNAL; number++) {
        const struct kernel_action action = {
            .handler = start->ignored & SIGNAL_BIT(number) ? SIG_IGN : SIG_DFL,
        };
        /* Refused for KILL and STOP, which always have their default action. */
        (void)syscall(SYS_rt_sigaction, number, &action, NULL, sizeof action.mask);
    }
    if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &start->blocked, NULL, sizeof start->blocked) < 0)
        die("set", "the signal mask");
}

static void move_fd(int from, int to)
{
    if (from >= 0 && dup2(from, to) < 0)
        die("duplicate", "standard input or output");
}

static void take_terminal(int terminal)
{
    if (setsid() < 0 || ioctl(terminal, TIOCSCTTY, 0) < 0)
        die("take", "the terminal");
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        move_fd(terminal, fd);
}

_Noreturn static void become(const struct start *start)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        die("set", "the signal of our death");
    if (start->terminal >= 0)
        take_terminal(start->terminal);
    move_fd(start->stdin_fd, STDIN_FILENO);
    move_fd(start->stdout_fd, STDOUT_FILENO);
    set_signals(start);
    execvp(start->argv[0], start->argv);
    (void)fprintf(stderr, "compare: execute %s: %s\n", start->argv[0], strerror(errno));
    _exit(EXIT_NO_COMMAND);
}

pid_t start_process_1(const struct start *start)
{
    struct clone_args args = {.flags = CLONE_NEWPID, .exit_signal = SIGCHLD};
    long pid = syscall(SYS_clone3, &args, sizeof args);
    if (pid < 0)
        die("clone3", "a PID namespace");
    if (pid == 0)
        become(start);
    return (pid_t)pid;
}

void open_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) < 0)
        die("make", "a pipe");
}

static ssize_t read_patiently(int fd, char *buffer, size_t size)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    int count = poll(&ready, 1, PATIENCE_MS);
    if (count == 0)
        die_saying("the command under the init never answered", "deadline passed");
    ssize_t length = count < 0 ? -1 : read(fd, buffer, size);
    if (length < 0)
        die("read", "from the command");
    return length;
}

int read_byte(int fd)
{
    char byte;
    return read_patiently(fd, &byte, 1) == 1 ? (unsigned char)byte : -1;
}

void read_all(int fd, char *text, size_t size)
{
    size_t length = 0;
    for (ssize_t got; (got = read_patiently(fd, text + length, size - 1 - length)) > 0;)
        length += (size_t)got;
    text[length] = '\0';
}

/* Returns false when the process is gone, be it before open(2) or after. */
static bool read_proc(pid_t pid, const char *name, char *text, size_t size)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, text, size - 1);
    (void)close(fd); /* nothing was written */
    text[length > 0 ? length : 0] = '\0';
    return length >= 0;
}

/* The value of a line "NAME:\tVALUE", or "0". */
static const char *field(const char *text, const char *name)
{
    const char *line = strstr(text, name);
    return line ? line + strlen(name) : "0";
}

static uint64_t signal_field(const char *text, const char *name)
{
    return strtoull(field(text, name), NULL, 16);
}

struct status read_status(pid_t pid)
{
    char text[4096];
    if (!read_proc(pid, "status", text, sizeof text))
        return (struct status){.state = 0};
    return (struct status){
        .state = *field(text, "\nState:\t"),
        .pending = signal_field(text, "\nSigPnd:\t") | signal_field(text, "\nShdPnd:\t"),
        .blocked = signal_field(text, "\nSigBlk:\t"),
        .ignored = signal_field(text, "\nSigIgn:\t"),
        .caught = signal_field(text, "\nSigCgt:\t"),
        .switches = strtol(field(text, "\nvoluntary_ctxt_switches:\t"), NULL, 10) +
                    strtol(field(text, "\nnonvoluntary_ctxt_switches:\t"), NULL, 10),
    };
}

pid_t first_child(pid_t pid)
{
    char name[64], text[64];
    (void)snprintf(name, sizeof name, "task/%d/children", (int)pid);
    return read_proc(pid, name, text, sizeof text) ? (pid_t)strtol(text, NULL, 10) : 0;
}

static int as_in_a_shell(int status)
{
    return WIFSIGNALED(status) ? EXIT_BY_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

int has_ended(pid_t pid)
{
    int status;
    pid_t ended = waitpid(pid, &status, WNOHANG);
    if (ended < 0)
        die("wait for", "the init");
    return ended == 0 ? -1 : as_in_a_shell(status);
}

static int open_pidfd(pid_t pid)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        die("open", "the pidfd of the init");
    return fd;
}

int wait_for(pid_t pid)
{
    struct pollfd end = {.fd = open_pidfd(pid), .events = POLLIN};
    if (poll(&end, 1, PATIENCE_MS) < 1)
        die_saying("the init never ended", "deadline passed");
    (void)close(end.fd);
    return has_ended(pid);
}

void kill_process_1(pid_t pid)
{
    if (kill(pid, SIGKILL) < 0)
        die("kill", "the init");
    (void)wait_for(pid); /* by our signal */
}

void stop_process_1(pid_t pid)
{
    if (kill(pid, SIGSTOP) < 0)
        die("stop", "the init");
    while (read_status(pid).state != 'T')
        sleep_ms(POLL_MS);
}

bool is_quiet(pid_t pid)
{
    struct status status = read_status(pid);
    return (status.state == 'S' || status.state == 'T') && !(status.pending & ~status.blocked) &&
           !(status.pending & SIGNAL_BIT(SIGCHLD));
}
