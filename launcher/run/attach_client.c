#include "attach_client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "../../shared/fully.h"
#include "../observe/log_follow.h"
#include "container.h"
#include "monitor_clients.h"
#include "signalling.h"
#include "state_socket.h"

/* ---- the keys that detach ---- */

/* One key, between commas: returns its byte, -1: it is none. */
static int parse_key(const char *text, size_t size)
{
    static const char CTRL[] = "ctrl-";
    size_t prefix = sizeof(CTRL) - 1;
    if (size == 1 && (unsigned char)*text > ' ' && (unsigned char)*text < 127)
        return *text;
    if (size != prefix + 1 || strncmp(text, CTRL, prefix) != 0)
        return -1;
    int letter =
        text[prefix] >= 'a' && text[prefix] <= 'z' ? text[prefix] - 'a' + 'A' : text[prefix];
    return letter >= '@' && letter <= '_' ? letter - '@' : -1;
}

int detach_keys_parse(const char *text, struct detach_keys *ret_keys, struct fail *fail)
{
    *ret_keys = (struct detach_keys){.count = 0};
    while (*text != '\0') {
        size_t size = strcspn(text, ",");
        int key = parse_key(text, size);
        if (key < 0)
            return fail_set(fail, "\"%.*s\" is no key: a character, or ctrl- and one of a-z@[\\]^_",
                            (int)(size < 60 ? size : 60), text);
        if (ret_keys->count == DETACH_KEYS_MAX)
            return fail_set(fail, "more than %d keys", DETACH_KEYS_MAX);
        ret_keys->keys[ret_keys->count++] = (unsigned char)key;
        text += size;
        if (*text == ',' && *++text == '\0')
            return fail_set(fail, "a key is missing behind the last comma");
    }
    return 0;
}

/* ---- a session ---- */

struct session {
    const struct attach_options *options;
    const struct container_view *view;
    int socket_fd; /* to the monitor */
    int signal_fd;
    struct monitor_hello hello;
    struct log_reader *log;
    struct log_follow follow;
    bool raw; /* our terminal is in raw mode, `saved` holds what it was */
    struct termios saved;
    bool input_ended, detached, ended;
    size_t keys_typed; /* how much of the keys that detach was typed by now */
};

/* ---- what it prints ---- */

static int show_new(struct session *session, struct fail *fail)
{
    struct log_record record;
    int result;
    while ((result = log_reader_next(session->log, &record, fail)) > 0) {
        log_reader_tell_gap(session->log);
        int fd = record.stream == LOG_STDERR ? STDERR_FILENO : STDOUT_FILENO;
        if (write_fully(fd, record.text, record.size) < 0 ||
            (record.whole && write_fully(fd, "\n", 1) < 0))
            return fail_sys(fail, "writing what the container prints");
    }
    return result;
}

/* ---- what is typed ---- */

static int send_message(struct session *session, const struct monitor_message *message, size_t size,
                        struct fail *fail)
{
    if (send(session->socket_fd, message, size, MSG_NOSIGNAL) >= 0)
        return 0;
    if (errno == EPIPE || errno == ECONNRESET)
        return 0; /* the container has ended, and its log will say so */
    return fail_sys(fail, "sending what is typed to the container");
}

static int send_size(struct session *session, unsigned short more_rows, struct fail *fail)
{
    struct winsize size;
    if (!session->hello.terminal || ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0)
        return 0;
    struct monitor_message message = {
        .kind = MONITOR_SIZE, .rows = (uint16_t)(size.ws_row + more_rows), .columns = size.ws_col};
    return send_message(session, &message, MONITOR_MESSAGE_HEAD, fail);
}

/* A change of the size, even for a moment, makes editors and the like draw their screen anew. */
static int ask_for_redraw(struct session *session, struct fail *fail)
{
    TRY(send_size(session, 1, fail));
    return send_size(session, 0, fail);
}

/* Returns true when this key is the last of those that detach. The first of them are held back, and go to
 * the container with the first key that does not fit. */
static bool is_detached_by(struct session *session, unsigned char key, char *input, size_t *used)
{
    const struct detach_keys *keys = &session->options->keys;
    if (keys->count > 0 && key == keys->keys[session->keys_typed]) {
        session->keys_typed++;
        return session->keys_typed == keys->count;
    }
    for (size_t i = 0; i < session->keys_typed; i++)
        input[(*used)++] = (char)keys->keys[i];
    session->keys_typed = keys->count > 0 && key == keys->keys[0] ? 1 : 0;
    if (session->keys_typed == 0)
        input[(*used)++] = (char)key;
    return false;
}

static int pass_input(struct session *session, struct fail *fail)
{
    struct monitor_message message = {.kind = MONITOR_INPUT};
    unsigned char typed[MONITOR_INPUT_MAX - DETACH_KEYS_MAX];
    size_t used = 0;
    ssize_t size = read(STDIN_FILENO, typed, sizeof(typed));
    if (size < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    session->input_ended = size <= 0;
    for (ssize_t i = 0; i < size && !session->detached; i++)
        session->detached = is_detached_by(session, typed[i], message.input, &used);
    return used > 0 ? send_message(session, &message, MONITOR_MESSAGE_HEAD + used, fail) : 0;
}

/* ---- signals ---- */

/* It may have been started again meanwhile: then it has another process. */
static void pass_signal(const struct session *session, int number)
{
    struct fail gone = {.code = 0};
    AUTO_ARENA struct arena arena = {.blocks = NULL};
    AUTO_VIEW struct container_view view = VIEW_NONE;
    if (status_view(session->view->record.id, &arena, &view, &gone) < 0 ||
        signal_first(&view, number, &gone) < 0)
        return; /* it has just ended, and its log will say so */
}

static int handle_signals(struct session *session, struct fail *fail)
{
    struct signalfd_siginfo info;
    while (read(session->signal_fd, &info, sizeof(info)) == sizeof(info)) {
        int number = (int)info.ssi_signo;
        if (number == SIGWINCH)
            TRY(send_size(session, 0, fail));
        else if (number == SIGHUP ||
                 (session->options->no_signals && supervise_asks_to_end(number)))
            session->detached = true; /* our terminal is gone, or it is us who are meant */
        else if (number != SIGPIPE && number != SIGCONT)
            pass_signal(session, number);
    }
    return 0;
}

/* ---- the loop ---- */

enum { POLL_LOG, POLL_MONITOR, POLL_SIGNALS, POLL_INPUT, POLL_COUNT };

static int wait_for_something(struct session *session, struct fail *fail)
{
    bool reads = !session->options->no_stdin && !session->input_ended;
    struct pollfd fds[POLL_COUNT] = {
        [POLL_LOG] = {.fd = session->follow.inotify_fd, .events = POLLIN},
        [POLL_MONITOR] = {.fd = session->follow.monitor_fd, .events = POLLIN},
        [POLL_SIGNALS] = {.fd = session->signal_fd, .events = POLLIN},
        [POLL_INPUT] = {.fd = reads ? STDIN_FILENO : -1, .events = POLLIN},
    };
    if (poll(fds, POLL_COUNT, -1) < 0 && errno != EINTR)
        return fail_sys(fail, "waiting for the container");
    log_follow_heard(&session->follow);
    if (fds[POLL_SIGNALS].revents != 0)
        TRY(handle_signals(session, fail));
    return fds[POLL_INPUT].revents != 0 ? pass_input(session, fail) : 0;
}

static int stay(struct session *session, struct fail *fail)
{
    while (!session->detached) {
        session->ended = log_follow_ended(&session->follow);
        TRY(show_new(session, fail));
        if (session->ended)
            return 0;
        if (!log_follow_rearm(&session->follow, session->log))
            TRY(wait_for_something(session, fail));
    }
    return 0;
}

/* ---- beginning and end ---- */

static int greet(struct session *session, struct arena *arena, struct fail *fail)
{
    struct fail refused = {.code = 0};
    const struct state_record *record = &session->view->record;
    if (!record->monitored) {
        (void)fail_code(fail, -ENOTCONN, "attaching to the container %s", record->id);
        return fail_hint(fail, "it was not started with launcher run --detach");
    }
    int result = state_socket_connect(SOCKET_MONITOR, &session->view->state, arena,
                                      &session->socket_fd, &refused);
    if (result == -ENOENT || result == -ECONNREFUSED) {
        (void)fail_code(fail, -ESRCH, "attaching to the container %s", record->id);
        return fail_hint(fail, "it has ended; launcher logs prints what it has printed");
    }
    if (result < 0) {
        *fail = refused;
        return result;
    }
    if (recv(session->socket_fd, &session->hello, sizeof(session->hello), 0) ==
        sizeof(session->hello))
        return 0;
    (void)fail_code(fail, -EUSERS, "attaching to the container %s", record->id);
    return fail_hint(fail, "there is room for %d at a time, and for none when it is about to end",
                     CLIENTS_MAX);
}

/* The last screenful is what a person who has just come wants to see. */
static int rewind_log(struct session *session, struct arena *arena, struct fail *fail)
{
    enum { ROWS_WITHOUT_TERMINAL = 24 };
    struct winsize size = {.ws_row = 0};
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 1;
    TRY(log_reader_open(&session->view->state, arena, session->log, fail));
    return log_reader_skip_to_tail(session->log, known ? size.ws_row - 1 : ROWS_WITHOUT_TERMINAL,
                                   arena, fail);
}

/* Every key is the container's when it has a terminal. Without one ours goes on to make lines. */
static int take_terminal(struct session *session, struct fail *fail)
{
    if (!session->hello.terminal || session->options->no_stdin ||
        tcgetattr(STDIN_FILENO, &session->saved) < 0)
        return 0;
    struct termios raw = session->saved;
    cfmakeraw(&raw);
    if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
        return fail_sys(fail, "putting the terminal into raw mode");
    session->raw = true;
    return 0;
}

static int attend(struct session *session, struct arena *arena, struct fail *fail)
{
    TRY(greet(session, arena, fail));
    TRY(supervise_take_signals(&session->signal_fd, fail));
    TRY(log_follow_open(&session->view->state, arena, &session->follow, fail));
    TRY(rewind_log(session, arena, fail));
    TRY(take_terminal(session, fail));
    TRY(ask_for_redraw(session, fail));
    return stay(session, fail);
}

static void leave(struct session *session)
{
    if (session->raw)
        (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &session->saved); /* nothing is left to be tried */
    log_reader_close(session->log);
    log_follow_close(&session->follow);
    own_close(&session->signal_fd);
    own_close(&session->socket_fd);
}

static int status_at_end(const struct session *session, struct arena *arena, int *ret_exit_status,
                         struct fail *fail)
{
    struct state_end end;
    TRY(state_await_end(session->view->state.file_fd, arena, &end, fail));
    *ret_exit_status = end.status.set ? (int)end.status.value : EXIT_LAUNCHER;
    return 0;
}

int container_attach(const char *id, const struct attach_options *options, struct arena *arena,
                     int *ret_exit_status, struct fail *fail)
{
    AUTO_VIEW struct container_view view = VIEW_NONE;
    TRY(status_view(id, arena, &view, fail));
    struct log_reader *log = arena_alloc(arena, sizeof(*log));
    log->fd = -1;
    struct session session = {.options = options,
                              .view = &view,
                              .socket_fd = -1,
                              .signal_fd = -1,
                              .log = log,
                              .follow = LOG_FOLLOW_NONE};
    int result = attend(&session, arena, fail);
    leave(&session);
    *ret_exit_status = 0;
    return result < 0 || !session.ended ? result
                                        : status_at_end(&session, arena, ret_exit_status, fail);
}
