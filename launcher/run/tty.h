/* tty.h - between the terminal of the user and the pty of the container; pty(7), termios(3). */
#ifndef LAUNCHER_TTY_H
#define LAUNCHER_TTY_H

#include <poll.h>
#include <stdbool.h>
#include <termios.h>

#include "../../shared/fail.h"

enum { TTY_CHUNK = 4096, TTY_POLL_FDS = 4 };

/* One direction: bytes that were read and not yet written. */
struct tty_pump {
    int from, to;
    size_t begin, end;
    bool ended; /* `from` has no more */
    char bytes[TTY_CHUNK];
};

struct tty {
    int master; /* of the container's pty; -1: no terminal */
    bool raw;   /* our own terminal is in raw mode, `saved` holds what it was */
    struct termios saved;
    struct tty_pump in, out;
};

/* Takes over `master` and puts our terminal (stdin), if it is one, into raw mode: from now on every
 * key belongs to the container. */
MUST_CHECK int tty_begin(struct tty *tty, int master, struct fail *fail);

/* Fills in what poll(2) shall wait for, TTY_POLL_FDS entries, and later moves bytes by what it
 * found. */
void tty_poll_prepare(const struct tty *tty, struct pollfd fds[TTY_POLL_FDS]);
void tty_poll_handle(struct tty *tty, const struct pollfd fds[TTY_POLL_FDS]);

/* Tells the container's pty the size of our terminal. */
void tty_resize(const struct tty *tty);

/* Writes out what the container still had to say. */
void tty_drain(struct tty *tty);

/* Gives our terminal its mode back. Safe to call twice. */
void tty_end(struct tty *tty);

#endif
