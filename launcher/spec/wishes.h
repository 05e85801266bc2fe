/* wishes.h - what was asked for and can be decided only when all of it is known, or after a look at
 * the host: what spec_resolve turns into a spec. */
#ifndef LAUNCHER_WISHES_H
#define LAUNCHER_WISHES_H

#include "detach.h"
#include "spec.h"

enum log_format { LOG_TEXT, LOG_JSON };

/* An answer that may be left to launcher. */
enum wish { WISH_AUTO, WISH_YES, WISH_NO };

struct run_options {
    bool help_wanted; /* nothing else was read then */
    bool quiet;       /* --verbose is spec.trace */
    bool json;        /* plan --json */
    enum log_format log_format;
    struct detach_options detach;

    enum wish namespaces[NS_COUNT]; /* YES: also when it is joined */
    bool net_given;                 /* --net: the mode is in the spec */
    const char *net_container;      /* --net container:ID: whose namespace is to be joined */
    enum wish terminal;
    bool interactive; /* -i; stdin is connected anyway */

    const char *user;    /* --user as written, NULL: 0:0 */
    const char **groups; /* --group-add: names or ids */
    size_t group_count;

    bool clear_environment;
    const char **file_environment; /* "K=V" from --env-file: -e wins, wherever it stands */
    size_t file_environment_count;
    const char **environment;
    size_t environment_count;

    const char **unmasked_paths; /* "all" among them: every default one */
    size_t unmasked_path_count;

    uint64_t capabilities_added, capabilities_dropped; /* bit n is capability n */
    bool add_all_capabilities, drop_all_capabilities;
};

#endif
