/* unit_property.h - PURE: properties of a systemd unit, as its D-Bus interface has them;
 * org.freedesktop.systemd1(5).
 */
#ifndef LAUNCHER_UNIT_PROPERTY_H
#define LAUNCHER_UNIT_PROPERTY_H

#include "../../../shared/fail.h"
#include "bus_message.h"

enum property_type {
    PROPERTY_BOOL,
    PROPERTY_INT32,
    PROPERTY_UINT32,
    PROPERTY_INT64,
    PROPERTY_UINT64,
    PROPERTY_STRING,
    PROPERTY_STRINGS,
    PROPERTY_BYTES,
    PROPERTY_PIDS, /* one of them */
};

struct unit_property {
    const char *name;
    enum property_type type;
    uint64_t number;    /* of a bool 0 or 1; a negative one in two's complement */
    const char *text;   /* of a string */
    const char **texts; /* of strings */
    const void *bytes;
    size_t count; /* of strings, or of bytes */
};

struct property_list {
    struct unit_property *properties;
    size_t count;
};

/* Puts the list as "a(sv)". */
void property_list_put(const struct property_list *list, struct bus_writer *writer);

void property_list_add(struct property_list *list, struct arena *arena,
                       struct unit_property property);

/* Appends the property that an annotation "org.systemd.property.NAME" of a config.json asks for, as runc
 * and crun have it. Its value is in GVariant's text format: true, 'a word', uint64 5, ['a', 'b']. A NAME
 * that ends in "Sec" is in seconds, and becomes NAMEUSec in microseconds, as in unit files. Other
 * annotations are passed over. Errors: what is no such value (-EINVAL). */
MUST_CHECK int property_list_add_annotation(struct property_list *list, const char *key,
                                            const char *value, struct arena *arena,
                                            struct fail *fail);

#endif
