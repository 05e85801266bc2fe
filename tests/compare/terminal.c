/* Whether a prompt has come is asked from the kernel, not read from the screen: a shell that waits
 * for a line has taken the terminal back for its own process group. */
#include "tests/compare/terminal.h"
#include "tests/compare/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

struct session {
    int keys; /* the master side */
    pid_t shell;
};

typedef bool condition_fn(const struct session *session);

static int open_terminal(struct session *session)
{
    session->keys = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (session->keys < 0 || grantpt(session->keys) < 0 || unlockpt(session->keys) < 0)
        die("open", "/dev/ptmx");
    int other_side = open(ptsname(session->keys), O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (other_side < 0)
        die("open", "the terminal");
    return other_side;
}

static void open_session(struct session *session)
{
    char *shell[] = {(char[]){"bash"}, (char[]){"--norc"}, (char[]){"--noprofile"}, (char[]){"-i"},
                     NULL};
    int terminal = open_terminal(session);
    const struct start start = {
        .argv = shell, .terminal = terminal, .stdin_fd = -1, .stdout_fd = -1};
    session->shell = start_process_1(&start);
    (void)close(terminal); /* the shell has its own */
}

static void press(const struct session *session, const char *keys)
{
    size_t length = strlen(keys);
    if (write(session->keys, keys, length) != (ssize_t)length)
        die("type", keys);
}

static void clear_screen(const struct session *session)
{
    char shown[4096];
    while (read(session->keys, shown, sizeof shown) > 0) {
    }
}

static pid_t init_of(const struct session *session)
{
    return first_child(session->shell);
}

static pid_t payload_of(const struct session *session)
{
    pid_t init = init_of(session);
    return init ? first_child(init) : 0;
}

/* On the master side this tells the foreground process group of the other one. */
static bool has_prompt(const struct session *session)
{
    pid_t foreground;
    if (ioctl(session->keys, TIOCGPGRP, &foreground) < 0)
        die("ask for", "the foreground process group");
    return foreground == session->shell;
}

/* A pid is 0 when the process isn't there: then there is nothing that could move. */
static bool all_are_quiet(const struct session *session)
{
    pid_t init = init_of(session), payload = payload_of(session);
    return is_quiet(session->shell) && (!init || is_quiet(init)) && (!payload || is_quiet(payload));
}

/* Returns false once all have been quiet for so long that it won't come true. */
static bool comes_true(const struct session *session, condition_fn *condition)
{
    for (int quiet_ms = 0; quiet_ms < QUIET_MS; quiet_ms += POLL_MS) {
        clear_screen(session);
        if (condition(session))
            return true;
        if (!all_are_quiet(session))
            quiet_ms = 0;
        sleep_ms(POLL_MS);
    }
    return false;
}

static void must_come_true(const struct session *session, condition_fn *condition,
                           const char *sentence)
{
    if (!comes_true(session, condition))
        die_saying("at the terminal", sentence);
}

/* The actor sleeps in pause(2) when it is up. */
static bool payload_runs(const struct session *session)
{
    pid_t payload = payload_of(session);
    char path[64], name[16] = "";
    if (!payload || has_prompt(session))
        return false;
    (void)snprintf(path, sizeof path, "/proc/%d/comm", (int)payload);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, name, sizeof name);
    (void)close(fd);
    return length > 0 && strncmp(name, "actor\n", (size_t)length) == 0 &&
           read_status(payload).state == 'S';
}

static bool stopped(const struct session *session)
{
    pid_t payload = payload_of(session);
    return has_prompt(session) && payload && read_status(payload).state == 'T';
}

static bool all_ended(const struct session *session)
{
    return has_prompt(session) && !init_of(session);
}

static void type_command(const struct session *session, char **words)
{
    for (char **word = words; *word; word++) {
        press(session, *word);
        press(session, word[1] ? " " : "\n");
    }
}

bool stop_key_returns_prompt(char **command)
{
    struct session session;
    open_session(&session);
    must_come_true(&session, has_prompt, "the shell showed no prompt");
    type_command(&session, command);
    must_come_true(&session, payload_runs, "the command did not come up");
    press(&session, "\032"); /* ^Z */
    bool returned = comes_true(&session, stopped);
    if (returned) {
        press(&session, "fg\n");
        returned = comes_true(&session, payload_runs);
    }
    if (returned) {
        press(&session, "\003"); /* ^C */
        returned = comes_true(&session, all_ended);
    }
    kill_process_1(session.shell);
    (void)close(session.keys);
    return returned;
}
