#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "../../shared/fully.h"
#include "../spec/parse.h"
#include "usage_json.h"

/* ---- the judgement ---- */

static bool killed_by(const struct report *report, int signal_number)
{
    return report->ended && WIFSIGNALED(report->wait_status) &&
           WTERMSIG(report->wait_status) == signal_number;
}

static const struct spec_rlimit *cpu_time_limit(const struct spec *spec)
{
    for (size_t i = 0; i < spec->process.rlimit_count; i++)
        if (spec->process.rlimits[i].resource == RLIMIT_CPU)
            return &spec->process.rlimits[i];
    return NULL;
}

/* Without a count of the OOMs the peak has to tell: before it kills, the kernel has tried to charge
 * single pages, so only a part of the last batch of 64 can be missing from the limit. */
static bool own_limit_was_hit(const struct cgroup_usage *usage)
{
    enum { BATCH_BYTES = 1024 * 1024 };
    if (!usage->memory_limit.set || usage->memory_limit.value < 0)
        return false;
    if (usage->memory_failures.set)
        return usage->memory_failures.value > 0;
    return usage->memory_limit.value - usage->memory_peak.value < BATCH_BYTES;
}

enum report_cause report_cause(const struct report *report, const struct spec *spec)
{
    const struct cgroup_usage *usage = &report->usage;
    if (usage->oom_kills.value > 0)
        return own_limit_was_hit(usage) ? ENDED_BY_MEMORY_LIMIT : ENDED_BY_LACK_OF_MEMORY;
    bool cpu_limited = cpu_time_limit(spec) != NULL;
    return cpu_limited && killed_by(report, SIGXCPU) ? ENDED_BY_CPU_TIME : ENDED_BY_ITSELF;
}

/* "100 MiB", "1.5 GiB", "512 KiB" */
static const char *size_text(int64_t bytes, struct arena *arena)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    double size = (double)bytes;
    for (; size >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0]); unit++)
        size /= 1024;
    bool whole = size >= 100 || size - (double)(int64_t)size < 0.05;
    return arena_printf(arena, whole ? "%.0f %s" : "%.1f %s", size, units[unit]);
}

static const char *memory_numbers(const struct cgroup_usage *usage, struct arena *arena)
{
    const char *text = "";
    if (usage->memory_limit.set && usage->memory_limit.value > 0)
        text = arena_printf(arena, "%s; ", size_text(usage->memory_limit.value, arena));
    if (usage->memory_peak.set)
        text = arena_printf(arena, "%speak %s, ", text, size_text(usage->memory_peak.value, arena));
    return arena_printf(arena, "%soom_kill %lld", text, (long long)usage->oom_kills.value);
}

static const char *who_was_killed(const struct report *report)
{
    if (killed_by(report, SIGKILL))
        return "the payload was";
    if (!report->ended)
        return "the container was";
    return report->usage.oom_kills.value == 1 ? "a process of the payload was"
                                              : "processes of the payload were";
}

const char *report_line(const struct report *report, const struct spec *spec, struct arena *arena)
{
    const struct spec_rlimit *cpu_time = cpu_time_limit(spec);
    switch (report_cause(report, spec)) {
    case ENDED_BY_MEMORY_LIMIT:
        return arena_printf(arena, "%s killed by the memory limit (%s)", who_was_killed(report),
                            memory_numbers(&report->usage, arena));
    case ENDED_BY_LACK_OF_MEMORY:
        return arena_printf(arena,
                            "%s killed for want of memory on the host or in a cgroup above (%s)",
                            who_was_killed(report), memory_numbers(&report->usage, arena));
    case ENDED_BY_CPU_TIME:
        return arena_printf(arena, "the payload was killed by the CPU time limit (%llu s)",
                            (unsigned long long)cpu_time->soft);
    case ENDED_BY_ITSELF:
        break;
    }
    return "";
}

/* ---- JSON ---- */

static const char *const CAUSE_NAMES[] = {
    [ENDED_BY_ITSELF] = "itself",
    [ENDED_BY_MEMORY_LIMIT] = "memory-limit",
    [ENDED_BY_LACK_OF_MEMORY] = "memory-elsewhere",
    [ENDED_BY_CPU_TIME] = "cpu-time-limit",
};

/* From `from` to `to`; null when one of them never came. */
static json_t *span(int64_t from, int64_t to)
{
    return from != 0 && to != 0 ? json_integer(to - from) : json_null();
}

static json_t *phases_to_json(const struct report_times *times)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "plan", span(times->began, times->planned),
                     "prepare", span(times->planned, times->cloned), "build",
                     span(times->cloned, times->started), "run", span(times->started, times->ended),
                     "remove", span(times->ended, times->removed), "total",
                     span(times->began, times->removed));
}

static json_t *report_to_json(const struct report *report, const struct spec *spec,
                              const char *error)
{
    struct limit code = {.set = report->ended && WIFEXITED(report->wait_status)};
    struct limit signal_number = {.set = report->ended && WIFSIGNALED(report->wait_status)};
    code.value = code.set ? WEXITSTATUS(report->wait_status) : 0;
    signal_number.value = signal_number.set ? WTERMSIG(report->wait_status) : 0;
    json_t *json = json_pack(
        "{s:s, s:i, s:o, s:o, s:s, s:o, s:s?}", "id", spec->id, "status", report->exit_status,
        "code", usage_number(code), "signal", usage_number(signal_number), "cause",
        error != NULL ? "launcher" : CAUSE_NAMES[report_cause(report, spec)], "orphans_reaped",
        usage_number(report->orphans_reaped), "error", error);
    usage_to_json(&report->usage, USAGE_AT_END, json);
    (void)json_object_set_new(json, "phases_us", phases_to_json(&report->times));
    return json;
}

/* ---- where it goes ---- */

int report_open(const char *target, int *ret_fd, struct fail *fail)
{
    struct fail no_number = {0};
    int64_t number = 0;
    *ret_fd = -1;
    bool descriptor = parse_number(target, 1, INT32_MAX, &number, &no_number) == 0;
    if (descriptor) {
        *ret_fd = fcntl((int)number, F_DUPFD_CLOEXEC, 3);
        int flags = *ret_fd < 0 ? O_RDONLY : fcntl(*ret_fd, F_GETFL) & O_ACCMODE;
        if (*ret_fd >= 0 && flags != O_RDONLY)
            return 0;
        (void)fail_code(fail, -EBADF, "option --report: the descriptor %s", target);
        return fail_hint(fail, "it must be open for writing; a file of that name is ./%s", target);
    }
    *ret_fd = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC, 0666);
    return *ret_fd < 0 ? fail_sys(fail, "option --report: %.300s", target) : 0;
}

int report_write(int fd, const struct report *report, const struct spec *spec, const char *error,
                 struct fail *fail)
{
    json_t *json = report_to_json(report, spec, error);
    AUTO_FREE char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (text == NULL)
        return fail_code(fail, -ENOMEM, "writing the report");
    if (write_fully(fd, text, strlen(text)) < 0 || write_fully(fd, "\n", 1) < 0)
        return fail_sys(fail, "writing the report");
    return 0;
}
