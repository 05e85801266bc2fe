/* pause and its opposite, resume. */
#include "../observe/live.h"
#include "words.h"

static const struct option_row OPTIONS[] = {HELP_ROW};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct usage PAUSE = {
    .line = "pause ID",
    .text = "Stops all processes of a container where they are, until launcher resume. It keeps "
            "its memory;\n"
            "a signal waits. launcher run passes SIGTERM, SIGINT, SIGHUP and SIGQUIT on and "
            "resumes it, so\n"
            "that it ends.\n",
    .least = 1,
    .most = 1,
    .options = {.sections = SECTIONS, .section_count = 1},
};

static const struct usage RESUME = {
    .line = "resume ID",
    .text = "Lets a container go on that launcher pause has stopped.\n",
    .least = 1,
    .most = 1,
    .options = {.sections = SECTIONS, .section_count = 1},
};

static int set_frozen(struct invocation *invocation, const struct usage *usage, bool frozen,
                      int *ret_exit_status, struct fail *fail)
{
    struct plain_flags flags = {.help = false};
    struct words words;
    *ret_exit_status = 0;
    int result = words_read(invocation, usage, &flags, &flags.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    AUTO_LIVE struct live live = LIVE_NONE;
    TRY(live_open(words.ids[0], invocation->arena, &live, fail));
    return live_freeze(&live, frozen, fail);
}

int cmd_pause(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    return set_frozen(invocation, &PAUSE, true, ret_exit_status, fail);
}

int cmd_resume(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    return set_frozen(invocation, &RESUME, false, ret_exit_status, fail);
}
