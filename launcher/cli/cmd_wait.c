#include <stdio.h>

#include "../run/ending.h"
#include "words.h"

static const struct option_row OPTIONS[] = {HELP_ROW};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct usage USAGE = {
    .line = "wait ID...",
    .text = "Waits until the containers have ended and will not be started again, and prints the "
            "exit status of\n"
            "each on a line of its own. Of one that launcher create has made only its creator gets "
            "it.\n",
    .least = 1,
    .most = WORDS_MAX,
    .options = {.sections = SECTIONS, .section_count = 1},
};

static int wait_for(const char *id, struct arena *arena, struct fail *fail)
{
    struct limit status;
    TRY(container_await(id, arena, &status, fail));
    if (!status.set) {
        (void)fail_set(fail,
                       "waiting for the container %s: it has ended, but its exit status is not on "
                       "record",
                       id);
        return fail_hint(fail,
                         "the program that started it has got it; launcher run --detach keeps it");
    }
    (void)printf("%lld\n", (long long)status.value);
    return 0;
}

int cmd_wait(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct plain_flags flags = {.help = false};
    struct words words;
    *ret_exit_status = 0;
    int result = words_read(invocation, &USAGE, &flags, &flags.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    for (size_t i = 0; i < words.id_count; i++) {
        TRY(wait_for(words.ids[i], invocation->arena, fail));
        (void)fflush(stdout);
    }
    return 0;
}
