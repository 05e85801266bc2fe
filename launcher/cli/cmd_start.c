#include "../run/existing.h"
#include "words.h"

static const struct option_row OPTIONS[] = {HELP_ROW};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct usage USAGE = {
    .line = "start ID",
    .text = "Lets the process of a container begin that launcher create has made, and ends when it "
            "has.\n",
    .least = 1,
    .most = 1,
    .options = {.sections = SECTIONS, .section_count = 1},
};

int cmd_start(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct plain_flags flags = {.help = false};
    struct words words;
    *ret_exit_status = 0;
    int result = words_read(invocation, &USAGE, &flags, &flags.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    struct trace trace = trace_of(invocation);
    AUTO_EXISTING struct existing existing = EXISTING_NONE;
    TRY(existing_take(words.ids[0], &trace, invocation->arena, &existing, fail));
    return existing_start(&existing, fail);
}
