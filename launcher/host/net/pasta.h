/* pasta.h - the container's way out by a program of an ordinary user: pasta(1) of passt.
 *
 * pasta puts an interface into the container's network namespace and speaks TCP, UDP and ICMP for it
 * with sockets of its own, so it needs no privilege, no bridge and no NAT. Inside, the container has
 * the addresses and routes of the host, as a copy. It does not reach the host's loopback services.
 */
#ifndef LAUNCHER_PASTA_H
#define LAUNCHER_PASTA_H

#include <stdbool.h>
#include <sys/types.h>

#include "../../../shared/arena.h"
#include "../../../shared/fail.h"
#include "../../spec/spec.h"

/* Where a server of names is to be found inside, in front of the host's first one, when that has a
 * loopback address: resolver_decide writes it, pasta_start makes it work. */
#define PASTA_DNS "169.254.1.1"

/* A child of launcher. It ends with launcher, also by kill -9. */
struct pasta {
    pid_t pid;       /* 0: none */
    int pidfd;       /* readable when it has ended: the container then has no way out any more */
    int lifeline_fd; /* a pipe that pasta ends with: when launcher is gone, its last writer is */
};

#define PASTA_NONE ((struct pasta){.pidfd = -1, .lifeline_fd = -1})

/* True when the program is found in PATH: what the default mode of an ordinary user depends on. */
bool pasta_installed(void);

/* Starts pasta for the network namespace and the user namespace of `init_pid`, and returns when the
 * interface, its addresses and the published ports are there. To be called when the ids of the user
 * namespace are mapped, before the payload runs. Errors: not installed (-ENOENT), and what pasta
 * says, by its first line (-EIO): a port that is taken, a host without a route... */
MUST_CHECK int pasta_start(const struct spec_network *network, pid_t init_pid,
                           struct pasta *ret_pasta, struct fail *fail);

/* PURE: its command line, NULL-terminated. `own_user_namespace`: the process has another one than
 * launcher. */
char **pasta_words(const struct spec_network *network, pid_t init_pid, bool own_user_namespace,
                   struct arena *arena);

/* Ends and reaps it. Does nothing for PASTA_NONE. */
void pasta_stop(struct pasta *pasta);

#endif
