#include <errno.h>
#include <stdio.h>

#include "../observe/live.h"
#include "../observe/psi.h"
#include "../observe/ticker.h"
#include "words.h"

static const struct option_row OPTIONS[] = {
    {.name = "watch", .handle = take_plain_watch, .help = "again every second, until ^C"},
    {.name = "json", .handle = take_plain_json, .help = "as a line of JSON"},
    HELP_ROW,
};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct usage USAGE = {
    .line = "psi [ID] [--watch] [--json]",
    .text = "Shows for how long processes waited for a resource, of the host or of one container:\n"
            "some: at least one waited; full: none got on. In percent of the last 10, 60 and 300\n"
            "seconds, and in all since the start. That is pressure stall information (PSI).\n",
    .most = 1,
    .options = {.sections = SECTIONS, .section_count = 1},
};

static void print_table(const struct psi *psi)
{
    (void)puts("RESOURCE KIND   AVG10   AVG60  AVG300        TOTAL");
    for (enum psi_resource resource = 0; resource < PSI_RESOURCE_COUNT; resource++)
        for (enum psi_kind kind = 0; kind < PSI_KIND_COUNT; kind++) {
            const struct psi_line *line = &psi->lines[resource][kind];
            if (line->set)
                (void)printf("%-8s %-4s %7.2f %7.2f %7.2f %11.3fs\n", psi_resource_names[resource],
                             psi_kind_names[kind], line->avg10, line->avg60, line->avg300,
                             (double)line->total_us / 1e6);
        }
}

static int print_json(const struct psi *psi, struct fail *fail)
{
    json_t *json = psi_to_json(psi);
    AUTO_FREE char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(6));
    json_decref(json);
    if (text == NULL)
        return fail_code(fail, -ENOMEM, "printing the pressure");
    (void)puts(text);
    return 0;
}

static int print(const char *cgroup, const struct plain_flags *flags, struct fail *fail)
{
    struct psi psi;
    TRY(psi_read(cgroup, &psi, fail));
    if (flags->json)
        return print_json(&psi, fail);
    if (flags->watch && isatty(STDOUT_FILENO))
        (void)fputs("\033[H\033[J", stdout); /* from the top, and clear what was there */
    print_table(&psi);
    return 0;
}

/* Until a signal, the end of the container or of the reader. */
static int watch(const struct live *live, const char *cgroup, const struct plain_flags *flags,
                 struct fail *fail)
{
    bool stop = false;
    AUTO_TICKER struct ticker ticker = TICKER_NONE;
    TRY(ticker_open(&ticker, fail));
    while (fflush(stdout) == 0 && !ferror(stdout)) {
        TRY(ticker_wait(&ticker, &stop, fail));
        if (stop)
            return 0;
        struct fail gone = {0};
        int result = print(cgroup, flags, &gone);
        if (cgroup != NULL && !live_runs(live))
            return 0;
        if (result < 0) {
            *fail = gone;
            return result;
        }
    }
    return 0;
}

static int find_cgroup(const struct live *live, const char **ret_cgroup, struct fail *fail)
{
    TRY(live_need_cgroup(live, "reading the pressure of", fail));
    *ret_cgroup = live_unified_path(live);
    if (*ret_cgroup != NULL)
        return 0;
    (void)fail_code(fail, -ENOENT,
                    "reading the pressure of the container %s: finding its v2 cgroup",
                    live->record.id);
    return fail_hint(fail, "version 1 of cgroups knows no pressure; launcher psi without a name "
                           "shows the host's");
}

int cmd_psi(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct plain_flags flags = {.help = false};
    struct words words;
    const char *cgroup = NULL;
    *ret_exit_status = 0;
    int result = words_read(invocation, &USAGE, &flags, &flags.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    AUTO_LIVE struct live live = LIVE_NONE;
    if (words.id_count > 0) {
        TRY(live_open(words.ids[0], invocation->arena, &live, fail));
        TRY(find_cgroup(&live, &cgroup, fail));
    }
    TRY(print(cgroup, &flags, fail));
    return flags.watch ? watch(&live, cgroup, &flags, fail) : 0;
}
