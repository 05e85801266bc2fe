/* cmd_net.h - what the commands of `launcher net` get; they are in cmd_net.c and cmd_net_networks.c. */
#ifndef LAUNCHER_CMD_NET_H
#define LAUNCHER_CMD_NET_H

#include <stdbool.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"

/* Options, as bits: which were given, which a command takes. */
enum net_option {
    NET_OPTION_JSON = 1 << 0,
    NET_OPTION_SUBNET = 1 << 1,
    NET_OPTION_GATEWAY = 1 << 2,
    NET_OPTION_SUBNET6 = 1 << 3,
    NET_OPTION_NO_IP6 = 1 << 4,
    NET_OPTION_INTERNAL = 1 << 5,
    NET_OPTION_NS = 1 << 6,
};

struct net_request {
    struct arena *arena;
    const char **words; /* the arguments that are no options */
    size_t word_count;
    unsigned given;                                 /* enum net_option */
    const char *subnet, *gateway, *subnet6, *netns; /* NULL: not given */
    bool help;
    int exit_status; /* out */
};

typedef int net_command_function(struct net_request *request, struct fail *fail);

net_command_function net_ls, net_create, net_rm, net_inspect;

#endif
