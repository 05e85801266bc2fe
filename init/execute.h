/* execute.h - execve(2) on the first of several files that a command may mean, and why it failed. */
#ifndef INIT_EXECUTE_H
#define INIT_EXECUTE_H

#include <limits.h>

#include "sys.h"

#include "../shared/fail.h"
#include "../shared/wire.h"

/* The files, in order, as execvp(3) tries them: those of a list that launcher has made, else `name`
 * itself when it contains a slash, else `name` in each directory of `search_path`. */
struct candidates {
    char *const *list; /* NULL-terminated; NULL: none was made */
    const char *name;
    const char *search_path; /* as in PATH; NULL: all are done */
    char path[PATH_MAX];
};

struct exec_failure {
    int error;             /* negative errno */
    enum exec_cause cause; /* CAUSE_ERRNO: nothing is known but the error */
    char object[WIRE_OBJECT_MAX];
};

/* Becomes one of the candidates. Returns only when none can be executed, and tells why. What is not
 * there is passed over, what may not be executed is remembered, anything else ends the search.
 * Without `argv` it only looks whether that would work, and returns error 0 where it would. */
void execute(const struct candidates *candidates, char *const *argv, char *const *environment,
             struct exec_failure *ret_failure);

/* The exit status for it, EXIT_NOT_FOUND or EXIT_NOT_EXECUTABLE; exec_causes.def. */
int exec_causes_status(enum exec_cause cause);

/* ---- doctor.c ---- */

/* Finds out why execve(2) failed on `path` with the negative errno `error`, by looking at the file.
 * `path` may be NULL: none was found. `ret_object` gets the name at fault: of the interpreter, the
 * loader or the ELF machine, else the path. */
enum exec_cause doctor_examine(const char *path, int error, char ret_object[WIRE_OBJECT_MAX]);

#endif
