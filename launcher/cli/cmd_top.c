#include "../observe/top.h"
#include "words.h"

struct top_flags {
    struct plain_flags plain;
    const struct top_order *order;
};

static int take_sort(void *context, const char *value, struct fail *fail)
{
    struct top_flags *flags = context;
    flags->order = top_find_order(value);
    return flags->order != NULL
               ? 0
               : fail_set(fail, "\"%.60s\" is not cpu, memory, pids, io or pressure", value);
}

static const struct option_row OPTIONS[] = {
    {.name = "sort",
     .value = "BY",
     .handle = take_sort,
     .help = "cpu (default), memory, pids, io or pressure"},
    HELP_ROW,
};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct usage USAGE = {
    .line = "top [--sort BY]",
    .text =
        "Fills the terminal with what all containers use, anew every second. The keys c, m, p, i\n"
        "and s sort by CPU, memory, processes, io and pressure (PSI); q ends it.\n",
    .options = {.sections = SECTIONS, .section_count = 1},
};

int cmd_top(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct top_flags flags = {.order = top_find_order("cpu")};
    struct words words;
    *ret_exit_status = 0;
    int result = words_read(invocation, &USAGE, &flags, &flags.plain.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    return top_run(flags.order, fail);
}
