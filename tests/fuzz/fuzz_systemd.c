/* What systemd, or whoever sits at its socket, may send: a message with the arguments of a reply or a
 * signal. And the two texts of a config.json that are about its units: cgroupsPath and annotations. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../launcher/host/systemd/bus_message.h"
#include "../../launcher/host/systemd/unit_name.h"
#include "../../launcher/host/systemd/unit_property.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void read_message(const uint8_t *bytes, size_t size)
{
    struct bus_message message;
    if (!bus_message_parse(bytes, size, &message))
        return;
    (void)bus_read_u32(&message.body);
    (void)bus_read_signature(&message.body);
    (void)bus_read_string(&message.body);
    (void)bus_read_string(&message.body);
}

static void read_texts(const uint8_t *bytes, size_t size)
{
    struct arena arena = {0};
    struct fail fail = {.code = 0};
    struct unit_name unit;
    struct property_list list = {.count = 0};
    struct bus_writer writer = {.arena = &arena};
    const char *text = arena_copy(&arena, bytes, size);
    if (unit_name_parse(text, "web", false, &arena, &unit, &fail) == 0 &&
        (strncmp(unit.path, "../", 3) == 0 || strstr(unit.path, "/../") != NULL))
        abort();
    if (property_list_add_annotation(&list, "org.systemd.property.XSec", text, &arena, &fail) ==
            0 ||
        property_list_add_annotation(&list, "org.systemd.property.X", text, &arena, &fail) == 0)
        property_list_put(&list, &writer);
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    read_message(bytes, size);
    read_texts(bytes, size);
    return 0;
}
