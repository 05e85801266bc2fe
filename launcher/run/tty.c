#include "tty.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

/* The slots of the poll set. */
enum { POLL_IN_FROM, POLL_IN_TO, POLL_OUT_FROM, POLL_OUT_TO };
static_assert(POLL_OUT_TO + 1 == TTY_POLL_FDS, "one slot an end of a pump");

static int make_raw(struct tty *tty, struct fail *fail)
{
    if (tcgetattr(STDIN_FILENO, &tty->saved) < 0)
        return 0; /* no terminal here: a pty was asked for all the same */
    struct termios raw = tty->saved;
    cfmakeraw(&raw);
    if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
        return fail_sys(fail, "putting the terminal into raw mode");
    tty->raw = true;
    return 0;
}

int tty_begin(struct tty *tty, int master, struct fail *fail)
{
    tty->master = master;
    tty->in = (struct tty_pump){.from = STDIN_FILENO, .to = master};
    tty->out = (struct tty_pump){.from = master, .to = STDOUT_FILENO};
    /* Only the master may be made non-blocking: the flag of stdin and stdout would be seen by every
     * program that shares them. */
    if (fcntl(master, F_SETFL, O_NONBLOCK) < 0)
        return fail_sys(fail, "making the container's terminal non-blocking");
    return make_raw(tty, fail);
}

static bool pump_is_empty(const struct tty_pump *pump)
{
    return pump->begin == pump->end;
}

static void prepare_pump(const struct tty_pump *pump, struct pollfd *from, struct pollfd *to)
{
    bool reads = pump_is_empty(pump) && !pump->ended;
    *from = (struct pollfd){.fd = reads ? pump->from : -1, .events = POLLIN};
    *to = (struct pollfd){.fd = pump_is_empty(pump) ? -1 : pump->to, .events = POLLOUT};
}

void tty_poll_prepare(const struct tty *tty, struct pollfd fds[TTY_POLL_FDS])
{
    if (tty->master < 0) {
        for (int i = 0; i < TTY_POLL_FDS; i++)
            fds[i] = (struct pollfd){.fd = -1};
        return;
    }
    prepare_pump(&tty->in, &fds[POLL_IN_FROM], &fds[POLL_IN_TO]);
    prepare_pump(&tty->out, &fds[POLL_OUT_FROM], &fds[POLL_OUT_TO]);
}

static void pump_read(struct tty_pump *pump)
{
    ssize_t length = read(pump->from, pump->bytes, sizeof(pump->bytes));
    if (length > 0) {
        pump->begin = 0;
        pump->end = (size_t)length;
    } else if (length == 0 || (errno != EAGAIN && errno != EINTR)) {
        pump->ended = true; /* EIO of a master: no process has the slave open any more */
    }
}

static void pump_write(struct tty_pump *pump)
{
    ssize_t length = write(pump->to, pump->bytes + pump->begin, pump->end - pump->begin);
    if (length > 0)
        pump->begin += (size_t)length;
    else if (length < 0 && errno != EAGAIN && errno != EINTR)
        pump->begin = pump->end; /* the reader is gone: what it would have read is lost */
}

static void handle_pump(struct tty_pump *pump, const struct pollfd *from, const struct pollfd *to)
{
    if (from->revents != 0)
        pump_read(pump);
    if (to->revents != 0)
        pump_write(pump);
}

/* stdin ended and is no terminal: the container's line discipline knows end of file as a key. */
static void pass_end_of_file_on(struct tty *tty)
{
    struct termios container;
    if (!tty->in.ended || tty->raw || tcgetattr(tty->master, &container) < 0)
        return;
    tty->in.bytes[0] = (char)container.c_cc[VEOF];
    tty->in.begin = 0;
    tty->in.end = 1;
}

void tty_poll_handle(struct tty *tty, const struct pollfd fds[TTY_POLL_FDS])
{
    if (tty->master < 0)
        return;
    bool had_ended = tty->in.ended;
    handle_pump(&tty->in, &fds[POLL_IN_FROM], &fds[POLL_IN_TO]);
    handle_pump(&tty->out, &fds[POLL_OUT_FROM], &fds[POLL_OUT_TO]);
    if (tty->in.ended && !had_ended)
        pass_end_of_file_on(tty);
}

void tty_resize(const struct tty *tty)
{
    struct winsize size;
    if (tty->master >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
        (void)ioctl(tty->master, TIOCSWINSZ, &size); /* the old size stays */
}

void tty_drain(struct tty *tty)
{
    if (tty->master < 0)
        return;
    for (;;) {
        while (!pump_is_empty(&tty->out)) {
            struct pollfd writable = {.fd = tty->out.to, .events = POLLOUT};
            (void)poll(&writable, 1, -1);
            pump_write(&tty->out);
        }
        ssize_t length = read(tty->out.from, tty->out.bytes, sizeof(tty->out.bytes));
        if (length <= 0)
            return;
        tty->out.begin = 0;
        tty->out.end = (size_t)length;
    }
}

void tty_end(struct tty *tty)
{
    if (tty->raw)
        (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &tty->saved); /* nothing is left to be tried */
    tty->raw = false;
    own_close(&tty->master);
}
