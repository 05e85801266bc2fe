/* resolv_conf.h - PURE: reads the text of a resolv.conf(5), and writes one.
 *
 * Tolerant as the C libraries are, since a host that resolves names must not fail here: what isn't
 * understood is left out. Strict in what comes out: every server is an address, no word holds a byte
 * that could begin a line of its own.
 */
#ifndef LAUNCHER_RESOLV_CONF_H
#define LAUNCHER_RESOLV_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "../../../shared/arena.h"

/* What a server's address is worth in another network namespace. */
enum server_reach {
    SERVER_REAL,
    SERVER_LOOPBACK, /* 127.0.0.0/8, ::1, and 0.0.0.0 and ::, which resolvers take for them */
    SERVER_SCOPED,   /* fe80::1%eth0: that link isn't the container's */
    SERVER_INVALID,  /* no address */
    SERVER_REACH_COUNT,
};

struct resolv_conf {
    const char **servers; /* as written */
    size_t server_count;
    const char **searches;
    size_t search_count;
    const char **options;
    size_t option_count;
    size_t reach[SERVER_REACH_COUNT]; /* how many servers are of which kind */
};

/* `text` may hold any bytes, also NULs, and needs none at its end. */
void resolv_conf_parse(const char *text, size_t size, struct arena *arena,
                       struct resolv_conf *ret_conf);

enum server_reach resolv_conf_reach(const char *server);

/* Leaves out the servers that can't be reached from another network namespace. */
void resolv_conf_keep_reachable(struct resolv_conf *conf);

/* A word that can stand in a line of the file: neither empty nor long, without blanks or control
 * characters. */
bool resolv_conf_is_word(const char *word);

/* The text, ready to be written to a file. */
const char *resolv_conf_text(const struct resolv_conf *conf, struct arena *arena);

#endif
