/* config_text.h - texts of config.json for tests, and how they are read. */
#ifndef TESTS_CONFIG_TEXT_H
#define TESTS_CONFIG_TEXT_H

#include <string.h>

#include "../../launcher/spec/config.h"
#include "tap.h"

/* A config with more in its process, its linux object and at its top. */
#define CONFIG(PROCESS, LINUX, TOP)                                                     \
    "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"},\"process\":{\"cwd\":\"/" \
    "\",\"args\":[\"sh\"]" PROCESS "},\"linux\":{\"unknown\":0" LINUX "}" TOP "}"
#define PROCESS(TEXT) CONFIG("," TEXT, "", "")
#define LINUX(TEXT) CONFIG("", "," TEXT, "")
#define TOP(TEXT) CONFIG("", "", "," TEXT)
#define RESOURCES(TEXT) LINUX("\"resources\":{" TEXT "}")
#define SECCOMP(TEXT) LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\"," TEXT "}")

static inline bool read_text(const char *text, struct arena *arena, struct spec *spec,
                             struct config_notes *notes)
{
    struct fail fail = {0};
    bool read = config_read("config.json", text, strlen(text), arena, spec, notes, &fail) == 0;
    if (!read)
        printf("# %s\n", fail.text);
    return read;
}

#endif
