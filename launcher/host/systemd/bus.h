/* bus.h - a connection to systemd itself, D-Bus Specification, "Authentication Protocol".
 *
 * systemd listens on a socket of its own, the one that systemctl(1) uses: /run/systemd/private, and
 * for a user's manager $XDG_RUNTIME_DIR/systemd/private. No message bus is between the two, so there
 * is nobody to say hello to or to subscribe at, and its signals come unasked.
 */
#ifndef LAUNCHER_BUS_H
#define LAUNCHER_BUS_H

#include "../../../shared/fail.h"
#include "bus_message.h"

struct bus {
    int fd;
    struct arena *arena;
    uint32_t serial;     /* of the last call */
    int64_t deadline_ms; /* of all that is heard after it, on CLOCK_MONOTONIC */
};

#define BUS_NONE ((struct bus){.fd = -1})
#define AUTO_BUS __attribute__((cleanup(bus_close)))

/* Connects to systemd; `of_user`: to the manager of the user who called launcher. Errors: nobody listens
 * there (-ENOENT, -ECONNREFUSED), it does not take us (-EACCES). */
MUST_CHECK int bus_open(bool of_user, struct arena *arena, struct bus *ret_bus, struct fail *fail);

void bus_close(struct bus *bus);

/* Begins a call of systemd's; its arguments are put next. */
struct bus_writer bus_begin(struct bus *bus, const struct bus_method *method);

/* Makes the call and waits for its answer, half a minute at most, and so for what follows the answer
 * (-ETIMEDOUT). What systemd refuses it with is the reason of the error:
 * -ENOENT there is no such unit, -EEXIST there is one already, -EACCES, or -EIO. */
MUST_CHECK int bus_call(struct bus *bus, struct bus_writer *call, struct bus_message *ret_reply,
                        struct fail *fail);

/* Waits for the next message, whatever it is. */
MUST_CHECK int bus_receive(struct bus *bus, struct bus_message *ret_message, struct fail *fail);

#endif
