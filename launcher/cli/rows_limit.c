#include <string.h>
#include <sys/resource.h>

#include "../spec/parse.h"
#include "../spec/resource_text.h"
#include "../spec/spec_names.h"
#include "run_rows.h"

enum { CPU_MAX = 8192 };

static void set_rlimit(struct run_context *run, struct spec_rlimit rlimit)
{
    struct spec_process *process = &run->spec->process;
    for (size_t i = 0; i < process->rlimit_count; i++)
        if (process->rlimits[i].resource == rlimit.resource) {
            process->rlimits[i] = rlimit;
            return;
        }
    *ARENA_APPEND(run->arena, process->rlimits, process->rlimit_count) = rlimit;
}

static int take_rlimit(void *context, const char *value, struct fail *fail)
{
    struct spec_rlimit rlimit;
    TRY(parse_rlimit(value, &rlimit, fail));
    set_rlimit(context, rlimit);
    return 0;
}

/* The soft limit sends SIGXCPU, which a program may catch; the hard one, a second later, SIGKILL. */
static int take_cpu_time(void *context, const char *value, struct fail *fail)
{
    int64_t seconds = 0;
    TRY(parse_seconds(value, &seconds, fail));
    set_rlimit(context, (struct spec_rlimit){.name = "cpu",
                                             .resource = RLIMIT_CPU,
                                             .soft = (uint64_t)seconds,
                                             .hard = (uint64_t)seconds + 1});
    return 0;
}

static int take_oom_score(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    struct limit score = {.set = true};
    TRY(parse_number(value, -1000, 1000, &score.value, fail));
    run->spec->process.oom_score_adj = score;
    return 0;
}

/* ---- scheduling ---- */

static int parse_deadline(struct run_context *run, const char *text,
                          struct spec_scheduler *scheduler, struct fail *fail)
{
    uint64_t *const fields[] = {&scheduler->runtime_ns, &scheduler->deadline_ns,
                                &scheduler->period_ns};
    const char *cursor = text;
    for (size_t i = 0; i < 3; i++) {
        const char *piece = next_piece(run->arena, &cursor, ':');
        int64_t number = 0;
        if (piece == NULL)
            return fail_set(fail, "deadline needs deadline:RUNTIME:DEADLINE:PERIOD in nanoseconds");
        TRY(parse_number(piece, 1, INT64_MAX, &number, fail));
        *fields[i] = (uint64_t)number;
    }
    return cursor == NULL ? 0 : fail_set(fail, "\"%.60s\" is one number too many", cursor);
}

static int take_scheduler(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    const char *cursor = value;
    const char *name = next_piece(run->arena, &cursor, ':');
    const struct named_number *row = name_find(&scheduler_names, name);
    if (row == NULL)
        return fail_set(fail, "\"%.60s\" is none of other, batch, idle, fifo, rr and deadline",
                        name);
    struct spec_scheduler scheduler = {
        .set = true, .policy = (uint32_t)row->number, .nice = run->spec->process.scheduler.nice};
    int64_t priority = 0;
    if (strcmp(row->name, "deadline") == 0)
        TRY(parse_deadline(run, cursor, &scheduler, fail));
    else if (cursor != NULL)
        TRY(parse_number(cursor, 0, 99, &priority, fail));
    scheduler.priority = (uint32_t)priority;
    run->spec->process.scheduler = scheduler;
    return 0;
}

static int take_nice(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    int64_t nice = 0;
    TRY(parse_number(value, -20, 19, &nice, fail));
    run->spec->process.scheduler.set = true;
    run->spec->process.scheduler.nice = (int32_t)nice;
    return 0;
}

/* ioprio_set(2): class in the upper bits, level (0 is first) in the lower 13. */
static int take_io_priority(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    const char *cursor = value;
    const char *name = next_piece(run->arena, &cursor, ':');
    const struct named_number *row = name_find(&io_class_names, name);
    if (row == NULL)
        return fail_set(fail, "\"%.60s\" is none of realtime, best-effort and idle", name);
    bool idle = strcmp(row->name, "idle") == 0; /* has no levels */
    int64_t level = idle ? 0 : 4;
    if (cursor != NULL)
        TRY(parse_number(cursor, 0, idle ? 0 : 7, &level, fail));
    run->spec->process.io_priority =
        (struct limit){.set = true, .value = row->number * (1 << 13) + level};
    return 0;
}

static int take_affinity(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    struct spec_process *process = &run->spec->process;
    unsigned char mask[CPU_MAX / 8];
    size_t size = 0;
    TRY(parse_cpu_list(value, mask, sizeof(mask), &size, fail));
    process->cpu_affinity = value;
    process->cpu_affinity_mask = (const unsigned char *)arena_copy(run->arena, mask, size);
    process->cpu_affinity_size = size;
    return 0;
}

static const struct option_row rows[] = {
    {.name = "rlimit",
     .aliases = "--ulimit",
     .value = "NAME=SOFT[:HARD]",
     .handle = take_rlimit,
     .help = "resource limit of the process: nofile=1024:4096, core=unlimited"},
    {.name = "cpu-time",
     .value = "TIME",
     .handle = take_cpu_time,
     .help = "end a process that has used a CPU for that long: 10s, 5m"},
    {.name = "oom-score-adj",
     .value = "N",
     .handle = take_oom_score,
     .help = "-1000 (never killed for memory) to 1000 (first)"},
    {.name = "sched",
     .value = "POLICY[:PRIORITY]",
     .handle = take_scheduler,
     .help = "other, batch, idle, fifo, rr, deadline:RUNTIME:DEADLINE:PERIOD"},
    {.name = "nice", .value = "N", .handle = take_nice, .help = "-20 (favoured) to 19"},
    {.name = "ioprio",
     .value = "CLASS[:LEVEL]",
     .handle = take_io_priority,
     .help = "realtime, best-effort or idle; level 0 (first) to 7"},
    {.name = "cpu-affinity",
     .value = "LIST",
     .handle = take_affinity,
     .help = "run on these CPUs only: 0-1,4"},
};
const struct option_section limit_section = SECTION("Limits of a process", rows);
