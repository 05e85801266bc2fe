#include <errno.h>
#include <signal.h>

#include "../run/ending.h"
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
    .line = "delete|rm [--force] ID...",
    .text =
        "Removes containers that have stopped, or were created and never started, with all that "
        "they own on\n"
        "the host, their logs too.\n",
    .least = 1,
    .most = WORDS_MAX,
    .options = {.sections = SECTIONS, .section_count = 1},
};

static int delete_stopped(const char *id, bool force, const struct trace *trace,
                          struct arena *arena, struct fail *fail)
{
    AUTO_EXISTING struct existing existing = EXISTING_NONE;
    TRY(existing_take(id, trace, arena, &existing, fail));
    return existing_delete(&existing, force, fail);
}

/* One that a launcher looks after is ended first: that one removes it, or leaves what it keeps. */
static int delete_by_force(const char *id, const struct trace *trace, struct arena *arena,
                           struct fail *fail)
{
    const struct stop_options kill = {.signal_number = SIGKILL, .timeout_ms = STATUS_KILL_WAIT_MS};
    struct fail refused = {.code = 0};
    int result = delete_stopped(id, true, trace, arena, &refused);
    if (result == -EBUSY) {
        refused = (struct fail){.code = 0};
        result = container_stop(id, &kill, arena, &refused);
        if (result >= 0)
            result = delete_stopped(id, true, trace, arena, &refused);
    }
    if (result == -ENOENT)
        return 0; /* engines delete once more to be sure */
    if (result < 0)
        *fail = refused;
    return result;
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
    for (size_t i = 0; i < words.id_count; i++)
        TRY(flags.force ? delete_by_force(words.ids[i], &trace, invocation->arena, fail)
                        : delete_stopped(words.ids[i], false, &trace, invocation->arena, fail));
    return 0;
}
