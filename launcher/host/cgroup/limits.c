/* PURE: no system call is made in this file. */
#include "limits.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool limit_text(struct limit limit, const char *unlimited, char text[LIMIT_TEXT_MAX])
{
    if (limit.set && limit.value < 0)
        (void)snprintf(text, LIMIT_TEXT_MAX, "%s", unlimited);
    else if (limit.set)
        (void)snprintf(text, LIMIT_TEXT_MAX, "%lld", (long long)limit.value);
    return limit.set;
}

const char *limit_word(struct limit limit, struct arena *arena)
{
    return limit.value < 0 ? "max" : arena_printf(arena, "%lld", (long long)limit.value);
}

/* ---- lists ---- */

void limits_add_rows(struct limit_list *list, const struct limit_row *rows, size_t count,
                     const struct spec_resources *resources, struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        const struct limit_row *row = &rows[i];
        char text[LIMIT_TEXT_MAX] = "", other[LIMIT_TEXT_MAX] = "";
        if (!row->text(resources, text))
            continue;
        if (row->other_text != NULL)
            (void)row->other_text(resources, other);
        *ARENA_APPEND(arena, list->writes, list->count) = (struct limit_write){
            .controller = row->controller,
            .name = row->name,
            .file = row->file,
            .text = arena_strdup(arena, text),
            .other_file = row->other_file,
            .other_text = row->other_file != NULL ? arena_strdup(arena, other) : NULL,
            .optional = row->optional,
        };
    }
}

static void add_one(struct limit_list *list, enum controller controller, const char *file,
                    const char *text, struct arena *arena)
{
    *ARENA_APPEND(arena, list->writes, list->count) =
        (struct limit_write){.controller = controller, .name = file, .file = file, .text = text};
}

static const char *rdma_text(const struct spec_rdma_limit *limit, struct arena *arena)
{
    const char *text = limit->device;
    if (limit->handles.set)
        text = arena_printf(arena, "%s hca_handle=%s", text, limit_word(limit->handles, arena));
    if (limit->objects.set)
        text = arena_printf(arena, "%s hca_object=%s", text, limit_word(limit->objects, arena));
    return text;
}

/* The raw files come last: they are the word of somebody who knows better. */
void limits_add_common(struct limit_list *list, const struct spec_resources *resources,
                       struct arena *arena)
{
    for (size_t i = 0; i < resources->rdma_count; i++)
        add_one(list, CONTROLLER_RDMA, "rdma.max", rdma_text(&resources->rdma[i], arena), arena);
    for (size_t i = 0; i < resources->misc_count; i++)
        add_one(list, CONTROLLER_MISC, "misc.max",
                arena_printf(arena, "%s %s", resources->misc[i].key, resources->misc[i].value),
                arena);
    for (size_t i = 0; i < resources->unified_count; i++)
        add_one(list, controller_of_file(resources->unified[i].key), resources->unified[i].key,
                resources->unified[i].value, arena);
}

uint32_t limits_controllers(const struct limit_list *list)
{
    uint32_t controllers = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->writes[i].controller < CONTROLLER_COUNT)
            controllers |= CONTROLLER_BIT(list->writes[i].controller);
    return controllers;
}

/* ---- conversions ---- */

enum { SHARES_MIN = 2, SHARES_MAX = 262144, WEIGHT_MAX = 10000 };

int64_t limits_weight_of_shares(int64_t shares)
{
    if (shares <= SHARES_MIN)
        return 1;
    if (shares >= SHARES_MAX)
        return WEIGHT_MAX;
    double power = log2((double)shares);
    return (int64_t)ceil(pow(10.0, (power * power + 125.0 * power) / 612.0 - 7.0 / 34.0));
}

int64_t limits_shares_of_weight(int64_t weight)
{
    int64_t shares = weight * 1024 / 100;
    return shares < SHARES_MIN ? SHARES_MIN : shares;
}

int64_t limits_io_weight_of_blkio(int64_t weight)
{
    return 1 + (weight - 10) * 9999 / 990;
}
