/* tap.h - the Test Anything Protocol for unit tests: one line a check, the plan at the end.
 *
 *     int main(void)
 *     {
 *         TAP_OK(parse("1") == 1);
 *         TAP_STR(name(), "web");
 *         return tap_done();
 *     }
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct tap {
    int count;
    int failed;
};

/* One test program is one translation unit, so this is its counter and nobody else's. */
static struct tap tap_state;

static inline bool tap_ok(bool passed, const char *name, const char *file, int line)
{
    tap_state.count++;
    printf("%s %d - %s\n", passed ? "ok" : "not ok", tap_state.count, name);
    if (!passed) {
        tap_state.failed++;
        printf("# failed at %s:%d\n", file, line);
    }
    (void)fflush(stdout); /* a crash after this check must not take its line along */
    return passed;
}

static inline bool tap_int(long long got, long long expected, const char *name, const char *file,
                           int line)
{
    bool passed = tap_ok(got == expected, name, file, line);
    if (!passed)
        printf("# got %lld, expected %lld\n", got, expected);
    return passed;
}

static inline bool tap_str(const char *got, const char *expected, const char *name,
                           const char *file, int line)
{
    bool same = got != NULL && expected != NULL ? strcmp(got, expected) == 0 : got == expected;
    bool passed = tap_ok(same, name, file, line);
    if (!passed)
        printf("# got      \"%s\"\n# expected \"%s\"\n", got != NULL ? got : "(null)",
               expected != NULL ? expected : "(null)");
    return passed;
}

/* Prints the plan; what main returns. */
static inline int tap_done(void)
{
    printf("1..%d\n", tap_state.count);
    return tap_state.failed == 0 ? 0 : 1;
}

/* Each returns whether the check passed. The _NAMED ones are for checks in a loop over a table. */
#define TAP_OK(condition) tap_ok((condition), #condition, __FILE__, __LINE__)
#define TAP_OK_NAMED(condition, name) tap_ok((condition), (name), __FILE__, __LINE__)
#define TAP_INT(got, expected) \
    tap_int((got), (expected), #got " == " #expected, __FILE__, __LINE__)
#define TAP_INT_NAMED(got, expected, name) tap_int((got), (expected), (name), __FILE__, __LINE__)
#define TAP_STR(got, expected) tap_str((got), (expected), #got, __FILE__, __LINE__)
#define TAP_STR_NAMED(got, expected, name) tap_str((got), (expected), (name), __FILE__, __LINE__)

#endif
