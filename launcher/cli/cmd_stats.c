#include <stdio.h>

#include "../observe/stats.h"
#include "../observe/ticker.h"
#include "words.h"

static const struct option_row OPTIONS[] = {
    {.name = "watch", .handle = take_plain_watch, .help = "again every second, until ^C"},
    {.name = "json", .handle = take_plain_json, .help = "a line of JSON for each container"},
    HELP_ROW,
};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

enum { MANY = 100000 };

static const struct usage USAGE = {
    .line = "stats [ID...] [--watch] [--json]",
    .text =
        "Shows what containers use, all that run when none is named. CPU% is the average since "
        "the\n"
        "container's start, with --watch that of the last second; 100 is one CPU. The pressure\n"
        "(PSI) is how much of the last 10 seconds some process waited for that resource, in\n"
        "percent. What this host doesn't count, or the container has no cgroup for, is -.\n",
    .most = MANY,
    .options = {.sections = SECTIONS, .section_count = 1},
};

static int print(const struct stats_sample *sample, const struct plain_flags *flags,
                 struct fail *fail)
{
    if (flags->json)
        return stats_print_json(sample, stdout, fail);
    if (flags->watch && isatty(STDOUT_FILENO))
        (void)fputs("\033[H\033[J", stdout); /* from the top, and clear what was there */
    stats_print_table(sample, stdout);
    return 0;
}

/* Until a signal, the end of all containers that were named, or of the reader. */
static int watch(const struct words *words, const struct plain_flags *flags,
                 struct stats_sample *before, struct fail *fail)
{
    bool stop = false;
    AUTO_TICKER struct ticker ticker = TICKER_NONE;
    TRY(ticker_open(&ticker, fail));
    while (fflush(stdout) == 0 && !ferror(stdout) && (before->count > 0 || words->id_count == 0)) {
        TRY(ticker_wait(&ticker, &stop, fail));
        if (stop)
            return 0;
        AUTO_SAMPLE struct stats_sample now = {.count = 0};
        TRY(stats_take(words->ids, words->id_count, before, &now, fail));
        TRY(print(&now, flags, fail));
        struct stats_sample old = *before;
        *before = now;
        now = old; /* released here */
    }
    return 0;
}

int cmd_stats(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct plain_flags flags = {.help = false};
    struct words words;
    *ret_exit_status = 0;
    int result = words_read(invocation, &USAGE, &flags, &flags.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    AUTO_SAMPLE struct stats_sample sample = {.count = 0};
    TRY(stats_take(words.ids, words.id_count, NULL, &sample, fail));
    TRY(print(&sample, &flags, fail));
    return flags.watch ? watch(&words, &flags, &sample, fail) : 0;
}
