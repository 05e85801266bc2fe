#include <errno.h>

#include "../run/existing.h"
#include "words.h"

struct delete_flags {
    struct plain_flags plain; /* first: the handlers of words.h are used */
    bool force;
};

static int take_force(void *context, const char *value, struct fail *fail)
{
    struct delete_flags *flags = context;
    (void)value, (void)fail;
    flags->force = true;
    return 0;
}

static const struct option_row OPTIONS[] = {
    {.name = "force",
     .letter = 'f',
     .handle = take_force,
     .help = "also one that runs: kill it first; one that is not there is no error"},
    HELP_ROW,
};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct usage USAGE = {
    .line = "delete [--force] ID",
    .text = "Removes a container that has stopped, or was created and never started, with all that "
            "it owns on\n"
            "the host.\n",
    .least = 1,
    .most = 1,
    .options = {.sections = SECTIONS, .section_count = 1},
};

static int end_foreign(const char *id, const struct trace *trace, struct arena *arena,
                       struct fail *fail)
{
    AUTO_EXISTING struct existing existing = EXISTING_NONE;
    *fail = (struct fail){.code = 0};
    TRY(existing_look_at(id, trace, arena, &existing, fail));
    return existing_end_foreign(&existing, fail);
}

int cmd_delete(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct delete_flags flags = {.force = false};
    struct words words;
    *ret_exit_status = 0;
    int result = words_read(invocation, &USAGE, &flags, &flags.plain.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    struct trace trace = trace_of(invocation);
    AUTO_EXISTING struct existing existing = EXISTING_NONE;
    result = existing_take(words.ids[0], &trace, invocation->arena, &existing, fail);
    if (result == -ENOENT && flags.force)
        return 0; /* engines delete once more to be sure */
    if (result == -EBUSY && flags.force)
        return end_foreign(words.ids[0], &trace, invocation->arena, fail);
    TRY(result);
    return existing_delete(&existing, flags.force, fail);
}
