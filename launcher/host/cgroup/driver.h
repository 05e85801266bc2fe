/* driver.h - what differs between cgroup v2 and v1: the names and formats of the limits, whether
 * controllers must be enabled first, and how a cgroup is emptied of its processes.
 */
#ifndef LAUNCHER_CGROUP_DRIVER_H
#define LAUNCHER_CGROUP_DRIVER_H

#include <sys/types.h>

#include "../../spec/spec.h"
#include "layout.h"
#include "limits.h"

struct device_filter;

struct cgroup_dir {
    int fd;
    const char *path; /* for error messages only */
};

struct cgroup_driver {
    uint64_t magic;          /* f_type of statfs(2) */
    const char *enter_file;  /* "0" written here moves the writer in; NULL: CLONE_INTO_CGROUP */
    const char *attach_file; /* a pid written here moves that process in */

    struct limit_list (*limits)(const struct spec_resources *resources, struct arena *arena);

    /* Makes the files of `controllers` appear in the cgroup at `dir`; NULL: they always are. */
    int (*enable)(const struct cgroup_dir *dir, uint32_t controllers, struct fail *fail);

    /* Fills in what a new cgroup needs before a process can enter; NULL: nothing. */
    int (*prepare)(const struct cgroup_dir *dir, uint32_t controllers, struct fail *fail);

    int (*filter_devices)(const struct cgroup_dir *dir, const struct device_filter *filter,
                          struct arena *arena, struct fail *fail);

    /* Kills every process of the cgroup and waits by event until none is left, at most until
     * `deadline_ms` of CLOCK_MONOTONIC (-ETIMEDOUT). */
    int (*empty)(const struct cgroup_dir *dir, int64_t deadline_ms, struct fail *fail);
};

extern const struct cgroup_driver CGROUP_V2, CGROUP_V1;

/* The driver of the file system that `fd` is on; NULL: it is no cgroup. */
const struct cgroup_driver *driver_of(int fd);

/* ---- helpers of both drivers ---- */

/* Now, on CLOCK_MONOTONIC. */
int64_t monotonic_ms(void);

/* Milliseconds until the deadline, for poll(2); 0 when it has passed. */
int milliseconds_left(int64_t deadline_ms);

/* Writes all of `text` to a file of the cgroup with one write(2), as kernfs demands. Returns 0 or
 * -errno without a sentence: some errors here are answers. */
MUST_CHECK int cgroup_write(int dir_fd, const char *name, const char *text);

/* Reads up to size-1 bytes of a file of the cgroup and ends them with NUL. Returns 0 or -errno. */
MUST_CHECK int cgroup_read(int dir_fd, const char *name, char *text, size_t size);

/* Kills the processes that are listed, again until none is. New ones that are forked faster than
 * that can go on for ever: until the deadline (-ETIMEDOUT). */
MUST_CHECK int cgroup_kill_listed(const struct cgroup_dir *dir, int64_t deadline_ms,
                                  struct fail *fail);

/* Raises the error for a limit that version 1 doesn't know. */
int limit_unsupported(const struct limit_write *write, struct fail *fail);

/* Adds what the kernel means with fail->code. Returns fail->code. */
int limit_hint(const struct limit_write *write, struct fail *fail);

/* The processes of a cgroup as "12, 34 (sh), ...", for a message: at most some of them, and "" when
 * there are none. */
void cgroup_list_pids(int dir_fd, const char *procs_file, char *text, size_t size);

#endif
