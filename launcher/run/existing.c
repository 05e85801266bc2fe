#include "existing.h"

#include <errno.h>
#include <string.h>

#include "../spec/bundle.h"
#include "state_files.h"

/* A record of create has a copy of its config.json, one of run --detach its spec in the same form, but for
 * one that a crash left. */
static int recall_spec(struct existing *existing, struct fail *fail)
{
    struct container *container = &existing->container;
    const struct state_record *record = &container->record;
    enum state_file kind = record->monitored ? FILE_SPEC : FILE_CONFIG;
    struct fail missing = {.code = 0};
    char *text = NULL;
    int result = state_file_read(&container->state, kind, container->arena, &text, NULL, &missing);
    if (result == -ENOENT)
        return 0;
    if (result < 0) {
        *fail = missing;
        return result;
    }
    return bundle_recall(record->bundle, record->id, text, strlen(text), container->arena,
                         &existing->spec, fail);
}

static int recall_or_release(struct existing *existing, struct fail *fail)
{
    int result = recall_spec(existing, fail);
    if (result < 0)
        existing_release(existing);
    return result;
}

/* We hold the lock, so nobody is creating it. (status_of would try that lock, and let it go.) */
static enum container_status status_when_locked(const struct container *container)
{
    if (container->record.init_pid == 0)
        return STATUS_STOPPED;
    return status_of(&container->state, &container->record, container->arena);
}

static void take_up(struct existing *existing)
{
    struct container *container = &existing->container;
    container->child.pidfd = status_open_process(&container->record);
    container->child.pid = container->child.pidfd >= 0 ? container->record.init_pid : 0;
    existing->spec = (struct spec){.id = container->record.id};
}

int existing_take(const char *id, const struct trace *trace, struct arena *arena,
                  struct existing *ret_existing, struct fail *fail)
{
    struct container *container = &ret_existing->container;
    *container = container_new(&ret_existing->spec, NULL, trace, arena);
    TRY(state_take(id, arena, &container->state, &container->record, fail));
    ret_existing->status = status_when_locked(container);
    take_up(ret_existing);
    return container->record.plain ? 0 : recall_or_release(ret_existing, fail);
}

int existing_look_at(const char *id, const struct trace *trace, struct arena *arena,
                     struct existing *ret_existing, struct fail *fail)
{
    struct container *container = &ret_existing->container;
    *container = container_new(&ret_existing->spec, NULL, trace, arena);
    TRY(state_open(id, arena, &container->state, &container->record, fail));
    ret_existing->status = status_of(&container->state, &container->record, arena);
    take_up(ret_existing);
    return recall_or_release(ret_existing, fail);
}

void existing_release(struct existing *existing)
{
    own_close(&existing->container.child.pidfd);
    own_close(&existing->container.child.sync_fd);
    own_close(&existing->container.signal_fd);
    state_abandon(&existing->container.state);
}

int existing_wrong_status(const struct existing *existing, const char *doing, const char *hint,
                          struct fail *fail)
{
    (void)fail_set(fail, "%s the container %s: it is %s", doing, existing->container.record.id,
                   container_status_name(existing->status));
    return fail_hint(fail, "%s", hint);
}
