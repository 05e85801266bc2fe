/* cmd_check.c - `launcher check`: can this user run containers on this host, and what can't they
 * have. */
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "../observe/check.h"
#include "options.h"
#include "verbs.h"

enum { EXIT_CANT_RUN = 1 };

/* ---- options ---- */

struct flags {
    bool help, json;
};

static int take_help(void *context, const char *value, struct fail *fail)
{
    struct flags *flags = context;
    (void)value, (void)fail;
    flags->help = true;
    return 1;
}

static int take_json(void *context, const char *value, struct fail *fail)
{
    struct flags *flags = context;
    (void)value, (void)fail;
    flags->json = true;
    return 0;
}

static const struct option_row OPTIONS[] = {
    {.name = "json", .handle = take_json, .help = "print a JSON object: checks and summary"},
    {.name = "help", .letter = 'h', .handle = take_help, .help = "print this"},
};

static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct option_set OPTION_SET = {.sections = SECTIONS, .section_count = 1};

static void print_help(void)
{
    (void)puts("Usage: launcher check [OPTION...]\n\n"
               "Tries what containers need of this host, and leaves nothing behind. One line a\n"
               "check: PASS, WARN (a container can do without) or FAIL (none can run), what was\n"
               "found and the cure. The exit status is 0 when this user can run containers here,\n"
               "else 1.");
    options_help(&OPTION_SET, stdout);
}

/* ---- text ---- */

static const char *const STATUS_NAMES[CHECK_STATUS_COUNT] = {
    [CHECK_PASS] = "PASS", [CHECK_WARN] = "WARN", [CHECK_FAIL] = "FAIL"};

/* What was read from the host may not speak to the terminal, nor begin a line. */
static const char *clean(const char *text, struct arena *arena)
{
    char *copy = arena_strdup(arena, text);
    for (char *letter = copy; *letter != '\0'; letter++)
        if (iscntrl((unsigned char)*letter))
            *letter = '?';
    return copy;
}

static void print_result(const struct check_result *result, struct arena *arena)
{
    (void)printf("  %s  %-26s %s", STATUS_NAMES[result->status], result->row->name,
                 clean(result->found, arena));
    if (result->status != CHECK_PASS)
        (void)printf(" (it is for %s)", result->row->purpose);
    if (result->cure != NULL)
        (void)printf("; hint: %s", clean(result->cure, arena));
    (void)putchar('\n');
}

static const char *user_name(const struct check_report *report, struct arena *arena)
{
    if (report->privileged)
        return "root";
    return arena_printf(arena, "user %u, in user namespaces", (unsigned)report->uid);
}

static void print_text(const struct check_report *report, struct arena *arena)
{
    const struct check_section *section = NULL;
    const size_t *counts = report->counts;
    for (size_t i = 0; i < report->count; i++) {
        const struct check_result *result = &report->results[i];
        if (result->section != section)
            (void)printf("%s%s:\n", section != NULL ? "\n" : "", result->section->title);
        section = result->section;
        print_result(result, arena);
    }
    (void)printf("\nContainers %s here as %s: %zu passed, %zu warnings, %zu failed\n",
                 counts[CHECK_FAIL] == 0 ? "can run" : "can't run", user_name(report, arena),
                 counts[CHECK_PASS], counts[CHECK_WARN], counts[CHECK_FAIL]);
}

/* ---- JSON ---- */

/* JSON is UTF-8, but a path of the host may be anything. */
static json_t *text_to_json(const char *text, struct arena *arena)
{
    if (text == NULL)
        return NULL;
    json_t *whole = json_string(clean(text, arena));
    return whole != NULL ? whole : json_string("not UTF-8");
}

static json_t *result_to_json(const struct check_result *result, struct arena *arena)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o*}", "section", result->section->title, "check",
                     result->row->name, "for", result->row->purpose, "status",
                     STATUS_NAMES[result->status], "found", text_to_json(result->found, arena),
                     "cure", text_to_json(result->cure, arena));
}

static int print_json(const struct check_report *report, struct arena *arena, struct fail *fail)
{
    json_t *checks = json_array();
    for (size_t i = 0; i < report->count; i++)
        (void)json_array_append_new(checks, result_to_json(&report->results[i], arena));
    json_t *whole = json_pack(
        "{s:o, s:{s:b, s:I, s:b, s:I, s:I, s:I}}", "checks", checks, "summary", "canRun",
        report->counts[CHECK_FAIL] == 0, "uid", (json_int_t)report->uid, "rootless",
        !report->privileged, "passed", (json_int_t)report->counts[CHECK_PASS], "warnings",
        (json_int_t)report->counts[CHECK_WARN], "failed", (json_int_t)report->counts[CHECK_FAIL]);
    int result = whole == NULL || json_dumpf(whole, stdout, JSON_INDENT(2)) < 0 ? -1 : 0;
    json_decref(whole);
    (void)putchar('\n');
    return result < 0 ? fail_set(fail, "writing the report as JSON") : 0;
}

int cmd_check(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct flags flags = {.help = false};
    struct check_report report;
    int used = 0;
    *ret_exit_status = 0;
    TRY(options_parse(&OPTION_SET, invocation->argc, invocation->argv, &flags, &used, fail));
    if (flags.help) {
        print_help();
        return 0;
    }
    if (used < invocation->argc)
        return fail_set(fail, "reading the command line: check takes no \"%s\"",
                        invocation->argv[used]);
    TRY(check_host(invocation->arena, &report, fail));
    *ret_exit_status = report.counts[CHECK_FAIL] == 0 ? 0 : EXIT_CANT_RUN;
    if (flags.json)
        return print_json(&report, invocation->arena, fail);
    print_text(&report, invocation->arena);
    return 0;
}
