#include "stats.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "../host/cgroup/freeze.h"
#include "../run/usage_json.h"

/* ---- measuring ---- */

/* The clock in which the kernel counts the start of processes, proc_pid_stat(5). */
static int64_t boottime_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_BOOTTIME, &now); /* can't fail for this clock */
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static const struct stats *find_before(const struct stats_sample *before, const struct stats *now)
{
    for (size_t i = 0; before != NULL && i < before->count; i++)
        if (before->rows[i].starttime == now->starttime && strcmp(before->rows[i].id, now->id) == 0)
            return &before->rows[i];
    return NULL;
}

static void find_cpu_percent(struct stats *now, const struct stats_sample *before)
{
    const struct stats *earlier = find_before(before, now);
    int64_t ticks_per_second = sysconf(_SC_CLK_TCK);
    int64_t since_us =
        earlier != NULL ? earlier->taken_us : (int64_t)now->starttime * 1000000 / ticks_per_second;
    int64_t used_us = now->usage.cpu_us.value - (earlier != NULL ? earlier->usage.cpu_us.value : 0);
    now->has_cpu_percent = now->usage.cpu_us.set && now->taken_us > since_us;
    if (now->has_cpu_percent)
        now->cpu_percent = 100.0 * (double)used_us / (double)(now->taken_us - since_us);
}

static void measure(const struct live *live, struct stats *ret_stats)
{
    struct fail no_psi = {0};
    struct cgroup_path paths[CGROUP_PATHS_MAX];
    const char *unified = live_unified_path(live);
    *ret_stats = (struct stats){.id = live->record.id,
                                .pid = live->record.init_pid,
                                .starttime = live->record.init_starttime};
    cgroup_measure(&live->cgroup, &ret_stats->usage);
    ret_stats->taken_us = boottime_us();
    if (cgroup_is_frozen(paths, cgroup_paths(&live->cgroup, paths), &ret_stats->paused) < 0)
        ret_stats->paused = false; /* without a freezer nothing is paused */
    ret_stats->has_psi = unified != NULL && psi_read(unified, &ret_stats->psi, &no_psi) >= 0;
}

/* `required`: somebody asked for this one. What ended while it was measured has ended. */
static int add(struct stats_sample *sample, const char *id, bool required,
               const struct stats_sample *before, struct fail *fail)
{
    struct fail gone = {0};
    AUTO_LIVE struct live live = LIVE_NONE;
    struct stats stats;
    int result = live_open(id, &sample->arena, &live, &gone);
    if (result >= 0)
        measure(&live, &stats);
    if (result >= 0 && live_runs(&live)) {
        find_cpu_percent(&stats, before);
        *ARENA_APPEND(&sample->arena, sample->rows, sample->count) = stats;
        return 0;
    }
    if (result >= 0 || !required)
        return 0;
    *fail = gone;
    return result;
}

int stats_take(const char *const *ids, size_t id_count, const struct stats_sample *before,
               struct stats_sample *ret_sample, struct fail *fail)
{
    *ret_sample = (struct stats_sample){.count = 0};
    const char **found = NULL;
    size_t found_count = 0;
    if (id_count == 0)
        TRY(state_list(&ret_sample->arena, &found, &found_count, fail));
    for (size_t i = 0; i < id_count; i++)
        TRY(add(ret_sample, ids[i], before == NULL, before, fail));
    for (size_t i = 0; i < found_count; i++)
        TRY(add(ret_sample, found[i], false, before, fail));
    return 0;
}

void stats_release(struct stats_sample *sample)
{
    arena_release(&sample->arena);
    *sample = (struct stats_sample){.count = 0};
}

/* ---- as a table ---- */

enum { CELL_MAX = 32 };

static void size_cell(struct limit size, char cell[CELL_MAX])
{
    static const char units[] = "BKMGT";
    double value = (double)size.value;
    size_t unit = 0;
    for (; value >= 1024 && units[unit + 1] != '\0'; unit++)
        value /= 1024;
    if (!size.set)
        (void)strcpy(cell, "-");
    else if (size.value < 0)
        (void)strcpy(cell, "none");
    else
        (void)snprintf(cell, CELL_MAX, unit == 0 || value >= 100 ? "%.0f%c" : "%.1f%c", value,
                       units[unit]);
}

static void time_cell(struct limit time_us, char cell[CELL_MAX])
{
    if (time_us.set)
        (void)snprintf(cell, CELL_MAX, "%.2fs", (double)time_us.value / 1e6);
    else
        (void)strcpy(cell, "-");
}

static void count_cell(struct limit count, char cell[CELL_MAX])
{
    if (count.set)
        (void)snprintf(cell, CELL_MAX, "%lld", (long long)count.value);
    else
        (void)strcpy(cell, "-");
}

static void percent_cell(bool known, double percent, char cell[CELL_MAX])
{
    if (known)
        (void)snprintf(cell, CELL_MAX, "%.1f", percent);
    else
        (void)strcpy(cell, "-");
}

static void name_cell(const struct stats *stats, char cell[CELL_MAX])
{
    (void)snprintf(cell, CELL_MAX, "%.20s%s", stats->id, stats->paused ? " (paused)" : "");
}

static void cpu_cell(const struct stats *stats, char cell[CELL_MAX])
{
    percent_cell(stats->has_cpu_percent, stats->cpu_percent, cell);
}

/* How much of the last ten seconds some process waited for it. */
#define PRESSURE_CELL(NAME, RESOURCE)                                                   \
    static void NAME(const struct stats *stats, char cell[CELL_MAX])                    \
    {                                                                                   \
        percent_cell(stats->has_psi, stats->psi.lines[RESOURCE][PSI_SOME].avg10, cell); \
    }
#define USAGE_CELL(NAME, FORM, FIELD)                                \
    static void NAME(const struct stats *stats, char cell[CELL_MAX]) \
    {                                                                \
        FORM(stats->usage.FIELD, cell);                              \
    }

USAGE_CELL(cpu_time_cell, time_cell, cpu_us)
USAGE_CELL(throttled_cell, time_cell, cpu_throttled_us)
USAGE_CELL(memory_cell, size_cell, memory_now)
USAGE_CELL(limit_cell, size_cell, memory_limit)
USAGE_CELL(peak_cell, size_cell, memory_peak)
USAGE_CELL(pids_cell, count_cell, pids_now)
USAGE_CELL(read_cell, size_cell, read_bytes)
USAGE_CELL(written_cell, size_cell, write_bytes)
PRESSURE_CELL(cpu_pressure_cell, PSI_CPU)
PRESSURE_CELL(memory_pressure_cell, PSI_MEMORY)
PRESSURE_CELL(io_pressure_cell, PSI_IO)

static const struct {
    const char *head;
    int width; /* negative: to the left */
    void (*cell)(const struct stats *stats, char cell[CELL_MAX]);
} COLUMNS[] = {
    {"NAME", -20, name_cell},
    {"CPU%", 6, cpu_cell},
    {"CPU-TIME", 9, cpu_time_cell},
    {"THROTTLED", 9, throttled_cell},
    {"MEMORY", 7, memory_cell},
    {"LIMIT", 7, limit_cell},
    {"PEAK", 7, peak_cell},
    {"PIDS", 5, pids_cell},
    {"READ", 7, read_cell},
    {"WRITTEN", 7, written_cell},
    {"CPU-PSI", 7, cpu_pressure_cell},
    {"MEM-PSI", 7, memory_pressure_cell},
    {"IO-PSI", 6, io_pressure_cell},
};

enum { COLUMN_COUNT = sizeof(COLUMNS) / sizeof(COLUMNS[0]) };

static void print_line(const struct stats *stats, FILE *file)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        char cell[CELL_MAX];
        (void)snprintf(cell, sizeof(cell), "%s", COLUMNS[i].head);
        if (stats != NULL)
            COLUMNS[i].cell(stats, cell);
        (void)fprintf(file, "%s%*s", i > 0 ? " " : "", COLUMNS[i].width, cell);
    }
    (void)fputc('\n', file);
}

void stats_print_table(const struct stats_sample *sample, FILE *file)
{
    print_line(NULL, file);
    for (size_t i = 0; i < sample->count; i++)
        print_line(&sample->rows[i], file);
}

/* ---- as JSON ---- */

json_t *stats_to_json(const struct stats *stats)
{
    json_t *json = json_pack("{s:s, s:i, s:b}", "id", stats->id, "pid", (int)stats->pid, "paused",
                             stats->paused);
    usage_to_json(&stats->usage, USAGE_NOW, json);
    json_t *percent = stats->has_cpu_percent ? json_real(stats->cpu_percent) : json_null();
    (void)json_object_set_new(json_object_get(json, "cpu"), "percent", percent);
    json_t *psi = stats->has_psi ? psi_to_json(&stats->psi) : json_null();
    (void)json_object_set_new(json, "psi", psi);
    return json;
}

int stats_print_json(const struct stats_sample *sample, FILE *file, struct fail *fail)
{
    for (size_t i = 0; i < sample->count; i++) {
        json_t *json = stats_to_json(&sample->rows[i]);
        AUTO_FREE char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(6));
        json_decref(json);
        if (text == NULL)
            return fail_code(fail, -ENOMEM, "printing what the container %s uses",
                             sample->rows[i].id);
        (void)fprintf(file, "%s\n", text); /* main looks whether that worked */
    }
    return 0;
}
