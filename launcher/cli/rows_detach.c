#include "run_rows.h"

static int take_detach(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    (void)value, (void)fail;
    run->options->detach.wanted = true;
    return 0;
}

static int take_remove(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    (void)value, (void)fail;
    run->options->detach.remove = true;
    return 0;
}

static int take_restart(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    run->options->detach.monitor_option = true;
    return restart_parse(value, &run->options->detach.restart, fail);
}

static int take_log_option(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    run->options->detach.monitor_option = true;
    return log_option_parse(value, &run->options->detach, fail);
}

static const struct option_row rows[] = {
    {.name = "detach",
     .letter = 'd',
     .handle = take_detach,
     .help = "print the name and return when it runs; see logs, attach, stop"},
    {.name = "rm",
     .handle = take_remove,
     .help = "keep nothing when it has ended (without -d always so)"},
    {.name = "restart",
     .value = "POLICY",
     .handle = take_restart,
     .help = "start it again: no, on-failure[:N], always"},
    {.name = "log-opt",
     .value = "KEY=VALUE",
     .handle = take_log_option,
     .help = "max-size=1m and max-file=3 of the log"},
};
const struct option_section detach_section = SECTION("Detached", rows);
