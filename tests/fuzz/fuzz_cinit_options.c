/* The command line of cinit alone under random words: the input is cut at its NULs. */
#include <stdint.h>
#include <string.h>

#include "../../init/alone_options.h"

enum { WORDS_MAX = 64, INPUT_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever was read is within its bounds, and a refusal says why. */
static void check(const struct options *options, int used, const struct option_error *error,
                  int word_count)
{
    if (used < 0 ? error->reason == NULL : used > word_count)
        __builtin_trap();
    if (options->policy.stop.count > STOP_STEPS_MAX || options->policy.forward > FORWARD_TREE ||
        options->policy.orphans > ORPHANS_KILL || options->parent_death_signal > SIGNAL_MAX)
        __builtin_trap();
    for (unsigned i = 0; i < options->policy.stop.count; i++)
        if (options->policy.stop.steps[i].signal_number < 1 ||
            options->policy.stop.steps[i].signal_number > SIGNAL_MAX)
            __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[INPUT_MAX + 1];
    const char *words[WORDS_MAX + 1];
    int count = 0;
    if (size > INPUT_MAX)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    for (const char *word = text; word <= text + size && count < WORDS_MAX;
         word += strlen(word) + 1)
        words[count++] = word;
    words[count] = NULL;

    struct options options = {.pause = false};
    struct option_error error = {.reason = NULL};
    int used = alone_options_parse(&options, words, &error);
    check(&options, used, &error, count);
    alone_options_finish(&options);
    return 0;
}
