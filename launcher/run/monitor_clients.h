/* monitor_clients.h - launcher attach, as the monitor of a detached container sees it: at its socket in
 * the state root it hears what is typed. What the container prints, a client reads from the log; so one
 * that is slow, or stopped, never holds the container up.
 */
#ifndef LAUNCHER_MONITOR_CLIENTS_H
#define LAUNCHER_MONITOR_CLIENTS_H

#include <assert.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "../../shared/fail.h"

/* ---- what is said; a packet each, SOCK_SEQPACKET ---- */

enum monitor_message_kind {
    MONITOR_INPUT = 1, /* bytes for the payload's stdin or terminal */
    MONITOR_SIZE,      /* of the client's terminal */
};

enum { MONITOR_INPUT_MAX = 1024 };

struct monitor_message {
    uint32_t kind;
    uint16_t rows, columns; /* of MONITOR_SIZE, else 0 */
    char input[MONITOR_INPUT_MAX];
};

#define MONITOR_MESSAGE_HEAD offsetof(struct monitor_message, input)
static_assert(sizeof(struct monitor_message) == 8 + MONITOR_INPUT_MAX, "no padding");

/* The answer to a new connection. Where all places are taken, end of file comes behind it. */
struct monitor_hello {
    uint32_t terminal;  /* 1: the payload has one */
    uint32_t has_input; /* 1: what is sent reaches it */
};

/* ---- the monitor's side ---- */

enum { CLIENTS_MAX = 8, CLIENTS_POLL_FDS = CLIENTS_MAX + 2 };

/* What a client has typed and the payload has not taken yet: until then nothing more is read from it. */
struct monitor_client {
    int fd; /* -1: a free place */
    size_t begin, end;
    char input[MONITOR_INPUT_MAX];
};

struct monitor_clients {
    int listen_fd;
    struct monitor_hello hello;
    struct monitor_client clients[CLIENTS_MAX];
};

void monitor_clients_begin(struct monitor_clients *clients, int listen_fd);
void monitor_clients_close(struct monitor_clients *clients);

/* Fills in what poll(2) shall wait for, CLIENTS_POLL_FDS entries, and later does what it found. `input_fd`:
 * where input goes, non-blocking; -1: nowhere. */
void monitor_clients_poll_prepare(const struct monitor_clients *clients, int input_fd,
                                  struct pollfd fds[CLIENTS_POLL_FDS]);
void monitor_clients_poll_handle(struct monitor_clients *clients, int input_fd,
                                 const struct pollfd fds[CLIENTS_POLL_FDS]);

#endif
