/* tap.h - the Test Anything Protocol for unit tests: one line a check, the plan at the end.
 *
 *     int main(void)
 *     {
 *         ok(parse("1") == 1, "a digit is a number");
 *         is_str(name(), "web", "the name is kept");
 *         return done_testing();
 *     }
 *
 * Each check returns whether it passed, and goes on either way.
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A test is one translation unit, so these are its own counters and nobody else's. */
static int tap_count;
static int tap_failed;

static inline bool ok(bool passed, const char *name)
{
    printf("%s %d - %s\n", passed ? "ok" : "not ok", ++tap_count, name);
    tap_failed += passed ? 0 : 1;
    (void)fflush(stdout); /* a crash after this check must not take its line along */
    return passed;
}

static inline bool is_int(long long got, long long expected, const char *name)
{
    bool passed = ok(got == expected, name);
    if (!passed)
        printf("# got %lld, expected %lld\n", got, expected);
    return passed;
}

static inline bool is_str(const char *got, const char *expected, const char *name)
{
    bool same = got != NULL && expected != NULL ? strcmp(got, expected) == 0 : got == expected;
    bool passed = ok(same, name);
    if (!passed)
        printf("# got      \"%s\"\n# expected \"%s\"\n", got != NULL ? got : "(null)",
               expected != NULL ? expected : "(null)");
    return passed;
}

/* A check that this machine can't make: it has to be announced in tests/expected-skips. */
static inline void skip(const char *name, const char *reason)
{
    printf("ok %d - %s # skip %s\n", ++tap_count, name, reason);
}

/* Prints the plan; what main returns. */
static inline int done_testing(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed == 0 ? 0 : 1;
}

/* The check is its own name. */
#define CHECK(condition) ok((condition), #condition)
#define CHECK_INT(got, expected) is_int((got), (expected), #got)
#define CHECK_STR(got, expected) is_str((got), (expected), #got)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
