/* fail.h - one error: a sentence with doing, object and reason, and a hint when the cure is known.
 *
 * Raise once (fail_sys, fail_set), add context once a layer (fail_context), print once (main).
 * Every function that can fail takes a struct fail * as its last parameter and returns 0 or a
 * negative errno.
 */
#ifndef SHARED_FAIL_H
#define SHARED_FAIL_H

#include "own.h"

/* Exit statuses of launcher's own failures, the numbers of docker-run(1) and env(1). */
enum exit_status {
    EXIT_LAUNCHER = 125,       /* launcher itself failed */
    EXIT_NOT_EXECUTABLE = 126, /* the payload was found but can't be executed */
    EXIT_NOT_FOUND = 127,      /* the payload was not found */
    EXIT_SIGNALLED = 128,      /* plus n: ended by signal n */
};

struct fail {
    int code;        /* negative errno */
    int exit_status; /* what main returns; 0 means EXIT_LAUNCHER */
    char text[480];
    char hint[240]; /* empty: no cure known */
};

/* Raises an error whose reason is errno: "doing...: strerror". Returns -errno, also in fail->code. */
int fail_sys(struct fail *fail, const char *doing, ...) __attribute__((format(printf, 2, 3)));

/* Raises an error whose reason is the negative errno `code`. Returns code. */
int fail_code(struct fail *fail, int code, const char *doing, ...)
    __attribute__((format(printf, 3, 4)));

/* Raises an error that carries its own reason. Returns -EINVAL. */
int fail_set(struct fail *fail, const char *text, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " before the sentence. Returns fail->code. */
int fail_context(struct fail *fail, const char *context, ...) __attribute__((format(printf, 2, 3)));

/* Puts more behind the sentence. Returns fail->code. */
int fail_append(struct fail *fail, const char *more, ...) __attribute__((format(printf, 2, 3)));

/* Says how to cure it; the first hint stays. Returns fail->code. */
int fail_hint(struct fail *fail, const char *hint, ...) __attribute__((format(printf, 2, 3)));

/* Returns from the calling function when `call` fails; the only macro here that returns. */
#define TRY(call)                 \
    do {                          \
        int try_result_ = (call); \
        if (try_result_ < 0)      \
            return try_result_;   \
    } while (0)

#endif
