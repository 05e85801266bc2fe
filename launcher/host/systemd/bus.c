#include "bus.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "../../../shared/fully.h"

enum {
    PATIENCE_MS = 30 * 1000, /* a manager with thousands of units may be busy for a while */
    LINE_MAX_SIZE = 256,
};

/* ---- bytes ---- */

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* fails only for an unknown clock */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void begin_patience(struct bus *bus)
{
    bus->deadline_ms = now_ms() + PATIENCE_MS;
}

static int patience_left_ms(const struct bus *bus)
{
    int64_t left_ms = bus->deadline_ms - now_ms();
    return left_ms > 0 ? (int)left_ms : 0;
}

static int await_bytes(const struct bus *bus, struct fail *fail)
{
    struct pollfd readable = {.fd = bus->fd, .events = POLLIN};
    int ready;
    do
        ready = poll(&readable, 1, patience_left_ms(bus));
    while (ready < 0 && errno == EINTR);
    if (ready == 0)
        return fail_code(fail, -ETIMEDOUT, "waiting for systemd");
    return ready < 0 ? fail_sys(fail, "waiting for systemd") : 0;
}

static int receive_bytes(const struct bus *bus, void *bytes, size_t size, struct fail *fail)
{
    for (size_t done = 0; done < size;) {
        TRY(await_bytes(bus, fail));
        ssize_t got = recv(bus->fd, (char *)bytes + done, size - done, 0);
        if (got == 0)
            return fail_code(fail, -ECONNRESET, "hearing systemd");
        if (got < 0 && errno != EINTR)
            return fail_sys(fail, "hearing systemd");
        done += got > 0 ? (size_t)got : 0;
    }
    return 0;
}

static int send_bytes(const struct bus *bus, const void *bytes, size_t size, struct fail *fail)
{
    for (size_t done = 0; done < size;) {
        ssize_t sent = send(bus->fd, (const char *)bytes + done, size - done, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return fail_sys(fail, "telling systemd");
        done += sent > 0 ? (size_t)sent : 0;
    }
    return 0;
}

/* ---- who we are ---- */

/* Byte by byte: what follows the last line is the first message. */
static int receive_line(const struct bus *bus, char line[LINE_MAX_SIZE], struct fail *fail)
{
    size_t length = 0;
    while (length < 2 || memcmp(line + length - 2, "\r\n", 2) != 0) {
        if (length == LINE_MAX_SIZE)
            return fail_code(fail, -EPROTO, "hearing systemd");
        TRY(receive_bytes(bus, line + length, 1, fail));
        length++;
    }
    line[length - 2] = '\0';
    return 0;
}

/* The kernel tells systemd whose the socket is. To name the user ourselves would be wrong in a user
 * namespace, where our root is another one outside; so the answer when it asks is empty. All is said at
 * once, as systemctl does: a message that comes in one piece with BEGIN lies there unread, until there is
 * another one. */
static int authenticate(const struct bus *bus, struct fail *fail)
{
    static const char begin[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
    char line[LINE_MAX_SIZE];
    TRY(send_bytes(bus, begin, sizeof(begin) - 1, fail));
    TRY(receive_line(bus, line, fail));
    if (strcmp(line, "DATA") == 0)
        TRY(receive_line(bus, line, fail));
    return strncmp(line, "OK", 2) == 0 ? 0
                                       : fail_code(fail, -EACCES, "being recognised by systemd");
}

/* ---- the connection ---- */

static int find_socket(bool of_user, struct sockaddr_un *ret_address, struct fail *fail)
{
    const char *directory = of_user ? getenv("XDG_RUNTIME_DIR") : "/run";
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (directory == NULL) {
        (void)fail_code(fail, -ENOENT, "finding the systemd of this user");
        return fail_hint(fail, "its socket is below $XDG_RUNTIME_DIR, which is not set: log in, or "
                               "loginctl enable-linger");
    }
    int length = snprintf(ret_address->sun_path, sizeof(ret_address->sun_path),
                          "%s/systemd/private", directory);
    if (length < 0 || (size_t)length >= sizeof(ret_address->sun_path))
        return fail_code(fail, -ENAMETOOLONG, "reaching systemd at %.200s/systemd/private",
                         directory);
    return 0;
}

int bus_open(bool of_user, struct arena *arena, struct bus *ret_bus, struct fail *fail)
{
    struct sockaddr_un address;
    TRY(find_socket(of_user, &address, fail));
    AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
        (void)fail_sys(fail, "reaching systemd at %s", address.sun_path);
        return fail_hint(fail, "where systemd does not run, cgroups are managed without it: leave "
                               "--systemd-cgroup out; podman --cgroup-manager=cgroupfs, dockerd "
                               "--exec-opt native.cgroupdriver=cgroupfs");
    }
    struct bus bus = {.fd = fd, .arena = arena};
    begin_patience(&bus);
    TRY(authenticate(&bus, fail));
    *ret_bus = bus;
    (void)take_fd(&fd);
    return 0;
}

void bus_close(struct bus *bus)
{
    own_close(&bus->fd);
}

/* ---- messages ---- */

int bus_receive(struct bus *bus, struct bus_message *ret_message, struct fail *fail)
{
    unsigned char start[BUS_HEADER_START];
    TRY(receive_bytes(bus, start, sizeof(start), fail));
    size_t size = bus_message_size(start);
    if (size == 0)
        return fail_code(fail, -EPROTO, "hearing systemd");
    unsigned char *bytes = arena_alloc(bus->arena, size);
    memcpy(bytes, start, sizeof(start));
    TRY(receive_bytes(bus, bytes + sizeof(start), size - sizeof(start), fail));
    return bus_message_parse(bytes, size, ret_message)
               ? 0
               : fail_code(fail, -EPROTO, "hearing systemd");
}

struct bus_writer bus_begin(struct bus *bus, const struct bus_method *method)
{
    return bus_call_begin(method, ++bus->serial, bus->arena);
}

static const struct {
    const char *name; /* behind org.freedesktop. */
    int code;
} ERRORS[] = {
    {"systemd1.NoSuchUnit", -ENOENT},
    {"systemd1.UnitExists", -EEXIST},
    {"DBus.Error.AccessDenied", -EACCES},
    {"DBus.Error.InvalidArgs", -EINVAL},
    {"DBus.Error.PropertyReadOnly", -EOPNOTSUPP},
};

static int raise_error(struct bus_message *reply, struct fail *fail)
{
    static const char common[] = "org.freedesktop.";
    const char *reason = reply->signature[0] == 's' ? bus_read_string(&reply->body) : reply->error;
    const char *name = strncmp(reply->error, common, sizeof(common) - 1) == 0
                           ? reply->error + sizeof(common) - 1
                           : "";
    (void)fail_set(fail, "systemd says: %.300s", reason);
    fail->code = -EIO;
    for (size_t i = 0; i < sizeof(ERRORS) / sizeof(ERRORS[0]); i++)
        if (strcmp(name, ERRORS[i].name) == 0)
            fail->code = ERRORS[i].code;
    return fail->code;
}

int bus_call(struct bus *bus, struct bus_writer *call, struct bus_message *ret_reply,
             struct fail *fail)
{
    bus_call_end(call);
    begin_patience(bus);
    TRY(send_bytes(bus, call->bytes, call->size, fail));
    do
        TRY(bus_receive(bus, ret_reply, fail));
    while (ret_reply->reply_serial != bus->serial);
    return ret_reply->type == BUS_ERROR ? raise_error(ret_reply, fail) : 0;
}
