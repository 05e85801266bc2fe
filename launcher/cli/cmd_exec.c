#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>

#include "../../shared/fully.h"
#include "../host/seccomp.h"
#include "../run/existing.h"
#include "../run/state_files.h"
#include "../spec/bundle.h"
#include "../spec/environment.h"
#include "../spec/parse.h"
#include "../spec/spec_defaults.h"
#include "../spec/spec_names.h"
#include "exec_user.h"
#include "words.h"

/* What is said on the command line; the rest is as in the container. */
struct exec_context {
    struct plain_flags plain; /* first: the handlers of words.h are used */
    struct arena *arena;
    const char *process_file, *cwd, *user, *apparmor_profile, *selinux_label;
    struct exec_options options;
    const char **environment;
    size_t environment_count;
    uint32_t *groups;
    size_t group_count;
    uint64_t capabilities; /* more than the container's */
    bool terminal, no_new_privileges, ignore_paused;
    unsigned preserved_fds;
};

/* ---- the options ---- */

static int take_process(void *context, const char *value, struct fail *fail)
{
    struct exec_context *exec = context;
    (void)fail;
    exec->process_file = value;
    return 0;
}

static int take_console_socket(void *context, const char *value, struct fail *fail)
{
    struct exec_context *exec = context;
    (void)fail;
    exec->options.console_socket = value;
    return 0;
}

static int take_pid_file(void *context, const char *value, struct fail *fail)
{
    struct exec_context *exec = context;
    (void)fail;
    exec->options.pid_file = value;
    return 0;
}

static int take_detach(void *context, const char *value, struct fail *fail)
{
    struct exec_context *exec = context;
    (void)value, (void)fail;
    exec->options.detach = true;
    return 0;
}

static int take_tty(void *context, const char *value, struct fail *fail)
{
    struct exec_context *exec = context;
    (void)value, (void)fail;
    exec->terminal = true;
    return 0;
}

static int take_cwd(void *context, const char *value, struct fail *fail)
{
    struct exec_context *exec = context;
    if (value[0] != '/')
        return fail_set(fail, "\"%.200s\" is no absolute path", value);
    exec->cwd = value;
    return 0;
}

static int take_env(void *context, const char *value, struct fail *fail)
{
    struct exec_context *exec = context;
    const char *equals = strchr(value, '=');
    if (equals == NULL || equals == value)
        return fail_set(fail, "\"%.100s\" is not NAME=VALUE", value);
    *ARENA_APPEND(exec->arena, exec->environment, exec->environment_count) = value;
    return 0;
}

static int take_user(void *context, const char *value, struct fail *fail)
{
    struct exec_context *exec = context;
    (void)fail;
    exec->user = value;
    return 0;
}

static int take_apparmor(void *context, const char *value, struct fail *fail)
{
    struct exec_context *exec = context;
    exec->apparmor_profile = value;
    return has_control_characters(value) ? fail_set(fail, "it contains control characters") : 0;
}

static int take_process_label(void *context, const char *value, struct fail *fail)
{
    struct exec_context *exec = context;
    exec->selinux_label = value;
    return has_control_characters(value) ? fail_set(fail, "it contains control characters") : 0;
}

static int take_group(void *context, const char *value, struct fail *fail)
{
    struct exec_context *exec = context;
    uint32_t group = 0;
    TRY(parse_id(value, &group, fail));
    *ARENA_APPEND(exec->arena, exec->groups, exec->group_count) = group;
    return 0;
}

static int take_capability(void *context, const char *value, struct fail *fail)
{
    struct exec_context *exec = context;
    int number = capability_find(value);
    if (number < 0)
        return fail_set(fail, "there is no capability \"%.60s\"", value);
    exec->capabilities |= UINT64_C(1) << number;
    return 0;
}

static int take_no_new_privileges(void *context, const char *value, struct fail *fail)
{
    struct exec_context *exec = context;
    (void)value, (void)fail;
    exec->no_new_privileges = true;
    return 0;
}

static int take_ignore_paused(void *context, const char *value, struct fail *fail)
{
    struct exec_context *exec = context;
    (void)value, (void)fail;
    exec->ignore_paused = true;
    return 0;
}

static int take_preserve_fds(void *context, const char *value, struct fail *fail)
{
    struct exec_context *exec = context;
    int64_t count = 0;
    TRY(parse_number(value, 0, PRESERVED_FDS_MAX, &count, fail));
    exec->preserved_fds = (unsigned)count;
    return 0;
}

static const struct option_row OPTIONS[] = {
    {.name = "process",
     .letter = 'p',
     .value = "FILE",
     .handle = take_process,
     .help = "take all of the process from this JSON, the OCI's \"process\""},
    {.name = "tty", .letter = 't', .handle = take_tty, .help = "give it a terminal of its own"},
    {.name = "cwd", .value = "DIR", .handle = take_cwd, .help = "start in this directory"},
    {.name = "env",
     .letter = 'e',
     .value = "NAME=VALUE",
     .handle = take_env,
     .help = "set a variable, beside those of the container"},
    {.name = "user",
     .letter = 'u',
     .value = "USER[:GROUP]",
     .handle = take_user,
     .help = "run as this user: ids, or names of the container's /etc/passwd"},
    {.name = "additional-gids",
     .letter = 'g',
     .value = "GID",
     .handle = take_group,
     .help = "one more group"},
    {.name = "cap",
     .letter = 'c',
     .value = "CAP",
     .handle = take_capability,
     .help = "one more capability than the container has"},
    {.name = "no-new-privs",
     .handle = take_no_new_privileges,
     .help = "no execve(2) may gain privileges"},
    {.name = "apparmor",
     .value = "PROFILE",
     .handle = take_apparmor,
     .help = "another AppArmor profile than the container's; or unconfined"},
    {.name = "process-label",
     .value = "LABEL",
     .handle = take_process_label,
     .help = "another SELinux label than the container's"},
    {.name = "detach",
     .letter = 'd',
     .handle = take_detach,
     .help = "return as soon as the process runs"},
    {.name = "pid-file",
     .value = "FILE",
     .handle = take_pid_file,
     .help = "write the pid of the process into it"},
    {.name = "console-socket",
     .value = "PATH",
     .handle = take_console_socket,
     .help = "send the terminal to this socket"},
    {.name = "preserve-fds",
     .value = "N",
     .handle = take_preserve_fds,
     .help = "the process gets the N descriptors from 3 on"},
    {.name = "ignore-paused",
     .handle = take_ignore_paused,
     .help = "also in a paused container: the process waits until that goes on"},
    HELP_ROW,
};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};
static const struct option_set OPTION_SET = {.sections = SECTIONS, .section_count = 1};

static void print_help(void)
{
    (void)printf("Usage: launcher exec [OPTION...] ID COMMAND [ARG...]\n"
                 "       launcher exec [OPTION...] --process FILE ID\n\n"
                 "Runs one more process in a container that runs: in its namespaces and cgroups, "
                 "with its user,\n"
                 "environment, capabilities and seccomp filter. Ends as the process does; --detach "
                 "does not wait.\n");
    options_help(&OPTION_SET, stdout);
}

/* ---- the process ---- */

static int read_file(const char *path, struct arena *arena, const char **ret_text, size_t *ret_size,
                     struct fail *fail)
{
    struct stat status;
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) < 0)
        return fail_sys(fail, "opening %.300s", path);
    if (!S_ISREG(status.st_mode) || status.st_size > CONFIG_SIZE_MAX)
        return fail_set(fail, "%.300s is no regular file of at most 16 MiB", path);
    char *text = arena_alloc(arena, (size_t)status.st_size + 1);
    ssize_t size = read_fully(fd, text, (size_t)status.st_size);
    if (size < 0)
        return fail_sys(fail, "reading %.300s", path);
    *ret_text = text;
    *ret_size = (size_t)size;
    return 0;
}

/* What a file leaves out, the container's own process decides. */
static void warn(const struct config_notes *notes, const struct trace *trace)
{
    for (size_t i = 0; i < notes->warning_count; i++)
        trace_warning(trace, notes->warnings[i], "the process runs without it");
}

static int from_file(const struct exec_context *exec, struct spec *spec, const struct trace *trace,
                     struct fail *fail)
{
    const char *text = NULL;
    size_t size = 0;
    struct config_notes notes = {.warnings = NULL};
    const struct spec_capabilities own = spec->process.capabilities;
    TRY(read_file(exec->process_file, exec->arena, &text, &size, fail));
    TRY(config_read_process(exec->process_file, text, size, exec->arena, spec, &notes, fail));
    struct spec_capabilities *caps = &spec->process.capabilities;
    if ((caps->bounding | caps->permitted | caps->effective | caps->inheritable | caps->ambient) ==
        0)
        *caps = own;
    TRY(bundle_resolve_process(spec, exec->arena, &notes, fail));
    warn(&notes, trace);
    return 0;
}

static void add_capabilities(struct spec_capabilities *caps, uint64_t more)
{
    caps->bounding |= more;
    caps->permitted |= more;
    caps->effective |= more;
}

/* A variable that the container has too is replaced. `home`: of a user who was named; else NULL. */
static void set_environment(const struct exec_context *exec, const char *home,
                            struct spec_process *process)
{
    struct environment all = {.entries = NULL};
    for (size_t i = 0; i < process->environment_count; i++)
        environment_set(&all, exec->arena, process->environment[i]);
    if (home != NULL)
        environment_set(&all, exec->arena, arena_printf(exec->arena, "HOME=%s", home));
    for (size_t i = 0; i < exec->environment_count; i++)
        environment_set(&all, exec->arena, exec->environment[i]);
    process->environment = all.entries;
    process->environment_count = all.count;
}

static void set_labels(const struct exec_context *exec, struct spec *spec,
                       const struct trace *trace)
{
    struct config_notes notes = {.warnings = NULL};
    const char *profile = exec->apparmor_profile;
    if (profile != NULL)
        spec->oci.apparmor_profile = strcmp(profile, "unconfined") == 0 ? NULL : profile;
    if (exec->selinux_label != NULL)
        spec->oci.selinux_label = exec->selinux_label;
    bundle_resolve_labels(spec, exec->arena, &notes);
    warn(&notes, trace);
}

static int from_options(const struct exec_context *exec, const struct invocation *rest,
                        const struct existing *existing, struct spec *spec, struct fail *fail)
{
    const char *home = NULL;
    struct spec_process *process = &spec->process;
    process->args = NULL;
    process->arg_count = 0;
    process->terminal = exec->terminal;
    process->rows = process->columns = 0;
    for (int i = 0; i < rest->argc; i++)
        *ARENA_APPEND(exec->arena, process->args, process->arg_count) = rest->argv[i];
    if (exec->user != NULL)
        TRY(exec_user_set(exec->user, existing, spec, &home, fail));
    set_environment(exec, home, process);
    for (size_t i = 0; i < exec->group_count; i++)
        *ARENA_APPEND(exec->arena, process->user.additional_gids,
                      process->user.additional_gid_count) = exec->groups[i];
    add_capabilities(&process->capabilities, exec->capabilities);
    process->no_new_privileges = process->no_new_privileges || exec->no_new_privileges;
    process->cwd = exec->cwd != NULL ? exec->cwd : process->cwd;
    set_labels(exec, spec, existing->container.trace);
    return 0;
}

/* The filter of its own command; that is kept, since a file that it came from may have changed. */
static int recall_filter(const struct state *state, struct spec *spec, struct arena *arena,
                         struct fail *fail)
{
    struct fail missing = {.code = 0};
    char *filter = NULL;
    size_t size = 0;
    int result = state_file_read(state, FILE_FILTER, arena, &filter, &size, &missing);
    if (result == -ENOENT)
        return 0; /* --seccomp unconfined */
    if (result < 0) {
        *fail = missing;
        return result;
    }
    spec->seccomp_filter = filter;
    spec->seccomp_filter_size = size;
    return 0;
}

/* Of a container of launcher run in the foreground nothing is kept: what such a one has by default. */
static int default_spec(struct spec *spec, struct arena *arena, struct fail *fail)
{
    static const char *const ENVIRONMENT[] = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
    struct config_notes notes = {.warnings = NULL};
    const char *id = spec->id;
    uint64_t caps = default_capabilities();
    *spec = spec_defaults();
    spec->id = id;
    spec->process.capabilities =
        (struct spec_capabilities){.bounding = caps, .permitted = caps, .effective = caps};
    *ARENA_APPEND(arena, spec->process.environment, spec->process.environment_count) =
        ENVIRONMENT[0];
    TRY(bundle_resolve_process(spec, arena, &notes, fail));
    return seccomp_default_filter(spec->process.capabilities.bounding, arena, &spec->seccomp_filter,
                                  &spec->seccomp_filter_size, fail);
}

static void choose_window(struct spec_process *process)
{
    struct winsize size;
    if (!process->terminal || process->rows != 0 || ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0)
        return;
    process->rows = size.ws_row;
    process->columns = size.ws_col;
}

static int choose_process(const struct exec_context *exec, const struct invocation *rest,
                          const struct existing *existing, struct spec *ret_spec, struct fail *fail)
{
    *ret_spec = existing->spec;
    if (ret_spec->oci.version == NULL)
        TRY(default_spec(ret_spec, exec->arena, fail));
    else if (existing->container.record.monitored)
        TRY(recall_filter(&existing->container.state, ret_spec, exec->arena, fail));
    const struct trace *trace = existing->container.trace;
    TRY(exec->process_file != NULL ? from_file(exec, ret_spec, trace, fail)
                                   : from_options(exec, rest, existing, ret_spec, fail));
    ret_spec->process.signal_mask = rest->caller->signal_mask;
    ret_spec->process.sigchld_ignored = rest->caller->sigchld_ignored;
    ret_spec->process.preserved_fds = exec->preserved_fds;
    ret_spec->trace = rest->debug;
    choose_window(&ret_spec->process);
    return 0;
}

/* ---- the command line ---- */

static int check(const struct exec_context *exec, const struct existing *existing,
                 const struct spec *spec, struct fail *fail)
{
    if (spec->process.arg_count == 0 || spec->process.args[0][0] == '\0')
        return fail_set(fail, "reading the command line: there is no command to execute");
    if (existing->status == STATUS_PAUSED && !exec->ignore_paused)
        return existing_wrong_status(existing, "executing a process in",
                                     "launcher resume lets it go on; --ignore-paused starts the "
                                     "process all the same",
                                     fail);
    if (exec->options.detach && spec->process.terminal && exec->options.console_socket == NULL) {
        (void)fail_set(fail, "option --detach: nobody would get the terminal");
        return fail_hint(fail, "give exec a --console-socket too");
    }
    return 0;
}

/* ID and command stand behind the options; the command's own options are none of ours. */
static int read_words(struct invocation *invocation, struct exec_context *exec, const char **ret_id,
                      struct fail *fail)
{
    int used = 0;
    TRY(options_parse(&OPTION_SET, invocation->argc, invocation->argv, exec, &used, fail));
    if (exec->plain.help)
        return 0;
    invocation->argc -= used;
    invocation->argv += used;
    if (invocation->argc == 0)
        return fail_set(fail, "reading the command line: missing the name of a container");
    *ret_id = invocation->argv[0];
    invocation->argc -= 1;
    invocation->argv += 1;
    if (invocation->argc > 0 && strcmp(invocation->argv[0], "--") == 0) {
        invocation->argc -= 1;
        invocation->argv += 1;
    }
    return 0;
}

int cmd_exec(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct exec_context exec = {.arena = invocation->arena};
    const char *id = NULL;
    struct spec spec;
    *ret_exit_status = 0;
    TRY(read_words(invocation, &exec, &id, fail));
    TRY(check_preserved_fds(exec.preserved_fds, fail));
    if (exec.plain.help) {
        print_help();
        return 0;
    }
    struct trace trace = trace_of(invocation);
    AUTO_EXISTING struct existing existing = EXISTING_NONE;
    TRY(existing_look_at(id, &trace, invocation->arena, &existing, fail));
    TRY(choose_process(&exec, invocation, &existing, &spec, fail));
    TRY(check(&exec, &existing, &spec, fail));
    return existing_exec(&existing, &spec, &exec.options, ret_exit_status, fail);
}
