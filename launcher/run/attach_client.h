/* attach_client.h - a person at a detached container: sees what it prints, and types. */
#ifndef LAUNCHER_ATTACH_CLIENT_H
#define LAUNCHER_ATTACH_CLIENT_H

#include <stdbool.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"

enum { DETACH_KEYS_MAX = 8 };

/* What is typed to leave the container to itself; docker's --detach-keys. */
struct detach_keys {
    size_t count; /* 0: none */
    unsigned char keys[DETACH_KEYS_MAX];
};

/* "ctrl-p,ctrl-q", "a,b", "": keys with commas between; each a character, or ctrl- with a letter or one
 * of @ [ \ ] ^ _. */
MUST_CHECK int detach_keys_parse(const char *text, struct detach_keys *ret_keys, struct fail *fail);

struct attach_options {
    bool no_stdin;   /* only look */
    bool no_signals; /* signals end launcher, and are not passed on */
    struct detach_keys keys;
};

/* Shows the last screenful of the container's log, and goes on until it has ended or the keys to detach are
 * typed. `ret_exit_status`: the container's, or 0 when it goes on without us. Errors: it is not detached
 * (-ENOTCONN); too many are attached to it (-EUSERS). */
MUST_CHECK int container_attach(const char *id, const struct attach_options *options,
                                struct arena *arena, int *ret_exit_status, struct fail *fail);

#endif
