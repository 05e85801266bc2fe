/* run_rows.h - the option rows of `run` and `plan`, one file a section. Used by run_options.c. */
#ifndef LAUNCHER_RUN_ROWS_H
#define LAUNCHER_RUN_ROWS_H

#include "options.h"
#include "run_options.h"

/* What the handlers work on. */
struct run_context {
    struct arena *arena;
    struct run_options *options;
    struct spec *spec;
};

extern const struct option_section container_section; /* rows_container.c */
extern const struct option_section detach_section;    /* rows_detach.c */
extern const struct option_section network_section;   /* rows_network.c */
extern const struct option_section mount_section;     /* rows_mount.c */
extern const struct option_section process_section;   /* rows_process.c */
extern const struct option_section security_section;  /* rows_security.c */
extern const struct option_section resource_section;  /* rows_resource.c */
extern const struct option_section cgroup_section;    /* rows_resource.c */
extern const struct option_section limit_section;     /* rows_limit.c */
extern const struct option_section output_section;    /* run_options.c */

#define SECTION(title_text, section_rows)                             \
    {                                                                 \
        .title = (title_text), .rows = (section_rows),                \
        .row_count = sizeof(section_rows) / sizeof((section_rows)[0]) \
    }

#endif
