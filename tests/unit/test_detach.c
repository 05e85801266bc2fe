/* When a detached container is started again, and what its options may say. */
#include "../../launcher/spec/detach.h"

#include "../../launcher/run/attach_client.h"
#include "tap.h"

static int parse(const char *text, struct restart_policy *policy)
{
    struct fail fail = {.code = 0};
    return restart_parse(text, policy, &fail);
}

static void test_policies(void)
{
    struct restart_policy policy;
    CHECK(parse("no", &policy) == 0 && policy.mode == RESTART_NO);
    CHECK(parse("always", &policy) == 0 && policy.mode == RESTART_ALWAYS);
    CHECK(parse("unless-stopped", &policy) == 0 && policy.mode == RESTART_ALWAYS);
    CHECK(parse("on-failure", &policy) == 0 && policy.mode == RESTART_ON_FAILURE);
    CHECK_INT(policy.most, 0);
    CHECK(parse("on-failure:7", &policy) == 0 && policy.most == 7);
    static const char *const WRONG[] = {"",
                                        "n",
                                        "on",
                                        "on-failure:",
                                        "always:2",
                                        "no:1",
                                        "on-failure:0",
                                        "on-failure:x",
                                        "on-failure:-1",
                                        "on-failure:1:2",
                                        "on-failures"};
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++)
        is_int(parse(WRONG[i], &policy) < 0, 1, WRONG[i]);
}

static void test_due(void)
{
    const struct restart_policy no = {.mode = RESTART_NO}, always = {.mode = RESTART_ALWAYS},
                                failure = {.mode = RESTART_ON_FAILURE},
                                twice = {.mode = RESTART_ON_FAILURE, .most = 2};
    CHECK(!restart_is_due(&no, 1, 0));
    CHECK(restart_is_due(&always, 0, 1000));
    CHECK(!restart_is_due(&failure, 0, 0));
    CHECK(restart_is_due(&failure, 137, 1000));
    CHECK(restart_is_due(&twice, 1, 1));
    CHECK(!restart_is_due(&twice, 1, 2));
}

static void test_delays(void)
{
    CHECK_INT(restart_delay_ms(0), 100);
    CHECK_INT(restart_delay_ms(1), 100);
    CHECK_INT(restart_delay_ms(2), 200);
    CHECK_INT(restart_delay_ms(10), 51200);
    CHECK_INT(restart_delay_ms(11), 60000);
    CHECK_INT(restart_delay_ms(4000000000U), 60000);
}

static int log_option(const char *text, struct detach_options *options)
{
    struct fail fail = {.code = 0};
    return log_option_parse(text, options, &fail);
}

static void test_log_options(void)
{
    struct detach_options options = detach_defaults();
    CHECK(options.log_size == 1048576 && options.log_files == 3);
    CHECK(log_option("max-size=64k", &options) == 0 && options.log_size == 65536);
    CHECK(log_option("max-file=16", &options) == 0 && options.log_files == 16);
    static const char *const WRONG[] = {"",           "max-size",    "max-size=",  "max-size=1",
                                        "max-file=0", "max-file=17", "max-file=x", "path=/tmp/x"};
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++)
        is_int(log_option(WRONG[i], &options) < 0, 1, WRONG[i]);
}

static int keys(const char *text, struct detach_keys *ret_keys)
{
    struct fail fail = {.code = 0};
    return detach_keys_parse(text, ret_keys, &fail);
}

static void test_detach_keys(void)
{
    struct detach_keys typed;
    CHECK(keys("ctrl-p,ctrl-q", &typed) == 0 && typed.count == 2);
    CHECK(typed.keys[0] == 16 && typed.keys[1] == 17);
    CHECK(keys("", &typed) == 0 && typed.count == 0);
    CHECK(keys("a", &typed) == 0 && typed.count == 1 && typed.keys[0] == 'a');
    CHECK(keys("ctrl-@,ctrl-[,ctrl-_,ctrl-Z", &typed) == 0 && typed.count == 4);
    CHECK(typed.keys[0] == 0 && typed.keys[1] == 27 && typed.keys[2] == 31 && typed.keys[3] == 26);
    static const char *const WRONG[] = {
        ",",       "a,",     ",a",     "ab",       "ctrl-",
        "ctrl-ab", "ctrl-1", "ctrl- ", "\xc3\xa9", "a,b,c,d,e,f,g,h,i"};
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++)
        is_int(keys(WRONG[i], &typed) < 0, 1, WRONG[i]);
}

int main(void)
{
    test_policies();
    test_due();
    test_delays();
    test_log_options();
    test_detach_keys();
    return done_testing();
}
