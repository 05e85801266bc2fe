#include "ps_containers.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "../host/state_root.h"
#include "../run/status.h"
#include "process_text.h"

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
        return arena_strdup(arena, process_command(record->init_pid, text, sizeof(text)));
    char *command = arena_strdup(arena, record->command);
    process_text_tame(command);
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

static bool is_shown(const struct container_view *view, bool all_wanted)
{
    bool runs = view->status == STATUS_RUNNING || view->status == STATUS_PAUSED;
    return all_wanted || runs || is_restarting(view);
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
int ps_containers(bool all_wanted, bool json, struct arena *arena, struct fail *fail)
{
    const char **ids = NULL;
    size_t count = 0;
    TRY(state_list(arena, &ids, &count, fail));
    state_root_seed_json();
    json_t *all = json ? json_array() : NULL;
    if (all == NULL)
        (void)printf("%-20s %8s  %-13s %-19s  %s\n", "ID", "PID", "STATUS", "STARTED", "COMMAND");
    for (size_t i = 0; i < count; i++) {
        struct fail gone = {.code = 0};
        AUTO_VIEW struct container_view view = VIEW_NONE;
        if (status_view(ids[i], arena, &view, &gone) >= 0 && is_shown(&view, all_wanted))
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
