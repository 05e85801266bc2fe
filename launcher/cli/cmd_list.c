#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "../run/status.h"
#include "words.h"

struct list_flags {
    struct plain_flags plain; /* first: the handlers of words.h are used */
    bool names_only;
};

static int take_quiet(void *context, const char *value, struct fail *fail)
{
    struct list_flags *flags = context;
    (void)value, (void)fail;
    flags->names_only = true;
    return 0;
}

static const struct option_row OPTIONS[] = {
    FORMAT_ROW,
    {.name = "quiet", .letter = 'q', .handle = take_quiet, .help = "print the names only"},
    HELP_ROW,
};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct usage USAGE = {
    .line = "list [--format table|json] [--quiet]",
    .text = "Lists all containers of this user: those that run, that wait for start and that have "
            "stopped.\n",
    .least = 0,
    .most = 0,
    .options = {.sections = SECTIONS, .section_count = 1},
};

static const char *owner_name(uid_t uid, struct arena *arena)
{
    const struct passwd *entry = getpwuid(uid);
    return entry != NULL ? arena_strdup(arena, entry->pw_name)
                         : arena_printf(arena, "#%u", (unsigned)uid);
}

static const char *or_none(const char *text)
{
    return text != NULL ? text : "-";
}

static void print_row(const struct container_view *view, struct arena *arena)
{
    const struct state_record *record = &view->record;
    int pid = view->status == STATUS_STOPPED ? 0 : (int)record->init_pid;
    (void)printf("%-20s %8d  %-9s %-30s %-31s %s\n", record->id, pid,
                 container_status_name(view->status), or_none(record->bundle),
                 or_none(record->created), owner_name(record->owner, arena));
}

static void print_one(const struct container_view *view, const struct list_flags *flags,
                      size_t index, struct arena *arena)
{
    if (flags->names_only)
        (void)printf("%s\n", view->record.id);
    else if (flags->plain.json)
        (void)printf("%s%s", index > 0 ? "," : "", status_json(view, arena));
    else
        print_row(view, arena);
}

/* One that is removed meanwhile is passed over. */
static void print_all(const char *const *ids, size_t count, const struct list_flags *flags,
                      struct arena *arena)
{
    size_t printed = 0;
    for (size_t i = 0; i < count; i++) {
        struct fail gone = {.code = 0};
        AUTO_VIEW struct container_view view = VIEW_NONE;
        if (status_view(ids[i], arena, &view, &gone) >= 0)
            print_one(&view, flags, printed++, arena);
    }
}

int cmd_list(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct list_flags flags = {.names_only = false};
    struct words words;
    const char **ids = NULL;
    size_t count = 0;
    *ret_exit_status = 0;
    int result = words_read(invocation, &USAGE, &flags, &flags.plain.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    TRY(state_list(invocation->arena, &ids, &count, fail));
    bool table = !flags.plain.json && !flags.names_only;
    if (table)
        (void)printf("%-20s %8s  %-9s %-30s %-31s %s\n", "ID", "PID", "STATUS", "BUNDLE", "CREATED",
                     "OWNER");
    if (flags.plain.json)
        (void)fputs("[", stdout);
    print_all(ids, count, &flags, invocation->arena);
    if (flags.plain.json)
        (void)puts("]");
    return 0;
}
