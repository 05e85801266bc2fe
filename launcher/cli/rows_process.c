#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../spec/environment.h"
#include "../spec/parse.h"
#include "run_rows.h"

static int take_user(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    if (*value == '\0')
        return fail_set(fail, "the user is empty");
    run->options->user = value;
    return 0;
}

static int take_group(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    if (*value == '\0')
        return fail_set(fail, "the group is empty");
    *ARENA_APPEND(run->arena, run->options->groups, run->options->group_count) = value;
    return 0;
}

static int take_env(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    struct run_options *options = run->options;
    const char *entry = NULL;
    TRY(environment_request(value, run->arena, &entry, fail));
    if (entry != NULL)
        *ARENA_APPEND(run->arena, options->environment, options->environment_count) = entry;
    return 0;
}

enum { ENV_FILE_MAX = 4 * 1024 * 1024 };

static int read_all(int fd, const char *path, struct arena *arena, char **ret_text,
                    struct fail *fail)
{
    char *text = arena_alloc(arena, 4096);
    size_t used = 0, size = 4096;
    for (;;) {
        ssize_t got = read(fd, text + used, size - used - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_sys(fail, "reading %.200s", path);
        if (got == 0)
            break;
        used += (size_t)got;
        if (used > ENV_FILE_MAX)
            return fail_set(fail, "%.200s is larger than 4 MiB", path);
        if (size - used < 2048) {
            text = memcpy(arena_alloc(arena, size * 2), text, used);
            size *= 2;
        }
    }
    if (memchr(text, '\0', used) != NULL)
        return fail_set(fail, "%.200s contains zero bytes", path);
    text[used] = '\0';
    *ret_text = text;
    return 0;
}

static int take_env_file(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    char *text = NULL;
    AUTO_FD int fd = open(value, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_sys(fail, "opening %.200s", value);
    TRY(read_all(fd, value, run->arena, &text, fail));
    if (environment_read_lines(text, run->arena, &run->options->file_environment,
                               &run->options->file_environment_count, fail) < 0)
        return fail_context(fail, "%.200s", value);
    return 0;
}

static int take_clear_env(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    (void)value, (void)fail;
    run->options->clear_environment = true;
    return 0;
}

static int take_workdir(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    TRY(parse_container_path(value, run->arena, &run->spec->process.cwd, fail));
    run->spec->process.make_cwd = true;
    return 0;
}

static int take_umask(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    uint32_t mask = 0;
    TRY(parse_octal(value, 0777, &mask, fail));
    run->spec->process.user.umask = (struct limit){.set = true, .value = mask};
    return 0;
}

static int take_tty(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    (void)value, (void)fail;
    run->options->terminal = WISH_YES;
    return 0;
}

static int take_no_tty(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    (void)value, (void)fail;
    run->options->terminal = WISH_NO;
    return 0;
}

static int take_interactive(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    (void)value, (void)fail;
    run->options->interactive = true;
    return 0;
}

static const struct option_row rows[] = {
    {.name = "user",
     .letter = 'u',
     .value = "USER[:GROUP][,GROUP...]",
     .handle = take_user,
     .help = "names of the container's /etc/passwd and /etc/group, or ids"},
    {.name = "group-add",
     .value = "GROUP",
     .handle = take_group,
     .help = "one more supplementary group"},
    {.name = "env",
     .letter = 'e',
     .value = "NAME[=VALUE]",
     .handle = take_env,
     .help = "set a variable, or pass the caller's on"},
    {.name = "env-file",
     .value = "FILE",
     .handle = take_env_file,
     .help = "set the variables in FILE, a NAME=VALUE a line"},
    {.name = "clear-env",
     .handle = take_clear_env,
     .help = "leave out PATH, HOME and the other default variables"},
    {.name = "workdir",
     .letter = 'w',
     .value = "DIR",
     .handle = take_workdir,
     .help = "start in DIR, made when it is missing (default: /)"},
    {.name = "umask", .value = "OCTAL", .handle = take_umask, .help = "file mode creation mask"},
    {.name = "tty",
     .letter = 't',
     .handle = take_tty,
     .help = "give it a terminal (default: when stdin and stdout are one)"},
    {.name = "no-tty", .handle = take_no_tty, .help = "never give it a terminal"},
    {.name = "interactive",
     .letter = 'i',
     .handle = take_interactive,
     .help = "keep stdin connected (always done)"},
};
const struct option_section process_section = SECTION("Process", rows);
