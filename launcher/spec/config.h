/* config.h - PURE: a config.json becomes a spec; runtime-spec 1.3, config.md and config-linux.md.
 *
 * The file says exactly what there is: no default of launcher's own is added, but the devices that
 * the OCI wants in every container, and that is bundle_resolve's to do.
 */
#ifndef LAUNCHER_CONFIG_H
#define LAUNCHER_CONFIG_H

#include "spec.h"

enum { CONFIG_SIZE_MAX = 16 * 1024 * 1024 };

/* What is no error. */
struct config_notes {
    const char **warnings; /* each with its place */
    size_t warning_count;
    bool filter_is_new; /* of bundle_load: the seccomp filter was compiled just now */
};

/* Reads the text of a config.json. `file` is its name in messages. Strings of the spec live in the
 * arena, none in the text. Errors: "FILE:LINE:COLUMN: FIELD: ..." (-EINVAL). */
MUST_CHECK int config_read(const char *file, const char *text, size_t size, struct arena *arena,
                           struct spec *ret_spec, struct config_notes *ret_notes,
                           struct fail *fail);

/* The 3 of version 1.3.0: what a rule of the runtime-spec was when the config.json was written. */
unsigned config_minor_version(const struct spec *spec);

/* Reads a text that holds the object "process" alone, as engines give it to exec, over the one that
 * `spec` has. */
MUST_CHECK int config_read_process(const char *file, const char *text, size_t size,
                                   struct arena *arena, struct spec *spec,
                                   struct config_notes *ret_notes, struct fail *fail);

/* The value of an annotation; NULL when there is none. */
const char *config_annotation(const struct spec *spec, const char *key);

#endif
