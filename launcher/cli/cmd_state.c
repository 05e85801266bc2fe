#include <stdio.h>

#include "../run/status.h"
#include "words.h"

static const struct option_row OPTIONS[] = {HELP_ROW};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct usage USAGE = {
    .line = "state ID",
    .text = "Prints the state of a container as JSON, runtime-spec runtime.md: creating, created, "
            "running,\n"
            "paused or stopped.\n",
    .least = 1,
    .most = 1,
    .options = {.sections = SECTIONS, .section_count = 1},
};

int cmd_state(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct plain_flags flags = {.help = false};
    struct words words;
    *ret_exit_status = 0;
    int result = words_read(invocation, &USAGE, &flags, &flags.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    AUTO_VIEW struct container_view view = VIEW_NONE;
    TRY(status_view(words.ids[0], invocation->arena, &view, fail));
    (void)printf("%s\n", status_json(&view, invocation->arena));
    return 0;
}
