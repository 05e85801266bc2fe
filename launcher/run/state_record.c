/* The record of a container as JSON: what is in it, and nothing of where it is kept. */
#include "state_record.h"

#include <jansson.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "../../shared/fully.h"
#include "../host/state_root.h"

/* ---- reading ---- */

/* "cgroups" are to be removed, "cgroupsKept" were there before and are only to be emptied. */
static void read_cgroups(const json_t *json, const char *key, bool kept, struct arena *arena,
                         struct state_record *record)
{
    size_t index;
    const json_t *path;
    json_array_foreach (json_object_get(json, key), index, path) {
        if (json_is_string(path) && record->cgroup_count < CGROUP_PATHS_MAX)
            record->cgroups[record->cgroup_count++] =
                (struct cgroup_path){arena_strdup(arena, json_string_value(path)), kept};
    }
}

static void read_resctrl(const json_t *json, struct arena *arena, struct state_record *record)
{
    size_t index;
    const json_t *path;
    json_array_foreach (json_object_get(json, "resctrl"), index, path)
        if (json_is_string(path) && record->resctrl_count < RESCTRL_OWNED_MAX)
            record->resctrl[record->resctrl_count++] = arena_strdup(arena, json_string_value(path));
}

/* NULL: none. */
static json_t *resctrl_to_json(const struct state_record *record)
{
    json_t *json = record->resctrl_count > 0 ? json_array() : NULL;
    for (size_t i = 0; i < record->resctrl_count; i++)
        (void)json_array_append_new(json, json_string(record->resctrl[i]));
    return json;
}

static const struct {
    const char *key;
    size_t offset; /* of its struct limit in struct state_end */
} END_NUMBERS[] = {
    {"status", offsetof(struct state_end, status)},
    {"finished", offsetof(struct state_end, finished_s)},
    {"restarts", offsetof(struct state_end, restarts)},
    {"ooms", offsetof(struct state_end, ooms)},
    {"oomKills", offsetof(struct state_end, oom_kills)},
    {"memoryHighHits", offsetof(struct state_end, memory_high_hits)},
    {"pidsRefused", offsetof(struct state_end, pids_refused)},
};

enum { END_NUMBER_COUNT = sizeof(END_NUMBERS) / sizeof(END_NUMBERS[0]) };

static void read_end(const json_t *json, struct state_end *ret_end)
{
    const json_t *end = json_object_get(json, "end");
    *ret_end = (struct state_end){.set = end != NULL};
    for (size_t i = 0; i < END_NUMBER_COUNT; i++) {
        const json_t *value = json_object_get(end, END_NUMBERS[i].key);
        struct limit number = {.set = json_is_integer(value), .value = json_integer_value(value)};
        memcpy((char *)ret_end + END_NUMBERS[i].offset, &number, sizeof(number));
    }
}

static json_t *end_to_json(const struct state_end *end)
{
    json_t *json = end->set ? json_object() : NULL;
    for (size_t i = 0; end->set && i < END_NUMBER_COUNT; i++) {
        struct limit number;
        memcpy(&number, (const char *)end + END_NUMBERS[i].offset, sizeof(number));
        if (number.set)
            (void)json_object_set_new(json, END_NUMBERS[i].key, json_integer(number.value));
    }
    return json;
}

/* NULL where there is none. */
static const char *read_text(const json_t *json, const char *key, struct arena *arena)
{
    const json_t *text = json_object_get(json, key);
    return json_is_string(text) ? arena_strdup(arena, json_string_value(text)) : NULL;
}

static void read_annotations(const json_t *json, struct arena *arena, struct state_record *record)
{
    const char *key;
    json_t *value;
    json_object_foreach (json_object_get(json, "annotations"), key, value)
        *ARENA_APPEND(arena, record->annotations, record->annotation_count) = (struct spec_pair){
            arena_strdup(arena, key), arena_strdup(arena, json_string_value(value))};
}

static void read_start(const json_t *json, struct arena *arena, struct state_start *ret_start)
{
    size_t index;
    const json_t *sentence;
    ret_start->op = (uint32_t)json_integer_value(json_object_get(json, "op"));
    ret_start->command = read_text(json, "command", arena);
    json_array_foreach (json_object_get(json, "steps"), index, sentence)
        *ARENA_APPEND(arena, ret_start->sentences, ret_start->sentence_count) =
            arena_strdup(arena, json_string_value(sentence));
}

/* As a whole: json_loadfd reads byte by byte. What can't be read is "". */
static const char *read_file(int file_fd, struct arena *arena)
{
    struct stat status;
    size_t size = fstat(file_fd, &status) == 0 ? (size_t)status.st_size : 0;
    char *text = arena_alloc(arena, size + 1);
    ssize_t got = read_fully(file_fd, text, size);
    text[got > 0 ? got : 0] = '\0';
    return text;
}

static struct state_record parse(const char *text, const char *id, struct arena *arena)
{
    struct state_record record = {.id = id, .text = text};
    json_t *json = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
    record.init_pid = (pid_t)json_integer_value(json_object_get(json, "pid"));
    record.init_starttime = (uint64_t)json_integer_value(json_object_get(json, "starttime"));
    record.rootfs = read_text(json, "rootfs", arena);
    record.bundle = read_text(json, "bundle", arena);
    record.created = read_text(json, "created", arena);
    record.owner = (uid_t)json_integer_value(json_object_get(json, "owner"));
    record.detached = json_is_true(json_object_get(json, "detached"));
    record.monitored = json_is_true(json_object_get(json, "monitored"));
    record.leftovers = json_is_true(json_object_get(json, "leftovers"));
    record.plain = json_is_true(json_object_get(json, "plain"));
    record.command = read_text(json, "command", arena);
    read_annotations(json, arena, &record);
    read_start(json_object_get(json, "start"), arena, &record.start);
    read_cgroups(json, "cgroups", false, arena, &record);
    read_cgroups(json, "cgroupsKept", true, arena, &record);
    record.scope = read_text(json, "scope", arena);
    record.scope_of_user = json_is_true(json_object_get(json, "scopeOfUser"));
    read_resctrl(json, arena, &record);
    read_end(json, &record.end);
    json_decref(json);
    return record;
}

struct state_record state_record_read(int file_fd, const char *id, struct arena *arena)
{
    return parse(read_file(file_fd, arena), id, arena);
}

void state_record_read_again(int file_fd, struct arena *arena, struct state_record *record)
{
    const char *text = read_file(file_fd, arena);
    if (strcmp(text, record->text) != 0)
        *record = parse(text, record->id, arena);
}

/* ---- writing ---- */

static json_t *annotations_to_json(const struct state_record *record)
{
    json_t *json = json_object();
    for (size_t i = 0; i < record->annotation_count; i++)
        (void)json_object_set_new(json, record->annotations[i].key,
                                  json_string(record->annotations[i].value));
    return json;
}

static json_t *start_to_json(const struct state_start *start)
{
    json_t *steps = json_array();
    for (size_t i = 0; i < start->sentence_count; i++) {
        json_t *sentence = json_string(start->sentences[i]);
        (void)json_array_append_new(steps, sentence != NULL ? sentence : json_string("?"));
    }
    return json_pack("{s:I, s:s*, s:o}", "op", (json_int_t)start->op, "command", start->command,
                     "steps", steps);
}

/* What outlives the launcher that made the container. */
static void add_creation(json_t *json, const struct state_record *record)
{
    (void)json_object_set_new(json, record->detached ? "detached" : "monitored", json_true());
    (void)json_object_set_new(json, "bundle", json_string(record->bundle));
    (void)json_object_set_new(json, "created", json_string(record->created));
    (void)json_object_set_new(json, "owner", json_integer((json_int_t)record->owner));
    (void)json_object_set_new(json, "command", json_string(record->command));
    (void)json_object_set_new(json, "annotations", annotations_to_json(record));
    if (record->detached)
        (void)json_object_set_new(json, "start", start_to_json(&record->start));
    if (record->plain)
        (void)json_object_set_new(json, "plain", json_true());
    if (record->leftovers)
        (void)json_object_set_new(json, "leftovers", json_true());
}

char *state_record_text(const struct state_record *record)
{
    state_root_seed_json();
    json_t *cgroups = json_array(), *kept = json_array();
    for (size_t i = 0; i < record->cgroup_count; i++)
        (void)json_array_append_new(record->cgroups[i].kept ? kept : cgroups,
                                    json_string(record->cgroups[i].path));
    json_t *rootfs = json_string(record->rootfs); /* NULL: not UTF-8, so JSON can't say it */
    json_t *json =
        json_pack("{s:s, s:s, s:o*, s:i, s:I, s:o, s:o, s:o*, s:o*}", "ociVersion", "1.3.0", "id",
                  record->id, "rootfs", rootfs, "pid", (int)record->init_pid, "starttime",
                  (json_int_t)record->init_starttime, "cgroups", cgroups, "cgroupsKept", kept,
                  "resctrl", resctrl_to_json(record), "end", end_to_json(&record->end));
    if (record->scope != NULL)
        (void)json_object_set_new(json, "scope", json_string(record->scope));
    if (record->scope_of_user)
        (void)json_object_set_new(json, "scopeOfUser", json_true());
    if (record->detached || record->monitored)
        add_creation(json, record);
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}
