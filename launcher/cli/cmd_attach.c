#include <stdio.h>

#include "../run/attach_client.h"
#include "words.h"

#define KEYS_DEFAULT "ctrl-p,ctrl-q"

struct attach_flags {
    struct plain_flags plain; /* first: the handlers of words.h are used */
    struct attach_options options;
};

static int take_no_stdin(void *context, const char *value, struct fail *fail)
{
    struct attach_flags *flags = context;
    (void)value, (void)fail;
    flags->options.no_stdin = true;
    return 0;
}

static int take_no_signals(void *context, const char *value, struct fail *fail)
{
    struct attach_flags *flags = context;
    (void)value, (void)fail;
    flags->options.no_signals = true;
    return 0;
}

static int take_keys(void *context, const char *value, struct fail *fail)
{
    struct attach_flags *flags = context;
    return detach_keys_parse(value, &flags->options.keys, fail);
}

static const struct option_row OPTIONS[] = {
    {.name = "detach-keys",
     .value = "KEYS",
     .handle = take_keys,
     .help = "what leaves the container to itself (default: " KEYS_DEFAULT ")"},
    {.name = "no-stdin", .handle = take_no_stdin, .help = "look only, pass on no input"},
    {.name = "no-signals",
     .handle = take_no_signals,
     .help = "signals end attach, and don't go to the container"},
    HELP_ROW,
};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct usage USAGE = {
    .line = "attach [--detach-keys KEYS] [--no-stdin] [--no-signals] ID",
    .text = "Shows the last screenful of what a container prints that was started with run "
            "--detach, and what comes\n"
            "then. What is typed goes to it when it has a terminal (run -d -t) or an open stdin "
            "(run -d -i). Ends\n"
            "with the container and its exit status, or with the keys.\n",
    .least = 1,
    .most = 1,
    .options = {.sections = SECTIONS, .section_count = 1},
};

int cmd_attach(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct attach_flags flags = {.options = {.no_stdin = false}};
    struct words words;
    *ret_exit_status = 0;
    TRY(detach_keys_parse(KEYS_DEFAULT, &flags.options.keys, fail));
    int result = words_read(invocation, &USAGE, &flags, &flags.plain.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    return container_attach(words.ids[0], &flags.options, invocation->arena, ret_exit_status, fail);
}
