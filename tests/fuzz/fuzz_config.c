/* Any bytes at all as a config.json. What is taken for JSON is what jansson takes for it, and what
 * passed the tables and the checks can be planned. */
#include <jansson.h>
#include <stdint.h>
#include <string.h>

#include "../../launcher/host/seccomp_profile.h"
#include "../../launcher/plan/plan.h"
#include "../../launcher/spec/config.h"
#include "../../launcher/spec/json_read.h"
#include "../../launcher/spec/spec_defaults.h"
#include "../../launcher/spec/spec_validate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_json(const char *text, size_t size, struct arena *arena, struct fail *fail)
{
    struct json_reader reader = {.text = text, .size = size, .arena = arena};
    bool json = json_skip(&reader, fail) == 0 && json_end(&reader, fail) == 0;
    if (!json && (fail->text[0] == '\0' || !reader.broken || reader.broken_at > size))
        __builtin_trap();
    return json;
}

/* Differences that are wanted: we nest less deep, a number that is skipped may be of any size, and no
 * NUL passes (jansson overlooks one behind a number). */
static void compare_with_jansson(const char *text, size_t size, struct arena *arena)
{
    struct fail fail = {0};
    json_error_t error;
    bool ours = is_json(text, size, arena, &fail);
    json_t *json = json_loadb(text, size, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &error);
    bool theirs = json != NULL || json_error_code(&error) == json_error_numeric_overflow;
    json_decref(json);
    if (ours && !theirs)
        __builtin_trap();
    if (!ours && json != NULL && strstr(fail.text, "nested deeper") == NULL &&
        memchr(text, '\0', size) == NULL)
        __builtin_trap();
}

static void plan(struct spec *spec, struct arena *arena)
{
    struct fail fail = {0};
    struct plan whole;
    const struct sock_filter *filter = NULL;
    size_t count = 0;
    spec->id = "x";
    spec->root.path = "/x";
    default_devices(spec, arena);
    if (spec_validate(spec, &fail) < 0)
        return;
    if (spec->oci.seccomp != NULL &&
        seccomp_profile_compile(spec->oci.seccomp, arena, &filter, &count, &fail) < 0)
        return;
    spec->seccomp_filter = filter;
    spec->seccomp_filter_size = count * sizeof(*filter);
    if (plan_build(spec, arena, &whole, &fail) < 0 && fail.text[0] == '\0')
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA struct arena arena = {0};
    struct spec spec;
    struct config_notes notes;
    struct fail fail = {0};
    const char *text = (const char *)data;
    compare_with_jansson(text, size, &arena);
    int result = config_read("config.json", text, size, &arena, &spec, &notes, &fail);
    if (result < 0) {
        if (strncmp(fail.text, "config.json:", 12) != 0)
            __builtin_trap();
        return 0;
    }
    plan(&spec, &arena);
    return 0;
}
