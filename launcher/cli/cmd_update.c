#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "../host/cgroup/scope.h"
#include "../host/cgroup/update.h"
#include "../host/cgroup/usage.h"
#include "../observe/live.h"
#include "../spec/resolve_disk.h"
#include "../spec/resources_json.h"
#include "run_rows.h"
#include "words.h"

struct update_context {
    struct run_context run; /* first: the rows of run's limits are used */
    struct spec spec;
    struct spec_resources from_file;
    bool has_file, help;
};

static int read_resources(const char *name, struct update_context *update, struct fail *fail)
{
    json_error_t error;
    bool standard_input = strcmp(name, "-") == 0;
    AUTO_FD int fd = standard_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                    : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return fail_sys(fail, "opening %.300s", name);
    json_t *json = json_loadfd(fd, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL)
        return fail_set(fail, "%.200s is no JSON: line %d, column %d: %s",
                        standard_input ? "standard input" : name, error.line, error.column,
                        error.text);
    int result = resources_from_json(json, update->run.arena, &update->from_file, fail);
    json_decref(json);
    update->has_file = true;
    return result;
}

static int take_resources(void *context, const char *value, struct fail *fail)
{
    return read_resources(value, context, fail);
}

static int take_help(void *context, const char *value, struct fail *fail)
{
    struct update_context *update = context;
    (void)value, (void)fail;
    update->help = true;
    return 1;
}

static const struct option_row OPTIONS[] = {
    {.name = "resources",
     .letter = 'r',
     .value = "FILE|-",
     .handle = take_resources,
     .help = "take the limits from JSON, the OCI's linux.resources"},
    {.name = "help", .letter = 'h', .handle = take_help, .help = "print this"},
};
static const struct option_section OWN_SECTION = SECTION("Options", OPTIONS);

enum { UPDATE_SECTIONS = 2 };

static struct usage make_usage(const struct option_section sections[UPDATE_SECTIONS])
{
    return (struct usage){
        .line = "update ID [--memory SIZE] [--cpus N] [...]",
        .text = "Changes limits of a container that runs. What is not named stays; \"max\" takes a "
                "limit\n"
                "away. When one limit can't be set, none is changed.\n",
        .least = 1,
        .most = 1,
        .options = {.sections = sections, .section_count = UPDATE_SECTIONS},
    };
}

/* For run, "unlimited" is what a container has without the option; here it is a value to write. */
static void name_unlimited(struct spec_resources *resources)
{
    for (const struct resource_row *row = resource_rows; row->label != NULL; row++) {
        struct limit limit = resource_limit(resources, row);
        limit.set = limit.set || limit.value < 0;
        memcpy((char *)resources + row->offset, &limit, sizeof(limit));
    }
}

/* The options mean what they mean for run: a limit of memory bounds swap as well. */
static int choose_resources(struct update_context *update, struct spec_resources *ret_resources,
                            struct fail *fail)
{
    struct spec_resources *options = &update->spec.resources;
    name_unlimited(options);
    run_options_bound_swap(options);
    if (update->has_file && resources_wanted(options))
        return fail_set(fail, "option --resources: it can't be combined with other limits");
    *ret_resources = update->has_file ? update->from_file : *options;
    if (!resources_wanted(ret_resources)) {
        (void)fail_set(fail, "reading the command line: no limit to change");
        return fail_hint(fail, "launcher update --help lists them");
    }
    for (size_t i = 0; i < ret_resources->io_device_count; i++)
        TRY(resolve_disk(&ret_resources->io_devices[i], fail));
    return 0;
}

/* v2 takes a memory limit below what is used, and kills until it is kept. */
static void warn_of_kills(const struct live *live, int64_t kills_before)
{
    struct cgroup_usage usage;
    cgroup_measure(&live->cgroup, &usage);
    if (usage.oom_kills.value > kills_before)
        (void)fprintf(stderr,
                      "launcher: to keep the new memory limit, the kernel killed %lld of the "
                      "processes of %s\n",
                      (long long)(usage.oom_kills.value - kills_before), live->record.id);
}

/* Else it would write the old limits again, as soon as it reads its units anew. */
static int tell_systemd(const struct live *live, const struct spec_resources *resources,
                        struct fail *fail)
{
    const struct state_record *record = &live->record;
    if (record->scope == NULL)
        return 0;
    int told =
        scope_update(record->scope, record->scope_of_user, resources, live->cgroup.arena, fail);
    return told >= 0 ? 0
                     : fail_context(fail,
                                    "updating the container %s (its limits are changed, until "
                                    "systemd reads its units again)",
                                    record->id);
}

static int apply(struct live *live, struct spec_resources *resources, struct fail *fail)
{
    const char *kept = "";
    struct cgroup_usage before;
    TRY(live_need_cgroup(live, "updating", fail));
    cgroup_measure(&live->cgroup, &before);
    if (cgroup_update(&live->cgroup, resources, &kept, fail) >= 0) {
        warn_of_kills(live, before.oom_kills.value);
        return tell_systemd(live, resources, fail);
    }
    if (kept[0] != '\0')
        return fail_context(fail, "updating the container %s (%s stayed changed)", live->record.id,
                            kept);
    return fail_context(fail, "updating the container %s (nothing was changed)", live->record.id);
}

int cmd_update(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    const struct option_section sections[UPDATE_SECTIONS] = {resource_section, OWN_SECTION};
    const struct usage usage = make_usage(sections);
    struct run_options unused = {.quiet = false};
    struct update_context update = {.run = {.arena = invocation->arena, .options = &unused}};
    update.run.spec = &update.spec;
    struct words words;
    struct spec_resources resources;
    *ret_exit_status = 0;
    int result = words_read(invocation, &usage, &update, &update.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    TRY(choose_resources(&update, &resources, fail));
    AUTO_LIVE struct live live = LIVE_NONE;
    TRY(live_open(words.ids[0], invocation->arena, &live, fail));
    return apply(&live, &resources, fail);
}
