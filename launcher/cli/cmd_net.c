/* cmd_net.c - `launcher net`: networks of containers, named network namespaces, and the walk that finds
 * what is broken. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "../host/net/link.h"
#include "../host/net/netns.h"
#include "../host/net/netns_names.h"
#include "../observe/live.h"
#include "../observe/net_test.h"
#include "../spec/network_text.h"
#include "cmd_net.h"
#include "options.h"
#include "verbs.h"

/* ---- namespaces ---- */

static int ns_add(struct net_request *request, struct fail *fail)
{
    for (size_t i = 0; i < request->word_count; i++)
        TRY(netns_name_add(request->words[i], request->arena, fail));
    return 0;
}

static int ns_del(struct net_request *request, struct fail *fail)
{
    for (size_t i = 0; i < request->word_count; i++)
        TRY(netns_name_delete(request->words[i], request->arena, fail));
    return 0;
}

static int ns_ls(struct net_request *request, struct fail *fail)
{
    const char **names = NULL;
    size_t count = 0;
    TRY(netns_name_list(request->arena, &names, &count, fail));
    for (size_t i = 0; i < count; i++)
        (void)printf("%s\n", names[i]);
    return 0;
}

/* ---- links ---- */

static int open_container_netns(const char *id, struct arena *arena, int *ret_fd, struct fail *fail)
{
    AUTO_LIVE struct live live = LIVE_NONE;
    TRY(live_open(id, arena, &live, fail));
    TRY(netns_open(arena_printf(arena, "/proc/%d/ns/net", (int)live.record.init_pid), ret_fd,
                   fail));
    if (live_runs(&live))
        return 0; /* so the number was still its own */
    own_close(ret_fd);
    return fail_code(fail, -ESRCH, "opening the network namespace of %s", id);
}

/* NAME of /run/netns, container:ID, or a path. */
static int open_netns(const char *text, struct arena *arena, int *ret_fd, struct fail *fail)
{
    static const char prefix[] = "container:";
    const char *path = text;
    if (strncmp(text, prefix, sizeof(prefix) - 1) == 0)
        return open_container_netns(text + sizeof(prefix) - 1, arena, ret_fd, fail);
    if (strchr(text, '/') == NULL)
        TRY(netns_name_path(text, arena, &path, fail));
    if (netns_open(path, ret_fd, fail) >= 0)
        return 0;
    return fail->code == -ENOENT && path != text
               ? fail_hint(fail, "launcher net ns ls lists them; launcher net ns add %s makes it",
                           text)
               : fail->code;
}

static int hint_for_veth(struct fail *fail)
{
    if (fail->code == -EPERM)
        return fail_hint(fail, "that takes CAP_NET_ADMIN: run it as root");
    if (fail->code == -EOPNOTSUPP)
        return fail_hint(fail, "this kernel lacks veth: modprobe veth");
    if (fail->code == -EEXIST)
        return fail_hint(fail, "there is a link of one of these names: ip link shows them");
    return fail->code;
}

static int make_veth(const struct net_request *request, int peer_netns_fd, struct fail *fail)
{
    AUTO_NETLINK struct netlink netlink = NETLINK_NONE;
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    TRY(netlink_open(NETLINK_ROUTE, &netlink, fail));
    link_add_veth(&batch, request->arena,
                  &(struct link_veth){.host_name = request->words[0],
                                      .peer_name = request->words[1],
                                      .peer_netns_fd = peer_netns_fd});
    link_set_up(&batch, request->arena, request->words[0], 0);
    return netlink_send(&netlink, &batch, fail);
}

/* From where it is. */
static int bring_peer_up(const struct net_request *request, int peer_netns_fd, struct fail *fail)
{
    AUTO_NETLINK struct netlink netlink = NETLINK_NONE;
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    const char *name = request->words[1];
    if (peer_netns_fd >= 0)
        TRY(netns_open_inside(peer_netns_fd, &netlink, fail));
    else
        TRY(netlink_open(NETLINK_ROUTE, &netlink, fail));
    link_set_up(&batch, request->arena, name, link_index(&netlink, name));
    return netlink_send(&netlink, &batch, fail);
}

/* Both ends go with one. Returns the error that led here. */
static int unmake_veth(const struct net_request *request, struct fail *fail)
{
    struct fail second = {0};
    AUTO_NETLINK struct netlink netlink = NETLINK_NONE;
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    link_delete(&batch, request->arena, request->words[0]);
    if (netlink_open(NETLINK_ROUTE, &netlink, &second) < 0 ||
        netlink_send(&netlink, &batch, &second) < 0)
        return fail_hint(fail, "ip link delete %s removes what was made", request->words[0]);
    return fail->code;
}

static int veth(struct net_request *request, struct fail *fail)
{
    AUTO_FD int peer_netns_fd = -1;
    TRY(check_interface_name(request->words[0], fail));
    TRY(check_interface_name(request->words[1], fail));
    if (request->netns != NULL)
        TRY(open_netns(request->netns, request->arena, &peer_netns_fd, fail));
    if (make_veth(request, peer_netns_fd, fail) < 0)
        return hint_for_veth(fail);
    return bring_peer_up(request, peer_netns_fd, fail) < 0 ? unmake_veth(request, fail) : 0;
}

/* ---- the walk ---- */

static int test(struct net_request *request, struct fail *fail)
{
    bool passed = false;
    TRY(net_test_run(request->words[0], request->arena, stdout, &passed, fail));
    request->exit_status = passed ? 0 : 1;
    return 0;
}

/* ---- the commands ---- */

struct command {
    const char *group; /* the word before the name, NULL: none */
    const char *name, *arguments;
    size_t least, most; /* how many of them */
    unsigned options;   /* enum net_option */
    net_command_function *function;
    const char *help;
};

enum { MANY = 4096 };

static const struct command COMMANDS[] = {
    {NULL, "ls", "[--json]", 0, 0, NET_OPTION_JSON, net_ls, "list the networks"},
    {NULL, "create", "NAME", 1, 1,
     NET_OPTION_SUBNET | NET_OPTION_GATEWAY | NET_OPTION_SUBNET6 | NET_OPTION_NO_IP6 |
         NET_OPTION_INTERNAL,
     net_create, "make a network, which stays until rm"},
    {NULL, "rm", "NAME...", 1, MANY, 0, net_rm, "remove networks that no container is in"},
    {NULL, "inspect", "NAME...", 1, MANY, 0, net_inspect,
     "print networks and who is in them, as JSON"},
    {"ns", "add", "NAME...", 1, MANY, 0, ns_add, "make network namespaces, as ip netns does"},
    {"ns", "del", "NAME...", 1, MANY, 0, ns_del, "remove them, also those of ip netns"},
    {"ns", "ls", "", 0, 0, 0, ns_ls, "list them"},
    {NULL, "veth", "NAME PEER", 2, 2, NET_OPTION_NS, veth, "make a pair of links, both up"},
    {NULL, "test", "ID", 1, 1, 0, test,
     "walk a container's way to the outside, name what is broken"},
};

enum { COMMAND_COUNT = sizeof(COMMANDS) / sizeof(COMMANDS[0]) };

static const char *full_name(const struct command *command, struct arena *arena)
{
    return command->group == NULL ? command->name
                                  : arena_printf(arena, "%s %s", command->group, command->name);
}

/* `*ret_used`: the words of its name. */
static const struct command *find_command(int argc, char *const *argv, int *ret_used)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command *command = &COMMANDS[i];
        int at = command->group != NULL ? 1 : 0;
        if ((at == 0 || strcmp(argv[0], command->group) == 0) && argc > at &&
            strcmp(argv[at], command->name) == 0) {
            *ret_used = at + 1;
            return command;
        }
    }
    return NULL;
}

static int unknown_command(int argc, char *const *argv, struct arena *arena, struct fail *fail)
{
    const char *names[COMMAND_COUNT];
    const char *name = argv[0];
    if (argc > 1 && strcmp(name, "ns") == 0)
        name = arena_printf(arena, "ns %s", argv[1]);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = full_name(&COMMANDS[i], arena);
    const char *nearest = nearest_spelling(name, names, COMMAND_COUNT);
    (void)fail_set(fail, "reading the command line: net has no command \"%.60s\"", name);
    if (nearest != NULL)
        (void)fail_hint(fail, "did you mean %s?", nearest);
    return fail_hint(fail, "launcher net --help lists them");
}

/* ---- options ---- */

static int take_help(void *context, const char *value, struct fail *fail)
{
    struct net_request *request = context;
    (void)value, (void)fail;
    request->help = true;
    return 1;
}

static int take_json(void *context, const char *value, struct fail *fail)
{
    struct net_request *request = context;
    (void)value, (void)fail;
    request->given |= NET_OPTION_JSON;
    return 0;
}

static int take_subnet(void *context, const char *value, struct fail *fail)
{
    struct net_request *request = context;
    (void)fail;
    request->given |= NET_OPTION_SUBNET;
    request->subnet = value;
    return 0;
}

static int take_gateway(void *context, const char *value, struct fail *fail)
{
    struct net_request *request = context;
    (void)fail;
    request->given |= NET_OPTION_GATEWAY;
    request->gateway = value;
    return 0;
}

static int take_subnet6(void *context, const char *value, struct fail *fail)
{
    struct net_request *request = context;
    (void)fail;
    request->given |= NET_OPTION_SUBNET6;
    request->subnet6 = value;
    return 0;
}

static int take_no_ip6(void *context, const char *value, struct fail *fail)
{
    struct net_request *request = context;
    (void)value, (void)fail;
    request->given |= NET_OPTION_NO_IP6;
    return 0;
}

static int take_internal(void *context, const char *value, struct fail *fail)
{
    struct net_request *request = context;
    (void)value, (void)fail;
    request->given |= NET_OPTION_INTERNAL;
    return 0;
}

static int take_ns(void *context, const char *value, struct fail *fail)
{
    struct net_request *request = context;
    (void)fail;
    request->given |= NET_OPTION_NS;
    request->netns = value;
    return 0;
}

static const struct option_row OPTIONS[] = {
    {.name = "json", .handle = take_json, .help = "ls: as JSON, like inspect of all networks"},
    {.name = "subnet",
     .value = "CIDR",
     .handle = take_subnet,
     .help = "create: its IPv4 addresses, 10.111.0.0/16 or the next free one"},
    {.name = "gateway",
     .value = "ADDR",
     .handle = take_gateway,
     .help = "create: the host's address in it, by default the first one"},
    {.name = "subnet6",
     .value = "CIDR",
     .handle = take_subnet6,
     .help = "create: its IPv6 addresses, a /64, by default a random private one"},
    {.name = "no-ip6", .handle = take_no_ip6, .help = "create: without IPv6"},
    {.name = "internal",
     .handle = take_internal,
     .help = "create: no way out, only to each other and the host"},
    {.name = "ns",
     .value = "NAME|PATH",
     .handle = take_ns,
     .help = "veth: where the peer goes; also container:ID"},
    {.name = "help", .letter = 'h', .handle = take_help, .help = "print this"},
};

static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct option_set OPTION_SET = {.sections = SECTIONS, .section_count = 1};

static void print_help(struct arena *arena)
{
    (void)puts("Usage: launcher net COMMAND [ARGUMENT...] [OPTION...]\n\nCommands:");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        (void)printf("  %-8s%-10s %s\n", full_name(&COMMANDS[i], arena), COMMANDS[i].arguments,
                     COMMANDS[i].help);
    options_help(&OPTION_SET, stdout);
}

/* ---- reading the line ---- */

static int wrong_usage(const struct command *command, struct arena *arena, struct fail *fail)
{
    (void)fail_set(fail, "reading the command line: net %s takes %s", full_name(command, arena),
                   command->arguments[0] != '\0' ? command->arguments : "no arguments");
    return fail_hint(fail, "launcher net --help");
}

/* Options are in the order of their bits. */
static int check_options(const struct command *command, unsigned given, struct arena *arena,
                         struct fail *fail)
{
    unsigned wrong = given & ~command->options;
    if (wrong == 0)
        return 0;
    (void)fail_set(fail, "reading the command line: net %s takes no --%s",
                   full_name(command, arena), OPTIONS[__builtin_ctz(wrong)].name);
    return fail_hint(fail, "launcher net --help");
}

/* Options end at a word, so they are read again behind each. */
static int read_line(int argc, char *const *argv, struct net_request *request, struct fail *fail)
{
    for (int next = 0; next < argc && !request->help;) {
        int used = 0;
        TRY(options_parse(&OPTION_SET, argc - next, argv + next, request, &used, fail));
        next += used;
        if (next < argc && !request->help)
            *ARENA_APPEND(request->arena, request->words, request->word_count) = argv[next++];
    }
    return 0;
}

static int run_command(const struct command *command, int argc, char *const *argv,
                       struct net_request *request, struct fail *fail)
{
    TRY(read_line(argc, argv, request, fail));
    if (request->help) {
        print_help(request->arena);
        return 0;
    }
    TRY(check_options(command, request->given, request->arena, fail));
    if (request->word_count < command->least || request->word_count > command->most)
        return wrong_usage(command, request->arena, fail);
    return command->function(request, fail);
}

int cmd_net(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct net_request request = {.arena = invocation->arena};
    int used = 0;
    *ret_exit_status = 0;
    const char *name = invocation->argc > 0 ? invocation->argv[0] : "--help";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        print_help(invocation->arena);
        return 0;
    }
    const struct command *command = find_command(invocation->argc, invocation->argv, &used);
    if (command == NULL)
        return unknown_command(invocation->argc, invocation->argv, invocation->arena, fail);
    TRY(run_command(command, invocation->argc - used, invocation->argv + used, &request, fail));
    *ret_exit_status = request.exit_status;
    return 0;
}
