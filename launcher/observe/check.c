#include "check.h"

#include <sched.h>

static const struct check_section *const SECTIONS[] = {
    &CHECK_KERNEL,  &CHECK_NAMESPACES, &CHECK_MOUNTS, &CHECK_PRIVILEGES,
    &CHECK_CGROUPS, &CHECK_NETWORK,    &CHECK_USER,
};

enum { SECTION_COUNT = sizeof(SECTIONS) / sizeof(SECTIONS[0]) };

static int find_nothing(const struct check_row *row, const struct check_host *host,
                        char found[CHECK_FOUND_MAX], struct fail *fail)
{
    (void)row, (void)host, (void)found, (void)fail;
    return 0;
}

/* Asked once: else half of the rows would fail for this one reason, and hide it. */
static void try_user_namespace(struct check_host *host)
{
    static const struct check_row row = {.function = find_nothing, .namespaces = CLONE_NEWUSER};
    char found[CHECK_FOUND_MAX];
    struct fail fail = {0};
    int result = check_try(&row, host, found, &fail);
    host->no_user_namespace = result < 0 ? result : 0;
}

static int try_row(const struct check_row *row, const struct check_host *host,
                   char found[CHECK_FOUND_MAX], struct fail *fail)
{
    if (!row->as_container || host->self.privileged || host->no_user_namespace == 0)
        return check_try(row, host, found, fail);
    (void)fail_set(fail, "not tried: that takes a user namespace");
    return fail_hint(fail, "the check \"user namespace\" says what is in the way");
}

static struct check_result judge(const struct check_row *row, enum check_need need, int result,
                                 const char *found, const struct fail *fail, struct arena *arena)
{
    if (result >= 0)
        return (struct check_result){
            .row = row, .status = CHECK_PASS, .found = arena_strdup(arena, found)};
    return (struct check_result){
        .row = row,
        .status = need == CHECK_REQUIRED ? CHECK_FAIL : CHECK_WARN,
        .found = arena_strdup(arena, fail->text),
        .cure = fail->hint[0] != '\0' ? arena_strdup(arena, fail->hint) : NULL,
    };
}

static void check_section(const struct check_section *section, const struct check_host *host,
                          struct check_report *report)
{
    for (size_t i = 0; i < section->row_count; i++) {
        const struct check_row *row = &section->rows[i];
        enum check_need need = host->self.privileged ? row->for_root : row->for_ordinary;
        char found[CHECK_FOUND_MAX] = "";
        struct fail fail = {0};
        if (need == CHECK_LEFT_OUT)
            continue;
        int result = try_row(row, host, found, &fail);
        struct check_result judged = judge(row, need, result, found, &fail, host->arena);
        judged.section = section;
        report->counts[judged.status]++;
        *ARENA_APPEND(host->arena, report->results, report->count) = judged;
    }
}

int check_host(struct arena *arena, struct check_report *ret_report, struct fail *fail)
{
    struct check_host host = {.arena = arena};
    struct check_report report = {.count = 0};
    TRY(read_host(arena, &host.self, fail));
    report.uid = host.self.uid;
    report.privileged = host.self.privileged;
    if (!host.self.privileged)
        try_user_namespace(&host);
    for (size_t i = 0; i < SECTION_COUNT; i++)
        check_section(SECTIONS[i], &host, &report);
    *ret_report = report;
    return 0;
}
