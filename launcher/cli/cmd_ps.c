#include <stdio.h>

#include "../run/signalling.h"
#include "process_text.h"
#include "ps_containers.h"
#include "words.h"

static const struct option_row OPTIONS[] = {
    {.name = "all",
     .letter = 'a',
     .handle = take_plain_all,
     .help = "also containers that have stopped or wait for start"},
    {.name = "json", .handle = take_plain_json, .help = "print JSON"},
    FORMAT_ROW,
    HELP_ROW,
};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct usage USAGE = {
    .line = "ps [--all] [--json] [ID]",
    .text =
        "Lists the containers of this user that run. With a name it lists the processes of that "
        "one, by their\n"
        "pids on the host; as JSON these are an array of numbers.\n",
    .least = 0,
    .most = 1,
    .options = {.sections = SECTIONS, .section_count = 1},
};

static void print_process_table(const pid_t *pids, size_t count)
{
    char command[256];
    (void)printf("%8s  %s\n", "PID", "COMMAND");
    for (size_t i = 0; i < count; i++)
        (void)printf("%8d  %s\n", (int)pids[i], process_command(pids[i], command, sizeof(command)));
}

static void print_pids(const pid_t *pids, size_t count)
{
    (void)fputs("[", stdout);
    for (size_t i = 0; i < count; i++)
        (void)printf("%s%d", i > 0 ? "," : "", (int)pids[i]);
    (void)puts("]");
}

static int print_processes(const char *id, bool json, struct arena *arena, struct fail *fail)
{
    pid_t *pids = NULL;
    size_t count = 0;
    AUTO_VIEW struct container_view view = VIEW_NONE;
    TRY(status_view(id, arena, &view, fail));
    TRY(container_pids(&view, arena, &pids, &count, fail));
    if (json)
        print_pids(pids, count);
    else
        print_process_table(pids, count);
    return 0;
}

int cmd_ps(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct plain_flags flags = {.help = false};
    struct words words;
    *ret_exit_status = 0;
    int result = words_read(invocation, &USAGE, &flags, &flags.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    if (words.id_count > 0)
        return print_processes(words.ids[0], flags.json, invocation->arena, fail);
    return ps_containers(flags.all, flags.json, invocation->arena, fail);
}
