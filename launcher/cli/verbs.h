/* verbs.h - the verbs of launcher: one row in main.c and one file cmd_VERB.c each. */
#ifndef LAUNCHER_VERBS_H
#define LAUNCHER_VERBS_H

#include <stdbool.h>
#include <stdint.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"
#include "../spec/spec.h"

/* What main found when it began, before it changed anything for itself. */
struct caller {
    uint64_t signal_mask; /* blocked: bit n-1 for signal n */
    bool sigchld_ignored;
    int64_t started_us;
};

/* What a verb gets: argv[0] is the first word behind the verb. */
struct invocation {
    int argc;
    char **argv;
    const struct caller *caller;
    struct arena *arena;
    bool log_json;                      /* errors are wanted as JSON; a verb may say so too */
    const char *log_file;               /* that they go to as well; NULL: none */
    bool debug;                         /* --debug */
    enum cgroup_manager cgroup_manager; /* --cgroup-manager, --systemd-cgroup */
};

/* Returns 0 with the exit status of launcher, or a negative errno with the error in `fail`. */
typedef int verb_function(struct invocation *invocation, int *ret_exit_status, struct fail *fail);

verb_function cmd_run, cmd_plan, cmd_spec, cmd_gc, cmd_cgroup, cmd_check, cmd_net;
verb_function cmd_stop, cmd_wait, cmd_logs, cmd_attach, cmd_inspect;
verb_function cmd_create, cmd_start, cmd_state, cmd_kill, cmd_delete, cmd_list, cmd_ps,
    cmd_features, cmd_exec;
verb_function cmd_pause, cmd_resume, cmd_update, cmd_stats, cmd_top, cmd_events, cmd_psi;

#endif
