/* cinit alone, the init of a container that somebody else has built, or of a part of the host:
 *
 *     read what is wanted -> become an init -> start the command -> look after it -> end as it did
 */
#include "alone.h"

#include <linux/close_range.h>
#include <string.h>
#include <sys/prctl.h>

#include "../shared/version.h"
#include "alone_options.h"
#include "commit.h"
#include "execute.h"
#include "explain.h"
#include "inside.h"
#include "life.h"

/* What Docker takes for an init's version, and what it shows of it is the commit: the form is tini's.
 * catatonit answers the same way. */
#define VERSION_TEXT "tini version " VERSION "_cinit - git." COMMIT "\n"
#define LICENSE_TEXT "cinit is under the LGPL, version 2.1 or later\n"

/* execvp(3)'s, where the environment has none */
#define DEFAULT_PATH "/usr/local/bin:/bin:/usr/bin"

enum { MORE_OPTIONS_SIZE = 1024, MORE_OPTIONS_WORDS = 64 };

/* ---- read what is wanted ---- */

NO_ARRAYS static int complain(const struct option_error *error)
{
    if (error->value != NULL)
        TEXT_SAY("option ", error->option, ": \"", error->value, "\": ", error->reason);
    else
        TEXT_SAY("option ", error->option, ": ", error->reason);
    TEXT_SAY("hint: cinit --help lists the options");
    return -EINVAL;
}

/* Cuts `text` at its spaces. Returns whether all of it fits. */
static bool split(char *text, const char *words[MORE_OPTIONS_WORDS + 1])
{
    unsigned count = 0;
    while (*text != '\0' && count < MORE_OPTIONS_WORDS) {
        char *end = strchrnul(text, ' ');
        if (end > text)
            words[count++] = text;
        text = *end == '\0' ? end : end + 1;
        *end = '\0';
    }
    words[count] = NULL;
    return *text == '\0';
}

/* CINIT_OPTIONS: words with spaces between them, for images where nobody types a command line. */
static int read_more_options(struct options *options, char *const *environment)
{
    char text[MORE_OPTIONS_SIZE];
    const char *words[MORE_OPTIONS_WORDS + 1];
    const char *more = alone_options_variable(environment, "CINIT_OPTIONS=");
    struct option_error error = {.option = "CINIT_OPTIONS", .value = more};
    if (more == NULL)
        return 0;
    error.reason = "too long";
    bool fits = strlen(more) < sizeof(text);
    if (fits)
        (void)stpcpy(text, more);
    if (!fits || !split(text, words))
        return complain(&error);
    int used = alone_options_parse(options, words, &error);
    if (used >= 0 && words[used] == NULL)
        return 0;
    if (used >= 0)
        error = (struct option_error){"CINIT_OPTIONS", words[used], "it is no option"};
    return complain(&error);
}

/* Returns how many words of the command line are options. */
static int read_options(struct options *options, const char *const *argv, char *const *environment)
{
    struct option_error error;
    alone_options_from_environment(options, argv[0], environment);
    TRY(read_more_options(options, environment));
    int used = alone_options_parse(options, argv + 1, &error);
    if (used < 0)
        return complain(&error);
    alone_options_finish(options);
    return used;
}

static void write_out(const char *piece)
{
    (void)sys_write(STDOUT_FILENO, piece, strlen(piece)); /* a reader that has gone wants no more */
}

/* ---- start the command ---- */

/* systemd names a process in these, sd_listen_fds(3) and sd_watchdog_enabled(3): us, where it means
 * the command. */
static const char *const PID_VARIABLES[] = {"LISTEN_PID=", "WATCHDOG_PID=", "SYSTEMD_EXEC_PID="};
enum {
    PID_VARIABLE_COUNT = sizeof(PID_VARIABLES) / sizeof(PID_VARIABLES[0]),
    PID_VARIABLE_SIZE = 32
};

struct pid_variables {
    char texts[PID_VARIABLE_COUNT][PID_VARIABLE_SIZE];
};

/* Whether `variable` is `name` with `pid` as its value. */
static bool names_process(const char *variable, const char *name, int pid)
{
    struct text_number room;
    size_t size = strlen(name);
    return strncmp(variable, name, size) == 0 &&
           strcmp(variable + size, text_decimal(&room, pid)) == 0;
}

/* LISTEN_PIDFDID says the same in another way, and would be wrong now. */
static void drop_variable(char **environment, const char *name)
{
    while (*environment != NULL && strncmp(*environment, name, strlen(name)) != 0)
        environment++;
    for (; *environment != NULL; environment++)
        environment[0] = environment[1];
}

static void name_payload(char **environment, int old_pid, struct pid_variables *room)
{
    struct text_number digits;
    const char *pid = text_decimal(&digits, sys_getpid());
    for (; *environment != NULL; environment++) {
        for (unsigned i = 0; i < PID_VARIABLE_COUNT; i++) {
            if (!names_process(*environment, PID_VARIABLES[i], old_pid))
                continue;
            (void)stpcpy(stpcpy(room->texts[i], PID_VARIABLES[i]), pid);
            *environment = room->texts[i];
        }
    }
}

/* The first descriptor that is nobody's: sd_listen_fds(3) begin with 3. */
static unsigned first_unwanted_fd(char *const *environment)
{
    unsigned count = 0;
    const char *digit = alone_options_variable(environment, "LISTEN_FDS=");
    for (; digit != NULL && *digit >= '0' && *digit <= '9' && count < 1u << 20; digit++)
        count = count * 10 + (unsigned)(*digit - '0');
    return STDERR_FILENO + 1 + count;
}

/* glibc's execvp(3) hands a text without #! to a shell, and so do the inits that we stand in for. The
 * words are those of our own command line: there is one in front of the command, for the shell. */
static void execute_by_shell(char **command, const struct exec_failure *failure, char **environment)
{
    static char shell[sizeof("/bin/sh")], path[WIRE_OBJECT_MAX];
    memcpy(shell, "/bin/sh", sizeof(shell));
    memcpy(path, failure->object, sizeof(path));
    command[-1] = shell;
    command[0] = path;
    (void)sys_execve(shell, command - 1, environment);
}

struct start {
    const struct caller *caller;
    const struct options *options;
    const struct life *life;
    char **command; /* points into argv, behind at least one word */
    char **environment;
};

/* The command's process, which shares our memory until its execve(2). */
static _Noreturn void become_command(const struct start *start)
{
    struct pid_variables variables;
    struct exec_failure failure;
    const char *name = start->command[0];
    const char *path = alone_options_variable(start->environment, "PATH=");
    struct candidates candidates = {.name = name,
                                    .search_path = path != NULL ? path : DEFAULT_PATH};
    if (start->options->close_fds)
        (void)sys_close_range(first_unwanted_fd(start->environment), ~0u, CLOSE_RANGE_CLOEXEC);
    terminal_begin_payload(start->life);
    name_payload(start->environment, start->life->own_pid, &variables);
    drop_variable(start->environment, "LISTEN_PIDFDID=");
    if (start->caller->sigchld_ignored)
        (void)sys_set_disposition(SIGCHLD, SIG_IGN);
    (void)sys_set_signal_mask(start->caller->signal_mask);

    execute(&candidates, start->command, start->environment, &failure);
    if (failure.cause == CAUSE_NO_SHEBANG && strlen(failure.object) < WIRE_OBJECT_MAX - 1)
        execute_by_shell(start->command, &failure, start->environment);
    char reason[TEXT_LINE_MAX];
    TEXT_SAY("executing ", name, ": ", explain_failure(&failure, reason));
    sys_exit(exec_causes_status(failure.cause));
}

/* vfork(2) returns when the command's execve worked or its process ended: signals that come meanwhile
 * wait for it, blocked, and none can reach a process that is not the command yet. */
NO_ARRAYS static int start_command(const struct start *start)
{
    terminal_before_payload(start->life);
    int payload = sys_vfork();
    if (payload == 0)
        become_command(start);
    char room[TEXT_LINE_MAX];
    if (payload < 0)
        TEXT_SAY("starting ", start->command[0], ": ", explain_error(payload, room));
    return payload;
}

/* ---- become an init, look after it ---- */

/* A parent that ended before this call sends nothing: then we do. */
static int ask_for_parent_death(int signal_number, int parent)
{
    TRY(sys_prctl(PR_SET_PDEATHSIG, (unsigned long)signal_number, 0));
    return sys_0(SYS_getppid) == parent ? 0 : sys_kill(sys_getpid(), signal_number);
}

/* As PID 1 orphans are ours anyway; elsewhere a kernel that refuses is no reason not to start. */
static int become_init(const struct options *options, int own_pid, int parent)
{
    if (own_pid != 1)
        (void)sys_prctl(PR_SET_CHILD_SUBREAPER, 1, 0);
    if (options->parent_death_signal == 0)
        return 0;
    int result = ask_for_parent_death(options->parent_death_signal, parent);
    char room[TEXT_LINE_MAX];
    if (result < 0)
        TEXT_SAY("asking for the parent's death: ", explain_error(result, room));
    return result;
}

/* What an init needs no more: a directory that somebody wants to unmount, descriptors (0, 1 and 2 stay:
 * programs write their logs to /proc/1/fd/1), privileges. That one of these fails is no reason to end
 * the command. */
static void drop_resources(int tty_fd)
{
    (void)sys_chdir("/");
    if (tty_fd > STDERR_FILENO + 1)
        (void)sys_close_range(STDERR_FILENO + 1, (unsigned)tty_fd - 1, 0);
    (void)sys_close_range((unsigned)(tty_fd > STDERR_FILENO ? tty_fd : STDERR_FILENO) + 1, ~0u, 0);
    int ignored = privilege_keep_kill();
    (void)ignored;
}

static int exit_status(const struct options *options, int status)
{
    int code = life_exit_status(status);
    bool expected = code <= 255 && (options->expected[code / 64] >> code % 64 & 1) != 0;
    return expected ? 0 : code;
}

NO_ARRAYS static int look_after(const struct start *start, struct life *life)
{
    struct text_number room;
    int payload = start_command(start);
    if (payload < 0)
        return EXIT_LAUNCHER;
    if (life->policy->verbose)
        TEXT_SAY("started ", start->command[0], " as process ", text_decimal(&room, payload));
    life->payload = payload;
    terminal_after_payload(life);
    drop_resources(life->tty_fd);
    int status = supervise(life);
    terminal_close(life, payload);
    return exit_status(start->options, status);
}

static int check_command(const struct options *options, char *const *command)
{
    bool has_command = command[0] != NULL;
    if (has_command != options->pause)
        return 0;
    TEXT_SAY(has_command ? "--pause takes no command" : "no command was given");
    TEXT_SAY("hint: cinit [OPTION...] -- COMMAND [ARGUMENT...]");
    return -EINVAL;
}

static int run(const struct caller *caller, const struct options *options, char **command,
               char **environment)
{
    int parent = sys_0(SYS_getppid);
    struct life life = {.policy = &options->policy, .own_pid = sys_getpid(), .tty_fd = -1};
    struct start start = {.caller = caller,
                          .options = options,
                          .life = &life,
                          .command = command,
                          .environment = environment};
    if (check_command(options, command) < 0 || become_init(options, life.own_pid, parent) < 0)
        return EXIT_LAUNCHER;
    if (options->pause) {
        drop_resources(-1);
        supervise_pause(&life);
        return 0;
    }
    terminal_open(&life);
    return look_after(&start, &life);
}

int alone_run(const struct caller *caller, int argc, char **argv, char **environment)
{
    struct options options = {.pause = false};
    if (argc < 1)
        return EXIT_LAUNCHER; /* not even a name, execve(2) */
    int used = read_options(&options, (const char *const *)argv, environment);
    if (used < 0)
        return EXIT_LAUNCHER;
    switch (options.wish) {
    case WISH_HELP:
        alone_options_help(write_out);
        return 0;
    case WISH_VERSION:
        write_out(VERSION_TEXT);
        return 0;
    case WISH_LICENSE:
        write_out(LICENSE_TEXT);
        return 0;
    case WISH_RUN:
        break;
    }
    return run(caller, &options, argv + 1 + used, environment);
}
