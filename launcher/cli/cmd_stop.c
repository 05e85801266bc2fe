#include <signal.h>

#include "../run/ending.h"
#include "../spec/parse.h"
#include "../spec/signal_name.h"
#include "words.h"

enum { TIMEOUT_DEFAULT_S = 10, TIMEOUT_MOST_S = 86400 };

struct stop_flags {
    struct plain_flags plain; /* first: the handlers of words.h are used */
    struct stop_options options;
};

static int take_timeout(void *context, const char *value, struct fail *fail)
{
    struct stop_flags *flags = context;
    int64_t seconds = 0;
    TRY(parse_number(value, -1, TIMEOUT_MOST_S, &seconds, fail));
    flags->options.timeout_ms = seconds < 0 ? -1 : (int)seconds * 1000;
    return 0;
}

static int take_signal(void *context, const char *value, struct fail *fail)
{
    struct stop_flags *flags = context;
    return signal_name_parse(value, &flags->options.signal_number, fail);
}

static const struct option_row OPTIONS[] = {
    {.name = "time",
     .aliases = "--timeout",
     .letter = 't',
     .value = "SECONDS",
     .handle = take_timeout,
     .help = "how long to wait before it is killed (default: 10); -1: never"},
    {.name = "signal",
     .letter = 's',
     .value = "SIGNAL",
     .handle = take_signal,
     .help = "what asks it to end (default: TERM)"},
    HELP_ROW,
};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct usage USAGE = {
    .line = "stop [--time SECONDS] [--signal SIGNAL] ID...",
    .text = "Asks containers to end, kills those that don't, and returns when they have ended. A "
            "paused one is\n"
            "resumed first. None is started again, whatever its --restart says.\n",
    .least = 1,
    .most = WORDS_MAX,
    .options = {.sections = SECTIONS, .section_count = 1},
};

int cmd_stop(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct stop_flags flags = {
        .options = {.signal_number = SIGTERM, .timeout_ms = TIMEOUT_DEFAULT_S * 1000}};
    struct words words;
    *ret_exit_status = 0;
    int result = words_read(invocation, &USAGE, &flags, &flags.plain.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    for (size_t i = 0; i < words.id_count; i++)
        TRY(container_stop(words.ids[i], &flags.options, invocation->arena, fail));
    return 0;
}
