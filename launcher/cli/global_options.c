#include "global_options.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "options.h"

/* ---- the options ---- */

/* state_root.c looks there. As a variable it reaches every part that keeps something. */
static int take_root(void *context, const char *value, struct fail *fail)
{
    (void)context;
    if (value[0] != '/')
        return fail_set(fail, "\"%.200s\" is no absolute path", value);
    if (setenv("LAUNCHER_ROOT", value, 1) < 0)
        return fail_sys(fail, "remembering it");
    return 0;
}

static int take_log(void *context, const char *value, struct fail *fail)
{
    struct invocation *invocation = context;
    (void)fail;
    invocation->log_file = value[0] != '\0' ? value : NULL;
    return 0;
}

static int take_log_format(void *context, const char *value, struct fail *fail)
{
    struct invocation *invocation = context;
    invocation->log_json = strcmp(value, "json") == 0;
    if (!invocation->log_json && strcmp(value, "text") != 0)
        return fail_set(fail, "\"%.60s\" is neither text nor json", value);
    return 0;
}

static int take_debug(void *context, const char *value, struct fail *fail)
{
    struct invocation *invocation = context;
    (void)value, (void)fail;
    invocation->debug = true;
    return 0;
}

static int take_systemd_cgroup(void *context, const char *value, struct fail *fail)
{
    struct invocation *invocation = context;
    (void)value, (void)fail;
    invocation->cgroup_manager = MANAGER_SYSTEMD;
    return 0;
}

static int take_cgroup_manager(void *context, const char *value, struct fail *fail)
{
    static const char *const names[] = {[MANAGER_CGROUPFS] = "cgroupfs",
                                        [MANAGER_SYSTEMD] = "systemd",
                                        [MANAGER_DISABLED] = "disabled"};
    struct invocation *invocation = context;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(value, names[i]) == 0) {
            invocation->cgroup_manager = (enum cgroup_manager)i;
            return 0;
        }
    return fail_set(fail, "\"%.60s\" is none of cgroupfs, systemd, disabled", value);
}

/* launcher sees for itself who runs it. */
static int take_rootless(void *context, const char *value, struct fail *fail)
{
    (void)context;
    if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0 && strcmp(value, "auto") != 0)
        return fail_set(fail, "\"%.60s\" is none of true, false, auto", value);
    return 0;
}

static const struct option_row ROWS[] = {
    {.name = "root",
     .value = "DIR",
     .handle = take_root,
     .help = "where records of containers are kept (default /run/launcher)"},
    {.name = "log", .value = "FILE", .handle = take_log, .help = "write errors into this file too"},
    {.name = "log-format",
     .value = "FORMAT",
     .handle = take_log_format,
     .help = "of errors: text (default) or json"},
    {.name = "debug", .handle = take_debug, .help = "print every step of create and run on stderr"},
    {.name = "systemd-cgroup",
     .handle = take_systemd_cgroup,
     .help = "have systemd make cgroups: cgroupsPath is SLICE:PREFIX:NAME"},
    {.name = "cgroup-manager",
     .value = "NAME",
     .handle = take_cgroup_manager,
     .help = "cgroupfs (default), systemd, or disabled: no cgroup at all"},
    {.name = "rootless",
     .value = "WORD",
     .handle = take_rootless,
     .help = "true, false or auto; launcher finds out by itself"},
};
static const struct option_section SECTION_GLOBAL = {
    .title = "Global options, before the verb",
    .rows = ROWS,
    .row_count = sizeof(ROWS) / sizeof(ROWS[0]),
};
static const struct option_set GLOBAL = {.sections = &SECTION_GLOBAL, .section_count = 1};

static const struct option_row *find_row(const char *word)
{
    for (size_t i = 0; i < SECTION_GLOBAL.row_count; i++) {
        size_t length = strlen(ROWS[i].name);
        bool same = strncmp(word, "--", 2) == 0 && strncmp(word + 2, ROWS[i].name, length) == 0;
        if (same && (word[2 + length] == '\0' || word[2 + length] == '='))
            return &ROWS[i];
    }
    return NULL;
}

int global_options_take(struct invocation *invocation, struct fail *fail)
{
    const struct option_row *row;
    while (invocation->argc > 0 && (row = find_row(invocation->argv[0])) != NULL) {
        int used = 0;
        bool separate = row->value != NULL && strchr(invocation->argv[0], '=') == NULL;
        int words = separate && invocation->argc > 1 ? 2 : 1;
        TRY(options_parse(&GLOBAL, words, invocation->argv, invocation, &used, fail));
        invocation->argc -= words;
        invocation->argv += words;
    }
    return 0;
}

void global_options_help(void)
{
    options_help(&GLOBAL, stdout);
}

/* ---- errors ---- */

/* RFC 3339: engines parse it. */
static void format_time(char text[64])
{
    struct timespec now;
    struct tm utc;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    (void)strftime(text, 64, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static char *as_json(const struct fail *fail)
{
    char time[64];
    format_time(time);
    json_t *line = json_pack("{s:s, s:s, s:s*, s:s}", "level", "error", "msg", fail->text, "hint",
                             fail->hint[0] != '\0' ? fail->hint : NULL, "time", time);
    char *text = json_dumps(line, JSON_COMPACT);
    json_decref(line);
    return text;
}

static void print_json(FILE *file, const struct fail *fail)
{
    AUTO_FREE char *text = as_json(fail);
    (void)fprintf(file, "%s\n", text != NULL ? text : "{\"level\":\"error\"}");
}

/* An error repeats what was typed or read: none of it may speak to the terminal. */
static void print_clean(FILE *file, const char *prefix, const char *text)
{
    char line[sizeof(((struct fail *)NULL)->text) + 32];
    (void)snprintf(line, sizeof(line), "%s%s", prefix, text);
    for (char *letter = line; *letter != '\0'; letter++)
        if (iscntrl((unsigned char)*letter))
            *letter = '?';
    (void)fprintf(file, "%s\n", line); /* one write: lines of others can't come in between */
}

static void print(FILE *file, bool json, const struct fail *fail)
{
    if (json) {
        print_json(file, fail);
        return;
    }
    print_clean(file, "launcher: ", fail->text);
    if (fail->hint[0] != '\0')
        print_clean(file, "hint: ", fail->hint);
}

void global_options_report(const struct invocation *invocation, const struct fail *fail)
{
    print(stderr, invocation->log_json && invocation->log_file == NULL, fail);
    if (invocation->log_file == NULL)
        return;
    AUTO_FD int fd = open(invocation->log_file,
                          O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "a");
    if (file == NULL) {
        (void)fprintf(stderr, "launcher: opening the log %s: %s\n", invocation->log_file,
                      strerror(errno));
        return;
    }
    (void)take_fd(&fd); /* fclose closes it */
    print(file, invocation->log_json, fail);
    (void)fclose(file);
}
