#include "container.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "../host/cgroup/freeze.h"
#include "../host/resctrl.h"
#include "../host/tree.h"
#include "../plan/sentence.h"
#include "container_end.h"
#include "container_hooks.h"
#include "container_network.h"
#include "monitor.h"
#include "pid_file.h"
#include "spread.h"
#include "time_text.h"

/* ---- the inverses of the host steps ---- */

static void undo_state(void *subject)
{
    struct container *container = subject;
    if (container->leftovers)
        state_abandon(&container->state);
    else
        state_remove(&container->state);
}

static void undo_cgroup(void *subject)
{
    struct container *container = subject;
    struct cgroup_path paths[CGROUP_PATHS_MAX];
    struct fail fail = {0};
    cgroup_close(&container->cgroup);
    int result = cgroup_remove(paths, cgroup_paths(&container->cgroup, paths), &fail);
    cgroup_step_back(&container->cgroup);
    if (result == 0)
        result = cgroup_end_scope(&container->cgroup, &fail);
    if (result == 0)
        return;
    container->leftovers = true; /* the record stays, and with it the way for gc to find them */
    trace_warning(container->trace, fail.text, "launcher gc tries again");
}

/* A child that v1 has frozen would not die before it is thawed. */
static void undo_child(void *subject)
{
    struct container *container = subject;
    struct cgroup_path paths[CGROUP_PATHS_MAX];
    if (container->child.pid > 0)
        cgroup_thaw(paths, cgroup_paths(&container->cgroup, paths));
    spawn_destroy(&container->child);
}

static void undo_trees(void *subject)
{
    struct container *container = subject;
    for (size_t i = 0; i < container->tree_count; i++)
        own_close(&container->trees[i]);
}

static void undo_joins(void *subject)
{
    join_close(subject);
}

static void undo_tty(void *subject)
{
    tty_end(subject);
}

/* ---- the host steps ---- */

/* A detached container has one already, over all its restarts. */
static int take_record(struct container *container, struct fail *fail)
{
    if (container->monitor != NULL)
        return 0;
    TRY(state_create(container->spec->id, container->arena, &container->state, fail));
    undo_push(&container->undo, undo_state, container);
    return 0;
}

/* Its arguments, as launcher ps shows them. */
static const char *command_text(const struct spec_process *process, struct arena *arena)
{
    enum { SHOWN_MAX = 16 };
    const char *text = "";
    for (size_t i = 0; i < process->arg_count && i < SHOWN_MAX; i++)
        text = arena_printf(arena, "%s%s%.200s", text, i > 0 ? " " : "", process->args[i]);
    return text;
}

static struct state_record describe(const struct container *container)
{
    char now[TIME_TEXT_SIZE];
    const struct spec *spec = container->spec;
    bool stays = container->monitor != NULL || spec->awaits_start;
    struct state_record record = {.id = spec->id, .rootfs = spec->root.path};
    if (!stays)
        return record; /* it goes with launcher: who wants to know more can look at launcher */
    time_text_now(now);
    record.created = arena_strdup(container->arena, now);
    record.owner = geteuid();
    record.monitored = container->monitor != NULL;
    record.command = command_text(&spec->process, container->arena);
    return record;
}

static int record_container(struct container *container, struct fail *fail)
{
    const struct spec *spec = container->spec;
    if (container->plan->needs_cgroup)
        TRY(cgroup_place(spec, container->arena, &container->cgroup, fail));
    TRY(take_record(container, fail));
    container->record = describe(container);
    container->record.cgroup_count = cgroup_paths(&container->cgroup, container->record.cgroups);
    container->record.scope = container->cgroup.scope.unit.name;
    container->record.scope_of_user = container->cgroup.scope.of_user;
    /* Without anything to remove later, the record can wait until the child is at work. */
    return container->plan->needs_cgroup ? state_write(&container->state, &container->record, fail)
                                         : 0;
}

static int create_cgroup(struct container *container, struct fail *fail)
{
    struct cgroup *cgroup = &container->cgroup;
    undo_push(&container->undo, undo_cgroup, container);
    TRY(cgroup_create(cgroup, &container->spec->resources, fail));
    for (size_t i = 0; i < cgroup->warning_count; i++)
        trace_warning(container->trace, cgroup->warnings[i],
                      "with --best-effort the container runs without this limit");
    return 0;
}

/* The child does nothing meanwhile: it has no program yet. */
static int create_scope(struct container *container, struct fail *fail)
{
    container->cgroup.scope.pid = container->child.pid;
    return create_cgroup(container, fail);
}

static bool has_mappings(const struct container *container)
{
    return (container->plan->clone_flags & CLONE_NEWUSER) != 0;
}

static int make_trees(struct container *container, struct fail *fail)
{
    const struct spec *spec = container->spec;
    undo_push(&container->undo, undo_trees, container);
    for (size_t i = 0; i < spec->mount_count; i++) {
        enum passed_kind kind = plan_passed(spec, &spec->mounts[i], container->arena);
        int tree_fd = -1;
        if (kind == PASSED_NOT)
            continue;
        TRY(tree_make(kind, spec, &spec->mounts[i], container->arena, &tree_fd, fail));
        *ARENA_APPEND(container->arena, container->trees, container->tree_count) = tree_fd;
    }
    return 0;
}

/* The pid may have become another process's since it was looked up: asked once the namespace is held. */
static int check_joined_process(const struct spec_namespace *namespace, struct fail *fail)
{
    if (namespace->pid == 0 || state_starttime(namespace->pid) == namespace->starttime)
        return 0;
    return fail_code(fail, -ESRCH, "joining %s", namespace->path);
}

static int open_namespaces(struct container *container, struct fail *fail)
{
    undo_push(&container->undo, undo_joins, &container->joins);
    for (enum namespace_type type = 0; type < NS_COUNT; type++) {
        const struct spec_namespace *joined = plan_joined(container->spec, type);
        if (joined == NULL)
            continue;
        TRY(join_add(&container->joins, type, joined->path, container->arena, fail));
        TRY(check_joined_process(joined, fail));
    }
    return 0;
}

/* NULL: its clocks are the host's. */
static const char *clock_offsets(const struct container *container)
{
    const struct spec_oci *oci = &container->spec->oci;
    const char *text = NULL;
    for (size_t i = 0; i < oci->time_offset_count; i++) {
        const struct spec_time_offset *offset = &oci->time_offsets[i];
        text = arena_printf(container->arena, "%s%s %lld %u\n", text != NULL ? text : "",
                            offset->clock, (long long)offset->seconds, offset->nanoseconds);
    }
    return text;
}

static int check_clocks(const char *offsets, struct fail *fail)
{
    struct utsname kernel;
    if (offsets == NULL || uname(&kernel) < 0 || strtol(kernel.release, NULL, 10) >= 6)
        return 0;
    return fail_set(
        fail,
        "setting the container's clocks needs Linux 6.0, where execve enters the new time "
        "namespace: this is %.60s",
        kernel.release);
}

static int clone_child(struct container *container, struct fail *fail)
{
    struct spawn_options options = {
        .clone_flags = container->plan->clone_flags,
        .joins = &container->joins,
        .clock_offsets = clock_offsets(container),
        .memory_policy = &container->spec->oci.memory_policy,
        .cgroup = &container->cgroup,
        .stdio = container->monitor != NULL ? container->monitor->io.payload : NULL,
        .preserved_fds = container->spec->process.preserved_fds,
        .wait_for_go = has_mappings(container),
    };
    TRY(check_clocks(options.clock_offsets, fail));
    undo_push(&container->undo, undo_child, container);
    TRY(spawn_child(&options, &container->child, fail));
    if (container->monitor != NULL)
        detached_io_given(&container->monitor->io);
    join_close(&container->joins);
    container->report.times.cloned = trace_now_us();
    container->spread = container->plan->sends_netns && spread_begin(container->child.pid);
    return 0;
}

static int map_ids(struct container *container, struct fail *fail)
{
    return spawn_map_ids(&container->child, container->spec, fail);
}

static void undo_rdt(void *subject)
{
    struct container *container = subject;
    struct fail fail = {0};
    if (resctrl_remove(container->record.resctrl, container->record.resctrl_count, &fail) == 0)
        return;
    container->leftovers = true;
    trace_warning(container->trace, fail.text, "launcher gc tries again");
}

/* Only what it makes itself is put on record: of a group that is there already nothing is its own. */
static int enter_rdt(struct container *container, struct fail *fail)
{
    const char *root = NULL;
    struct state_record *record = &container->record;
    TRY(resctrl_check_mounted(&root, fail));
    struct resctrl resctrl =
        resctrl_place(&container->spec->oci.intel_rdt, root, container->spec->id, container->arena);
    TRY(resctrl_check_free(&resctrl, fail));
    record->resctrl_count = resctrl.owned_count;
    for (size_t i = 0; i < resctrl.owned_count; i++)
        record->resctrl[i] = resctrl.owned[i];
    TRY(state_write(&container->state, record, fail));
    undo_push(&container->undo, undo_rdt, container);
    return resctrl_enter(&resctrl, container->child.pid, container->arena, fail);
}

static int send_program(struct container *container, struct fail *fail)
{
    if (has_mappings(container))
        TRY(spawn_go(&container->child, fail));
    TRY(conversation_send_program(container, fail));
    TRY(conversation_send_trees(container, true, fail));
    container->phase = PHASE_APPLYING;
    return 0;
}

/* The record gets its pid only now, when nobody waits for launcher any more. */
static int look_after(struct container *container, struct fail *fail)
{
    container->record.init_pid = container->child.pid;
    container->record.init_starttime = state_starttime(container->child.pid);
    if (state_write(&container->state, &container->record, fail) < 0)
        return fail_context(fail, "recording the container %s", container->spec->id);
    if (container->pid_file != NULL)
        TRY(pid_file_write(container->pid_file, container->child.pid, container->arena, fail));
    return supervise(container, fail);
}

typedef int host_function(struct container *container, struct fail *fail);

static host_function *const HOST_FUNCTIONS[HOST_STEP_COUNT] = {
    [HOST_STATE] = record_container,
    [HOST_NETWORK] = container_take_network,
    [HOST_ETC] = container_write_names,
    [HOST_CGROUP] = create_cgroup,
    [HOST_TREES] = make_trees,
    [HOST_JOIN] = open_namespaces,
    [HOST_CLONE] = clone_child,
    [HOST_SCOPE] = create_scope,
    [HOST_IDMAP] = map_ids,
    [HOST_RDT] = enter_rdt,
    [HOST_SEND] = send_program,
    [HOST_NETNS] = container_make_netns,
    [HOST_SUPERVISE] = look_after,
    [HOST_CREATED] = container_await_created,
};

/* An error of a step begins with the step's own sentence; what ends the container later has its own. */
static int apply_step(struct container *container, const struct host_step *step, struct fail *fail)
{
    char sentence[SENTENCE_MAX];
    if (__builtin_expect(container->trace->on, 0)) {
        host_step_sentence(step, sentence);
        trace_line(container->trace, host_step_tag(step->kind), sentence);
    }
    int result = HOST_FUNCTIONS[step->kind](container, fail);
    if (result >= 0 || step->kind == HOST_SUPERVISE || step->kind == HOST_CREATED)
        return result;
    host_step_sentence(step, sentence);
    return fail_context(fail, "%s", sentence);
}

int container_apply(struct container *container, struct fail *fail)
{
    for (size_t i = 0; i < container->plan->step_count; i++) {
        const struct plan *plan = container->plan;
        TRY(apply_step(container, &plan->steps[i], fail));
        if (container->plan != plan)
            i--; /* the new plan lacks this step */
    }
    return 0;
}

struct container container_new(const struct spec *spec, const struct plan *plan,
                               const struct trace *trace, struct arena *arena)
{
    return (struct container){
        .spec = spec,
        .plan = plan,
        .trace = trace,
        .arena = arena,
        .state = STATE_NONE,
        .cgroup = CGROUP_NONE,
        .child = CHILD_NONE,
        .pasta = PASTA_NONE,
        .tty = {.master = -1},
        .signal_fd = -1,
        .report_fd = -1,
        .report = {.times = {.began = trace->started_us}},
    };
}

int container_live(struct container *container, int *ret_exit_status, struct fail *fail)
{
    const char *report = container->spec->report;
    if (report != NULL)
        TRY(report_open(report, &container->report_fd, fail));
    TRY(supervise_take_signals(&container->signal_fd, fail));
    undo_push(&container->undo, undo_tty, &container->tty);
    container->report.times.planned = trace_now_us();

    int result = container_apply(container, fail);
    container_take_counts(container);
    container_record_end(container);
    undo_all(&container->undo);
    container_hooks_poststop(container);
    own_close(&container->signal_fd);
    if (result >= 0)
        result = container_judge(container, ret_exit_status, fail);
    return container_tell_end(container, result, *ret_exit_status, fail);
}
