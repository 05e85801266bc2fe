#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "../host/state_root.h"
#include "../run/state_files.h"
#include "../run/status.h"
#include "words.h"

static const struct option_row OPTIONS[] = {HELP_ROW};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct usage USAGE = {
    .line = "inspect ID...",
    .text = "Prints a JSON array with all that is known of each container: its state, its record, "
            "the config.json\n"
            "or the spec that it was made from, and how it ended.\n",
    .least = 1,
    .most = WORDS_MAX,
    .options = {.sections = SECTIONS, .section_count = 1},
};

/* What was written as JSON is read as JSON; null: there is none, or a crash cut it off. */
static json_t *parsed(const char *text)
{
    json_t *json = text != NULL ? json_loads(text, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
    return json != NULL ? json : json_null();
}

static json_t *file_to_json(const struct container_view *view, enum state_file kind,
                            struct arena *arena)
{
    struct fail missing = {.code = 0};
    char *text = NULL;
    return state_file_read(&view->state, kind, arena, &text, NULL, &missing) >= 0 ? parsed(text)
                                                                                  : json_null();
}

static json_t *record_to_json(const struct state_record *record)
{
    AUTO_FREE char *text = state_record_text(record);
    return parsed(text);
}

static json_t *log_path(const struct container_view *view, struct arena *arena)
{
    if (!view->record.monitored)
        return json_null();
    const char *name = state_file_name(view->record.id, FILE_LOG, 0, arena);
    return json_string(arena_printf(arena, "%s/%s", state_root(arena), name));
}

static int add_container(json_t *all, const char *id, struct arena *arena, struct fail *fail)
{
    AUTO_VIEW struct container_view view = VIEW_NONE;
    TRY(status_view(id, arena, &view, fail));
    json_t *json = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o}", "state", parsed(status_json(&view, arena)), "record",
        record_to_json(&view.record), "logPath", log_path(&view, arena), "config",
        file_to_json(&view, FILE_CONFIG, arena), "spec", file_to_json(&view, FILE_SPEC, arena),
        "report", file_to_json(&view, FILE_REPORT, arena));
    return json_array_append_new(all, json) == 0 ? 0
                                                 : fail_code(fail, -ENOMEM, "inspecting %s", id);
}

static int print_array(const json_t *all, struct fail *fail)
{
    AUTO_FREE char *text = json_dumps(all, JSON_INDENT(2));
    if (text == NULL)
        return fail_code(fail, -ENOMEM, "printing JSON");
    (void)puts(text);
    return 0;
}

int cmd_inspect(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct plain_flags flags = {.help = false};
    struct words words;
    *ret_exit_status = 0;
    int result = words_read(invocation, &USAGE, &flags, &flags.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    state_root_seed_json();
    json_t *all = json_array();
    for (size_t i = 0; i < words.id_count && result >= 0; i++)
        result = add_container(all, words.ids[i], invocation->arena, fail);
    if (result >= 0)
        result = print_array(all, fail);
    json_decref(all);
    return result;
}
