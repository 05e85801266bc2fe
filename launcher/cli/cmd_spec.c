/* cmd_spec.c - `launcher spec`: writes the config.json of a bundle, or checks one. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "../../shared/fully.h"
#include "../plan/plan.h"
#include "../spec/bundle.h"
#include "../spec/config_default.h"
#include "options.h"
#include "verbs.h"

/* ---- options ---- */

struct flags {
    bool help, rootless;
    const char *directory; /* --bundle */
    const char *check;     /* --check; NULL: write */
};

static int take_help(void *context, const char *value, struct fail *fail)
{
    struct flags *flags = context;
    (void)value, (void)fail;
    flags->help = true;
    return 1;
}

static int take_rootless(void *context, const char *value, struct fail *fail)
{
    struct flags *flags = context;
    (void)value, (void)fail;
    flags->rootless = true;
    return 0;
}

static int take_bundle(void *context, const char *value, struct fail *fail)
{
    struct flags *flags = context;
    if (*value == '\0')
        return fail_set(fail, "the directory is empty");
    flags->directory = value;
    return 0;
}

static int take_check(void *context, const char *value, struct fail *fail)
{
    struct flags *flags = context;
    if (*value == '\0')
        return fail_set(fail, "the directory is empty");
    flags->check = value;
    return 0;
}

static const struct option_row OPTIONS[] = {
    {.name = "bundle",
     .letter = 'b',
     .value = "DIR",
     .handle = take_bundle,
     .help = "write DIR/config.json (default: the working directory)"},
    {.name = "rootless", .handle = take_rootless, .help = "for this user, in a user namespace"},
    {.name = "check",
     .value = "DIR",
     .handle = take_check,
     .help = "write nothing: tell what is wrong with DIR/config.json"},
    {.name = "help", .letter = 'h', .handle = take_help, .help = "print this"},
};

static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct option_set OPTION_SET = {.sections = SECTIONS, .section_count = 1};

static void print_help(void)
{
    (void)puts(
        "Usage: launcher spec [OPTION...]\n\n"
        "Writes a config.json for an OCI bundle: a shell in the directory rootfs beside it.\n"
        "A file that is there is left as it is. With --check an existing one is read, looked\n"
        "at and planned as run would; the first thing that is wrong is named with its line,\n"
        "column and field.");
    options_help(&OPTION_SET, stdout);
}

/* ---- writing ---- */

static int write_config(const struct flags *flags, struct arena *arena, struct fail *fail)
{
    const struct config_owner owner = {
        .rootless = flags->rootless, .uid = geteuid(), .gid = getegid()};
    const char *directory = flags->directory != NULL ? flags->directory : ".";
    const char *path = arena_printf(arena, "%s/config.json", directory);
    AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST) {
        (void)fail_set(fail, "%.300s exists", path);
        return fail_hint(fail, "remove it first: launcher spec overwrites nothing");
    }
    if (fd < 0)
        return fail_sys(fail, "making %.300s", path);
    const char *text = config_default(&owner, arena);
    if (write_fully(fd, text, strlen(text)) < 0) {
        (void)fail_sys(fail, "writing %.300s", path);
        (void)unlink(path); /* half a file helps nobody; the error is on its way */
        return fail->code;
    }
    return 0;
}

/* ---- checking ---- */

static int check_config(const char *directory, struct arena *arena, struct fail *fail)
{
    struct spec spec;
    struct config_notes notes;
    struct plan plan;
    TRY(bundle_load(directory, NULL, false, arena, &spec, &notes, fail));
    TRY(plan_build(&spec, arena, &plan, fail));
    for (size_t i = 0; i < notes.warning_count; i++)
        (void)printf("warning: %s\n", notes.warnings[i]);
    (void)printf("config.json: fine, by version %s of the runtime-spec\n", spec.oci.version);
    return 0;
}

int cmd_spec(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct flags flags = {.help = false};
    int used = 0;
    *ret_exit_status = 0;
    TRY(options_parse(&OPTION_SET, invocation->argc, invocation->argv, &flags, &used, fail));
    if (flags.help) {
        print_help();
        return 0;
    }
    if (used < invocation->argc)
        return fail_set(fail, "reading the command line: spec takes no \"%.60s\"",
                        invocation->argv[used]);
    if (flags.check != NULL && (flags.directory != NULL || flags.rootless))
        return fail_set(fail, "option --check: it takes no other option");
    if (flags.check != NULL)
        return check_config(flags.check, invocation->arena, fail);
    return write_config(&flags, invocation->arena, fail);
}
