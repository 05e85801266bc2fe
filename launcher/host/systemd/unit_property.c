/* PURE: no system call is made in this file. */
#include "unit_property.h"

/* ---- on the wire ---- */

static const char *const SIGNATURES[] = {
    [PROPERTY_BOOL] = "b",     [PROPERTY_INT32] = "i",  [PROPERTY_UINT32] = "u",
    [PROPERTY_INT64] = "x",    [PROPERTY_UINT64] = "t", [PROPERTY_STRING] = "s",
    [PROPERTY_STRINGS] = "as", [PROPERTY_BYTES] = "ay", [PROPERTY_PIDS] = "au",
};

static void put_strings(const struct unit_property *property, struct bus_writer *writer)
{
    struct bus_array array = bus_open_array(writer, sizeof(uint32_t));
    for (size_t i = 0; i < property->count; i++)
        bus_put_string(writer, property->texts[i]);
    bus_close_array(writer, &array);
}

static void put_value(const struct unit_property *property, struct bus_writer *writer)
{
    struct bus_array array;
    switch (property->type) {
    case PROPERTY_BOOL:
    case PROPERTY_INT32:
    case PROPERTY_UINT32:
        bus_put_u32(writer, (uint32_t)property->number);
        return;
    case PROPERTY_INT64:
    case PROPERTY_UINT64:
        bus_put_u64(writer, property->number);
        return;
    case PROPERTY_STRING:
        bus_put_string(writer, property->text);
        return;
    case PROPERTY_STRINGS:
        put_strings(property, writer);
        return;
    case PROPERTY_BYTES:
        bus_put_bytes(writer, property->bytes, property->count);
        return;
    case PROPERTY_PIDS:
        array = bus_open_array(writer, sizeof(uint32_t));
        bus_put_u32(writer, (uint32_t)property->number);
        bus_close_array(writer, &array);
        return;
    }
}

void property_list_put(const struct property_list *list, struct bus_writer *writer)
{
    struct bus_array array = bus_open_array(writer, 8);
    for (size_t i = 0; i < list->count; i++) {
        const struct unit_property *property = &list->properties[i];
        bus_put_struct(writer);
        bus_put_string(writer, property->name);
        bus_put_signature(writer, SIGNATURES[property->type]);
        put_value(property, writer);
    }
    bus_close_array(writer, &array);
}

void property_list_add(struct property_list *list, struct arena *arena,
                       struct unit_property property)
{
    *ARENA_APPEND(arena, list->properties, list->count) = property;
}
