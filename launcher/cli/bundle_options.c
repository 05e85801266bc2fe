#include "bundle_options.h"

#include <string.h>

#include "../spec/parse.h"
#include "run_rows.h"

/* Begins with what the handlers of the output section take. */
struct bundle_context {
    struct run_context run;
    struct spec spec;
    const char *directory;
};

static int take_bundle(void *context, const char *value, struct fail *fail)
{
    struct bundle_context *bundle = context;
    if (*value == '\0')
        return fail_set(fail, "the directory is empty");
    bundle->directory = value;
    return 0;
}

static const struct option_row rows[] = {
    {.name = "bundle",
     .letter = 'b',
     .value = "DIR",
     .handle = take_bundle,
     .help = "the directory with config.json"},
};
static const struct option_section bundle_section = SECTION("Bundle", rows);

enum { SECTION_COUNT = 2 };

static void collect_sections(struct option_section sections[SECTION_COUNT])
{
    sections[0] = bundle_section;
    sections[1] = output_section;
}

static bool is_option(const char *word, const char *name)
{
    size_t size = strlen(name);
    return strncmp(word, name, size) == 0 && (word[size] == '\0' || word[size] == '=');
}

bool bundle_options_wanted(const struct invocation *invocation)
{
    bool bundle = false;
    for (int i = 0; i < invocation->argc && strcmp(invocation->argv[i], "--") != 0; i++) {
        const char *word = invocation->argv[i];
        if (is_option(word, "--rootfs"))
            return false;
        bundle = bundle || is_option(word, "--bundle") || strcmp(word, "-b") == 0;
    }
    return bundle;
}

/* Options may stand behind the ID too. */
static int parse_words(const struct invocation *invocation, const struct option_set *set,
                       struct bundle_context *context, struct bundle_options *options,
                       struct fail *fail)
{
    for (int at = 0; at < invocation->argc && !options->output.help_wanted;) {
        int used = 0;
        TRY(options_parse(set, invocation->argc - at, invocation->argv + at, context, &used, fail));
        at += used;
        if (at == invocation->argc || options->output.help_wanted)
            return 0;
        /* what is behind "--" is a command everywhere else: it must not become the ID */
        bool command = used > 0 && strcmp(invocation->argv[at - 1], "--") == 0;
        const char *word = invocation->argv[at++];
        if (command || options->id != NULL) {
            (void)fail_set(fail, "reading the command line: \"%.60s\" is one word too many", word);
            return fail_hint(fail, "with --bundle there is at most an ID; the command is in "
                                   "config.json, process.args");
        }
        TRY(check_container_id(word, fail));
        options->id = word;
    }
    return 0;
}

int bundle_options_parse(const struct invocation *invocation, struct bundle_options *ret_options,
                         struct fail *fail)
{
    struct option_section sections[SECTION_COUNT];
    collect_sections(sections);
    const struct option_set set = {.sections = sections, .section_count = SECTION_COUNT};
    struct bundle_context context = {
        .run = {.arena = invocation->arena, .options = &ret_options->output}};
    context.run.spec = &context.spec;
    *ret_options = (struct bundle_options){.id = NULL};
    TRY(parse_words(invocation, &set, &context, ret_options, fail));
    ret_options->directory = context.directory;
    ret_options->trace = context.spec.trace;
    return 0;
}

void bundle_options_help(FILE *file, const char *verb)
{
    struct option_section sections[SECTION_COUNT];
    collect_sections(sections);
    const struct option_set set = {.sections = sections, .section_count = SECTION_COUNT};
    (void)fprintf(file, "usage: launcher %s --bundle DIR [options] [ID]\n", verb);
    options_help(&set, file);
    (void)fputs("\nThe container is what DIR/config.json says, by the OCI's runtime-spec.\n", file);
}
