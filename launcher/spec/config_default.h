/* config_default.h - PURE: the config.json that `launcher spec` writes. */
#ifndef LAUNCHER_CONFIG_DEFAULT_H
#define LAUNCHER_CONFIG_DEFAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "../../shared/arena.h"

/* For an ordinary user it has a user namespace, in which root is `uid` and `gid` of the host. */
struct config_owner {
    bool rootless;
    uint32_t uid, gid;
};

const char *config_default(const struct config_owner *owner, struct arena *arena);

#endif
