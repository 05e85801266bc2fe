#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "../host/state_root.h"
#include "../run/signalling.h"
#include "words.h"

struct ps_flags {
    struct plain_flags plain; /* first: the handlers of words.h are used */
    bool all;
};

static int take_all(void *context, const char *value, struct fail *fail)
{
    struct ps_flags *flags = context;
    (void)value, (void)fail;
    flags->all = true;
    return 0;
}

static const struct option_row OPTIONS[] = {
    {.name = "all",
     .letter = 'a',
     .handle = take_all,
     .help = "also containers that have stopped or wait for start"},
    {.name = "json", .handle = take_plain_json, .help = "print JSON"},
    FORMAT_ROW,
    HELP_ROW,
};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct usage USAGE = {
    .line = "ps [--all] [--json] [ID]",
    .text =
        "Lists the containers of this user that run. With a name it lists the processes of that "
        "one, by their\n"
        "pids on the host; as JSON these are an array of numbers.\n",
    .least = 0,
    .most = 1,
    .options = {.sections = SECTIONS, .section_count = 1},
};

/* ---- the processes of a container ---- */

/* It is the container's text, and this may be a terminal. */
static void tame(char *text)
{
    for (char *letter = text; *letter != '\0'; letter++)
        if ((unsigned char)*letter < ' ' || *letter == 127)
            *letter = '?';
}

/* Its arguments; "" when it has ended. */
static const char *command_of(pid_t pid, char *text, size_t size)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);
    text[length > 0 ? length : 0] = '\0';
    for (ssize_t i = 0; i + 1 < length; i++)
        if (text[i] == '\0')
            text[i] = ' ';
    tame(text);
    return text;
}

static void print_process_table(const pid_t *pids, size_t count)
{
    char command[256];
    (void)printf("%8s  %s\n", "PID", "COMMAND");
    for (size_t i = 0; i < count; i++)
        (void)printf("%8d  %s\n", (int)pids[i], command_of(pids[i], command, sizeof(command)));
}

static void print_pids(const pid_t *pids, size_t count)
{
    (void)fputs("[", stdout);
    for (size_t i = 0; i < count; i++)
        (void)printf("%s%d", i > 0 ? "," : "", (int)pids[i]);
    (void)puts("]");
}

static int print_processes(const char *id, bool json, struct arena *arena, struct fail *fail)
{
    pid_t *pids = NULL;
    size_t count = 0;
    AUTO_VIEW struct container_view view = VIEW_NONE;
    TRY(status_view(id, arena, &view, fail));
    TRY(container_pids(&view, arena, &pids, &count, fail));
    if (json)
        print_pids(pids, count);
    else
        print_process_table(pids, count);
    return 0;
}

/* ---- the containers ---- */

/* A monitor is there though the process has ended: it is about to start the next one. */
static bool is_restarting(const struct container_view *view)
{
    if (!view->record.monitored || view->status != STATUS_STOPPED)
        return false;
    bool locked = flock(view->state.file_fd, LOCK_SH | LOCK_NB) < 0;
    if (!locked)
        (void)flock(view->state.file_fd, LOCK_UN);
    return locked;
}

static const char *status_text(const struct container_view *view, struct arena *arena)
{
    const struct limit *status = &view->record.end.status;
    const char *name = container_status_name(view->status);
    if (is_restarting(view))
        return "restarting";
    return status->set ? arena_printf(arena, "%s (%lld)", name, (long long)status->value) : name;
}

/* When its first process began, in the time of the caller; proc_pid_stat(5), field 22. */
static const char *started_text(const struct state_record *record, struct arena *arena)
{
    struct timespec now, boot;
    struct tm local;
    char text[32];
    if (record->init_starttime == 0)
        return "-";
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)clock_gettime(CLOCK_BOOTTIME, &boot);
    time_t started = now.tv_sec - boot.tv_sec +
                     (time_t)(record->init_starttime / (uint64_t)sysconf(_SC_CLK_TCK));
    (void)localtime_r(&started, &local);
    (void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &local);
    return arena_strdup(arena, text);
}

/* Of one that launcher run looks after, the record says little: its processes tell. */
static const char *container_command(const struct container_view *view, struct arena *arena)
{
    char text[256];
    const struct state_record *record = &view->record;
    if (record->command == NULL)
        return arena_strdup(arena, command_of(record->init_pid, text, sizeof(text)));
    char *command = arena_strdup(arena, record->command);
    tame(command);
    return command;
}

static int pid_of(const struct container_view *view)
{
    return view->status == STATUS_STOPPED ? 0 : (int)view->record.init_pid;
}

static json_t *container_to_json(const struct container_view *view, struct arena *arena)
{
    const struct limit *status = &view->record.end.status;
    return json_pack(
        "{s:s, s:i, s:s, s:s, s:s, s:o}", "id", view->record.id, "pid", pid_of(view), "status",
        is_restarting(view) ? "restarting" : container_status_name(view->status), "started",
        started_text(&view->record, arena), "command", container_command(view, arena), "exitStatus",
        status->set ? json_integer(status->value) : json_null());
}

static bool is_shown(const struct container_view *view, const struct ps_flags *flags)
{
    bool runs = view->status == STATUS_RUNNING || view->status == STATUS_PAUSED;
    return flags->all || runs || is_restarting(view);
}

static void print_container(const struct container_view *view, json_t *all, struct arena *arena)
{
    if (all != NULL)
        (void)json_array_append_new(all, container_to_json(view, arena));
    else
        (void)printf("%-20s %8d  %-13s %-19s  %s\n", view->record.id, pid_of(view),
                     status_text(view, arena), started_text(&view->record, arena),
                     container_command(view, arena));
}

/* One that is removed meanwhile is passed over. */
static int print_containers(const struct ps_flags *flags, struct arena *arena, struct fail *fail)
{
    const char **ids = NULL;
    size_t count = 0;
    TRY(state_list(arena, &ids, &count, fail));
    json_t *all = flags->plain.json ? json_array() : NULL;
    if (all == NULL)
        (void)printf("%-20s %8s  %-13s %-19s  %s\n", "ID", "PID", "STATUS", "STARTED", "COMMAND");
    for (size_t i = 0; i < count; i++) {
        struct fail gone = {.code = 0};
        AUTO_VIEW struct container_view view = VIEW_NONE;
        if (status_view(ids[i], arena, &view, &gone) >= 0 && is_shown(&view, flags))
            print_container(&view, all, arena);
    }
    if (all == NULL)
        return 0;
    AUTO_FREE char *text = json_dumps(all, JSON_COMPACT);
    json_decref(all);
    if (text == NULL)
        return fail_set(fail, "printing the containers as JSON: they hold text that is not UTF-8");
    (void)puts(text);
    return 0;
}

int cmd_ps(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct ps_flags flags = {.all = false};
    struct words words;
    *ret_exit_status = 0;
    int result = words_read(invocation, &USAGE, &flags, &flags.plain.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    if (words.id_count > 0)
        return print_processes(words.ids[0], flags.plain.json, invocation->arena, fail);
    state_root_seed_json();
    return print_containers(&flags, invocation->arena, fail);
}
