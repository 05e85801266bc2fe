#include "usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver.h"

/* How a number is found in the text of a file. */
enum value_form {
    FORM_ALONE,   /* the file is one number, or "max" */
    FORM_KEY,     /* lines "key number": `key` names one */
    FORM_PSI,     /* "some avg10=0.00 ... total=12": `key` is "some" or "full" */
    FORM_IO_STAT, /* v2, lines "8:0 rbytes=1 wbytes=2": the sum of `key` over the disks */
    FORM_BLKIO,   /* v1, lines "8:0 Read 1": the same */
};

struct value_row {
    const char *file;
    enum value_form form;
    const char *key;
    size_t offset; /* of its struct limit in struct cgroup_usage */
    int divisor;   /* of nanoseconds: 1000; 0: none */
    bool tree;     /* v1 counts it in each cgroup for itself: the sum over those below */
};

#define ROW(FILE, FORM, KEY, FIELD, ...)                                          \
    {                                                                             \
        .file = (FILE), .form = FORM_##FORM, .key = (KEY),                        \
        .offset = offsetof(struct cgroup_usage, FIELD) __VA_OPT__(, ) __VA_ARGS__ \
    }

static const struct value_row V2_ROWS[] = {
    ROW("memory.max", ALONE, NULL, memory_limit),
    ROW("memory.peak", ALONE, NULL, memory_peak),
    ROW("memory.current", ALONE, NULL, memory_now),
    ROW("pids.current", ALONE, NULL, pids_now),
    ROW("memory.events", KEY, "oom_kill", oom_kills),
    ROW("memory.events", KEY, "oom", memory_failures),
    ROW("memory.events", KEY, "high", memory_high_hits),
    ROW("pids.max", ALONE, NULL, pids_limit),
    ROW("pids.peak", ALONE, NULL, pids_peak),
    ROW("pids.events", KEY, "max", pids_refused),
    ROW("cpu.stat", KEY, "usage_usec", cpu_us),
    ROW("cpu.stat", KEY, "user_usec", cpu_user_us),
    ROW("cpu.stat", KEY, "system_usec", cpu_system_us),
    ROW("cpu.stat", KEY, "nr_periods", cpu_periods),
    ROW("cpu.stat", KEY, "nr_throttled", cpu_throttled_periods),
    ROW("cpu.stat", KEY, "throttled_usec", cpu_throttled_us),
    ROW("io.stat", IO_STAT, "rbytes", read_bytes),
    ROW("io.stat", IO_STAT, "wbytes", write_bytes),
    ROW("io.stat", IO_STAT, "rios", reads),
    ROW("io.stat", IO_STAT, "wios", writes),
    ROW("cpu.pressure", PSI, "some", cpu_some_us),
    ROW("memory.pressure", PSI, "some", memory_some_us),
    ROW("memory.pressure", PSI, "full", memory_full_us),
    ROW("io.pressure", PSI, "some", io_some_us),
    ROW("io.pressure", PSI, "full", io_full_us),
};

/* v1 has no count of the OOMs themselves, and its failcnt stays 0 on kernels of 2025 and later. */
static const struct value_row V1_ROWS[] = {
    ROW("memory.limit_in_bytes", ALONE, NULL, memory_limit),
    ROW("memory.max_usage_in_bytes", ALONE, NULL, memory_peak),
    ROW("memory.usage_in_bytes", ALONE, NULL, memory_now),
    ROW("pids.current", ALONE, NULL, pids_now),
    ROW("memory.oom_control", KEY, "oom_kill", oom_kills, .tree = true),
    ROW("pids.max", ALONE, NULL, pids_limit),
    ROW("pids.peak", ALONE, NULL, pids_peak),
    ROW("pids.events", KEY, "max", pids_refused, .tree = true),
    ROW("cpuacct.usage", ALONE, NULL, cpu_us, .divisor = 1000),
    ROW("cpuacct.usage_user", ALONE, NULL, cpu_user_us, .divisor = 1000),
    ROW("cpuacct.usage_sys", ALONE, NULL, cpu_system_us, .divisor = 1000),
    ROW("cpu.stat", KEY, "nr_periods", cpu_periods),
    ROW("cpu.stat", KEY, "nr_throttled", cpu_throttled_periods),
    ROW("cpu.stat", KEY, "throttled_time", cpu_throttled_us, .divisor = 1000),
    ROW("blkio.throttle.io_service_bytes_recursive", BLKIO, "Read", read_bytes),
    ROW("blkio.throttle.io_service_bytes_recursive", BLKIO, "Write", write_bytes),
    ROW("blkio.throttle.io_serviced_recursive", BLKIO, "Read", reads),
    ROW("blkio.throttle.io_serviced_recursive", BLKIO, "Write", writes),
};

/* ---- reading a text ---- */

/* A number, or -1 for "max". False: neither. */
static bool read_value(const char *text, int64_t *ret_value)
{
    if (strncmp(text, "max", 3) == 0) {
        *ret_value = -1;
        return true;
    }
    char *end = NULL;
    *ret_value = strtoll(text, &end, 10);
    return end != text;
}

static bool starts_with_word(const char *line, const char *word)
{
    size_t size = strlen(word);
    return strncmp(line, word, size) == 0 && (line[size] == ' ' || line[size] == '\0');
}

/* What the line says of `key`, NULL: nothing. */
static const char *value_in_line(const char *line, enum value_form form, const char *key)
{
    char pattern[48];
    const char *found = NULL;
    switch (form) {
    case FORM_ALONE:
        return line;
    case FORM_KEY:
        return starts_with_word(line, key) ? line + strlen(key) + 1 : NULL;
    case FORM_PSI:
        found = starts_with_word(line, key) ? strstr(line, "total=") : NULL;
        return found != NULL ? found + strlen("total=") : NULL;
    case FORM_IO_STAT:
        (void)snprintf(pattern, sizeof(pattern), " %s=", key);
        found = strstr(line, pattern);
        return found != NULL ? found + strlen(pattern) : NULL;
    case FORM_BLKIO:
        found = strchr(line, ' ');
        return found != NULL && starts_with_word(found + 1, key) ? found + strlen(key) + 2 : NULL;
    }
    return NULL;
}

/* The sum over the lines: where a key stands once, that is its value. */
static struct limit sum_lines(char *text, enum value_form form, const char *key)
{
    struct limit sum = {.set = form == FORM_IO_STAT || form == FORM_BLKIO}; /* no disk: 0 bytes */
    for (char *line; (line = strsep(&text, "\n")) != NULL;) {
        int64_t value = 0;
        const char *found = *line != '\0' ? value_in_line(line, form, key) : NULL;
        if (found == NULL || !read_value(found, &value))
            continue;
        sum.set = true;
        sum.value += value;
    }
    return sum;
}

/* ---- reading a cgroup ---- */

enum { TEXT_MAX = 16384, DEPTH_MAX = 16 };

static struct limit read_row(int dir_fd, const struct value_row *row)
{
    char text[TEXT_MAX];
    if (cgroup_read(dir_fd, row->file, text, sizeof(text)) < 0)
        return (struct limit){.set = false};
    struct limit value = sum_lines(text, row->form, row->key);
    if (row->divisor != 0)
        value.value /= row->divisor;
    return value;
}

/* In the file systems of cgroups a directory has two links, and one more for each directory in it. */
static bool has_cgroups_below(int dir_fd)
{
    struct stat status;
    return fstat(dir_fd, &status) < 0 || status.st_nlink != 2;
}

/* How deep the payload made its tree is bounded by what is worth counting. */
static void add_below(int dir_fd, const struct value_row *row, int depth, struct limit *sum)
{
    if (!has_cgroups_below(dir_fd))
        return;
    int listed = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = listed < 0 ? NULL : fdopendir(listed);
    if (stream == NULL)
        return;
    for (const struct dirent *entry; depth < DEPTH_MAX && (entry = readdir(stream)) != NULL;) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
            continue;
        AUTO_FD int fd = openat(dir_fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct limit value = fd < 0 ? (struct limit){.set = false} : read_row(fd, row);
        sum->value += value.set ? value.value : 0;
        if (fd >= 0)
            add_below(fd, row, depth + 1, sum);
    }
    (void)closedir(stream);
}

struct value_table {
    const struct value_row *rows;
    size_t count;
};

static struct value_table table_of(const struct cgroup_place *place)
{
    if (place->driver == &CGROUP_V2)
        return (struct value_table){V2_ROWS, sizeof(V2_ROWS) / sizeof(V2_ROWS[0])};
    return (struct value_table){V1_ROWS, sizeof(V1_ROWS) / sizeof(V1_ROWS[0])};
}

static struct limit measure_row(int dir_fd, const struct value_row *row)
{
    struct limit value = read_row(dir_fd, row);
    if (value.set && row->tree)
        add_below(dir_fd, row, 0, &value);
    return value;
}

static void note_row(int dir_fd, const struct value_row *row, struct cgroup_usage *usage)
{
    struct limit value = measure_row(dir_fd, row);
    if (value.set)
        memcpy((char *)usage + row->offset, &value, sizeof(value));
}

static void measure_place(const struct cgroup_place *place, struct cgroup_usage *usage)
{
    struct value_table table = table_of(place);
    AUTO_FD int fd = open(place->at.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; fd >= 0 && i < table.count; i++)
        note_row(fd, &table.rows[i], usage);
}

/* What `launcher events` tells. */
static bool is_event(const struct value_row *row)
{
    return row->offset == offsetof(struct cgroup_usage, oom_kills) ||
           row->offset == offsetof(struct cgroup_usage, memory_failures) ||
           row->offset == offsetof(struct cgroup_usage, memory_high_hits) ||
           row->offset == offsetof(struct cgroup_usage, pids_refused);
}

void cgroup_measure_events(const struct cgroup *cgroup, struct cgroup_usage *ret_usage)
{
    const uint32_t counting = CONTROLLER_BIT(CONTROLLER_MEMORY) | CONTROLLER_BIT(CONTROLLER_PIDS);
    *ret_usage = (struct cgroup_usage){.memory_limit = {.set = false}};
    for (size_t i = 0; i < cgroup->place_count; i++) {
        const struct cgroup_place *place = &cgroup->places[i];
        if (!((place->required | place->useful) & counting))
            continue;
        struct value_table table = table_of(place);
        AUTO_FD int fd = open(place->at.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (size_t row = 0; fd >= 0 && row < table.count; row++)
            if (is_event(&table.rows[row]))
                note_row(fd, &table.rows[row], ret_usage);
    }
}

/* v1 says "no limit" with the largest number of pages. */
static void tidy_limit(struct limit *limit)
{
    if (limit->value > INT64_MAX / 2)
        limit->value = -1;
}

void cgroup_measure(const struct cgroup *cgroup, struct cgroup_usage *ret_usage)
{
    *ret_usage = (struct cgroup_usage){.memory_limit = {.set = false}};
    for (size_t i = 0; i < cgroup->place_count; i++)
        measure_place(&cgroup->places[i], ret_usage);
    tidy_limit(&ret_usage->memory_limit);
}
