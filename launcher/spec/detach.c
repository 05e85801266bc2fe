/* PURE: no system call is made in this file. */
#include "detach.h"

#include <string.h>

#include "parse.h"

enum {
    LOG_SIZE_DEFAULT = 1024 * 1024,
    LOG_SIZE_LEAST = 16 * 1024, /* a line of the log must find room in it */
    LOG_FILES_DEFAULT = 3,
    RESTARTS_MOST = 1000000,
    DELAY_FIRST_MS = 100,
    DELAY_MOST_MS = 60000,
};

struct detach_options detach_defaults(void)
{
    return (struct detach_options){.log_size = LOG_SIZE_DEFAULT, .log_files = LOG_FILES_DEFAULT};
}

int restart_parse(const char *text, struct restart_policy *ret_policy, struct fail *fail)
{
    static const struct {
        const char *word;
        enum restart_mode mode;
    } MODES[] = {{"no", RESTART_NO},
                 {"on-failure", RESTART_ON_FAILURE},
                 {"always", RESTART_ALWAYS},
                 {"unless-stopped", RESTART_ALWAYS}};
    size_t size = strcspn(text, ":");
    for (size_t i = 0; i < sizeof(MODES) / sizeof(MODES[0]); i++) {
        if (strncmp(text, MODES[i].word, size) != 0 || MODES[i].word[size] != '\0')
            continue;
        int64_t most = 0;
        *ret_policy = (struct restart_policy){.mode = MODES[i].mode};
        if (text[size] == '\0')
            return 0;
        if (MODES[i].mode != RESTART_ON_FAILURE)
            return fail_set(fail, "only on-failure takes a number");
        TRY(parse_number(text + size + 1, 1, RESTARTS_MOST, &most, fail));
        ret_policy->most = (unsigned)most;
        return 0;
    }
    return fail_set(fail, "\"%.60s\" is none of no, on-failure[:N], always and unless-stopped",
                    text);
}

int log_option_parse(const char *text, struct detach_options *options, struct fail *fail)
{
    static const char SIZE[] = "max-size=", FILES[] = "max-file=";
    if (strncmp(text, SIZE, strlen(SIZE)) == 0) {
        TRY(parse_size(text + strlen(SIZE), &options->log_size, fail));
        return options->log_size >= LOG_SIZE_LEAST
                   ? 0
                   : fail_set(fail, "a log needs a max-size of at least %dk",
                              LOG_SIZE_LEAST / 1024);
    }
    if (strncmp(text, FILES, strlen(FILES)) == 0) {
        int64_t files = 0;
        TRY(parse_number(text + strlen(FILES), 1, LOG_FILES_MAX, &files, fail));
        options->log_files = (unsigned)files;
        return 0;
    }
    return fail_set(fail, "\"%.60s\" is neither max-size=SIZE nor max-file=N", text);
}

bool restart_is_due(const struct restart_policy *policy, int exit_status, unsigned restarts)
{
    switch (policy->mode) {
    case RESTART_NO:
        return false;
    case RESTART_ON_FAILURE:
        return exit_status != 0 && (policy->most == 0 || restarts < policy->most);
    case RESTART_ALWAYS:
        return true;
    }
    return false;
}

int restart_delay_ms(unsigned failures)
{
    int delay_ms = DELAY_FIRST_MS;
    for (unsigned i = 1; i < failures && delay_ms < DELAY_MOST_MS; i++)
        delay_ms *= 2;
    return delay_ms < DELAY_MOST_MS ? delay_ms : DELAY_MOST_MS;
}
