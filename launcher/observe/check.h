/* check.h - what this host can give to containers, and what one without options needs of it.
 *
 * A check is a row of a table, one table a subject. It tries what a container would do, in a child
 * that ends with its namespaces and all that it made there; it reads a setting only where there is
 * nothing to try. A check fails as everything here does, with a sentence and a hint. What that
 * means to the host as a whole the row says, for root and for ordinary users.
 */
#ifndef LAUNCHER_CHECK_H
#define LAUNCHER_CHECK_H

#include "../spec/resolve_host.h"

enum { CHECK_FOUND_MAX = 320 };

/* What a row means to a caller. */
enum check_need {
    CHECK_LEFT_OUT, /* nothing: it is not tried */
    CHECK_USEFUL,   /* a failure is a warning */
    CHECK_REQUIRED, /* no container without it */
};

/* Who runs the checks. */
struct check_host {
    struct arena *arena;
    struct host self;
    int no_user_namespace; /* negative errno: none can be made; an ordinary user always needs one */
};

struct check_row;

/* Tries one thing. Writes what it found, a few words. Errors: the thing can't be had, and why. */
typedef int check_function(const struct check_row *row, const struct check_host *host,
                           char found[CHECK_FOUND_MAX], struct fail *fail);

struct check_row {
    const char *name;
    const char *purpose; /* of the thing: "limits on memory" */
    check_function *function;
    enum check_need for_root, for_ordinary;
    uint64_t namespaces; /* CLONE_NEW* of the child that tries it */
    bool as_container;   /* it also gets the user namespace that an ordinary user's container has */
    int object;          /* which one, for a function that serves several rows */
    const char *word;    /* the same, as a name */
};

struct check_section {
    const char *title;
    const struct check_row *rows;
    size_t row_count;
};

extern const struct check_section CHECK_KERNEL, CHECK_NAMESPACES, CHECK_MOUNTS, CHECK_PRIVILEGES,
    CHECK_CGROUPS, CHECK_NETWORK, CHECK_USER;

enum check_status { CHECK_PASS, CHECK_WARN, CHECK_FAIL, CHECK_STATUS_COUNT };

struct check_result {
    const struct check_section *section;
    const struct check_row *row;
    enum check_status status;
    const char *found;
    const char *cure; /* NULL: none is needed, or none known */
};

struct check_report {
    uint32_t uid;
    bool privileged; /* root with CAP_SYS_ADMIN */
    struct check_result *results;
    size_t count;
    size_t counts[CHECK_STATUS_COUNT];
};

/* Runs every check that means something to the caller; the report lives in the arena. Errors: the
 * checks themselves can't be made. */
MUST_CHECK int check_host(struct arena *arena, struct check_report *ret_report, struct fail *fail);

/* Runs the function of a row in a child of its own with the namespaces of the row, as root in
 * there. Its mounts are private. Errors: those of the function, and those of making the child. */
MUST_CHECK int check_try(const struct check_row *row, const struct check_host *host,
                         char found[CHECK_FOUND_MAX], struct fail *fail);

/* Writes what was found; returns 0. */
int check_found(char found[CHECK_FOUND_MAX], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

struct clone_args;

/* Makes a child that waits until it is killed, clone(2). Errors: "clone3: ...". */
MUST_CHECK int check_sleeper(const struct clone_args *arguments, pid_t *ret_pid, struct fail *fail);

/* Waits for a child of a check's own; `*ret_status` as of waitpid(2). */
MUST_CHECK int check_reap(pid_t pid, int *ret_status, struct fail *fail);

#endif
