/* report ROLE[,SIGNAL=STATUS]... - a command, with relatives, that tells which signals reach it.
 *
 * Each role is a process; the first one, main, is the command itself:
 *   group    a child in main's process group
 *   session  a child in a process group of its own, in main's session
 *   setsid   a child in a session of its own
 *   orphan   the same, and its parent has ended
 * A process prints "ROLE up PID", then a line for each signal it gets: "ROLE SIGNAL", with
 * " queued VALUE" when it came from sigqueue(3) and " code CODE" when not from kill(2) either. With
 * SIGNAL=STATUS it exits with that status when that signal comes; with SIGNAL=-1 it says nothing. */
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SILENT = -1, NO_RULE = -2 };

static const uint64_t ALL_SIGNALS = ~(uint64_t)0;

/* A line at a time, so that those of several processes don't mix. No reader: nobody is interested. */
static void say(const char *line)
{
    size_t length = strlen(line);
    if (write(STDOUT_FILENO, line, length) != (ssize_t)length)
        _exit(99);
}

/* Not sigwaitinfo(3): libc keeps some signals to itself. */
static int next_signal(siginfo_t *info)
{
    long number;
    do {
        number = syscall(SYS_rt_sigtimedwait, &ALL_SIGNALS, info, NULL, sizeof(ALL_SIGNALS));
    } while (number < 0);
    return (int)number;
}

/* What the kernel tells of a relative of ours, nobody has sent. */
static bool is_of_relative(int number, const siginfo_t *info)
{
    return number == SIGCHLD && info->si_code > 0;
}

static void say_signal(const char *role, int number, const siginfo_t *info)
{
    char line[80];
    if (info->si_code == SI_QUEUE)
        (void)snprintf(line, sizeof(line), "%s %d queued %d\n", role, number,
                       info->si_value.sival_int);
    else if (info->si_code != SI_USER)
        (void)snprintf(line, sizeof(line), "%s %d code %d\n", role, number, info->si_code);
    else
        (void)snprintf(line, sizeof(line), "%s %d\n", role, number);
    say(line);
}

/* rules: "15=42,10=0", or NULL. Returns the status for this signal, NO_RULE when there is none. */
static int rule_for(const char *rules, int number)
{
    while (rules != NULL) {
        char *end = NULL;
        long signal_number = strtol(rules, &end, 10);
        if (*end != '=')
            _exit(98);
        long status = strtol(end + 1, &end, 10);
        if (signal_number == number)
            return (int)status;
        rules = *end == ',' ? end + 1 : NULL;
    }
    return NO_RULE;
}

static _Noreturn void report(const char *role, const char *rules)
{
    (void)prctl(PR_SET_NAME, role);
    char line[80];
    (void)snprintf(line, sizeof(line), "%s up %d\n", role, getpid());
    say(line);
    for (;;) {
        siginfo_t info = {0};
        int number = next_signal(&info);
        int rule = rule_for(rules, number);
        if (is_of_relative(number, &info) || rule == SILENT)
            continue;
        say_signal(role, number, &info);
        if (rule != NO_RULE)
            _exit(rule);
    }
}

static void take_place(const char *role)
{
    if (strcmp(role, "session") == 0)
        (void)setpgid(0, 0);
    if (strcmp(role, "setsid") == 0 || strcmp(role, "orphan") == 0)
        (void)setsid();
    if (strcmp(role, "orphan") == 0 && fork() != 0)
        _exit(0);
}

static void start_relative(const char *role, const char *rules)
{
    pid_t child = fork();
    if (child < 0)
        _exit(97);
    if (child > 0) {
        if (strcmp(role, "orphan") == 0)
            (void)waitpid(child, NULL, 0);
        return;
    }
    take_place(role);
    report(role, rules);
}

static char *cut_rules(char *argument)
{
    char *comma = strchr(argument, ',');
    if (comma == NULL)
        return NULL;
    *comma = '\0';
    return comma + 1;
}

int main(int argc, char **argv)
{
    (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &ALL_SIGNALS, NULL, sizeof(ALL_SIGNALS));
    for (int i = 2; i < argc; i++) {
        const char *rules = cut_rules(argv[i]);
        start_relative(argv[i], rules);
    }
    if (argc < 2)
        return 96;
    const char *rules = cut_rules(argv[1]);
    report(argv[1], rules);
}
