/* driver.h - what differs between cgroup v2 and v1: the names and formats of the limits, whether
 * controllers must be enabled first, and how a cgroup is emptied of its processes.
 */
#ifndef LAUNCHER_CGROUP_DRIVER_H
#define LAUNCHER_CGROUP_DRIVER_H

#include "../../spec/spec.h"
#include "layout.h"

enum { LIMIT_TEXT_MAX = 48 };

struct cgroup_dir {
    int fd;
    const char *path; /* for error messages only */
};

/* Writes the text of one limit file into `text`; false: this limit was not asked for. */
typedef bool limit_text_function(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX]);

/* One limit file: a row of a driver's table. Rows are written from top to bottom. */
struct limit_file {
    enum controller controller;
    const char *name;
    limit_text_function *text;
    bool optional; /* a kernel may lack this file; then the limit isn't needed either */
};

struct cgroup_driver {
    uint64_t magic;         /* f_type of statfs(2) */
    const char *enter_file; /* "0" written here moves the writer in; NULL: CLONE_INTO_CGROUP */
    const struct limit_file *limits;
    size_t limit_count;

    /* Makes the files of `controllers` appear in the cgroup at `dir`; NULL: they always are. */
    int (*enable)(const struct cgroup_dir *dir, uint32_t controllers, struct fail *fail);

    /* Kills every process of the cgroup and waits by event until none is left, at most until
     * `deadline_ms` of CLOCK_MONOTONIC (-ETIMEDOUT). */
    int (*empty)(const struct cgroup_dir *dir, int64_t deadline_ms, struct fail *fail);
};

extern const struct cgroup_driver CGROUP_V2, CGROUP_V1;

/* ---- helpers of both drivers ---- */

/* A number, or `unlimited` for a negative one. False when the limit is not set. */
bool limit_text(struct limit limit, const char *unlimited, char text[LIMIT_TEXT_MAX]);

/* Now, on CLOCK_MONOTONIC. */
int64_t monotonic_ms(void);

/* Milliseconds until the deadline, for poll(2); 0 when it has passed. */
int milliseconds_left(int64_t deadline_ms);

/* Writes all of `text` to a file of the cgroup with one write(2), as kernfs demands. Returns 0 or
 * -errno without a sentence: some errors here are answers. */
MUST_CHECK int cgroup_write(int dir_fd, const char *name, const char *text);

/* Reads up to size-1 bytes of a file of the cgroup and ends them with NUL. Returns 0 or -errno. */
MUST_CHECK int cgroup_read(int dir_fd, const char *name, char *text, size_t size);

#endif
