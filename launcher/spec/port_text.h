/* port_text.h - PURE: published ports as they are written on a command line; the rules of parse.h hold. */
#ifndef LAUNCHER_PORT_TEXT_H
#define LAUNCHER_PORT_TEXT_H

#include "../../shared/arena.h"
#include "../../shared/fail.h"
#include "spec.h"

enum {
    PORTS_MAX = 4096,    /* published by one container: launcher holds a socket for each */
    PORT_TEXT_SIZE = 80, /* for port_text, with the 0 */
};

/* [IP:]HOST[-LAST]:CONTAINER[-LAST][/tcp|/udp], an IPv6 address between brackets. Appends a row for
 * each port of the range to `*ports`. */
MUST_CHECK int parse_publish(const char *text, struct arena *arena, struct spec_port **ports,
                             size_t *count, struct fail *fail);

/* True when both want the same port of the host. */
bool ports_collide(const struct spec_port *one, const struct spec_port *other);

/* "127.0.0.1:8080:80/tcp", as --publish takes it. Returns `buffer`. */
const char *port_text(const struct spec_port *port, char buffer[PORT_TEXT_SIZE]);

#endif
