#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "../run/create.h"
#include "../spec/bundle.h"
#include "../spec/parse.h"
#include "words.h"

struct create_context {
    struct plain_flags plain; /* first: the handlers of words.h are used */
    const char *bundle;
    struct create_options options;
    unsigned preserved_fds;
    bool no_pivot;
};

static int take_bundle(void *context, const char *value, struct fail *fail)
{
    struct create_context *create = context;
    if (value[0] == '\0')
        return fail_set(fail, "the directory is empty");
    create->bundle = value;
    return 0;
}

static int take_console_socket(void *context, const char *value, struct fail *fail)
{
    struct create_context *create = context;
    (void)fail;
    create->options.console_socket = value;
    return 0;
}

static int take_pid_file(void *context, const char *value, struct fail *fail)
{
    struct create_context *create = context;
    (void)fail;
    create->options.pid_file = value;
    return 0;
}

static int take_no_pivot(void *context, const char *value, struct fail *fail)
{
    struct create_context *create = context;
    (void)value, (void)fail;
    create->no_pivot = true;
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
    struct create_context *create = context;
    int64_t count = 0;
    TRY(parse_number(value, 0, PRESERVED_FDS_MAX, &count, fail));
    create->preserved_fds = (unsigned)count;
    return 0;
}

static const struct option_row OPTIONS[] = {
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
    HELP_ROW,
};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct usage USAGE = {
    .line = "create [--bundle DIR] ID",
    .text = "Makes the container that DIR/config.json describes, up to the point at which its "
            "process would\n"
            "begin. launcher start lets it. The container's stdin, stdout and stderr are those of "
            "create.\n",
    .least = 1,
    .most = 1,
    .options = {.sections = SECTIONS, .section_count = 1},
};

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

static int load(struct invocation *invocation, struct create_context *create, const char *id,
                struct spec *spec, struct config_notes *notes, struct fail *fail)
{
    TRY(check_preserved_fds(create->preserved_fds, fail));
    TRY(check_container_id(id, fail));
    TRY(bundle_load(create->bundle, id, invocation->without_cgroup, invocation->arena, spec, notes,
                    fail));
    TRY(check_terminal(spec, &create->options, fail));
    spec->awaits_start = true;
    spec->trace = invocation->debug;
    spec->process.preserved_fds = create->preserved_fds;
    if (create->no_pivot)
        spec->root.mode = ROOT_CHROOT;
    if (notes->filter_is_new)
        bundle_keep_filter(spec, invocation->arena);
    return 0;
}

int cmd_create(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct create_context create = {.bundle = "."};
    struct words words;
    struct spec spec;
    struct config_notes notes = {.warnings = NULL};
    struct plan plan;
    *ret_exit_status = 0;
    int result = words_read(invocation, &USAGE, &create, &create.plain.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    TRY(load(invocation, &create, words.ids[0], &spec, &notes, fail));
    TRY(plan_build(&spec, invocation->arena, &plan, fail));
    struct trace trace = trace_of(invocation);
    for (size_t i = 0; i < notes.warning_count; i++)
        trace_warning(&trace, notes.warnings[i], "the container runs without it");
    return container_create(&spec, &plan, &create.options, &trace, invocation->arena,
                            ret_exit_status, fail);
}
