/* PURE: no system call is made in this file. */
#include <limits.h>
#include <string.h>

#include "../spec/parse.h"
#include "events.h"

/* "150ms" in microseconds. */
static int parse_span(const char *text, size_t size, int64_t *ret_us, struct fail *fail)
{
    static const struct {
        const char *unit;
        int64_t us;
    } units[] = {{"ms", 1000}, {"us", 1}, {"s", 1000000}, {"", 1}};
    char number[32];
    size_t unit = 0, digits = strspn(text, "0123456789");
    while (unit + 1 < sizeof(units) / sizeof(units[0]) &&
           (strlen(units[unit].unit) != size - digits ||
            memcmp(units[unit].unit, text + digits, size - digits) != 0))
        unit++;
    if (digits > size || strlen(units[unit].unit) != size - digits || digits >= sizeof(number))
        return fail_set(fail, "\"%.*s\" is not a time: 150ms, 2s", (int)size, text);
    memcpy(number, text, digits);
    number[digits] = '\0';
    TRY(parse_number(number, 1, 1000000000, ret_us, fail));
    *ret_us *= units[unit].us;
    return 0;
}

static bool is_word(const char *word, const char *text, size_t size)
{
    return strlen(word) == size && memcmp(word, text, size) == 0;
}

static int parse_resource(const char *text, size_t size, struct pressure_trigger *trigger,
                          struct fail *fail)
{
    size_t name_size = strcspn(text, ".:");
    const char *kind = text[name_size] == '.' ? text + name_size + 1 : psi_kind_names[PSI_SOME];
    size_t kind_size = text[name_size] == '.' ? size - name_size - 1 : strlen(kind);
    unsigned resource = 0, which = 0;
    while (resource < PSI_RESOURCE_COUNT && !is_word(psi_resource_names[resource], text, name_size))
        resource++;
    while (which < PSI_KIND_COUNT && !is_word(psi_kind_names[which], kind, kind_size))
        which++;
    if (resource == PSI_RESOURCE_COUNT || which == PSI_KIND_COUNT)
        return fail_set(fail, "\"%.*s\" is none of cpu, memory, io, nor with .full behind it",
                        (int)(size < 60 ? size : 60), text);
    trigger->resource = (enum psi_resource)resource;
    trigger->kind = (enum psi_kind)which;
    return 0;
}

int pressure_trigger_parse(const char *text, struct pressure_trigger *ret_trigger,
                           struct fail *fail)
{
    const char *colon = strchr(text, ':');
    const char *slash = colon != NULL ? strchr(colon, '/') : NULL;
    if (slash == NULL) {
        (void)fail_set(fail, "\"%.60s\" is not RESOURCE:STALL/WINDOW", text);
        return fail_hint(fail, "memory:150ms/2s tells when processes waited 150 ms within 2 s");
    }
    TRY(parse_resource(text, (size_t)(colon - text), ret_trigger, fail));
    TRY(parse_span(colon + 1, (size_t)(slash - colon - 1), &ret_trigger->stall_us, fail));
    TRY(parse_span(slash + 1, strlen(slash + 1), &ret_trigger->window_us, fail));
    if (ret_trigger->window_us < 500000 || ret_trigger->window_us > 10000000)
        return fail_set(fail, "the window must be between 500 ms and 10 s");
    if (ret_trigger->stall_us > ret_trigger->window_us)
        return fail_set(fail, "the stall can't be longer than the window");
    return 0;
}
