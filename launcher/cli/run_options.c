#include "run_options.h"

#include <string.h>

#include "../spec/spec_defaults.h"
#include "run_rows.h"

static int take_verbose(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    (void)value, (void)fail; /* a flag can't fail */
    run->spec->trace = true;
    run->options->quiet = false;
    return 0;
}

static int take_quiet(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    (void)value, (void)fail;
    run->options->quiet = true;
    run->spec->trace = false;
    return 0;
}

static int take_log_format(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    bool json = strcmp(value, "json") == 0;
    if (!json && strcmp(value, "text") != 0)
        return fail_set(fail, "\"%.60s\" is neither text nor json", value);
    run->options->log_format = json ? LOG_JSON : LOG_TEXT;
    return 0;
}

static int take_json(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    (void)value, (void)fail;
    run->options->json = true;
    return 0;
}

static int take_help(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    (void)value, (void)fail;
    run->options->help_wanted = true;
    return 1; /* whatever follows does not matter any more */
}

static const struct option_row output_rows[] = {
    {.name = "verbose",
     .letter = 'v',
     .handle = take_verbose,
     .help = "print every step as it happens, on stderr"},
    {.name = "quiet", .letter = 'q', .handle = take_quiet, .help = "print errors only"},
    {.name = "log-format",
     .value = "FORMAT",
     .handle = take_log_format,
     .help = "text (default) or json, for steps, warnings and errors"},
    {.name = "json", .handle = take_json, .help = "plan: print spec and steps as JSON"},
    {.name = "help", .letter = 'h', .handle = take_help, .help = "print this"},
};
const struct option_section output_section = SECTION("Output", output_rows);

enum { SECTION_COUNT = 10 };

static void collect_sections(struct option_section sections[SECTION_COUNT])
{
    sections[0] = container_section;
    sections[1] = detach_section;
    sections[2] = network_section;
    sections[3] = mount_section;
    sections[4] = process_section;
    sections[5] = security_section;
    sections[6] = resource_section;
    sections[7] = cgroup_section;
    sections[8] = limit_section;
    sections[9] = output_section;
}

/* memory.max alone bounds RAM: with swap free, a hog is swapped out instead of killed, and drags the
 * whole host down. No swap makes the one number mean what the user takes it for. A config.json
 * without memory.swap means what the OCI says, so this is decided here. */
void run_options_bound_swap(struct spec_resources *resources)
{
    if (!resources->memory_max.set || resources->memory_swap.set)
        return;
    resources->memory_swap = resources->memory_max;
    resources->memory_swap_implied = true;
}

int run_options_parse(int argc, char *const *argv, struct arena *arena,
                      struct run_options *ret_options, struct spec *ret_spec, struct fail *fail)
{
    struct option_section sections[SECTION_COUNT];
    collect_sections(sections);
    const struct option_set set = {.sections = sections, .section_count = SECTION_COUNT};
    struct run_context run = {.arena = arena, .options = ret_options, .spec = ret_spec};
    int used = 0;
    *ret_options = (struct run_options){.detach = detach_defaults()};
    *ret_spec = spec_defaults();
    TRY(options_parse(&set, argc, argv, &run, &used, fail));

    run_options_bound_swap(&ret_spec->resources);
    struct spec_process *process = &ret_spec->process;
    for (int i = used; i < argc && !ret_options->help_wanted; i++)
        *ARENA_APPEND(arena, process->args, process->arg_count) = argv[i];
    return 0;
}

void run_options_help(FILE *file, const char *verb)
{
    struct option_section sections[SECTION_COUNT];
    collect_sections(sections);
    const struct option_set set = {.sections = sections, .section_count = SECTION_COUNT};
    (void)fprintf(file, "usage: launcher %s --rootfs DIR [options] [--] COMMAND [ARGUMENT...]\n",
                  verb);
    options_help(&set, file);
    (void)fputs("\nsizes: bytes, or with k, m, g, t: 64k, 100m, 1.5g\n"
                "exit status: the command's; 125 launcher failed, 126 the command can't be\n"
                "executed, 127 it was not found, 128+n it was ended by signal n\n",
                file);
}
