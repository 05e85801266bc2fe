#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../run/signalling.h"
#include "../spec/signal_name.h"
#include "words.h"

static const struct option_row OPTIONS[] = {
    {.name = "all",
     .letter = 'a',
     .handle = take_plain_all,
     .help = "send it to every process of the container's cgroup"},
    HELP_ROW,
};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct usage USAGE = {
    .line = "kill [--all] ID [SIGNAL]",
    .text = "Sends a signal to the first process of a container: a number, or a name with or "
            "without SIG.\n"
            "The default is SIGTERM.\n",
    .least = 1,
    .most = 2,
    .options = {.sections = SECTIONS, .section_count = 1},
};

int cmd_kill(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct plain_flags flags = {.help = false};
    struct words words;
    int number = SIGTERM;
    *ret_exit_status = 0;
    int result = words_read(invocation, &USAGE, &flags, &flags.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    if (words.id_count > 1)
        TRY(signal_name_parse(words.ids[1], &number, fail));
    AUTO_VIEW struct container_view view = VIEW_NONE;
    TRY(status_view(words.ids[0], invocation->arena, &view, fail));
    return flags.all ? signal_all(&view, number, invocation->arena, fail)
                     : signal_first(&view, number, fail);
}
