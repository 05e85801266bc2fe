#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "../observe/log_follow.h"
#include "../run/status.h"
#include "../spec/parse.h"
#include "words.h"

struct logs_flags {
    struct plain_flags plain; /* first: the handlers of words.h are used */
    bool follow, timestamps;
    long tail; /* -1: all */
};

static int take_follow(void *context, const char *value, struct fail *fail)
{
    struct logs_flags *flags = context;
    (void)value, (void)fail;
    flags->follow = true;
    return 0;
}

static int take_timestamps(void *context, const char *value, struct fail *fail)
{
    struct logs_flags *flags = context;
    (void)value, (void)fail;
    flags->timestamps = true;
    return 0;
}

static int take_tail(void *context, const char *value, struct fail *fail)
{
    struct logs_flags *flags = context;
    int64_t count = -1;
    if (strcmp(value, "all") != 0)
        TRY(parse_number(value, -1, INT32_MAX, &count, fail));
    flags->tail = (long)count;
    return 0;
}

static const struct option_row OPTIONS[] = {
    {.name = "follow",
     .letter = 'f',
     .handle = take_follow,
     .help = "go on with what it prints, until it has ended"},
    {.name = "tail",
     .aliases = "-n",
     .value = "N",
     .handle = take_tail,
     .help = "begin with the last N lines (default: all)"},
    {.name = "timestamps",
     .letter = 't',
     .handle = take_timestamps,
     .help = "put before each line when it came"},
    HELP_ROW,
};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct usage USAGE = {
    .line = "logs [--follow] [--tail N] [--timestamps] ID",
    .text = "Prints what a container that was started with run --detach has printed: its stdout "
            "to stdout, its\n"
            "stderr to stderr.\n",
    .least = 1,
    .most = 1,
    .options = {.sections = SECTIONS, .section_count = 1},
};

/* What has been printed of a line so far: a line that comes in pieces gets one time only. */
struct printer {
    const struct logs_flags *flags;
    bool within[2]; /* a line of this stream, whose rest is to come */
};

static void print_record(struct printer *printer, const struct log_record *record)
{
    FILE *file = record->stream == LOG_STDERR ? stderr : stdout;
    if (file == stderr)
        (void)fflush(stdout); /* both may go to the same place: what came first comes first */
    if (printer->flags->timestamps && !printer->within[record->stream])
        (void)fprintf(file, "%.*s ", (int)record->time_size, record->time);
    (void)fwrite(record->text, 1, record->size, file);
    if (record->whole)
        (void)fputc('\n', file);
    printer->within[record->stream] = !record->whole;
}

static int print_new(struct printer *printer, struct log_reader *reader, struct fail *fail)
{
    struct log_record record;
    int result;
    while ((result = log_reader_next(reader, &record, fail)) > 0) {
        log_reader_tell_gap(reader);
        print_record(printer, &record);
    }
    if (result >= 0 && fflush(stdout) != 0)
        return fail_sys(fail, "writing to stdout");
    return result;
}

static int follow_log(struct printer *printer, struct log_reader *reader, struct log_follow *follow,
                      struct fail *fail)
{
    for (;;) {
        bool ended = log_follow_ended(follow);
        TRY(print_new(printer, reader, fail));
        if (ended)
            return 0;
        if (log_follow_rearm(follow, reader))
            continue;
        struct pollfd fds[] = {{.fd = follow->inotify_fd, .events = POLLIN},
                               {.fd = follow->monitor_fd, .events = POLLIN}};
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return fail_sys(fail, "waiting for the container");
        log_follow_heard(follow);
    }
}

static int print_log(const struct state *state, const struct logs_flags *flags, struct arena *arena,
                     struct log_reader *reader, struct fail *fail)
{
    struct printer printer = {.flags = flags};
    struct log_follow follow = LOG_FOLLOW_NONE;
    if (flags->tail >= 0)
        TRY(log_reader_skip_to_tail(reader, flags->tail, arena, fail));
    if (!flags->follow)
        return print_new(&printer, reader, fail);
    TRY(log_follow_open(state, arena, &follow, fail));
    int result = follow_log(&printer, reader, &follow, fail);
    log_follow_close(&follow);
    return result;
}

int cmd_logs(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct logs_flags flags = {.tail = -1};
    struct words words;
    *ret_exit_status = 0;
    int result = words_read(invocation, &USAGE, &flags, &flags.plain.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    struct arena *arena = invocation->arena;
    AUTO_VIEW struct container_view view = VIEW_NONE;
    struct log_reader *reader = arena_alloc(arena, sizeof(*reader));
    TRY(status_view(words.ids[0], arena, &view, fail));
    TRY(log_reader_open(&view.state, arena, reader, fail));
    result = print_log(&view.state, &flags, arena, reader, fail);
    log_reader_close(reader);
    return result;
}
