/* The command line of cinit alone: spellings, values at their bounds, what follows from them together. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "../../init/alone_options.h"
#include "tap.h"

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

static struct options options;
static struct option_error error;

static int parse(const char *const *words)
{
    options = (struct options){.pause = false};
    error = (struct option_error){.reason = NULL};
    return alone_options_parse(&options, words, &error);
}

static int number_of(const char *name)
{
    return signal_parse(name, strlen(name));
}

static void test_signal_names(void)
{
    CHECK_INT(number_of("TERM"), SIGTERM);
    CHECK_INT(number_of("SIGTERM"), SIGTERM);
    CHECK_INT(number_of("sigusr2"), SIGUSR2);
    CHECK_INT(number_of("HUP"), 1);
    CHECK_INT(number_of("SYS"), 31);
    CHECK_INT(number_of("CLD"), SIGCHLD);
    CHECK_INT(number_of("RTMIN"), 34);
    CHECK_INT(number_of("SIGRTMIN+3"), 37);
    CHECK_INT(number_of("rtmax-0"), 64);
    CHECK_INT(number_of("RTMAX-30"), 34);
    CHECK_INT(number_of("0"), 0);
    CHECK_INT(number_of("64"), 64);
    static const char *const WRONG[] = {"",       "65",     "-1",       "015x",    "TERMINATE",
                                        "TER",    "SIG",    "RTMIN-1",  "RTMAX+1", "RTMIN+31",
                                        "RTMIN+", "RTMINx", "RTMAX-31", " TERM",   "99999999999"};
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++)
        is_int(number_of(WRONG[i]), -EINVAL, WRONG[i]);
    char room[SIGNAL_NAME_MAX];
    is_str(signal_name(SIGTERM, room), "SIGTERM", "15 has a name");
    is_str(signal_name(SIGSYS, room), "SIGSYS", "31 has a name");
    is_str(signal_name(64, room), "signal 64", "64 is a number");
}

static void test_spellings(void)
{
    CHECK_INT(PARSE("-g", "sh"), 1);
    CHECK_INT(options.policy.forward, FORWARD_PGRP);
    CHECK_INT(PARSE("--group", "--", "-x"), 2);
    CHECK_INT(PARSE("-gvw", "sh"), 1);
    CHECK(options.policy.verbose && options.policy.warn_on_reap);
    CHECK_INT(PARSE("-vpTERM", "sh"), 1);
    CHECK_INT(options.parent_death_signal, SIGTERM);
    CHECK_INT(PARSE("-vp", "INT", "sh"), 2);
    CHECK_INT(options.parent_death_signal, SIGINT);
    CHECK_INT(PARSE("--forward=tree", "--forward", "session", "sh"), 3);
    CHECK_INT(options.policy.forward, FORWARD_SESSION);
    CHECK_INT(PARSE("-L"), 1);
    CHECK_INT(options.wish, WISH_LICENSE);
    CHECK_INT(PARSE("-h", "--nonsense"), 1);
    CHECK_INT(options.wish, WISH_HELP);
    CHECK_INT(PARSE("-", "-g"), 0);
    CHECK_INT(PARSE("sh", "-g"), 0);
    CHECK_INT(options.policy.forward, FORWARD_MAIN);
}

static void test_refusals(void)
{
    CHECK_INT(PARSE("--nonsense"), -EINVAL);
    is_str(error.option, "--nonsense", "the option is named");
    CHECK_INT(PARSE("-gx"), -EINVAL);
    CHECK_INT(PARSE("--group=1"), -EINVAL);
    CHECK_INT(PARSE("--forward"), -EINVAL);
    CHECK_INT(PARSE("-p"), -EINVAL);
    CHECK_INT(PARSE("-p", "0"), -EINVAL);
    CHECK_INT(PARSE("--grou"), -EINVAL);
    CHECK_INT(PARSE("--TO"), -EINVAL);
    CHECK_INT(PARSE("--forward", "Main"), -EINVAL);
    is_str(error.value, "Main", "the value is named");
    CHECK_INT(PARSE("--orphans", ""), -EINVAL);
}

static void test_rewrites(void)
{
    CHECK_INT(PARSE("-r", "15:3", "--rewrite", "HUP:0", "sh"), 4);
    CHECK_INT(options.policy.rewritten[SIGTERM], SIGQUIT);
    CHECK_INT(options.policy.rewritten[SIGHUP], SIGNAL_DROPPED);
    CHECK_INT(PARSE("-r", "64:RTMIN", "sh"), 2);
    CHECK_INT(options.policy.rewritten[64], 34);
    static const char *const WRONG[] = {"",     "15",   "15:",   ":15", "0:15",
                                        "65:1", "1:65", "1:2:3", "a:b"};
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++)
        is_int(PARSE("-r", WRONG[i]), -EINVAL, WRONG[i]);
}

static void test_exit_codes(void)
{
    CHECK_INT(PARSE("-e", "0", "-e", "255", "-e64", "sh"), 5);
    CHECK(options.expected[0] == 1 && options.expected[1] == 1 && options.expected[2] == 0);
    CHECK(options.expected[3] == UINT64_C(1) << 63);
    static const char *const WRONG[] = {"", "256", "-1", "1x", "x", "4294967296"};
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++)
        is_int(PARSE("-e", WRONG[i]), -EINVAL, WRONG[i]);
}

static void test_stop_sequences(void)
{
    CHECK_INT(PARSE("--stop-seq", "QUIT:5s,TERM:250ms,INT:2m,HUP:7,KILL"), 2);
    const struct stop_step *steps = options.policy.stop.steps;
    CHECK_INT(options.policy.stop.count, 5);
    CHECK(steps[0].signal_number == SIGQUIT && steps[0].time_ms == 5000);
    CHECK(steps[1].signal_number == SIGTERM && steps[1].time_ms == 250);
    CHECK(steps[2].signal_number == SIGINT && steps[2].time_ms == 120000);
    CHECK(steps[3].signal_number == SIGHUP && steps[3].time_ms == 7000);
    CHECK(steps[4].signal_number == SIGKILL && steps[4].time_ms == STOP_NO_LIMIT);
    CHECK_INT(PARSE("--stop-seq", "TERM:86400", "--stop-seq", "INT:1440m"), 4);
    CHECK_INT(options.policy.stop.count, 1);
    static const char *const WRONG[] = {
        "",
        ",",
        "TERM,KILL",
        "TERM:5s,",
        "TERM:",
        "TERM:s",
        "TERM:-1",
        "TERM:1h",
        "TERM:1mm",
        "TERM:1 s",
        "TERM:86401",
        "TERM:1441m",
        "TERM:99999999999999999999",
        "NOPE:1s",
        "0:1s",
        ":1s",
        "TERM:1s,,KILL",
        "1:1,1:1,1:1,1:1,1:1,1:1,1:1,1:1,1:1,1:1,1:1,1:1,1:1,1:1,1:1,1:1,1:1"};
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++)
        is_int(PARSE("--stop-seq", WRONG[i]), -EINVAL, WRONG[i]);
}

static void test_what_follows(void)
{
    (void)PARSE("--stop-seq", "TERM:1s,KILL", "sh");
    alone_options_finish(&options);
    CHECK_INT(options.policy.orphans, ORPHANS_TERM);
    CHECK(options.policy.stop_signals == UINT64_C(1) << (SIGTERM - 1));
    (void)PARSE("--stop-seq", "KILL", "--orphans", "keep", "--stop-signal", "64", "sh");
    alone_options_finish(&options);
    CHECK_INT(options.policy.orphans, ORPHANS_KEEP);
    CHECK(options.policy.stop_signals == UINT64_C(1) << 63);
    (void)PARSE("--orphans", "term", "sh");
    alone_options_finish(&options);
    CHECK_INT(options.policy.stop.count, 2);
    CHECK(options.policy.stop_signals == 0);
}

static enum forward_to forward_of(const char *called, char *const *environment)
{
    options = (struct options){.pause = false};
    alone_options_from_environment(&options, called, environment);
    return options.policy.forward;
}

static void test_environment(void)
{
    static char group[] = "TINI_KILL_PROCESS_GROUP=", loud[] = "TINI_VERBOSITY=3",
                quiet[] = "TINI_VERBOSITY=1", debug[] = "DUMB_INIT_DEBUG=1",
                single[] = "DUMB_INIT_SETSID=0", session[] = "DUMB_INIT_SETSID=1",
                other[] = "XTINI_KILL_PROCESS_GROUP=1";
    CHECK_INT(forward_of("cinit", (char *[]){other, NULL}), FORWARD_MAIN);
    CHECK_INT(forward_of("/usr/bin/dumb-init", (char *[]){NULL}), FORWARD_SESSION);
    CHECK_INT(options.policy.rewritten[SIGTSTP], SIGSTOP);
    CHECK_INT(options.policy.rewritten[SIGTTOU], SIGSTOP);
    CHECK_INT(forward_of("my-dumb-init", (char *[]){NULL}), FORWARD_MAIN);
    CHECK_INT(forward_of("dumb-init", (char *[]){single, NULL}), FORWARD_MAIN);
    CHECK_INT(forward_of("tini", (char *[]){session, NULL}), FORWARD_SESSION);
    CHECK_INT(forward_of("tini", (char *[]){other, group, NULL}), FORWARD_PGRP);
    CHECK(!options.policy.verbose);
    (void)forward_of("cinit", (char *[]){loud, NULL});
    CHECK(options.policy.verbose);
    (void)forward_of("cinit", (char *[]){quiet, NULL});
    CHECK(!options.policy.verbose);
    (void)forward_of("cinit", (char *[]){debug, NULL});
    CHECK(options.policy.verbose);
}

int main(void)
{
    test_signal_names();
    test_spellings();
    test_refusals();
    test_rewrites();
    test_exit_codes();
    test_stop_sequences();
    test_what_follows();
    test_environment();
    return done_testing();
}
