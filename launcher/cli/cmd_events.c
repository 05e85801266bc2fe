#include <stdio.h>

#include "../observe/events.h"
#include "words.h"

struct events_flags {
    struct plain_flags plain; /* first: the handlers of words.h are used */
    struct arena *arena;
    bool follow;
    struct pressure_trigger *triggers;
    size_t trigger_count;
};

static int take_follow(void *context, const char *value, struct fail *fail)
{
    struct events_flags *flags = context;
    (void)value, (void)fail;
    flags->follow = true;
    return 0;
}

static int take_pressure(void *context, const char *value, struct fail *fail)
{
    struct events_flags *flags = context;
    struct pressure_trigger trigger;
    TRY(pressure_trigger_parse(value, &trigger, fail));
    *ARENA_APPEND(flags->arena, flags->triggers, flags->trigger_count) = trigger;
    flags->follow = true;
    return 0;
}

static const struct option_row OPTIONS[] = {
    {.name = "follow",
     .letter = 'f',
     .handle = take_follow,
     .help = "print what happens from now on, until the container ends"},
    {.name = "pressure",
     .value = "RES:STALL/WINDOW",
     .handle = take_pressure,
     .help = "tell when processes waited that long: memory:150ms/2s, io.full:1s/4s"},
    HELP_ROW,
};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct usage USAGE = {
    .line = "events ID [--follow]",
    .text =
        "Prints lines of JSON, each with type, id and data. Without --follow it is one of the "
        "type\n"
        "stats, what the container uses at the moment. With --follow the first one is watching;\n"
        "then come oom, oom_kill, memory_high, pids_max, pressure, frozen, thawed and exit, the\n"
        "last one.\n",
    .least = 1,
    .most = 1,
    .options = {.sections = SECTIONS, .section_count = 1},
};

int cmd_events(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct events_flags flags = {.arena = invocation->arena};
    struct words words;
    *ret_exit_status = 0;
    int result = words_read(invocation, &USAGE, &flags, &flags.plain.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    AUTO_LIVE struct live live = LIVE_NONE;
    TRY(live_open(words.ids[0], invocation->arena, &live, fail));
    if (!flags.follow)
        return events_print_stats(&live, stdout, fail);
    return events_follow(&live, flags.triggers, flags.trigger_count, invocation->arena, stdout,
                         fail);
}
