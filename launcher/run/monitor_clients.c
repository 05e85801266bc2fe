#include "monitor_clients.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* The slots of the poll set; behind them one a client. */
enum { POLL_LISTEN, POLL_INPUT, POLL_CLIENTS };
static_assert(POLL_CLIENTS + CLIENTS_MAX == CLIENTS_POLL_FDS, "one slot a client");

void monitor_clients_begin(struct monitor_clients *clients, int listen_fd)
{
    clients->listen_fd = listen_fd;
    for (int i = 0; i < CLIENTS_MAX; i++)
        clients->clients[i].fd = -1;
}

void monitor_clients_close(struct monitor_clients *clients)
{
    own_close(&clients->listen_fd);
    for (int i = 0; i < CLIENTS_MAX; i++)
        own_close(&clients->clients[i].fd);
}

/* ---- one client ---- */

static bool has_input(const struct monitor_client *client)
{
    return client->fd >= 0 && client->begin < client->end;
}

static void set_size(int input_fd, const struct monitor_message *message)
{
    struct winsize size = {.ws_row = message->rows, .ws_col = message->columns};
    if (input_fd >= 0)
        (void)ioctl(input_fd, TIOCSWINSZ, &size); /* a pipe has none */
}

static void read_client(struct monitor_client *client, int input_fd)
{
    struct monitor_message message;
    ssize_t size = recv(client->fd, &message, sizeof(message), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size < (ssize_t)MONITOR_MESSAGE_HEAD) {
        own_close(&client->fd); /* it has gone */
    } else if (message.kind == MONITOR_SIZE) {
        set_size(input_fd, &message);
    } else if (message.kind == MONITOR_INPUT && input_fd >= 0) {
        client->begin = 0;
        client->end = (size_t)size - MONITOR_MESSAGE_HEAD;
        memcpy(client->input, message.input, client->end);
    }
}

static void write_input(struct monitor_client *client, int input_fd)
{
    ssize_t written = write(input_fd, client->input + client->begin, client->end - client->begin);
    if (written >= 0)
        client->begin += (size_t)written;
    else if (errno != EAGAIN && errno != EINTR)
        client->begin = client->end; /* nobody reads it any more */
}

/* One for whom there is no place is let go at once. */
static void take_client(struct monitor_clients *clients)
{
    AUTO_FD int fd = accept4(clients->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 || send(fd, &clients->hello, sizeof(clients->hello), MSG_NOSIGNAL) < 0)
        return;
    for (int i = 0; i < CLIENTS_MAX; i++)
        if (clients->clients[i].fd < 0) {
            clients->clients[i].begin = clients->clients[i].end = 0;
            clients->clients[i].fd = take_fd(&fd);
            return;
        }
}

/* ---- all of them ---- */

void monitor_clients_poll_prepare(const struct monitor_clients *clients, int input_fd,
                                  struct pollfd fds[CLIENTS_POLL_FDS])
{
    bool input = false;
    for (int i = 0; i < CLIENTS_MAX; i++) {
        const struct monitor_client *client = &clients->clients[i];
        bool waits = has_input(client);
        fds[POLL_CLIENTS + i] = (struct pollfd){.fd = waits ? -1 : client->fd, .events = POLLIN};
        input = input || waits;
    }
    fds[POLL_LISTEN] = (struct pollfd){.fd = clients->listen_fd, .events = POLLIN};
    fds[POLL_INPUT] = (struct pollfd){.fd = input ? input_fd : -1, .events = POLLOUT};
}

void monitor_clients_poll_handle(struct monitor_clients *clients, int input_fd,
                                 const struct pollfd fds[CLIENTS_POLL_FDS])
{
    for (int i = 0; i < CLIENTS_MAX; i++) {
        struct monitor_client *client = &clients->clients[i];
        if (fds[POLL_CLIENTS + i].revents != 0)
            read_client(client, input_fd);
        if (fds[POLL_INPUT].revents != 0 && has_input(client))
            write_input(client, input_fd);
    }
    if (fds[POLL_LISTEN].revents != 0)
        take_client(clients);
}
