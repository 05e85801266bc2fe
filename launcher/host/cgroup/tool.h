/* tool.h - cgroups as people handle them: `launcher cgroup`. A path means the same place in every
 * hierarchy of the host, path.h. */
#ifndef LAUNCHER_CGROUP_TOOL_H
#define LAUNCHER_CGROUP_TOOL_H

#include <stdio.h>

#include "cgroup.h"
#include "driver.h"
#include "layout.h"

struct tool_hierarchy {
    const char *mount_point;
    const char *label; /* "v2", or the controllers of v1: "cpu,cpuacct" */
    const struct cgroup_driver *driver;
    uint32_t controllers;
};

struct cgroup_tool {
    struct arena *arena;
    struct cgroup_layout layout;
    struct tool_hierarchy hierarchies[CGROUP_PATHS_MAX];
    size_t count;
};

/* Finds the hierarchies of this host. A host without any is an error (-ENOENT). */
MUST_CHECK int tool_open(struct arena *arena, struct cgroup_tool *ret_tool, struct fail *fail);

/* Prints the cgroups from `path` down, a line each: its path, how many processes are in it and in
 * which hierarchies it is. */
MUST_CHECK int tool_tree(const struct cgroup_tool *tool, const char *path, FILE *file,
                         struct fail *fail);

/* Makes the cgroup and those above it in every hierarchy; on v2 each one hands all controllers
 * down. What is there already stays. */
MUST_CHECK int tool_create(const struct cgroup_tool *tool, const char *path, struct fail *fail);

/* Removes the cgroup and those below it. Processes in one of them are in the way (-EBUSY, the hint
 * lists them), or with `kill` are killed. */
MUST_CHECK int tool_remove(const struct cgroup_tool *tool, const char *path, bool kill,
                           struct fail *fail);

/* Prints a file of the cgroup; `with_name`: its name before every line. */
MUST_CHECK int tool_get(const struct cgroup_tool *tool, const char *path, const char *key,
                        bool with_name, FILE *file, struct fail *fail);

/* Prints all that can be read. */
MUST_CHECK int tool_get_all(const struct cgroup_tool *tool, const char *path, FILE *file,
                            struct fail *fail);

/* Writes a file of the cgroup; keys as check_raw_key allows them. */
MUST_CHECK int tool_set(const struct cgroup_tool *tool, const char *path,
                        const struct spec_pair *pair, struct fail *fail);

/* Moves a process, in every hierarchy that has this cgroup. */
MUST_CHECK int tool_attach(const struct cgroup_tool *tool, const char *path, pid_t pid,
                           struct fail *fail);

/* Hands the cgroup over to a user, in every hierarchy that has it. */
MUST_CHECK int tool_delegate(const struct cgroup_tool *tool, const char *path, uid_t uid, gid_t gid,
                             struct fail *fail);

#endif
