/* limits.h - PURE: from the resources of a spec to the files of a cgroup and what is written there.
 *
 * The two versions of cgroups name and count things differently; each has a table, limits_v2.c and
 * limits_v1.c, and both have a row for every limit.
 */
#ifndef LAUNCHER_CGROUP_LIMITS_H
#define LAUNCHER_CGROUP_LIMITS_H

#include "../../../shared/arena.h"
#include "../../spec/spec.h"
#include "layout.h"

enum { LIMIT_TEXT_MAX = 64 };

/* One write. They are done in order. */
struct limit_write {
    enum controller controller;
    const char *name; /* what people call it: "memory.high" */
    const char *file; /* NULL: this version has nothing like it */
    const char *text;
    const char *other_file, *other_text; /* where a kernel without `file` may have it; or NULL */
    bool optional; /* a kernel may lack the file; then the limit isn't needed either */
};

struct limit_list {
    struct limit_write *writes;
    size_t count;
};

/* The writes for these resources, in the arena. */
struct limit_list limits_v2(const struct spec_resources *resources, struct arena *arena);
struct limit_list limits_v1(const struct spec_resources *resources, struct arena *arena);

/* The controllers of a list, as bits. */
uint32_t limits_controllers(const struct limit_list *list);

/* ---- of both tables ---- */

/* Makes the text of one limit; false: it was not asked for. */
typedef bool limit_text_function(const struct spec_resources *resources, char text[LIMIT_TEXT_MAX]);

struct limit_row {
    enum controller controller;
    const char *name;
    const char *file;
    limit_text_function *text;
    const char *other_file;
    limit_text_function *other_text;
    bool optional;
};

/* Appends the rows that were asked for. */
void limits_add_rows(struct limit_list *list, const struct limit_row *rows, size_t count,
                     const struct spec_resources *resources, struct arena *arena);

/* Appends what is written alike in both versions: rdma, misc, raw files. */
void limits_add_common(struct limit_list *list, const struct spec_resources *resources,
                       struct arena *arena);

/* A number, or `unlimited` for a negative one. False when the limit is not set. */
bool limit_text(struct limit limit, const char *unlimited, char text[LIMIT_TEXT_MAX]);

/* "max" or a number. */
const char *limit_word(struct limit limit, struct arena *arena);

/* ---- conversions ---- */

/* From v1's shares, 2 to 262,144 with 1,024 as the middle, to v2's weight, 1 to 10,000 with 100:
 * the curve through these three points that runc and crun take since 2025. */
int64_t limits_weight_of_shares(int64_t shares);

/* And back in a straight line, so that the ratio of two weights is kept: 200:100 is 2048:1024. */
int64_t limits_shares_of_weight(int64_t weight);

/* From the OCI's blkio weight, 10 to 1,000, to io.weight, 1 to 10,000, as runc and crun. */
int64_t limits_io_weight_of_blkio(int64_t weight);

#endif
