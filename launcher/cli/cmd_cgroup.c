/* cmd_cgroup.c - `launcher cgroup`: looking at cgroups and handling them by hand. */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "../host/cgroup/tool.h"
#include "../spec/parse.h"
#include "../spec/resource_text.h"
#include "options.h"
#include "verbs.h"

struct request {
    const struct cgroup_tool *tool;
    struct arena *arena;
    int argc; /* what is behind the options */
    char *const *argv;
    bool kill; /* rm --kill */
};

typedef int command_function(const struct request *request, struct fail *fail);

static int do_tree(const struct request *request, struct fail *fail)
{
    return tool_tree(request->tool, request->argc > 0 ? request->argv[0] : "/", stdout, fail);
}

static int do_create(const struct request *request, struct fail *fail)
{
    for (int i = 0; i < request->argc; i++)
        TRY(tool_create(request->tool, request->argv[i], fail));
    return 0;
}

static int do_rm(const struct request *request, struct fail *fail)
{
    for (int i = 0; i < request->argc; i++)
        TRY(tool_remove(request->tool, request->argv[i], request->kill, fail));
    return 0;
}

static int do_get(const struct request *request, struct fail *fail)
{
    if (request->argc == 1)
        return tool_get_all(request->tool, request->argv[0], stdout, fail);
    for (int i = 1; i < request->argc; i++)
        TRY(tool_get(request->tool, request->argv[0], request->argv[i], request->argc > 2, stdout,
                     fail));
    return 0;
}

/* All are read before the first one is written. */
static int do_set(const struct request *request, struct fail *fail)
{
    struct spec_pair *pairs = NULL;
    size_t count = 0;
    for (int i = 1; i < request->argc; i++) {
        struct spec_pair pair;
        TRY(parse_raw_key(request->argv[i], request->arena, &pair, fail));
        *ARENA_APPEND(request->arena, pairs, count) = pair;
    }
    for (size_t i = 0; i < count; i++)
        TRY(tool_set(request->tool, request->argv[0], &pairs[i], fail));
    return 0;
}

static int do_attach(const struct request *request, struct fail *fail)
{
    for (int i = 1; i < request->argc; i++) {
        int64_t pid = 0;
        TRY(parse_number(request->argv[i], 1, INT32_MAX, &pid, fail));
        TRY(tool_attach(request->tool, request->argv[0], (pid_t)pid, fail));
    }
    return 0;
}

/* USER[:GROUP] of the host, names or ids. Without a group it is the user's own. */
static int find_owner(const char *text, struct arena *arena, uid_t *ret_uid, gid_t *ret_gid,
                      struct fail *fail)
{
    struct fail no_id = {0};
    const char *cursor = text;
    const char *user = next_piece(arena, &cursor, ':');
    bool numeric = parse_id(user, ret_uid, &no_id) == 0;
    const struct passwd *entry = numeric ? getpwuid(*ret_uid) : getpwnam(user); /* one thread */
    if (entry == NULL && !numeric)
        return fail_set(fail, "there is no user \"%.60s\" on this host", user);
    if (entry != NULL) {
        *ret_uid = entry->pw_uid;
        *ret_gid = entry->pw_gid;
    }
    if (cursor == NULL)
        return entry != NULL ? 0 : fail_set(fail, "user %.60s has no group here: USER:GROUP", user);
    if (parse_id(cursor, ret_gid, &no_id) == 0)
        return 0;
    const struct group *group = getgrnam(cursor);
    if (group == NULL)
        return fail_set(fail, "there is no group \"%.60s\" on this host", cursor);
    *ret_gid = group->gr_gid;
    return 0;
}

static int do_delegate(const struct request *request, struct fail *fail)
{
    uid_t uid = 0;
    gid_t gid = 0;
    TRY(find_owner(request->argv[1], request->arena, &uid, &gid, fail));
    return tool_delegate(request->tool, request->argv[0], uid, gid, fail);
}

struct command {
    const char *name, *arguments;
    int least, most; /* how many of them */
    command_function *function;
    const char *help;
};

enum { MANY = 4096 };

static const struct command COMMANDS[] = {
    {"tree", "[PATH]", 0, 1, do_tree, "the cgroups: path, processes in it, hierarchies"},
    {"create", "PATH...", 1, MANY, do_create,
     "make a cgroup, and those above it, in every hierarchy"},
    {"rm", "[--kill] PATH...", 1, MANY, do_rm, "remove a cgroup and those below it"},
    {"get", "PATH [FILE...]", 1, MANY, do_get, "print files of a cgroup, all without a name"},
    {"set", "PATH FILE=VALUE...", 2, MANY, do_set, "write files of a cgroup: memory.max=100M"},
    {"attach", "PATH PID...", 2, MANY, do_attach, "move processes into a cgroup"},
    {"delegate", "PATH USER[:GROUP]", 2, 2, do_delegate, "hand a cgroup over to a user"},
};

enum { COMMAND_COUNT = sizeof(COMMANDS) / sizeof(COMMANDS[0]) };

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(COMMANDS[i].name, name) == 0)
            return &COMMANDS[i];
    return NULL;
}

/* ---- options ---- */

struct flags {
    bool help, kill;
};

static int take_help(void *context, const char *value, struct fail *fail)
{
    struct flags *flags = context;
    (void)value, (void)fail;
    flags->help = true;
    return 1;
}

static int take_kill(void *context, const char *value, struct fail *fail)
{
    struct flags *flags = context;
    (void)value, (void)fail;
    flags->kill = true;
    return 0;
}

static const struct option_row OPTIONS[] = {
    {.name = "kill", .handle = take_kill, .help = "rm: end the processes that are in the way"},
    {.name = "help", .letter = 'h', .handle = take_help, .help = "print this"},
};

static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct option_set OPTION_SET = {.sections = SECTIONS, .section_count = 1};

static void print_help(void)
{
    (void)puts("Usage: launcher cgroup COMMAND [ARGUMENT...]\n\nCommands:");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        (void)printf("  %-9s%-20s %s\n", COMMANDS[i].name, COMMANDS[i].arguments, COMMANDS[i].help);
    options_help(&OPTION_SET, stdout);
    (void)puts(
        "\nA PATH is web/db, from the root of the hierarchies down and the same in each; /web/db\n"
        "and /sys/fs/cgroup/[HIERARCHY/]web/db are the same place.");
}

static int wrong_usage(const struct command *command, struct fail *fail)
{
    (void)fail_set(fail, "reading the command line: cgroup %s takes %s", command->name,
                   command->arguments);
    return fail_hint(fail, "launcher cgroup --help");
}

static int unknown_command(const char *name, struct fail *fail)
{
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = COMMANDS[i].name;
    const char *nearest = nearest_spelling(name, names, COMMAND_COUNT);
    (void)fail_set(fail, "reading the command line: cgroup has no command \"%.60s\"", name);
    if (nearest != NULL)
        (void)fail_hint(fail, "did you mean %s?", nearest);
    return fail_hint(fail, "launcher cgroup --help lists them");
}

static int run_command(struct invocation *invocation, const struct command *command,
                       struct flags *flags, struct fail *fail)
{
    int used = 0;
    TRY(options_parse(&OPTION_SET, invocation->argc - 1, invocation->argv + 1, flags, &used, fail));
    if (flags->help) {
        print_help();
        return 0;
    }
    struct cgroup_tool tool;
    struct request request = {.tool = &tool,
                              .arena = invocation->arena,
                              .argc = invocation->argc - 1 - used,
                              .argv = invocation->argv + 1 + used,
                              .kill = flags->kill};
    if (request.argc < command->least || request.argc > command->most ||
        (flags->kill && command->function != do_rm))
        return wrong_usage(command, fail);
    TRY(tool_open(invocation->arena, &tool, fail));
    return command->function(&request, fail);
}

int cmd_cgroup(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct flags flags = {.help = false};
    *ret_exit_status = 0;
    const char *name = invocation->argc > 0 ? invocation->argv[0] : "--help";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        print_help();
        return 0;
    }
    const struct command *command = find_command(name);
    if (command == NULL)
        return unknown_command(name, fail);
    return run_command(invocation, command, &flags, fail);
}
