#include "bundle_options.h"

#include <string.h>
#include <unistd.h>

#include "../spec/parse.h"
#include "run_rows.h"
#include "words.h"

/* Begins with what the handlers of the output section take. */
struct bundle_context {
    struct run_context run;
    struct spec spec;
    struct bundle_options *options;
};

static int take_bundle(void *context, const char *value, struct fail *fail)
{
    struct bundle_context *bundle = context;
    if (*value == '\0')
        return fail_set(fail, "the directory is empty");
    bundle->options->directory = value;
    return 0;
}

static int take_console_socket(void *context, const char *value, struct fail *fail)
{
    struct bundle_context *bundle = context;
    (void)fail;
    bundle->options->create.console_socket = value;
    return 0;
}

static int take_pid_file(void *context, const char *value, struct fail *fail)
{
    struct bundle_context *bundle = context;
    (void)fail;
    bundle->options->create.pid_file = value;
    return 0;
}

static int take_no_pivot(void *context, const char *value, struct fail *fail)
{
    struct bundle_context *bundle = context;
    (void)value, (void)fail;
    bundle->options->no_pivot = true;
    return 0;
}

/* launcher makes no session keyring: the container's process has the caller's until it asks for its
 * own, session-keyring(7). */
static int take_no_new_keyring(void *context, const char *value, struct fail *fail)
{
    (void)context, (void)value, (void)fail;
    return 0;
}

static int take_preserve_fds(void *context, const char *value, struct fail *fail)
{
    struct bundle_context *bundle = context;
    int64_t count = 0;
    TRY(parse_number(value, 0, PRESERVED_FDS_MAX, &count, fail));
    bundle->options->preserved_fds = (unsigned)count;
    return 0;
}

static int take_detach(void *context, const char *value, struct fail *fail)
{
    struct bundle_context *bundle = context;
    (void)value, (void)fail;
    bundle->options->output.detach.wanted = true;
    return 0;
}

static const struct option_row rows[] = {
    {.name = "bundle",
     .letter = 'b',
     .value = "DIR",
     .handle = take_bundle,
     .help = "the directory with config.json (default: the working directory)"},
    {.name = "console-socket",
     .value = "PATH",
     .handle = take_console_socket,
     .help = "send the container's terminal to this socket"},
    {.name = "pid-file",
     .value = "FILE",
     .handle = take_pid_file,
     .help = "write the pid of the container's first process into it"},
    {.name = "preserve-fds",
     .value = "N",
     .handle = take_preserve_fds,
     .help = "the container's process gets the N descriptors from 3 on"},
    {.name = "no-pivot",
     .handle = take_no_pivot,
     .help =
         "change the root with chroot(2), for a root file system on a ramdisk: it can be escaped"},
    {.name = "no-new-keyring",
     .handle = take_no_new_keyring,
     .help = "for runc's callers: launcher makes no session keyring anyway"},
};
static const struct option_section bundle_section = SECTION("Bundle", rows);

static const struct option_row detach_rows[] = {
    {.name = "detach",
     .letter = 'd',
     .handle = take_detach,
     .help = "run: return when it runs; it stays until launcher delete"},
};
static const struct option_section detach_section_of_bundles = SECTION("Detached", detach_rows);

enum { SECTIONS_MAX = 3 };

static struct option_set choose_sections(bool may_detach,
                                         struct option_section sections[SECTIONS_MAX])
{
    size_t count = 0;
    sections[count++] = bundle_section;
    if (may_detach)
        sections[count++] = detach_section_of_bundles;
    sections[count++] = output_section;
    return (struct option_set){.sections = sections, .section_count = count};
}

static bool is_option(const char *word, const char *name)
{
    size_t size = strlen(name);
    return strncmp(word, name, size) == 0 && (word[size] == '\0' || word[size] == '=');
}

bool bundle_options_wanted(const struct invocation *invocation)
{
    bool bundle = false, help = false;
    for (int i = 0; i < invocation->argc && strcmp(invocation->argv[i], "--") != 0; i++) {
        const char *word = invocation->argv[i];
        if (is_option(word, "--rootfs"))
            return false;
        bundle = bundle || is_option(word, "--bundle") || strcmp(word, "-b") == 0;
        help = help || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
    }
    return bundle || (!help && access("config.json", F_OK) == 0);
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

int bundle_options_parse(const struct invocation *invocation, bool may_detach,
                         struct bundle_options *ret_options, struct fail *fail)
{
    struct option_section sections[SECTIONS_MAX];
    const struct option_set set = choose_sections(may_detach, sections);
    struct bundle_context context = {
        .run = {.arena = invocation->arena, .options = &ret_options->output}};
    context.run.spec = &context.spec;
    *ret_options = (struct bundle_options){.directory = "."};
    context.options = ret_options;
    TRY(parse_words(invocation, &set, &context, ret_options, fail));
    ret_options->trace = context.spec.trace;
    return 0;
}

/* Nobody stays who could pass on what is typed. */
static int check_terminal(const struct spec *spec, const struct create_options *options,
                          struct fail *fail)
{
    if (spec->process.terminal && options->console_socket == NULL) {
        (void)fail_set(fail, "config.json: process.terminal: nobody would get the terminal");
        return fail_hint(fail, "give create a --console-socket, or take launcher run --bundle");
    }
    if (!spec->process.terminal && options->console_socket != NULL)
        return fail_set(fail, "option --console-socket: config.json asks for no terminal");
    return 0;
}

int bundle_options_apply(const struct bundle_options *options, bool awaits_start, struct spec *spec,
                         struct fail *fail)
{
    TRY(check_preserved_fds(options->preserved_fds, fail));
    if (awaits_start)
        TRY(check_terminal(spec, &options->create, fail));
    else if (options->create.console_socket != NULL)
        return fail_set(fail,
                        "option --console-socket: launcher run passes on what is typed itself");
    spec->awaits_start = awaits_start;
    spec->process.preserved_fds = options->preserved_fds;
    if (options->no_pivot)
        spec->root.mode = ROOT_CHROOT;
    return 0;
}

void bundle_options_help(FILE *file, const char *usage, bool may_detach)
{
    struct option_section sections[SECTIONS_MAX];
    const struct option_set set = choose_sections(may_detach, sections);
    (void)fprintf(file, "usage: launcher %s\n", usage);
    options_help(&set, file);
    (void)fputs("\nThe container is what DIR/config.json says, by the OCI's runtime-spec. After "
                "create its\n"
                "process waits for launcher start, with the stdin, stdout and stderr of create.\n",
                file);
}
